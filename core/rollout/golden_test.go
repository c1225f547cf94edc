package rollout

import (
	"encoding/json"
	"flag"
	"os"
	"runtime"
	"slices"
	"testing"

	"github.com/dongyur/dongyur/core/task"
)

var update = flag.Bool("update", false, "record testdata/tokens.json again; natively only")

// Fifty greedy and fifty sampled tokens of a random model are those recorded
// natively (linux/amd64, Go 1.26, without SIMD), natively and in js/wasm.
func TestTokensEqualOnEveryTarget(t *testing.T) {
	const path = "testdata/tokens.json"
	tok := testTokenizer(t)
	policy := testPolicy(t, tok)
	prompts := testPrompts(t, tok)[:2]
	s := New(policy, tok, Options{})
	s.end = nil // fifty tokens whatever they are
	got := map[string][][]int{
		"greedy": tokensOf(mustRun(t, s, prompts, 1, task.Sampling{MaxTokens: 50})),
		"top_p":  tokensOf(mustRun(t, s, prompts, 2, task.Sampling{Temperature: 0.8, TopP: 0.9, MaxTokens: 50, Seed: 11})),
	}
	if *update && runtime.GOARCH != "wasm" {
		encoded, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, append(encoded, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var want map[string][][]int
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	for name := range want {
		if !slices.EqualFunc(got[name], want[name], slices.Equal[[]int]) {
			t.Errorf("%s:\n got %v\nwant %v", name, got[name], want[name])
		}
	}
	distinct := map[int]bool{}
	for _, id := range got["greedy"][0] {
		distinct[id] = true
	}
	if len(distinct) < 10 {
		t.Errorf("the golden has only %d different tokens; the model repeats itself and the test shows little", len(distinct))
	}
}
