package simd

import (
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/dongyur/dongyur/wasm/ir"
)

// quantizedDot writes a product with quantised weights. Of the loop variables behind
// the batch axes the first is a row of either side, the second what is summed or, when
// results are stored, a column, and the third the first column of a block.
type quantizedDot struct {
	*dot
	quantized
	row             local // of activations, Float32 [K]
	numbers, scales local // of activations [M, K] Int16, [M, blocks] Float32
	results         local // [M, quantizedTile]
	left, block     local // the row of activations at hand, and where its block begins
}

// quantizedStep writes the Dot.
func (c *coder) quantizedStep(values []int, step *ir.Dot, q quantized) *function {
	n := c.step(values)
	d := &quantizedDot{dot: &dot{nest: n, step: step, batch: len(step.Batch)}, quantized: q}
	n.variables(d.batch + 3)
	n.areas(quantizedAreas(step, q), &d.row, &d.numbers, &d.scales, &d.results)
	for _, l := range []*local{&d.columns, &d.width, &d.left, &d.block} {
		*l = n.f.local(i32)
	}
	bounds, tile := d.bounds(0, step.N), q.block
	if q.along {
		tile = quantizedTile
	}
	if elements(step.Batch) >= 8 {
		d.divide(step.Batch)
	} else {
		bounds[0], bounds[1] = d.part(step.N, min(tile, 16))
		if !q.along {
			bounds[0], bounds[1] = d.part(step.N, tile)
		}
	}
	d.loops(step.Batch, 0, nil, func(bool) {
		if q.along {
			d.eachLeft(func() { d.activations(nil) })
		}
		d.dot.block(d.columns, d.width, bounds, tile, func() {
			if q.along {
				d.alongSums()
			} else {
				d.acrossSums()
			}
			d.store()
		})
	})
	return n.f
}

// quantizedAreas are the bytes of the parts of the scratch memory.
func quantizedAreas(step *ir.Dot, q quantized) []int {
	return []int{4 * step.K, 2*step.M*step.K + 16, 4 * step.M * (step.K/16 + 1), 4 * step.M * quantizedTile}
}

// sumsWithScale is how many activations have one scale.
func (d *quantizedDot) sumsWithScale() int {
	if d.along {
		return d.quantized.block
	}
	return quantizedBlock
}

// blocks is how many scales a row of activations has.
func (d *quantizedDot) scalesOfRow() int {
	return (d.step.K + d.sumsWithScale() - 1) / d.sumsWithScale()
}

// eachLeft loops over the rows of activations.
func (d *quantizedDot) eachLeft(body func()) {
	f := d.f
	f.loop(d.left, func() { f.i32(0) }, func() { f.i32(int32(d.step.M)) }, 1, body)
}

// eachBlock loops over the blocks of activations; limit is where the block ends.
func (d *quantizedDot) eachBlock(limit local, body func()) {
	f, size := d.f, d.sumsWithScale()
	f.loop(d.block, func() { f.i32(0) }, func() { f.i32(int32(d.step.K)) }, int32(size), func() {
		d.least(limit, d.block, size, func() { f.i32(int32(d.step.K)) })
		body()
	})
}

// least sets limit to from + size, or the end if that comes before.
func (d *quantizedDot) least(limit, from local, size int, end func()) {
	f := d.f
	f.get(from)
	f.i32(int32(size))
	f.op(opI32Add)
	f.tee(limit)
	end()
	f.get(limit)
	end()
	f.op(opI32LtS, opSelect)
	f.set(limit)
}

// activations makes whole numbers of a row of the left side, times factors that the
// column's loop variable and what is summed give.
func (d *quantizedDot) activations(factors []*ir.Exp) {
	f, step := d.f, d.step
	row, k := d.vars[d.batch], d.vars[d.batch+1]
	own, sum := index(d.batch, step.M), index(d.batch+1, step.K)
	e := step.A.Exp
	if e == nil {
		e = &ir.Exp{Kind: ir.Load, DType: step.A.DType, N: step.A.Value, Args: []*ir.Exp{operandIndex(step.A, step.Batch, own, sum)}}
	}
	if e.DType != dtypes.Float32 {
		e = &ir.Exp{Kind: ir.Cast, DType: dtypes.Float32, Args: []*ir.Exp{e}}
	}
	for _, factor := range factors {
		factor = renumber(factor, map[int]*ir.Exp{d.batch: index(d.batch+2, step.N)})
		e = &ir.Exp{Kind: ir.Apply, Op: compute.OpTypeMul, DType: dtypes.Float32, Args: []*ir.Exp{e, factor}}
	}
	f.get(d.left)
	f.set(row)
	fill := func(vector bool, step int32) {
		d.hoist(d.batch+1, e)
		f.loop(k, func() { f.get(k) }, func() { f.i32(int32(d.step.K) - step + 1) }, step, func() {
			d.scoped(func() {
				d.share(e)
				f.element(d.row, k, 4)
				d.push(e, vector)
				if vector {
					f.vectorMemory(simdStore, 0)
				} else {
					f.memory(opF32Store, 0)
				}
			})
		})
	}
	f.i32(0)
	f.set(k)
	d.scoped(func() {
		if vectorisable(e) {
			d.inLanes(d.batch+1, func() { fill(true, lanes) })
		}
		d.inLanes(-1, func() { fill(false, 1) })
	})
	d.round(k)
}

// round makes whole numbers of the row, block by block.
func (d *quantizedDot) round(k local) {
	f := d.f
	limit, to := f.local(i32), f.local(i32)
	largest, factor, most := f.local(v128), f.local(v128), f.local(f32)
	d.eachBlock(limit, func() {
		f.splatF32(0)
		f.set(largest)
		f.loop(k, func() { f.get(d.block) }, func() { f.get(limit); f.i32(lanes - 1); f.op(opI32Sub) }, lanes, func() {
			f.get(largest)
			f.element(d.row, k, 4)
			f.vectorMemory(simdLoad, 0)
			f.simd(simdF32Abs)
			f.simd(simdF32Max)
			f.set(largest)
		})
		f.f32(0)
		f.fold(opF32Max, largest)
		f.set(most)
		f.loop(k, func() { f.get(k) }, func() { f.get(limit) }, 1, func() {
			f.get(most)
			f.element(d.row, k, 4)
			f.memory(opF32Load, 0)
			f.op(opF32Abs, opF32Max)
			f.set(most)
		})
		d.scaleOf(d.left)
		f.get(most)
		f.f32(1.0 / math.MaxInt16)
		f.op(opF32Mul)
		f.memory(opF32Store, 0)
		f.f32(math.MaxInt16)
		f.get(most)
		f.op(opF32Div)
		f.simd(simdSplatF32)
		f.set(factor)
		d.numbersOf(d.left, d.block)
		f.set(to)
		f.loop(k, func() { f.get(d.block) }, func() { f.get(limit) }, lanes, func() {
			f.get(to)
			f.element(d.row, k, 4)
			f.vectorMemory(simdLoad, 0)
			f.get(factor)
			f.simd(simdF32Mul)
			f.simd(simdF32Nearest)
			f.simd(simdSatI32F32S)
			narrow := f.local(v128)
			f.tee(narrow)
			f.get(narrow)
			f.simd(simdI16NarrowI32S)
			f.vectorMemoryLane(simdStore64Lane, 0)
			f.get(to)
			f.i32(2 * lanes)
			f.op(opI32Add)
			f.set(to)
		})
	})
}

// scaleOf pushes where the scale of the block of a row of activations is.
func (d *quantizedDot) scaleOf(left local) {
	f := d.f
	f.element(d.scales, left, 4*d.scalesOfRow())
	f.get(d.block)
	f.i32(int32(d.sumsWithScale()))
	f.op(opI32DivU)
	f.i32(2)
	f.op(opI32Shl, opI32Add)
}

// numbersOf pushes where the numbers of a row of activations are, from k on.
func (d *quantizedDot) numbersOf(left, k local) {
	f := d.f
	f.element(d.numbers, left, 2*d.step.K)
	f.get(k)
	f.i32(1)
	f.op(opI32Shl, opI32Add)
}

// weight pushes sixteen bytes of weights as they are computed with.
func (d *quantizedDot) weight(address func(), shift local) {
	f := d.f
	address()
	f.vectorMemory(simdLoad, 0)
	if d.shift != nil {
		f.get(shift)
		f.simd(simdI8ShrU)
	}
	if d.mask != 0 {
		f.splatBits(uint32(d.mask) * 0x01010101)
		f.simd(simdAnd)
	}
	if d.less != 0 {
		f.splatBits(uint32(d.less) * 0x01010101)
		f.simd(simdI8Sub)
	}
}

// widen pushes the low or the high half of sixteen bytes as 16-bit numbers.
func (d *quantizedDot) widen(bytes local, high bool) {
	code := uint32(simdI16ExtendLowI8S)
	if !d.signed && d.less == 0 {
		code = simdI16ExtendLowI8U
	}
	if high {
		code++
	}
	d.f.get(bytes)
	d.f.simd(code)
}

// alongSums makes the results of a block of columns whose weights lie in the order of
// the sums, four columns at a time.
func (d *quantizedDot) alongSums() {
	f := d.f
	at, end := f.local(i32), f.local(i32)
	f.get(d.columns)
	f.get(d.width)
	f.op(opI32Add)
	f.set(end)
	f.get(d.columns)
	f.set(at)
	for _, count := range []int{4, 1} {
		f.loop(at, func() { f.get(at) }, func() { f.get(end); f.i32(int32(count - 1)); f.op(opI32Sub) }, int32(count), func() {
			d.eachLeft(func() { d.alongColumns(at, count) })
		})
	}
}

// column is what is kept for one of several columns.
type column struct{ from, shift, sum, total local }

// alongColumns makes one row's results of so many columns.
func (d *quantizedDot) alongColumns(first local, count int) {
	f, own, k := d.f, d.vars[d.batch], d.vars[d.batch+1]
	columns := make([]column, count)
	each := func(body func(c column)) {
		for i, c := range columns {
			f.get(first)
			f.i32(int32(i))
			f.op(opI32Add)
			f.set(own)
			body(c)
		}
	}
	for i := range columns {
		columns[i] = column{f.local(i32), f.local(i32), f.local(v128), f.local(v128)}
		f.splatF32(0)
		f.set(columns[i].total)
	}
	limit, end, at, x := f.local(i32), f.local(i32), f.local(i32), f.local(i32)
	d.eachBlock(limit, func() {
		for _, c := range columns {
			f.splatBits(0)
			f.set(c.sum)
		}
		f.loop(k, func() { f.get(d.block) }, func() { f.get(limit) }, int32(d.run), func() {
			d.least(end, k, d.run, func() { f.get(limit) })
			each(func(c column) {
				d.scoped(func() {
					f.get(d.address[d.byte.N])
					d.push(d.byte.Args[0], false)
					f.op(opI32Add)
					f.set(c.from)
					if d.shift != nil {
						d.push(d.shift, false)
						f.set(c.shift)
					}
				})
			})
			d.numbersOf(d.left, k)
			f.set(x)
			f.loop(at, func() { f.get(k) }, func() { f.get(end) }, 16, func() { d.sixteen(columns, x) })
		})
		f.get(d.block)
		f.set(k)
		each(func(c column) {
			f.get(c.total)
			f.get(c.sum)
			f.simd(simdF32ConvertI32S)
			d.scaleOf(d.left)
			f.memory(opF32Load, 0)
			d.scoped(func() {
				for _, factor := range d.factors {
					d.push(factor, false)
					f.op(opF32Mul)
				}
			})
			f.simd(simdSplatF32)
			f.simd(simdF32Mul)
			f.simd(simdF32Add)
			f.set(c.total)
		})
	})
	each(func(c column) {
		f.element(d.results, d.left, 4*quantizedTile)
		f.get(own)
		f.get(d.columns)
		f.op(opI32Sub)
		f.i32(2)
		f.op(opI32Shl, opI32Add)
		f.f32(0)
		f.fold(opF32Add, c.total)
		f.memory(opF32Store, 0)
	})
}

// sixteen adds the next sixteen products to each column's sum, and goes on.
func (d *quantizedDot) sixteen(columns []column, x local) {
	f := d.f
	low, high, bytes := f.local(v128), f.local(v128), f.local(v128)
	f.get(x)
	f.vectorMemory(simdLoad, 0)
	f.set(low)
	f.get(x)
	f.vectorMemory(simdLoad, 16)
	f.set(high)
	advance := func(l local, by int32) {
		f.get(l)
		f.i32(by)
		f.op(opI32Add)
		f.set(l)
	}
	for _, c := range columns {
		d.weight(func() { f.get(c.from) }, c.shift)
		f.set(bytes)
		f.get(c.sum)
		d.widen(bytes, false)
		f.get(low)
		f.simd(simdI32DotI16S)
		f.simd(simdI32Add)
		d.widen(bytes, true)
		f.get(high)
		f.simd(simdI32DotI16S)
		f.simd(simdI32Add)
		f.set(c.sum)
		advance(c.from, 16)
	}
	advance(x, 32)
}

// acrossSums makes the results of a block of columns whose weights lie in the order of
// the columns, sixteen columns at a time: pairs of rows of weights are interleaved, and
// meet pairs of activations, which hold the factors.
func (d *quantizedDot) acrossSums() {
	f := d.f
	at := f.local(i32)
	f.get(d.columns)
	f.set(d.vars[d.batch+2])
	d.eachLeft(func() {
		d.activations(d.factors)
		f.loop(at, func() { f.i32(0) }, func() { f.get(d.width) }, 16, func() { d.acrossColumns(at) })
	})
}

func (d *quantizedDot) acrossColumns(at local) {
	f, own, k := d.f, d.vars[d.batch], d.vars[d.batch+1]
	var sums, totals [4]local
	for i := range sums {
		sums[i], totals[i] = f.local(v128), f.local(v128)
		f.splatF32(0)
		f.set(totals[i])
	}
	limit, from, x := f.local(i32), f.local(i32), f.local(i32)
	first, second, bytes, pair := f.local(v128), f.local(v128), f.local(v128), f.local(v128)
	d.eachBlock(limit, func() {
		for _, sum := range sums {
			f.splatBits(0)
			f.set(sum)
		}
		f.get(d.columns)
		f.get(at)
		f.op(opI32Add)
		f.set(own)
		f.get(d.block)
		f.set(k)
		d.scoped(func() {
			f.get(d.address[d.byte.N])
			d.push(d.byte.Args[0], false)
			f.op(opI32Add)
			f.set(from)
		})
		d.numbersOf(d.left, k)
		f.set(x)
		f.loop(k, func() { f.get(d.block) }, func() { f.get(limit) }, 2, func() {
			d.weight(func() { f.get(from) }, 0)
			f.set(first)
			d.weight(func() { f.get(from); f.i32(int32(d.apart)); f.op(opI32Add) }, 0)
			f.set(second)
			f.get(x)
			f.vectorMemory(simdLoadSplat32, 0)
			f.set(pair)
			for half := range 2 {
				f.get(first)
				f.get(second)
				f.simd(simdShuffle)
				for i := range byte(8) {
					f.op(byte(8*half)+i, 16+byte(8*half)+i)
				}
				f.set(bytes)
				for i, high := range []bool{false, true} {
					f.get(sums[2*half+i])
					d.widen(bytes, high)
					f.get(pair)
					f.simd(simdI32DotI16S)
					f.simd(simdI32Add)
					f.set(sums[2*half+i])
				}
			}
			f.get(from)
			f.i32(int32(2 * d.apart))
			f.op(opI32Add)
			f.set(from)
			f.get(x)
			f.i32(4)
			f.op(opI32Add)
			f.set(x)
		})
		for i, sum := range sums {
			f.get(totals[i])
			f.get(sum)
			f.simd(simdF32ConvertI32S)
			d.scaleOf(d.left)
			f.vectorMemory(simdLoadSplat32, 0)
			f.simd(simdF32Mul)
			f.simd(simdF32Add)
			f.set(totals[i])
		}
	})
	for i, total := range totals {
		f.element(d.results, d.left, 4*quantizedTile)
		f.get(at)
		f.i32(2)
		f.op(opI32Shl, opI32Add)
		f.get(total)
		f.vectorMemory(simdStore, 16*i)
	}
}

// store stores the results of a block of columns.
func (d *quantizedDot) store() {
	f, step := d.f, d.step
	row, column, base := d.vars[d.batch], d.vars[d.batch+1], d.f.local(i32)
	at := position(append(append([]int{}, step.Batch...), step.M, step.N), 0)
	d.eachLeft(func() {
		f.get(d.left)
		f.set(row)
		f.element(d.results, d.left, 4*quantizedTile)
		f.get(d.columns)
		f.i32(2)
		f.op(opI32Shl, opI32Sub)
		f.set(base)
		d.total = func() {
			f.element(base, column, 4)
			if d.lane >= 0 {
				f.vectorMemory(simdLoad, 0)
			} else {
				f.memory(opF32Load, 0)
			}
		}
		d.storeColumns(step.Store, at, d.columns, d.width)
	})
}
