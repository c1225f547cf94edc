package simd

import (
	"github.com/gomlx/compute/dtypes"

	"github.com/dongyur/dongyur/wasm/ir"
)

// A product with few rows, such as a decoding step's, reads each number of B once or a
// few times: packing it would cost more than it saves. The row of A is laid out in
// scratch memory, and functions that all such products of a plan share go over B as it
// lies. The browser's best compiler comes to what runs often, so one function for all
// is worth more than one each.
const (
	vectorRows    = 4  // products with fewer rows are made so
	vectorLeast   = 8  // and of no fewer columns and sums
	vectorColumns = 32 // that lie next to each other, at once
	vectorApart   = 4  // columns that do not, at once
)

// byVectors says that a product is one of these: B's numbers are as they lie in memory,
// and next to each other along columns or along sums.
func byVectors(step *ir.Dot) bool {
	b := step.B
	return step.Sum == dtypes.Float32 && step.M < vectorRows && step.N >= vectorLeast && step.K >= vectorLeast &&
		b.Exp == nil && b.DType == dtypes.Float32 && (b.RowStride == 1 || b.SumStride == 1)
}

func (d *dot) writeVectors() {
	f, step := d.f, d.step
	for _, l := range []*local{&d.columns, &d.sums, &d.rows, &d.width, &d.length, &d.height, &d.padded, &d.panelA, &d.sum} {
		*l = f.local(i32)
	}
	f.get(scratchParam)
	f.tee(d.panelA)
	f.i32(int32(4 * roundUp(step.K, lanes)))
	f.op(opI32Add)
	f.set(d.sum)
	f.i32(int32(step.K))
	f.tee(d.length)
	f.set(d.padded)
	d.divideBlocks(func(rows, columns [2]local) {
		d.block(d.rows, d.height, rows, 1, func() {
			d.pack(step.A, d.panelA, d.rows, d.height, step.M, 1)
			d.block(d.columns, d.width, columns, columnBlock, func() {
				d.sumVectors()
				f.get(d.rows)
				f.set(d.vars[d.batch])
				d.storeSums(func() { f.get(d.sum) })
			})
		})
	})
}

// sumVectors sums the columns of the block at hand.
func (d *dot) sumVectors() {
	f, b := d.f, d.step.B
	column, k := d.vars[d.batch], d.vars[d.batch+1]
	from, to, end := f.local(i32), f.local(i32), f.local(i32)
	f.get(d.columns)
	f.set(column)
	f.i32(0)
	f.set(k)
	f.get(d.address[b.Value])
	d.scoped(func() {
		d.push(operandIndex(b, d.step.Batch, index(d.batch, d.step.N), index(d.batch+1, d.step.K)), false)
	})
	d.scale(4)
	f.op(opI32Add)
	f.set(from)
	f.get(d.sum)
	f.tee(to)
	f.get(d.width)
	f.i32(2)
	f.op(opI32Shl, opI32Add)
	f.set(end)
	// run calls by while so many columns are left.
	run := func(columns, stride int, by *function) {
		f.loop(to, func() { f.get(to) }, func() { f.get(end); f.i32(int32(4 * (columns - 1))); f.op(opI32Sub) }, int32(4*columns), func() {
			f.get(d.panelA)
			f.get(from)
			f.get(d.length)
			f.i32(int32(4 * stride))
			f.get(to)
			f.call(by)
			f.advance(from, int32(4*columns*b.RowStride))
		})
	}
	if b.RowStride == 1 {
		run(vectorColumns, b.SumStride, d.neighbours(vectorColumns/lanes))
		run(lanes, b.SumStride, d.neighbours(1))
	} else {
		run(vectorApart, b.RowStride, d.apartColumns())
	}
	run(1, b.SumStride, d.oneColumn())
}

// Parameters of the functions below: addresses of the row of A and of B's first number,
// how many are summed, bytes between the rows of B that lie together, and the address
// of the sums.
var vectorParams = []valType{i32, i32, i32, i32, i32}

// neighbours makes vectors of sums whose columns lie next to each other.
func (c *coder) neighbours(vectors int) *function {
	name := "neighbours"
	if vectors == 1 {
		name = "four neighbours"
	}
	return c.m.named(name, vectorParams, nil, func(f *function) {
		x, b, k, stride, to := local(0), local(1), local(2), local(3), local(4)
		a := f.local(v128)
		sums := make([]local, vectors)
		for v := range sums {
			sums[v] = f.local(v128)
		}
		step := func(at int) {
			f.get(x)
			f.vectorMemory(simdLoadSplat32, 4*at)
			f.set(a)
			column := f.local(v128)
			for v, sum := range sums {
				f.get(b)
				f.vectorMemory(simdLoad, 16*v)
				f.set(column)
				c.multiplyAdd(f, a, column, sum)
				f.set(sum)
			}
			f.get(b)
			f.get(stride)
			f.op(opI32Add)
			f.set(b)
		}
		f.unrolled(k, sumUnroll, step, func(steps int) { f.advance(x, int32(4*steps)) })
		for v, sum := range sums {
			f.get(to)
			f.get(sum)
			f.vectorMemory(simdStore, 16*v)
		}
	})
}

// unrolled runs step k times, count of them in one round; move goes on by so many.
func (f *function) unrolled(k local, count int, step, move func(steps int)) {
	done := f.local(i32)
	f.loop(done, func() { f.i32(int32(count - 1)) }, func() { f.get(k) }, int32(count), func() {
		for at := range count {
			step(at)
		}
		move(count)
	})
	f.loop(done, func() { f.get(done); f.i32(int32(count - 1)); f.op(opI32Sub) }, func() { f.get(k) }, 1, func() {
		step(0)
		move(1)
	})
}

// apartColumns makes vectorApart sums along numbers that lie next to each other.
func (c *coder) apartColumns() *function {
	return c.m.named("columns apart", vectorParams, nil, func(f *function) {
		x, b, k, stride, to := local(0), local(1), local(2), local(3), local(4)
		var columns, sums [vectorApart]local
		for i := range columns {
			columns[i], sums[i] = b, f.local(v128)
			if i > 0 {
				columns[i] = f.local(i32)
				f.get(columns[i-1])
				f.get(stride)
				f.op(opI32Add)
				f.set(columns[i])
			}
		}
		a, number, whole := f.local(v128), f.local(v128), f.local(i32)
		f.get(k)
		f.i32(2)
		f.op(opI32ShrU)
		f.set(whole)
		step := func(at int) {
			f.get(x)
			f.vectorMemory(simdLoad, 16*at)
			f.set(a)
			for i, column := range columns {
				f.get(column)
				f.vectorMemory(simdLoad, 16*at)
				f.set(number)
				c.multiplyAdd(f, a, number, sums[i])
				f.set(sums[i])
			}
		}
		f.unrolled(whole, sumUnroll, step, func(steps int) {
			f.advance(x, int32(16*steps))
			for _, column := range columns {
				f.advance(column, int32(16*steps))
			}
		})
		// Pairs of lanes, then pairs of those: lane i of what is left is the sum of sums[i].
		pairs := func(left, right local, low, high [4]byte) {
			for _, from := range [][4]byte{low, high} {
				f.get(left)
				f.get(right)
				var bytes [16]byte
				for i, lane := range from {
					for j := range byte(4) {
						bytes[4*i+int(j)] = 4*lane + j
					}
				}
				f.simd(simdShuffle, bytes[:]...)
			}
			f.simd(simdF32Add)
		}
		first, second := sums[0], sums[2]
		pairs(sums[0], sums[1], [4]byte{0, 4, 1, 5}, [4]byte{2, 6, 3, 7})
		f.set(first)
		pairs(sums[2], sums[3], [4]byte{0, 4, 1, 5}, [4]byte{2, 6, 3, 7})
		f.set(second)
		f.get(to)
		pairs(first, second, [4]byte{0, 1, 4, 5}, [4]byte{2, 3, 6, 7})
		f.vectorMemory(simdStore, 0)
		// What is left of k, fewer than four.
		rest := f.local(i32)
		f.loop(rest, func() { f.get(k); f.i32(-lanes); f.op(opI32And) }, func() { f.get(k) }, 1, func() {
			for i, column := range columns {
				f.get(to)
				f.get(to)
				f.memory(opF32Load, 4*i)
				f.get(x)
				f.memory(opF32Load, 0)
				f.get(column)
				f.memory(opF32Load, 0)
				f.op(opF32Mul, opF32Add)
				f.memory(opF32Store, 4*i)
				f.advance(column, 4)
			}
			f.advance(x, 4)
		})
	})
}

// oneColumn makes one sum, over numbers of B that are so many bytes apart.
func (c *coder) oneColumn() *function {
	return c.m.named("one column", vectorParams, nil, func(f *function) {
		x, b, k, stride, to := local(0), local(1), local(2), local(3), local(4)
		sum := f.local(f32)
		done := f.local(i32)
		f.loop(done, func() { f.i32(0) }, func() { f.get(k) }, 1, func() {
			f.get(sum)
			f.get(x)
			f.memory(opF32Load, 0)
			f.get(b)
			f.memory(opF32Load, 0)
			f.op(opF32Mul, opF32Add)
			f.set(sum)
			f.get(b)
			f.get(stride)
			f.op(opI32Add)
			f.set(b)
			f.advance(x, 4)
		})
		f.get(to)
		f.get(sum)
		f.memory(opF32Store, 0)
	})
}
