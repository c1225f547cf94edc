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

// store writes the number or vector that value pushes.
func (n *nest) store(s ir.Store, position *ir.Exp, vector bool) {
	at := s.At
	if at == nil {
		at = position
	}
	if s.If == nil {
		n.write(s.Value, s.Exp, at, vector)
		return
	}
	if !vector {
		n.push(s.If, false)
		n.f.when(func() {
			n.scoped(func() { n.share(s.Exp, at); n.write(s.Value, s.Exp, at, false) })
		}, nil)
		return
	}
	mask := n.f.local(v128)
	n.push(s.If, true)
	n.f.set(mask)
	n.scatter(s.Value, s.Exp, at, &mask)
}

func (n *nest) write(value int, e, at *ir.Exp, vector bool) {
	f, width := n.f, size(e.DType)
	base := n.address[value]
	if !vector {
		offset := n.location(base, at, width)
		n.push(e, false)
		n.storeScalar(e.DType, offset)
		return
	}
	s := n.affine(at)
	if !s.ok || s.stride != 1 {
		n.scatter(value, e, at, nil)
		return
	}
	f.get(base)
	f.get(n.vars[n.lane])
	n.scale(width)
	f.op(opI32Add)
	if s.rest != nil {
		n.push(s.rest, false)
		n.scale(width)
		f.op(opI32Add)
	}
	n.push(e, true)
	n.storeVector(e.DType)
}

// scatter writes lane by lane, where mask, if there is one, holds.
func (n *nest) scatter(value int, e, at *ir.Exp, mask *local) {
	f, width := n.f, size(e.DType)
	positions, values := f.local(v128), f.local(v128)
	n.push(at, true)
	f.set(positions)
	n.push(e, true)
	f.set(values)
	for lane := range byte(lanes) {
		one := func() {
			f.get(n.address[value])
			f.get(positions)
			f.simd(simdExtractI32, lane)
			n.scale(width)
			f.op(opI32Add)
			f.get(values)
			if floating(e.DType) {
				f.simd(simdExtractF32, lane)
			} else {
				f.simd(simdExtractI32, lane)
			}
			n.storeScalar(e.DType, 0)
		}
		if mask == nil {
			one()
			continue
		}
		f.get(*mask)
		f.simd(simdExtractI32, lane)
		f.when(one, nil)
	}
}

func (n *nest) storeScalar(dtype dtypes.DType, offset int) {
	f := n.f
	switch dtype {
	case dtypes.Bool:
		f.i32(1)
		f.op(opI32And)
		f.memory(opI32Store8, offset)
	case dtypes.Int8, dtypes.Uint8:
		f.memory(opI32Store8, offset)
	case dtypes.Int16, dtypes.Uint16:
		f.memory(opI32Store16, offset)
	case dtypes.Float16:
		n.one(dtypes.Float32, dtypes.Uint16, func() { f.call(n.floatToHalf()) })
		f.memory(opI32Store16, offset)
	case dtypes.BFloat16:
		f.op(opI32ReinterpretF32)
		f.i32(16)
		f.op(opI32ShrU)
		f.memory(opI32Store16, offset)
	case dtypes.Int64, dtypes.Uint64:
		f.memory(opI64Store, offset)
	case dtypes.Float32:
		f.memory(opF32Store, offset)
	default:
		f.memory(opI32Store, offset)
	}
}

func (n *nest) storeVector(dtype dtypes.DType) {
	f := n.f
	mask := func(bits uint32) {
		f.splatBits(bits)
		f.simd(simdAnd)
	}
	switch dtype {
	case dtypes.Bool, dtypes.Int8, dtypes.Uint8:
		if dtype == dtypes.Bool {
			mask(1)
		} else {
			mask(0xFF)
		}
		narrow := f.local(v128)
		f.tee(narrow)
		f.get(narrow)
		f.simd(simdI16NarrowI32U)
		f.tee(narrow)
		f.get(narrow)
		f.simd(simdI8NarrowI16U)
		f.vectorMemoryLane(simdStore32Lane, 0)
	case dtypes.Int16, dtypes.Uint16, dtypes.Float16, dtypes.BFloat16:
		switch dtype {
		case dtypes.Float16:
			f.call(n.floatToHalf())
		case dtypes.BFloat16:
			f.i32(16)
			f.simd(simdI32ShrU)
		default:
			mask(0xFFFF)
		}
		narrow := f.local(v128)
		f.tee(narrow)
		f.get(narrow)
		f.simd(simdI16NarrowI32U)
		f.vectorMemoryLane(simdStore64Lane, 0)
	default:
		f.vectorMemory(simdStore, 0)
	}
}
