package data

import (
	"encoding/xml"
	"io"
	"strings"

	"github.com/dongyur/dongyur/core/task"
)

// TMX 1.1 to 1.4b (LISA, 2005) is a translation memory: units that may each hold any
// number of languages. 1.4b is written.
var _ = register(Format{Name: TMX, Title: "TMX 1.4", Extensions: []string{".tmx"},
	Is: func(text string) bool {
		return strings.HasPrefix(strings.TrimSpace(text), "<") && strings.Contains(text, "<tmx")
	},
	Read: readTMX, Write: writeTMX})

// tmxProperty marks the properties that Write puts fields into, as the specification
// asks for a tool's own types.
const tmxProperty = "x-"

func readTMX(file file) (*sheet, error) {
	f := tmx{xmlReader: newXMLReader(file), builder: newBuilder(file)}
	for {
		token, err := f.next()
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case nil:
			if !f.begun {
				return nil, f.xmlReader.wrong("no <tmx> element; this is no TMX file")
			}
			f.noteCodes()
			return f.done(), nil
		case xml.StartElement:
			err = f.start(t)
		case xml.EndElement:
			if t.Name.Local == "tu" && f.unit != nil {
				if f.texts > 0 || f.unit.wrong != nil {
					f.rows = append(f.rows, *f.unit)
				}
				f.unit = nil
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
	*builder
	begun bool
	unit  *sheetRow // the open one
	texts int       // in it
	lang  string    // of the open tuv
}

func (f *tmx) start(t xml.StartElement) error {
	name := t.Name.Local
	switch {
	case !f.begun && name != "tmx":
		return f.xmlReader.wrong("the file begins with <%s>, not with <tmx>; this is no TMX file", name)
	case name == "tmx":
		f.begun = true
	case name == "tu":
		line, column := f.here()
		f.unit, f.texts = &sheetRow{line: line, column: column}, 0
		return f.put(f.unit, columnID, "", cell{text: attribute(t, "tuid"), line: line, column: column})
	case f.unit == nil:
	case f.inside("tu", "note"):
		return f.note(noteColumn)
	case f.inside("tu", "prop"):
		kind, ours := strings.CutPrefix(attribute(t, "type"), tmxProperty)
		if ours && knownNote(kind) {
			return f.note(kind)
		}
		_, _, _, err := f.content(nil)
		return err
	case f.inside("tu", "tuv"):
		if f.lang = attribute(t, "lang"); f.lang == "" && f.unit.wrong == nil {
			f.unit.wrong = f.xmlReader.wrong("the text has no language; add xml:lang to <tuv>")
		}
	case f.inside("tu", "tuv", "seg"):
		return f.seg()
	}
	return nil
}

func (f *tmx) note(kind string) error {
	text, _, _, err := f.content(nil)
	if err != nil {
		return err
	}
	return f.putNote(f.unit, kind, text)
}

func (f *tmx) seg() error {
	line, column := f.here()
	text, _, dropped, err := f.content(tmxInline)
	f.codes += dropped
	if err != nil || text == "" || f.lang == "" {
		return err
	}
	f.texts++
	return f.put(f.unit, f.lang, f.lang, cell{text: text, line: line, column: column})
}

// tmxInline says what TMX's inline elements stand for: ph for the placeholder in it, hi
// for its text, the others for formatting.
func tmxInline(t xml.StartElement) inline {
	switch t.Name.Local {
	case "ph":
		number := attribute(t, "x")
		if number == "" {
			return inline{keep: true}
		}
		return inline{keep: true, text: "{" + number + "}"}
	case "bpt", "ept", "it", "ut":
		return inline{drop: true}
	}
	return inline{plain: true}
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
			if n[0] == noteColumn {
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
