package data

import (
	"cmp"
	"math"
	"slices"

	"github.com/dongyur/dongyur/core/task"
)

// family is a set of examples that must not be divided: each shares its source or
// its reference, but for case, punctuation and numbers, with another one of them.
type family struct {
	members []int  // indices, ascending
	hash    uint64 // of the text with the smallest hash, so order does not matter
}

// families joins rows that share a text. Each row gives the keys of its texts.
func families(rows [][]string, seed uint64) []family {
	parent := make([]int, len(rows))
	for i := range parent {
		parent[i] = i
	}
	root := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	owner := map[string]int{}
	for i, keys := range rows {
		for _, key := range keys {
			if first, seen := owner[key]; seen {
				parent[root(i)] = root(first)
			} else {
				owner[key] = i
			}
		}
	}
	place := map[int]int{} // root → family
	var out []family
	for i, keys := range rows {
		r := root(i)
		f, known := place[r]
		if !known {
			f = len(out)
			place[r] = f
			out = append(out, family{hash: math.MaxUint64})
		}
		out[f].members = append(out[f].members, i)
		for _, key := range keys {
			out[f].hash = min(out[f].hash, hashText(key, seed))
		}
	}
	for i := range out {
		out[i].hash = mix(out[i].hash) // the least of several is small; mixed, it is even again
	}
	return out
}

// exampleKeys are the texts by which an example belongs to a family. A prefix keeps
// sources and references of different languages apart.
func exampleKeys(e task.Example) []string {
	keys := []string{"s " + normalKey(e.Source)}
	if e.Reference != "" {
		keys = append(keys, "r "+normalKey(e.Reference))
	}
	return keys
}

// Split divides examples into those to train on and a share held, 0 to 1, to measure
// on. Examples that share a source or a reference, but for case, punctuation and
// numbers, stay on one side. The sides depend on the texts and the seed, not on the
// order of the examples; inside each side the order is kept. With 0 < held < 1 and
// examples of at least two kinds, neither side is empty.
func Split(examples []task.Example, held float64, seed uint64) (train, heldOut []task.Example) {
	for i, out := range Divide(examples, held, seed) {
		if out {
			heldOut = append(heldOut, examples[i])
		} else {
			train = append(train, examples[i])
		}
	}
	return train, heldOut
}

// Divide is Split that says of each example whether it is held out.
func Divide(examples []task.Example, held float64, seed uint64) []bool {
	keys := make([][]string, len(examples))
	for i, e := range examples {
		keys[i] = exampleKeys(e)
	}
	groups := families(keys, seed)
	slices.SortFunc(groups, func(a, b family) int { return cmp.Compare(a.hash, b.hash) })
	out := make([]bool, len(examples))
	for _, g := range chooseHeld(groups, len(examples), held) {
		for _, i := range g.members {
			out[i] = true
		}
	}
	return out
}

// chooseHeld takes families in the order of their hashes while they fit into the
// share of n examples. A family too large for what is left is passed over.
func chooseHeld(groups []family, n int, held float64) []family {
	target := int(math.Round(held * float64(n)))
	var chosen []family
	size := 0
	for _, g := range groups {
		if size+len(g.members) <= target {
			chosen = append(chosen, g)
			size += len(g.members)
		}
	}
	if len(groups) < 2 || held <= 0 || held >= 1 {
		return chosen
	}
	switch len(chosen) {
	case 0: // every family is larger than the share: the smallest comes nearest
		chosen = []family{slices.MinFunc(groups, func(a, b family) int { return cmp.Compare(len(a.members), len(b.members)) })}
	case len(groups):
		chosen = chosen[:len(chosen)-1]
	}
	return chosen
}

// Shots samples k examples for few-shot work. The sample depends on the texts, the
// seed and k alone, and samples of one seed are nested: the first 8 of 32 are those
// of k = 8. No two have the same source, but for case, punctuation and numbers, as
// long as there are enough sources; with k above the number of examples all of them
// come back.
func Shots(examples []task.Example, k int, seed uint64) []task.Example {
	type ranked struct {
		example task.Example
		key     string
		hash    uint64
	}
	all := make([]ranked, len(examples))
	for i, e := range examples {
		key := normalKey(e.Source)
		all[i] = ranked{e, key, hashText(key, seed)}
	}
	slices.SortStableFunc(all, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.key, b.key), cmp.Compare(a.example.Source, b.example.Source),
			cmp.Compare(a.example.Reference, b.example.Reference), cmp.Compare(a.example.ID, b.example.ID))
	})
	var first, again []task.Example
	for i, r := range all {
		if i > 0 && r.key == all[i-1].key {
			again = append(again, r.example)
		} else {
			first = append(first, r.example)
		}
	}
	order := append(first, again...)
	return order[:max(0, min(k, len(order)))]
}
