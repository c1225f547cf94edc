package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/dongyur/dongyur/core/data"
)

// tableFlags say how a table of one's own is read.
type tableFlags struct {
	Columns map[string]string `help:"Columns of a table of your own, by header, language or number: source=NAME,reference=NAME; unset: found by the languages, usual names or the script." mapsep:","`
	Strict  bool              `help:"Refuse a table that has a bad row; else bad rows are left out and listed."`
}

// toldRows is how many rows of one kind a command that is not about the table lists.
const toldRows = 10

// readTable reads a table of one's own and says on standard error what was left out and
// what is doubtful, once for all that asks for it.
func (f tableFlags) readTable(cli *program, opt data.ReadOptions) (*data.Table, error) {
	key := fmt.Sprint(opt)
	if table := cli.tables[key]; table != nil {
		return table, nil
	}
	table, err := f.openTable(opt)
	if table != nil {
		describeTable(os.Stderr, "dongyur: ", table, err == nil, toldRows)
	}
	if err != nil {
		return nil, err
	}
	if cli.tables == nil {
		cli.tables = map[string]*data.Table{}
	}
	cli.tables[key] = table
	return table, nil
}

// openTable reads a table with the flags.
func (f tableFlags) openTable(opt data.ReadOptions) (*data.Table, error) {
	file, err := os.Open(opt.Name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	path := opt.Name
	opt.Columns, opt.Strict, opt.Name = f.Columns, f.Strict, filepath.Base(path)
	table, err := data.ReadTable(file, opt)
	if err != nil {
		err = fmt.Errorf("%s: %w", path, nameless(err))
	}
	return table, err
}

// nameless is an error of a table without the file's name, which stands before it.
func nameless(err error) error {
	var at *data.TableError
	if errors.As(err, &at) {
		plain := *at
		plain.Name = ""
		return &plain
	}
	return err
}

// describeTable says what was read of a table and what was not, the first rows of each
// kind with their places; limit 0 lists all.
func describeTable(out io.Writer, prefix string, t *data.Table, whole bool, limit int) {
	line := func(format string, args ...any) { fmt.Fprintf(out, prefix+format+"\n", args...) }
	for _, note := range t.Notes {
		line("%s", note)
	}
	if whole && (len(t.Skipped) > 0 || prefix == "") {
		line("rows read as %s: %d%s", t.Format.Title, len(t.Examples), leftOut(t.Counts()))
	}
	list := func(rows []*data.TableError, kind func(*data.TableError) string) {
		for i, r := range rows {
			if i == limit && limit > 0 {
				line("… and %d more", len(rows)-i)
				return
			}
			line("%s %s: %s", kind(r), r.Place(), r.Msg)
		}
	}
	var wrong []*data.TableError
	for _, s := range t.Skipped {
		if prefix == "" || s.Reason.Wrong() {
			wrong = append(wrong, s)
		}
	}
	if len(wrong) > 1 || whole {
		list(wrong, func(s *data.TableError) string { return "left out (" + string(s.Reason) + "):" })
	}
	if whole {
		list(t.Doubts, func(d *data.TableError) string { return "warning (" + string(d.Reason) + "):" })
		if len(t.Doubts) > 0 {
			line("warnings: %d, of %d rows", len(t.Doubts), len(t.Examples))
		}
	}
}

// leftOut counts reasons for a sentence.
func leftOut(counts []data.ReasonCount) string {
	if len(counts) == 0 {
		return ""
	}
	var parts []string
	all := 0
	for _, c := range counts {
		parts = append(parts, fmt.Sprintf("%d %s", c.Count, c.Reason))
		all += c.Count
	}
	return fmt.Sprintf("; left out: %d (%s)", all, strings.Join(parts, ", "))
}

// isFile tells whether a name is that of a file that is there.
func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

// shownTable is the first line of `data show FILE --json`, shownRow one of those for the
// rows that were left out or are doubtful.
type shownTable struct {
	Format   string             `json:"format"`
	Encoding string             `json:"encoding,omitempty"`
	Read     int                `json:"read"`
	Skipped  []data.ReasonCount `json:"skipped"`
	Columns  []data.TableColumn `json:"columns"`
	Notes    []string           `json:"notes"`
}

type shownRow struct {
	What    string `json:"what"` // skipped or doubtful
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Field   string `json:"field,omitempty"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

// showFile shows what would be read of a table of one's own.
func (c *dataShow) showFile(out io.Writer, asJSON bool) error {
	if c.Task == "text" {
		return errors.New("show: a table of your own is shown as translate or headline; plain text needs no reader")
	}
	table, err := c.openTable(data.ReadOptions{Name: c.Name, Task: c.Task, SourceLang: string(c.From), TargetLang: string(c.To)})
	if table == nil || table.Format.Name == "" {
		return err
	}
	if asJSON {
		return errors.Join(c.showFileJSON(out, table), err)
	}
	for _, column := range table.Columns {
		field := ""
		if column.Field != "" {
			field = " → " + column.Field
		}
		fmt.Fprintf(out, "column %q%s, filled in %d rows\n", column.Name, field, column.Filled)
	}
	describeTable(out, "", table, err == nil, 0)
	if err != nil {
		return err
	}
	fmt.Fprintln(out)
	for i, e := range table.Examples {
		if i == c.Limit && c.Limit > 0 {
			break
		}
		fmt.Fprintf(out, "line %d  %s  %s\n  %s  %s\n  %s  %s\n\n", table.Lines[i], e.ID, e.Split, e.SourceLang, short(e.Source), e.TargetLang, short(e.Reference))
	}
	return nil
}

func (c *dataShow) showFileJSON(out io.Writer, t *data.Table) error {
	err := writeJSON(out, shownTable{t.Format.Name, t.Encoding, len(t.Examples), t.Counts(), t.Columns, t.Notes})
	for what, rows := range map[string][]*data.TableError{"skipped": t.Skipped, "doubtful": t.Doubts} {
		for _, r := range rows {
			err = errors.Join(err, writeJSON(out, shownRow{what, r.Line, r.Column, r.Field, string(r.Reason), r.Msg}))
		}
	}
	for i, e := range t.Examples {
		if i == c.Limit && c.Limit > 0 {
			break
		}
		err = errors.Join(err, writeJSON(out, e))
	}
	return err
}
