package simd

import (
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/dongyur/dongyur/wasm/ir"
)

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
			f.advance(to, 2*lanes)
		})
	})
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
