package grammar

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// Sentence is a meaning with a wording in every language that was asked for.
type Sentence struct {
	Meaning Meaning
	Split   string
	Texts   map[string]string // by language
}

// Filter says what Generate is to make; its zero value takes everything.
type Filter struct {
	Split     string   // one of Splits; "": any
	Frames    []string // frames that head the meaning; none: any
	Languages []string // that texts are made in; none: all
	MaxUnits  int      // longest text in tokens of the parser; 0: any
}

// tries is how often in a row a draw may fail before Generate gives up.
const tries = 20000

// Generate composes n sentences of different meanings. The same seed gives the same
// sentences on every platform.
func (g *Grammar) Generate(seed uint64, n int, filter Filter) ([]Sentence, error) {
	tops, err := g.topFrames(filter.Frames)
	if err != nil {
		return nil, err
	}
	if filter.Split != "" && !slices.Contains(Splits, filter.Split) {
		return nil, fmt.Errorf("everyday sentences have no split %q; they have %s", filter.Split, strings.Join(Splits, ", "))
	}
	if len(filter.Languages) == 0 {
		filter.Languages = g.Languages()
	}
	random := newRandom(seed)
	seen := map[string]bool{}
	var sentences []Sentence
	for failed := 0; len(sentences) < n; failed++ {
		if failed > tries {
			return sentences, fmt.Errorf("only %d of %d sentences of different meanings were found; ask for fewer, or for more frames", len(sentences), n)
		}
		m, ok := g.meaning(tops[g.pick(tops, random)], random)
		if !ok || seen[m.String()] {
			continue
		}
		split := g.Split(m)
		if filter.Split != "" && split != filter.Split {
			continue
		}
		texts, err := g.texts(m, filter, random)
		if err != nil {
			return nil, err
		}
		if texts == nil {
			continue
		}
		seen[m.String()] = true
		sentences = append(sentences, Sentence{m, split, texts})
		failed = 0
	}
	return sentences, nil
}

// newRandom gives the same numbers for a seed on every platform.
func newRandom(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x646f6e677975721)) }

func (g *Grammar) topFrames(names []string) ([]*Frame, error) {
	var tops []*Frame
	for _, f := range g.Frames {
		if slices.ContainsFunc(f.Categories, func(c string) bool { return slices.Contains(g.set.tops, c) }) && (len(names) == 0 || slices.Contains(names, f.Name)) {
			tops = append(tops, f)
		}
	}
	if len(tops) == 0 {
		return nil, fmt.Errorf("no whole sentence has the frames %s", strings.Join(names, ", "))
	}
	return tops, nil
}

// SentenceFrames are the names of the frames of whole sentences.
func (g *Grammar) SentenceFrames() []string {
	frames, err := g.topFrames(nil)
	if err != nil {
		return nil
	}
	names := make([]string, len(frames))
	for i, f := range frames {
		names[i] = f.Name
	}
	return names
}

// texts says a meaning in all languages; nil if one of them cannot.
func (g *Grammar) texts(m Meaning, filter Filter, random *rand.Rand) (map[string]string, error) {
	texts := map[string]string{}
	for _, tag := range filter.Languages {
		s, err := g.syntax(tag)
		if err != nil {
			return nil, err
		}
		t, err := s.tree(m)
		if err != nil {
			return nil, errors.Join(errors.New("a generated meaning cannot be read"), err)
		}
		pieces, ok := s.say(t, 0, random, nil)
		if !ok {
			return nil, nil
		}
		texts[tag] = s.language.Join(pieces)
		if filter.MaxUnits > 0 && len(s.language.Tokens(texts[tag])) > filter.MaxUnits {
			return nil, nil
		}
	}
	return texts, nil
}

// pick draws a frame by weight.
func (g *Grammar) pick(frames []*Frame, random *rand.Rand) int {
	total := 0.0
	for _, f := range frames {
		total += f.Weight
	}
	u := random.Float64() * total
	for i, f := range frames {
		if u -= f.Weight; u < 0 {
			return i
		}
	}
	return len(frames) - 1
}

// filledShare is how often an optional slot is filled.
const filledShare = .4

// meaning fills a frame at random.
func (g *Grammar) meaning(f *Frame, random *rand.Rand) (Meaning, bool) { return g.fill(f, nil, random) }

// need is what the frames around a slot ask of it: kinds, =keys and !not, all at once.
type need []string

// fill fills a frame whose parts are to meet needs.
func (g *Grammar) fill(f *Frame, needs map[string][]need, random *rand.Rand) (Meaning, bool) {
	m := Meaning{Head: f.Name}
	values := map[string]string{}
	for _, p := range f.parts {
		if p.category == "" {
			values[p.name] = p.values[random.IntN(len(p.values))]
		}
	}
	for _, p := range f.parts {
		if p.category == "" {
			m.Parts = append(m.Parts, Part{p.name, Meaning{Head: values[p.name]}})
			continue
		}
		if p.optional && random.Float64() >= filledShare {
			continue
		}
		allows := make(need, len(p.allows))
		for i, allowed := range p.allows {
			if feature, ok := strings.CutPrefix(allowed, "$"); ok {
				allowed = values[feature]
			}
			allows[i] = allowed
		}
		filler, ok := g.filler(p.category, append(slices.Clone(needs[p.name]), allows), random)
		if !ok {
			return m, false
		}
		m.Parts = append(m.Parts, Part{p.name, filler})
	}
	return m, distinct(m)
}

// candidates are the entries or frames of a category that can meet needs.
type candidates struct {
	entries []*Entry
	frames  []*Frame
}

// candidates finds them once for all draws.
func (g *Grammar) candidates(category string, needs []need) candidates {
	var key strings.Builder
	key.WriteString(category)
	for _, n := range needs {
		key.WriteByte('/')
		key.WriteString(strings.Join(n, " "))
	}
	if known, ok := g.known.Load(key.String()); ok {
		return known.(candidates)
	}
	var c candidates
	for _, e := range g.entries[category] {
		if e.meets(needs) {
			c.entries = append(c.entries, e)
		}
	}
	for _, f := range g.byCategory[category] {
		if g.canMeet(f, needs) {
			c.frames = append(c.frames, f)
		}
	}
	g.known.Store(key.String(), c)
	return c
}

// filler draws what fills a slot.
func (g *Grammar) filler(category string, needs []need, random *rand.Rand) (Meaning, bool) {
	c := g.candidates(category, needs)
	if len(c.entries) > 0 {
		return Meaning{Head: c.entries[random.IntN(len(c.entries))].Key}, true
	}
	if len(c.frames) == 0 {
		return Meaning{}, false
	}
	f := c.frames[g.pick(c.frames, random)]
	passed := map[string][]need{}
	for _, given := range f.gives {
		if given.feature == "kind" && given.slot != "" {
			passed[given.slot] = needs
		}
	}
	return g.fill(f, passed, random)
}

// canMeet tells whether a phrase of a frame can be of the kinds asked for.
func (g *Grammar) canMeet(f *Frame, needs []need) bool {
	kind := ""
	for _, given := range f.gives {
		if given.feature != "kind" {
			continue
		}
		if given.slot == "" {
			kind = given.of
			break
		}
		p := f.part(given.slot)
		c := g.candidates(p.category, append(slices.Clone(needs), need(p.allows)))
		return len(c.entries) > 0 || len(c.frames) > 0
	}
	for _, n := range needs {
		if !n.met(kind, "") {
			return false
		}
	}
	return true
}

func (e *Entry) meets(needs []need) bool {
	for _, n := range needs {
		if !n.met(e.Kind, e.Key) {
			return false
		}
	}
	return true
}

// met tells whether a kind or key is among those asked for.
func (n need) met(kind, key string) bool {
	asked, found := false, false
	for _, want := range n {
		if not, ok := strings.CutPrefix(want, "!"); ok {
			if not == kind || not == key {
				return false
			}
			continue
		}
		asked = true
		found = found || want == kind || want[0] == '=' && want[1:] == key
	}
	return found || !asked
}

// distinct refuses a sentence in which the same thing stands twice beside itself: a
// mother who helps the mother.
func distinct(m Meaning) bool {
	for i, p := range m.Parts {
		for _, q := range m.Parts[i+1:] {
			if len(p.Value.Parts) > 0 && core(p.Value) == core(q.Value) {
				return false
			}
			if len(p.Value.Parts) == 0 && len(q.Value.Parts) == 0 && p.Value.Head == q.Value.Head && p.Name != "polarity" {
				return false
			}
		}
	}
	return true
}

// core is the last concept of a phrase, which it is about.
func core(m Meaning) string {
	for len(m.Parts) > 0 {
		m = m.Parts[len(m.Parts)-1].Value
	}
	return m.Head
}
