package session

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
)

// many are held-out examples that take a while.
func many() []task.Example {
	var list []task.Example
	for i := range 20 * evaluationBatch {
		e := testHeldOut[i%2]
		e.ID = fmt.Sprint(i)
		list = append(list, e)
	}
	return list
}

// held has a model, and holds the session at events that at accepts until the gate is
// opened: so a stop comes while work is going on, however fast the machine is.
func held(t *testing.T, at func(protocol.Event) bool) (c *client, gate chan struct{}) {
	t.Helper()
	files, err := models()
	if err != nil {
		t.Fatal(err)
	}
	gate = make(chan struct{})
	c = &client{t: t, events: make(chan protocol.Event, 1<<14), ends: map[int]int{}}
	c.session = New(Options{Engine: "go", Files: files, Emit: func(e protocol.Event) {
		if c.events <- e; at(e) {
			<-gate
		}
	}})
	t.Cleanup(c.close)
	c.must(protocol.Command{Type: protocol.CmdLoad, Load: &protocol.Load{Model: "good", Encoder: "hashed"}})
	return c, gate
}

// withMany has a model and many held-out examples.
func withMany(t *testing.T) *client {
	t.Helper()
	c := opened(t)
	c.must(protocol.Command{Type: protocol.CmdExamples, Examples: &protocol.Examples{Train: testTrain, HeldOut: many()}})
	return c
}

// A stop ends a measurement; what was measured by then is what a measurement of so
// many examples gives, and a warning says how many they are.
func TestStopEndsMeasuring(t *testing.T) {
	sampling := task.Sampling{MaxTokens: 24}
	for name, make := range map[string]func(limit int) protocol.Command{
		"evaluate": func(limit int) protocol.Command {
			return protocol.Command{Type: protocol.CmdEvaluate, Evaluate: &protocol.Evaluate{Limit: limit, Sampling: sampling}}
		},
		"compare": func(limit int) protocol.Command {
			return protocol.Command{Type: protocol.CmdCompare, Compare: &protocol.Compare{Limit: limit, Sampling: sampling}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			at := func(e protocol.Event) bool {
				return e.Type == protocol.EvProgress && e.Progress.Unit == "answers" && e.Progress.Done == 5*evaluationBatch
			}
			c, gate := held(t, at)
			c.must(protocol.Command{Type: protocol.CmdExamples, Examples: &protocol.Examples{Train: testTrain, HeldOut: many()}})
			c.must(protocol.Command{Type: protocol.CmdTrain, Train: settings("sft", 2, 1)})
			asked := c.send(make(0))
			c.until(at)
			stop := c.send(protocol.Command{Type: protocol.CmdStop})
			close(gate)
			events, err := c.end(asked)
			if err != nil {
				t.Fatal(err)
			}
			// Of a comparison the third batch was answered by the base alone.
			answered := map[string]int{"evaluate": 5 * evaluationBatch, "compare": 2 * evaluationBatch}[name]
			count, warning := 0, ""
			for _, e := range events {
				switch e.Type {
				case protocol.EvScores:
					count = e.Scores.Count
				case protocol.EvWarning:
					warning = e.Message
				}
			}
			if count != answered || !strings.Contains(warning, fmt.Sprintf("stopped after %d of %d examples", count, len(many()))) {
				t.Errorf("scores of %d of %d examples, with the warning %q", count, len(many()), warning)
			}
			if have, want := measurements(t, events), measurements(t, c.must(make(count))); have != want {
				t.Errorf("stopped\n%s, asked for %d examples\n%s", have, count, want)
			}
			if c.ends[stop] != 1 {
				t.Errorf("the stop ended %d times", c.ends[stop])
			}
			if n := strings.Count(measurements(t, events), `"before"`); name == "compare" && n != count {
				t.Errorf("%d lines of %d", n, count)
			}
		})
	}
}

// measurements are scores and compared lines.
func measurements(t *testing.T, events []protocol.Event) string {
	t.Helper()
	var list []protocol.Event
	for _, e := range events {
		if e.Type == protocol.EvScores || e.Type == protocol.EvCompared {
			e.ReplyTo = 0
			list = append(list, e)
		}
	}
	return text(t, list)
}

// A stop ends what waits before it, and the run.
func TestStopEndsWhatWaits(t *testing.T) {
	c := withMany(t)
	run := c.send(protocol.Command{Type: protocol.CmdTrain, Train: settings("sft", 2, 400)})
	c.until(func(e protocol.Event) bool { return e.Type == protocol.EvStep })
	evaluate := protocol.Command{Type: protocol.CmdEvaluate, Evaluate: &protocol.Evaluate{Sampling: task.Sampling{MaxTokens: 24}}}
	first, second := c.send(evaluate), c.send(evaluate)
	stop := c.send(protocol.Command{Type: protocol.CmdStop})
	for _, id := range []int{first, second} {
		if _, err := c.end(id); err != nil && !strings.Contains(err.Error(), "nothing was measured") {
			t.Errorf("command %d: %v", id, err)
		}
	}
	if _, err := c.end(stop); err != nil || c.ends[run] != 1 {
		t.Errorf("the stop gives %v, the run ended %d times", err, c.ends[run])
	}
}

// A stopped generation keeps what was said.
func TestStopEndsGenerating(t *testing.T) {
	at := func(e protocol.Event) bool { return e.Type == protocol.EvTokens && e.ReplyTo > 2 }
	c, gate := held(t, at)
	whole := protocol.Generate{Examples: testHeldOut[:1], Sampling: task.Sampling{MaxTokens: 60}}
	said := completion(c.must(protocol.Command{Type: protocol.CmdGenerate, Generate: &whole}))
	asked := c.send(protocol.Command{Type: protocol.CmdGenerate, Generate: &whole})
	seen := c.until(at)
	c.send(protocol.Command{Type: protocol.CmdStop})
	close(gate)
	rest, err := c.end(asked)
	if err != nil {
		t.Fatal(err)
	}
	cut := completion(append(seen, rest...))
	if cut == nil || len(cut.Pieces) == 0 || len(cut.Pieces) >= len(said.Pieces) || cut.Finished ||
		!strings.HasPrefix(text(t, said.Pieces), strings.TrimSuffix(text(t, cut.Pieces), "]")) {
		t.Errorf("stopped %+v, whole %+v", cut, said)
	}
}

func completion(events []protocol.Event) *protocol.Completion {
	for _, e := range events {
		if e.Type == protocol.EvCompletion {
			return e.Completion
		}
	}
	return nil
}

// Close ends a run, going on or paused, with its event and its save, and what is
// measured; after it, commands are refused.
func TestClose(t *testing.T) {
	for name, begin := range map[string]func(c *client, dir string) int{
		"a run": func(c *client, dir string) int {
			config := settings("grpo", 2, 400)
			config.Dir = dir
			run := c.send(protocol.Command{Type: protocol.CmdTrain, Train: config})
			c.until(func(e protocol.Event) bool { return e.Type == protocol.EvStep && e.Step.Step == 2 })
			return run
		},
		"a paused run": func(c *client, dir string) int {
			config := settings("grpo", 2, 400)
			config.Dir, config.Paused = dir, true
			run := c.send(protocol.Command{Type: protocol.CmdTrain, Train: config})
			c.untilState("paused")
			return run
		},
		"an evaluation": func(c *client, _ string) int {
			id := c.send(protocol.Command{Type: protocol.CmdEvaluate, Evaluate: &protocol.Evaluate{Sampling: task.Sampling{MaxTokens: 24}}})
			c.until(func(e protocol.Event) bool { return e.Type == protocol.EvProgress })
			return id
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := withMany(t)
			dir := filepath.Join(t.TempDir(), "run")
			id := begin(c, dir)
			c.session.Close()
			if _, err := c.end(id); err != nil {
				t.Errorf("it ended with %v", err)
			}
			if _, err := os.Stat(filepath.Join(dir, stateFile)); strings.HasSuffix(name, "run") && err != nil {
				t.Error(err)
			}
			if err := c.session.Do(protocol.Command{ID: 99, Type: protocol.CmdGroup}); !errors.Is(err, ErrClosed) {
				t.Errorf("after Close a command gives %v", err)
			}
			c.session.Close() // again, as a deferred call does
		})
	}
}

// More commands than can wait are refused, and those before them are served.
func TestTooManyCommands(t *testing.T) {
	at, gate, ends := make(chan struct{}), make(chan struct{}), 0
	s := New(Options{Engine: "go", Emit: func(e protocol.Event) {
		switch e.Type {
		case protocol.EvParsed:
			close(at)
			<-gate
		case protocol.EvDone, protocol.EvFailed:
			ends++
		}
	}})
	if err := s.Do(protocol.Command{Type: protocol.CmdStarter, Starter: &protocol.Starter{Task: "translate", SourceLang: "bo", TargetLang: "en"}}); err != nil {
		t.Fatal(err)
	}
	<-at
	for range queued {
		if err := s.Do(protocol.Command{Type: protocol.CmdGroup}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Do(protocol.Command{Type: protocol.CmdGroup}); err == nil || !strings.Contains(err.Error(), "group: 256 commands are waiting") {
		t.Errorf("one more than can wait: %v", err)
	}
	close(gate)
	s.Close()
	if ends != queued+1 {
		t.Errorf("%d commands ended, want %d", ends, queued+1)
	}
}
