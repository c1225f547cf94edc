package data

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/dongyur/dongyur/core/task"
)

// maxDepth bounds the nesting of elements. XLIFF and TMX stay below 20.
const maxDepth = 100

// xmlReader reads elements and text of an XML file and knows where it is. It opens
// nothing outside the file and expands no entity but the five of XML: a document type
// with declarations of its own is refused.
type xmlReader struct {
	name    string
	decoder *xml.Decoder
	starts  []int // offsets of the lines
	text    string
	stack   []string // local names of the open elements
	offset  int      // where the latest token begins
}

func newXMLReader(text, name string) *xmlReader {
	x := &xmlReader{name: name, text: text, starts: lineStarts(text), decoder: xml.NewDecoder(strings.NewReader(text))}
	x.decoder.CharsetReader = func(label string, input io.Reader) (io.Reader, error) {
		switch strings.ToUpper(label) {
		case "UTF-16", "UTF-16LE", "UTF-16BE":
			return input, nil // the text is UTF-8 by now: the file's first bytes told what it was
		}
		return nil, fmt.Errorf("the file says that its encoding is %q; %s", label, saveAsUTF8)
	}
	return x
}

// position is the line and the column, in characters, of an offset.
func (x *xmlReader) position(offset int) (line, column int) {
	offset = min(offset, len(x.text))
	i, exact := slices.BinarySearch(x.starts, offset)
	if !exact {
		i--
	}
	return i + 1, 1 + utf8.RuneCountInString(x.text[x.starts[i]:offset])
}

func (x *xmlReader) wrong(format string, args ...any) *TableError {
	line, column := x.position(x.offset)
	return &TableError{Name: x.name, Line: line, Column: column, Msg: fmt.Sprintf(format, args...)}
}

// next gives the next start, end or text; nil at the end of the file.
func (x *xmlReader) next() (xml.Token, error) {
	for {
		x.offset = int(x.decoder.InputOffset())
		token, err := x.decoder.Token()
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		if err != nil {
			return nil, x.explain(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if len(x.stack) == maxDepth {
				return nil, x.wrong("elements are nested more than %d deep; this is no file of translations", maxDepth)
			}
			x.stack = append(x.stack, t.Name.Local)
			return t, nil
		case xml.EndElement:
			x.stack = x.stack[:len(x.stack)-1]
			return t, nil
		case xml.CharData:
			return t, nil
		case xml.Directive:
			if strings.Contains(string(t), "[") || strings.Contains(string(t), "ENTITY") {
				return nil, x.wrong("the document type declares entities of its own, which are not read: one can grow without bound or name other files; take out what stands between [ and ]")
			}
		}
	}
}

// explain says what is wrong with the XML. The decoder stands where it noticed.
func (x *xmlReader) explain(err error) error {
	x.offset = int(x.decoder.InputOffset())
	var syntax *xml.SyntaxError
	if !errors.As(err, &syntax) {
		return x.wrong("%s", strings.TrimPrefix(err.Error(), "xml: "))
	}
	switch {
	case strings.Contains(syntax.Msg, "invalid character entity"):
		return x.wrong("%s; only &amp; &lt; &gt; &quot; &apos; and numbers such as &#3904; are known", syntax.Msg)
	case strings.Contains(syntax.Msg, "unexpected EOF"):
		return x.wrong("the file ends inside <%s>: it was cut off; export or download it again", strings.Join(x.stack, "><"))
	}
	return x.wrong("not well-formed XML (%s); export the file again", syntax.Msg)
}

// inside tells whether the innermost open elements have these names, outermost first.
func (x *xmlReader) inside(names ...string) bool {
	return len(x.stack) >= len(names) && slices.Equal(x.stack[len(x.stack)-len(names):], names)
}

// content reads to the end of the element just begun: its text, with that of elements
// in it but not of those in codes, whose number comes back.
func (x *xmlReader) content(codes map[string]bool) (text string, dropped int, err error) {
	depth, skip := len(x.stack), 0
	var b strings.Builder
	for {
		token, err := x.next()
		switch t := token.(type) {
		case nil:
			if err == nil {
				err = x.wrong("the file ends too early")
			}
			return "", 0, err
		case xml.StartElement:
			if skip == 0 && codes[t.Name.Local] {
				skip = len(x.stack)
				dropped++
			}
		case xml.EndElement:
			switch {
			case len(x.stack) < depth:
				return strings.TrimSpace(b.String()), dropped, nil
			case len(x.stack) < skip:
				skip = 0
			}
		case xml.CharData:
			if skip == 0 {
				b.Write(t)
			}
		}
	}
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// reportCodes says once that formatting and placeholders of a file were left out.
func reportCodes(report func(*TableError), at *TableError, dropped int) {
	if report == nil || dropped == 0 {
		return
	}
	at.Msg = fmt.Sprintf("%d inline codes (formatting, placeholders) were left out, here the first; the text around them was kept", dropped)
	report(at)
}

// xmlText is a text as XML holds it, or an error for characters that XML cannot hold.
func xmlText(s string) (string, error) {
	for _, r := range s {
		if r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return "", fmt.Errorf("the text %q holds the character U+%04X, which XML cannot; write %s", s, r, JSONL)
		}
	}
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		return "", err
	}
	return b.String(), nil
}

// exampleNotes are the fields of an example that a unit has no element for, by name.
func exampleNotes(e task.Example) [][2]string {
	var notes [][2]string
	if e.Task != task.Translate && e.Task != "" {
		notes = append(notes, [2]string{columnTask, e.Task})
	}
	if e.Split != "" {
		notes = append(notes, [2]string{columnSplit, e.Split})
	}
	all := besides(e)
	keys := make([]string, 0, len(all))
	for k := range all {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		name := metaPrefix + k
		if k == unitNote {
			name = unitNote
		}
		notes = append(notes, [2]string{name, all[k]})
	}
	return notes
}
