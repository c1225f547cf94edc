package data

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/dongyur/dongyur/core/task"
)

// xliffCodes are the inline elements of XLIFF 1.2 and 2.0 that stand for formatting or
// hold code of the original; g, pc and mrk hold text.
var xliffCodes = map[string]bool{"x": true, "bx": true, "ex": true, "ph": true, "bpt": true, "ept": true, "it": true, "sc": true, "ec": true, "cp": true}

// readXLIFF reads the units of XLIFF 1.2 (OASIS, 2008) and of XLIFF 2.0 (OASIS, 2014;
// 2.1 has the same core). Proposals of other translations are not read.
func readXLIFF(text, name string, report func(*TableError)) ([]transUnit, error) {
	x := newXMLReader(text, name)
	f := xliff{xmlReader: x}
	for {
		token, err := x.next()
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case nil:
			if f.version == "" {
				return nil, x.wrong("no <xliff> element; this is no XLIFF file")
			}
			reportCodes(report, f.first, f.dropped)
			return f.units, nil
		case xml.StartElement:
			err = f.start(t)
		case xml.EndElement:
			f.end(t.Name.Local)
		}
		if err != nil {
			return nil, err
		}
	}
}

// xliff is what is known while a file is read.
type xliff struct {
	*xmlReader
	version        string
	source, target string // languages
	units          []transUnit
	open           *transUnit  // being read
	parts          int         // segments of the open unit of XLIFF 2.0
	notes          [][2]string // of that unit, for each of its segments
	id             string
	dropped        int
	first          *TableError // where the first dropped code is
}

func (f *xliff) start(t xml.StartElement) error {
	switch name := t.Name.Local; {
	case f.version == "" && name != "xliff":
		return f.wrong("the file begins with <%s>, not with <xliff>; this is no XLIFF file", name)
	case name == "xliff":
		f.version = attribute(t, "version")
		f.source, f.target = attribute(t, "srcLang"), attribute(t, "trgLang")
		if !strings.HasPrefix(f.version, "1.") && !strings.HasPrefix(f.version, "2.") {
			return f.wrong("XLIFF version %q is not known; save it as 1.2 or 2.0", f.version)
		}
	case name == "file" && strings.HasPrefix(f.version, "1."):
		f.source, f.target = attribute(t, "source-language"), attribute(t, "target-language")
	case name == "trans-unit":
		f.begin(attribute(t, "id"))
	case name == "unit":
		f.parts, f.notes, f.id = 0, nil, attribute(t, "name")
		if f.id == "" {
			f.id = attribute(t, "id")
		}
	case name == "segment" && f.inside("unit", "segment"):
		f.parts++
		id := f.id
		if f.parts > 1 {
			id += "/" + strconv.Itoa(f.parts)
		}
		f.begin(id)
		for _, n := range f.notes {
			f.open.addNote(n[0], n[1])
		}
	case name == "note" && (f.inside("trans-unit", "note") || f.inside("unit", "notes", "note")):
		return f.note(t)
	case name == "source" && f.inParent():
		return f.side(f.source, "srcLang")
	case name == "target" && f.inParent():
		return f.side(f.target, "trgLang")
	}
	return nil
}

// inParent tells whether a source or target is the unit's own.
func (f *xliff) inParent() bool {
	parent := "trans-unit"
	if strings.HasPrefix(f.version, "2.") {
		parent = "segment"
	}
	return f.open != nil && len(f.stack) > 1 && f.stack[len(f.stack)-2] == parent
}

func (f *xliff) begin(id string) {
	line, column := f.position(f.offset)
	f.open = &transUnit{id: id, line: line, column: column}
}

func (f *xliff) end(name string) {
	if f.open != nil && (name == "trans-unit" || name == "segment") {
		if len(f.open.texts) > 0 {
			f.units = append(f.units, *f.open)
		}
		f.open = nil
	}
}

func (f *xliff) note(t xml.StartElement) error {
	kind := attribute(t, "from") + attribute(t, "category")
	text, _, err := f.content(nil)
	if err != nil {
		return err
	}
	if !knownNote(kind) {
		kind = unitNote
	}
	if f.open == nil {
		f.notes = append(f.notes, [2]string{kind, text})
		return nil
	}
	f.open.addNote(kind, text)
	return nil
}

// knownNote tells whether a note is one that Write puts a field into.
func knownNote(kind string) bool {
	return kind == columnTask || kind == columnSplit || strings.HasPrefix(kind, metaPrefix)
}

func (f *xliff) side(language, from string) error {
	if language == "" {
		return f.wrong("the file does not say the language of this text; add %s to its element <xliff>, or source-language and target-language to <file>", from)
	}
	here := f.wrong("")
	text, dropped, err := f.content(xliffCodes)
	if err != nil {
		return err
	}
	if f.first == nil && dropped > 0 {
		f.first = here
	}
	f.dropped += dropped
	if text != "" {
		f.open.texts = append(f.open.texts, unitText{lang: language, text: text, line: here.Line, column: here.Column})
	}
	return nil
}

// writeXLIFF12 writes XLIFF 1.2; examples of other languages begin another <file>.
func writeXLIFF12(out io.Writer, examples []task.Example) error {
	p := xmlPrinter{out: out}
	p.line(`<?xml version="1.0" encoding="UTF-8"?>`)
	p.line(`<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">`)
	for i, e := range examples {
		if i == 0 || e.SourceLang != examples[i-1].SourceLang || e.TargetLang != examples[i-1].TargetLang {
			if i > 0 {
				p.line(`</body></file>`)
			}
			p.line(`<file original="examples" datatype="plaintext" source-language="%s" target-language="%s"><body>`, e.SourceLang, e.TargetLang)
		}
		p.line(`<trans-unit id="%s" xml:space="preserve">`, e.ID)
		p.line(`<source>%s</source>`, e.Source)
		if e.Reference != "" {
			p.line(`<target>%s</target>`, e.Reference)
		}
		p.notes(e, `<note>%s</note>`, `<note from="%s">%s</note>`)
		p.line(`</trans-unit>`)
	}
	if len(examples) > 0 {
		p.line(`</body></file>`)
	}
	p.line(`</xliff>`)
	return p.err
}

// writeXLIFF2 writes XLIFF 2.0, which has one pair of languages.
func writeXLIFF2(out io.Writer, examples []task.Example) error {
	p := xmlPrinter{out: out}
	var first task.Example
	if len(examples) > 0 {
		first = examples[0]
	}
	p.line(`<?xml version="1.0" encoding="UTF-8"?>`)
	p.line(`<xliff version="2.0" xmlns="urn:oasis:names:tc:xliff:document:2.0" srcLang="%s" trgLang="%s"><file id="f1">`, first.SourceLang, first.TargetLang)
	for i, e := range examples {
		if e.SourceLang != first.SourceLang || e.TargetLang != first.TargetLang {
			return fmt.Errorf("example %s is from %q to %q and the first one from %q to %q, and XLIFF 2.0 has one pair of languages; write %s",
				e.ID, e.SourceLang, e.TargetLang, first.SourceLang, first.TargetLang, XLIFF)
		}
		p.line(`<unit id="u%s" name="%s">`, strconv.Itoa(i+1), e.ID)
		if len(exampleNotes(e)) > 0 {
			p.line(`<notes>`)
			p.notes(e, `<note>%s</note>`, `<note category="%s">%s</note>`)
			p.line(`</notes>`)
		}
		p.line(`<segment><source xml:space="preserve">%s</source>`, e.Source)
		if e.Reference != "" {
			p.line(`<target xml:space="preserve">%s</target>`, e.Reference)
		}
		p.line(`</segment></unit>`)
	}
	p.line(`</file></xliff>`)
	return p.err
}

// xmlPrinter writes lines of XML and keeps the first error.
type xmlPrinter struct {
	out io.Writer
	err error
}

// line writes a line whose %s are texts to be escaped.
func (p *xmlPrinter) line(format string, texts ...string) {
	escaped := make([]any, len(texts))
	for i, s := range texts {
		text, err := xmlText(s)
		if err != nil && p.err == nil {
			p.err = err
		}
		escaped[i] = text
	}
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.out, format+"\n", escaped...)
	}
}

// notes writes remarks with one format and fields, with their names, with the other.
func (p *xmlPrinter) notes(e task.Example, remark, field string) {
	for _, n := range exampleNotes(e) {
		if n[0] == unitNote {
			p.line(remark, n[1])
		} else {
			p.line(field, n[0], n[1])
		}
	}
}
