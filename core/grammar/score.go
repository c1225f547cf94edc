package grammar

// Score says how much of a meaning an answer has kept. Exact: one of the answer's meanings
// is the reference. Slots: F1 of the parts of the meaning (who, what, tense, …) that both
// have, 1 if exact. Well formed: the answer is a sentence of this grammar in that language.
//
// An answer that is no sentence is searched for the words of the lexicon: those that the
// reference has count, frames and features do not, so it stays below 1.
func (g *Grammar) Score(reference Meaning, tag, answer string) (exact bool, slots float64, wellFormed bool) {
	s, err := g.syntax(tag)
	if err != nil {
		return false, 0, false
	}
	tokens := s.tokenize(answer)
	trees := s.parse(tokens, false)
	wanted := reference.facts()
	if len(trees) == 0 {
		// The grammar may be kept where sense is not: the doctor eats a car.
		trees = s.parse(tokens, true)
	}
	for _, t := range trees {
		m := t.meaning()
		if m.Equal(reference) {
			return true, 1, true
		}
		slots = max(slots, f1(wanted, m.facts()))
	}
	if len(trees) > 0 {
		return false, slots, true
	}
	return false, brokenShare * f1(reference.concepts(), s.spot(tokens)), false
}

// facts are the parts of a meaning, by path; a frame is the fact of its head.
type facts map[string]int

func (m Meaning) facts() facts {
	found := facts{}
	m.walk("", func(path string, node Meaning) { found[path+"="+node.Head]++ })
	return found
}

// concepts are the words of a meaning without their places.
func (m Meaning) concepts() facts {
	found := facts{}
	m.walk("", func(_ string, node Meaning) {
		if len(node.Parts) == 0 {
			found[node.Head]++
		}
	})
	return found
}

// brokenShare is what all the right words are worth without a sentence.
const brokenShare = .5

func f1(a, b facts) float64 {
	both, all := 0, 0
	for fact, n := range a {
		both += min(n, b[fact])
		all += n
	}
	for _, n := range b {
		all += n
	}
	if all == 0 {
		return 0
	}
	return 2 * float64(both) / float64(all)
}
