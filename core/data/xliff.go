package data

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// XLIFF 1.2 (OASIS, 2008), with the segments and states of SDL Trados's SDLXLIFF, and
// XLIFF 2.0 (OASIS, 2014; 2.1 has the same core). What is written is 1.2, which more
// programs open, or 2.0.
var (
	_ = register(Format{Name: XLIFF, Title: "XLIFF", Extensions: []string{".xlf", ".xliff", ".mxliff", ".sdlxliff"},
		Is: func(text string) bool {
			return strings.HasPrefix(strings.TrimSpace(text), "<") && strings.Contains(text, "<xliff")
		},
		Read: readXLIFF, Write: writeXLIFF12})
	_ = register(Format{Name: XLIFF2, Title: "XLIFF 2.0", Extensions: []string{".xlf"}, Write: writeXLIFF2})
)

// readXLIFF reads the units of either version. Proposals of other translations are not
// read.
func readXLIFF(file file) (*sheet, error) {
	f := xliff{xmlReader: newXMLReader(file), builder: newBuilder(file)}
	for {
		token, err := f.next()
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case nil:
			if f.version == "" {
				return nil, f.xmlReader.wrong("no <xliff> element; this is no XLIFF file")
			}
			f.noteCodes()
			return f.done(), nil
		case xml.StartElement:
			err = f.start(t)
		case xml.EndElement:
			err = f.end(t.Name.Local)
		}
		if err != nil {
			return nil, err
		}
	}
}

// xliff is what is known while a file is read.
type xliff struct {
	*xmlReader
	*builder
	version        string
	source, target string           // languages
	translate      []xliffTranslate // of the open elements that say it
	unit           *xliffUnit
	notes          [][2]string       // of the open unit of XLIFF 2.0, for each of its segments
	data           map[string]string // its codes as they stand in the original
	id             string
	segments       int // of it
}

// xliffTranslate is what an element says of all in it: whether it is to be translated.
type xliffTranslate struct {
	depth int
	no    bool
}

// xliffUnit is a trans-unit of 1.2 or a segment of 2.0 that is being read.
type xliffUnit struct {
	id             string
	line, column   int
	source, target xliffSide
	parts          []textPart // of seg-source
	state          string
	states         map[string]string // by segment, of SDLXLIFF
	notes          [][2]string
}

// xliffSide is a source or a target.
type xliffSide struct {
	text         string
	parts        []textPart
	line, column int
}

func (f *xliff) start(t xml.StartElement) error {
	name := t.Name.Local
	switch {
	case name == "file", name == "group", name == "unit", name == "trans-unit":
		if says := attribute(t, "translate"); says != "" {
			f.translate = append(f.translate, xliffTranslate{len(f.stack), says == "no"})
		}
	}
	switch {
	case f.version == "" && name != "xliff":
		return f.xmlReader.wrong("the file begins with <%s>, not with <xliff>; this is no XLIFF file", name)
	case name == "xliff":
		f.version = attribute(t, "version")
		f.source, f.target = attribute(t, "srcLang"), attribute(t, "trgLang")
		if !strings.HasPrefix(f.version, "1.") && !strings.HasPrefix(f.version, "2.") {
			return f.xmlReader.wrong("XLIFF version %q is not known; save it as 1.2 or 2.0", f.version)
		}
	case name == "file" && strings.HasPrefix(f.version, "1."):
		f.source, f.target = attribute(t, "source-language"), attribute(t, "target-language")
	case name == "trans-unit":
		f.begin(attribute(t, "id"), nil)
	case name == "unit":
		f.segments, f.notes, f.data, f.id = 0, nil, map[string]string{}, attribute(t, "name")
		if f.id == "" {
			f.id = attribute(t, "id")
		}
	case name == "segment" && f.inside("unit", "segment"):
		f.segments++
		id := f.id
		if f.segments > 1 {
			id += "/" + strconv.Itoa(f.segments)
		}
		f.begin(id, f.notes)
		f.unit.state = attribute(t, "state")
	default:
		return f.part(t)
	}
	return nil
}

// part reads what a unit consists of.
func (f *xliff) part(t xml.StartElement) error {
	own := f.unit != nil && (f.inside("trans-unit", t.Name.Local) || f.inside("segment", t.Name.Local))
	switch name := t.Name.Local; {
	case name == "note" && (f.inside("trans-unit", "note") || f.inside("unit", "notes", "note")):
		return f.note(t)
	case name == "data" && f.inside("originalData", "data"):
		text, _, _, err := f.content(nil)
		f.data[attribute(t, "id")] = text
		return err
	case name == "source" && own:
		return f.side(&f.unit.source)
	case name == "seg-source" && own:
		_, parts, _, err := f.content(f.inline)
		f.unit.parts = parts
		return err
	case name == "target" && own:
		if state := attribute(t, "state"); state != "" {
			f.unit.state = state
		}
		return f.side(&f.unit.target)
	case name == "seg" && f.unit != nil && f.inside("seg-defs", "seg"):
		f.unit.states[attribute(t, "id")] = attribute(t, "conf")
	}
	return nil
}

func (f *xliff) begin(id string, notes [][2]string) {
	line, column := f.here()
	f.unit = &xliffUnit{id: id, line: line, column: column, states: map[string]string{}, notes: notes}
}

func (f *xliff) note(t xml.StartElement) error {
	kind := attribute(t, "from") + attribute(t, "category")
	text, _, _, err := f.content(nil)
	if !knownNote(kind) {
		kind = noteColumn
	}
	if f.unit != nil {
		f.unit.notes = append(f.unit.notes, [2]string{kind, text})
	} else {
		f.notes = append(f.notes, [2]string{kind, text})
	}
	return err
}

// noteColumn is the column of what a person remarked about a unit.
const noteColumn = "note"

// knownNote tells whether a note is one that Write puts a field into.
func knownNote(kind string) bool {
	return kind == columnTask || kind == columnSplit || strings.HasPrefix(kind, metaPrefix)
}

func (f *xliff) side(to *xliffSide) error {
	to.line, to.column = f.here()
	text, parts, dropped, err := f.content(f.inline)
	to.text, to.parts = text, parts
	f.codes += dropped
	return err
}

// inline says what the inline elements of both versions stand for: a placeholder for the
// text that the file gives it, else for its id in braces; paired codes are formatting.
func (f *xliff) inline(t xml.StartElement) inline {
	text := ""
	for _, name := range []string{"equiv-text", "equiv", "disp"} {
		if text == "" {
			text = attribute(t, name)
		}
	}
	if text == "" {
		text = f.data[attribute(t, "dataRef")]
	}
	switch t.Name.Local {
	case "ph", "x":
		if attribute(t, "ctype") == "lb" || attribute(t, "subType") == "xlf:lb" {
			text = "\n"
		}
		if text == "" {
			text = "{" + attribute(t, "id") + "}"
		}
		return inline{text: text, keep: true}
	case "cp":
		code, err := strconv.ParseUint(attribute(t, "hex"), 16, 32)
		if err != nil || code < ' ' {
			return inline{drop: true}
		}
		return inline{text: string(rune(code))}
	case "mrk":
		if attribute(t, "mtype") == "seg" {
			return inline{plain: true, part: attribute(t, "mid")}
		}
	case "bx", "ex", "bpt", "ept", "it", "sc", "ec":
		return inline{drop: true}
	}
	return inline{plain: true} // g, pc, mrk, sm, em
}

func (f *xliff) end(name string) error {
	last := len(f.translate) - 1
	locked := last >= 0 && f.translate[last].no
	if last >= 0 && f.translate[last].depth > len(f.stack) {
		f.translate = f.translate[:last]
	}
	if f.unit == nil || name != "trans-unit" && name != "segment" {
		return nil
	}
	u := f.unit
	f.unit = nil
	for _, p := range u.pairs() {
		if err := f.row(u, p, locked); err != nil {
			return err
		}
	}
	return nil
}

// xliffPair is what one row is made of.
type xliffPair struct{ id, source, target, state string }

// pairs are the segments of a unit that is divided, or the whole of it. A unit without
// any text is none.
func (u *xliffUnit) pairs() []xliffPair {
	var pairs []xliffPair
	for _, source := range u.parts {
		for _, target := range u.target.parts {
			if source.id == target.id && source.text+target.text != "" {
				pairs = append(pairs, xliffPair{source.id, source.text, target.text, u.states[source.id]})
			}
		}
	}
	if len(pairs) == 0 && u.source.text+u.target.text != "" {
		pairs = []xliffPair{{"", u.source.text, u.target.text, u.state}}
	}
	return pairs
}

// row puts a row of a pair.
func (f *xliff) row(u *xliffUnit, p xliffPair, locked bool) error {
	r := sheetRow{line: u.line, column: u.column}
	if locked {
		r.leave = Locked
	}
	id := u.id
	if p.id != "" && len(u.parts) > 1 {
		id += "/" + p.id
	}
	source, target := u.source, u.target
	if target.line == 0 {
		target.line, target.column = u.line, u.column
	}
	for _, c := range []struct {
		name, lang, text string
		line, column     int
	}{
		{columnID, "", id, u.line, u.column},
		{columnSource, f.source, p.source, source.line, source.column},
		{"target", f.target, p.target, target.line, target.column},
		{columnState, "", p.state, target.line, target.column},
	} {
		if err := f.put(&r, c.name, c.lang, cell{text: c.text, line: c.line, column: c.column}); err != nil {
			return err
		}
	}
	for _, n := range u.notes {
		if err := f.putNote(&r, n[0], n[1]); err != nil {
			return err
		}
	}
	f.rows = append(f.rows, r)
	return nil
}

// putNote adds a note to a row; several of one kind are kept as lines.
func (b *builder) putNote(r *sheetRow, kind, text string) error {
	if i, known := b.place[sheetColumn{kind, ""}]; known && i < len(r.cells) && r.cells[i].text != "" && text != "" {
		r.cells[i].text += "\n" + text
		return nil
	}
	return b.put(r, kind, "", cell{text: text, line: r.line, column: r.column})
}
