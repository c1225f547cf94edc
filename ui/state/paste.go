package state

import "strings"

// Cells cuts what a spreadsheet puts on the clipboard into rows of cells: a tab
// between cells, a line for each row; a cell with a tab, a line break or a quote is in
// quotes, its own quotes twice. ok is false for a text that is one cell.
func Cells(text string) (rows [][]string, ok bool) {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	text = strings.TrimSuffix(text, "\n")
	if !strings.ContainsAny(text, "\t\n") {
		return nil, false
	}
	var row []string
	for rest, more := text, true; more; {
		var cell string
		var end byte
		cell, rest, end = cutCell(rest)
		row = append(row, cell)
		if end != '\t' {
			rows, row = append(rows, row), nil
		}
		more = end != 0
	}
	return rows, true
}

// cutCell takes the first cell off; end is the separator after it, 0 at the end.
func cutCell(text string) (cell, rest string, end byte) {
	if strings.HasPrefix(text, `"`) {
		if cell, rest, ok := cutQuoted(text[1:]); ok {
			if rest == "" {
				return cell, "", 0
			}
			return cell, rest[1:], rest[0]
		}
	}
	i := strings.IndexAny(text, "\t\n")
	if i < 0 {
		return strings.TrimSpace(text), "", 0
	}
	return strings.TrimSpace(text[:i]), text[i+1:], text[i]
}

// cutQuoted reads up to the closing quote; ok is false where there is none before a
// separator, and the quote is a quote.
func cutQuoted(text string) (cell, rest string, ok bool) {
	var b strings.Builder
	for {
		i := strings.IndexByte(text, '"')
		if i < 0 {
			return "", "", false
		}
		b.WriteString(text[:i])
		text = text[i+1:]
		if strings.HasPrefix(text, `"`) {
			b.WriteByte('"')
			text = text[1:]
			continue
		}
		return strings.TrimSpace(b.String()), text, text == "" || text[0] == '\t' || text[0] == '\n'
	}
}

// Paste puts cells into the table from a cell on, to the right and down; rows that are
// missing are added. Columns beyond the reference are left out.
func (a *App) Paste(i int, field Field, cells [][]string) {
	t := &a.Table
	if i > len(t.Rows) || len(cells) == 0 {
		return
	}
	count := min(len(cells), len(t.Rows)-i)
	rows := make([]Row, len(cells))
	for k, line := range cells {
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
