package data

import (
	"fmt"
	"iter"
	"slices"
	"strconv"
	"sync"

	"github.com/dongyur/dongyur/core/grammar"
)

// EverydaySet is the name of the set that the grammar composes.
const EverydaySet = "everyday"

// Drawn is the catalogue with another draw from a set that is composed: so many training
// sentences (0: as many as it says), by another seed. Sentences that are held out stay.
func (c *Catalogue) Drawn(set string, count int, seed uint64) (*Catalogue, error) {
	s, err := c.Set(set)
	if err != nil {
		return nil, err
	}
	if s.Composed == nil {
		return nil, fmt.Errorf("data set %s is not composed: its rows are what they are; leave out count and seed", set)
	}
	if count > 0 {
		s.drawnCount = count
	}
	s.drawnSeed = seed
	drawn := &Catalogue{Sets: slices.Clone(c.Sets), Folder: c.Folder}
	drawn.Sets[slices.IndexFunc(c.Sets, func(other Set) bool { return other.Name == set })] = s
	return drawn, nil
}

// Words are the concepts of a composed set in two languages: each wording in the one
// with the main wording in the other. They have no split: a word list is how a learner
// meets words that training sentences do not have.
func (c *Catalogue) Words(set, from, to string) ([][2]string, error) {
	s, err := c.Set(set)
	if err != nil {
		return nil, err
	}
	if s.Composed == nil {
		return nil, fmt.Errorf("data set %s has no word list; %s has", set, EverydaySet)
	}
	for _, code := range []string{from, to} {
		if !slices.Contains(s.Languages, code) {
			return nil, fmt.Errorf("words of %s: the set does not have the language %q", set, code)
		}
	}
	var pairs [][2]string
	seen := map[[2]string]bool{}
	for _, e := range grammar.Everyday().Lexicon.Entries {
		main := e.Texts(to)
		for _, word := range e.Texts(from) {
			if len(main) == 0 {
				break
			}
			pair := [2]string{word, main[0]}
			if !seen[pair] {
				seen[pair] = true
				pairs = append(pairs, pair)
			}
		}
	}
	return pairs, nil
}

// drawing is one draw of sentences; draws are kept, as several sources of a recipe read
// the same one.
type drawing struct {
	seed  uint64
	count int
	split string
}

var drawings sync.Map // of func() ([]grammar.Sentence, error), by drawing

func (d drawing) sentences() ([]grammar.Sentence, error) {
	of, _ := drawings.LoadOrStore(d, sync.OnceValues(func() ([]grammar.Sentence, error) {
		return grammar.Everyday().Generate(d.seed, d.count, grammar.Filter{Split: d.split})
	}))
	return of.(func() ([]grammar.Sentence, error))()
}

// composed yields the sentences of a split, of all splits without one.
func (s Set) composed(split string) iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		line := 0
		for i, name := range s.Splits {
			// A seed a split: the splits are of different meanings anyway.
			d := drawing{seed: uint64(i), count: s.Composed[name], split: name}
			if name == Train {
				d.seed += s.drawnSeed << 8
				if s.drawnCount > 0 {
					d.count = s.drawnCount
				}
			}
			if split != "" && split != name {
				continue
			}
			sentences, err := d.sentences()
			if err != nil {
				yield(record{}, err)
				return
			}
			for _, sentence := range sentences {
				line++
				values := map[string]string{"id": s.Name + "-" + name + "-" + strconv.Itoa(line), "split": name, "meaning": sentence.Meaning.String(), "reviewed": s.Reviewed}
				for tag, text := range sentence.Texts {
					values[tag] = text
				}
				if !yield(record{line, values}, nil) {
					return
				}
			}
		}
	}
}
