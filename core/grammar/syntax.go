package grammar

import (
	"slices"
	"strings"
)

// syntax is a grammar compiled for one language.
type syntax struct {
	grammar  *Grammar
	language *Language

	features []string            // what phrases agree in; kind and key first
	values   []map[string]uint16 // of each feature
	tokens   map[string]int32

	categories map[string]int // of phrases and of the lexicon
	forms      map[string]int32
	formNames  []string
	filters    []filter
	roots      []*trieNode // by category; nil for those of the lexicon
	words      *wordNode
	leaves     map[string]*tree // by key

	productions map[productionKey][]*production
	tops        []int
}

// Places of the two features that every grammar has.
const (
	kindFeature = 0
	keyFeature  = 1
)

// production is a wording with every choice made.
type production struct {
	frame   *Frame
	form    int32
	values  []uint8 // by part: which of the feature's values; for an optional slot 1 if filled
	symbols []symbol
	filled  int     // symbols that are slots
	weight  float64 // 0: understood, never written
}

// productionKey finds the productions that can say something.
type productionKey struct {
	frame  string
	form   int32
	values string
}

// symbol is a literal, or a slot in a form.
type symbol struct {
	text   string
	tokens []int32
	slot   int // part of the frame; -1: a literal
	form   int32
	filter int32
}

// filter is what a slot takes.
type filter struct {
	kinds, keys       map[uint16]bool // one of these kinds or keys; both nil: anything
	notKinds, notKeys map[uint16]bool
	limits            []limit
}

// limit asks that a feature has one of some values.
type limit struct {
	feature int
	values  []uint16
}

// takes tells whether a phrase may stand in a slot; loosely, whether it agrees with its
// neighbours, whatever it is about.
func (f *filter) takes(t *tree, loosely bool) bool {
	if !loosely {
		kind, key := t.features[kindFeature], t.features[keyFeature]
		if (f.kinds != nil || f.keys != nil) && !f.kinds[kind] && !f.keys[key] || f.notKinds[kind] || f.notKeys[key] {
			return false
		}
	}
	for _, l := range f.limits {
		if !slices.Contains(l.values, t.features[l.feature]) {
			return false
		}
	}
	return true
}

// tree is a meaning in one language: what it agrees in is known.
type tree struct {
	entry    *Entry // of a concept; nil for a frame
	frame    *Frame
	values   []uint8 // by part, as in production
	slots    []*tree // by part; nil for features and unfilled slots
	features []uint16
	hash     uint64
}

// meaning is the tree without what only its language knows.
func (t *tree) meaning() Meaning {
	if t.entry != nil {
		return Meaning{Head: t.entry.Key}
	}
	m := Meaning{Head: t.frame.Name}
	for i, p := range t.frame.parts {
		switch {
		case p.category == "":
			m.Parts = append(m.Parts, Part{p.name, Meaning{Head: p.values[t.values[i]]}})
		case t.slots[i] != nil:
			m.Parts = append(m.Parts, Part{p.name, t.slots[i].meaning()})
		}
	}
	return m
}

// trieNode is a place in the productions of a category: those that begin alike share it.
type trieNode struct {
	terminals   map[int32]*trieNode
	slots       []slotEdges
	productions []*production
}

// slotEdges lead on from a node by a phrase of a category.
type slotEdges struct {
	category int
	edges    []edge
}

type edge struct {
	form   int32
	filter int32
	next   *trieNode
}

// wordNode is a place in the spellings of the lexicon.
type wordNode struct {
	next map[int32]*wordNode
	hits []wordHit
}

// wordHit is an entry that is spelt so in a form.
type wordHit struct {
	category int
	form     int32
	leaf     *tree
}

// value numbers a feature's value; 0 is "none".
func (s *syntax) value(feature int, name string) uint16 {
	if name == "" {
		return 0
	}
	v, ok := s.values[feature][name]
	if !ok {
		v = uint16(len(s.values[feature]) + 1)
		s.values[feature][name] = v
	}
	return v
}

// feature numbers a feature.
func (s *syntax) feature(name string) int {
	i := slices.Index(s.features, name)
	if i < 0 {
		i = len(s.features)
		s.features = append(s.features, name)
		s.values = append(s.values, map[string]uint16{})
	}
	return i
}

func (s *syntax) form(name string) int32 {
	n, ok := s.forms[name]
	if !ok {
		n = int32(len(s.forms))
		s.forms[name] = n
		s.formNames = append(s.formNames, name)
	}
	return n
}

func (s *syntax) category(name string) int {
	n, ok := s.categories[name]
	if !ok {
		n = len(s.categories)
		s.categories[name] = n
	}
	return n
}

// literalTokens numbers the tokens of a wording's piece.
func (s *syntax) literalTokens(text string) []int32 {
	var tokens []int32
	for _, token := range s.language.Tokens(text) {
		n, ok := s.tokens[token]
		if !ok {
			n = int32(len(s.tokens))
			s.tokens[token] = n
		}
		tokens = append(tokens, n)
	}
	return tokens
}

// phrase makes the tree of a frame: what it gives comes from its slots.
func (s *syntax) phrase(f *Frame, values []uint8, slots []*tree) *tree {
	t := &tree{frame: f, values: values, slots: slots, features: make([]uint16, len(s.features))}
	for _, g := range f.gives {
		feature := s.feature(g.feature)
		switch {
		case g.slot != "":
			if slot := slots[f.partIndex(g.slot)]; slot != nil {
				t.features[feature] = s.translate(g.of, feature, slot)
				if g.of == "kind" {
					t.features[keyFeature] = slot.features[keyFeature] // the phrase is about it
				}
			}
		case strings.HasPrefix(g.of, "$"):
			i := f.partIndex(g.of[1:])
			t.features[feature] = s.value(feature, f.parts[i].values[values[i]])
		default:
			t.features[feature] = s.value(feature, g.of)
		}
	}
	t.hash = hashString(f.Name)
	for i := range f.parts {
		t.hash = mix(t.hash ^ uint64(values[i]) + 1)
		if slots[i] != nil {
			t.hash = mix(t.hash ^ slots[i].hash)
		}
	}
	return t
}

// translate gives a slot's feature as a value of another feature.
func (s *syntax) translate(from string, to int, slot *tree) uint16 {
	i := s.feature(from)
	if i == to {
		return slot.features[i]
	}
	for name, v := range s.values[i] {
		if v == slot.features[i] {
			return s.value(to, name)
		}
	}
	return 0
}

func (f *Frame) partIndex(name string) int {
	return slices.IndexFunc(f.parts, func(p framePart) bool { return p.name == name })
}
