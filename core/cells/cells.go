// Package cells cuts delimited text, as spreadsheets write files and fill the
// clipboard, into rows of cells.
//
// Input: text with \n at the ends of its lines, the separator, and whether quotes
// count. Output: rows of cells, each with the line and the column, in characters from
// 1, where it starts.
//
// Quotes follow RFC 4180: a cell in quotes may hold separators, line breaks and, twice,
// quotes. One quote out of place costs its own row at most: where a cell's opening quote
// has no closing one before a separator or a line's end, it is a quote like any letter,
// the row says so in Wrong, and the next row begins on the next line.
package cells

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Cell is one cell, without space and invisible characters around its text.
type Cell struct {
	Text         string
	Line, Column int
	Quoted       bool // it stood in quotes
}

// Row is one row. Wrong says what is doubtful about its quotes and WrongColumn where,
// on the row's first line; "" for most.
type Row struct {
	Line        int
	Cells       []Cell
	Wrong       string
	WrongColumn int
}

// Blank tells whether no cell holds anything.
func (r Row) Blank() bool {
	for _, c := range r.Cells {
		if c.Text != "" {
			return false
		}
	}
	return true
}

// What is wrong with quotes, and what to do.
const (
	notClosed = `a quote (") opened in the row that starts here is not closed; close it, and write each quote inside a quoted field twice`
	textAfter = `text after a closing quote ("): put the whole field in quotes and write each quote inside it twice`
)

// Cut cuts text whose first line has the number line into rows. A blank line is a row of
// one empty cell.
func Cut(text string, separator byte, quotes bool, line int) []Row {
	c := cutter{text: text, separator: separator, quotes: quotes, line: line, column: 1}
	var rows []Row
	for c.at < len(text) {
		rows = append(rows, c.row())
	}
	return rows
}

type cutter struct {
	text         string
	separator    byte
	quotes       bool
	at           int // byte
	line, column int // of at
}

// row cuts to the end of a row and over it.
func (c *cutter) row() Row {
	r := Row{Line: c.line}
	for {
		cell, wrong := c.cell()
		if wrong != "" && r.Wrong == "" {
			r.Wrong, r.WrongColumn = wrong, cell.Column
		}
		r.Cells = append(r.Cells, cell)
		if c.at == len(c.text) {
			return r
		}
		end := c.text[c.at]
		c.step(1)
		if end == '\n' {
			return r
		}
		if c.at == len(c.text) { // a separator is the text's last byte
			r.Cells = append(r.Cells, Cell{Line: c.line, Column: c.column})
			return r
		}
	}
}

// cell cuts to the separator or line's end after a cell.
func (c *cutter) cell() (cell Cell, wrong string) {
	cell = Cell{Line: c.line, Column: c.column}
	if c.quotes && c.text[c.at] == '"' {
		text, size, problem := quoted(c.text[c.at:], c.separator)
		if problem == "" {
			cell.Text, cell.Quoted = Trim(text), true
			c.step(size)
			return cell, ""
		}
		wrong = problem
	}
	size := strings.IndexFunc(c.text[c.at:], func(r rune) bool { return r == '\n' || r == rune(c.separator) })
	if size < 0 {
		size = len(c.text) - c.at
	}
	cell.Text = Trim(c.text[c.at : c.at+size])
	c.step(size)
	return cell, wrong
}

// quoted gives what stands in the quotes that text begins with, and the bytes up to the
// separator, line's end or end of text after them.
func quoted(text string, separator byte) (content string, size int, wrong string) {
	var b strings.Builder
	for at := 1; ; {
		i := strings.IndexByte(text[at:], '"')
		if i < 0 {
			return "", 0, notClosed
		}
		b.WriteString(text[at : at+i])
		at += i + 1
		if strings.HasPrefix(text[at:], `"`) {
			b.WriteByte('"')
			at++
			continue
		}
		for at < len(text) && text[at] == ' ' {
			at++
		}
		if at == len(text) || text[at] == separator || text[at] == '\n' {
			return b.String(), at, ""
		}
		return "", 0, textAfter
	}
}

// step goes over n bytes.
func (c *cutter) step(n int) {
	over := c.text[c.at : c.at+n]
	c.at += n
	if last := strings.LastIndexByte(over, '\n'); last >= 0 {
		c.line += strings.Count(over, "\n")
		c.column, over = 1, over[last+1:]
	}
	c.column += utf8.RuneCountInString(over)
}

// Trim takes space and invisible characters off both ends of a text: what comes along
// when cells are copied out of web pages.
func Trim(text string) string {
	return strings.TrimFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || r == '\u200B' || r == '\u2060' || r == '\uFEFF'
	})
}
