package data

import (
	"fmt"
	"strings"
)

// PO is what gettext's translators edit: GNU gettext's manual, "PO Files".
var _ = register(Format{Name: "po", Title: "PO", Extensions: []string{".po", ".pot"},
	Is: func(text string) bool {
		return strings.HasPrefix(text, "msgid ") || strings.Contains(text, "\nmsgid ") && strings.Contains(text, "\nmsgstr")
	},
	Read: readPO})

// poEntry is one entry as it is read.
type poEntry struct {
	line    int
	fields  map[string]string // by keyword: msgctxt, msgid, msgid_plural, msgstr, msgstr[0], …
	lines   map[string]int    // where each begins
	fuzzy   bool
	old     bool // its lines begin with #~
	comment string
	wrong   *TableError
}

func readPO(f file) (*sheet, error) {
	p := po{builder: newBuilder(f)}
	number := 0
	for line := range strings.SplitSeq(f.text, "\n") {
		number++
		if err := p.line(strings.TrimSpace(line), number); err != nil {
			return nil, err
		}
	}
	if err := p.end(); err != nil {
		return nil, err
	}
	return p.done(), nil
}

// po is what is known while a file is read.
type po struct {
	*builder
	source, target string // languages, by the header
	entry          *poEntry
	field          string // that the latest line belongs to
}

// line reads one line. A blank one ends an entry, and so does a comment or a msgid after
// its translation.
func (p *po) line(line string, number int) error {
	if line == "" {
		return p.end()
	}
	text, old := line, false
	if rest, is := strings.CutPrefix(line, "#~"); is {
		text, old = strings.TrimSpace(rest), true
	}
	keyword, value := cutKeyword(text)
	starts := strings.HasPrefix(text, "#") || keyword == "msgctxt" || keyword == "msgid" && p.field != "msgctxt"
	if starts && strings.HasPrefix(p.field, "msgstr") {
		if err := p.end(); err != nil {
			return err
		}
	}
	if p.entry == nil {
		p.entry = &poEntry{line: number, fields: map[string]string{}, lines: map[string]int{}}
	}
	e := p.entry
	e.old = e.old || old
	switch {
	case strings.HasPrefix(text, "#,"):
		e.fuzzy = e.fuzzy || strings.Contains(text, "fuzzy")
	case strings.HasPrefix(text, "#."):
		e.comment = strings.TrimSpace(e.comment + "\n" + strings.TrimSpace(text[2:]))
	case strings.HasPrefix(text, "#"):
	case keyword == "" && p.field == "" || value == "" || value[0] != '"':
		p.spoil(number, `neither a comment nor a keyword with a text in quotes, such as msgid "…"`)
	default:
		if keyword != "" {
			p.field = keyword
			e.lines[keyword] = number
		}
		content, ok := unquotePO(value)
		if !ok {
			p.spoil(number, `a text that is not closed, or a quote (") inside it; write each quote inside as \"`)
		}
		e.fields[p.field] += content
	}
	return nil
}

func (p *po) spoil(line int, msg string) {
	if p.entry.wrong == nil {
		p.entry.wrong = p.wrong(line, 1, "%s", msg)
	}
}

// cutKeyword takes msgid, msgstr[1] and the like off a line; "" of one that goes on.
func cutKeyword(line string) (keyword, value string) {
	if !strings.HasPrefix(line, "msg") {
		return "", line
	}
	keyword, value, _ = strings.Cut(line, " ")
	if at := strings.IndexByte(keyword, '"'); at >= 0 { // msgid"…"
		keyword, value = line[:at], line[at:]
	}
	return keyword, strings.TrimSpace(value)
}

// unquotePO reads a text in quotes with C's escapes.
func unquotePO(s string) (text string, ok bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return b.String(), i == len(s)-1
		case c == '\\' && i+1 < len(s):
			i++
			switch s[i] {
			case 'n':
				b.WriteByte('\n')
			case 't':
				b.WriteByte('\t')
			case 'r', 'a', 'b', 'f', 'v':
			default:
				b.WriteByte(s[i])
			}
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), false
}

// end puts the rows of the open entry: one, or one for each number that it has.
func (p *po) end() error {
	e := p.entry
	p.entry, p.field = nil, ""
	if e == nil || len(e.fields) == 0 && e.wrong == nil {
		return nil
	}
	if id, has := e.fields["msgid"]; has && id == "" && e.wrong == nil {
		p.header(e.fields["msgstr"])
		return nil
	}
	last := "msgstr"
	for n := 0; e.fields[fmt.Sprintf("msgstr[%d]", n)] != ""; n++ {
		last = fmt.Sprintf("msgstr[%d]", n)
	}
	if e.fields["msgid_plural"] == "" {
		return p.row(e, "msgid", last)
	}
	if last != "msgstr[0]" { // a language that tells one from many
		if err := p.row(e, "msgid", "msgstr[0]"); err != nil {
			return err
		}
	}
	return p.row(e, "msgid_plural", last)
}

// header takes the languages from the entry without a text. X-Source-Language is what
// Poedit and Weblate write; without it the column has no language of its own.
func (p *po) header(text string) {
	for line := range strings.SplitSeq(text, "\n") {
		switch name, value, _ := strings.Cut(line, ":"); strings.ToLower(strings.TrimSpace(name)) {
		case "language":
			p.target = strings.TrimSpace(value)
		case "x-source-language":
			p.source = strings.TrimSpace(value)
		}
	}
}

func (p *po) row(e *poEntry, source, reference string) error {
	r := sheetRow{line: e.line, column: 1, wrong: e.wrong}
	if e.old {
		r.leave = Obsolete
	} else if e.fuzzy {
		r.leave = Fuzzy
	}
	at := func(field string) int {
		if line := e.lines[field]; line > 0 {
			return line
		}
		return e.line
	}
	for _, c := range []struct{ name, lang, field, text string }{
		{"msgid", p.source, source, e.fields[source]},
		{"msgstr", p.target, reference, e.fields[reference]},
		{"context", "", "msgctxt", e.fields["msgctxt"]},
		{noteColumn, "", "", e.comment},
	} {
		if err := p.put(&r, c.name, c.lang, cell{text: c.text, line: at(c.field), column: 1}); err != nil {
			return err
		}
	}
	p.rows = append(p.rows, r)
	return nil
}
