package simd

// tiling is a product of packed blocks: sums[m][n] = Σ_k A·B, or, if it goes on, += .
type tiling struct {
	a, b, sums    local // addresses; of sums, that of the first row's first
	rows, columns local
	depth         local // how many are summed, a multiple of sumUnroll
	stride        int   // bytes between rows of sums
	goOn          bool
	unlessZero    *local // goes on if this is not 0
}

// tiles sums all tiles of a block.
func (n *nest) tiles(t tiling) {
	f := n.f
	micro := n.micro()
	row, column := f.local(i32), f.local(i32)
	f.loop(column, func() { f.i32(0) }, func() { f.get(t.columns) }, tileColumns, func() {
		f.loop(row, func() { f.i32(0) }, func() { f.get(t.rows) }, tileRows, func() {
			panel := func(base, first local) { // base + first·depth·4
				f.get(base)
				f.get(first)
				f.get(t.depth)
				f.op(opI32Mul)
				f.i32(2)
				f.op(opI32Shl, opI32Add)
			}
			panel(t.a, row)
			panel(t.b, column)
			f.get(t.depth)
			f.element(t.sums, row, t.stride)
			f.get(column)
			f.i32(2)
			f.op(opI32Shl, opI32Add)
			f.i32(int32(t.stride))
			switch {
			case t.unlessZero != nil:
				f.get(*t.unlessZero)
			case t.goOn:
				f.i32(1)
			default:
				f.i32(0)
			}
			f.call(micro)
		})
	})
}

// micro is the function (A's panel, B's panel, k, sums, bytes between their rows,
// whether they go on) that makes one tile.
func (c *coder) micro() *function {
	params := []valType{i32, i32, i32, i32, i32, i32}
	return c.m.named("tile", params, nil, func(f *function) {
		a, b, k, to, stride, goOn := local(0), local(1), local(2), local(3), local(4), local(5)
		const vectors = tileColumns / lanes
		var sums [tileRows][vectors]local
		var columns [vectors]local
		for i := range columns {
			columns[i] = f.local(v128)
		}
		for r := range sums {
			for v := range sums[r] {
				sums[r][v] = f.local(v128)
			}
		}
		at := f.local(i32)
		eachRow := func(do func(r int)) {
			f.get(to)
			f.set(at)
			for r := range tileRows {
				do(r)
				f.get(at)
				f.get(stride)
				f.op(opI32Add)
				f.set(at)
			}
		}
		f.get(goOn)
		f.when(func() {
			eachRow(func(r int) {
				for v := range vectors {
					f.get(at)
					f.vectorMemory(simdLoad, 16*v)
					f.set(sums[r][v])
				}
			})
		}, nil)
		count := f.local(i32)
		f.loop(count, func() { f.i32(0) }, func() { f.get(k) }, sumUnroll, func() {
			for u := range sumUnroll {
				for v := range vectors {
					f.get(b)
					f.vectorMemory(simdLoad, 4*tileColumns*u+16*v)
					f.set(columns[v])
				}
				x := f.local(v128)
				for r := range tileRows {
					f.get(a)
					f.vectorMemory(simdLoadSplat32, 4*(tileRows*u+r))
					f.set(x)
					for v := range vectors {
						c.multiplyAdd(f, x, columns[v], sums[r][v])
						f.set(sums[r][v])
					}
				}
			}
			f.advance(a, 4*tileRows*sumUnroll)
			f.advance(b, 4*tileColumns*sumUnroll)
		})
		eachRow(func(r int) {
			for v := range vectors {
				f.get(at)
				f.get(sums[r][v])
				f.vectorMemory(simdStore, 16*v)
			}
		})
	})
}

// multiplyAdd pushes x·y + z.
func (c *coder) multiplyAdd(f *function, x, y, z local) {
	if c.fused {
		f.get(x)
		f.get(y)
		f.get(z)
		f.simd(simdRelaxedMadd)
		return
	}
	f.get(z)
	f.get(x)
	f.get(y)
	f.simd(simdF32Mul)
	f.simd(simdF32Add)
}

// advance adds to a local.
func (f *function) advance(l local, by int32) {
	f.get(l)
	f.i32(by)
	f.op(opI32Add)
	f.set(l)
}

// areas gives locals the addresses of parts of the scratch memory of so many bytes, one
// behind the other.
func (n *nest) areas(bytes []int, to ...*local) {
	for i, l := range to {
		*l = n.f.local(i32)
		n.f.get(scratchParam)
		n.f.i32(int32(areasBytes(bytes[:i])))
		n.f.op(opI32Add)
		n.f.set(*l)
	}
}

// areasBytes is how much memory areas take.
func areasBytes(areas []int) int {
	total := 0
	for _, bytes := range areas {
		total += int(roundedSize(int64(bytes)))
	}
	return total
}
