package token

import (
	"math"
	"slices"
)

const noMerge = math.MaxInt32

// merger applies the learned merges to one piece: of all neighbouring pairs
// the one learned first is joined, the leftmost of equals, until none is left.
type merger struct {
	byteID [256]int32       // -1: the vocabulary lacks this byte
	rank   map[uint64]int32 // pair → its place in the order of merges
	joined []int32          // by rank, the token a pair becomes
	whole  map[string]int32 // pieces taken as they are (ignore_merges), by their bytes
	unk    int32            // for bytes the vocabulary lacks; -1: they are dropped
	fuse   bool             // neighbouring unknown bytes become one
}

func pairKey(left, right int32) uint64 { return uint64(uint32(left))<<32 | uint64(uint32(right)) }

func (m *merger) rankOf(left, right int32) int32 {
	if r, ok := m.rank[pairKey(left, right)]; ok {
		return r
	}
	return noMerge
}

// work is what one encoding needs and the next can use again.
type work struct {
	ids        []int32
	ranks      []int32
	prev, next []int32
	heap       []uint64
}

// A short piece is searched for its best pair again after each merge; a long
// one keeps its pairs in a heap, which costs n log n and no more.
const longPiece = 64

// encode appends the ids of piece, given as raw bytes, to out.
func (m *merger) encode(out []int, piece string, w *work) []int {
	if m.whole != nil {
		if id, ok := m.whole[piece]; ok {
			return append(out, int(id))
		}
	}
	ids := m.symbols(w.ids[:0], piece)
	w.ids = ids
	if len(ids) > longPiece {
		return m.mergeLong(out, ids, w)
	}
	ids = m.mergeShort(ids, w)
	for _, id := range ids {
		out = append(out, int(id))
	}
	return out
}

func (m *merger) symbols(ids []int32, piece string) []int32 {
	fused := false
	for i := range len(piece) {
		id := m.byteID[piece[i]]
		if id < 0 {
			if m.unk >= 0 && !(m.fuse && fused) {
				ids = append(ids, m.unk)
			}
			fused = true
			continue
		}
		fused = false
		ids = append(ids, id)
	}
	return ids
}

func (m *merger) mergeShort(ids []int32, w *work) []int32 {
	ranks := w.ranks[:0] // ranks[i] is that of ids[i], ids[i+1]
	for i := 0; i+1 < len(ids); i++ {
		ranks = append(ranks, m.rankOf(ids[i], ids[i+1]))
	}
	w.ranks = ranks
	for len(ranks) > 0 {
		at, best := 0, int32(noMerge)
		for i, r := range ranks {
			if r < best {
				at, best = i, r
			}
		}
		if best == noMerge {
			break
		}
		ids[at] = m.joined[best]
		ids = slices.Delete(ids, at+1, at+2)
		ranks = slices.Delete(ranks, at, at+1)
		if at > 0 {
			ranks[at-1] = m.rankOf(ids[at-1], ids[at])
		}
		if at < len(ranks) {
			ranks[at] = m.rankOf(ids[at], ids[at+1])
		}
	}
	return ids
}

// mergeLong keeps the symbols in a linked list and candidate pairs in a heap
// ordered by rank, then place. An entry is out of date when the pair at its
// place no longer has its rank; it is then passed over.
func (m *merger) mergeLong(out []int, ids []int32, w *work) []int {
	n := int32(len(ids))
	w.prev, w.next, w.heap = w.prev[:0], w.next[:0], w.heap[:0]
	for i := range n {
		w.prev = append(w.prev, i-1)
		w.next = append(w.next, i+1)
		if i+1 < n {
			if r := m.rankOf(ids[i], ids[i+1]); r != noMerge {
				w.heap = append(w.heap, uint64(r)<<32|uint64(i))
			}
		}
	}
	heapify(w.heap)
	prev, next := w.prev, w.next
	for len(w.heap) > 0 {
		top := w.pop()
		rank, at := int32(top>>32), int32(uint32(top))
		right := next[at]
		if ids[at] < 0 || right == n || m.rankOf(ids[at], ids[right]) != rank {
			continue
		}
		ids[at], ids[right] = m.joined[rank], -1
		next[at] = next[right]
		if next[at] < n {
			prev[next[at]] = at
			w.push(m.rankOf(ids[at], ids[next[at]]), at)
		}
		if p := prev[at]; p >= 0 {
			w.push(m.rankOf(ids[p], ids[at]), p)
		}
	}
	for i := int32(0); i < n; i = next[i] {
		out = append(out, int(ids[i]))
	}
	return out
}

// heapify, push and pop are container/heap on plain numbers, without its calls
// through an interface.
func heapify(h []uint64) {
	for i := len(h)/2 - 1; i >= 0; i-- {
		siftDown(h, i)
	}
}

func siftDown(h []uint64, i int) {
	for {
		child := 2*i + 1
		if child >= len(h) {
			return
		}
		if child+1 < len(h) && h[child+1] < h[child] {
			child++
		}
		if h[i] <= h[child] {
			return
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
}

func (w *work) pop() uint64 {
	h := w.heap
	top, last := h[0], len(h)-1
	h[0] = h[last]
	w.heap = h[:last]
	siftDown(w.heap, 0)
	return top
}

func (w *work) push(rank, at int32) {
	if rank == noMerge {
		return
	}
	h := append(w.heap, uint64(rank)<<32|uint64(at))
	for i := len(h) - 1; i > 0; {
		parent := (i - 1) / 2
		if h[parent] <= h[i] {
			break
		}
		h[parent], h[i] = h[i], h[parent]
		i = parent
	}
	w.heap = h
}
