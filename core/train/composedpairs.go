package train

import (
	"fmt"
	"math/rand/v2"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/grammar"
	"github.com/dongyur/dongyur/core/task"
)

// composedSource is a source of sentences that a grammar composed: pairs of one meaning,
// in two languages or ("wordings") twice in one, and wrong versions in which one thing of
// the meaning is changed. Every other wrong version is made of the text, as of real
// ones, so that broken sentences stay negatives too.
func (r *SourceReader) composedSource(s Source) (PairSource, error) {
	if err := s.checkClass(r.Catalogue); err != nil {
		return PairSource{}, err
	}
	catalogue, err := s.drawn(r.Catalogue)
	if err != nil {
		return PairSource{}, err
	}
	from, to := s.From, s.To
	if s.As == "wordings" {
		if from, to = s.Lang, "zh"; s.Lang == to {
			to = "en" // it is not read: the meaning is
		}
	}
	examples, err := catalogue.Examples(s.Set, task.Translate, from, to, data.Train)
	if err != nil {
		return PairSource{}, err
	}
	if s.As == "wordings" {
		to = from
	}
	g, random := grammar.Everyday(), rand.New(rand.NewPCG(s.Seed, 1))
	meanings := make([]grammar.Meaning, len(examples))
	source := PairSource{Name: s.Name(), Weight: s.Weight, Pairs: make([]Pair, len(examples))}
	for i, e := range examples {
		if meanings[i], err = grammar.ParseMeaning(e.Meta["meaning"]); err != nil {
			return PairSource{}, fmt.Errorf("example %s: %w", e.ID, err)
		}
		source.Pairs[i] = Pair{e.Source, e.Reference}
		if s.As == "wordings" {
			if source.Pairs[i].B, err = g.Say(meanings[i], to, random); err != nil {
				return PairSource{}, fmt.Errorf("example %s: %w", e.ID, err)
			}
		}
	}
	source.Wrong = func(i int, random *rand.Rand) Pair {
		wrong, ok := g.Wrong(meanings[i], "", random)
		a, err := g.Say(wrong, from, random)
		if err == nil && ok && random.IntN(2) == 0 {
			if b, err := g.Say(wrong, to, random); err == nil {
				return Pair{a, b}
			}
		}
		return Pair{wrongVersion(source.Pairs[i].A, random), wrongVersion(source.Pairs[i].B, random)}
	}
	count := r.count(s)
	count.Rows = len(source.Pairs)
	r.counts = append(r.counts, *count)
	return source, nil
}
