// Package grammar composes everyday sentences in several languages from one meaning, and
// reads them back.
//
// Input: a lexicon (a concept a row, a language a column) and frames (ways to build a
// sentence, with wordings in every language), from assets/grammar. Output: sentences of
// the same meaning in all languages (Generate), the meanings of a text (Parse), and how
// much of a meaning an answer has kept (Score). No model and no embedding is involved.
//
// It follows Grammatical Framework (Ranta 2011): the frames are the abstract syntax, and
// wordings with a Language's morphology are the concrete syntaxes. Wordings are compiled
// into productions with every choice made; the parser walks their common prefixes (a
// trie) from left to right and keeps what it found at a place.
//
// # The notation of frames
//
//	top clause question               categories of whole sentences
//	feature tense past future         a feature and its values
//	table bo finite tense person      a choice by features, for one language
//	  past 1 : {_:pa} ཡིན             one row: values (a|b, * for any), then alternatives
//	  past * : {_:pa} རེད | {_:past} སོང
//	kinds people person kin role      kinds under one name
//	frame Eat clause 2                name, categories (a,b), weight; "introduces": see Split
//	  who: np(person kin)             a slot: a category of frames or of the lexicon,
//	  what: np(food)                  with the kinds (or =keys; !not) that it takes
//	  when?: time($tense)             an optional slot; $tense: kinds named as its value
//	  tense: past future              a feature: those of its values that the frame has
//	  gives kind=what.kind            what a phrase agrees with in the frames around it
//	  bo: [{when}] {who:erg} {what} {@eat:finite(tense who.person)}
//	  en: {who} {@eat:finite(tense who.person)} {what} [{when}]
//	words ja                          wordings of a language by frame, apart from the frames
//	  Eat: {who} は {what} を {@eat:finite(tense)}
//
// A wording has literals, and
//
//	{who} {who:erg}        what fills a slot, in a form
//	{@eat:past}            a concept of the lexicon; {"words":erg} given words
//	{who:table(a b.c)}     the row of a table for a feature a and the feature c of slot b;
//	{=table(a)}            in the row {_} is who
//	{n.m}                  the value of n's feature m, such as its measure word
//	(a|b|~c)               alternatives; c is understood and never written
//	[{when}]               written when the optional slot is filled
//	                       an argument may also be $form; the value - is "none"
//	$form                  the form that is asked of this phrase; {n:zhig+$form} puts it last
//
// Several lines of one language are alternatives too. Every slot and feature of a frame
// must show in every wording, so that a text says what its meaning does.
package grammar

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/dongyur/dongyur/assets/grammar"
)

// Grammar is a lexicon with frames. It is safe for concurrent use.
type Grammar struct {
	Lexicon *Lexicon
	Frames  []*Frame

	set        frameSet
	byName     map[string]*Frame
	byCategory map[string][]*Frame
	entries    map[string][]*Entry // by category
	held       map[string]bool     // words that training does not use, by key
	known      sync.Map            // candidates by what is asked for
	syntaxes   map[string]func() (*syntax, error)
}

// Everyday is the grammar of assets/grammar, read once.
var Everyday = sync.OnceValue(func() *Grammar { return embedded("frames") })

// embedded is the grammar of assets/grammar with the frames of the files of a name.
func embedded(frames string) *Grammar {
	g, err := Load(everyday.Files, frames)
	if err != nil {
		panic("the embedded grammar is damaged: " + err.Error())
	}
	return g
}

// Load reads every lexicon*.tsv of a folder, and its frames: "frames" reads frames*.txt,
// "news" reads news*.txt.
func Load(files fs.FS, frames string) (*Grammar, error) {
	g := &Grammar{
		Lexicon: &Lexicon{byKey: map[string]*Entry{}}, byName: map[string]*Frame{},
		byCategory: map[string][]*Frame{}, entries: map[string][]*Entry{},
		set: frameSet{features: map[string][]string{}, groups: map[string][]string{}, tables: map[string]map[string]*table{}},
	}
	names, err := fs.Glob(files, "*.t[sx][vt]")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		switch base := path.Base(name); {
		case strings.HasPrefix(base, "lexicon"):
			err = g.Lexicon.read(name, bytes.NewReader(content))
		case strings.HasPrefix(base, frames):
			err = g.set.read(name, bytes.NewReader(content))
		}
		if err != nil {
			return nil, err
		}
	}
	if err := g.set.join(); err != nil {
		return nil, err
	}
	g.Frames = g.set.frames
	if err := g.index(); err != nil {
		return nil, err
	}
	g.syntaxes = map[string]func() (*syntax, error){}
	for _, l := range g.spoken() {
		g.syntaxes[l.Tag] = sync.OnceValues(func() (*syntax, error) { return g.compile(l) })
	}
	return g, nil
}

// index sorts frames and entries by what they are asked for, and checks their names.
func (g *Grammar) index() error {
	for _, e := range g.Lexicon.Entries {
		g.entries[e.Cat] = append(g.entries[e.Cat], e)
	}
	g.holdWords()
	for _, f := range g.Frames {
		if f.Name[0] < 'A' || f.Name[0] > 'Z' {
			return fmt.Errorf("%s: the frame %q must begin with a capital, so that no concept has its name", f.line, f.Name)
		}
		g.byName[f.Name] = f
		for _, category := range f.Categories {
			if g.entries[category] != nil {
				return fmt.Errorf("%s: the category %q is one of the lexicon; frames need another", f.line, category)
			}
			g.byCategory[category] = append(g.byCategory[category], f)
		}
	}
	for _, f := range g.Frames {
		if err := g.checkFrame(f); err != nil {
			return fmt.Errorf("%s: frame %s: %w", f.line, f.Name, err)
		}
	}
	return nil
}

func (g *Grammar) checkFrame(f *Frame) error {
	for i, p := range f.parts {
		if slices.ContainsFunc(f.parts[:i], func(q framePart) bool { return q.name == p.name }) {
			return fmt.Errorf("the part %q stands twice", p.name)
		}
		if p.category == "" {
			continue
		}
		if g.byCategory[p.category] == nil && g.entries[p.category] == nil {
			return fmt.Errorf("slot %s: neither frames nor the lexicon have the category %q", p.name, p.category)
		}
		for _, allowed := range p.allows {
			if feature, ok := strings.CutPrefix(allowed, "$"); ok && f.part(feature) == nil {
				return fmt.Errorf("slot %s: the frame has no feature %q", p.name, feature)
			}
			if key, ok := strings.CutPrefix(allowed, "="); ok && g.Lexicon.Entry(key) == nil {
				return fmt.Errorf("slot %s: the lexicon has no key %q", p.name, key)
			}
		}
	}
	for _, gives := range f.gives {
		if name := strings.TrimPrefix(gives.of, "$"); gives.slot == "" && name != gives.of && f.part(name) == nil || gives.slot != "" && f.part(gives.slot) == nil {
			return fmt.Errorf("gives %s: the frame has no such part", gives.feature)
		}
	}
	return nil
}

// syntax is the compiled grammar of a language.
func (g *Grammar) syntax(tag string) (*syntax, error) {
	of := g.syntaxes[tag]
	if of == nil {
		return nil, fmt.Errorf("the grammar does not speak %q; it has %s", tag, strings.Join(g.Languages(), ", "))
	}
	return of()
}

// Check compiles every language and says what is wrong with the frames.
func (g *Grammar) Check() error {
	for _, tag := range g.Languages() {
		if _, err := g.syntax(tag); err != nil {
			return err
		}
	}
	return nil
}

// spoken are the languages in which some frame has a wording.
func (g *Grammar) spoken() []*Language {
	return slices.DeleteFunc(slices.Clone(languages), func(l *Language) bool {
		return !slices.ContainsFunc(g.Frames, func(f *Frame) bool { return len(f.wordings[l.Tag]) > 0 })
	})
}

// Languages are the tags of the languages that the grammar speaks.
func (g *Grammar) Languages() []string {
	var tags []string
	for _, l := range g.spoken() {
		tags = append(tags, l.Tag)
	}
	return tags
}
