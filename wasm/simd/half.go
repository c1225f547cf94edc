package simd

// halfToFloat gives the function from four Float16 numbers, the low halves of four
// lanes, to Float32. Exact: the exponent is moved by a multiplication, which the
// numbers below the normal ones take part in.
func (n *nest) halfToFloat() *function {
	return n.unary("halfToFloat", func(n *nest) {
		f, x := n.f, local(0)
		f.get(x)
		f.splatBits(0x7FFF)
		f.simd(simdAnd)
		f.i32(13)
		f.simd(simdI32Shl)
		magnitude := n.keepAs()
		f.get(magnitude)
		n.with(simdF32Mul, 0x1p112)
		f.get(magnitude) // Inf and NaN: all bits of the exponent
		f.splatBits(0x7F800000)
		f.simd(simdOr)
		f.get(magnitude)
		f.splatBits(0x0F800000)
		f.simd(simdI32LtU)
		f.simd(simdBitselect)
		f.get(x)
		f.splatBits(0x8000)
		f.simd(simdAnd)
		f.i32(16)
		f.simd(simdI32Shl)
		f.simd(simdOr)
	})
}

// floatToHalf gives the function from four Float32 numbers to Float16 in the low
// halves, rounded to nearest, ties to even.
func (n *nest) floatToHalf() *function {
	return n.unary("floatToHalf", func(n *nest) {
		f, x := n.f, local(0)
		f.get(x)
		f.splatBits(0x80000000)
		f.simd(simdAnd)
		sign := n.keepAs()
		f.get(x)
		f.splatBits(0x7FFFFFFF)
		f.simd(simdAnd)
		a := n.keepAs()
		// Normal results: half of the last kept bit, less one for an even one, then cut.
		f.get(a)
		f.splatBits(0xC8000FFF) // (15-127)<<23 + 0xFFF
		f.simd(simdI32Add)
		f.get(a)
		f.i32(13)
		f.simd(simdI32ShrU)
		f.splatBits(1)
		f.simd(simdAnd)
		f.simd(simdI32Add)
		f.i32(13)
		f.simd(simdI32ShrU)
		// Below the normal ones: adding ½ lets the adder do the rounding.
		f.get(a)
		n.with(simdF32Add, 0.5)
		f.splatF32(0.5)
		f.simd(simdI32Sub)
		f.get(a)
		f.splatBits(0x38800000) // 2^-14
		f.simd(simdI32GeU)
		f.simd(simdBitselect)
		// 65520 and more is Inf; NaN keeps a bit.
		result := n.keepAs()
		f.splatBits(0x7C00)
		f.get(result)
		f.get(a)
		f.splatBits(0x477FF000)
		f.simd(simdI32GeU)
		f.simd(simdBitselect)
		f.set(result)
		f.splatBits(0x7E00)
		f.get(result)
		f.get(a)
		f.splatBits(0x7F800000)
		f.simd(simdI32GtU)
		f.simd(simdBitselect)
		f.get(sign)
		f.i32(16)
		f.simd(simdI32ShrU)
		f.simd(simdOr)
	})
}

// roundBFloat gives the function that rounds four Float32 numbers to BFloat16's
// bits, to nearest, ties to even.
func (n *nest) roundBFloat() *function {
	return n.unary("roundBFloat", func(n *nest) {
		f, x := n.f, local(0)
		f.get(x)
		f.get(x)
		f.i32(16)
		f.simd(simdI32ShrU)
		f.splatBits(1)
		f.simd(simdAnd)
		f.simd(simdI32Add)
		f.splatBits(0x7FFF)
		f.simd(simdI32Add)
		f.get(x) // NaN is left as it is, with a bit that survives
		f.splatBits(0x00400000)
		f.simd(simdOr)
		f.get(x)
		f.get(x)
		f.simd(simdF32Eq)
		f.simd(simdBitselect)
		f.splatBits(0xFFFF0000)
		f.simd(simdAnd)
	})
}
