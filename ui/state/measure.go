package state

import "github.com/dongyur/dongyur/core/protocol"

// measured sets what a run measures beside its steps: the alignment tax, and a few
// held-out examples answered again and again, scored and drawn on the map.
func (a *App) measured(config *protocol.Train) {
	if a.Curves.Every == 0 || len(a.Curves.Texts) == 0 {
		return
	}
	_, heldOut := a.Table.Counts()
	config.TaxEvery, config.TaxScores, config.Map = a.Curves.Every, min(measureExamples, heldOut), true
}

// takeMeasured keeps what the run under way has measured, and tells whether the event
// was such.
func (a *App) takeMeasured(ev protocol.Event) bool {
	r := a.Run()
	if r == nil || ev.ReplyTo != a.trainID || a.trainID == 0 || ev.Compared != nil {
		return false
	}
	r.take(ev)
	return true
}

// take adds what a run reports to its curves, live or from its log. After a lost
// device the run goes on from an earlier step, and reports its steps again.
func (r *Run) take(ev protocol.Event) {
	switch {
	case ev.Step != nil:
		r.Steps = append(before(r.Steps, ev.Step.Step, stepOf), *ev.Step)
	case ev.Tax != nil:
		r.Tax = append(before(r.Tax, ev.Tax.Step, taxStep), *ev.Tax)
	case ev.Scores != nil:
		r.Gains = append(before(r.Gains, ev.Scores.Step, gainStep), *ev.Scores)
	case ev.Map != nil:
		r.Maps = append(before(r.Maps, ev.Map.Step, mapStep), ev.Map)
		if len(r.Maps) > keptMaps {
			r.Maps = append(r.Maps[:1:1], r.Maps[2:]...) // the beginning stays
		}
	}
}

// reports are what take adds up to the run's curves.
func (r *Run) reports() []protocol.Event {
	var list []protocol.Event
	for i := range r.Steps {
		list = append(list, protocol.Event{Type: protocol.EvStep, Step: &r.Steps[i]})
	}
	for i := range r.Tax {
		list = append(list, protocol.Event{Type: protocol.EvTax, Tax: &r.Tax[i]})
	}
	for i := range r.Gains {
		list = append(list, protocol.Event{Type: protocol.EvScores, Scores: &r.Gains[i]})
	}
	for _, m := range r.Maps {
		list = append(list, protocol.Event{Type: protocol.EvMap, Map: m})
	}
	return list
}

// cut drops what was reported after a step.
func (r *Run) cut(step int) {
	r.Steps, r.Tax = before(r.Steps, step+1, stepOf), before(r.Tax, step+1, taxStep)
	r.Gains, r.Maps = before(r.Gains, step+1, gainStep), before(r.Maps, step+1, mapStep)
}

func stepOf(s protocol.Step) int     { return s.Step }
func taxStep(t protocol.Tax) int     { return t.Step }
func gainStep(s protocol.Scores) int { return s.Step }
func mapStep(m *protocol.Map) int    { return m.Step }

// before is the part of a run's reports, in order, that is of steps before one.
func before[T any](list []T, step int, of func(T) int) []T {
	for n := len(list); n > 0 && of(list[n-1]) >= step; n-- {
		list = list[:n-1]
	}
	return list
}

// keptMaps bounds what a long run holds in the page, some kilobytes each.
const keptMaps = 200

// SideBySide trains methods one after the other on the same examples, each as long as
// the settings at hand say and from the same seed.
func (a *App) SideBySide(methods ...string) {
	if a.Busy() || len(methods) == 0 {
		return
	}
	chosen := a.Settings()
	for _, method := range methods {
		config, known := a.Config[method]
		if !known {
			continue
		}
		config.Steps, config.Seed, config.Sampling.MaxTokens = chosen.Steps, chosen.Seed, chosen.Sampling.MaxTokens
		a.Config[method] = config
	}
	a.Curves.line = methods
	a.nextInLine()
}

// nextInLine starts the next of the methods that wait, if there is one.
func (a *App) nextInLine() {
	if len(a.Curves.line) == 0 {
		return
	}
	a.Method, a.Curves.line = a.Curves.line[0], a.Curves.line[1:]
	a.train(false)
}

// Waiting are the methods that have yet to run, side by side.
func (a *App) Waiting() []string { return a.Curves.line }
