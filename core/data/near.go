package data

import (
	"cmp"
	"slices"

	"github.com/dongyur/dongyur/core/task"
)

const (
	// nearShare is the Jaccard similarity of two texts' shingles from which on they
	// count as near-identical: one changed unit in a text of ten leaves 0.64.
	nearShare = 0.6
	// shingleLength is the number of units in a shingle.
	shingleLength = 2
)

// Match says that two examples have nearly the same text.
type Match struct {
	Index  int     // of the later example, or of the one held out
	Of     int     // of the earlier example, or of the one trained on
	Field  string  // "source" or "reference"
	Exact  bool    // the same but for case, punctuation, spaces and numbers
	Shared float64 // Jaccard similarity of their two-unit shingles, 1 when Exact
}

// Duplicates marks each example whose source is that of an earlier one, exactly or
// nearly (Jaccard similarity of two-unit shingles at least 0.6; units are tsheg
// syllables, Han characters and words). Of several earlier ones the closest is named.
func Duplicates(examples []task.Example) []Match {
	texts := make([]string, len(examples))
	for i, e := range examples {
		texts[i] = e.Source
	}
	s := newShingled(texts)
	index := newNearIndex(s)
	var out []Match
	for i := range texts {
		if m, ok := index.closest(i); ok {
			m.Field = columnSource
			out = append(out, m)
		}
		index.add(i)
	}
	return out
}

// Leaks marks each held-out example whose source or reference is, exactly or nearly,
// that of an example trained on. Index is into held, Of into train.
func Leaks(train, held []task.Example) []Match {
	var out []Match
	fields := []struct {
		name string
		of   func(task.Example) string
	}{
		{columnSource, func(e task.Example) string { return e.Source }},
		{columnReference, func(e task.Example) string { return e.Reference }},
	}
	for _, field := range fields {
		texts := make([]string, 0, len(train)+len(held))
		for _, e := range train {
			texts = append(texts, field.of(e))
		}
		for _, e := range held {
			texts = append(texts, field.of(e))
		}
		s := newShingled(texts)
		index := newNearIndex(s)
		for i := range train {
			index.add(i)
		}
		for i := range held {
			if m, ok := index.closest(len(train) + i); ok {
				m.Index, m.Field = i, field.name
				out = append(out, m)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Match) int { return cmp.Compare(a.Index, b.Index) })
	return out
}

// shingled holds each text as its key and its distinct shingles, numbered so that
// rarer shingles come first.
type shingled struct {
	keys  []string
	texts [][]int
}

func newShingled(texts []string) shingled {
	s := shingled{keys: make([]string, len(texts)), texts: make([][]int, len(texts))}
	number := map[string]int{}
	var count []int
	for i, text := range texts {
		s.keys[i] = normalKey(text)
		units := normalUnits(text)
		for j := 0; j+shingleLength <= len(units); j++ {
			name := units[j] + " " + units[j+1]
			n, known := number[name]
			if !known {
				n = len(count)
				number[name] = n
				count = append(count, 0)
			}
			s.texts[i] = append(s.texts[i], n)
		}
		slices.Sort(s.texts[i])
		s.texts[i] = slices.Compact(s.texts[i])
		for _, n := range s.texts[i] {
			count[n]++
		}
	}
	order := make([]int, len(count))
	for n := range order {
		order[n] = n
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(count[a], count[b]), cmp.Compare(a, b)) })
	rank := make([]int, len(count))
	for r, n := range order {
		rank[n] = r
	}
	for _, shingles := range s.texts {
		for j, n := range shingles {
			shingles[j] = rank[n]
		}
		slices.Sort(shingles)
	}
	return s
}

// nearIndex finds near-identical texts without comparing all pairs. Two sets with
// Jaccard similarity t or more share an element among the first (1−t)·size+1 of
// each in one global order (the prefix filter of Bayardo, Ma and Srikant 2007), and
// with the rarest shingles first few texts share one.
type nearIndex struct {
	s       shingled
	byKey   map[string]int
	byFirst map[int][]int // shingle → texts that have it in their prefix
	tried   []int         // text → the last one it was compared with
}

func newNearIndex(s shingled) *nearIndex {
	tried := make([]int, len(s.texts))
	for i := range tried {
		tried[i] = -1
	}
	return &nearIndex{s: s, byKey: map[string]int{}, byFirst: map[int][]int{}, tried: tried}
}

func prefix(shingles []int) []int {
	size := len(shingles)
	keep := size - int(nearShare*float64(size)+0.999999) + 1
	return shingles[:max(0, min(size, keep))]
}

func (x *nearIndex) add(i int) {
	if _, seen := x.byKey[x.s.keys[i]]; seen {
		return // an exact copy adds nothing to find
	}
	x.byKey[x.s.keys[i]] = i
	for _, n := range prefix(x.s.texts[i]) {
		x.byFirst[n] = append(x.byFirst[n], i)
	}
}

// closest returns the most similar text in the index, the first of equals.
func (x *nearIndex) closest(i int) (Match, bool) {
	if x.s.keys[i] == "" {
		return Match{}, false
	}
	if of, ok := x.byKey[x.s.keys[i]]; ok {
		return Match{Index: i, Of: of, Exact: true, Shared: 1}, true
	}
	best := Match{Index: i}
	for _, n := range prefix(x.s.texts[i]) {
		for _, of := range x.byFirst[n] {
			if x.tried[of] == i {
				continue
			}
			x.tried[of] = i
			shared := jaccard(x.s.texts[i], x.s.texts[of])
			if shared > best.Shared || shared == best.Shared && of < best.Of {
				best.Shared, best.Of = shared, of
			}
		}
	}
	return best, best.Shared >= nearShare
}

// jaccard compares two ascending sets. It stops, and gives 0, as soon as they cannot
// reach nearShare any more.
func jaccard[E cmp.Ordered](a, b []E) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	both := 0
	need := int(nearShare / (1 + nearShare) * float64(len(a)+len(b)))
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case both+min(len(a)-i, len(b)-j) < need:
			return 0
		case a[i] == b[j]:
			both++
			i++
			j++
		case a[i] < b[j]:
			i++
		default:
			j++
		}
	}
	return float64(both) / float64(len(a)+len(b)-both)
}
