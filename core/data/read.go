package data

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/dongyur/dongyur/core/task"
)

// maxTable bounds one table in memory, in bytes. The largest data set of the catalogue
// has 45 MB and is not read through here.
const maxTable = 256 << 20

// ReadOptions says what the caller knows about a table. The zero value asks for
// guesses throughout.
type ReadOptions struct {
	Name          string            // the file's name, for the format, errors and ids
	Format        string            // a format's name, or "" to find out
	Columns       map[string]string // field of task.Example ("source", "reference", …) → column, by name, language or number from 1
	Task          string            // "" means task.Headline for a table with a body and a title, else task.Translate
	SourceLang    string            // language of the sources, e.g. "bo"
	TargetLang    string            // language of the references
	ReferenceFree bool              // accept rows, or a whole table, without references
	// Strict refuses a table with a bad row; else bad rows are left out and told.
	Strict bool
	// Mendable keeps bad rows that a person can mend in an editor, and those without a
	// reference that somebody has put into a part of the set.
	Mendable bool
}

// Table is what was read of a file, and what was not.
type Table struct {
	Examples []task.Example
	Lines    []int // of the file, by example
	Format   Format
	Encoding string        // UTF-8, UTF-16 or GB18030; "" of a format that is not text
	Columns  []TableColumn // of the file
	Skipped  []*TableError // rows that were left out or, if Mendable, kept to be mended, in their order
	Doubts   []*TableError // rows that were read and should be looked at
	Notes    []string      // what else a reader should know, in sentences
}

// TableColumn is a column of a file: what it is called, and which field of Example it
// fills, "" for none.
type TableColumn struct {
	Name   string
	Field  string
	Filled int    // rows with something in it
	Sample string // the first of it
}

// ReadTable reads examples from a file in any of the Formats. Columns are matched to the
// languages asked for, by their headers, by names that people use or by the script that
// they are written in; what fills no field of Example goes to Meta. Rows that are not
// done and bad rows are left out and told in the Table.
//
// What is wrong with the table as a whole comes back as a *TableError with line, column
// and field, and so does the first bad row if the reader is strict or nothing else could
// be read. A reference without one letter of the target language's script is bad.
func ReadTable(r io.Reader, opt ReadOptions) (*Table, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxTable+1))
	if err != nil {
		return nil, fmt.Errorf("read table %s: %w", opt.Name, err)
	}
	t := &Table{}
	s, err := t.open(file{name: opt.Name, raw: raw}, opt.Format)
	if err != nil {
		return t, err
	}
	l, err := planColumns(s, opt)
	t.describe(s, l)
	if err != nil {
		return t, err
	}
	if l.header {
		s.rows = s.rows[1:]
	}
	t.Notes = append(append(t.Notes, s.notes...), l.notes...)
	for _, r := range s.rows {
		if blank(r.cells) && r.wrong == nil {
			continue
		}
		e, wrong := l.example(r, opt)
		if wrong != nil {
			if wrong.Reason.Wrong() && opt.Strict {
				return t, wrong
			}
			kept := opt.Mendable && mendable(e, wrong.Reason)
			if !kept || wrong.Reason.Wrong() {
				t.Skipped = append(t.Skipped, wrong)
			}
			if !kept {
				continue
			}
		}
		t.Examples, t.Lines = append(t.Examples, e), append(t.Lines, r.line)
	}
	if len(t.Examples) == 0 {
		return t, t.nothing(opt.Name)
	}
	return t, t.check(opt)
}

// open finds out encoding and format and reads the sheet.
func (t *Table) open(f file, format string) (*sheet, error) {
	if len(f.raw) > maxTable {
		return nil, f.wrong(1, 1, "the table is larger than %d MB; split it into smaller files", maxTable>>20)
	}
	if err := refuseBinary(f); err != nil {
		return nil, err
	}
	var err error
	for _, known := range registered {
		if known.Magic != "" && strings.HasPrefix(string(f.raw[:min(len(f.raw), 8)]), known.Magic) {
			t.Format = known
		}
	}
	if t.Format.Magic == "" {
		if f.text, t.Encoding, err = decode(f); err != nil {
			return nil, err
		}
		if strings.TrimSpace(f.text) == "" {
			return nil, f.wrong(1, 1, "the table is empty; it needs a row of column names and at least one example")
		}
		if t.Encoding != textUTF8 {
			t.Notes = append(t.Notes, "the file is in "+t.Encoding+" and was read as that")
		}
		t.Format = ofText(f)
		if format != "" {
			if t.Format, err = FormatNamed(format); err != nil {
				return nil, fmt.Errorf("read table %s: %w", f.name, err)
			}
		}
	}
	s, err := t.Format.Read(f)
	switch {
	case err != nil:
		return nil, err
	case len(s.rows) == 0:
		return nil, f.wrong(1, 1, "the file has no rows (units, entries); export it again with at least one")
	case !slices.ContainsFunc(s.rows, func(r sheetRow) bool { return r.wrong == nil }):
		for _, r := range s.rows {
			t.Skipped = append(t.Skipped, r.wrong)
		}
		return nil, t.nothing(f.name)
	}
	return s, nil
}

// refuseBinary says what to do with files of other programs.
func refuseBinary(f file) error {
	for magic, what := range map[string]string{
		"\xd0\xcf\x11\xe0": "an old Excel or Word file (.xls, .doc); save it as XLSX or as CSV UTF-8",
		"%PDF":             "a PDF; copy its table into a spreadsheet and save that as CSV UTF-8",
		"\x1f\x8b":         "compressed with gzip; unpack it first",
	} {
		if strings.HasPrefix(string(f.raw[:min(len(f.raw), 8)]), magic) {
			return f.wrong(1, 1, "this is %s", what)
		}
	}
	return nil
}

// describe lists the columns.
func (t *Table) describe(s *sheet, l *layout) {
	rows := s.rows
	if l.header {
		rows = rows[1:]
	}
	for i, c := range l.columns {
		column := TableColumn{Name: c.title()}
		for field, place := range l.place {
			if place == i {
				column.Field = field
			}
		}
		for _, r := range rows {
			if i < len(r.cells) && r.cells[i].text != "" {
				if column.Filled++; column.Filled == 1 {
					column.Sample = r.cells[i].text
				}
			}
		}
		t.Columns = append(t.Columns, column)
	}
}

// mendable tells whether an editor can show a bad row, or one that someone has given a
// part of the set though it has no reference yet.
func mendable(e task.Example, why Reason) bool {
	if why == Untranslated {
		return e.Source != "" && e.Split != ""
	}
	return why.Wrong() && e.Source+e.Reference != ""
}

// nothing is the error of a table of which nothing could be read: its first bad row, or
// why all were left out.
func (t *Table) nothing(name string) error {
	for _, s := range t.Skipped {
		if s.Reason.Wrong() {
			wrong := *s
			if more := len(t.Skipped) - 1; more > 0 {
				wrong.Msg += fmt.Sprintf(" (and so on: none of the table's %d rows can be used)", more+1)
			}
			return &wrong
		}
	}
	empty := TableError{Line: 1, Column: 1}
	if len(t.Skipped) > 0 {
		empty = *t.Skipped[0]
	}
	empty.Name, empty.Msg = name, "the table has no examples that could be read"+t.because()+"; add at least one row"
	return &empty
}

// because counts what was left out, for a sentence.
func (t *Table) because() string {
	var parts []string
	for _, c := range t.Counts() {
		parts = append(parts, fmt.Sprintf("%d %s", c.Count, c.Reason))
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}

// ReasonCount is how many rows were left out for one reason.
type ReasonCount struct {
	Reason Reason
	Count  int
}

// Counts counts the rows left out by reason, most first.
func (t *Table) Counts() []ReasonCount {
	var counts []ReasonCount
	for _, s := range t.Skipped {
		i := slices.IndexFunc(counts, func(c ReasonCount) bool { return c.Reason == s.Reason })
		if i < 0 {
			i = len(counts)
			counts = append(counts, ReasonCount{Reason: s.Reason})
		}
		counts[i].Count++
	}
	slices.SortStableFunc(counts, func(a, b ReasonCount) int { return b.Count - a.Count })
	return counts
}

func blank(cells []cell) bool {
	return !slices.ContainsFunc(cells, func(c cell) bool { return c.text != "" })
}

// rowName is the id of a row that has none.
func rowName(file string, line int) string { return fmt.Sprintf("%s:%d", path.Base(file), line) }
