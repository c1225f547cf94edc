package grammar

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Frame is a way to build a meaning of a category: slots that others fill, features with
// their values, and wordings in every language.
type Frame struct {
	Name       string
	Categories []string
	Weight     float64
	// Introduces tells that words kept out of training stand in this frame all the
	// same, so that a model has met them.
	Introduces bool

	parts    []framePart // slots and features, in the order of the meaning's parts
	gives    []give
	wordings map[string][]wording // by language
	line     string               // file and line, for errors
}

// framePart is a slot or a feature.
type framePart struct {
	name     string
	category string   // of a slot; "" for a feature
	optional bool     // of a slot
	allows   []string // kinds, =keys and $features of a slot
	values   []string // of a feature
}

// give says what a phrase agrees with: a feature of one of its slots, or a value.
type give struct {
	feature string
	slot    string // "" for a value
	of      string // the slot's feature, or the value
}

// wording is one line of a frame in one language.
type wording struct {
	pattern []node
	line    string
}

func (f *Frame) part(name string) *framePart {
	for i := range f.parts {
		if f.parts[i].name == name {
			return &f.parts[i]
		}
	}
	return nil
}

// table is a named choice by features: rows of values and what is written for them.
type table struct {
	name    string
	columns []string
	rows    []tableRow
}

type tableRow struct {
	keys    [][]string // the values a column allows; nil: any
	pattern []node
}

// frameSet is what the files of frames say.
type frameSet struct {
	frames   []*Frame
	features map[string][]string          // their values
	tables   map[string]map[string]*table // by language and name
	groups   map[string][]string          // kinds under one name
	tops     []string                     // categories of whole sentences
	apart    []apart                      // wordings under the heading "words"
}

// apart is a wording that stands apart from its frame, as those of a language do that has
// a file of its own.
type apart struct {
	frame, tag string
	wording
}

// frameReader reads one file.
type frameReader struct {
	set   *frameSet
	frame *Frame
	table *table
	tag   string // under a heading "words": the language
	where string
}

// read adds a file of frames.
func (s *frameSet) read(name string, r io.Reader) error {
	reader := frameReader{set: s}
	scanner := bufio.NewScanner(r)
	for number := 1; scanner.Scan(); number++ {
		line := scanner.Text()
		if i := strings.Index(line, "#"); i == 0 || i > 0 && line[i-1] == ' ' {
			line = line[:i]
		}
		if strings.TrimSpace(line) == "" {
			continue
		}
		reader.where = name + ": line " + strconv.Itoa(number)
		if err := reader.line(line); err != nil {
			return fmt.Errorf("%s: %w", reader.where, err)
		}
	}
	return scanner.Err()
}

// line reads a heading, or an indented line of the frame or table before it.
func (r *frameReader) line(line string) error {
	indented := line[0] == ' ' || line[0] == '\t'
	words := strings.Fields(line)
	switch {
	case indented && r.frame != nil:
		return r.frameLine(strings.TrimSpace(line))
	case indented && r.table != nil:
		return r.tableLine(strings.TrimSpace(line))
	case indented && r.tag != "":
		return r.wordsLine(strings.TrimSpace(line))
	case indented:
		return fmt.Errorf("an indented line without a frame or table above it")
	}
	r.frame, r.table, r.tag = nil, nil, ""
	switch {
	case words[0] == "top":
		r.set.tops = append(r.set.tops, words[1:]...)
		return nil
	case words[0] == "feature" && len(words) > 2:
		r.set.features[words[1]] = words[2:]
		return nil
	case words[0] == "kinds" && len(words) > 2:
		r.set.groups[words[1]] = r.set.ungroup(words[2:])
		return nil
	case words[0] == "table" && len(words) > 2:
		return r.newTable(words[1], words[2], words[3:])
	case words[0] == "words" && len(words) == 2 && languageOf(words[1]) != nil:
		r.tag = words[1]
		return nil
	case words[0] == "frame" && len(words) > 2:
		return r.newFrame(words[1], words[2], words[3:])
	}
	return fmt.Errorf("%q is no heading; write top, feature NAME VALUES, kinds NAME KINDS, table LANGUAGE NAME COLUMNS, words LANGUAGE or frame NAME CATEGORY", line)
}

func (r *frameReader) newTable(tag, name string, columns []string) error {
	if r.set.tables[tag] == nil {
		r.set.tables[tag] = map[string]*table{}
	}
	if r.set.tables[tag][name] != nil {
		return fmt.Errorf("the table %s of %s stands twice", name, tag)
	}
	r.table = &table{name: name, columns: columns}
	r.set.tables[tag][name] = r.table
	return nil
}

func (r *frameReader) newFrame(name, category string, options []string) error {
	for _, f := range r.set.frames {
		if f.Name == name {
			return fmt.Errorf("the frame %s stands twice; first in %s", name, f.line)
		}
	}
	r.frame = &Frame{Name: name, Categories: strings.Split(category, ","), Weight: 1, wordings: map[string][]wording{}, line: r.where}
	for _, option := range options {
		if option == "introduces" {
			r.frame.Introduces = true
			continue
		}
		weight, err := strconv.ParseFloat(option, 64)
		if err != nil || weight < 0 {
			return fmt.Errorf("%q is no option of a frame; write a weight or introduces", option)
		}
		r.frame.Weight = weight
	}
	r.set.frames = append(r.set.frames, r.frame)
	return nil
}

// tableLine reads VALUES : PATTERN; a value is a|b or * for any, and patterns are
// separated by |.
func (r *frameReader) tableLine(line string) error {
	left, right, ok := strings.Cut(line, ":")
	keys := strings.Fields(left)
	if !ok || len(keys) != len(r.table.columns) {
		return fmt.Errorf("table %s: write %d values, a colon and what is written", r.table.name, len(r.table.columns))
	}
	row := tableRow{}
	for _, key := range keys {
		if key == "*" {
			row.keys = append(row.keys, nil)
		} else {
			row.keys = append(row.keys, strings.Split(key, "|"))
		}
	}
	pattern, err := parsePattern("(" + right + ")")
	row.pattern = pattern
	r.table.rows = append(r.table.rows, row)
	return err
}

func (r *frameReader) frameLine(line string) error {
	if rest, ok := strings.CutPrefix(line, "gives "); ok {
		return r.gives(strings.Fields(rest))
	}
	name, rest, ok := strings.Cut(line, ":")
	if !ok {
		return fmt.Errorf("frame %s: %q has no colon", r.frame.Name, line)
	}
	name, rest = strings.TrimSpace(name), strings.TrimSpace(rest)
	switch {
	case languageOf(name) != nil:
		pattern, err := parsePattern("(" + rest + ")")
		r.frame.wordings[name] = append(r.frame.wordings[name], wording{pattern, r.where})
		return err
	case r.set.features[name] != nil:
		return r.feature(name, strings.Fields(rest))
	}
	return r.slot(name, rest)
}

// wordsLine reads FRAME: PATTERN, a wording that stands apart from its frame.
func (r *frameReader) wordsLine(line string) error {
	name, rest, ok := strings.Cut(line, ":")
	if !ok {
		return fmt.Errorf("words %s: %q has no colon", r.tag, line)
	}
	pattern, err := parsePattern("(" + rest + ")")
	r.set.apart = append(r.set.apart, apart{strings.TrimSpace(name), r.tag, wording{pattern, r.where}})
	return err
}

// join gives the frames their wordings that stand apart, when all files are read.
func (s *frameSet) join() error {
	for _, a := range s.apart {
		i := slices.IndexFunc(s.frames, func(f *Frame) bool { return f.Name == a.frame })
		if i < 0 {
			return fmt.Errorf("%s: words %s: there is no frame %q", a.line, a.tag, a.frame)
		}
		s.frames[i].wordings[a.tag] = append(s.frames[i].wordings[a.tag], a.wording)
	}
	return nil
}

func (r *frameReader) feature(name string, values []string) error {
	for _, v := range values {
		if !slices.Contains(r.set.features[name], v) {
			return fmt.Errorf("frame %s: %s has no value %q; it has %s", r.frame.Name, name, v, strings.Join(r.set.features[name], ", "))
		}
	}
	if len(values) == 0 {
		values = r.set.features[name]
	}
	r.frame.parts = append(r.frame.parts, framePart{name: name, values: values})
	return nil
}

// slot reads CATEGORY or CATEGORY(kind =key $feature).
func (r *frameReader) slot(name, rest string) error {
	p := framePart{}
	p.name, p.optional = strings.CutSuffix(name, "?")
	category, allows, some := strings.Cut(rest, "(")
	p.category = strings.TrimSpace(category)
	if some {
		allows, ok := strings.CutSuffix(strings.TrimSpace(allows), ")")
		if !ok {
			return fmt.Errorf("frame %s: slot %s: the bracket is not closed", r.frame.Name, name)
		}
		p.allows = r.set.ungroup(strings.Fields(allows))
	}
	if p.category == "" || strings.ContainsAny(p.name, " (){}") {
		return fmt.Errorf("frame %s: %q is no slot; write NAME: CATEGORY(KINDS)", r.frame.Name, name)
	}
	r.frame.parts = append(r.frame.parts, p)
	return nil
}

func (r *frameReader) gives(words []string) error {
	for _, word := range words {
		feature, of, ok := strings.Cut(word, "=")
		if !ok {
			return fmt.Errorf("frame %s: gives %q: write FEATURE=SLOT.FEATURE or FEATURE=VALUE", r.frame.Name, word)
		}
		g := give{feature: feature, of: of}
		if slot, slotFeature, ok := strings.Cut(of, "."); ok {
			g.slot, g.of = slot, slotFeature
		}
		r.frame.gives = append(r.frame.gives, g)
	}
	return nil
}

func languageOf(tag string) *Language {
	for _, l := range languages {
		if l.Tag == tag {
			return l
		}
	}
	return nil
}

// ungroup puts the kinds of a group in the place of its name.
func (s *frameSet) ungroup(names []string) []string {
	var kinds []string
	for _, name := range names {
		if group := s.groups[name]; group != nil {
			kinds = append(kinds, group...)
		} else {
			kinds = append(kinds, name)
		}
	}
	return kinds
}
