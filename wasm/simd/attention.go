package simd

import (
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/dongyur/dongyur/wasm/ir"
)

// Attention goes over the keys block by block (FlashAttention, arXiv 2205.14135): what
// it holds of the scores is one block of queryBlock × keyBlock, and its products are
// the tiles of a Dot. The loop variables are batch, key head and the query head within
// the key head's group, then two positions: rows and what is summed when a block is
// packed, query and key when scores are masked.
const (
	queryBlock = 8 * tileRows
	keyBlock   = 8 * tileColumns
)

// unseen is the score of a key that a query does not see. It is a number, so that a
// query without any key needs no care.
const unseen = -3e38

// attention writes either pass.
type attention struct {
	*dot
	shape *ir.AttentionShape
	dims  []int   // batch, key heads, heads in a group
	score *ir.Exp // of the sum over a query and a key

	zero, dim, paddedDim local // numbers
	query, key           local // the first of the blocks at hand
	height, width        local // how many queries and keys they have
	paddedKeys           local // width, rounded up to sumUnroll
}

func newAttention(n *nest, s *ir.AttentionShape) *attention {
	a := &attention{shape: s, dims: []int{s.Batch, s.KVHeads, s.Heads / s.KVHeads}}
	a.dot = &dot{nest: n, step: &ir.Dot{Batch: a.dims}, batch: len(a.dims)}
	n.variables(a.batch + 2)
	a.score = a.scoreExp()
	number := func(v int) local {
		l := n.f.local(i32)
		n.f.i32(int32(v))
		n.f.set(l)
		return l
	}
	a.zero, a.dim, a.paddedDim = number(0), number(s.Dim), number(roundUp(s.Dim, sumUnroll))
	for _, l := range []*local{&a.query, &a.key, &a.height, &a.width, &a.paddedKeys} {
		*l = n.f.local(i32)
	}
	return a
}

// rowPanels and columnPanels are the bytes of packed operands of so many rows or
// columns, over depth sums.
func rowPanels(rows, depth int) int { return 4 * roundUp(rows, tileRows) * roundUp(depth, sumUnroll) }

func columnPanels(columns, depth int) int {
	return 4 * roundUp(columns, tileColumns) * roundUp(depth, sumUnroll)
}

// strides of a tensor over the loop variables of a.dims. Keys have one head a group.
func (a *attention) strides(t ir.AttentionTensor, heads int) []int {
	if heads == a.shape.KVHeads {
		return []int{t.Strides[0], t.Strides[1], 0}
	}
	return []int{t.Strides[0], t.Strides[1] * a.dims[2], t.Strides[1]}
}

// operand is a tensor with its positions as rows and its dimension as what is summed,
// or, turned, the other way round.
func (a *attention) operand(t ir.AttentionTensor, heads int, turned bool) ir.Operand {
	o := ir.Operand{Value: t.Value, DType: a.plan.Values[t.Value].Shape.DType, BatchStrides: a.strides(t, heads), RowStride: t.Strides[2], SumStride: 1}
	if turned {
		o.RowStride, o.SumStride = o.SumStride, o.RowStride
	}
	return o
}

// packPositions packs so many positions of a tensor as panels of width, over its
// dimension.
func (a *attention) packPositions(t ir.AttentionTensor, heads, positions int, to, first, count local, width int) {
	p := &dot{nest: a.nest, step: &ir.Dot{Batch: a.dims, K: a.shape.Dim}, batch: a.batch, sums: a.zero, length: a.dim, padded: a.paddedDim}
	p.pack(a.operand(t, heads, false), to, first, count, positions, width)
}

// packDimension packs a tensor's dimension as panels of width, over so many positions,
// which padded rounds up.
func (a *attention) packDimension(t ir.AttentionTensor, heads, positions int, to, first, count, padded local, width int) {
	p := &dot{nest: a.nest, step: &ir.Dot{Batch: a.dims, K: positions}, batch: a.batch, sums: first, length: count, padded: padded}
	p.pack(a.operand(t, heads, true), to, a.zero, a.dim, a.shape.Dim, width)
}

// at is the element of a tensor at the loop variables, its dimension the last.
func (a *attention) at(t ir.AttentionTensor, heads, positions int) *ir.Exp {
	return operandIndex(a.operand(t, heads, false), a.dims, index(a.batch, positions), index(a.batch+1, a.shape.Dim))
}

// line is the element [batch, head, query] of what is kept for each query.
func (a *attention) line() *ir.Exp {
	return position([]int{a.dims[0], a.dims[1], a.dims[2], a.shape.Queries}, 0)
}

// scoreExp is the score of a query and a key, masks applied.
func (a *attention) scoreExp() *ir.Exp {
	s := a.shape
	query, key := index(a.batch, s.Queries), index(a.batch+1, s.Keys)
	apply := func(op compute.OpType, dtype dtypes.DType, args ...*ir.Exp) *ir.Exp {
		return &ir.Exp{Kind: ir.Apply, Op: op, DType: dtype, Args: args}
	}
	float := func(v float32) *ir.Exp {
		return &ir.Exp{Kind: ir.Literal, DType: dtypes.Float32, Bits: uint64(math.Float32bits(v))}
	}
	load := func(value int, at *ir.Exp) *ir.Exp {
		return &ir.Exp{Kind: ir.Load, DType: a.plan.Values[value].Shape.DType, N: value, Args: []*ir.Exp{at}}
	}
	x := apply(compute.OpTypeMul, dtypes.Float32, &ir.Exp{Kind: ir.Accumulated, DType: dtypes.Float32}, float(float32(s.Scale)))
	var seen []*ir.Exp
	added := false
	for _, mask := range []struct {
		value   int
		strides [4]int
	}{{s.Mask, s.MaskStrides}, {s.Bias, s.BiasStride}} {
		if mask.value < 0 {
			continue
		}
		of := ir.AttentionTensor{Value: mask.value, Strides: [3]int(mask.strides[:3])}
		o := a.operand(of, s.Heads, false)
		o.SumStride = mask.strides[3]
		e := load(mask.value, operandIndex(o, a.dims, query, key))
		if e.DType == dtypes.Bool {
			seen = append(seen, e)
			continue
		}
		x, added = apply(compute.OpTypeAdd, dtypes.Float32, x, e), true
	}
	if added { // -Inf hides a key too
		x = apply(compute.OpTypeMax, dtypes.Float32, x, float(unseen))
	}
	if s.Causal {
		seen = append(seen, apply(compute.OpTypeLessOrEqual, dtypes.Bool, key, query))
	}
	for _, limit := range []struct {
		value int
		of    *ir.Exp
	}{{s.QueryLengths, query}, {s.KeyLengths, key}} {
		if limit.value >= 0 {
			seen = append(seen, apply(compute.OpTypeLessThan, dtypes.Bool, limit.of, load(limit.value, index(0, s.Batch))))
		}
	}
	for _, e := range seen {
		x = &ir.Exp{Kind: ir.Select, DType: dtypes.Float32, Args: []*ir.Exp{e, x, float(unseen)}}
	}
	return x
}

// scores masks a row of sums, whose first key is at row, in place; what is behind its
// last key, to a multiple of tileColumns, becomes unseen. The query is in its loop
// variable. Vectors of largest scores are kept in wide, the others' in most.
func (a *attention) scores(row, wide, most local) {
	f, key := a.f, a.vars[a.batch+1]
	base := f.local(i32)
	f.splatF32(unseen)
	f.set(wide)
	f.f32(unseen)
	f.set(most)
	f.get(row)
	f.get(a.key)
	f.i32(2)
	f.op(opI32Shl, opI32Sub)
	f.set(base)
	address := func() {
		f.get(base)
		f.get(key)
		f.i32(2)
		f.op(opI32Shl, opI32Add)
	}
	end := func(mask func()) func() {
		return func() { f.get(a.key); f.get(a.width); mask(); f.op(opI32Add) }
	}
	a.total = func() {
		address()
		if a.lane >= 0 {
			f.vectorMemory(simdLoad, 0)
		} else {
			f.memory(opF32Load, 0)
		}
	}
	a.scoped(func() {
		a.inLanes(a.batch+1, func() {
			x := f.local(v128)
			a.hoist(a.batch+1, a.score)
			f.loop(key, func() { f.get(a.key) }, end(func() { f.i32(-lanes); f.op(opI32And) }), lanes, func() {
				a.scoped(func() {
					a.share(a.score)
					a.push(a.score, true)
					f.set(x)
				})
				address()
				f.get(x)
				f.vectorMemory(simdStore, 0)
				a.binary(simdF32Max, wide, x)
				f.set(wide)
			})
		})
		a.inLanes(-1, func() {
			x := f.local(f32)
			f.loop(key, func() { f.get(key) }, end(func() {}), 1, func() {
				a.scoped(func() {
					a.share(a.score)
					a.push(a.score, false)
					f.set(x)
				})
				address()
				f.get(x)
				f.memory(opF32Store, 0)
				f.get(most)
				f.get(x)
				f.op(opF32Max)
				f.set(most)
			})
		})
	})
	f.loop(key, func() { f.get(key) }, end(func() { a.wholeTiles() }), 1, func() {
		address()
		f.f32(unseen)
		f.memory(opF32Store, 0)
	})
}

// wholeTiles rounds the number on the stack up to a multiple of tileColumns.
func (a *attention) wholeTiles() {
	a.f.i32(tileColumns - 1)
	a.f.op(opI32Add)
	a.f.i32(-tileColumns)
	a.f.op(opI32And)
}

// weights pushes exp(score - shift), 0 where the score is unseen, of a vector of
// scores.
func (a *attention) weights(score, shift local) {
	f := a.f
	a.binary(simdF32Sub, score, shift)
	f.call(a.vectorFunction(compute.OpTypeExp))
	f.get(score)
	f.splatF32(unseen)
	f.simd(simdF32Gt)
	f.simd(simdAnd)
}

// scaleRow multiplies a row of so many floats at an address by a factor.
func (a *attention) scaleRow(row local, columns int, factor local) {
	f := a.f
	at, vector := f.local(i32), f.local(v128)
	f.get(factor)
	f.simd(simdSplatF32)
	f.set(vector)
	f.loop(at, func() { f.get(row) }, func() { f.get(row); f.i32(int32(4 * columns)); f.op(opI32Add) }, 4*lanes, func() {
		f.get(at)
		f.get(at)
		f.vectorMemory(simdLoad, 0)
		f.get(vector)
		f.simd(simdF32Mul)
		f.vectorMemory(simdStore, 0)
	})
}

// fold pushes the lanes of a vector folded into the number on the stack.
func (f *function) fold(op byte, vector local) {
	for lane := range byte(lanes) {
		f.get(vector)
		f.simd(simdExtractF32, lane)
		f.op(op)
	}
}

// fill sets so many bytes at an address to 0.
func (f *function) fill(at local, bytes int) {
	f.get(at)
	f.i32(0)
	f.i32(int32(bytes))
	f.op(0xFC, 11, 0) // memory.fill
}

// element pushes base + 4·i, or base + scale·i.
func (f *function) element(base, i local, scale int) {
	f.get(base)
	f.get(i)
	f.i32(int32(scale))
	f.op(opI32Mul, opI32Add)
}
