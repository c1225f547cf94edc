package grammar

import (
	"slices"
	"strings"
)

// Splits of everyday sentences. A meaning stands in one of them, whatever its wording.
const (
	Train      = "train"
	Dev        = "dev"
	Test       = "test"
	TestWords  = "test-words"  // with a word that training has in word lists and introducing frames only
	TestFrames = "test-frames" // frames joined as training never joins them
)

// Splits are all of them.
var Splits = []string{Train, Dev, Test, TestWords, TestFrames}

const (
	heldShare  = .04 // of meanings, for dev and for test each
	wordShare  = .06 // of words that training does not use
	frameShare = .12 // of joins of frames that training does not use
	joined     = 2   // frames that a held-out join has at least
)

// Split is the part that a meaning belongs to, by hashes that never change.
func (g *Grammar) Split(m Meaning) string {
	pattern, frames := g.pattern(m)
	if frames >= joined && share(hashString("pattern "+pattern)) < frameShare {
		return TestFrames
	}
	if f := g.byName[m.Head]; f != nil && !f.Introduces && g.hasHeldWord(m) {
		return TestWords
	}
	switch u := share(hashString("split " + m.String())); {
	case u < heldShare:
		return Dev
	case u < 2*heldShare:
		return Test
	}
	return Train
}

// pattern is how sentences and acts are joined in a meaning, without words and without the
// phrases for people and things; it also counts them.
func (g *Grammar) pattern(m Meaning) (string, int) {
	var names []string
	m.walk("", func(path string, node Meaning) {
		if f := g.byName[node.Head]; f != nil && !f.isThing() {
			names = append(names, path+"="+node.Head)
		}
	})
	return strings.Join(names, " "), len(names)
}

// isThing tells whether a frame is about people, things or places: it gives a kind.
func (f *Frame) isThing() bool {
	return slices.ContainsFunc(f.gives, func(g give) bool { return g.feature == "kind" })
}

func (g *Grammar) hasHeldWord(m Meaning) bool {
	held := false
	m.walk("", func(_ string, node Meaning) { held = held || g.HeldWord(node.Head) })
	return held
}

// heldCategories are those whose words may be kept out of training: a language has
// thousands of them.
var heldCategories = []string{"noun", "verb", "adj"}

// minKind is how many words a kind has at least when one may be kept out.
const minKind = 6

// HeldWord tells whether training keeps a concept to word lists and introducing frames.
func (g *Grammar) HeldWord(key string) bool { return g.held[key] }

// holdWords chooses the words that training does not use.
func (g *Grammar) holdWords() {
	alike := map[string]int{}
	for _, e := range g.Lexicon.Entries {
		alike[e.Cat+" "+e.Kind]++
	}
	g.held = map[string]bool{}
	for _, e := range g.Lexicon.Entries {
		g.held[e.Key] = slices.Contains(heldCategories, e.Cat) && alike[e.Cat+" "+e.Kind] >= minKind && share(hashString("word "+e.Key)) < wordShare
	}
}
