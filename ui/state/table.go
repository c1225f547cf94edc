package state

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dongyur/dongyur/core/lang"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/ui/words"
)

// RowsShown is how many rows of a long table are shown at a time.
const RowsShown = 100

// Row is one line of the examples' table.
type Row struct {
	Example task.Example
	HeldOut bool // measured on, never trained on

	checks  []Check
	checked bool
}

// Table holds the examples that the user sees and edits.
type Table struct {
	Rows     []Row
	Name     string // where the rows came from
	Starter  bool   // the built-in set, not edited
	Reading  bool   // the session is reading a table
	Problems []protocol.TableProblem
	First    int // the first row shown

	// Matches are duplicates and leaks by row; nil until the session has looked.
	Matches map[int][]protocol.Match
	// Report says what was read of the latest file and what was not; nil for none.
	Report *protocol.TableReport

	history    history
	read       protocol.Parse // the file read last
	adding     bool           // its rows come after those that are there
	imported   int            // edits when they came, for ReadAgain to take them back
	inspecting bool
	numbered   int  // rows that were added, for their names
	changed    bool // the session has not seen this state
}

// Counts gives the numbers of rows to train on and to hold out.
func (t *Table) Counts() (train, heldOut int) {
	for _, r := range t.Rows {
		switch {
		case strings.TrimSpace(r.Example.Source) == "":
		case r.HeldOut:
			heldOut++
		default:
			train++
		}
	}
	return train, heldOut
}

// Page is the range of rows that is shown.
func (t *Table) Page() (first, end int) {
	return t.First, min(len(t.Rows), t.First+RowsShown)
}

// Turn shows the page before (-1) or after (+1).
func (t *Table) Turn(by int) {
	if first := t.First + by*RowsShown; first >= 0 && first < len(t.Rows) {
		t.First = first
	}
}

// setTask gives all rows to another task.
func (t *Table) setTask(task Task) {
	rows := slices.Clone(t.Rows)
	for i := range rows {
		e := rows[i].Example
		if e.SourceLang != e.TargetLang && e.SourceLang == task.TargetLang && e.TargetLang == task.SourceLang {
			e.Source, e.Reference = e.Reference, e.Source // the other direction
		}
		e.Task, e.SourceLang, e.TargetLang = task.Name, task.SourceLang, task.TargetLang
		rows[i] = Row{Example: e, HeldOut: rows[i].HeldOut}
	}
	t.replace(0, len(t.Rows), rows, "")
}

// Text is what stands in a cell.
func (r Row) Text(field Field) string {
	if field == Source {
		return r.Example.Source
	}
	return r.Example.Reference
}

// Type takes what was typed into a cell, key by key. One word is one edit to undo.
func (a *App) Type(i int, field Field, text string) {
	t := &a.Table
	if i >= len(t.Rows) || t.Rows[i].Text(field) == text {
		return
	}
	words := syllableEnds(text) - syllableEnds(t.Rows[i].Text(field))
	r := Row{Example: t.Rows[i].Example, HeldOut: t.Rows[i].HeldOut}
	if field == Source {
		r.Example.Source = text
	} else {
		r.Example.Reference = text
	}
	t.replace(i, 1, []Row{r}, strconv.Itoa(i)+string(field))
	if words != 0 {
		t.history.closeCell()
	}
}

// syllableEnds counts what stands between words and syllables.
func syllableEnds(text string) int {
	n := 0
	for _, r := range text {
		if r == ' ' || r == '\n' || lang.IsTsheg(r) || lang.IsShad(r) {
			n++
		}
	}
	return n
}

// Leave is told when a cell has been left: what follows is another edit.
func (a *App) Leave() {
	a.Table.history.closeCell()
	a.Inspect()
}

// SetHeldOut moves a row between the two parts.
func (a *App) SetHeldOut(i int, heldOut bool) {
	t := &a.Table
	if i < len(t.Rows) && t.Rows[i].HeldOut != heldOut {
		starter := t.Starter
		t.replace(i, 1, []Row{{Example: t.Rows[i].Example, HeldOut: heldOut}}, "")
		t.Starter = starter
		a.Inspect()
	}
}

// RemoveRow takes a row away.
func (a *App) RemoveRow(i int) {
	if i < len(a.Table.Rows) {
		a.Table.replace(i, 1, nil, "")
		a.Inspect()
	}
}

// newExample is an empty one of the task, with a name that no other has.
func (a *App) newExample() task.Example {
	for {
		a.Table.numbered++
		id := "row-" + strconv.Itoa(a.Table.numbered)
		if !slices.ContainsFunc(a.Table.Rows, func(r Row) bool { return r.Example.ID == id }) {
			return task.Example{ID: id, Task: a.Task.Name, SourceLang: a.Task.SourceLang, TargetLang: a.Task.TargetLang}
		}
	}
}

// AddRow appends an empty row to train on and shows it.
func (a *App) AddRow() { a.AddExample(a.newExample()) }

// AddExample appends an example to train on, under a name that no other has.
func (a *App) AddExample(e task.Example) {
	e.ID = a.newExample().ID
	t := &a.Table
	t.replace(len(t.Rows), 0, []Row{{Example: e}}, "")
	t.First = (len(t.Rows) - 1) / RowsShown * RowsShown
	a.Inspect()
}

// Clear empties the table.
func (a *App) Clear() {
	a.replaceAll(nil, "", words.T("The table is empty now."))
}

// replaceAll puts rows in the place of all others. Where those were the user's own, a
// notice says so and brings them back.
func (a *App) replaceAll(rows []Row, name, notice string) {
	t := &a.Table
	if len(t.Rows) == 0 && len(rows) == 0 {
		return
	}
	own := !t.Starter && len(t.Rows) > 0
	if len(t.Rows) == 0 && len(t.history.done) == 0 {
		t.put(0, 0, rows) // the first rows of all: there is nothing to go back to
	} else {
		t.replace(0, len(t.Rows), rows, "")
	}
	t.Name, t.First, t.Starter = name, 0, false
	a.Inspect()
	if depth := len(t.history.done); own {
		a.notify(Notice{Text: notice, Undo: true, Retry: func() {
			for len(a.Table.history.done) >= depth && a.Table.CanUndo() {
				a.Undo()
			}
		}})
	}
}

// withExamples runs next once the session has the table as it is now.
func (a *App) withExamples(next func()) {
	if !a.Table.changed {
		next()
		return
	}
	set := protocol.Examples{Tax: a.Curves.Texts}
	for _, r := range a.Table.Rows {
		switch {
		case strings.TrimSpace(r.Example.Source) == "":
		case r.HeldOut:
			set.HeldOut = append(set.HeldOut, r.Example)
		default:
			set.Train = append(set.Train, r.Example)
		}
	}
	if len(set.Train) == 0 {
		a.notify(Notice{Error: true, Text: words.T("There are no examples to train on: add a row, import a table, or take the starter set.")})
		return
	}
	a.Table.changed = false
	a.command(protocol.Command{Type: protocol.CmdExamples, Examples: &set}, func(end protocol.Event) {
		if end.Type == protocol.EvFailed {
			a.Table.changed = true
			a.notify(Notice{Error: true, Text: end.Message})
			return
		}
		next()
	})
}
