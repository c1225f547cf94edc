package simd

import (
	"github.com/gomlx/compute/dtypes"
)

// cast converts what is on the stack by value. Floats out of an integer's range
// give its nearest end, NaN 0; integers wrap.
func (n *nest) cast(from, to dtypes.DType, vector bool) {
	f := n.f
	if from == to {
		return
	}
	if vector {
		n.castVector(from, to)
		n.fit(to, true)
		return
	}
	switch {
	case to == dtypes.Bool:
		n.notZero(from)
	case floating(from) && floating(to):
	case floating(from) && wide(to):
		f.op(0xFC, map[bool]byte{false: satI64F32S, true: satI64F32U}[unsigned(to)])
	case floating(from):
		f.op(0xFC, map[bool]byte{false: satI32F32S, true: satI32F32U}[unsigned(to)])
	case floating(to) && wide(from):
		f.op(map[bool]byte{false: opF32ConvertI64S, true: opF32ConvertI64U}[unsigned(from)])
	case floating(to):
		f.op(map[bool]byte{false: opF32ConvertI32S, true: opF32ConvertI32U}[unsigned(from)])
	case wide(from) && !wide(to):
		f.op(opI32WrapI64)
	case !wide(from) && wide(to):
		f.op(map[bool]byte{false: opI64ExtendI32S, true: opI64ExtendI32U}[unsigned(from)])
	}
	n.fit(to, false)
}

// notZero makes a Bool of the number on the stack.
func (n *nest) notZero(from dtypes.DType) {
	switch {
	case floating(from):
		n.f.f32(0)
		n.f.op(opF32Ne)
	case wide(from):
		n.f.i64(0)
		n.f.op(opI64Ne)
	default:
		n.f.i32(0)
		n.f.op(opI32Ne)
	}
}

func (n *nest) castVector(from, to dtypes.DType) {
	f := n.f
	if from == dtypes.Bool {
		f.splatBits(1)
		f.simd(simdAnd)
	}
	switch {
	case to == dtypes.Bool:
		f.splatBits(0)
		if floating(from) {
			f.simd(simdF32Ne)
		} else {
			f.simd(simdI32Ne)
		}
	case floating(from) && floating(to):
	case floating(from) && unsigned(to):
		f.simd(simdSatI32F32U)
	case floating(from):
		f.simd(simdSatI32F32S)
	case floating(to) && unsigned(from):
		f.simd(simdF32ConvertI32U)
	case floating(to):
		f.simd(simdF32ConvertI32S)
	}
}

// bits reads what is on the stack as another type of the same size.
func (n *nest) bits(from, to dtypes.DType, vector bool) {
	f := n.f
	half := func(function *function, from, to dtypes.DType) {
		if vector {
			f.call(function)
		} else {
			n.one(from, to, func() { f.call(function) })
		}
	}
	// To an integer of the size.
	switch from {
	case dtypes.Float16:
		half(n.floatToHalf(), dtypes.Float32, dtypes.Uint16)
	case dtypes.BFloat16, dtypes.Float32:
		if !vector {
			f.op(opI32ReinterpretF32)
		}
		if from == dtypes.BFloat16 {
			f.i32(16)
			if vector {
				f.simd(simdI32ShrU)
			} else {
				f.op(opI32ShrU)
			}
		}
	case dtypes.Bool:
		if vector {
			f.splatBits(1)
			f.simd(simdAnd)
		}
	}
	// And from it.
	switch to {
	case dtypes.Float16:
		n.clip16(vector)
		half(n.halfToFloat(), dtypes.Uint16, dtypes.Float32)
	case dtypes.BFloat16, dtypes.Float32:
		if to == dtypes.BFloat16 {
			f.i32(16)
			if vector {
				f.simd(simdI32Shl)
			} else {
				f.op(opI32Shl)
			}
		}
		if !vector {
			f.op(opF32ReinterpretI32)
		}
	case dtypes.Bool:
		if vector {
			f.splatBits(0)
			f.simd(simdI32Ne)
		} else {
			n.notZero(dtypes.Uint8)
		}
	default:
		n.fit(to, vector)
	}
}

// clip16 clears what a negative Int16 has above its bits.
func (n *nest) clip16(vector bool) {
	if vector {
		n.f.splatBits(0xFFFF)
		n.f.simd(simdAnd)
		return
	}
	n.f.i32(0xFFFF)
	n.f.op(opI32And)
}
