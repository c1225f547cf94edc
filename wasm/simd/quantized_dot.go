package simd

import (
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
	wholeSums       local // [quantizedTile] Int32, of a block of rows of weights
	left, block     local // the row of activations at hand, and where its block begins
}

// quantizedStep writes the Dot.
func (c *coder) quantizedStep(values []int, step *ir.Dot, q quantized) *function {
	n := c.step(values)
	d := &quantizedDot{dot: &dot{nest: n, step: step, batch: len(step.Batch)}, quantized: q}
	n.variables(d.batch + 3)
	n.areas(quantizedAreas(step, q), &d.row, &d.numbers, &d.scales, &d.results, &d.wholeSums)
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
	return []int{4 * step.K, 2*step.M*step.K + 16, 4 * step.M * (step.K/16 + 1), 4 * step.M * quantizedTile, 4 * quantizedTile}
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
		f.advance(c.from, 16)
	}
	f.advance(x, 32)
}

// acrossSums makes the results of a block of columns whose weights lie in the order of
// the columns: pairs of rows of weights are interleaved, and meet pairs of activations,
// which hold the factors. A few rows are read whole before the next: what a cache
// fetches of rows that are far apart would be gone when it is asked for again.
func (d *quantizedDot) acrossSums() {
	const few = 8
	f := d.f
	limit, first, end, at, to := f.local(i32), f.local(i32), f.local(i32), f.local(i32), f.local(i32)
	f.get(d.columns)
	f.set(d.vars[d.batch+2])
	d.eachLeft(func() {
		d.activations(d.factors)
		f.element(d.results, d.left, 4*quantizedTile)
		f.set(to)
		f.fill(to, 4*quantizedTile)
		d.eachBlock(limit, func() {
			f.fill(d.wholeSums, 4*quantizedTile)
			f.loop(first, func() { f.get(d.block) }, func() { f.get(limit) }, few, func() {
				d.least(end, first, few, func() { f.get(limit) })
				f.loop(at, func() { f.i32(0) }, func() { f.get(d.width) }, 16, func() { d.acrossColumns(at, first, end) })
			})
			f.loop(at, func() { f.i32(0) }, func() { f.get(d.width) }, lanes, func() {
				f.element(to, at, 4)
				f.element(to, at, 4)
				f.vectorMemory(simdLoad, 0)
				f.element(d.wholeSums, at, 4)
				f.vectorMemory(simdLoad, 0)
				f.simd(simdF32ConvertI32S)
				d.scaleOf(d.left)
				f.vectorMemory(simdLoadSplat32, 0)
				f.simd(simdF32Mul)
				f.simd(simdF32Add)
				f.vectorMemory(simdStore, 0)
			})
		})
	})
}

// acrossColumns adds the products of rows of weights from first to end to the sums of
// sixteen columns.
func (d *quantizedDot) acrossColumns(at, first, end local) {
	f, own, k := d.f, d.vars[d.batch], d.vars[d.batch+1]
	var sums [4]local
	to := f.local(i32)
	f.element(d.wholeSums, at, 4)
	f.set(to)
	for i := range sums {
		sums[i] = f.local(v128)
		f.get(to)
		f.vectorMemory(simdLoad, 16*i)
		f.set(sums[i])
	}
	from, x := f.local(i32), f.local(i32)
	upper, lower, bytes, pair := f.local(v128), f.local(v128), f.local(v128), f.local(v128)
	f.get(d.columns)
	f.get(at)
	f.op(opI32Add)
	f.set(own)
	f.get(first)
	f.set(k)
	d.scoped(func() {
		f.get(d.address[d.byte.N])
		d.push(d.byte.Args[0], false)
		f.op(opI32Add)
		f.set(from)
	})
	d.numbersOf(d.left, first)
	f.set(x)
	f.loop(k, func() { f.get(first) }, func() { f.get(end) }, 2, func() {
		d.weight(func() { f.get(from) }, 0)
		f.set(upper)
		d.weight(func() { f.get(from); f.i32(int32(d.apart)); f.op(opI32Add) }, 0)
		f.set(lower)
		f.get(x)
		f.vectorMemory(simdLoadSplat32, 0)
		f.set(pair)
		for half := range 2 {
			f.get(upper)
			f.get(lower)
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
		f.advance(from, int32(2*d.apart))
		f.advance(x, 4)
	})
	for i, sum := range sums {
		f.get(to)
		f.get(sum)
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
