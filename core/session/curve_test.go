package session

import (
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/eval"
	"github.com/dongyur/dongyur/core/protocol"
)

// A run reports drift and scores at the same steps, from its beginning to its end,
// and what it reports makes a curve. At the beginning nothing has drifted.
func TestRunMakesACurve(t *testing.T) {
	c := opened(t)
	c.must(protocol.Command{Type: protocol.CmdExamples, Examples: &protocol.Examples{Train: testTrain, HeldOut: testHeldOut,
		Tax: map[string][]string{"en": {strings.Repeat("open the file ", 180)}}}})
	config := settings("sft", 2, 5)
	config.TaxEvery, config.TaxScores = 2, 1
	events := c.must(protocol.Command{Type: protocol.CmdTrain, Train: config})
	curve, err := eval.ReadCurve(events, eval.Similarity)
	if err != nil {
		t.Fatal(err)
	}
	want := []float64{0, 2, 4, 5}
	if len(curve) != len(want) {
		t.Fatalf("%d points, want %d: %+v", len(curve), len(want), curve)
	}
	for i, p := range curve {
		drift := p.Drift["en"]
		if p.Step != want[i] || (i == 0) != (drift == protocol.Drift{}) || (i == 0) && p.Gain != 0 {
			t.Errorf("point %d is %+v", i, p)
		}
	}
	for _, e := range events {
		if e.Scores != nil && e.Scores.Count != 1 {
			t.Errorf("%d examples were scored, want 1", e.Scores.Count)
		}
	}
}
