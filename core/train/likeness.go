package train

import (
	"cmp"
	"slices"

	"github.com/dongyur/dongyur/core/language"
)

// likeness finds the pairs whose left sides have the most units (syllables, characters,
// words) in common with another's: what an encoder that goes by single words mistakes
// for it, and so the negatives that teach it most.
type likeness struct {
	pairs  []Pair
	units  [][]int32 // by pair: its distinct units, rarest first
	holder [][]int32 // by unit: the pairs that have it
}

// Of a pair's units the rarest lead to candidates; a unit that more pairs than
// commonUnit have leads to none.
const (
	leadingUnits = 6
	commonUnit   = 400
)

func newLikeness(pairs []Pair) *likeness {
	l := &likeness{pairs: pairs, units: make([][]int32, len(pairs))}
	number := map[string]int32{}
	for i, pair := range pairs {
		for _, u := range language.Units(pair.A, "") {
			n, known := number[u]
			if !known {
				n = int32(len(l.holder))
				number[u] = n
				l.holder = append(l.holder, nil)
			}
			if holders := l.holder[n]; len(holders) == 0 || holders[len(holders)-1] != int32(i) {
				l.holder[n] = append(holders, int32(i))
				l.units[i] = append(l.units[i], n)
			}
		}
	}
	for _, units := range l.units {
		slices.SortFunc(units, func(a, b int32) int {
			return cmp.Or(cmp.Compare(len(l.holder[a]), len(l.holder[b])), cmp.Compare(a, b))
		})
	}
	return l
}

// nearest gives up to count pairs, the most alike first, that share neither side with
// pair i: by the share of units that both have of those that either has.
func (l *likeness) nearest(i, count int) []int {
	type candidate struct {
		pair  int32
		share float64
	}
	var found []candidate
	tried := map[int32]bool{int32(i): true}
	for _, u := range l.units[i][:min(leadingUnits, len(l.units[i]))] {
		if len(l.holder[u]) > commonUnit {
			break
		}
		for _, j := range l.holder[u] {
			if !tried[j] && l.pairs[j].A != l.pairs[i].A && l.pairs[j].B != l.pairs[i].B {
				found = append(found, candidate{j, l.share(i, int(j))})
			}
			tried[j] = true
		}
	}
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.share, a.share), cmp.Compare(a.pair, b.pair))
	})
	var out []int
	for _, c := range found[:min(count, len(found))] {
		out = append(out, int(c.pair))
	}
	return out
}

// share is the Jaccard similarity of two pairs' units.
func (l *likeness) share(i, j int) float64 {
	both := 0
	for _, u := range l.units[i] {
		if slices.Contains(l.units[j], u) {
			both++
		}
	}
	return float64(both) / float64(len(l.units[i])+len(l.units[j])-both)
}
