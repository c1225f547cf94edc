package token

import (
	"iter"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// batchBytes is how much text one worker takes at a time.
const batchBytes = 1 << 20

// countPieces counts the pieces of all texts, on every processor.
func countPieces(texts iter.Seq[string], pieces splitter) map[string]int {
	batches := make(chan []string)
	workers := runtime.GOMAXPROCS(0)
	parts := make([]map[string]int, workers)
	var wait sync.WaitGroup
	for i := range workers {
		wait.Go(func() { parts[i] = countBatches(batches, pieces) })
	}
	var batch []string
	size := 0
	for text := range texts {
		batch = append(batch, text)
		if size += len(text); size >= batchBytes {
			batches <- batch
			batch, size = nil, 0
		}
	}
	batches <- batch
	close(batches)
	wait.Wait()
	for _, part := range parts[1:] {
		for piece, n := range part {
			parts[0][piece] += n
		}
	}
	return parts[0]
}

func countBatches(batches <-chan []string, pieces splitter) map[string]int {
	index := map[string]int32{}
	var counts []int
	count := func(piece string) {
		i, ok := index[piece]
		if !ok {
			i = int32(len(counts))
			index[strings.Clone(piece)] = i // a piece must not keep its text
			counts = append(counts, 0)
		}
		counts[i]++
	}
	for batch := range batches {
		for _, text := range batch {
			if text != "" {
				pieces.split(text, func(piece string) { cutPiece(piece, count) })
			}
		}
	}
	out := make(map[string]int, len(counts))
	for piece, i := range index {
		out[piece] = counts[i]
	}
	return out
}

// pairCounts knows how often each pair of neighbouring tokens occurs, and where,
// while merges change the words: the incremental training of the reference.
type pairCounts struct {
	words  [][]int32 // distinct pieces, as tokens
	counts []int     // how often each occurs
	pairs  map[uint64]*pairUse
	heap   []pairEntry
}

type pairUse struct {
	count int
	words []int32 // those that hold the pair or did
}

type pairEntry struct {
	count int
	pair  uint64
}

// above orders the heap: more frequent first, then the smaller ids.
func (e pairEntry) above(other pairEntry) bool {
	return e.count > other.count || e.count == other.count && e.pair < other.pair
}

func newPairCounts(counts map[string]int, byteID *[256]int32) *pairCounts {
	c := &pairCounts{pairs: map[uint64]*pairUse{}}
	for _, piece := range slices.Sorted(maps.Keys(counts)) {
		if len(piece) < 2 {
			continue
		}
		word := make([]int32, len(piece))
		for k := range len(piece) {
			word[k] = byteID[piece[k]]
		}
		w := int32(len(c.words))
		c.words = append(c.words, word)
		c.counts = append(c.counts, counts[piece])
		for k := range len(word) - 1 {
			c.change(word[k], word[k+1], c.counts[w], w)
		}
	}
	for pair, use := range c.pairs {
		c.push(pairEntry{use.count, pair})
	}
	return c
}

// change counts a pair up or down in word w.
func (c *pairCounts) change(left, right int32, by int, w int32) *pairUse {
	use := c.pairs[pairKey(left, right)]
	if use == nil {
		use = &pairUse{}
		c.pairs[pairKey(left, right)] = use
	}
	use.count += by
	if by > 0 && (len(use.words) == 0 || use.words[len(use.words)-1] != w) {
		use.words = append(use.words, w)
	}
	return use
}

// best takes the most frequent pair, if it occurs at least least times. Counts
// in the heap may be too high: such a pair goes back with the true one.
func (c *pairCounts) best(least int) (uint64, bool) {
	for len(c.heap) > 0 {
		top := c.pop()
		now := c.pairs[top.pair].count
		switch {
		case now != top.count:
			if now >= least {
				c.push(pairEntry{now, top.pair})
			}
		case now < max(least, 1):
			return 0, false
		default:
			return top.pair, true
		}
	}
	return 0, false
}

// merge joins the pair to id wherever it occurs and counts what that makes.
func (c *pairCounts) merge(left, right, id int32) {
	grown := map[uint64]struct{}{}
	for _, w := range c.pairs[pairKey(left, right)].words {
		word, n := c.words[w], c.counts[w]
		out := word[:0]
		for i := 0; i < len(word); i++ {
			if word[i] != left || i+1 == len(word) || word[i+1] != right {
				out = append(out, word[i])
				continue
			}
			if len(out) > 0 {
				before := out[len(out)-1]
				c.change(before, left, -n, w)
				c.change(before, id, n, w)
				grown[pairKey(before, id)] = struct{}{}
			}
			out = append(out, id)
			i++
			if i+1 < len(word) {
				after := word[i+1]
				c.change(right, after, -n, w)
				c.change(id, after, n, w)
				grown[pairKey(id, after)] = struct{}{}
			}
		}
		c.words[w] = out
	}
	for pair := range grown {
		c.push(pairEntry{c.pairs[pair].count, pair})
	}
	*c.pairs[pairKey(left, right)] = pairUse{}
}

func (c *pairCounts) push(e pairEntry) {
	h := append(c.heap, e)
	for i := len(h) - 1; i > 0; {
		parent := (i - 1) / 2
		if !h[i].above(h[parent]) {
			break
		}
		h[parent], h[i] = h[i], h[parent]
		i = parent
	}
	c.heap = h
}

func (c *pairCounts) pop() pairEntry {
	h := c.heap
	top, last := h[0], len(h)-1
	h[0] = h[last]
	h = h[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child >= len(h) {
			break
		}
		if child+1 < len(h) && h[child+1].above(h[child]) {
			child++
		}
		if !h[child].above(h[i]) {
			break
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
	c.heap = h
	return top
}
