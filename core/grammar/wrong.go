package grammar

import (
	"math/rand/v2"
	"slices"
)

// WrongKinds are the mistakes that Wrong plants: two things in each other's place, as
// agent and patient; what is said denied, or what is denied said; another number;
// another word of its kind; another tense, possessor or the like.
var WrongKinds = []string{"exchanged", "negated", "number", "word", "feature"}

// Wrong is a meaning with one mistake of a kind ("": any), drawn at random. It is as well
// formed as m, so that only who knows the meaning can tell. ok is false where m has
// nothing that the mistake could be made in.
func (g *Grammar) Wrong(m Meaning, kind string, random *rand.Rand) (wrong Meaning, ok bool) {
	kinds := []string{kind}
	if kind == "" {
		kinds = slices.Clone(WrongKinds)
		random.Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
	}
	for _, kind := range kinds {
		wrong := m.clone()
		leaves := g.leaves(&wrong, nil)
		random.Shuffle(len(leaves), func(i, j int) { leaves[i], leaves[j] = leaves[j], leaves[i] })
		if kind == "exchanged" && exchange(leaves) || kind != "exchanged" && g.mistake(leaves, kind, random) {
			if distinctAll(wrong) && !wrong.Equal(m) {
				return wrong, true
			}
		}
	}
	return m, false
}

func (m Meaning) clone() Meaning {
	m.Parts = slices.Clone(m.Parts)
	for i := range m.Parts {
		m.Parts[i].Value = m.Parts[i].Value.clone()
	}
	return m
}

// leaf is a concept or a feature's value inside of a meaning.
type leaf struct {
	node  *Meaning
	entry *Entry     // of a concept
	part  *framePart // what of its frame it fills
}

func (g *Grammar) leaves(m *Meaning, found []leaf) []leaf {
	frame := g.byName[m.Head]
	if frame == nil {
		return found
	}
	for i := range m.Parts {
		part, node := frame.part(m.Parts[i].Name), &m.Parts[i].Value
		if len(node.Parts) > 0 {
			found = g.leaves(node, found)
		} else if entry := g.Lexicon.Entry(node.Head); part != nil && (entry != nil || part.category == "") {
			found = append(found, leaf{node, entry, part})
		}
	}
	return found
}

// exchange puts two concepts that fill slots of one category and of the same kinds in
// each other's place.
func exchange(leaves []leaf) bool {
	for i, a := range leaves {
		for _, b := range leaves[i+1:] {
			if a.entry != nil && b.entry != nil && a.entry.Key != b.entry.Key && a.entry.Cat == b.entry.Cat &&
				a.part.takes(b.entry) && b.part.takes(a.entry) {
				a.node.Head, b.node.Head = b.entry.Key, a.entry.Key
				return true
			}
		}
	}
	return false
}

func (p *framePart) takes(e *Entry) bool { return e.meets([]need{p.allows}) }

// mistake makes one mistake that is not an exchange in the first leaf that it can be made in.
func (g *Grammar) mistake(leaves []leaf, kind string, random *rand.Rand) bool {
	for _, l := range leaves {
		negation := l.entry == nil && l.part.name == "polarity"
		number := l.entry != nil && l.entry.Cat == "num"
		switch {
		case kind == "negated" && negation, kind == "feature" && l.entry == nil && !negation:
			others := slices.DeleteFunc(slices.Clone(l.part.values), func(v string) bool { return v == l.node.Head })
			if len(others) > 0 {
				l.node.Head = others[random.IntN(len(others))]
				return true
			}
		case kind == "number" && number, kind == "word" && l.entry != nil && !number:
			if other := g.another(l, random); other != nil {
				l.node.Head = other.Key
				return true
			}
		}
	}
	return false
}

// another is a concept of the same category and kind that may stand in the same slot.
func (g *Grammar) another(l leaf, random *rand.Rand) *Entry {
	entries := g.candidates(l.part.category, []need{{l.entry.Kind}, l.part.allows}).entries
	entries = slices.DeleteFunc(slices.Clone(entries), func(e *Entry) bool { return e.Key == l.entry.Key })
	if len(entries) == 0 {
		return nil
	}
	return entries[random.IntN(len(entries))]
}

// distinctAll is distinct at every level.
func distinctAll(m Meaning) bool {
	for _, p := range m.Parts {
		if !distinctAll(p.Value) {
			return false
		}
	}
	return distinct(m)
}
