package session

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
)

// What a run follows, scores and maps after a step is generated once, and what comes
// out is what each would have given by itself.
func TestNothingIsAnsweredTwice(t *testing.T) {
	learnt := testTrain[0]
	follow := []task.Example{testHeldOut[0], learnt, testHeldOut[1], testHeldOut[0]}
	type told struct {
		generated []int64 // answers of each generation
		followed  [][]string
		outputs   [][]string // of the maps
		scores    []string
	}
	run := func(change func(*protocol.Train)) (got told) {
		c := opened(t)
		c.must(protocol.Command{Type: protocol.CmdExamples, Examples: &protocol.Examples{Train: testTrain, HeldOut: testHeldOut, Tax: map[string][]string{"en": {strings.Repeat("open the file ", 180)}}}})
		config := settings("grpo", 2, 2)
		config.TaxEvery = 1
		change(config)
		for _, e := range c.must(protocol.Command{Type: protocol.CmdTrain, Train: config}) {
			switch e.Type {
			case protocol.EvProgress:
				if e.Progress.Unit == "answers" && e.Progress.Done == e.Progress.Total {
					got.generated = append(got.generated, e.Progress.Total)
				}
			case protocol.EvFollowed:
				got.followed = append(got.followed, e.Followed.Answers)
			case protocol.EvScores:
				got.scores = append(got.scores, fmt.Sprint(e.Scores.Step, e.Scores.Scores))
			case protocol.EvMap:
				var outputs []string
				for _, p := range e.Map.Points {
					if p.Kind == protocol.PointOutput {
						outputs = append(outputs, p.Text)
					}
				}
				got.outputs = append(got.outputs, outputs)
			}
		}
		return got
	}
	measure := func(c *protocol.Train) { c.TaxScores, c.Map = 2, true }
	followed := func(c *protocol.Train) { c.Follow = &protocol.Follow{Examples: follow, Every: 1} }
	both := run(func(c *protocol.Train) { measure(c); followed(c) })
	// After steps 0, 1 and 2: both held-out examples, then of the four followed the one
	// that is not among them.
	if want := []int64{2, 1, 2, 1, 2, 1}; !slices.Equal(both.generated, want) {
		t.Errorf("generated %v answers, want %v", both.generated, want)
	}
	measured, alone := run(measure), run(followed)
	if want := []int64{3, 3, 3}; !slices.Equal(alone.generated, want) {
		t.Errorf("followed alone: generated %v, want %v: one prompt stands there twice", alone.generated, want)
	}
	if got, want := fmt.Sprint(both.followed), fmt.Sprint(alone.followed); got != want || len(both.followed) != 3 {
		t.Errorf("followed %s, alone %s", got, want)
	}
	if got, want := fmt.Sprint(both.outputs, both.scores), fmt.Sprint(measured.outputs, measured.scores); got != want || len(both.scores) != 3 {
		t.Errorf("measured %s, alone %s", got, want)
	}
	for i, answers := range both.followed {
		if answers[0] != answers[3] || answers[0] != both.outputs[i][0] || answers[2] != both.outputs[i][1] {
			t.Errorf("after step %d: followed %q, mapped %q", i, answers, both.outputs[i])
		}
	}
}
