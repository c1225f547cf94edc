package session

import (
	"slices"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
)

// A run answers the prompts that it follows before its first step, in time and at its
// end, and trains as it would without.
func TestFollow(t *testing.T) {
	run := func(follow *protocol.Follow) (losses []float64, answered []protocol.Followed, last string) {
		c := opened(t)
		config := settings("grpo", 2, 5)
		config.Follow = follow
		for _, e := range c.must(protocol.Command{Type: protocol.CmdTrain, Train: config}) {
			switch e.Type {
			case protocol.EvStep:
				losses = append(losses, e.Step.Loss)
			case protocol.EvFollowed:
				answered = append(answered, *e.Followed)
			}
		}
		return losses, answered, c.greedy(false)
	}
	want, none, end := run(nil)
	if len(none) != 0 {
		t.Errorf("a run that follows nothing answered %d times", len(none))
	}
	got, answered, sameEnd := run(&protocol.Follow{Examples: testHeldOut[:2], Every: 2})
	if !slices.Equal(got, want) || end != sameEnd {
		t.Errorf("losses %v while prompts are followed, %v without", got, want)
	}
	var at []int
	for _, f := range answered {
		at = append(at, f.Step)
		if len(f.Answers) != 2 {
			t.Errorf("step %d: %d answers to 2 prompts", f.Step, len(f.Answers))
		}
	}
	if !slices.Equal(at, []int{0, 2, 4, 5}) {
		t.Errorf("answered after steps %v, want 0, 2, 4 and the last", at)
	}
	if slices.Equal(answered[0].Answers, answered[len(answered)-1].Answers) {
		t.Error("five steps changed no answer")
	}
}
