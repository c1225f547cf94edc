package simd

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// integerCode is an operation's instruction for 32 and for 64 bits.
type integerCode struct{ narrow, long byte }

var integerCodes = map[compute.OpType]integerCode{
	compute.OpTypeAdd: {opI32Add, opI64Add}, compute.OpTypeSub: {opI32Sub, opI64Sub}, compute.OpTypeMul: {opI32Mul, opI64Mul},
	compute.OpTypeBitwiseAnd: {opI32And, opI64And}, compute.OpTypeBitwiseOr: {opI32Or, opI64Or}, compute.OpTypeBitwiseXor: {opI32Xor, opI64Xor},
	compute.OpTypeLogicalAnd: {opI32And, 0}, compute.OpTypeLogicalOr: {opI32Or, 0}, compute.OpTypeLogicalXor: {opI32Xor, 0},
	compute.OpTypeEqual: {opI32Eq, opI64Eq}, compute.OpTypeNotEqual: {opI32Ne, opI64Ne},
	compute.OpTypeBitCount: {opI32Popcnt, opI64Popcnt},
}

var signedCodes = map[compute.OpType]integerCode{
	compute.OpTypeLessThan: {opI32LtS, opI64LtS}, compute.OpTypeLessOrEqual: {opI32LeS, opI64LeS},
	compute.OpTypeGreaterThan: {opI32GtS, opI64GtS}, compute.OpTypeGreaterOrEqual: {opI32GeS, opI64GeS},
	compute.OpTypeDiv: {opI32DivS, opI64DivS}, compute.OpTypeRem: {opI32RemS, opI64RemS},
}

var unsignedCodes = map[compute.OpType]integerCode{
	compute.OpTypeLessThan: {opI32LtU, opI64LtU}, compute.OpTypeLessOrEqual: {opI32LeU, opI64LeU},
	compute.OpTypeGreaterThan: {opI32GtU, opI64GtU}, compute.OpTypeGreaterOrEqual: {opI32GeU, opI64GeU},
	compute.OpTypeDiv: {opI32DivU, opI64DivU}, compute.OpTypeRem: {opI32RemU, opI64RemU},
}

// code picks the instruction of a type.
func (c integerCode) code(dtype dtypes.DType) byte {
	if wide(dtype) {
		return c.long
	}
	return c.narrow
}

// constant pushes v in the type.
func (n *nest) constant(dtype dtypes.DType, v int64) {
	if wide(dtype) {
		n.f.i64(v)
		return
	}
	n.f.i32(int32(v))
}

// integerOp applies an operation to integers, or Bools, on the stack.
func (n *nest) integerOp(op compute.OpType, dtype dtypes.DType) {
	f := n.f
	kind := machineType(dtype)
	pick := func(c integerCode) byte { return c.code(dtype) }
	if c, ok := integerCodes[op]; ok && pick(c) != 0 {
		if op == compute.OpTypeBitCount {
			n.bitsOnly(dtype)
		}
		f.op(pick(c))
		return
	}
	ordered := signedCodes
	if unsigned(dtype) {
		ordered = unsignedCodes
	}
	x, y := f.local(kind), f.local(kind)
	switch op {
	case compute.OpTypeDiv, compute.OpTypeRem:
		n.quotient(op, dtype, pick(ordered[op]), x, y)
	case compute.OpTypeLessThan, compute.OpTypeLessOrEqual, compute.OpTypeGreaterThan, compute.OpTypeGreaterOrEqual:
		f.op(pick(ordered[op]))
	case compute.OpTypeMax, compute.OpTypeMin:
		f.set(y)
		f.tee(x)
		f.get(y)
		f.get(x)
		f.get(y)
		by := compute.OpTypeGreaterThan
		if op == compute.OpTypeMin {
			by = compute.OpTypeLessThan
		}
		f.op(pick(ordered[by]), opSelect)
	case compute.OpTypeNeg:
		f.set(x)
		n.constant(dtype, 0)
		f.get(x)
		f.op(pick(integerCodes[compute.OpTypeSub]))
	case compute.OpTypeAbs:
		if unsigned(dtype) {
			return
		}
		f.set(x)
		n.constant(dtype, 0)
		f.get(x)
		f.op(pick(integerCodes[compute.OpTypeSub]))
		f.get(x)
		f.get(x)
		n.constant(dtype, 0)
		f.op(pick(signedCodes[compute.OpTypeLessThan]), opSelect)
	case compute.OpTypeSign:
		f.tee(x)
		n.constant(dtype, 0)
		f.op(pick(ordered[compute.OpTypeGreaterThan]))
		f.get(x)
		n.constant(dtype, 0)
		if unsigned(dtype) {
			f.op(pick(unsignedCodes[compute.OpTypeLessThan]))
		} else {
			f.op(pick(signedCodes[compute.OpTypeLessThan]))
		}
		f.op(opI32Sub)
		if wide(dtype) {
			f.op(opI64ExtendI32S)
		}
	case compute.OpTypeBitwiseNot:
		n.constant(dtype, -1)
		f.op(pick(integerCodes[compute.OpTypeBitwiseXor]))
	case compute.OpTypeLogicalNot:
		f.op(opI32Eqz)
	case compute.OpTypeClz:
		n.bitsOnly(dtype)
		f.op(pick(integerCode{opI32Clz, opI64Clz}))
		if width := 8 * size(dtype); width < 32 {
			f.i32(int32(32 - width))
			f.op(opI32Sub)
		}
	case compute.OpTypeShiftLeft, compute.OpTypeShiftRightArithmetic, compute.OpTypeShiftRightLogical:
		n.shift(op, dtype, x, y)
	case compute.OpTypePow:
		f.call(n.power(dtype))
	default:
		n.fail("%s on %s has no code", op, dtype)
	}
}

// bitsOnly clears what a small integer's sign filled.
func (n *nest) bitsOnly(dtype dtypes.DType) {
	if width := 8 * size(dtype); width < 32 {
		n.f.i32(int32(uint32(1)<<width - 1))
		n.f.op(opI32And)
	}
}

// quotient guards what WebAssembly traps on: by 0 the quotient has all bits set and
// the remainder is the dividend, as XLA has it; the least number by -1 wraps.
func (n *nest) quotient(op compute.OpType, dtype dtypes.DType, code byte, x, y local) {
	f := n.f
	equal := integerCodes[compute.OpTypeEqual].code(dtype)
	f.set(y)
	f.set(x)
	result := machineType(dtype)
	f.get(y)
	n.constant(dtype, 0)
	f.op(equal)
	f.op(0x04, byte(result)) // if
	if op == compute.OpTypeDiv {
		n.constant(dtype, -1)
	} else {
		f.get(x)
	}
	f.op(0x05) // else
	if !unsigned(dtype) && op == compute.OpTypeDiv {
		f.get(y)
		n.constant(dtype, -1)
		f.op(equal)
		f.op(0x04, byte(result))
		n.constant(dtype, 0)
		f.get(x)
		f.op(integerCodes[compute.OpTypeSub].code(dtype))
		f.op(0x05)
		f.get(x)
		f.get(y)
		f.op(code, 0x0B)
	} else {
		f.get(x)
		f.get(y)
		f.op(code)
	}
	f.op(0x0B)
}

// shift shifts by any amount: past the width nothing, or the sign, is left.
func (n *nest) shift(op compute.OpType, dtype dtypes.DType, x, y local) {
	f := n.f
	width := int64(8 * size(dtype))
	codes := map[compute.OpType]integerCode{compute.OpTypeShiftLeft: {opI32Shl, opI64Shl},
		compute.OpTypeShiftRightArithmetic: {opI32ShrS, opI64ShrS}, compute.OpTypeShiftRightLogical: {opI32ShrU, opI64ShrU}}
	code := codes[op].code(dtype)
	f.set(y)
	if op == compute.OpTypeShiftRightLogical {
		n.bitsOnly(dtype)
	}
	f.set(x)
	within := func() {
		f.get(y)
		n.constant(dtype, width)
		f.op(unsignedCodes[compute.OpTypeLessThan].code(dtype))
	}
	f.get(x)
	if op == compute.OpTypeShiftRightArithmetic {
		f.get(y)
		n.constant(dtype, width-1)
		within()
		f.op(opSelect)
		f.op(code)
		return
	}
	f.get(y)
	f.op(code)
	n.constant(dtype, 0)
	within()
	f.op(opSelect)
}

// power is x to the y by squaring; a negative y gives 0, but for x of ±1.
func (n *nest) power(dtype dtypes.DType) *function {
	kind := machineType(dtype)
	name := "power32"
	if wide(dtype) {
		name = "power64"
	}
	if unsigned(dtype) {
		name += "u"
	}
	return n.m.named(name, []valType{kind, kind}, []valType{kind}, func(f *function) {
		w := &nest{coder: n.coder, f: f}
		x, y := local(0), local(1)
		result := f.local(kind)
		w.constant(dtype, 1)
		f.set(result)
		if !unsigned(dtype) {
			f.get(y)
			w.constant(dtype, 0)
			f.op(signedCodes[compute.OpTypeLessThan].code(dtype))
			f.when(func() {
				// (-1)^y is its own inverse, so |y| does; other bases give 0.
				w.constant(dtype, 0)
				f.get(y)
				f.op(integerCodes[compute.OpTypeSub].code(dtype))
				f.set(y)
				f.get(x)
				f.get(x)
				f.op(integerCodes[compute.OpTypeMul].code(dtype))
				w.constant(dtype, 1)
				f.op(integerCodes[compute.OpTypeNotEqual].code(dtype))
				f.when(func() { w.constant(dtype, 0); f.op(opReturn) }, nil)
			}, nil)
		}
		f.block(func() {
			f.op(0x03, 0x40)
			f.get(y)
			w.constant(dtype, 0)
			f.op(integerCodes[compute.OpTypeEqual].code(dtype))
			f.branchIf(1)
			f.get(y)
			w.constant(dtype, 1)
			f.op(integerCodes[compute.OpTypeBitwiseAnd].code(dtype))
			w.constant(dtype, 1)
			f.op(integerCodes[compute.OpTypeEqual].code(dtype))
			f.when(func() {
				f.get(result)
				f.get(x)
				f.op(integerCodes[compute.OpTypeMul].code(dtype))
				f.set(result)
			}, nil)
			f.get(x)
			f.get(x)
			f.op(integerCodes[compute.OpTypeMul].code(dtype))
			f.set(x)
			f.get(y)
			w.constant(dtype, 1)
			f.op(integerCode{opI32ShrU, opI64ShrU}.code(dtype))
			f.set(y)
			f.branch(0)
			f.op(0x0B)
		})
		f.get(result)
	})
}
