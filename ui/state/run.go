package state

import (
	"strconv"

	"github.com/dongyur/dongyur/core/protocol"
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
	Number   int
	Config   protocol.Train
	Task     Task
	Examples int // to train on
	Steps    []protocol.Step
	Tax      []protocol.Tax    // held-out loss of other languages
	Gains    []protocol.Scores // of the held-out examples, while it trains
	Maps     []*protocol.Map   // where its answers lie by their meaning
	Phase    Phase
	Ended    bool
	Slot     int    // 1..4: its colour and dash, which stay
	Pinned   bool   // its curves outlive Clear
	Changed  string // what differs from the run before
	dropped  bool   // the model was reset: what the run learned is gone

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

// Phase is the current run's.
func (a *App) Phase() Phase {
	switch r := a.Run(); {
	case a.trainID != 0 && r != nil:
		return r.Phase
	case a.interrupted():
		return Paused
	}
	return Idle
}

// Busy tells that a run is under way or starting.
func (a *App) Busy() bool { return a.trainID != 0 }

// Play starts, pauses or resumes, whichever is next.
func (a *App) Play() {
	switch a.Phase() {
	case Training:
		a.command(protocol.Command{Type: protocol.CmdPause}, nil)
	case Paused:
		if a.interrupted() {
			a.goOn(false)
			return
		}
		a.Run().Phase = Training
		a.command(protocol.Command{Type: protocol.CmdResume}, nil)
	default:
		a.train(false)
	}
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
	config.Paused = oneStep
	a.measured(&config)
	run := &Run{Config: config, Task: a.Task, Phase: Training}
	a.keepRun(run)
	a.addRun(run)
	a.Samples, a.Group, a.Look = nil, nil, Looking{}
	config = run.Config
	a.trainID = a.command(protocol.Command{Type: protocol.CmdTrain, Train: &config}, a.runEnds(run))
	if oneStep {
		a.command(protocol.Command{Type: protocol.CmdStep}, nil)
	}
}

// runEnds is what happens at a run's end.
func (a *App) runEnds(run *Run) func(end protocol.Event) {
	return func(end protocol.Event) {
		a.trainID = 0
		run.Phase, run.Ended = Idle, true
		if end.Type == protocol.EvFailed {
			a.Curves.line = nil
			a.notify(Notice{Error: true, Text: end.Message, Retry: func() { a.train(false) }})
			return
		}
		if a.nextInLine() {
			return
		}
		if len(run.Steps) > 0 && !run.dropped {
			a.RunComparison()
		}
	}
}

// Edited lists what the settings change against the run under way, or "".
func (a *App) Edited() string {
	if r := a.Run(); r != nil && a.Busy() {
		return Difference(r.Config, a.Settings())
	}
	return ""
}

// Restart ends the run under way and starts one with the settings as they are.
func (a *App) Restart() {
	a.Reset()
	id := a.trainID
	end := a.waiting[id]
	a.waiting[id] = func(ev protocol.Event) {
		end(ev)
		a.train(false)
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

// Difference names the settings that differ, old → new.
func Difference(a, b protocol.Train) string {
	text := ""
	add := func(name, from, to string) {
		if from == to {
			return
		}
		if text != "" {
			text += ", "
		}
		text += name + " " + from + " → " + to
	}
	number := func(name string, from, to float64) {
		add(name, strconv.FormatFloat(from, 'g', 4, 64), strconv.FormatFloat(to, 'g', 4, 64))
	}
	add("method", a.Method, b.Method)
	number("steps", float64(a.Steps), float64(b.Steps))
	number("prompts", float64(a.Prompts), float64(b.Prompts))
	number("group", float64(a.Group), float64(b.Group))
	number("learning rate", a.LearningRate, b.LearningRate)
	number("KL weight", a.Beta, b.Beta)
	number("temperature", a.Sampling.Temperature, b.Sampling.Temperature)
	number("top-p", a.Sampling.TopP, b.Sampling.TopP)
	number("tokens", float64(a.Sampling.MaxTokens), float64(b.Sampling.MaxTokens))
	number("LoRA rank", float64(a.LoRARank), float64(b.LoRARank))
	number("similarity", a.Reward.Similarity.Weight, b.Reward.Similarity.Weight)
	number("language", a.Reward.Language.Weight, b.Reward.Language.Weight)
	number("length", a.Reward.Length.Weight, b.Reward.Length.Weight)
	number("repetition", a.Reward.Repetition.Weight, b.Reward.Repetition.Weight)
	number("copy", a.Reward.Copy.Weight, b.Reward.Copy.Weight)
	number("τ", a.Reward.Similarity.Tau, b.Reward.Similarity.Tau)
	number("seed", float64(a.Seed), float64(b.Seed))
	return text
}
