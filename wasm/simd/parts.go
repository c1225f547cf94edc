package simd

// divide chooses the loop that the parts share: the first that repeats.
func (n *nest) divide(dims []int) {
	for i, d := range dims {
		if d > 1 {
			n.divided = i
			return
		}
	}
}

// alone runs body in the first part only.
func (n *nest) alone(body func()) {
	n.f.get(partParam)
	n.f.op(opI32Eqz)
	n.f.when(body, nil)
}

// part is this part's share of a range of total: where this part begins and ends, multiples of align
// but at the end.
func (n *nest) part(total, align int) (from, to local) {
	f := n.f
	from, to = f.local(i32), f.local(i32)
	size := f.local(i32)
	f.i32(int32((total + align - 1) / align))
	f.get(partsParam)
	f.op(opI32Add)
	f.i32(1)
	f.op(opI32Sub)
	f.get(partsParam)
	f.op(opI32DivU)
	f.i32(int32(align))
	f.op(opI32Mul)
	f.set(size)
	least := func(l local) { // the number on the stack, or total
		f.tee(l)
		f.i32(int32(total))
		f.get(l)
		f.i32(int32(total))
		f.op(opI32LtS, opSelect)
		f.set(l)
	}
	f.get(size)
	f.get(partParam)
	f.op(opI32Mul)
	least(from)
	f.get(from)
	f.get(size)
	f.op(opI32Add)
	least(to)
	return from, to
}
