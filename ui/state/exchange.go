package state

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/ui/words"
)

// maxImport bounds a file that comes into the page, in bytes. A table of this size has
// more rows than anyone edits by hand.
const maxImport = 32 << 20

// heldOutEvery: when a table without parts comes in, each fourth row is held out.
const heldOutEvery = 4

// LoadStarter brings the built-in examples of the task.
func (a *App) LoadStarter() {
	a.loadStarter(func(message string) { a.notify(Notice{Error: true, Text: message, Retry: a.LoadStarter}) })
}

// loadStarter brings them, or says why not.
func (a *App) loadStarter(failed func(message string)) {
	a.Table.Reading, a.Table.adding = true, false
	a.Table.read = protocol.Parse{}
	a.command(protocol.Command{Type: protocol.CmdStarter, Starter: &protocol.Starter{
		Task: a.Task.Name, SourceLang: a.Task.SourceLang, TargetLang: a.Task.TargetLang,
	}}, func(end protocol.Event) {
		a.Table.Reading = false
		if end.Type == protocol.EvFailed {
			failed(end.Message)
			return
		}
		a.Table.Starter = len(a.Table.Rows) > 0
	})
}

// Import has the session read a file; name is the file's, or "" for pasted text. Its
// rows take the place of those that are there, or are added to them.
func (a *App) Import(name string, data []byte, add bool) {
	if len(data) > maxImport {
		a.Table.Problems = []protocol.TableProblem{{Message: words.T("The file has %d MB, more than %d; split it into smaller ones.", len(data)>>20, maxImport>>20)}}
		return
	}
	a.Table.read = protocol.Parse{Name: name, Data: data}
	a.Table.adding = add
	a.parse()
}

// ReadAgain reads the latest file once more, from other columns of it. Its rows take the
// place of those that it gave before.
func (a *App) ReadAgain(source, reference string) {
	t := &a.Table
	if len(t.read.Data) > 0 {
		if t.adding && t.imported > 0 && t.imported == len(t.history.done) {
			a.Undo() // what it added
		}
		t.read.Columns = map[string]string{"source": source, "reference": reference}
		a.parse()
	}
}

func (a *App) parse() {
	a.Table.Reading = true
	a.Table.Problems, a.Table.Report = nil, nil
	command := a.Table.read
	command.Task, command.SourceLang, command.TargetLang = a.Task.Name, a.Task.SourceLang, a.Task.TargetLang
	a.command(protocol.Command{Type: protocol.CmdParse, Parse: &command}, func(end protocol.Event) {
		a.Table.Reading = false
		if end.Type == protocol.EvFailed {
			a.Table.Problems = []protocol.TableProblem{{Message: end.Message}}
		}
	})
}

// takeParsed takes rows in, unless nothing could be read.
func (a *App) takeParsed(p *protocol.Parsed) {
	t := &a.Table
	if p.Tax != nil {
		a.Curves.Texts, t.changed = p.Tax, true
	}
	t.Problems, t.Report = p.Problems, p.Report
	if len(p.Examples) == 0 {
		return
	}
	rows := rowsOf(p.Examples)
	if !t.adding {
		a.replaceAll(unlike(rows, nil), p.Name, words.T("Other rows took the place of your table."))
		return
	}
	t.replace(len(t.Rows), 0, unlike(rows, t.Rows), "")
	t.imported = len(t.history.done)
	a.Inspect()
}

// rowsOf makes rows of examples. A set that is not divided has each fourth row held
// out, if it is long enough.
func rowsOf(examples []task.Example) []Row {
	divided := false
	for _, e := range examples {
		divided = divided || e.Split != ""
	}
	rows := make([]Row, len(examples))
	for i, e := range examples {
		heldOut := e.Split == "test" || e.Split == "dev"
		if !divided {
			heldOut = len(rows) >= 2*heldOutEvery && i%heldOutEvery == heldOutEvery-1
		}
		e.Split = ""
		rows[i] = Row{Example: e, HeldOut: heldOut}
	}
	return rows
}

// unlike gives rows names that no other row has.
func unlike(rows, others []Row) []Row {
	taken := make(map[string]bool, len(rows)+len(others))
	for _, r := range others {
		taken[r.Example.ID] = true
	}
	next := map[string]int{} // by name, the number to try
	for i := range rows {
		id := rows[i].Example.ID
		if id == "" {
			id = "row"
		}
		name := id
		for name == "row" || taken[name] {
			next[id]++
			name = id + "-" + strconv.Itoa(next[id])
		}
		taken[name] = true
		rows[i].Example.ID = name
	}
	return rows
}

// divided are the rows' examples with their parts.
func (t *Table) divided() []task.Example {
	list := make([]task.Example, len(t.Rows))
	for i, r := range t.Rows {
		list[i] = r.Example
		list[i].Split = "train"
		if r.HeldOut {
			list[i].Split = "test"
		}
	}
	return list
}

// Export writes the table in one of the Formats; done gets the file.
func (a *App) Export(format string, done func(protocol.File)) {
	var rows []task.Example
	for _, e := range a.Table.divided() {
		if strings.TrimSpace(e.Source+e.Reference) != "" {
			rows = append(rows, e)
		}
	}
	if len(rows) == 0 {
		a.notify(Notice{Error: true, Text: words.T("There are no rows to export.")})
		return
	}
	var file *protocol.File
	a.ask(protocol.Command{Type: protocol.CmdExport, Export: &protocol.Export{Format: format, Examples: rows}}, func(end protocol.Event) {
		if end.Type == protocol.EvFailed || file == nil {
			a.notify(Notice{Error: true, Text: end.Message})
			return
		}
		done(*file)
	}, func(ev protocol.Event) { file = ev.File })
}

// Inspect asks for duplicates and leaks, once for all edits that come while the
// session looks.
func (a *App) Inspect() {
	t := &a.Table
	if t.inspecting || t.Matches != nil || len(t.Rows) == 0 {
		return
	}
	t.inspecting = true
	asked := t.Rows
	var found []protocol.Match
	a.ask(protocol.Command{Type: protocol.CmdInspect, Inspect: &protocol.Inspect{Examples: t.divided()}}, func(end protocol.Event) {
		t.inspecting = false
		if end.Type == protocol.EvFailed {
			a.notify(Notice{Text: end.Message})
			return
		}
		if len(asked) != len(t.Rows) || len(asked) > 0 && &asked[0] != &t.Rows[0] {
			a.Inspect() // edited meanwhile
			return
		}
		t.Matches = map[int][]protocol.Match{}
		for _, m := range found {
			t.Matches[m.Index] = append(t.Matches[m.Index], m)
		}
	}, func(ev protocol.Event) { found = ev.Matches })
}

// SplitTable holds out a percentage of the rows, chosen by their texts and a seed.
// Rows that share a text stay together.
func (a *App) SplitTable(percent float64, seed uint64) error {
	if !(percent > 0 && percent < 100) {
		return fmt.Errorf("%s", words.T("Hold out a share between 0 and 100 percent."))
	}
	asked := a.Table.Rows
	var parts *protocol.Parts
	a.ask(protocol.Command{Type: protocol.CmdSplit, Split: &protocol.Split{Examples: a.Table.divided(), Share: percent / 100, Seed: seed}}, func(end protocol.Event) {
		if end.Type == protocol.EvFailed || parts == nil {
			a.notify(Notice{Error: true, Text: end.Message})
			return
		}
		t := &a.Table
		if len(parts.HeldOut) != len(t.Rows) || len(asked) > 0 && &asked[0] != &t.Rows[0] {
			a.notify(Notice{Text: words.T("The table was edited while it was being divided; divide it again.")})
			return
		}
		rows := make([]Row, len(t.Rows))
		for i, r := range t.Rows {
			rows[i] = Row{Example: r.Example, HeldOut: parts.HeldOut[i]}
		}
		starter := t.Starter
		t.replace(0, len(rows), rows, "")
		t.Starter = starter
		a.Inspect()
	}, func(ev protocol.Event) { parts = ev.Parts })
	return nil
}
