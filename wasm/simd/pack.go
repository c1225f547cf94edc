package simd

import (
	"github.com/gomlx/compute/dtypes"

	"github.com/dongyur/dongyur/wasm/ir"
)

// pack copies a block of an operand into panels of width rows: panel[k][row], rows
// and k beyond the block filled with 0. first and count are the block's rows, total
// the operand's.
func (d *dot) pack(o ir.Operand, panels, first, count local, total, width int) {
	f := d.f
	row, k := d.vars[d.batch], d.vars[d.batch+1]
	sum, own := index(d.batch+1, d.step.K), index(d.batch, total)
	e := o.Exp
	if e == nil {
		e = &ir.Exp{Kind: ir.Load, DType: o.DType, N: o.Value, Args: []*ir.Exp{operandIndex(o, d.step.Batch, own, sum)}}
	}
	if e.DType != dtypes.Float32 {
		e = &ir.Exp{Kind: ir.Cast, DType: dtypes.Float32, Args: []*ir.Exp{e}}
	}
	plain := o.Exp == nil && o.DType == dtypes.Float32
	panel, to := f.local(i32), f.local(i32)
	lastRow, inPanel := f.local(i32), f.local(i32)
	f.get(first)
	f.get(count)
	f.op(opI32Add)
	f.set(lastRow)
	f.get(panels)
	f.set(to)
	f.loop(panel, func() { f.get(first) }, func() { f.get(lastRow) }, int32(width), func() {
		d.scoped(func() {
			if plain && o.RowStride == 1 && width%lanes == 0 {
				f.get(panel)
				f.i32(int32(width))
				f.op(opI32Add)
				f.get(lastRow)
				f.op(opI32LeS)
				f.when(func() { d.packNeighbours(o, e, panel, to, width) },
					func() { d.packRows(e, panel, lastRow, inPanel, to, width, row, k, false) })
				return
			}
			d.packRows(e, panel, lastRow, inPanel, to, width, row, k, vectorisable(e))
		})
		f.get(to)
		f.get(d.padded)
		f.i32(int32(4 * width))
		f.op(opI32Mul, opI32Add)
		f.set(to)
	})
}

// packNeighbours copies a panel whose rows lie next to each other.
func (d *dot) packNeighbours(o ir.Operand, e *ir.Exp, panel, to local, width int) {
	f := d.f
	row, k := d.vars[d.batch], d.vars[d.batch+1]
	from, at := f.local(i32), f.local(i32)
	f.get(panel)
	f.set(row)
	f.get(d.sums)
	f.set(k)
	f.get(d.address[o.Value])
	d.push(e.Args[0], false)
	d.scale(4)
	f.op(opI32Add)
	f.set(from)
	f.get(to)
	f.set(at)
	d.eachSum(k, func() {
		for v := 0; v < width; v += lanes {
			f.get(at)
			f.get(from)
			f.vectorMemory(simdLoad, 4*v)
			f.vectorMemory(simdStore, 4*v)
		}
		f.get(from)
		f.i32(int32(4 * o.SumStride))
		f.op(opI32Add)
		f.set(from)
		f.get(at)
		f.i32(int32(4 * width))
		f.op(opI32Add)
		f.set(at)
	})
	d.padding(k, func() {
		for v := 0; v < width; v += lanes {
			f.get(at)
			f.splatBits(0)
			f.vectorMemory(simdStore, 4*v)
		}
		f.get(at)
		f.i32(int32(4 * width))
		f.op(opI32Add)
		f.set(at)
	})
}

// eachSum loops k over the block's sums.
func (d *dot) eachSum(k local, body func()) {
	f := d.f
	f.loop(k, func() { f.get(d.sums) }, func() { f.get(d.sums); f.get(d.length); f.op(opI32Add) }, 1, body)
}

// padding loops k over what is missing to a multiple of sumUnroll.
func (d *dot) padding(k local, body func()) {
	f := d.f
	f.loop(k, func() { f.get(d.sums); f.get(d.length); f.op(opI32Add) },
		func() { f.get(d.sums); f.get(d.padded); f.op(opI32Add) }, 1, body)
}

// packRows packs a panel row by row, four of k at once where that can be.
func (d *dot) packRows(e *ir.Exp, panel, lastRow, inPanel, to local, width int, row, k local, vector bool) {
	f := d.f
	at := f.local(i32)
	step := func() {
		f.get(at)
		f.i32(int32(4 * width))
		f.op(opI32Add)
		f.set(at)
	}
	f.loop(inPanel, func() { f.i32(0) }, func() { f.i32(int32(width)) }, 1, func() {
		f.get(panel)
		f.get(inPanel)
		f.op(opI32Add)
		f.set(row)
		f.get(to)
		f.get(inPanel)
		f.i32(2)
		f.op(opI32Shl, opI32Add)
		f.set(at)
		zero := func() {
			f.get(at)
			f.f32(0)
			f.memory(opF32Store, 0)
			step()
		}
		f.get(row)
		f.get(lastRow)
		f.op(opI32LtS)
		f.when(func() {
			d.scoped(func() {
				f.get(d.sums)
				f.set(k)
				if vector {
					d.inLanes(d.batch+1, func() {
						d.hoist(d.batch+1, e)
						f.loop(k, func() { f.get(d.sums) },
							func() { f.get(d.sums); f.get(d.length); f.i32(-lanes); f.op(opI32And, opI32Add) }, lanes, func() {
								d.scoped(func() {
									x := f.local(v128)
									d.share(e)
									d.push(e, true)
									f.set(x)
									for lane := range byte(lanes) {
										f.get(at)
										f.get(x)
										f.vectorMemory(simdStore32Lane, 4*width*int(lane))
										f.op(lane)
									}
									f.get(at)
									f.i32(int32(4 * width * lanes))
									f.op(opI32Add)
									f.set(at)
								})
							})
					})
				}
				d.inLanes(-1, func() {
					if !vector {
						d.hoist(d.batch+1, e)
					}
					f.loop(k, func() { f.get(k) }, func() { f.get(d.sums); f.get(d.length); f.op(opI32Add) }, 1, func() {
						d.scoped(func() {
							d.share(e)
							f.get(at)
							d.push(e, false)
							f.memory(opF32Store, 0)
							step()
						})
					})
				})
			})
			d.padding(k, zero)
		}, func() {
			f.loop(k, func() { f.i32(0) }, func() { f.get(d.padded) }, 1, zero)
		})
	})
}
