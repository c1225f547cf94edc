package session

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
)

func TestPauseStepResumeStop(t *testing.T) {
	for _, method := range []string{"sft", "grpo"} {
		t.Run(method, func(t *testing.T) {
			c := opened(t)
			config := settings(method, 2, 60)
			config.Paused = true
			run := c.send(protocol.Command{Type: protocol.CmdTrain, Train: config})
			c.untilState("paused")
			c.must(protocol.Command{Type: protocol.CmdStep})
			seen := c.untilState("paused")
			// Another command's end shows that nothing goes on behind the pause.
			seen = append(seen, c.must(protocol.Command{Type: protocol.CmdExamples, Examples: &protocol.Examples{Train: testTrain, HeldOut: testHeldOut}})...)
			if n := len(steps(seen)); n != 1 {
				t.Fatalf("one step made %d", n)
			}
			if method == "grpo" {
				checkGroups(t, seen, config)
			}
			c.must(protocol.Command{Type: protocol.CmdResume})
			c.until(func(e protocol.Event) bool { return e.Type == protocol.EvStep && e.Step.Step == 3 })
			c.must(protocol.Command{Type: protocol.CmdPause})
			c.must(protocol.Command{Type: protocol.CmdStop})
			if c.ends[run] != 1 {
				t.Errorf("the run's command ended %d times by its stop", c.ends[run])
			}
			if _, err := c.do(protocol.Command{Type: protocol.CmdResume}); err == nil {
				t.Error("a stopped run goes on")
			}
			if c.greedy(false) == c.greedy(true) {
				t.Error("three steps changed nothing")
			}
			c.must(protocol.Command{Type: protocol.CmdReset})
			if c.greedy(false) != c.greedy(true) {
				t.Error("after a reset the model is not the base")
			}
		})
	}
}

// checkGroups looks at the groups of one step.
func checkGroups(t *testing.T, events []protocol.Event, config *protocol.Train) {
	t.Helper()
	groups := 0
	for _, e := range events {
		if e.Type != protocol.EvGroup {
			continue
		}
		groups++
		sum, mean := 0.0, 0.0
		for _, c := range e.Group.Completions {
			sum += c.Advantage
			mean += c.Reward / float64(len(e.Group.Completions))
			total := 0.0
			for _, term := range c.Terms {
				total += term
			}
			if math.Abs(total-c.Reward) > 1e-9 {
				t.Errorf("terms %v do not add up to the reward %g", c.Terms, c.Reward)
			}
		}
		if len(e.Group.Completions) != config.Group || math.Abs(sum) > 1e-9 || math.Abs(mean-e.Group.Mean) > 1e-9 {
			t.Errorf("%d completions, advantages add up to %g, mean reward %g of %g", len(e.Group.Completions), sum, e.Group.Mean, mean)
		}
	}
	if groups != config.Prompts {
		t.Errorf("%d groups of %d prompts", groups, config.Prompts)
	}
}

func TestSameSeedSameTrace(t *testing.T) {
	trace := func() string {
		c := opened(t)
		events := c.must(protocol.Command{Type: protocol.CmdTrain, Train: settings("grpo", 2, 3)})
		var groups []*protocol.Group
		for _, e := range events {
			if e.Type == protocol.EvGroup {
				groups = append(groups, e.Group)
			}
		}
		if len(steps(events)) != 3 || len(groups) != 6 {
			t.Fatalf("%d steps with %d groups, want 3 with 6", len(steps(events)), len(groups))
		}
		return text(t, steps(events)) + text(t, groups)
	}
	if first, second := trace(), trace(); first != second {
		t.Errorf("two runs of one seed:\n%s\n%s", first, second)
	}
}

// Steps of a run that was saved, and restored in another session, are those of the
// run that was never interrupted, number by number.
func TestRestoredRunGoesOnTheSame(t *testing.T) {
	for _, test := range []struct {
		name, method string
		rank         int
		dir          bool
		set          func(*protocol.Train)
	}{
		{"grpo, adapter, files", "grpo", 2, false, nil}, {"sft, all weights, folder", "sft", 0, true, nil},
		{"dapo, adapter, files", "dapo", 2, false, nil}, {"clo, attention alone, files", "clo", 0, false, nil},
		{"cpt, adapter, folder", "cpt", 2, true, func(c *protocol.Train) { c.Own = c.Own.With("row_tokens", 24.0) }},
		{"a reference that follows", "grpo", 2, false, func(c *protocol.Train) { c.ReferenceEvery, c.ReferenceShare = 1, 0.3 }},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := settings(test.method, test.rank, 4)
			if test.set != nil {
				test.set(config)
			}
			whole := opened(t)
			want := steps(whole.must(protocol.Command{Type: protocol.CmdTrain, Train: config}))

			c := opened(t)
			config.Paused = true
			c.send(protocol.Command{Type: protocol.CmdTrain, Train: config})
			var have []protocol.Step
			for range 2 {
				c.send(protocol.Command{Type: protocol.CmdStep})
				have = append(have, steps(c.until(func(e protocol.Event) bool { return e.Type == protocol.EvStep }))...)
			}
			restore := protocol.Restore{Dir: filepath.Join(t.TempDir(), "run")}
			if test.dir {
				c.must(protocol.Command{Type: protocol.CmdSave, Save: &protocol.Save{Dir: restore.Dir}})
			} else {
				restore = protocol.Restore{Files: saved(c)}
			}
			c = open(t)
			c.must(protocol.Command{Type: protocol.CmdRestore, Restore: &restore})
			have = append(have, steps(c.must(protocol.Command{Type: protocol.CmdResume}))...)
			if text(t, have) != text(t, want) {
				t.Errorf("restored\n%s\nuninterrupted\n%s", text(t, have), text(t, want))
			}
			if c.greedy(false) != whole.greedy(false) || c.greedy(true) != whole.greedy(true) {
				t.Error("the two models say different things in the end")
			}
		})
	}
}

// saved asks for a save as files.
func saved(c *client) map[string][]byte {
	c.t.Helper()
	files := map[string][]byte{}
	for _, e := range c.must(protocol.Command{Type: protocol.CmdSave, Save: &protocol.Save{}}) {
		if e.Type == protocol.EvFile {
			files[e.File.Name] = e.File.Data
		}
	}
	return files
}

func TestDeadRun(t *testing.T) {
	for _, stop := range []bool{false, true} {
		c := opened(t)
		config := settings("grpo", 2, 5)
		config.Sampling.TopK = 1 // a group of one completion, many times
		config.DeadSteps, config.StopWhenDead = 2, stop
		events := c.must(protocol.Command{Type: protocol.CmdTrain, Train: config})
		warnings := 0
		for _, e := range events {
			if e.Type == protocol.EvWarning {
				warnings++
				if !strings.Contains(e.Message, "dead") {
					t.Errorf("warning %q", e.Message)
				}
			}
		}
		wantSteps, wantWarnings := 5, 2
		if stop {
			wantSteps, wantWarnings = 2, 1
		}
		if list := steps(events); len(list) != wantSteps || warnings != wantWarnings || list[0].ZeroSpreadShare != 1 {
			t.Errorf("stop %v: %d steps with %d warnings, want %d and %d", stop, len(list), warnings, wantSteps, wantWarnings)
		}
	}
}

// A run that another command takes the ground from ends with an error, once.
func TestDroppedRunFails(t *testing.T) {
	c := opened(t)
	config := settings("sft", 2, 3)
	config.Paused = true
	for _, command := range []protocol.Command{
		{Type: protocol.CmdReset},
		{Type: protocol.CmdLoad, Load: &protocol.Load{Model: "good", Encoder: "hashed"}},
	} {
		run := c.send(protocol.Command{Type: protocol.CmdTrain, Train: config})
		c.untilState("paused")
		events := c.must(command)
		message := ""
		for _, e := range events {
			if e.ReplyTo == run && e.Type == protocol.EvFailed {
				message = e.Message
			}
		}
		if !strings.Contains(message, string(command.Type)+" dropped the run after step 0 of 3") {
			t.Errorf("%s: the run ended with %q", command.Type, message)
		}
	}
}

// A save that fails at the end, in a folder that went bad meanwhile, fails the run and
// the stop, and the weights stay. A folder that is bad before fails the run at once.
func TestSaveThatFails(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	c := opened(t)
	config := settings("sft", 2, 1)
	config.Dir, config.Paused = dir, true
	start := func() int {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		run := c.send(protocol.Command{Type: protocol.CmdTrain, Train: config})
		c.untilState("paused")
		if err := errors.Join(os.RemoveAll(dir), os.WriteFile(dir, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
		return run
	}
	run := start()
	c.send(protocol.Command{Type: protocol.CmdResume})
	if _, err := c.end(run); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("error %v, want one with the folder", err)
	}
	if len(saved(c)) != 4 {
		t.Error("after a save that failed, another finds nothing")
	}
	run = start()
	if _, err := c.do(protocol.Command{Type: protocol.CmdStop}); err == nil {
		t.Error("a stop whose save fails ends well")
	}
	if c.ends[run] != 1 {
		t.Errorf("the run's command ended %d times", c.ends[run])
	}
	if events, err := c.do(protocol.Command{Type: protocol.CmdTrain, Train: config}); err == nil || !strings.Contains(err.Error(), "could not be saved") || len(steps(events)) > 0 {
		t.Errorf("a bad folder from the start: %v", err)
	}
}

// While all weights train, the base model and the encoder made of it stay.
func TestBaseStaysWhileAllWeightsTrain(t *testing.T) {
	c := open(t)
	c.must(protocol.Command{Type: protocol.CmdLoad, Load: &protocol.Load{Model: "good"}})
	c.must(protocol.Command{Type: protocol.CmdExamples, Examples: &protocol.Examples{Train: testTrain, HeldOut: testHeldOut}})
	base := func() string {
		events := c.must(protocol.Command{Type: protocol.CmdEvaluate, Evaluate: &protocol.Evaluate{Base: true, Sampling: task.Sampling{MaxTokens: 8}}})
		return text(t, events[len(events)-2].Scores)
	}
	said, scored := c.greedy(true), base()
	c.must(protocol.Command{Type: protocol.CmdTrain, Train: settings("sft", 0, 2)})
	if have := c.greedy(true); have != said {
		t.Errorf("the base model says\n%s, before\n%s", have, said)
	}
	if have := base(); have != scored {
		t.Errorf("the base model's scores\n%s, before\n%s", have, scored)
	}
	if c.greedy(false) == said {
		t.Error("two steps changed nothing")
	}
}
