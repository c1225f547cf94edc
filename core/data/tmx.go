package data

import (
	"encoding/xml"
	"io"
	"strings"

	"github.com/dongyur/dongyur/core/task"
)

// tmxCodes are TMX's inline elements that hold code of the original; hi holds text.
var tmxCodes = map[string]bool{"bpt": true, "ept": true, "ph": true, "it": true, "ut": true}

// tmxProperty marks the properties that Write puts fields into, as the specification
// asks for a tool's own types.
const tmxProperty = "x-"

// readTMX reads the units of a translation memory, TMX 1.4b (LISA, 2005). Each may
// hold any number of languages.
func readTMX(text, name string, report func(*TableError)) ([]transUnit, error) {
	f := tmx{xmlReader: newXMLReader(text, name)}
	for {
		token, err := f.next()
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case nil:
			if !f.begun {
				return nil, f.wrong("no <tmx> element; this is no TMX file")
			}
			reportCodes(report, f.first, f.dropped)
			return f.units, nil
		case xml.StartElement:
			err = f.start(t)
		case xml.EndElement:
			if t.Name.Local == "tu" && f.open != nil {
				if len(f.open.texts) > 0 {
					f.units = append(f.units, *f.open)
				}
				f.open = nil
			}
		}
		if err != nil {
			return nil, err
		}
	}
}

// tmx is what is known while a file is read.
type tmx struct {
	*xmlReader
	begun   bool
	units   []transUnit
	open    *transUnit
	lang    string // of the open tuv
	dropped int
	first   *TableError
}

func (f *tmx) start(t xml.StartElement) error {
	name := t.Name.Local
	switch {
	case !f.begun && name != "tmx":
		return f.wrong("the file begins with <%s>, not with <tmx>; this is no TMX file", name)
	case name == "tmx":
		f.begun = true
	case name == "tu":
		line, column := f.position(f.offset)
		f.open = &transUnit{id: attribute(t, "tuid"), line: line, column: column}
	case f.open == nil:
	case f.inside("tu", "note"):
		return f.note(unitNote)
	case f.inside("tu", "prop"):
		kind, ours := strings.CutPrefix(attribute(t, "type"), tmxProperty)
		if ours && knownNote(kind) {
			return f.note(kind)
		}
		_, _, err := f.content(nil)
		return err
	case f.inside("tu", "tuv"):
		if f.lang = attribute(t, "lang"); f.lang == "" {
			return f.wrong("the text has no language; add xml:lang to <tuv>")
		}
	case f.inside("tu", "tuv", "seg"):
		return f.seg()
	}
	return nil
}

func (f *tmx) note(kind string) error {
	text, _, err := f.content(nil)
	if err == nil {
		f.open.addNote(kind, text)
	}
	return err
}

func (f *tmx) seg() error {
	here := f.wrong("")
	text, dropped, err := f.content(tmxCodes)
	if err != nil {
		return err
	}
	if f.first == nil && dropped > 0 {
		f.first = here
	}
	f.dropped += dropped
	if text != "" {
		f.open.texts = append(f.open.texts, unitText{lang: f.lang, text: text, line: here.Line, column: here.Column})
	}
	return nil
}

// writeTMX writes TMX 1.4b.
func writeTMX(out io.Writer, examples []task.Example) error {
	p := xmlPrinter{out: out}
	source := "*all*"
	if len(examples) > 0 {
		source = examples[0].SourceLang
	}
	for _, e := range examples {
		if e.SourceLang != source {
			source = "*all*"
		}
	}
	p.line(`<?xml version="1.0" encoding="UTF-8"?>`)
	p.line(`<tmx version="1.4"><header creationtool="dongyur" creationtoolversion="1" segtype="sentence" o-tmf="dongyur" adminlang="en" srclang="%s" datatype="plaintext"/><body>`, source)
	for _, e := range examples {
		p.line(`<tu tuid="%s">`, e.ID)
		for _, n := range exampleNotes(e) {
			if n[0] == unitNote {
				p.line(`<note>%s</note>`, n[1])
			} else {
				p.line(`<prop type="%s">%s</prop>`, tmxProperty+n[0], n[1])
			}
		}
		p.line(`<tuv xml:lang="%s"><seg>%s</seg></tuv>`, e.SourceLang, e.Source)
		if e.Reference != "" {
			p.line(`<tuv xml:lang="%s"><seg>%s</seg></tuv>`, e.TargetLang, e.Reference)
		}
		p.line(`</tu>`)
	}
	p.line(`</body></tmx>`)
	return p.err
}
