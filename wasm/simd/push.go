package simd

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/dtypes/float16"

	"github.com/dongyur/dongyur/wasm/ir"
)

// push leaves e on the stack: as a vector of lanes, or as one number, which it must
// then be for all lanes. A Bool is 0 or 1, in a vector 0 or all bits. Small
// integers are held as 32-bit ones in their own range, 16-bit floats as Float32.
func (n *nest) push(e *ir.Exp, vector bool) {
	f := n.f
	if vector && !n.fact(e).varies {
		if e.Kind == ir.Literal {
			f.splatBits(literalBits(e, true))
			return
		}
		n.push(e, false)
		n.splat(e.DType)
		return
	}
	if vector {
		if l, ok := n.vector[e]; ok {
			f.get(l)
			return
		}
	} else if l, ok := n.scalar[e]; ok {
		f.get(l)
		return
	}
	switch e.Kind {
	case ir.Literal:
		n.literal(e)
	case ir.Index:
		f.get(n.vars[e.N])
		if vector {
			f.simd(simdSplatI32)
			f.simd(simdConst, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0)
			f.simd(simdI32Add)
		}
	case ir.Load:
		n.load(e, vector)
	case ir.Reduced:
		f.get(n.results[e.N])
	case ir.Accumulated:
		n.total()
	case ir.Apply:
		n.apply(e, vector)
	case ir.Cast:
		n.push(e.Args[0], vector)
		n.cast(e.Args[0].DType, e.DType, vector)
	case ir.Bits:
		n.push(e.Args[0], vector)
		n.bits(e.Args[0].DType, e.DType, vector)
	case ir.Select:
		if vector {
			n.push(e.Args[1], true)
			n.push(e.Args[2], true)
			n.push(e.Args[0], true)
			f.simd(simdBitselect)
			return
		}
		n.push(e.Args[1], false)
		n.push(e.Args[2], false)
		n.push(e.Args[0], false)
		f.op(opSelect)
	default:
		n.fail("an expression of unknown kind %d", e.Kind)
	}
}

// splat makes a vector of the scalar on the stack.
func (n *nest) splat(dtype dtypes.DType) {
	switch {
	case floating(dtype):
		n.f.simd(simdSplatF32)
	case dtype == dtypes.Bool:
		n.f.simd(simdSplatI32)
		n.f.simd(simdI32Neg)
	default:
		n.f.simd(simdSplatI32)
	}
}

// literalBits is what a lane holds of a literal.
func literalBits(e *ir.Exp, vector bool) uint32 {
	switch e.DType {
	case dtypes.Float16:
		return math.Float32bits(float16.FromBits(uint16(e.Bits)).Float32())
	case dtypes.BFloat16:
		return math.Float32bits(bfloat16.FromBits(uint16(e.Bits)).Float32())
	case dtypes.Bool:
		if e.Bits&1 != 0 && vector {
			return math.MaxUint32
		}
		return uint32(e.Bits & 1)
	case dtypes.Int8:
		return uint32(int32(int8(e.Bits)))
	case dtypes.Int16:
		return uint32(int32(int16(e.Bits)))
	case dtypes.Uint8:
		return uint32(uint8(e.Bits))
	case dtypes.Uint16:
		return uint32(uint16(e.Bits))
	}
	return uint32(e.Bits)
}

func (n *nest) literal(e *ir.Exp) {
	switch machineType(e.DType) {
	case i64:
		n.f.i64(int64(e.Bits))
	case f32:
		n.f.f32(math.Float32frombits(literalBits(e, false)))
	default:
		n.f.i32(int32(literalBits(e, false)))
	}
}

// one runs a vector function on the scalar on the stack.
func (n *nest) one(from, to dtypes.DType, body func()) {
	n.splat(from)
	body()
	switch {
	case floating(to):
		n.f.simd(simdExtractF32, 0)
	default:
		n.f.simd(simdExtractI32, 0)
	}
}
