package session

import (
	"encoding/json"
	"flag"
	"math"
	"os"
	"runtime"
	"slices"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
)

var update = flag.Bool("update", false, "record testdata/golden.json again; natively only")

// golden is what a session of the small random model does, recorded natively on
// the Go engine (linux/amd64, Go 1.26, without SIMD).
type golden struct {
	Greedy []string        `json:"greedy"` // fifty tokens
	Steps  []protocol.Step `json:"steps"`  // two of GRPO
}

// Native code and js/wasm draw the same tokens and make the same steps.
func TestSessionEqualOnEveryTarget(t *testing.T) {
	const path = "testdata/golden.json"
	c := opened(t)
	var have golden
	for _, e := range c.must(protocol.Command{Type: protocol.CmdGenerate, Generate: &protocol.Generate{
		Examples: testHeldOut[1:2], Sampling: task.Sampling{MaxTokens: 50}}}) {
		if e.Type == protocol.EvCompletion {
			have.Greedy = e.Completion.Pieces
		}
	}
	have.Steps = steps(c.must(protocol.Command{Type: protocol.CmdTrain, Train: settings("grpo", 2, 2)}))
	if *update && runtime.GOARCH != "wasm" {
		encoded, err := json.MarshalIndent(have, "", " ")
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
	var want golden
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	if len(want.Greedy) != 50 || !slices.Equal(have.Greedy, want.Greedy) {
		t.Errorf("%d greedy tokens\n%q, recorded\n%q", len(have.Greedy), have.Greedy, want.Greedy)
	}
	if len(have.Steps) != len(want.Steps) {
		t.Fatalf("%d steps, recorded %d", len(have.Steps), len(want.Steps))
	}
	for i := range want.Steps {
		for name, value := range numbers(t, want.Steps[i]) {
			if got := numbers(t, have.Steps[i])[name]; math.Abs(got-value) > 1e-4*max(1, math.Abs(value)) {
				t.Errorf("step %d: %s %g, recorded %g", i+1, name, got, value)
			}
		}
	}
}

// numbers are a step's figures by their JSON names.
func numbers(t *testing.T, step protocol.Step) map[string]float64 {
	t.Helper()
	figures := map[string]float64{}
	for name, value := range step.Terms {
		figures["terms."+name] = value
	}
	for name, value := range step.Figures {
		figures["figures."+name] = value
	}
	step.Terms, step.Figures = nil, nil
	var rest map[string]float64
	if err := json.Unmarshal([]byte(text(t, step)), &rest); err != nil {
		t.Fatal(err)
	}
	for name, value := range rest {
		figures[name] = value
	}
	return figures
}
