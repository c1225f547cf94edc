package data

import (
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/dongyur/dongyur/core/lang"
	"github.com/dongyur/dongyur/core/task"
)

// ReadOptions says what the caller knows about a table. The zero value asks for
// guesses throughout.
type ReadOptions struct {
	Name          string            // the file's name, for the format, errors and ids
	Format        string            // TSV, CSV, JSONL, XLIFF, TMX, or "" to find out
	Columns       map[string]string // field of Example ("source", "reference", …) → column name or number from 1
	Task          string            // "" means Headline for a table with a body and a title, else Translate
	SourceLang    string            // language of the sources, e.g. "bo"
	TargetLang    string            // language of the references
	ReferenceFree bool              // accept rows, or a whole table, without references
	From, To      string            // language tags of XLIFF and TMX to read, as the file writes them; "": those that fit the languages above
	// Report is told what is wrong with a row, and reading goes on: a row that a person
	// can mend is kept as it is, others are left out. nil: the first wrong row ends it.
	Report func(*TableError)
}

// ReadTable reads examples from a TSV, CSV or JSON Lines table, or from a file of
// translators, XLIFF or TMX. Of a table, a first row of
// column names is recognised by its names; a table without one has its sources in
// the first column and its references in the second. Columns that fill no field of
// Example go to Meta.
//
// What is wrong with the table comes back as a *TableError with line, column and
// field. A reference without one letter of the target language's script is an error.
func ReadTable(r io.Reader, opt ReadOptions) ([]task.Example, error) {
	text, err := readText(r, opt.Name)
	if err != nil {
		return nil, err
	}
	if opt.Format == "" {
		opt.Format = sniff(text, opt.Name)
	}
	if opt.Format == XLIFF || opt.Format == TMX {
		units, err := readUnits(text, opt.Name, opt.Format, opt.Report)
		if err != nil {
			return nil, err
		}
		return unitExamples(units, opt)
	}
	if err := checkLines(text, opt.Name); err != nil {
		return nil, err
	}
	g, err := readGrid(text, opt.Name, opt.Format)
	if err != nil {
		return nil, err
	}
	l, err := planColumns(g, opt)
	if err != nil {
		return nil, err
	}
	rows := g.rows
	if l.header && g.names == nil {
		rows = rows[1:]
	}
	var examples []task.Example
	for _, row := range rows {
		if blank(row.cells) {
			continue
		}
		wrong := l.checkWidth(row, opt)
		var e task.Example
		if wrong == nil {
			e, wrong = l.example(row, opt)
		}
		switch {
		case wrong == nil:
		case opt.Report == nil:
			return nil, wrong
		default:
			opt.Report(wrong)
			if e.Source == "" && e.Reference == "" {
				continue
			}
		}
		examples = append(examples, e)
	}
	if len(examples) == 0 {
		return nil, &TableError{Name: opt.Name, Line: g.rows[0].line, Column: 1, Msg: "the table has no examples that could be read; add at least one row"}
	}
	return examples, nil
}

func blank(cells []cell) bool {
	for _, c := range cells {
		if c.text != "" {
			return false
		}
	}
	return true
}

// checkWidth refuses a row with more or fewer fields than the first one. Empty
// fields too many are what spreadsheets leave behind and do no harm.
func (l *layout) checkWidth(r row, opt ReadOptions) *TableError {
	want, got := len(l.names), len(r.cells)
	msg := fmt.Sprintf("the row has %d fields and the first row has %d; check its separators and quotes", got, want)
	switch {
	case got < want:
		last := r.cells[got-1]
		return &TableError{Name: opt.Name, Line: last.line, Column: last.column + len([]rune(last.text)), Field: l.names[got], Msg: msg}
	case got > want && !blank(r.cells[want:]):
		return &TableError{Name: opt.Name, Line: r.cells[want].line, Column: r.cells[want].column, Msg: msg}
	}
	return nil
}

// example makes an Example of one row. One that is wrong comes back as far as it was
// read.
func (l *layout) example(r row, opt ReadOptions) (task.Example, *TableError) {
	get := func(field string) (string, bool) {
		i, ok := l.place[field]
		if !ok || r.cells[i].text == "" {
			return "", false
		}
		return r.cells[i].text, true
	}
	wrong := func(field, msg string) *TableError {
		c := r.cells[l.place[field]]
		return &TableError{Name: opt.Name, Line: c.line, Column: c.column, Field: l.names[l.place[field]], Msg: msg}
	}
	e := task.Example{Task: l.task, SourceLang: l.sourceLang, TargetLang: l.targetLang}
	e.Source, _ = get(columnSource)
	e.Reference, _ = get(columnReference)
	e.Split, _ = get(columnSplit)
	if name, ok := get(columnTask); ok {
		e.Task = name
		if err := checkTask(e.Task); err != nil {
			e.Task = l.task
			return e, wrong(columnTask, err.Error())
		}
	}
	if code, ok := get(columnSourceLang); ok {
		e.SourceLang = code
	}
	if code, ok := get(columnTargetLang); ok {
		e.TargetLang = code
	}
	if e.Task == task.Headline && e.TargetLang == "" {
		e.TargetLang = e.SourceLang
	}
	var ok bool
	if e.ID, ok = get(columnID); !ok {
		e.ID = fmt.Sprintf("%s:%d", path.Base(opt.Name), r.line)
	}
	e.Meta = l.meta(r)
	takePivot(&e)
	switch {
	case e.Source == "":
		return e, wrong(columnSource, "the source is empty; fill it in or delete the row")
	case e.Reference == "" && !opt.ReferenceFree && opt.Report == nil:
		return e, wrong(columnReference, "the reference is empty; fill it in or delete the row (or allow rows without a reference)")
	}
	if msg := wrongScript(e); msg != "" {
		if !l.header && r.line == 1 {
			msg += "; if the first line holds column names, call them source and reference or map them"
		}
		return e, wrong(columnReference, msg)
	}
	return e, nil
}

// meta keeps the columns that fill no field, under their own names.
func (l *layout) meta(r row) map[string]string {
	used := map[int]bool{}
	for _, i := range l.place {
		used[i] = true
	}
	var meta map[string]string
	for i, name := range l.names {
		if used[i] || r.cells[i].text == "" {
			continue
		}
		if meta == nil {
			meta = map[string]string{}
		}
		meta[strings.TrimPrefix(name, metaPrefix)] = r.cells[i].text
	}
	return meta
}

// wrongScript says what is wrong with a reference that has letters but not one of
// the target language's script. Single foreign names inside a reference are common
// and pass, and so does a reference that keeps the source as it is (a name, a key).
func wrongScript(e task.Example) string {
	_, known := lang.ScriptOf(e.TargetLang)
	letters := lang.Count(e.Reference).Letters
	if !known || letters == 0 || e.Reference == e.Source || lang.Share(e.Reference, e.TargetLang) > 0 {
		return ""
	}
	msg := fmt.Sprintf("the reference has no letter of the target language's script (%s)", e.TargetLang)
	if e.SourceLang != e.TargetLang && e.SourceLang != "" && lang.Share(e.Reference, e.SourceLang) > lang.Share(e.Source, e.SourceLang) {
		return msg + "; the columns of source and reference look exchanged: map them or change the languages"
	}
	return msg + "; correct it or change the target language"
}
