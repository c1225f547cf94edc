package simd

import (
	"github.com/gomlx/compute/dtypes"

	"github.com/dongyur/dongyur/wasm/ir"
)

// load reads an element, or four: next to each other where the index says so, else
// each by itself.
func (n *nest) load(e *ir.Exp, vector bool) {
	f, width := n.f, size(e.DType)
	base, ok := n.address[e.N]
	if !ok {
		n.fail("a load from value %d, which the step does not name", e.N)
		return
	}
	at := e.Args[0]
	if !vector {
		offset := n.location(base, at, width)
		n.loadScalar(e.DType, offset)
		return
	}
	if s := n.affine(at); s.ok && s.stride == 1 {
		f.get(base)
		f.get(n.vars[n.lane])
		n.scale(width)
		f.op(opI32Add)
		offset := 0
		switch {
		case s.rest == nil:
		case s.rest.Kind == ir.Literal && int32(s.rest.Bits) >= 0:
			offset = int(int32(s.rest.Bits)) * width
		default:
			n.push(s.rest, false)
			n.scale(width)
			f.op(opI32Add)
		}
		n.loadVector(e.DType, offset)
		return
	}
	// The lanes are apart.
	positions := f.local(v128)
	n.push(at, true)
	f.set(positions)
	float := floating(e.DType)
	if float {
		f.splatF32(0)
	} else {
		f.splatBits(0)
	}
	for lane := range byte(lanes) {
		f.get(base)
		f.get(positions)
		f.simd(simdExtractI32, lane)
		n.scale(width)
		f.op(opI32Add)
		n.loadScalar(e.DType, 0)
		if float {
			f.simd(simdReplaceF32, lane)
		} else {
			f.simd(simdReplaceI32, lane)
		}
	}
	if e.DType == dtypes.Bool {
		f.simd(simdI32Neg)
	}
}

// location pushes the address of an element; what is left to add is returned.
func (n *nest) location(base local, at *ir.Exp, width int) (offset int) {
	n.f.get(base)
	if at.Kind == ir.Literal && int32(at.Bits) >= 0 {
		return int(int32(at.Bits)) * width
	}
	n.push(at, false)
	n.scale(width)
	n.f.op(opI32Add)
	return 0
}

// scale multiplies the index on the stack by an element's size.
func (n *nest) scale(width int) {
	if shift := map[int]int32{1: 0, 2: 1, 4: 2, 8: 3}[width]; shift > 0 {
		n.f.i32(shift)
		n.f.op(opI32Shl)
	}
}

func (n *nest) loadScalar(dtype dtypes.DType, offset int) {
	f := n.f
	switch dtype {
	case dtypes.Bool, dtypes.Uint8:
		f.memory(opI32Load8U, offset)
	case dtypes.Int8:
		f.memory(opI32Load8S, offset)
	case dtypes.Int16:
		f.memory(opI32Load16S, offset)
	case dtypes.Uint16:
		f.memory(opI32Load16U, offset)
	case dtypes.Float16:
		f.memory(opI32Load16U, offset)
		n.one(dtypes.Uint16, dtypes.Float32, func() { f.call(n.halfToFloat()) })
	case dtypes.BFloat16:
		f.memory(opI32Load16U, offset)
		f.i32(16)
		f.op(opI32Shl, opF32ReinterpretI32)
	case dtypes.Int64, dtypes.Uint64:
		f.memory(opI64Load, offset)
	case dtypes.Float32:
		f.memory(opF32Load, offset)
	default:
		f.memory(opI32Load, offset)
	}
}

func (n *nest) loadVector(dtype dtypes.DType, offset int) {
	f := n.f
	switch size(dtype) {
	case 1:
		f.vectorMemory(simdLoad32Zero, offset)
		if dtype == dtypes.Int8 {
			f.simd(simdI16ExtendLowI8S)
			f.simd(simdI32ExtendLowI16S)
			return
		}
		f.simd(simdI16ExtendLowI8U)
		f.simd(simdI32ExtendLowI16U)
		if dtype == dtypes.Bool {
			f.simd(simdI32Neg)
		}
	case 2:
		f.vectorMemory(simdLoad64Zero, offset)
		if dtype == dtypes.Int16 {
			f.simd(simdI32ExtendLowI16S)
			return
		}
		f.simd(simdI32ExtendLowI16U)
		switch dtype {
		case dtypes.Float16:
			f.call(n.halfToFloat())
		case dtypes.BFloat16:
			f.i32(16)
			f.simd(simdI32Shl)
		}
	default:
		f.vectorMemory(simdLoad, offset)
	}
}
