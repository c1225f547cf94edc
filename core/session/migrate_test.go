package session

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/setting"
)

// Runs that were written flat, by programs before the settings had parts, read as they
// were meant: testdata/flat_runs.json holds one a method, as such a program wrote it.
func TestFlatRunsAreRead(t *testing.T) {
	raw, err := os.ReadFile("testdata/flat_runs.json")
	if err != nil {
		t.Fatal(err)
	}
	var runs []protocol.Train
	var flat []map[string]any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if err := decoder.Decode(&runs); err != nil {
		t.Fatal(err)
	}
	var texts []json.RawMessage
	if err := errors.Join(json.Unmarshal(raw, &flat), json.Unmarshal(raw, &texts)); err != nil {
		t.Fatal(err)
	}
	off := map[string]bool{"resample": true, "overlong": true, "sft_share": true} // -1 there
	for i, saved := range runs {
		read := 0
		for _, s := range setting.Rows() {
			name := s.Path[bytes.LastIndexByte([]byte(s.Path), '.')+1:]
			want, ok := flat[i][name]
			if !ok || name == "seed" {
				continue
			}
			read++
			if number, isNumber := want.(float64); isNumber && off[name] {
				want = max(number, 0)
			}
			if have := saved.Get(s.Path); have != want {
				t.Errorf("%s: %s is %v, written %v", saved.Method, s.Path, have, want)
			}
		}
		again, err := filled(saved)
		if err != nil || check(again) != nil || read < 15 {
			t.Errorf("%s: %d settings read; it cannot be run again: %v, %v", saved.Method, read, err, check(again))
		}
		if saved.Reward.Weight("similarity") != 1.5 || saved.Sampling.TopP != 0.9 {
			t.Errorf("%s: reward %v, sampling %v", saved.Method, saved.Reward, saved.Sampling)
		}
		// A run that was saved flat goes on from its state.
		before := texts[i]
		mine := (&run{config: again}).identity()
		if !mine.Same(before) {
			t.Errorf("%s: it is no longer the run that it was", saved.Method)
		}
		changed := again
		changed.LearningRate *= 2
		if (&run{config: changed}).identity().Same(before) {
			t.Errorf("%s: another rate is taken for the same run", saved.Method)
		}
	}
	if grpo := runs[0]; grpo.Seed != 18446744073709551615 || grpo.KL != "k2" || !grpo.Map || grpo.Dir != "runs/1" || grpo.Scale != "batch" || grpo.Targets != "mlp" {
		t.Errorf("GRPO's run %+v", grpo)
	}
	var typo protocol.Train
	if err := json.Unmarshal([]byte(`{"method": "grpo", "learning_rat": 1}`), &typo); err != nil {
		t.Fatal(err)
	}
	if typo, err = filled(typo); err != nil || check(typo) == nil {
		t.Errorf("a setting that nothing reads goes through: %v", err)
	}
}
