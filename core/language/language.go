// Package language holds what is true of a language: its names, the script it is
// written in and its direction, what its lengths and differences are counted in, how
// BLEU cuts it, what is checked in its texts, and what the page offers for typing and
// showing it.
//
// Input: tags after BCP 47 in any usual spelling ("bo", "bod_Tibt", "zh-TW",
// "kk-Arab"), and texts. Output: rows of the registry, and shares and units of texts.
// Every tag that is well formed has a row: a language that nobody wrote a file for
// takes its script and names from CLDR (cldr.txt, made from golang.org/x/text) and
// everything else from its script. Only what is different stands in a file of its own,
// such as tibetan.go: to add a language is to add a file.
//
// The page links this package, so it needs the standard library and core/lang only.
package language

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/dongyur/dongyur/core/lang"
)

// Language is a row of the registry. What a file leaves empty is filled in from CLDR
// and from the script.
type Language struct {
	Tag   string // after BCP 47, the shortest: "bo", "zh-Hant"
	Names Names
	Also  []string // other names that tables call it by

	// Scripts it is written in, the usual one first. None: nobody knows, and the
	// letters of its own texts tell; see Written.
	Scripts []lang.Script
	// Unit is what lengths, overlaps, repetitions and differences are counted in.
	Unit Unit
	// BLEU names the tokenization that its scores are reported with; see core/metric.
	BLEU string

	// Check finds what is odd in a text besides what core/lang finds in any; nil: nothing.
	Check func(text string) []lang.Problem
	// EndMark ends a sentence, and is not missed where a headline lacks it.
	EndMark lang.ProblemKind
	// Romanised is how its texts are often written by mistake; nil: nothing is known.
	Romanised *Romanisation
	// Keyboard is a way of typing it that the page offers beside the system's; nil: none.
	Keyboard *Keyboard
	// Font is how the page shows it where the system's fonts would not do.
	Font Font
	// Note is what a reader of its texts should know of the page; empty: nothing.
	Note Names
}

// Names are in English, in Chinese and in the language itself.
type Names struct {
	En  string `json:"en"`
	Zh  string `json:"zh,omitempty"`
	Own string `json:"own,omitempty"`
}

// In is the name in a language of readers, by its tag; English where there is none.
func (n Names) In(reader string) string {
	if reader == "zh" && n.Zh != "" {
		return n.Zh
	}
	return n.En
}

// Font is a family of the page and its measures against those of Latin text.
type Font struct {
	Family string  // a CSS family; "": the system's
	Size   int     // px where Latin text has 16; 0: the same
	Height float64 // of a line, times the size; 0: the page's
	Sizes  bool    // readers choose among several sizes
}

// Unit is a piece of text that is counted.
type Unit string

// The units.
const (
	Word      Unit = "word"
	Character Unit = "character"
	Syllable  Unit = "syllable"
)

// Direction is that of the language's usual script: "ltr" or "rtl".
func (l *Language) Direction() string {
	if len(l.Scripts) > 0 && scriptRow(l.Scripts[0]).rightToLeft {
		return "rtl"
	}
	return "ltr"
}

var (
	mu       sync.RWMutex
	registry []*Language
	known    = map[string]*Language{} // by tag as it was asked for
)

// Register adds a row; remove takes it away again.
func Register(l Language) (remove func()) {
	mu.Lock()
	defer mu.Unlock()
	if slices.ContainsFunc(registry, func(o *Language) bool { return o.Tag == l.Tag }) {
		panic(fmt.Sprintf("the language %q is registered twice", l.Tag))
	}
	row := &l
	registry = append(registry, row)
	slices.SortFunc(registry, func(a, b *Language) int { return strings.Compare(a.Tag, b.Tag) })
	clear(known)
	return func() {
		mu.Lock()
		defer mu.Unlock()
		registry = slices.DeleteFunc(registry, func(o *Language) bool { return o == row })
		clear(known)
	}
}

// Of is what is true of the language of a tag. It never fails: of a language that
// nobody knows, and of a tag that is none, it is what is true of any.
func Of(tag string) *Language {
	mu.RLock()
	l := known[tag]
	mu.RUnlock()
	if l != nil {
		return l
	}
	mu.Lock()
	defer mu.Unlock()
	l = find(tag)
	known[tag] = l
	return l
}

// find makes the row of a tag: the registered one, filled in.
func find(tag string) *Language {
	t, err := parse(tag)
	if err != nil {
		return fill(Language{Tag: tag, Names: Names{En: tag}}, subtags{})
	}
	key := t.key()
	for _, row := range registry {
		if row.Tag == key {
			return fill(*row, t)
		}
	}
	return fill(Language{Tag: key}, t)
}

// fill adds what a row leaves to CLDR and to its script.
func fill(l Language, t subtags) *Language {
	entry := cldr()[t.language]
	if len(l.Scripts) == 0 {
		l.Scripts = entry.scripts(t)
	}
	l.Names = Names{cmp.Or(l.Names.En, entry.names.En, l.Tag), cmp.Or(l.Names.Zh, entry.names.Zh), cmp.Or(l.Names.Own, entry.names.Own)}
	if len(l.Scripts) == 1 && strings.Contains(l.Tag, "-") && l.Names.En == entry.names.En && entry.names.En != "" {
		row := scriptRow(l.Scripts[0])
		l.Names = Names{En: fmt.Sprintf("%s (%s script)", l.Names.En, row.names.En), Zh: fmt.Sprintf("%s（%s）", l.Names.Zh, row.names.Zh)}
	}
	var s script
	if len(l.Scripts) > 0 {
		s = scriptRow(l.Scripts[0])
	}
	l.Unit, l.BLEU = cmp.Or(l.Unit, s.unit, Word), cmp.Or(l.BLEU, s.bleu, "13a")
	return &l
}

// Rows are the registered languages by their tags.
func Rows() []*Language {
	mu.RLock()
	tags := make([]string, len(registry))
	for i, l := range registry {
		tags[i] = l.Tag
	}
	mu.RUnlock()
	rows := make([]*Language, len(tags))
	for i, tag := range tags {
		rows[i] = Of(tag)
	}
	return rows
}

// Known are the tags of all languages that have a name: the registered first, then
// CLDR's.
func Known() []string {
	var tags []string
	for _, l := range Rows() {
		tags = append(tags, l.Tag)
	}
	first := len(tags)
	for code, entry := range cldr() {
		if code == entry.code && entry.names.En != "" && !slices.Contains(tags[:first], code) {
			tags = append(tags, code)
		}
	}
	slices.Sort(tags[first:])
	return tags
}
