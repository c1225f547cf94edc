package simd

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/dongyur/dongyur/wasm/ir"
)

// backward is where the backward pass keeps a block (FlashAttention, algorithm 4).
// With p the weights of a block, made again from the log-sum-exp, and
//
//	ds = p · (dout · valueᵀ - delta) · scale
//
// it adds dvalueᵀ += doutᵀ · p, dkeyᵀ += queryᵀ · ds and dquery += ds · key. A key head
// is the work of one part, its blocks of keys one after another, so each sum has one
// order.
type backward struct {
	*attention
	step *ir.AttentionVJP

	queries, gradients             local // [queryBlock, dim], packed by rows
	queriesTurned, gradientsTurned local // [dim, queryBlock], packed by rows
	keys, values                   local // [keyBlock, dim], packed by columns
	keysTurned                     local // [dim, keyBlock], packed by columns
	scores, changes                local // [queryBlock, keyBlock], of p and of dout · valueᵀ
	weights, scoreGradients        local // [keyBlock, queryBlock], p and ds packed by columns
	scoreRows                      local // [queryBlock, keyBlock], ds packed by rows
	gradKeys, gradValues           local // [dim, keyBlock], so far
	gradQueries                    local // [heads in a group, queries, dim], so far
	paddedQueries                  local // height, rounded up to sumUnroll
	group                          local // the loop variable of the heads in a group
}

// attentionVJPStep writes the backward pass. The parts share the batch or the key
// heads.
func (c *coder) attentionVJPStep(values []int, step *ir.AttentionVJP) *function {
	n := c.step(values)
	if step.Batch*step.Heads*step.Dim == 0 {
		return n.f
	}
	a := &backward{attention: newAttention(n, &step.AttentionShape), step: step}
	n.areas(backwardAreas(a.shape), &a.queries, &a.gradients, &a.queriesTurned, &a.gradientsTurned, &a.keys, &a.values, &a.keysTurned,
		&a.scores, &a.changes, &a.weights, &a.scoreGradients, &a.scoreRows, &a.gradKeys, &a.gradValues, &a.gradQueries)
	a.paddedQueries, a.group = n.f.local(i32), n.vars[2]
	if longest := longestOf(a.dims[:2]); a.dims[longest] > 1 {
		a.divided = longest
	}
	a.whole(a.write)
	return n.f
}

// backwardAreas are the bytes of the parts of the scratch memory, in the order of
// backward's fields.
func backwardAreas(s *ir.AttentionShape) []int {
	rows, turned, columns := rowPanels(queryBlock, s.Dim), rowPanels(s.Dim, queryBlock), columnPanels(keyBlock, s.Dim)
	scores, weights := 4*queryBlock*keyBlock, columnPanels(keyBlock, queryBlock)
	return []int{rows, rows, turned, turned, columns, columns, columnPanels(s.Dim, keyBlock), scores, scores, weights, weights,
		rowPanels(queryBlock, keyBlock), keySums(s), keySums(s), querySums(s)}
}

func keySums(s *ir.AttentionShape) int { return 4 * roundUp(s.Dim, tileRows) * keyBlock }

func querySums(s *ir.AttentionShape) int {
	return 4 * s.Heads / s.KVHeads * roundUp(s.Queries, tileRows) * roundUp(s.Dim, tileColumns)
}

func (a *backward) write() {
	f, s := a.f, a.shape
	keys := a.bounds(0, s.Keys)
	a.loops(a.dims[:2], 0, nil, func(bool) {
		a.makeDelta()
		f.fill(a.gradQueries, querySums(s))
		a.block(a.key, a.width, keys, keyBlock, func() { a.keyBlock() })
		f.loop(a.group, func() { f.i32(0) }, func() { f.i32(int32(a.dims[2])) }, 1, func() { a.storeQueries() })
	})
}

// makeDelta makes Σ dout·out of the queries that share the key head at hand.
func (a *backward) makeDelta() {
	f, s := a.f, a.shape
	number := func(t ir.AttentionTensor) *ir.Exp {
		e := &ir.Exp{Kind: ir.Load, DType: a.plan.Values[t.Value].Shape.DType, N: t.Value, Args: []*ir.Exp{a.at(t, s.Heads, s.Queries)}}
		if e.DType != dtypes.Float32 {
			e = &ir.Exp{Kind: ir.Cast, DType: dtypes.Float32, Args: []*ir.Exp{e}}
		}
		return e
	}
	product := &ir.Exp{Kind: ir.Apply, Op: compute.OpTypeMul, DType: dtypes.Float32, Args: []*ir.Exp{number(a.step.GradOutput), number(a.step.Output)}}
	row := &ir.Row{Outer: append(append([]int{}, a.dims...), s.Queries), Inner: []int{s.Dim},
		Reductions: []ir.Reduction{{Op: compute.OpTypeReduceSum, DType: dtypes.Float32, Exp: product}},
		Once:       []ir.Store{{Value: a.step.Delta, Exp: &ir.Exp{Kind: ir.Reduced, DType: dtypes.Float32}}}}
	a.reduced = len(row.Outer)
	f.loop(a.group, func() { f.i32(0) }, func() { f.i32(int32(a.dims[2])) }, 1, func() {
		f.loop(a.vars[a.batch], func() { f.i32(0) }, func() { f.i32(int32(s.Queries)) }, 1, func() {
			a.scoped(func() {
				a.inLanes(a.batch+1, func() { a.row(row, a.line(), nil) })
			})
		})
	})
}

// keyBlock is the work of one block of keys.
func (a *backward) keyBlock() {
	f, s := a.f, a.shape
	whole, first := f.local(i32), f.local(i32)
	f.get(a.width)
	f.set(whole)
	f.i32(0)
	f.set(a.group)
	a.padKeys()
	a.packPositions(a.step.Key, s.KVHeads, s.Keys, a.keys, a.key, a.width, tileColumns)
	a.packPositions(a.step.Value, s.KVHeads, s.Keys, a.values, a.key, a.width, tileColumns)
	a.packDimension(a.step.Key, s.KVHeads, s.Keys, a.keysTurned, a.key, a.width, a.paddedKeys, tileColumns)
	f.fill(a.gradKeys, keySums(s))
	f.fill(a.gradValues, keySums(s))
	f.i32(0)
	if s.Causal { // queries before the block's first key see none of it
		f.op(opDrop)
		f.get(a.key)
		f.i32(queryBlock)
		f.op(opI32DivU)
		f.i32(queryBlock)
		f.op(opI32Mul)
	}
	f.set(first)
	queries := [2]local{first, a.bounds(0, s.Queries)[1]}
	f.loop(a.group, func() { f.i32(0) }, func() { f.i32(int32(a.dims[2])) }, 1, func() {
		a.block(a.query, a.height, queries, queryBlock, func() {
			f.get(whole)
			f.set(a.width)
			a.queryBlock()
		})
	})
	f.get(whole)
	f.set(a.width)
	f.i32(0)
	f.set(a.group)
	a.storeKeys(a.step.GradKey, a.gradKeys)
	a.storeKeys(a.step.GradValue, a.gradValues)
}

// queryBlock is the work of a block of queries with one of keys.
func (a *backward) queryBlock() {
	f, s := a.f, a.shape
	sums := f.local(i32)
	f.get(a.height)
	f.i32(sumUnroll - 1)
	f.op(opI32Add)
	f.i32(-sumUnroll)
	f.op(opI32And)
	f.set(a.paddedQueries)
	a.packPositions(a.step.Query, s.Heads, s.Queries, a.queries, a.query, a.height, tileRows)
	a.packPositions(a.step.GradOutput, s.Heads, s.Queries, a.gradients, a.query, a.height, tileRows)
	a.packDimension(a.step.Query, s.Heads, s.Queries, a.queriesTurned, a.query, a.height, a.paddedQueries, tileRows)
	a.packDimension(a.step.GradOutput, s.Heads, s.Queries, a.gradientsTurned, a.query, a.height, a.paddedQueries, tileRows)
	product := func(left, right, to, rows, columns, depth local, stride int, goOn bool) {
		a.tiles(tiling{a: left, b: right, sums: to, rows: rows, columns: columns, depth: depth, stride: stride, goOn: goOn})
	}
	product(a.queries, a.keys, a.scores, a.height, a.width, a.paddedDim, 4*keyBlock, false)
	product(a.gradients, a.values, a.changes, a.height, a.width, a.paddedDim, 4*keyBlock, false)
	// Rows behind the last query count for nothing.
	f.fill(a.weights, columnPanels(keyBlock, queryBlock))
	f.fill(a.scoreGradients, columnPanels(keyBlock, queryBlock))
	a.softmax()
	product(a.gradientsTurned, a.weights, a.gradValues, a.dim, a.width, a.paddedQueries, 4*keyBlock, true)
	product(a.queriesTurned, a.scoreGradients, a.gradKeys, a.dim, a.width, a.paddedQueries, 4*keyBlock, true)
	f.get(a.gradQueries)
	f.get(a.group)
	f.i32(int32(roundUp(a.shape.Queries, tileRows)))
	f.op(opI32Mul)
	f.get(a.query)
	f.op(opI32Add)
	f.i32(int32(4 * roundUp(s.Dim, tileColumns)))
	f.op(opI32Mul, opI32Add)
	f.set(sums)
	product(a.scoreRows, a.keysTurned, sums, a.height, a.dim, a.paddedKeys, 4*roundUp(s.Dim, tileColumns), true)
}

// softmax makes weights and the scores' gradients of the rows of sums, and packs them.
func (a *backward) softmax() {
	f := a.f
	row, scores, changes := f.local(i32), f.local(i32), f.local(i32)
	wide, most := f.local(v128), f.local(f32)
	shift, delta, score, weight, change := f.local(v128), f.local(v128), f.local(v128), f.local(v128), f.local(v128)
	column, to := f.local(i32), f.local(i32)
	f.loop(row, func() { f.i32(0) }, func() { f.get(a.height) }, 1, func() {
		f.get(a.query)
		f.get(row)
		f.op(opI32Add)
		f.set(a.vars[a.batch])
		f.element(a.scores, row, 4*keyBlock)
		f.set(scores)
		f.element(a.changes, row, 4*keyBlock)
		f.set(changes)
		a.attention.scores(scores, wide, most)
		a.scoped(func() {
			line := a.line()
			a.keep(line)
			for _, kept := range []struct {
				value int
				to    local
			}{{a.step.LogSumExp, shift}, {a.step.Delta, delta}} {
				offset := a.location(a.address[kept.value], line, 4)
				f.memory(opF32Load, offset)
				f.simd(simdSplatF32)
				f.set(kept.to)
			}
		})
		a.panelRow(a.scoreRows, row, a.paddedKeys)
		f.set(to)
		f.loop(column, func() { f.i32(0) }, func() { f.get(a.width); a.wholeTiles() }, lanes, func() {
			f.element(scores, column, 4)
			f.vectorMemory(simdLoad, 0)
			f.set(score)
			a.attention.weights(score, shift)
			f.set(weight)
			a.inColumns(a.weights, column, row)
			f.get(weight)
			f.vectorMemory(simdStore, 0)
			f.element(changes, column, 4)
			f.vectorMemory(simdLoad, 0)
			f.get(delta)
			f.simd(simdF32Sub)
			f.get(weight)
			f.simd(simdF32Mul)
			a.with(simdF32Mul, float32(a.shape.Scale))
			f.set(change)
			a.inColumns(a.scoreGradients, column, row)
			f.get(change)
			f.vectorMemory(simdStore, 0)
			f.get(column)
			f.get(a.paddedKeys)
			f.op(opI32LtS)
			f.when(func() { a.packLanes(to, change) }, nil)
		})
	})
}

// inColumns pushes where four columns of a row are in panels of tileColumns, over
// queries.
func (a *backward) inColumns(panels, column, row local) {
	f := a.f
	f.get(panels)
	f.get(column)
	f.i32(-tileColumns)
	f.op(opI32And)
	f.get(a.paddedQueries)
	f.op(opI32Mul)
	f.get(row)
	f.i32(tileColumns)
	f.op(opI32Mul, opI32Add)
	f.get(column)
	f.i32(tileColumns - 1)
	f.op(opI32And, opI32Add)
	f.i32(2)
	f.op(opI32Shl, opI32Add)
}

// storeQueries stores the gradients of one head's queries.
func (a *backward) storeQueries() {
	f, query := a.f, a.vars[a.batch]
	row, columns := f.local(i32), 4*roundUp(a.shape.Dim, tileColumns)
	f.loop(query, func() { f.i32(0) }, func() { f.i32(int32(a.shape.Queries)) }, 1, func() {
		f.get(a.gradQueries)
		f.get(a.group)
		f.i32(int32(roundUp(a.shape.Queries, tileRows)))
		f.op(opI32Mul)
		f.get(query)
		f.op(opI32Add)
		f.i32(int32(columns))
		f.op(opI32Mul, opI32Add)
		f.set(row)
		a.scoped(func() { a.storeRow(a.step.GradQuery, a.shape.Heads, a.shape.Queries, row) })
	})
}

// storeKeys stores the gradients of a block of keys, which lie turned.
func (a *backward) storeKeys(t ir.AttentionTensor, sums local) {
	f, key, column := a.f, a.vars[a.batch], a.vars[a.batch+1]
	base, at, four := f.local(i32), f.local(i32), f.local(v128)
	f.loop(key, func() { f.get(a.key) }, func() { f.get(a.key); f.get(a.width); f.op(opI32Add) }, 1, func() {
		f.get(sums)
		f.get(key)
		f.get(a.key)
		f.op(opI32Sub)
		f.i32(2)
		f.op(opI32Shl, opI32Add)
		f.set(base)
		a.storePosition(t, a.shape.KVHeads, a.shape.Keys, func() {
			f.element(base, column, 4*keyBlock)
			if a.lane < 0 {
				f.memory(opF32Load, 0)
				return
			}
			f.tee(at)
			f.vectorMemory(simdLoad32Zero, 0)
			for lane := 1; lane < lanes; lane++ {
				f.set(four)
				f.get(at)
				f.get(four)
				f.vectorMemory(simdLoad32Lane, 4*keyBlock*lane)
				f.op(byte(lane))
			}
		})
	})
}
