package simd

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/dongyur/dongyur/wasm/ir"
)

// The blocks of a matrix product, after Goto and van de Geijn (Anatomy of
// high-performance matrix multiplication, 2008): of B, sumBlock × columnBlock
// numbers are packed into panels of tileColumns; of A, rowBlock × sumBlock into
// panels of tileRows; and a tile of tileRows × tileColumns is summed in registers,
// of which the machine has 16: 12 for sums, 2 for B, one for A.
const (
	tileRows    = 6
	tileColumns = 8
	rowBlock    = 16 * tileRows
	columnBlock = 256
	sumBlock    = 512
	sumUnroll   = 4 // panels' lengths are multiples of this, filled with zeros
)

// dotStep writes a Dot. Small ones, and sums of integers, are rows.
func (c *coder) dotStep(values []int, step *ir.Dot) *function {
	if q, ok := quantizedOperand(step); ok {
		return c.quantizedStep(values, step, q)
	}
	vectors := byVectors(step)
	if !vectors && (step.Sum != dtypes.Float32 || step.M < 4 || step.N < 4 || step.K < 4) {
		return c.rowStep(values, dotAsRow(step))
	}
	n := c.step(values)
	d := &dot{nest: n, step: step, batch: len(step.Batch)}
	n.variables(d.batch + 2) // batch axes, then m or n, then n or k
	if vectors {
		d.writeVectors()
	} else {
		d.write()
	}
	return n.f
}

// dotAsRow is the same product as a sum over k for each element.
func dotAsRow(step *ir.Dot) *ir.Row {
	batch := len(step.Batch)
	row, column, sum := index(batch, step.M), index(batch+1, step.N), index(batch+2, step.K)
	operand := func(o ir.Operand, own *ir.Exp) *ir.Exp {
		e := o.Exp
		if e != nil {
			e = renumber(e, map[int]*ir.Exp{batch: own, batch + 1: sum})
		} else {
			e = &ir.Exp{Kind: ir.Load, DType: o.DType, N: o.Value, Args: []*ir.Exp{operandIndex(o, step.Batch, own, sum)}}
		}
		if e.DType != step.Sum {
			e = &ir.Exp{Kind: ir.Cast, DType: step.Sum, Args: []*ir.Exp{e}}
		}
		return e
	}
	product := &ir.Exp{Kind: ir.Apply, Op: compute.OpTypeMul, DType: step.Sum,
		Args: []*ir.Exp{operand(step.A, row), operand(step.B, column)}}
	store := step.Store
	store.Exp = withTotal(store.Exp, &ir.Exp{Kind: ir.Reduced, DType: step.Sum})
	return &ir.Row{
		Outer: append(append([]int{}, step.Batch...), step.M, step.N), Inner: []int{step.K},
		Reductions: []ir.Reduction{{Op: compute.OpTypeReduceSum, Exp: product, DType: step.Sum}},
		Once:       []ir.Store{store},
	}
}

// operandIndex is the position of an operand's element.
func operandIndex(o ir.Operand, batch []int, own, sum *ir.Exp) *ir.Exp {
	at := number(o.Offset)
	add := func(e *ir.Exp, stride int) {
		if stride != 0 {
			at = combine(opAdd, term(e, stride), at)
		}
	}
	for i, stride := range o.BatchStrides {
		add(index(i, batch[i]), stride)
	}
	add(own, o.RowStride)
	add(sum, o.SumStride)
	return at
}

// renumber replaces loop variables.
func renumber(e *ir.Exp, variables map[int]*ir.Exp) *ir.Exp {
	return rewrite(e, map[*ir.Exp]*ir.Exp{}, func(e *ir.Exp) *ir.Exp {
		if e.Kind == ir.Index {
			return variables[e.N]
		}
		return nil
	})
}

// withTotal replaces the sum of a Dot.
func withTotal(e, total *ir.Exp) *ir.Exp {
	return rewrite(e, map[*ir.Exp]*ir.Exp{}, func(e *ir.Exp) *ir.Exp {
		if e.Kind == ir.Accumulated {
			return total
		}
		return nil
	})
}

// rewrite replaces what by gives something for; shared parts stay shared.
func rewrite(e *ir.Exp, done map[*ir.Exp]*ir.Exp, by func(*ir.Exp) *ir.Exp) *ir.Exp {
	if to, ok := done[e]; ok {
		return to
	}
	to := by(e)
	if to == nil {
		to = e
		for i, arg := range e.Args {
			changed := rewrite(arg, done, by)
			if changed == arg {
				continue
			}
			if to == e {
				copied := *e
				copied.Args = append([]*ir.Exp{}, e.Args...)
				to = &copied
			}
			to.Args[i] = changed
		}
	}
	done[e] = to
	return to
}

// dot writes a large product.
type dot struct {
	*nest
	step  *ir.Dot
	batch int // how many batch axes

	columns, sums, rows local // where the block at hand begins: n, k, m
	width, length       local // columns and sums of the block at hand
	height              local // rows
	padded              local // sums, rounded up to sumUnroll
	panelA, panelB, sum local // addresses of the packed blocks and of the sums
	blockSums           local // and of those of the rows at hand
}

// Sizes of the parts of the scratch memory, in bytes.
func (d *dot) blocks() (sums, depth, columns, rows int) {
	depth = min(sumBlock, roundUp(d.step.K, sumUnroll))
	columns = min(columnBlock, roundUp(d.step.N, tileColumns))
	rows = min(rowBlock, roundUp(d.step.M, tileRows))
	sums = rows
	if d.step.K > sumBlock { // sums of all rows wait for the next block of k
		sums = roundUp(d.step.M, tileRows)
	}
	return sums, depth, columns, rows
}

// dotScratch is how many bytes of scratch memory a Dot needs.
func dotScratch(step *ir.Dot) int {
	if q, ok := quantizedOperand(step); ok {
		return areasBytes(quantizedAreas(step, q))
	}
	if byVectors(step) {
		return 4 * (roundUp(step.K, lanes) + columnBlock)
	}
	d := &dot{step: step}
	sums, depth, columns, rows := d.blocks()
	return 4 * (depth*columns + depth*rows + sums*columns)
}

func roundUp(v, to int) int { return (v + to - 1) / to * to }

func (d *dot) write() {
	f, step := d.f, d.step
	_, depth, stride, rows := d.blocks()
	for _, l := range []*local{&d.columns, &d.sums, &d.rows, &d.width, &d.length, &d.height, &d.padded, &d.panelA, &d.panelB, &d.sum, &d.blockSums} {
		*l = f.local(i32)
	}
	f.get(scratchParam)
	f.tee(d.panelB)
	f.i32(int32(4 * depth * stride))
	f.op(opI32Add)
	f.tee(d.panelA)
	f.i32(int32(4 * depth * rows))
	f.op(opI32Add)
	f.set(d.sum)
	d.divideBlocks(func(rows, columns [2]local) {
		d.block(d.columns, d.width, columns, columnBlock, func() {
			d.block(d.sums, d.length, d.bounds(0, step.K), sumBlock, func() {
				f.get(d.length)
				f.i32(sumUnroll - 1)
				f.op(opI32Add)
				f.i32(-sumUnroll)
				f.op(opI32And)
				f.set(d.padded)
				d.pack(step.B, d.panelB, d.columns, d.width, step.N, tileColumns)
				d.block(d.rows, d.height, rows, rowBlock, func() {
					d.pack(step.A, d.panelA, d.rows, d.height, step.M, tileRows)
					d.placeSums(stride)
					d.tiles(tiling{a: d.panelA, b: d.panelB, sums: d.blockSums, rows: d.height, columns: d.width, depth: d.padded,
						stride: 4 * stride, unlessZero: &d.sums}) // the first block of k starts from nothing
					d.finish(stride)
				})
			})
		})
	})
}

// divideBlocks runs body for each batch with its ranges of rows and of columns. The
// parts share the batches where there are many, else the longer side.
func (d *dot) divideBlocks(body func(rows, columns [2]local)) {
	step := d.step
	rows, columns := d.bounds(0, step.M), d.bounds(0, step.N)
	switch {
	case elements(step.Batch) >= 8:
		d.divide(step.Batch)
	case step.N >= step.M:
		columns[0], columns[1] = d.part(step.N, tileColumns)
	default:
		rows[0], rows[1] = d.part(step.M, tileRows)
	}
	d.loops(step.Batch, 0, nil, func(bool) { body(rows, columns) })
}

// bounds are two numbers in locals.
func (d *dot) bounds(from, to int) [2]local {
	var b [2]local
	for i, v := range []int{from, to} {
		b[i] = d.f.local(i32)
		d.f.i32(int32(v))
		d.f.set(b[i])
	}
	return b
}

// block loops over a range by size; count is how many there are in the block.
func (d *dot) block(from, count local, bounds [2]local, size int, body func()) {
	f := d.f
	f.loop(from, func() { f.get(bounds[0]) }, func() { f.get(bounds[1]) }, int32(size), func() {
		f.i32(int32(size))
		f.get(bounds[1])
		f.get(from)
		f.op(opI32Sub)
		f.tee(count)
		f.i32(int32(size))
		f.get(count)
		f.op(opI32LtS, opSelect)
		f.set(count)
		body()
	})
}

// placeSums sets blockSums.
func (d *dot) placeSums(columns int) {
	f := d.f
	f.get(d.sum)
	if d.step.K > sumBlock {
		f.get(d.rows)
		f.i32(int32(4 * columns))
		f.op(opI32Mul, opI32Add)
	}
	f.set(d.blockSums)
}

// finish stores what the sums of the block have become, after the last block of k.
func (d *dot) finish(columns int) {
	f, step := d.f, d.step
	row := d.vars[d.batch]
	offset := f.local(i32)
	store := func() {
		f.loop(row, func() { f.get(d.rows) }, func() { f.get(d.rows); f.get(d.height); f.op(opI32Add) }, 1, func() {
			f.get(row)
			f.get(d.rows)
			f.op(opI32Sub)
			f.set(offset)
			d.storeSums(func() { f.element(d.blockSums, offset, 4*columns) })
		})
	}
	if step.K <= sumBlock {
		store()
		return
	}
	f.get(d.sums)
	f.get(d.length)
	f.op(opI32Add)
	f.i32(int32(step.K))
	f.op(opI32GeS)
	f.when(store, nil)
}

// storeSums stores what a row's sums have become; first pushes the address of that of
// the block's first column. That of column 0 is before it.
func (d *dot) storeSums(first func()) {
	f, step := d.f, d.step
	sums := f.local(i32)
	first()
	f.get(d.columns)
	f.i32(2)
	f.op(opI32Shl, opI32Sub)
	f.set(sums)
	d.total = func() {
		f.element(sums, d.vars[d.batch+1], 4)
		if d.lane >= 0 {
			f.vectorMemory(simdLoad, 0)
		} else {
			f.memory(opF32Load, 0)
		}
	}
	at := position(append(append([]int{}, step.Batch...), step.M, step.N), 0)
	d.storeColumns(step.Store, at, d.columns, d.width)
}

// storeColumns stores so many columns of a row, four at once where that can be. The
// row is in its loop variable, and total pushes the sums of the column in its own.
func (d *dot) storeColumns(store ir.Store, at *ir.Exp, first, count local) {
	f, column := d.f, d.vars[d.batch+1]
	stores := []ir.Store{store}
	exps := storeExps(stores, at)
	d.scoped(func() {
		if vectorisable(exps...) {
			d.inLanes(d.batch+1, func() {
				d.hoist(d.batch+1, exps...)
				f.loop(column, func() { f.get(first) },
					func() { f.get(first); f.get(count); f.i32(-lanes); f.op(opI32And, opI32Add) },
					lanes, func() { d.scoped(func() { d.storeAll(stores, at, true) }) })
			})
		} else {
			f.get(first)
			f.set(column)
		}
		d.inLanes(-1, func() {
			f.loop(column, func() { f.get(column) }, func() { f.get(first); f.get(count); f.op(opI32Add) }, 1, func() {
				d.scoped(func() { d.storeAll(stores, at, false) })
			})
		})
	})
}
