package state

import "github.com/dongyur/dongyur/core/protocol"

// Handle takes one event of the session into the state.
func (a *App) Handle(ev protocol.Event) {
	if take := a.asked[ev.ReplyTo]; take != nil && ev.Type != protocol.EvDone && ev.Type != protocol.EvFailed && ev.Type != protocol.EvWarning {
		take(ev)
		return
	}
	if ev.Memory > 0 {
		a.Memory, a.DeviceMemory = ev.Memory, ev.Device
	}
	switch ev.Type {
	case protocol.EvReady:
		a.Worker, a.Engine, a.EngineReason = Ready, ev.Engine, ev.Message
		a.tellOfNoGPU()
		a.takeRegistries(ev)
	case protocol.EvProgress:
		a.takeProgress(ev)
	case protocol.EvLoaded:
		if ev.Loaded != nil {
			a.Load.Loaded = *ev.Loaded
		}
		if ev.Engine != "" {
			a.Engine = ev.Engine
		}
	case protocol.EvParsed:
		if ev.Parsed != nil {
			a.takeParsed(ev.Parsed)
		}
	case protocol.EvCompletion:
		a.takeCompletion(ev)
	case protocol.EvStep:
		a.takeStep(ev)
	case protocol.EvState:
		a.takeState(Phase(ev.State))
	case protocol.EvFollowed:
		a.takeFollowed(ev)
	case protocol.EvGroup:
		a.takeGroup(ev)
	case protocol.EvTax, protocol.EvScores, protocol.EvCompared, protocol.EvMap:
		if !a.takeMeasured(ev) {
			a.Comparison.take(ev)
		}
	case protocol.EvFile:
		if ev.File != nil {
			a.Adapter.Files = append(a.Adapter.Files, *ev.File)
		}
	case protocol.EvSaved:
		a.takeSaved(ev)
	case protocol.EvRestored:
		if r := a.Run(); r != nil && ev.Restored != nil {
			r.cut(ev.Restored.Step)
		}
	case protocol.EvWarning:
		a.notify(Notice{Text: ev.Message})
	case protocol.EvDone, protocol.EvFailed:
		a.end(ev)
	}
}

// end runs what waits for a command's end. A failure nobody waits for is shown.
func (a *App) end(ev protocol.Event) {
	then := a.waiting[ev.ReplyTo]
	delete(a.waiting, ev.ReplyTo)
	delete(a.asked, ev.ReplyTo)
	switch {
	case then != nil:
		then(ev)
	case ev.Type == protocol.EvFailed:
		a.notify(Notice{Error: true, Text: ev.Message})
	}
}

func (a *App) takeProgress(ev protocol.Event) {
	if ev.Progress == nil {
		return
	}
	switch {
	case a.Load.Status == InProgress:
		a.Load.Progress = *ev.Progress
	case a.Comparison.Status == InProgress:
		a.Comparison.Progress = *ev.Progress
	}
}

func (a *App) takeStep(ev protocol.Event) {
	r := a.Run()
	if r == nil || ev.Step == nil || ev.ReplyTo != a.trainID {
		return
	}
	r.take(ev)
	a.Samples = nil
	a.Adapter = Adapter{}
	if !a.hasty(ev.Step) {
		a.AskGroup()
	}
}

// takeCompletion keeps the completions of the step under way.
func (a *App) takeCompletion(ev protocol.Event) {
	if ev.Completion != nil && ev.ReplyTo == a.trainID && a.Busy() {
		a.Samples = append(a.Samples, *ev.Completion)
	}
}
