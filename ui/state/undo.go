package state

import "slices"

// Bounds of what can be undone: edits, and rows kept for them.
const (
	maxEdits    = 500
	maxKeptRows = 100_000
)

// edit is one change of the table: the rows from at on that were before, and those
// that are after it.
type edit struct {
	at            int
	before, after []Row
	label         label  // of the table on the other side of the edit
	cell          string // what is typed into; further typing there joins the edit
}

// label is what a table says of itself besides its rows.
type label struct {
	name    string
	starter bool
}

// history holds the edits done, oldest first, and those undone, latest first last.
type history struct{ done, undone []edit }

// replace puts rows in the place of count others, so that it can be undone. Edits of
// one cell that follow each other are one, until cell is another or empty.
func (t *Table) replace(at, count int, rows []Row, cell string) {
	before := slices.Clone(t.Rows[at : at+count])
	h := &t.history
	h.undone = nil
	if n := len(h.done); cell != "" && n > 0 && h.done[n-1].cell == cell && h.done[n-1].at == at {
		h.done[n-1].after = rows
	} else {
		h.done = append(h.done, edit{at: at, before: before, after: rows, label: label{t.Name, t.Starter}, cell: cell})
		h.bound()
	}
	t.put(at, count, rows)
	t.Starter = false
}

// bound forgets the oldest edits.
func (h *history) bound() {
	kept, first := 0, len(h.done)
	for first > 0 && len(h.done)-first < maxEdits {
		e := h.done[first-1]
		if kept += len(e.before) + len(e.after); kept > maxKeptRows && first < len(h.done) {
			break
		}
		first--
	}
	h.done = slices.Delete(h.done, 0, first)
}

// put replaces rows; the slices that edits keep are not written to.
func (t *Table) put(at, count int, rows []Row) {
	t.Rows = slices.Concat(t.Rows[:at], rows, t.Rows[at+count:])
	t.changed = true
	t.Matches = nil
	t.First = min(t.First, max(0, (len(t.Rows)-1)/RowsShown*RowsShown))
}

// closeCell ends the edit of a cell: what is typed from here on is another one.
func (h *history) closeCell() {
	if n := len(h.done); n > 0 {
		h.done[n-1].cell = ""
	}
}

// CanUndo and CanRedo tell whether there is something to undo or to do again.
func (t *Table) CanUndo() bool { return len(t.history.done) > 0 }

// CanRedo tells whether an edit was undone and nothing was edited since.
func (t *Table) CanRedo() bool { return len(t.history.undone) > 0 }

// Undo takes the latest edit back.
func (a *App) Undo() {
	t := &a.Table
	n := len(t.history.done)
	if n == 0 {
		return
	}
	e := t.history.done[n-1]
	t.history.done = t.history.done[:n-1]
	t.put(e.at, len(e.after), e.before)
	e.label = t.relabel(e.label)
	e.cell = ""
	t.history.undone = append(t.history.undone, e)
	a.Inspect()
}

// Redo does again what was undone last.
func (a *App) Redo() {
	t := &a.Table
	n := len(t.history.undone)
	if n == 0 {
		return
	}
	e := t.history.undone[n-1]
	t.history.undone = t.history.undone[:n-1]
	t.put(e.at, len(e.before), e.after)
	e.label = t.relabel(e.label)
	t.history.done = append(t.history.done, e)
	a.Inspect()
}

// relabel takes a label over and gives the one that was.
func (t *Table) relabel(l label) label {
	before := label{t.Name, t.Starter}
	t.Name, t.Starter = l.name, l.starter
	return before
}
