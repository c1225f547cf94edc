package state

import (
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/words"
)

// Edited lists what the settings and the examples change against the run under way.
func (a *App) Edited() []string {
	r := a.Run()
	if r == nil || !a.Busy() {
		return nil
	}
	return append(a.differences(r.Config, a.Settings()), a.editedRows(r)...)
}

// editedRows lists how the examples differ from those that a run began with, one entry
// an example, old → new.
func (a *App) editedRows(r *Run) []string {
	if r.began == nil || len(r.began) == len(a.Table.Rows) && (len(r.began) == 0 || &r.began[0] == &a.Table.Rows[0]) {
		return nil // every edit makes the rows anew
	}
	old := make(map[string]Row, len(r.began))
	for _, row := range r.began {
		old[row.Example.ID] = row
	}
	var list []string
	for i, row := range a.Table.Rows {
		before, known := old[row.Example.ID]
		delete(old, row.Example.ID)
		switch {
		case !known:
			list = append(list, words.T("example %d is new", i+1))
		case before.Example.Source != row.Example.Source:
			list = append(list, words.T("example %d: %s → %s", i+1, brief(before.Example.Source), brief(row.Example.Source)))
		case before.Example.Reference != row.Example.Reference:
			list = append(list, words.T("example %d: %s → %s", i+1, brief(before.Example.Reference), brief(row.Example.Reference)))
		case before.HeldOut != row.HeldOut && row.HeldOut:
			list = append(list, words.T("example %d is held out", i+1))
		case before.HeldOut != row.HeldOut:
			list = append(list, words.T("example %d is learned from", i+1))
		}
	}
	for _, row := range r.began {
		if _, gone := old[row.Example.ID]; gone {
			list = append(list, words.T("an example is gone: %s", brief(row.Example.Source)))
		}
	}
	return list
}

// brief is the beginning of a text.
func brief(text string) string {
	const letters = 24
	if all := []rune(text); len(all) > letters {
		return string(all[:letters]) + "…"
	}
	return text
}

// Restart ends the run under way and starts one with the settings and the examples as
// they are.
func (a *App) Restart() {
	a.Reset()
	id := a.trainID
	end := a.waiting[id]
	a.waiting[id] = func(ev protocol.Event) {
		end(ev)
		a.train(false)
	}
}
