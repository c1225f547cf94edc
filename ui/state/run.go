package state

import (
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/words"
)

// Phase of a run, as the session reports it.
type Phase string

// The phases.
const (
	Idle     Phase = "idle"
	Training Phase = "training"
	Paused   Phase = "paused"
)

// Run is one training run and its curves.
type Run struct {
	Number    int
	Config    protocol.Train
	Task      Task
	Examples  int // to train on
	Steps     []protocol.Step
	Snapshots []Snapshot        // answers to the fixed prompts, from step 0 on
	Tax       []protocol.Tax    // held-out loss of other languages
	Gains     []protocol.Scores // of the held-out examples, while it trains
	Maps      []*protocol.Map   // where its answers lie by their meaning
	Phase     Phase
	Ended     bool
	Slot      int    // 1..4: its colour and dash, which stay
	Pinned    bool   // its curves outlive Clear
	Changed   string // what differs from the run before
	dropped   bool   // the model was reset: what the run learned is gone

	method      protocol.Method   // its row; that of a method that is not known has its name alone
	began       []Row             // the examples it began with; nil: not known
	folder      int               // of the project's runs; 0: it is not kept
	model       string            // path
	saved       int               // steps that are kept
	interrupted bool              // its page or its worker ended before it did
	files       map[string][]byte // of an imported run where nothing is kept
}

// Run is the current run, or nil.
func (a *App) Run() *Run {
	if len(a.Runs) == 0 {
		return nil
	}
	return a.Runs[len(a.Runs)-1]
}

// Phase is the current run's. A slow run that waits for its next step is training.
func (a *App) Phase() Phase {
	r := a.Run()
	switch {
	case r != nil && a.trainID != 0 && a.auto && r.Phase == Paused:
		return Training
	case r != nil && a.trainID != 0:
		return r.Phase
	case a.interrupted():
		return Paused
	}
	return Idle
}

// Busy tells that a run is under way or starting.
func (a *App) Busy() bool { return a.trainID != 0 }

// Pausing tells that a pause was asked for and the step at work is not over yet.
func (a *App) Pausing() bool { return a.Busy() && a.pausing }

// Play starts, pauses or resumes, whichever is next.
func (a *App) Play() {
	switch a.Phase() {
	case Training:
		a.pause()
	case Paused:
		if a.interrupted() {
			a.goOn(false)
			return
		}
		a.Run().Phase = Training
		if a.auto = a.Speed == Slow; a.auto {
			a.command(protocol.Command{Type: protocol.CmdStep}, nil)
			return
		}
		a.command(protocol.Command{Type: protocol.CmdResume}, nil)
	default:
		a.train(false)
	}
}

func (a *App) pause() {
	waits := a.auto && a.Run().Phase == Paused
	a.auto = false
	if waits {
		return // between two slow steps the session is paused already
	}
	a.pausing = true
	a.command(protocol.Command{Type: protocol.CmdPause}, nil)
}

// Step runs exactly one optimiser step and then pauses.
func (a *App) Step() {
	switch a.Phase() {
	case Training:
	case Paused:
		if a.interrupted() {
			a.goOn(true)
			return
		}
		a.Run().Phase = Training
		a.command(protocol.Command{Type: protocol.CmdStep}, nil)
	default:
		a.train(true)
	}
}

// Stop ends the run and keeps what was learned.
func (a *App) Stop() {
	a.Curves.line = nil
	if a.Busy() {
		a.command(protocol.Command{Type: protocol.CmdStop}, nil)
	}
}

// Reset ends the run and goes back to the model as it was loaded; the curves of
// ended runs stay for comparison.
func (a *App) Reset() {
	a.Stop()
	if r := a.Run(); r != nil {
		r.dropped, r.interrupted = true, false
		r.Ended = r.Ended || !a.Busy()
	}
	a.Group, a.Samples, a.Look = nil, nil, Looking{}
	a.Comparison, a.Adapter = Comparison{}, Adapter{}
	if a.Load.Status == Loaded {
		a.command(protocol.Command{Type: protocol.CmdReset}, func(end protocol.Event) {
			if end.Type == protocol.EvFailed {
				a.notify(Notice{Error: true, Text: end.Message})
			}
		})
	}
}

func (a *App) train(oneStep bool) {
	if a.Busy() || a.Load.Status == InProgress {
		return
	}
	a.withModel(func() {
		a.withExamples(func() { a.startTraining(oneStep) })
	})
}

func (a *App) startTraining(oneStep bool) {
	config := a.Settings()
	a.auto, a.pausing = !oneStep && a.Speed == Slow, false
	config.Paused = oneStep || a.auto
	config.Follow = a.follow(config.Steps)
	a.measured(&config)
	run := &Run{Config: config, Task: a.Task, Phase: Training, began: a.Table.Rows}
	a.keepRun(run)
	a.addRun(run)
	a.Samples, a.Group, a.Look, a.Scrub = nil, nil, Looking{}, 0
	config = run.Config
	a.trainID = a.command(protocol.Command{Type: protocol.CmdTrain, Train: &config}, a.runEnds(run))
	if config.Paused {
		a.command(protocol.Command{Type: protocol.CmdStep}, nil)
	}
}

// runEnds is what happens at a run's end.
func (a *App) runEnds(run *Run) func(end protocol.Event) {
	return func(end protocol.Event) {
		a.trainID, a.auto, a.pausing = 0, false, false
		run.Phase, run.Ended = Idle, true
		if end.Type == protocol.EvFailed {
			a.Curves.line = nil
			a.notify(Notice{Error: true, Text: end.Message, Retry: func() { a.train(false) }})
			return
		}
		if len(run.Steps) == 0 || run.dropped {
			a.nextInLine()
			return
		}
		// The session compares before it trains on.
		a.withModel(func() { a.withExamples(func() { a.compare(); a.nextInLine() }) })
	}
}

// TimeLeft estimates the seconds to the run's end from its last steps; 0: unknown.
func (r *Run) TimeLeft() float64 {
	n := min(len(r.Steps), 5)
	if n == 0 || r.Ended {
		return 0
	}
	sum := 0.0
	for _, s := range r.Steps[len(r.Steps)-n:] {
		sum += s.Seconds
	}
	last := r.Steps[len(r.Steps)-1]
	return sum / float64(n) * float64(max(last.Steps-last.Step, 0))
}

// differences names the settings that differ, old → new. Between two methods those
// count that both read.
func (a *App) differences(from, to protocol.Train) []string {
	var list []string
	add := func(title, old, new string) {
		if old != new {
			list = append(list, title+" "+old+" → "+new)
		}
	}
	add(words.T("method"), from.Method, to.Method)
	for _, f := range a.AllSettings {
		if a.method(from.Method).Reads(f) && a.method(to.Method).Reads(f) {
			add(Said(f.Title), Said(f.Named(from)), Said(f.Named(to)))
		}
	}
	return list
}
