package train

import (
	"iter"
	"slices"

	"github.com/dongyur/dongyur/core/data"
)

// SourceCount is what was read of a source and left out of it: rows that are near a
// text that models are measured on, by kind of overlap and by its set.
type SourceCount struct {
	Source Source
	Rows   int // that were kept
	Kinds  map[string]int
	Sets   map[string]int
}

// Dropped is how many rows were left out.
func (c SourceCount) Dropped() int {
	n := 0
	for _, count := range c.Kinds {
		n += count
	}
	return n
}

// SourceReader reads the training texts of recipes' sources without those that are
// near a text that models are measured on (data.HeldOut), and counts both.
type SourceReader struct {
	Catalogue *data.Catalogue
	HeldOut   *data.HeldOut

	counts []SourceCount
	known  map[string]*data.Overlap // by text that was compared before; nil: none
}

// NewSourceReader indexes what the catalogue holds out.
func NewSourceReader(catalogue *data.Catalogue) (*SourceReader, error) {
	heldOut, err := catalogue.HeldOut()
	if err != nil {
		return nil, err
	}
	return &SourceReader{Catalogue: catalogue, HeldOut: heldOut, known: map[string]*data.Overlap{}}, nil
}

// Counts are those of the sources read so far, in their order.
func (r *SourceReader) Counts() []SourceCount { return r.counts }

// overlap finds a text that is near one of texts.
func (r *SourceReader) overlap(s Source, texts ...string) *data.Overlap {
	if set, err := r.Catalogue.Set(s.Set); err == nil && set.Composed != nil {
		return nil // its splits are of different meanings, and all its sentences are alike
	}
	for _, text := range texts {
		found, seen := r.known[text]
		if !seen {
			if o, ok := r.HeldOut.Find(text); ok {
				found = &o
			}
			r.known[text] = found
		}
		if found != nil {
			return found
		}
	}
	return nil
}

// kept counts a row of texts and tells whether it may be learnt from.
func (c *SourceCount) kept(found *data.Overlap) bool {
	if found == nil {
		c.Rows++
		return true
	}
	c.Kinds[found.Kind]++
	c.Sets[found.Set]++
	return false
}

// count starts a source's count; the caller adds it to counts when it is complete.
func (r *SourceReader) count(s Source) *SourceCount {
	return &SourceCount{Source: s, Kinds: map[string]int{}, Sets: map[string]int{}}
}

// Texts gives a source's documents.
func (r *SourceReader) Texts(s Source) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if err := s.checkClass(r.Catalogue); err != nil {
			yield("", err)
			return
		}
		catalogue, err := s.drawn(r.Catalogue)
		if err != nil {
			yield("", err)
			return
		}
		count := r.count(s)
		defer func() { r.counts = append(r.counts, *count) }()
		for text, err := range catalogue.TextsWhere(s.Set, s.Lang, data.Train, s.Only) {
			if err != nil {
				yield("", err)
				return
			}
			if count.kept(r.overlap(s, text)) && !yield(text, nil) {
				return
			}
		}
	}
}

// Pairs gives a source's translations or names.
func (r *SourceReader) Pairs(s Source) ([]Pair, error) {
	if err := s.checkClass(r.Catalogue); err != nil {
		return nil, err
	}
	catalogue, err := s.drawn(r.Catalogue)
	if err != nil {
		return nil, err
	}
	pairs, err := s.pairs(catalogue)
	if err != nil {
		return nil, err
	}
	count := r.count(s)
	pairs = slices.DeleteFunc(pairs, func(p Pair) bool { return !count.kept(r.overlap(s, p.A, p.B)) })
	r.counts = append(r.counts, *count)
	return pairs, nil
}
