package grammar

import (
	"fmt"
	"math/rand/v2"
)

// Say writes a meaning in a language. Which of its wordings it takes is random; random
// nil takes the main one.
func (g *Grammar) Say(m Meaning, tag string, random *rand.Rand) (string, error) {
	s, err := g.syntax(tag)
	if err != nil {
		return "", err
	}
	t, err := s.tree(m)
	if err != nil {
		return "", err
	}
	pieces, ok := s.say(t, 0, random, nil)
	if !ok {
		return "", fmt.Errorf("%s has no wording for %s", tag, m)
	}
	return s.language.Join(pieces), nil
}

// Knows tells whether a meaning is one of this grammar.
func (g *Grammar) Knows(m Meaning) bool {
	s, err := g.syntax(languages[0].Tag)
	if err != nil {
		return false
	}
	_, err = s.tree(m)
	return err == nil
}

// tree reads a meaning as the grammar builds it.
func (s *syntax) tree(m Meaning) (*tree, error) {
	f := s.grammar.byName[m.Head]
	if f == nil {
		if leaf := s.leaves[m.Head]; leaf != nil && len(m.Parts) == 0 {
			return leaf, nil
		}
		return nil, fmt.Errorf("%s is neither a frame nor a concept without parts", m.Head)
	}
	values, slots := make([]uint8, len(f.parts)), make([]*tree, len(f.parts))
	next := 0
	for i, p := range f.parts {
		if next == len(m.Parts) || m.Parts[next].Name != p.name {
			if p.category != "" && p.optional {
				continue
			}
			return nil, fmt.Errorf("%s lacks its part %s", m.Head, p.name)
		}
		value := m.Parts[next].Value
		next++
		if p.category == "" {
			v := index(p.values, value.Head)
			if v < 0 {
				return nil, fmt.Errorf("%s: %s cannot be %s", m.Head, p.name, value.Head)
			}
			values[i] = uint8(v)
			continue
		}
		slot, err := s.tree(value)
		if err != nil {
			return nil, err
		}
		values[i], slots[i] = 1, slot
	}
	if next < len(m.Parts) {
		return nil, fmt.Errorf("%s has no part %s, or not there", m.Head, m.Parts[next].Name)
	}
	return s.phrase(f, values, slots), nil
}

func index(values []string, value string) int {
	for i, v := range values {
		if v == value {
			return i
		}
	}
	return -1
}

// say adds the pieces of a tree in a form.
func (s *syntax) say(t *tree, form int32, random *rand.Rand, pieces []string) ([]string, bool) {
	if t.entry != nil {
		texts := s.language.Form(t.entry, s.formNames[form])
		if len(texts) == 0 {
			return pieces, false
		}
		choice := 0
		if random != nil && len(texts) > 1 && random.Float64() < otherWord {
			choice = 1 + random.IntN(len(texts)-1)
		}
		return append(pieces, texts[choice]), true
	}
	candidates := s.productions[productionKey{t.frame.Name, form, string(t.values)}]
	var fitting []*production
	total := 0.0
	for _, p := range candidates {
		if p.weight > 0 && s.fits(p, t) {
			fitting = append(fitting, p)
			total += p.weight
		}
	}
	// A wording whose slots cannot take the form asked of them gives way to another.
	for len(fitting) > 0 {
		i := draw(fitting, total, random)
		made, ok := s.sayProduction(fitting[i], t, random, pieces)
		if ok {
			return made, true
		}
		total -= fitting[i].weight
		fitting = append(fitting[:i:i], fitting[i+1:]...)
	}
	return pieces, false
}

// otherWord is how often a synonym stands for a concept's main word.
const otherWord = .3

// draw picks by weight; without randomness the heaviest, the first of equals.
func draw(from []*production, total float64, random *rand.Rand) int {
	if random == nil {
		best := 0
		for i, p := range from {
			if p.weight > from[best].weight {
				best = i
			}
		}
		return best
	}
	u := random.Float64() * total
	for i, p := range from {
		if u -= p.weight; u < 0 {
			return i
		}
	}
	return len(from) - 1
}

func (s *syntax) fits(p *production, t *tree) bool {
	for _, sym := range p.symbols {
		if sym.slot >= 0 && !s.filters[sym.filter].takes(t.slots[sym.slot], false) {
			return false
		}
	}
	return true
}

func (s *syntax) sayProduction(p *production, t *tree, random *rand.Rand, pieces []string) ([]string, bool) {
	pieces = pieces[:len(pieces):len(pieces)]
	for _, sym := range p.symbols {
		if sym.slot < 0 {
			pieces = append(pieces, sym.text)
			continue
		}
		var ok bool
		if pieces, ok = s.say(t.slots[sym.slot], sym.form, random, pieces); !ok {
			return pieces, false
		}
	}
	return pieces, true
}
