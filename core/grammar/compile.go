package grammar

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// compiler turns the frames' wordings in one language into productions.
type compiler struct {
	*syntax
	filterIDs map[string]int32
	pending   []request
	asked     map[request]bool
}

// request asks for a category in a form.
type request struct{ category, form string }

// maxProductions bounds what one wording may multiply into.
const maxProductions = 20000

func (g *Grammar) compile(l *Language) (*syntax, error) {
	c := compiler{
		syntax: &syntax{grammar: g, language: l, tokens: map[string]int32{}, categories: map[string]int{}, forms: map[string]int32{},
			words: &wordNode{}, leaves: map[string]*tree{}, productions: map[productionKey][]*production{}},
		filterIDs: map[string]int32{}, asked: map[request]bool{},
	}
	c.feature("kind")
	c.feature("key")
	c.declareFeatures()
	c.addLeaves()
	c.form("")
	for _, top := range g.set.tops {
		if g.byCategory[top] == nil {
			return nil, fmt.Errorf("top %s: no frame is of this category", top)
		}
		c.tops = append(c.tops, c.category(top))
		c.ask(top, "")
	}
	var lexical []request
	for len(c.pending) > 0 {
		r := c.pending[0]
		c.pending = c.pending[1:]
		if g.entries[r.category] != nil {
			lexical = append(lexical, r)
			continue
		}
		if err := c.compileCategory(r); err != nil {
			return nil, fmt.Errorf("%s: %w", l.Tag, err)
		}
	}
	for _, r := range lexical {
		c.addWords(r)
	}
	return c.syntax, c.checkLeftCorners()
}

// declareFeatures numbers all features and their values before a tree is made.
func (c *compiler) declareFeatures() {
	for _, e := range c.grammar.Lexicon.Entries {
		c.value(kindFeature, e.Kind)
		c.value(keyFeature, e.Key)
		features := c.featuresOf(e)
		for _, name := range slices.Sorted(maps.Keys(features)) {
			c.value(c.feature(name), features[name])
		}
	}
	for _, f := range c.grammar.Frames {
		for _, g := range f.gives {
			feature := c.feature(g.feature)
			switch {
			case g.slot != "":
				c.feature(g.of)
			case strings.HasPrefix(g.of, "$"):
				for _, v := range f.part(g.of[1:]).values {
					c.value(feature, v)
				}
			default:
				c.value(feature, g.of)
			}
		}
	}
}

// featuresOf joins what holds of an entry in every language and in this one.
func (c *compiler) featuresOf(e *Entry) map[string]string {
	features := maps.Clone(c.language.Features(e))
	if features == nil {
		features = map[string]string{}
	}
	maps.Copy(features, e.features)
	return features
}

func (c *compiler) addLeaves() {
	for _, e := range c.grammar.Lexicon.Entries {
		t := &tree{entry: e, features: make([]uint16, len(c.features)), hash: hashString(e.Key)}
		t.features[kindFeature], t.features[keyFeature] = c.value(kindFeature, e.Kind), c.value(keyFeature, e.Key)
		for name, v := range c.featuresOf(e) {
			t.features[c.feature(name)] = c.value(c.feature(name), v)
		}
		c.leaves[e.Key] = t
	}
}

func (c *compiler) ask(category, form string) {
	if r := (request{category, form}); !c.asked[r] {
		c.asked[r] = true
		c.pending = append(c.pending, r)
	}
}

// addWords puts the spellings of a category's entries in a form where the parser looks.
func (c *compiler) addWords(r request) {
	category, form := c.category(r.category), c.form(r.form)
	for _, e := range c.grammar.entries[r.category] {
		texts := c.language.Form(e, r.form)
		if polite := e.polite[c.language.Tag]; polite != nil {
			texts = append(slices.Clone(texts), c.language.Form(polite, r.form)...)
		}
		for _, text := range texts {
			at := c.words
			for _, token := range c.literalTokens(text) {
				if at.next == nil {
					at.next = map[int32]*wordNode{}
				}
				if at.next[token] == nil {
					at.next[token] = &wordNode{}
				}
				at = at.next[token]
			}
			hit := wordHit{category, form, c.leaves[e.Key]}
			if at != c.words && !slices.Contains(at.hits, hit) {
				at.hits = append(at.hits, hit)
			}
		}
	}
}

func (c *compiler) compileCategory(r request) error {
	for _, f := range c.grammar.byCategory[r.category] {
		if len(f.wordings[c.language.Tag]) == 0 {
			return fmt.Errorf("%s: the frame %s has no wording in %s", f.line, f.Name, c.language.Tag)
		}
		for i, w := range f.wordings[c.language.Tag] {
			if err := c.compileWording(f, r, w, i); err != nil {
				return fmt.Errorf("%s: frame %s: %w", w.line, f.Name, err)
			}
		}
	}
	return nil
}

// compileWording expands one line; the first line of a frame is the most common one.
func (c *compiler) compileWording(f *Frame, r request, w wording, place int) error {
	e := expander{compiler: c, frame: f, form: r.form, values: make([]int, len(f.parts))}
	for i, p := range f.parts {
		e.values[i] = -1
		if p.category == "" && len(p.values) == 1 || p.category != "" && !p.optional {
			e.values[i] = 0
		}
	}
	weight := 1.0
	if place > 0 {
		weight = .5
	}
	count := 0
	e.expand(w.pattern, state{weight: weight, values: e.values}, "", func(s state) {
		if count++; count > maxProductions {
			e.fail("the wording multiplies into more than %d", maxProductions)
			return
		}
		e.finish(s, r)
	})
	if e.err == nil && count == 0 && r.form == "" {
		e.fail("the wording can never be written")
	}
	return e.err
}

// add puts a production into the tables of the writer and of the parser.
func (c *compiler) add(p *production, category string) {
	key := productionKey{p.frame.Name, p.form, string(p.values)}
	c.productions[key] = append(c.productions[key], p)
	n := c.category(category)
	for len(c.roots) <= n {
		c.roots = append(c.roots, nil)
	}
	if c.roots[n] == nil {
		c.roots[n] = &trieNode{}
	}
	at := c.roots[n]
	for _, s := range p.symbols {
		if s.slot < 0 {
			for _, token := range s.tokens {
				at = at.terminal(token)
			}
			continue
		}
		at = at.slot(c.category(p.frame.parts[s.slot].category), s.form, s.filter)
	}
	at.productions = append(at.productions, p)
}

func (n *trieNode) terminal(token int32) *trieNode {
	if n.terminals == nil {
		n.terminals = map[int32]*trieNode{}
	}
	if n.terminals[token] == nil {
		n.terminals[token] = &trieNode{}
	}
	return n.terminals[token]
}

func (n *trieNode) slot(category int, form, filter int32) *trieNode {
	i := slices.IndexFunc(n.slots, func(s slotEdges) bool { return s.category == category })
	if i < 0 {
		i = len(n.slots)
		n.slots = append(n.slots, slotEdges{category: category})
	}
	for _, e := range n.slots[i].edges {
		if e.form == form && e.filter == filter {
			return e.next
		}
	}
	next := &trieNode{}
	n.slots[i].edges = append(n.slots[i].edges, edge{form, filter, next})
	return next
}

// filterID numbers a filter; equal ones share a number.
func (c *compiler) filterID(f filter) int32 {
	key := fmt.Sprint(f)
	id, ok := c.filterIDs[key]
	if !ok {
		id = int32(len(c.filters))
		c.filters = append(c.filters, f)
		c.filterIDs[key] = id
	}
	return id
}

// want turns what a slot allows into a filter, with the values of the frame's features.
func (c *compiler) want(p framePart, featureValue func(string) string) filter {
	f := filter{}
	add := func(set *map[uint16]bool, v uint16) {
		if *set == nil {
			*set = map[uint16]bool{}
		}
		(*set)[v] = true
	}
	for _, allowed := range p.allows {
		switch name := strings.TrimLeft(allowed, "$=!"); allowed[0] {
		case '$':
			add(&f.kinds, c.value(kindFeature, featureValue(name)))
		case '=':
			add(&f.keys, c.value(keyFeature, name))
		case '!':
			if c.grammar.Lexicon.Entry(name) != nil {
				add(&f.notKeys, c.value(keyFeature, name))
			} else {
				add(&f.notKinds, c.value(kindFeature, name))
			}
		default:
			add(&f.kinds, c.value(kindFeature, name))
		}
	}
	return f
}
