package data

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode/utf8"
)

// Table formats.
const (
	TSV   = "tsv"   // a tab between fields, no quoting: what the data sets use and what a spreadsheet pastes
	CSV   = "csv"   // RFC 4180; semicolons as separators are found out
	JSONL = "jsonl" // one JSON object a line

	XLIFF  = "xliff"  // translators' files: 1.2 and 2.0 are read, 1.2 is written, which more programs open
	XLIFF2 = "xliff2" // 2.0, to write
	TMX    = "tmx"    // translation memories, 1.4b
)

// cell is one field and where it starts: its line, and its column in characters,
// both from 1. A quoted CSV field may start on a later line than its row.
type cell struct {
	text         string
	line, column int
}

type row struct {
	line  int
	cells []cell
}

// maxColumns bounds a table's width. Wider ones are matrices, or JSON objects whose
// keys are data.
const maxColumns = 1000

// grid is a table before anyone has said what its columns mean. For JSON Lines the
// names are the keys in order of first appearance; for TSV and CSV names is nil and
// the first row may or may not hold them.
type grid struct {
	names []string
	rows  []row
}

// readGrid splits text into rows and cells.
func readGrid(text, name, format string) (grid, error) {
	switch format {
	case TSV:
		return readTSV(text, name)
	case CSV:
		return readCSV(text, name)
	case JSONL:
		return readJSONL(text, name)
	}
	return grid{}, fmt.Errorf("read table %s: format %q is not known; use %s, %s, %s, %s or %s", name, format, TSV, CSV, JSONL, XLIFF, TMX)
}

// sniff guesses the format from the file's name, else from its first line.
func sniff(text, name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".tsv", ".tab":
		return TSV
	case ".csv":
		return CSV
	case ".jsonl", ".ndjson", ".json":
		return JSONL
	case ".xlf", ".xliff", ".mxliff", ".sdlxliff":
		return XLIFF
	case ".tmx":
		return TMX
	}
	first := firstLine(text)
	switch {
	case strings.HasPrefix(first, "<") && strings.Contains(text, "<tmx"):
		return TMX
	case strings.HasPrefix(first, "<") && strings.Contains(text, "<xliff"):
		return XLIFF
	case strings.HasPrefix(first, "{"), strings.HasPrefix(first, "["):
		return JSONL
	case strings.Contains(first, "\t"):
		return TSV
	case strings.ContainsAny(first, ",;"):
		return CSV
	}
	return TSV
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}

// tooWide refuses a row with more columns than a table of examples can have.
func tooWide(name string, line, columns int) error {
	if columns <= maxColumns {
		return nil
	}
	return &TableError{Name: name, Line: line, Column: 1, Msg: fmt.Sprintf("%d columns, more than %d; put one example on each line", columns, maxColumns)}
}

func readTSV(text, name string) (grid, error) {
	var g grid
	number := 0
	for line := range strings.SplitSeq(text, "\n") {
		number++
		if strings.TrimSpace(line) == "" {
			continue
		}
		if err := tooWide(name, number, 1+strings.Count(line, "\t")); err != nil {
			return grid{}, err
		}
		r := row{line: number}
		column := 1
		for field := range strings.SplitSeq(line, "\t") {
			r.cells = append(r.cells, cell{strings.TrimSpace(field), number, column})
			column += utf8.RuneCountInString(field) + 1
		}
		g.rows = append(g.rows, r)
	}
	return g, nil
}

func readCSV(text, name string) (grid, error) {
	var g grid
	lines := lineStarts(text)
	character := func(line, byteColumn int) int {
		start := lines[line-1]
		return 1 + utf8.RuneCountInString(text[start:min(start+byteColumn-1, len(text))])
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma = separator(firstLine(text))
	r.FieldsPerRecord = -1
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return g, nil
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			e := &TableError{Name: name, Line: bad.Line, Column: character(bad.Line, bad.Column),
				Msg: `a quote (") inside a field: put the whole field in quotes and write each quote inside it twice`}
			atQuote := lines[bad.Line-1] + bad.Column - 1
			if errors.Is(bad.Err, csv.ErrQuote) && (atQuote >= len(text) || text[atQuote] != '"') {
				e.Line, e.Column = bad.StartLine, 1
				e.Msg = `a quote (") opened in the row that starts here is not closed before the end of the file; close it, and write each quote inside a quoted field twice`
			}
			return grid{}, e
		}
		if err != nil {
			return grid{}, fmt.Errorf("read table %s: %w", name, err)
		}
		line, _ := r.FieldPos(0)
		if err := tooWide(name, line, len(fields)); err != nil {
			return grid{}, err
		}
		out := row{line: line}
		for i, field := range fields {
			line, column := r.FieldPos(i)
			out.cells = append(out.cells, cell{strings.TrimSpace(field), line, character(line, column)})
		}
		g.rows = append(g.rows, out)
	}
}

// separator tells commas from the semicolons and tabs that spreadsheets write where
// the comma is the decimal mark.
func separator(header string) rune {
	best := ','
	for _, s := range []rune{';', '\t'} {
		if strings.Count(header, string(s)) > strings.Count(header, string(best)) {
			best = s
		}
	}
	return best
}

func lineStarts(text string) []int {
	starts := []int{0}
	for i := range len(text) {
		if text[i] == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

func readJSONL(text, name string) (grid, error) {
	var g grid
	place := map[string]int{} // key → column of the grid
	number := 0
	for line := range strings.SplitSeq(text, "\n") {
		number++
		if strings.TrimSpace(line) == "" {
			continue
		}
		if err := checkObject(line); err != nil {
			err.Name, err.Line = name, number
			return grid{}, err
		}
		r := row{line: number}
		for key, c := range objectFields(line) {
			i, known := place[key]
			if !known {
				i = len(g.names)
				place[key] = i
				g.names = append(g.names, key)
				if err := tooWide(name, number, len(g.names)); err != nil {
					return grid{}, err
				}
			}
			for len(r.cells) <= i {
				r.cells = append(r.cells, cell{line: number, column: 1})
			}
			c.line = number
			r.cells[i] = c
		}
		g.rows = append(g.rows, r)
	}
	for i, r := range g.rows {
		for len(r.cells) < len(g.names) {
			r.cells = append(r.cells, cell{line: r.line, column: 1})
		}
		g.rows[i] = r
	}
	return g, nil
}

// checkObject refuses a line that is not one whole JSON object.
func checkObject(line string) *TableError {
	var object map[string]json.RawMessage
	err := json.Unmarshal([]byte(line), &object)
	var syntax *json.SyntaxError
	switch {
	case err == nil && object != nil:
		return nil
	case strings.HasPrefix(strings.TrimSpace(line), "["):
		return &TableError{Column: 1, Msg: "a JSON array; write one object a line, without brackets around them or commas between them"}
	case errors.As(err, &syntax):
		offset := min(int(syntax.Offset), len(line))
		column := max(1, utf8.RuneCountInString(line[:offset]))
		return &TableError{Column: column, Msg: fmt.Sprintf("not a JSON object (%v); write one whole object on each line", syntax)}
	}
	return &TableError{Column: 1, Msg: `not a JSON object; write one on each line, like {"source": "…", "reference": "…"}`}
}

// objectFields yields the fields of a valid JSON object in their order. The fields
// of an inner object get its key as prefix: {"meta": {"era": "x"}} gives meta.era.
func objectFields(line string) func(yield func(string, cell) bool) {
	return func(yield func(string, cell) bool) {
		walkObject(line, "", 1, yield)
	}
}

// walkObject yields the fields of the object whose text is given; column is where
// the object starts in its line.
func walkObject(object, prefix string, column int, yield func(string, cell) bool) bool {
	dec := json.NewDecoder(strings.NewReader(object))
	if _, err := dec.Token(); err != nil { // the opening brace
		return false
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return false
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return false
		}
		at := column + utf8.RuneCountInString(object[:int(dec.InputOffset())-len(raw)])
		name := prefix + fmt.Sprint(key)
		if raw[0] == '{' && prefix == "" {
			if !walkObject(string(raw), name+".", at, yield) {
				return false
			}
			continue
		}
		if !yield(name, cell{text: scalar(raw), column: at}) {
			return false
		}
	}
	return true
}

// scalar is the text of a JSON value: a string's content, nothing for null, and
// numbers, arrays and the like as they are written.
func scalar(raw json.RawMessage) string {
	var s string
	if raw[0] == '"' || string(raw) == "null" {
		if json.Unmarshal(raw, &s) == nil {
			return strings.TrimSpace(s)
		}
	}
	return string(raw)
}
