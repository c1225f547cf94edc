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

	"github.com/dongyur/dongyur/core/cells"
	"github.com/dongyur/dongyur/core/task"
)

// maxDepth bounds the nesting of elements. XLIFF and TMX stay below 20.
const maxDepth = 100

// xmlReader reads elements and text of an XML file and knows where it is. It opens
// nothing outside the file and expands no entity but the five of XML: a document type
// with declarations of its own is refused.
type xmlReader struct {
	file
	decoder *xml.Decoder
	starts  []int    // offsets of the lines
	stack   []string // local names of the open elements
	offset  int      // where the latest token begins
}

func newXMLReader(f file) *xmlReader {
	x := &xmlReader{file: f, starts: lineStarts(f.text), decoder: xml.NewDecoder(strings.NewReader(f.text))}
	// The text is UTF-8 by now, whatever its first line says: its bytes told what it was.
	x.decoder.CharsetReader = func(_ string, input io.Reader) (io.Reader, error) { return input, nil }
	return x
}

// placeIn is the line and the column, in characters, of an offset into a text whose lines
// start at starts.
func placeIn(text string, starts []int, offset int) (line, column int) {
	offset = min(offset, len(text))
	i, exact := slices.BinarySearch(starts, offset)
	if !exact {
		i--
	}
	return i + 1, 1 + utf8.RuneCountInString(text[starts[i]:offset])
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

// here is where the latest token begins.
func (x *xmlReader) here() (line, column int) { return placeIn(x.text, x.starts, x.offset) }

func (x *xmlReader) wrong(format string, args ...any) *TableError {
	line, column := x.here()
	return x.file.wrong(line, column, format, args...)
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

// inline is what an element inside a text stands for.
type inline struct {
	text  string // in its place
	keep  bool   // its own content, or text where it has none
	drop  bool   // nothing: it is formatting, and counted
	plain bool   // what is in it is text like that around it
	part  string // and a segment of this id
}

// textPart is a segment of a text by its id.
type textPart struct{ id, text string }

// content reads to the end of the element just begun: its text with what inline says of
// the elements in it (nil: all are plain), its segments, and how many codes of formatting
// were left out.
func (x *xmlReader) content(of func(xml.StartElement) inline) (text string, parts []textPart, dropped int, err error) {
	type open struct {
		inline
		from int // in b
	}
	var b strings.Builder
	var inside []open
	quiet := 0 // elements whose content does not count
	depth := len(x.stack)
	for {
		token, err := x.next()
		switch t := token.(type) {
		case nil:
			if err == nil {
				err = x.wrong("the file ends too early")
			}
			return "", nil, 0, err
		case xml.StartElement:
			as := inline{plain: true}
			if of != nil {
				as = of(t)
			}
			if as.drop && quiet == 0 {
				dropped++
			}
			if quiet > 0 || !as.plain && !as.keep {
				quiet++
			}
			inside = append(inside, open{as, b.Len()})
		case xml.EndElement:
			if len(x.stack) < depth {
				return cells.Trim(b.String()), parts, dropped, nil
			}
			ends := inside[len(inside)-1]
			inside = inside[:len(inside)-1]
			if quiet > 0 {
				quiet--
			}
			if quiet == 0 && !ends.plain && b.Len() == ends.from {
				b.WriteString(ends.text)
			}
			if ends.part != "" {
				parts = append(parts, textPart{ends.part, cells.Trim(b.String()[ends.from:])})
			}
		case xml.CharData:
			if quiet == 0 {
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

// noteCodes says once that formatting was left out.
func (b *builder) noteCodes() {
	if b.codes > 0 {
		b.notes = append(b.notes, fmt.Sprintf("%d inline codes of formatting were left out; the text in and around them was kept", b.codes))
	}
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
		if k == noteColumn {
			name = noteColumn
		}
		notes = append(notes, [2]string{name, all[k]})
	}
	return notes
}
