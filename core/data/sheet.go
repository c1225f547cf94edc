package data

import (
	"strconv"

	"github.com/dongyur/dongyur/core/cells"
)

// sheet is a table before anyone has said what its columns mean: what the reader of
// every format gives. A translation memory has a column for each language, a file of
// JSON objects one for each key.
type sheet struct {
	columns []sheetColumn
	named   bool // the format names the columns; else the first row may hold their names
	rows    []sheetRow
	notes   []string
}

// sheetColumn is a column by its name and, where the format says it, the language of
// its texts.
type sheetColumn struct{ name, lang string }

// sheetRow is one row. leave says that it is left out, wrong what is wrong with it.
type sheetRow struct {
	line, column int
	cells        []cell
	leave        Reason
	wrong        *TableError
}

// cell is one field and where it starts.
type cell struct {
	text         string
	line, column int
	notText      bool // a list or an object
}

// maxColumns bounds a table's width. Wider ones are matrices, or objects whose keys are
// data.
const maxColumns = 1000

func tooWide(f file, line, columns int) error {
	if columns <= maxColumns {
		return nil
	}
	return f.wrong(line, 1, "%d columns, more than %d; put one example on each line", columns, maxColumns)
}

// builder makes a sheet of rows whose cells come by name, in any order.
type builder struct {
	file
	sheet
	place map[sheetColumn]int
	long  int // conversations with more turns than are read
	codes int // inline codes of formatting that were left out
}

func newBuilder(f file) *builder {
	return &builder{file: f, sheet: sheet{named: true}, place: map[sheetColumn]int{}}
}

// put sets a cell of a row, once: of two texts for one column the second gets a column
// of its own, as a memory may have two translations.
func (b *builder) put(r *sheetRow, name, lang string, c cell) error {
	for n := 1; ; n++ {
		key := sheetColumn{name, lang}
		if n > 1 {
			key.name += " " + strconv.Itoa(n)
		}
		i, known := b.place[key]
		if !known {
			i = len(b.columns)
			b.place[key] = i
			b.columns = append(b.columns, key)
			if err := tooWide(b.file, c.line, len(b.columns)); err != nil {
				return err
			}
		}
		for len(r.cells) <= i {
			r.cells = append(r.cells, cell{line: r.line, column: r.column})
		}
		if r.cells[i].text == "" {
			c.text = cells.Trim(c.text)
			r.cells[i] = c
			return nil
		}
	}
}

// done gives the sheet with every row as wide as it is.
func (b *builder) done() *sheet {
	for i := range b.rows {
		r := &b.rows[i]
		for len(r.cells) < len(b.columns) {
			r.cells = append(r.cells, cell{line: r.line, column: r.column})
		}
	}
	return &b.sheet
}
