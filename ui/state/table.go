package state

import (
	"strconv"
	"strings"

	"github.com/dongyur/dongyur/core/lang"
	"github.com/dongyur/dongyur/core/protocol"
)

// heldOutEvery: when a table comes in, each fourth row is kept for the test.
const heldOutEvery = 4

// Row is one line of the examples' table.
type Row struct {
	Example protocol.Example
	HeldOut bool // measured on, never trained on
}

// Table holds the examples that the user sees and edits.
type Table struct {
	Rows     []Row
	Name     string // where the rows came from
	Starter  bool   // the built-in set, not edited
	Reading  bool   // the session is reading a table
	Problems []protocol.TableProblem
	changed  bool // the session has not seen this state
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

func (t *Table) touch() { t.Starter, t.changed = false, true }

func (t *Table) setTask(task Task) {
	for i := range t.Rows {
		e := &t.Rows[i].Example
		e.Task, e.SourceLang, e.TargetLang = task.Name, task.SourceLang, task.TargetLang
	}
	t.changed = true
}

// SetSource edits a row's source text.
func (t *Table) SetSource(i int, text string) {
	if i < len(t.Rows) && t.Rows[i].Example.Source != text {
		t.Rows[i].Example.Source = text
		t.touch()
	}
}

// SetReference edits a row's reference.
func (t *Table) SetReference(i int, text string) {
	if i < len(t.Rows) && t.Rows[i].Example.Reference != text {
		t.Rows[i].Example.Reference = text
		t.touch()
	}
}

// SetHeldOut moves a row between the two parts.
func (t *Table) SetHeldOut(i int, heldOut bool) {
	if i < len(t.Rows) {
		t.Rows[i].HeldOut = heldOut
		t.changed = true
	}
}

// Remove takes a row away.
func (t *Table) Remove(i int) {
	if i < len(t.Rows) {
		t.Rows = append(t.Rows[:i:i], t.Rows[i+1:]...)
		t.touch()
	}
}

// Warning says what is odd in a row, or "".
func (t *Table) Warning(i int) string {
	e := t.Rows[i].Example
	if strings.TrimSpace(e.Source) == "" {
		return "The source is empty; this row is left out."
	}
	if wrongScript(e.Source, e.SourceLang) {
		return "The source does not look like " + languageName(e.SourceLang) + "."
	}
	if e.Reference != "" && wrongScript(e.Reference, e.TargetLang) {
		return "The reference does not look like " + languageName(e.TargetLang) + "."
	}
	return ""
}

func wrongScript(text, tag string) bool { return lang.Share(text, tag) < 0.3 }

func languageName(tag string) string {
	switch tag {
	case "bo":
		return "Tibetan"
	case "zh":
		return "Chinese"
	case "en":
		return "English"
	}
	return tag
}

// AddRow appends an empty row to train on.
func (a *App) AddRow() {
	a.Table.Rows = append(a.Table.Rows, Row{Example: protocol.Example{
		ID: "row-" + strconv.Itoa(len(a.Table.Rows)+1), Task: a.Task.Name,
		SourceLang: a.Task.SourceLang, TargetLang: a.Task.TargetLang,
	}})
	a.Table.touch()
}

// Clear empties the table.
func (a *App) Clear() {
	a.keepForUndo("The table is empty now.")
	a.Table = Table{changed: true}
}

// keepForUndo offers to bring back rows of the user's own that are about to go.
func (a *App) keepForUndo(text string) {
	if a.Table.Starter || len(a.Table.Rows) == 0 {
		return
	}
	before := a.Table
	before.changed, before.Reading = true, false
	a.notify(Notice{Text: text, Undo: true, Retry: func() { a.Table = before }})
}

// LoadStarter brings the built-in examples of the task.
func (a *App) LoadStarter() {
	a.keepForUndo("The starter set took the place of your table.")
	a.Table.Reading = true
	a.command(protocol.Command{Type: protocol.CmdStarter, Starter: &protocol.Starter{
		Task: a.Task.Name, SourceLang: a.Task.SourceLang, TargetLang: a.Task.TargetLang,
	}}, func(end protocol.Event) {
		a.Table.Reading = false
		if end.Type == protocol.EvFailed {
			a.notify(Notice{Error: true, Text: end.Message, Retry: a.LoadStarter})
			return
		}
		a.Table.Starter = len(a.Table.Rows) > 0
	})
}

// Import has the session read a table; name is the file's, or "" for pasted text.
func (a *App) Import(name string, data []byte) {
	a.Table.Reading = true
	a.Table.Problems = nil
	a.command(protocol.Command{Type: protocol.CmdParse, Parse: &protocol.Parse{
		Name: name, Data: data,
		Task: a.Task.Name, SourceLang: a.Task.SourceLang, TargetLang: a.Task.TargetLang,
	}}, func(end protocol.Event) {
		a.Table.Reading = false
		if end.Type == protocol.EvFailed {
			a.Table.Problems = []protocol.TableProblem{{Message: end.Message}}
		}
	})
}

// takeParsed replaces the rows, unless nothing could be read.
func (a *App) takeParsed(p *protocol.Parsed) {
	a.Table.Problems = p.Problems
	if len(p.Examples) == 0 {
		return
	}
	rows := make([]Row, len(p.Examples))
	for i, e := range p.Examples {
		rows[i] = Row{Example: e, HeldOut: len(rows) >= 2*heldOutEvery && i%heldOutEvery == heldOutEvery-1}
	}
	a.Table.Rows, a.Table.Name = rows, p.Name
	a.Table.Starter, a.Table.changed = false, true
}

// withExamples runs next once the session has the table as it is now.
func (a *App) withExamples(next func()) {
	if !a.Table.changed {
		next()
		return
	}
	var set protocol.Examples
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
		a.notify(Notice{Error: true, Text: "There are no examples to train on: add a row, import a table, or take the starter set."})
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
