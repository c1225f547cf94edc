package session

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
)

// deviceLost is the fault of an engine whose device is gone.
type deviceLost struct{}

func (deviceLost) Error() string    { return "the device was lost" }
func (deviceLost) DeviceLost() bool { return true }

// losing is a learner whose device is lost at a step, once.
type losing struct {
	learner
	at     int
	panics bool
}

func (l losing) step(number int) (*stepResult, error) {
	switch {
	case number != l.at:
		return l.learner.step(number)
	case l.panics:
		panic(fmt.Errorf("read the loss: %w", deviceLost{}))
	}
	return nil, fmt.Errorf("run the step: %w", deviceLost{})
}

// TestLostDevice loses the device at step 4 of 6, with a checkpoint every second step
// and with none, and expects the losses of a run that was left alone.
func TestLostDevice(t *testing.T) {
	steps := func(keepEvery, at int, panics bool) (losses map[int]float64, order []int, warnings int) {
		c := opened(t)
		c.session.options.KeepEvery = keepEvery
		config := usual("sft")
		config.Steps, config.Prompts, config.Paused = 6, 2, true
		id := c.send(protocol.Command{Type: protocol.CmdTrain, Train: &config})
		c.until(func(e protocol.Event) bool { return e.Type == protocol.EvState && e.State == "paused" })
		c.must(protocol.Command{Type: protocol.CmdExamples, Examples: &protocol.Examples{Train: testTrain, HeldOut: testHeldOut}}) // it waits now
		c.session.run.learner = losing{c.session.run.learner, at, panics}
		c.send(protocol.Command{Type: protocol.CmdResume})
		losses = map[int]float64{}
		for _, e := range c.until(func(e protocol.Event) bool {
			return e.ReplyTo == id && (e.Type == protocol.EvDone || e.Type == protocol.EvFailed)
		}) {
			switch {
			case e.Type == protocol.EvFailed:
				t.Fatalf("the run failed: %s", e.Message)
			case e.Type == protocol.EvWarning && strings.Contains(e.Message, "device was lost"):
				warnings++
			case e.Step != nil:
				losses[e.Step.Step] = e.Step.Loss
				order = append(order, e.Step.Step)
			}
		}
		return losses, order, warnings
	}
	want, _, _ := steps(0, 0, false)
	for _, test := range []struct {
		keepEvery int
		panics    bool
		order     string
	}{{2, false, "[1 2 3 3 4 5 6]"}, {2, true, "[1 2 3 3 4 5 6]"}, {1, false, "[1 2 3 4 5 6]"}, {0, false, "[1 2 3 1 2 3 4 5 6]"}} {
		got, order, warnings := steps(test.keepEvery, 4, test.panics)
		if fmt.Sprint(order) != test.order || warnings != 1 {
			t.Errorf("kept every %d: steps %v with %d warnings, want %s with 1", test.keepEvery, order, warnings, test.order)
		}
		for step, loss := range want {
			if got[step] != loss {
				t.Errorf("kept every %d: loss of step %d is %g, undisturbed %g", test.keepEvery, step, got[step], loss)
			}
		}
	}
}

func TestGuarded(t *testing.T) {
	if err := guarded(func() error { panic(fmt.Errorf("a: %w", deviceLost{})) }); !isLost(err) {
		t.Errorf("a panic about a lost device gave %v", err)
	}
	defer func() {
		if recover() == nil {
			t.Error("another panic was swallowed")
		}
	}()
	_ = guarded(func() error { panic(errors.New("a bug")) })
}
