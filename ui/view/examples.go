package view

import (
	"slices"
	"strconv"
	"strings"

	"github.com/vugu/vugu"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/state"
)

// panel is what is open below the table's buttons.
type panel int

const (
	noPanel panel = iota
	importPanel
	exportPanel
	dividePanel
)

type cellName struct {
	row   int
	field state.Field
}

func (c *Examples) count() string {
	if c.App.Table.Reading {
		return T("reading…")
	}
	train, heldOut := c.App.Table.Counts()
	text := T("%d to learn from, %d held out", train, heldOut)
	if c.App.Table.Starter {
		text += " · " + T("starter set, unreviewed")
	}
	return text
}

func (c *Examples) goal() string {
	complete, of := c.App.Table.Complete()
	return strconv.Itoa(complete) + "/" + strconv.Itoa(of)
}

func (c *Examples) label(what string, i int) string { return T("%s, row %d", what, i+1) }

func (c *Examples) toggle(p panel) {
	if c.problem = ""; c.open == p {
		p = noPanel
	}
	c.open = p
}

func (c *Examples) toggleKeymap() { c.keymap = !c.keymap }

func (c *Examples) typed(e vugu.DOMEvent) { c.pasted = e.PropString("target", "value") }

func (c *Examples) setAdd(e vugu.DOMEvent) { c.add = e.PropBool("target", "checked") }

func (c *Examples) read() {
	c.App.Import("", []byte(c.pasted), c.add)
	c.pasted = ""
}

func (c *Examples) take(e vugu.DOMEvent) {
	if source, ok := e.(files); ok {
		source.ReadFiles(func(name string, data []byte) {
			c.App.Import(name, data, c.add)
			c.changed()
		})
	}
}

func (c *Examples) drop(e vugu.DOMEvent) {
	e.PreventDefault()
	c.take(e)
}

// formats are those that the table is exported in.
func (c *Examples) formats() []protocol.TableFormat {
	return slices.DeleteFunc(slices.Clone(c.App.Formats), func(f protocol.TableFormat) bool { return !f.Writes })
}

// readable are the formats that come in, for people; endings are those of their files.
func (c *Examples) readable() string {
	var titles []string
	for _, f := range c.App.Formats {
		if f.Reads {
			titles = append(titles, f.Title)
		}
	}
	return T("Two columns, source and reference, or a file of translations (%s); or drop a file here. It stays on this machine.", strings.Join(titles, ", "))
}

func (c *Examples) endings() string {
	endings := []string{".txt"}
	for _, f := range c.App.Formats {
		if f.Reads {
			endings = append(endings, f.Extensions...)
		}
	}
	return strings.Join(endings, ",")
}

func (c *Examples) format() string {
	if all := c.formats(); c.saveAs == "" && len(all) > 0 {
		return all[0].Name
	}
	return c.saveAs
}

func (c *Examples) setFormat(e vugu.DOMEvent) { c.saveAs = e.PropString("target", "value") }

func (c *Examples) export() {
	c.App.Export(c.format(), func(f protocol.File) { c.download(f.Name, []protocol.File{f}) })
}

func (c *Examples) percent() string {
	if c.share == 0 {
		c.share = 25
	}
	return setting(c.share)
}

func (c *Examples) setPercent(e vugu.DOMEvent) {
	if v, ok := typedNumber(e); ok {
		c.share = v
	}
}

func (c *Examples) setSeed(e vugu.DOMEvent) {
	if v, ok := typedNumber(e); ok && v >= 0 {
		c.seed = int(v)
	}
}

func (c *Examples) split() {
	c.problem = ""
	if err := c.App.SplitTable(c.share, uint64(c.seed)); err != nil {
		c.problem = err.Error()
	}
}

func problem(p protocol.TableProblem) string {
	text := ""
	if p.Line > 0 {
		text = T("line %d", p.Line)
		if p.Column > 0 {
			text += T(", column %d", p.Column)
		}
		if p.Field != "" {
			text += " (" + p.Field + ")"
		}
		text += ": "
	}
	return text + p.Message
}

type column struct {
	Field    state.Field
	Title    string
	Keyboard string // a way of typing its language; "": none
}

func (c *Examples) columns() []column {
	return []column{
		{state.Source, T("Source"), keyboardOf(c.App.Task.SourceLang)},
		{state.Reference, T("Reference"), keyboardOf(c.App.Task.TargetLang)},
	}
}

func (c *Examples) hasKeyboard() bool {
	return slices.ContainsFunc(c.columns(), func(col column) bool { return col.Keyboard != "" })
}

type tableRow struct {
	Index   int
	HeldOut bool
	Cells   []tableCell
}

type tableCell struct {
	Field                            state.Field
	ID, Lang, Label, Text, Described string
	Focus                            string
	Notes                            []note
	Mend                             bool
}

// note is something odd in a cell.
type note struct{ Text, Class string }

// rows are those shown.
func (c *Examples) rows() []tableRow {
	t := &c.App.Table
	first, end := t.Page()
	list := make([]tableRow, 0, end-first)
	for i := first; i < end; i++ {
		e := t.Rows[i].Example
		r := tableRow{Index: i, HeldOut: t.Rows[i].HeldOut}
		for _, col := range c.columns() {
			cell := tableCell{Field: col.Field, Label: c.label(col.Title, i), Text: t.Rows[i].Text(col.Field), Lang: e.SourceLang, Notes: c.notes(i, col.Field)}
			if col.Field == state.Reference {
				cell.Lang = e.TargetLang
			}
			cell.ID = string(col.Field) + "-" + strconv.Itoa(i+1)
			if len(cell.Notes) > 0 {
				cell.Described = cell.ID + "-notes"
				cell.Mend = state.CanMend(cell.Text, cell.Lang)
			}
			if (c.focus == cellName{i, col.Field}) {
				cell.Focus = strconv.Itoa(c.asked)
			}
			r.Cells = append(r.Cells, cell)
		}
		list = append(list, r)
	}
	return list
}

func (c *Examples) pages() bool { return len(c.App.Table.Rows) > state.RowsShown }

func (c *Examples) pageText() string {
	first, end := c.App.Table.Page()
	return T("rows %d–%d of %d", first+1, end, len(c.App.Table.Rows))
}
