package data

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// TableError says where a table is wrong and what to do about it. Line and Column
// count from 1 as an editor shows them, Column in characters; Field is the name of
// the table's column where there is one.
type TableError struct {
	Name   string // file name, or ""
	Line   int
	Column int
	Field  string
	Msg    string
}

func (e *TableError) Error() string {
	var b strings.Builder
	if e.Name != "" {
		b.WriteString(e.Name)
		b.WriteString(": ")
	}
	fmt.Fprintf(&b, "line %d, column %d", e.Line, e.Column)
	if e.Field != "" {
		fmt.Fprintf(&b, ", field %q", e.Field)
	}
	b.WriteString(": ")
	b.WriteString(e.Msg)
	return b.String()
}

// positionAt turns a byte offset of text into a line and a column in characters.
func positionAt(text string, offset int) (line, column int) {
	before := text[:offset]
	line = 1 + strings.Count(before, "\n")
	start := strings.LastIndexByte(before, '\n') + 1
	return line, 1 + utf8.RuneCountInString(before[start:])
}
