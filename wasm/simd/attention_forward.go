package simd

import (
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/dongyur/dongyur/wasm/ir"
)

// forward is where the forward pass keeps a block.
type forward struct {
	*attention
	step                  *ir.Attention
	queries, keys, values local // packed
	scores, weights       local // [queryBlock, keyBlock], packed
	out                   local // [queryBlock, outColumns], so far
	most, sums            local // [queryBlock], of each query so far
}

// attentionStep writes the forward pass. The parts share a batch or head axis where
// one is long, else the queries.
func (c *coder) attentionStep(values []int, step *ir.Attention) *function {
	n := c.step(values)
	if step.Batch*step.Heads*step.Queries*step.Dim == 0 {
		return n.f
	}
	a := &forward{attention: newAttention(n, &step.AttentionShape), step: step}
	n.areas(forwardAreas(a.shape), &a.queries, &a.keys, &a.values, &a.scores, &a.weights, &a.out, &a.most, &a.sums)
	rows := a.bounds(0, step.Queries)
	if longest := longestOf(a.dims); a.dims[longest] >= 4 || step.Queries < 4*tileRows {
		a.divided = longest
	} else {
		rows[0], rows[1] = a.part(step.Queries, tileRows)
	}
	if a.divided >= 0 && a.dims[a.divided] == 1 { // nothing to divide
		a.divided = -1
		a.alone(func() { a.write(rows) })
		return n.f
	}
	a.write(rows)
	return n.f
}

// longestOf is the first of the longest dimensions.
func longestOf(dims []int) int {
	longest := 0
	for i, d := range dims {
		if d > dims[longest] {
			longest = i
		}
	}
	return longest
}

// forwardAreas are the bytes of the parts of the scratch memory, in the order of
// forward's fields.
func forwardAreas(s *ir.AttentionShape) []int {
	return []int{rowPanels(queryBlock, s.Dim), columnPanels(keyBlock, s.Dim), columnPanels(s.Dim, keyBlock), 4 * queryBlock * keyBlock,
		rowPanels(queryBlock, keyBlock), 4 * queryBlock * roundUp(s.Dim, tileColumns), 4 * queryBlock, 4 * queryBlock}
}

func (a *forward) outColumns() int { return roundUp(a.shape.Dim, tileColumns) }

func (a *forward) write(rows [2]local) {
	f, s := a.f, a.shape
	last := f.local(i32)
	row, address := f.local(i32), f.local(i32)
	eachRow := func(body func()) {
		f.loop(row, func() { f.i32(0) }, func() { f.get(a.height) }, 1, func() {
			f.get(a.query)
			f.get(row)
			f.op(opI32Add)
			f.set(a.vars[a.batch])
			body()
		})
	}
	a.loops(a.dims, 0, nil, func(bool) {
		a.block(a.query, a.height, rows, queryBlock, func() {
			a.packPositions(a.step.Query, s.Heads, s.Queries, a.queries, a.query, a.height, tileRows)
			f.fill(a.out, 4*queryBlock*a.outColumns())
			f.fill(a.sums, 4*queryBlock)
			eachRow(func() {
				f.element(a.most, row, 4)
				f.f32(unseen)
				f.memory(opF32Store, 0)
			})
			a.lastKey(last)
			a.block(a.key, a.width, [2]local{a.zero, last}, keyBlock, func() {
				a.padKeys()
				a.packPositions(a.step.Key, s.KVHeads, s.Keys, a.keys, a.key, a.width, tileColumns)
				a.packDimension(a.step.Value, s.KVHeads, s.Keys, a.values, a.key, a.width, a.paddedKeys, tileColumns)
				a.tiles(tiling{a: a.queries, b: a.keys, sums: a.scores, rows: a.height, columns: a.width, depth: a.paddedDim, stride: 4 * keyBlock})
				eachRow(func() {
					f.element(a.scores, row, 4*keyBlock)
					f.set(address)
					a.softmax(row, address)
				})
				a.tiles(tiling{a: a.weights, b: a.values, sums: a.out, rows: a.height, columns: a.dim, depth: a.paddedKeys, stride: 4 * a.outColumns(), goOn: true})
			})
			eachRow(func() {
				f.element(a.out, row, 4*a.outColumns())
				f.set(address)
				a.finish(row, address)
			})
		})
	})
}

// lastKey sets last to the end of the keys that the queries of the block see.
func (a *attention) lastKey(last local) {
	f := a.f
	f.i32(int32(a.shape.Keys))
	f.set(last)
	if !a.shape.Causal {
		return
	}
	seen := f.local(i32)
	f.get(a.query)
	f.get(a.height)
	f.op(opI32Add)
	f.tee(seen)
	f.get(last)
	f.get(seen)
	f.get(last)
	f.op(opI32LtS, opSelect)
	f.set(last)
}

// padKeys sets paddedKeys.
func (a *attention) padKeys() {
	f := a.f
	f.get(a.width)
	f.i32(sumUnroll - 1)
	f.op(opI32Add)
	f.i32(-sumUnroll)
	f.op(opI32And)
	f.set(a.paddedKeys)
}

// softmax makes weights of a row of sums and packs them as a row of the next product;
// what was summed before shrinks where a larger score has come.
func (a *forward) softmax(row, address local) {
	f := a.f
	wide, most, shrink := f.local(v128), f.local(f32), f.local(f32)
	a.attention.scores(address, wide, most)
	before := f.local(f32)
	f.element(a.most, row, 4)
	f.memory(opF32Load, 0)
	f.tee(before)
	f.get(most)
	f.op(opF32Max)
	f.fold(opF32Max, wide)
	f.set(most)
	f.element(a.most, row, 4)
	f.get(most)
	f.memory(opF32Store, 0)
	f.get(before)
	f.get(most)
	f.op(opF32Sub)
	a.one(dtypes.Float32, dtypes.Float32, func() { f.call(a.vectorFunction(compute.OpTypeExp)) })
	f.set(shrink)

	shift, sum, score, weight := f.local(v128), f.local(v128), f.local(v128), f.local(v128)
	column, to := f.local(i32), f.local(i32)
	f.get(most)
	f.simd(simdSplatF32)
	f.set(shift)
	f.splatF32(0)
	f.set(sum)
	a.panelRow(a.weights, row, a.paddedKeys)
	f.set(to)
	f.loop(column, func() { f.i32(0) }, func() { f.get(a.paddedKeys) }, lanes, func() {
		f.element(address, column, 4)
		f.vectorMemory(simdLoad, 0)
		f.set(score)
		a.attention.weights(score, shift)
		f.set(weight)
		a.binary(simdF32Add, sum, weight)
		f.set(sum)
		a.packLanes(to, weight)
	})
	f.element(a.sums, row, 4)
	f.element(a.sums, row, 4)
	f.memory(opF32Load, 0)
	f.get(shrink)
	f.op(opF32Mul)
	f.fold(opF32Add, sum)
	f.memory(opF32Store, 0)
	f.element(a.out, row, 4*a.outColumns())
	f.set(to)
	a.scaleRow(to, a.outColumns(), shrink)
}

// panelRow pushes where a row begins in panels of tileRows over depth sums.
func (a *attention) panelRow(panels, row, depth local) {
	f := a.f
	f.get(panels)
	f.get(row)
	f.i32(tileRows)
	f.op(opI32DivU)
	f.get(depth)
	f.op(opI32Mul)
	f.i32(4 * tileRows)
	f.op(opI32Mul, opI32Add)
	f.get(row)
	f.i32(tileRows)
	f.op(opI32RemU)
	f.i32(2)
	f.op(opI32Shl, opI32Add)
}

// packLanes puts a vector into a row of a panel and goes on by so much.
func (a *attention) packLanes(to, vector local) {
	f := a.f
	for lane := range byte(lanes) {
		f.get(to)
		f.get(vector)
		f.vectorMemory(simdStore32Lane, 4*tileRows*int(lane))
		f.op(lane)
	}
	f.get(to)
	f.i32(4 * tileRows * lanes)
	f.op(opI32Add)
	f.set(to)
}

// finish divides a row of the output by its sum and stores it, with the row's
// log-sum-exp. A query that sees no key gives 0, and -Inf.
func (a *forward) finish(row, address local) {
	f := a.f
	sum, share := f.local(f32), f.local(f32)
	empty := func() { f.get(sum); f.f32(0); f.op(opF32Eq) }
	f.f32(0)
	f.f32(1)
	f.element(a.sums, row, 4)
	f.memory(opF32Load, 0)
	f.tee(sum)
	f.op(opF32Div)
	empty()
	f.op(opSelect)
	f.set(share)
	a.scaleRow(address, a.outColumns(), share)
	a.storeRow(a.step.Output, a.shape.Heads, a.shape.Queries, address)
	if a.step.LogSumExp < 0 {
		return
	}
	a.scoped(func() {
		at := a.location(a.address[a.step.LogSumExp], a.line(), 4)
		f.f32(float32(math.Inf(-1)))
		f.element(a.most, row, 4)
		f.memory(opF32Load, 0)
		f.get(sum)
		a.one(dtypes.Float32, dtypes.Float32, func() { f.call(a.vectorFunction(compute.OpTypeLog)) })
		f.op(opF32Add)
		empty()
		f.op(opSelect)
		f.memory(opF32Store, at)
	})
}

// storeRow stores the floats at an address as the vector of a tensor at the position
// that is in its loop variable.
func (a *attention) storeRow(t ir.AttentionTensor, heads, positions int, address local) {
	f, column := a.f, a.vars[a.batch+1]
	a.storePosition(t, heads, positions, func() {
		f.element(address, column, 4)
		if a.lane >= 0 {
			f.vectorMemory(simdLoad, 0)
		} else {
			f.memory(opF32Load, 0)
		}
	})
}

// storePosition stores what total pushes for each of the dimension's loop variable.
func (a *attention) storePosition(t ir.AttentionTensor, heads, positions int, total func()) {
	e := &ir.Exp{Kind: ir.Accumulated, DType: dtypes.Float32}
	if dtype := a.plan.Values[t.Value].Shape.DType; dtype != dtypes.Float32 {
		e = &ir.Exp{Kind: ir.Cast, DType: dtype, Args: []*ir.Exp{e}}
	}
	a.total = total
	a.storeColumns(ir.Store{Value: t.Value, Exp: e}, a.at(t, heads, positions), a.zero, a.dim)
}
