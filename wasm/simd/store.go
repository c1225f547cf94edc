package simd

import (
	"github.com/gomlx/compute/dtypes"

	"github.com/dongyur/dongyur/wasm/ir"
)

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
