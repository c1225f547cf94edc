package simd

import (
	"math"

	"github.com/gomlx/compute"
)

// vectorFunction gives the function from vector to vector that computes op on four
// Float32 numbers, or nil. A scalar is computed by the same function, so that an
// element's bits do not depend on its place.
//
// The approximations are those of Cephes (Moshier, expf.c, logf.c, tanhf.c), within
// a few units in the last place.
func (n *nest) vectorFunction(op compute.OpType) *function {
	write := map[compute.OpType]func(*nest){
		compute.OpTypeExp: writeExp, compute.OpTypeLog: writeLog, compute.OpTypeTanh: writeTanh, compute.OpTypeSign: writeSign,
	}[op]
	if write == nil {
		return nil
	}
	return n.unary(op.String(), write)
}

// unary gives a named function of one vector, local 0.
func (n *nest) unary(name string, write func(*nest)) *function {
	return n.m.named(name, []valType{v128}, []valType{v128}, func(f *function) { write(&nest{coder: n.coder, f: f}) })
}

// keepAs pops the vector on the stack into a new local.
func (n *nest) keepAs() local {
	l := n.f.local(v128)
	n.f.set(l)
	return l
}

// binary pushes a op b of two locals.
func (n *nest) binary(code uint32, a, b local) {
	n.f.get(a)
	n.f.get(b)
	n.f.simd(code)
}

// with pushes (the vector on the stack) op (a constant).
func (n *nest) with(code uint32, constant float32) {
	n.f.splatF32(constant)
	n.f.simd(code)
}

// polynomial pushes Σ coefficients, the highest power of x first.
func (n *nest) polynomial(x local, coefficients ...float32) {
	n.f.splatF32(coefficients[0])
	for _, c := range coefficients[1:] {
		n.f.get(x)
		n.f.simd(simdF32Mul)
		n.with(simdF32Add, c)
	}
}

// writeExp: x = k·ln 2 + r, exp(x) = 2^k·exp(r). 2^k is made in two halves, so that
// results below the normal numbers keep what bits they have.
func writeExp(n *nest) {
	f, x := n.f, local(0)
	f.get(x)
	n.with(simdF32Min, 89) // above, Inf; NaN stays
	n.with(simdF32Max, -104)
	f.set(x)
	f.get(x)
	n.with(simdF32Mul, math.Log2E)
	f.simd(simdF32Nearest)
	k := n.keepAs()
	f.get(x)
	f.get(k)
	n.with(simdF32Mul, 0.693359375)
	f.simd(simdF32Sub)
	f.get(k)
	n.with(simdF32Mul, -2.12194440e-4)
	f.simd(simdF32Sub)
	r := n.keepAs()
	n.polynomial(r, 1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1)
	f.get(r)
	f.simd(simdF32Mul)
	f.get(r)
	f.simd(simdF32Mul)
	f.get(r)
	f.simd(simdF32Add)
	n.with(simdF32Add, 1)
	f.get(k)
	f.simd(simdSatI32F32S)
	whole := n.keepAs()
	f.get(whole)
	f.i32(1)
	f.simd(simdI32ShrS)
	half := n.keepAs()
	power := func() { // of the integers on the stack
		f.splatBits(127)
		f.simd(simdI32Add)
		f.i32(23)
		f.simd(simdI32Shl)
	}
	f.get(half)
	power()
	f.simd(simdF32Mul)
	n.binary(simdI32Sub, whole, half)
	power()
	f.simd(simdF32Mul)
}

// writeLog: x = 2^k·m with m in √½…√2, log(x) = k·ln 2 + log(m).
func writeLog(n *nest) {
	f, x := n.f, local(0)
	// Numbers below the normal ones are first made larger.
	f.get(x)
	f.splatF32(math.Float32frombits(0x00800000))
	f.simd(simdF32Lt)
	small := n.keepAs()
	f.get(x)
	n.with(simdF32Mul, 1<<23)
	f.get(x)
	f.get(small)
	f.simd(simdBitselect)
	y := n.keepAs()
	f.get(y)
	f.i32(23)
	f.simd(simdI32ShrU)
	f.splatBits(126)
	f.simd(simdI32Sub)
	f.get(small)
	f.splatBits(23)
	f.simd(simdAnd)
	f.simd(simdI32Sub)
	f.simd(simdF32ConvertI32S)
	k := n.keepAs()
	f.get(y)
	f.splatBits(0x007FFFFF)
	f.simd(simdAnd)
	f.splatBits(0x3F000000)
	f.simd(simdOr)
	m := n.keepAs() // ½…1
	f.get(m)
	f.splatF32(math.Sqrt2 / 2)
	f.simd(simdF32Lt)
	low := n.keepAs()
	f.get(k)
	f.get(low)
	f.splatF32(1)
	f.simd(simdAnd)
	f.simd(simdF32Sub)
	f.set(k)
	f.get(m)
	n.with(simdF32Sub, 1)
	f.get(low)
	f.get(m)
	f.simd(simdAnd)
	f.simd(simdF32Add)
	f.set(m)
	n.binary(simdF32Mul, m, m)
	z := n.keepAs()
	n.polynomial(m, 7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
		-1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1)
	f.get(m)
	f.simd(simdF32Mul)
	f.get(z)
	f.simd(simdF32Mul)
	f.get(k)
	n.with(simdF32Mul, -2.12194440e-4)
	f.simd(simdF32Add)
	f.get(z)
	n.with(simdF32Mul, 0.5)
	f.simd(simdF32Sub)
	f.get(m)
	f.simd(simdF32Add)
	f.get(k)
	n.with(simdF32Mul, 0.693359375)
	f.simd(simdF32Add)
	// log 0 = -Inf, log Inf = Inf, of what is negative or NaN: NaN.
	result := n.keepAs()
	choose := func(value float32, when func()) {
		f.splatF32(value)
		f.get(result)
		when()
		f.simd(simdBitselect)
		f.set(result)
	}
	inf := float32(math.Inf(1))
	choose(inf, func() { f.get(x); f.splatF32(inf); f.simd(simdF32Eq) })
	choose(-inf, func() { f.get(x); f.splatF32(0); f.simd(simdF32Eq) })
	choose(float32(math.NaN()), func() { f.get(x); f.splatF32(0); f.simd(simdF32Ge); f.simd(simdNot) })
	f.get(result)
}

// writeTanh: a polynomial below .625, else 1 - 2/(exp(2|x|)+1) with x's sign.
func writeTanh(n *nest) {
	f, x := n.f, local(0)
	n.binary(simdF32Mul, x, x)
	z := n.keepAs()
	n.polynomial(z, -5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1)
	f.get(z)
	f.simd(simdF32Mul)
	f.get(x)
	f.simd(simdF32Mul)
	f.get(x)
	f.simd(simdF32Add)
	f.get(x)
	f.simd(simdF32Abs)
	a := n.keepAs()
	f.splatF32(1)
	f.splatF32(2)
	n.binary(simdF32Add, a, a)
	f.call(n.vectorFunction(compute.OpTypeExp))
	n.with(simdF32Add, 1)
	f.simd(simdF32Div)
	f.simd(simdF32Sub)
	f.get(x)
	f.splatBits(0x80000000)
	f.simd(simdAnd)
	f.simd(simdOr)
	f.get(a)
	f.splatF32(0.625)
	f.simd(simdF32Lt)
	f.simd(simdBitselect)
	// NaN took the second way, whose sign bit only was set: it is NaN still.
}

// writeSign: ±1 where x is neither 0 nor NaN, else x.
func writeSign(n *nest) {
	f, x := n.f, local(0)
	f.get(x)
	f.splatBits(0x80000000)
	f.simd(simdAnd)
	f.splatF32(1)
	f.simd(simdOr)
	f.get(x)
	f.get(x)
	f.simd(simdF32Abs)
	f.splatF32(0)
	f.simd(simdF32Gt)
	f.simd(simdBitselect)
}

// remainder gives the function of x and y that leaves what is left of x when whole
// ys are taken off, with x's sign, exactly: the largest y·2^k that fits is taken off
// again and again.
func (n *nest) remainder() *function {
	return n.m.named("remainder", []valType{f32, f32}, []valType{f32}, func(f *function) {
		x, y := local(0), local(1)
		left, part := f.local(f32), f.local(f32)
		f.get(x)
		f.op(opF32Abs)
		f.set(left)
		f.get(y)
		f.op(opF32Abs)
		f.tee(y)
		f.set(part)
		// Nothing is left of an infinite x, or by a y of 0; NaN passes.
		f.get(y)
		f.f32(0)
		f.op(opF32Gt)
		f.get(left)
		f.f32(float32(math.Inf(1)))
		f.op(opF32Lt, opI32And, opI32Eqz)
		f.when(func() { f.f32(float32(math.NaN())); f.op(opReturn) }, nil)
		repeat := func(while func(), body func()) {
			f.block(func() {
				f.op(0x03, 0x40)
				while()
				f.op(opI32Eqz)
				f.branchIf(1)
				body()
				f.branch(0)
				f.op(0x0B)
			})
		}
		repeat(func() { f.get(part); f.get(left); f.f32(0.5); f.op(opF32Mul, opF32Le) },
			func() { f.get(part); f.get(part); f.op(opF32Add); f.set(part) })
		repeat(func() { f.get(left); f.get(y); f.op(opF32Ge) }, func() {
			f.get(left)
			f.get(part)
			f.op(opF32Ge)
			f.when(func() { f.get(left); f.get(part); f.op(opF32Sub); f.set(left) }, nil)
			f.get(part)
			f.f32(0.5)
			f.op(opF32Mul)
			f.set(part)
		})
		f.get(left)
		f.get(x)
		f.op(opF32Copysign)
	})
}
