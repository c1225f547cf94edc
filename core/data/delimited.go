package data

import (
	"encoding/csv"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/dongyur/dongyur/core/cells"
	"github.com/dongyur/dongyur/core/task"
)

// TSV and CSV differ in what they are written with; what is read is found out: the
// separator by the rows, and in TSV whether quotes count, for the data sets have them as
// letters and Excel as RFC 4180 does.
var (
	tsvFormat = Format{Name: TSV, Title: "TSV", Extensions: []string{".tsv", ".tab"}, Read: readDelimited, Write: writeTSV}
	csvFormat = Format{Name: CSV, Title: "CSV", Extensions: []string{".csv"}, Read: readDelimited, Write: writeCSV}
	_         = register(tsvFormat)
	_         = register(csvFormat)
)

// maxLine bounds one line. The longest real row, a news text with its headline, has
// 30 kB; a line of a megabyte is another kind of file.
const maxLine = 1 << 20

// separators in the order they are tried: each is rarer in prose than those after it.
const separators = "\t,;|"

func readDelimited(f file) (*sheet, error) {
	if err := checkLines(f); err != nil {
		return nil, err
	}
	text, first := f.text, 1
	s := &sheet{}
	separator := byte(0)
	for { // what stands before the table: Excel's sep=; and OmegaT's # comments
		line, rest, more := strings.Cut(text, "\n")
		name, value, _ := strings.Cut(line, "=")
		switch {
		case strings.EqualFold(name, "sep") && len(value) == 1 && separator == 0:
			separator = value[0]
		case strings.HasPrefix(line, "#") && !strings.ContainsAny(line, separators):
		default:
			more = false
		}
		if !more {
			break
		}
		text, first = rest, first+1
	}
	if separator == 0 {
		separator = chooseSeparator(text, path.Ext(f.name) == ".tsv")
	}
	rows := cut(text, separator, separator != '\t', first)
	if quoted := cut(text, separator, true, first); separator == '\t' && quotesCount(quoted, rows) {
		rows = quoted
	}
	for _, r := range rows {
		if err := tooWide(f, r.Line, len(r.Cells)); err != nil {
			return nil, err
		}
		row := sheetRow{line: r.Line, column: 1}
		if r.Wrong != "" && separator != '\t' {
			row.wrong = f.wrong(r.Line, r.WrongColumn, "%s", r.Wrong)
		}
		for _, c := range r.Cells {
			row.cells = append(row.cells, cell{text: c.Text, line: c.Line, column: c.Column})
		}
		s.rows = append(s.rows, row)
	}
	return s, nil
}

// cut gives the rows that are not blank lines.
func cut(text string, separator byte, quotes bool, line int) []cells.Row {
	return slices.DeleteFunc(cells.Cut(text, separator, quotes, line), func(r cells.Row) bool { return len(r.Cells) == 1 && r.Blank() })
}

// checkLines refuses lines that no example can have.
func checkLines(f file) error {
	number := 0
	for line := range strings.SplitSeq(f.text, "\n") {
		if number++; len(line) > maxLine {
			return f.wrong(number, 1, "the line has %d bytes, more than %d; put one example on each line", len(line), maxLine)
		}
	}
	return nil
}

// headRows is how many rows tell a file's separator.
const headRows = 50

// chooseSeparator takes the separator that cuts most of the first rows into as many
// cells as the very first, which may hold names. A file called .tsv has tabs if it has any.
func chooseSeparator(text string, preferTabs bool) byte {
	head := text
	for at, n := 0, 0; at < len(text) && n < headRows; n++ {
		i := strings.IndexByte(text[at:], '\n')
		if i < 0 {
			break
		}
		at += i + 1
		head = text[:at]
	}
	if preferTabs && strings.Contains(head, "\t") {
		return '\t'
	}
	best, most := byte('\t'), 0
	for _, separator := range []byte(separators) {
		rows := cut(head, separator, true, 1)
		if len(rows) == 0 || len(rows[0].Cells) < 2 {
			continue
		}
		same := 0
		for _, r := range rows {
			if len(r.Cells) == len(rows[0].Cells) {
				same++
			}
		}
		if same > most {
			best, most = separator, same
		}
	}
	return best
}

// quotesCount tells whether quotes in a file with tabs are RFC 4180's and no letters: a
// cell in quotes holds what has to be in quotes, or all of the first row's are, and
// there are no more rows of another width than without them.
func quotesCount(quoted, plain []cells.Row) bool {
	evidence, all := false, true
	for i, r := range quoted {
		for _, c := range r.Cells {
			evidence = evidence || c.Quoted && strings.ContainsAny(c.Text, "\"\t\n")
			all = all && (i > 0 || c.Quoted)
		}
	}
	return (evidence || all) && ragged(quoted) <= ragged(plain)
}

// ragged counts the rows that have not as many cells as the first.
func ragged(rows []cells.Row) int {
	n := 0
	for _, r := range rows {
		if len(r.Cells) != len(rows[0].Cells) {
			n++
		}
	}
	return n
}

func writeCSV(out io.Writer, examples []task.Example) error {
	w := csv.NewWriter(out)
	if err := writeRows(examples, w.Write); err != nil {
		return err
	}
	w.Flush()
	return w.Error()
}

// writeTSV puts a field into quotes, as Excel does, where it would be read as another
// without.
func writeTSV(out io.Writer, examples []task.Example) error {
	return writeRows(examples, func(fields []string) error {
		for i, f := range fields {
			if strings.ContainsAny(f, "\t\n\r") || strings.HasPrefix(f, `"`) {
				fields[i] = `"` + strings.ReplaceAll(f, `"`, `""`) + `"`
			}
		}
		_, err := io.WriteString(out, strings.Join(fields, "\t")+"\n")
		return err
	})
}
