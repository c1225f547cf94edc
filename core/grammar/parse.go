package grammar

import (
	"slices"
)

// Bounds that keep a parse short whatever it is given.
const (
	maxTokens = 400    // longer texts have no meaning here
	maxItems  = 1024   // readings of one category at one place
	maxSteps  = 300000 // moves in all
)

// Parse gives every meaning that a text has as a whole sentence, none if it has none:
// the text breaks a rule, or is about another world.
func (g *Grammar) Parse(tag, text string) []Meaning {
	s, err := g.syntax(tag)
	if err != nil {
		return nil
	}
	trees := s.parse(s.tokenize(text), false)
	meanings := make([]Meaning, len(trees))
	for i, t := range trees {
		meanings[i] = t.meaning()
	}
	return meanings
}

// tokenize numbers a text's tokens; -1 is one that no wording has.
func (s *syntax) tokenize(text string) []int32 {
	words := s.language.Tokens(text)
	tokens := make([]int32, len(words))
	for i, word := range words {
		n, ok := s.tokens[word]
		if !ok {
			n = -1
		}
		tokens[i] = n
	}
	return tokens
}

// item is a phrase that was found: its form, its end and what it means.
type item struct {
	form int32
	end  int
	tree *tree
}

type parser struct {
	*syntax
	tokens  []int32
	loosely bool     // kinds do not count
	found   [][]item // by category and place
	begun   []bool   // the same
	stack   []*tree
	steps   int
}

// parse gives the trees of whole sentences.
func (s *syntax) parse(tokens []int32, loosely bool) []*tree {
	if len(tokens) == 0 || len(tokens) > maxTokens {
		return nil
	}
	p := parser{syntax: s, tokens: tokens, loosely: loosely}
	places := len(s.categories) * (len(tokens) + 1)
	p.found, p.begun = make([][]item, places), make([]bool, places)
	var trees []*tree
	for _, top := range s.tops {
		for _, it := range p.items(top, 0) {
			if it.end == len(tokens) && !slices.ContainsFunc(trees, func(t *tree) bool { return t.hash == it.tree.hash }) {
				trees = append(trees, it.tree)
			}
		}
	}
	return trees
}

// items are the phrases of a category that begin at a place.
func (p *parser) items(category, at int) []item {
	key := category*(len(p.tokens)+1) + at
	if p.begun[key] {
		return p.found[key]
	}
	p.begun[key] = true
	var items []item
	if category < len(p.roots) && p.roots[category] != nil {
		p.walk(p.roots[category], at, &items)
	} else {
		items = p.lexical(category, at)
	}
	p.found[key] = items
	return items
}

// lexical are the entries of a category that are spelt from a place.
func (p *parser) lexical(category, at int) []item {
	var items []item
	n := p.words
	for end := at; n != nil; end++ {
		for _, hit := range n.hits {
			if hit.category == category {
				items = append(items, item{hit.form, end, hit.leaf})
			}
		}
		if end == len(p.tokens) {
			break
		}
		n = n.next[p.tokens[end]]
	}
	return items
}

// walk follows the productions from a node and adds the phrases that end on the way.
func (p *parser) walk(n *trieNode, at int, items *[]item) {
	if p.steps++; p.steps > maxSteps {
		return
	}
	for _, production := range n.productions {
		p.reduce(production, at, items)
	}
	if at == len(p.tokens) {
		return
	}
	if next := n.terminals[p.tokens[at]]; next != nil {
		p.walk(next, at+1, items)
	}
	for i := range n.slots {
		s := &n.slots[i]
		for _, it := range p.items(s.category, at) {
			for _, e := range s.edges {
				if e.form == it.form && p.filters[e.filter].takes(it.tree, p.loosely) {
					p.stack = append(p.stack, it.tree)
					p.walk(e.next, it.end, items)
					p.stack = p.stack[:len(p.stack)-1]
				}
			}
		}
	}
}

// reduce makes a phrase of a production and the slots on the stack.
func (p *parser) reduce(production *production, at int, items *[]item) {
	slots := make([]*tree, len(production.frame.parts))
	next := len(p.stack) - production.filled
	for _, s := range production.symbols {
		if s.slot < 0 {
			continue
		}
		if before := slots[s.slot]; before != nil && before.hash != p.stack[next].hash {
			return // the same slot twice must be the same thing
		}
		slots[s.slot] = p.stack[next]
		next++
	}
	t := p.phrase(production.frame, production.values, slots)
	for _, it := range *items {
		if it.form == production.form && it.end == at && it.tree.hash == t.hash {
			return
		}
	}
	if len(*items) < maxItems {
		*items = append(*items, item{production.form, at, t})
	}
}
