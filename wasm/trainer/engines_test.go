//go:build js && wasm

package main

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/session"
	"github.com/dongyur/dongyur/core/task"
)

// The page's own demonstration, 20 steps of 4 prompts of 4 completions, takes minutes
// on the Go engine.
var demonstration = flag.Bool("demonstration", false, "train as the page does by default")

// onDisk opens folders relative to the repository.
type onDisk struct{}

func (onDisk) Open(path string, progress func(done, total int64)) (fs.FS, error) {
	return os.DirFS(filepath.Join("../..", path)), nil
}

// work is a session under test: it sends one command and waits for its end.
type work struct {
	*session.Session
	events chan protocol.Event
}

// newWork opens an engine; each, where there is one, sees every event as it comes.
func newWork(engine string, each func(protocol.Event)) *work {
	w := &work{events: make(chan protocol.Event, 10000)}
	w.Session = session.New(session.Options{Engine: engine, Files: onDisk{}, KeepEvery: 2, Emit: func(e protocol.Event) {
		if each != nil {
			each(e)
		}
		w.events <- e
	}})
	return w
}

func (w *work) must(t *testing.T, command protocol.Command) (events []protocol.Event) {
	t.Helper()
	if err := w.Do(command); err != nil {
		t.Fatal(err)
	}
	for e := range w.events {
		events = append(events, e)
		switch {
		case e.Type == protocol.EvFailed:
			t.Fatalf("%s failed: %s", command.Type, e.Message)
		case e.ReplyTo == command.ID && e.Type == protocol.EvDone:
			return events
		}
	}
	return nil
}

// trained trains nano on the starter set and gives the steps and how long they took.
// A step that was done again after a lost device stands for itself and what came after.
func trained(t *testing.T, engine, encoder string, train protocol.Train, each func(protocol.Event)) ([]protocol.Step, time.Duration) {
	t.Helper()
	w := newWork(engine, each)
	defer w.Close()
	w.must(t, protocol.Command{ID: 1, Type: protocol.CmdLoad, Load: &protocol.Load{Model: "assets/models/nano", Encoder: encoder}})
	var examples []task.Example
	for _, e := range w.must(t, protocol.Command{ID: 2, Type: protocol.CmdStarter,
		Starter: &protocol.Starter{Task: "translate", SourceLang: "bo", TargetLang: "zh"}}) {
		if e.Parsed != nil {
			examples = e.Parsed.Examples
		}
	}
	w.must(t, protocol.Command{ID: 3, Type: protocol.CmdExamples, Examples: &protocol.Examples{Train: examples}})
	start := time.Now()
	var steps []protocol.Step
	for _, e := range w.must(t, protocol.Command{ID: 4, Type: protocol.CmdTrain, Train: &train}) {
		if e.Step != nil {
			steps = slices.DeleteFunc(steps, func(s protocol.Step) bool { return s.Step >= e.Step.Step })
			steps = append(steps, *e.Step)
		}
	}
	return steps, time.Since(start)
}

// TestEnginesAgree trains as the page does on each engine, compares losses and rewards
// and prints how long each takes. TestSIMDAgrees is the short form.
//
// GRPO is compared over its first steps: among the thousands of tokens that are drawn
// later, one may fall otherwise where rounding decides, and from there on the runs
// learn from other completions.
func TestEnginesAgree(t *testing.T) {
	if !*demonstration {
		t.Skip("minutes of the page's own training: make test STAGES=demo")
	}
	for _, test := range []struct {
		method          string
		steps, compared int
	}{{"sft", 50, 50}, {"grpo", 20, 5}} {
		t.Run(test.method, func(t *testing.T) {
			train := usual(test.method)
			train.Steps = test.steps
			reference, took := trained(t, "go", "assets/models/nano-enc", train, nil)
			for _, engine := range []string{"simd:threads=1", "simd:threads=2"} {
				steps, other := trained(t, engine, "assets/models/nano-enc", train, nil)
				t.Logf("%s: %d steps, %.1f s on go, %.1f s on %s: %.1f times as fast", test.method, len(steps), took.Seconds(), other.Seconds(), engine, took.Seconds()/other.Seconds())
				if len(reference) != train.Steps || len(steps) != train.Steps {
					t.Fatalf("%d steps on go and %d on %s, want %d", len(reference), len(steps), engine, train.Steps)
				}
				compareSteps(t, engine, steps[:test.compared], reference[:test.compared])
			}
		})
	}
}
