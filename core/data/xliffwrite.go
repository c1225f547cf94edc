package data

import (
	"fmt"
	"io"
	"strconv"

	"github.com/dongyur/dongyur/core/task"
)

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
		if n[0] == noteColumn {
			p.line(remark, n[1])
		} else {
			p.line(field, n[0], n[1])
		}
	}
}
