package state

import (
	"strings"

	"github.com/dongyur/dongyur/core/cells"
)

// Cells cuts what a spreadsheet puts on the clipboard into rows of cells: a tab
// between cells, a line for each row; a cell with a tab, a line break or a quote is in
// quotes, its own quotes twice. ok is false for a text that is one cell.
func Cells(text string) (rows [][]string, ok bool) {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	text = strings.TrimSuffix(text, "\n")
	if !strings.ContainsAny(text, "\t\n") {
		return nil, false
	}
	for _, r := range cells.Cut(text, '\t', true, 1) {
		row := make([]string, len(r.Cells))
		for i, c := range r.Cells {
			row[i] = c.Text
		}
		rows = append(rows, row)
	}
	return rows, true
}

// Paste puts cells into the table from a cell on, to the right and down; rows that are
// missing are added. Columns beyond the reference are left out.
func (a *App) Paste(i int, field Field, pasted [][]string) {
	t := &a.Table
	if i > len(t.Rows) || len(pasted) == 0 {
		return
	}
	count := min(len(pasted), len(t.Rows)-i)
	rows := make([]Row, len(pasted))
	for k, line := range pasted {
		r := Row{Example: a.newExample()}
		if k < count {
			r = Row{Example: t.Rows[i+k].Example, HeldOut: t.Rows[i+k].HeldOut}
		}
		at := field
		for _, text := range line {
			switch at {
			case Source:
				r.Example.Source, at = text, Reference
			case Reference:
				r.Example.Reference, at = text, ""
			}
		}
		rows[k] = r
	}
	t.replace(i, count, rows, "")
	a.Inspect()
}
