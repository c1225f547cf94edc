package simd

// Instructions of the threads proposal: prefix 0xFE and the number.
const (
	atomicNotify = 0x00
	atomicWait32 = 0x01
	atomicLoad   = 0x10
	atomicStore  = 0x17
	atomicAdd    = 0x1E
)

func (f *function) atomic(number byte, offset int) {
	f.op(0xFE, number, 2)
	f.code = appendUnsigned(f.code, uint64(offset))
}

// barrierAddress is where how many have come to the barrier is kept, and after it the
// round. It is the same for all programs, and never set back: a thread may still be
// on its way out of a program's last round when that program is gone.
const barrierAddress = 64

// barrier gives the function (parts) at which all parts wait for each other. The last
// one that comes advances the round. A part looks for the round's end for a while, then sleeps; after a minute
// of sleep it traps, for another part must have died.
func (c *coder) barrier() *function {
	return c.m.named("barrier", []valType{i32}, nil, func(f *function) {
		const spins, patience = 20000, 60e9
		parts := local(0)
		at, round, count := f.local(i32), f.local(i32), f.local(i32)
		f.i32(barrierAddress)
		f.set(at)
		f.get(at)
		f.atomic(atomicLoad, 4)
		f.set(round)
		f.get(at)
		f.i32(1)
		f.atomic(atomicAdd, 0)
		f.i32(1)
		f.op(opI32Add)
		f.get(parts)
		f.op(opI32Eq)
		f.when(func() {
			f.get(at)
			f.i32(0)
			f.atomic(atomicStore, 0)
			f.get(at)
			f.i32(1)
			f.atomic(atomicAdd, 4)
			f.op(opDrop)
			f.get(at)
			f.i32(-1)
			f.atomic(atomicNotify, 4)
			f.op(opDrop, opReturn)
		}, nil)
		over := func() {
			f.get(at)
			f.atomic(atomicLoad, 4)
			f.get(round)
			f.op(opI32Ne)
			f.when(func() { f.op(opReturn) }, nil)
		}
		f.loop(count, func() { f.i32(0) }, func() { f.i32(spins) }, 1, over)
		f.op(0x03, 0x40)
		over()
		f.get(at)
		f.get(round)
		f.i64(patience)
		f.atomic(atomicWait32, 4)
		f.i32(2)
		f.op(opI32Eq)
		f.when(func() { f.op(opUnreachable) }, nil)
		f.branch(0)
		f.op(0x0B)
	})
}
