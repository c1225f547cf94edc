package data

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/dongyur/dongyur/core/task"
)

// Near-copies of texts that models are measured on are found in three ways. Units are
// tsheg syllables, Han characters and words; case, punctuation, spaces and the value
// of numbers do not count.
//
//   - Exact: the same units.
//   - Near: Jaccard similarity of the two-unit shingles at least 0.6, as in Leaks.
//   - Contained: at least half of the five-unit shingles of the shorter text stand in
//     the other, and it has 8 of them or more (12 units), so that a passage inside a
//     long document is found and a common phrase is not.
const (
	containedShare  = 0.5
	containedLength = 5
	containedLeast  = 8
)

// Overlap is how a text is that of a set that models are measured on.
type Overlap struct {
	Set  string
	Kind string // OverlapExact, OverlapNear or OverlapContained
}

// Kinds of Overlap.
const (
	OverlapExact     = "exact"
	OverlapNear      = "near"
	OverlapContained = "contained"
)

// HeldOut knows the texts that models are measured on.
type HeldOut struct {
	// Missing are sets whose files are not here; nothing was compared with them.
	Missing []string

	sets      []string // by text
	keys      map[string]int
	pairs     [][]uint64 // by text: two-unit shingles, ascending
	byPair    map[uint64][]int
	passages  []int // by text: how many five-unit shingles it has
	byPassage map[uint64][]int
}

// NewHeldOut makes an index of no texts.
func NewHeldOut() *HeldOut {
	return &HeldOut{keys: map[string]int{}, byPair: map[uint64][]int{}, byPassage: map[uint64][]int{}}
}

// HeldOut indexes what every set of the catalogue holds out: the splits but Train, and
// all of the sets for evaluation only; questions of facts with their answers, and the
// sentences of probes. A set whose file is not here is named in Missing.
func (c *Catalogue) HeldOut() (*HeldOut, error) {
	h := NewHeldOut()
	for _, s := range c.Sets {
		texts, err := c.heldTexts(s)
		if errors.Is(err, fs.ErrNotExist) {
			h.Missing = append(h.Missing, s.Name)
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("held-out texts: %w", err)
		}
		for _, text := range texts {
			h.Add(s.Name, text)
		}
	}
	return h, nil
}

// heldSplits are the splits that are not trained on.
func (s Set) heldSplits() []string {
	splits := s.Splits
	if len(splits) == 0 && s.Held > 0 {
		splits = []string{Dev, Test}
	}
	return slices.DeleteFunc(slices.Clone(splits), func(split string) bool { return split == Train })
}

// MeasuredSplit is the split to measure on: test, or dev of a set that has no test.
func (s Set) MeasuredSplit() string {
	if held := s.heldSplits(); !slices.Contains(held, Test) && slices.Contains(held, Dev) {
		return Dev
	}
	return Test
}

// heldTexts are a set's held-out texts, in all its languages.
func (c *Catalogue) heldTexts(s Set) ([]string, error) {
	switch s.Name {
	case klarTemplatesSet:
		return nil, nil
	case ProbesSet:
		return c.probeTexts(s)
	case GeoSet, KLARSet:
		return c.factTexts(s)
	}
	var texts []string
	for _, split := range s.heldSplits() {
		if slices.Contains(s.Tasks, task.Headline) && !slices.Contains(s.Tasks, task.Translate) {
			examples, err := c.Examples(s.Name, task.Headline, s.Languages[0], s.Languages[0], split)
			if err != nil {
				return nil, err
			}
			for _, e := range examples {
				texts = append(texts, e.Source, e.Reference)
			}
			continue
		}
		for _, code := range s.Languages {
			for text, err := range c.TextsSplit(s.Name, code, split) {
				if err != nil {
					return nil, err
				}
				texts = append(texts, text)
			}
		}
	}
	return texts, nil
}

// factTexts are held-out questions, each with its answer.
func (c *Catalogue) factTexts(s Set) ([]string, error) {
	splits := s.heldSplits()
	if s.EvaluationOnly {
		splits = []string{""}
	}
	var texts []string
	for _, split := range splits {
		facts, err := c.Facts(s.Name, split, nil, 0)
		if err != nil {
			return nil, err
		}
		for _, f := range facts {
			for _, code := range f.Languages {
				texts = append(texts, f.Prompts[code]+f.Answers(code)[0])
			}
		}
	}
	return texts, nil
}

// probeTexts are the sentences of all probes.
func (c *Catalogue) probeTexts(s Set) ([]string, error) {
	var texts []string
	for r, err := range c.records(s) {
		if err != nil {
			return nil, err
		}
		for _, name := range []string{"good", "premise", "question"} {
			if text := r.values[name]; text != "" {
				texts = append(texts, text)
			}
		}
	}
	return texts, nil
}

// Add puts a text of a set into the index.
func (h *HeldOut) Add(set, text string) {
	key := normalKey(text)
	if _, seen := h.keys[key]; seen || key == "" {
		return
	}
	i := len(h.sets)
	h.keys[key] = i
	h.sets = append(h.sets, set)
	units := normalUnits(text)
	pairs, passages := shingles(units, shingleLength), shingles(units, containedLength)
	h.pairs = append(h.pairs, pairs)
	for _, n := range pairs {
		h.byPair[n] = append(h.byPair[n], i)
	}
	h.passages = append(h.passages, len(passages))
	if len(passages) >= containedLeast {
		for _, n := range passages {
			h.byPassage[n] = append(h.byPassage[n], i)
		}
	}
}

// Texts counts the texts of the index.
func (h *HeldOut) Texts() int { return len(h.sets) }

// Find tells whether a text is, exactly or nearly, one of the index, or shares a
// passage with one.
func (h *HeldOut) Find(text string) (Overlap, bool) {
	if i, ok := h.keys[normalKey(text)]; ok {
		return Overlap{h.sets[i], OverlapExact}, true
	}
	units := normalUnits(text)
	if i, ok := h.near(shingles(units, shingleLength)); ok {
		return Overlap{h.sets[i], OverlapNear}, true
	}
	if i, ok := h.contained(shingles(units, containedLength)); ok {
		return Overlap{h.sets[i], OverlapContained}, true
	}
	return Overlap{}, false
}

// near finds a text with a Jaccard similarity of nearShare or more. Such a text has at
// least that share of the shingles, so one of the rarest (1−nearShare)·size+1 is its
// own: the prefix filter of nearIndex.
func (h *HeldOut) near(pairs []uint64) (int, bool) {
	order := slices.Clone(pairs)
	slices.SortFunc(order, func(a, b uint64) int {
		return cmp.Or(cmp.Compare(len(h.byPair[a]), len(h.byPair[b])), cmp.Compare(a, b))
	})
	tried := map[int]bool{}
	keep := max(0, len(order)-int(nearShare*float64(len(order))+0.999999)+1)
	for _, n := range order[:min(keep, len(order))] {
		for _, i := range h.byPair[n] {
			if !tried[i] && jaccard(pairs, h.pairs[i]) >= nearShare {
				return i, true
			}
			tried[i] = true
		}
	}
	return 0, false
}

// contained finds a text that holds a passage of this one, or the other way round.
func (h *HeldOut) contained(passages []uint64) (int, bool) {
	if len(passages) < containedLeast {
		return 0, false
	}
	shared := map[int]int{}
	for _, n := range passages {
		for _, i := range h.byPassage[n] {
			shared[i]++
		}
	}
	best, found := 0, false
	for i, n := range shared {
		if float64(n) >= containedShare*float64(min(len(passages), h.passages[i])) && (!found || i < best) {
			best, found = i, true
		}
	}
	return best, found
}

// shingles are the distinct runs of units of a length, as hashes in ascending order.
func shingles(units []string, length int) []uint64 {
	hashes := make([]uint64, len(units))
	for i, u := range units {
		hashes[i] = hashText(u, 0)
	}
	var out []uint64
	for i := 0; i+length <= len(hashes); i++ {
		h := uint64(length)
		for _, next := range hashes[i : i+length] {
			h = mix(h + next)
		}
		out = append(out, h)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
