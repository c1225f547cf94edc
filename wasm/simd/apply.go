package simd

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/dongyur/dongyur/wasm/ir"
)

// apply computes an elementwise operation. What has no vector instruction is done
// lane by lane.
func (n *nest) apply(e *ir.Exp, vector bool) {
	f, operand := n.f, e.Args[0].DType
	if vector && len(e.Args) == 2 && n.shiftAll(e) {
		return
	}
	if e.Op == compute.OpTypeClamp {
		n.clamp(e, vector)
		return
	}
	for _, arg := range e.Args {
		n.push(arg, vector)
	}
	switch {
	case !vector:
		n.scalarOp(e.Op, operand)
	case !n.vectorOp(e.Op, operand):
		args := make([]local, len(e.Args))
		for i := len(args) - 1; i >= 0; i-- {
			args[i] = f.local(v128)
			f.set(args[i])
		}
		n.eachLane(e, args)
	}
	n.fit(e.DType, vector)
}

// clamp is min(max(x, least), most).
func (n *nest) clamp(e *ir.Exp, vector bool) {
	least, x, most := e.Args[0], e.Args[1], e.Args[2]
	larger := &ir.Exp{Kind: ir.Apply, Op: compute.OpTypeMax, DType: e.DType, Args: []*ir.Exp{x, least}}
	n.apply(&ir.Exp{Kind: ir.Apply, Op: compute.OpTypeMin, DType: e.DType, Args: []*ir.Exp{larger, most}}, vector)
}

// eachLane applies a scalar operation four times.
func (n *nest) eachLane(e *ir.Exp, args []local) {
	f := n.f
	float := floating(e.DType)
	f.splatBits(0)
	for lane := range byte(lanes) {
		for i, arg := range args {
			f.get(arg)
			switch dtype := e.Args[i].DType; {
			case floating(dtype):
				f.simd(simdExtractF32, lane)
			case dtype == dtypes.Bool:
				f.simd(simdExtractI32, lane)
				f.i32(1)
				f.op(opI32And)
			default:
				f.simd(simdExtractI32, lane)
			}
		}
		n.scalarOp(e.Op, e.Args[0].DType)
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

// shiftAll shifts all lanes by one literal, which has an instruction.
func (n *nest) shiftAll(e *ir.Exp) bool {
	by := e.Args[1]
	if by.Kind != ir.Literal || size(e.DType) != 4 {
		return false
	}
	code := map[compute.OpType]uint32{compute.OpTypeShiftLeft: simdI32Shl,
		compute.OpTypeShiftRightArithmetic: simdI32ShrS, compute.OpTypeShiftRightLogical: simdI32ShrU}[e.Op]
	count := uint32(by.Bits)
	if code == 0 || count > 31 {
		return false
	}
	n.push(e.Args[0], true)
	n.f.i32(int32(count))
	n.f.simd(code)
	return true
}

// fit brings a result back into its type: 16-bit floats are rounded, small integers
// wrap.
func (n *nest) fit(dtype dtypes.DType, vector bool) {
	f := n.f
	switch dtype {
	case dtypes.Float16:
		if vector {
			f.call(n.floatToHalf())
			f.call(n.halfToFloat())
		} else {
			n.one(dtypes.Float32, dtypes.Float32, func() { f.call(n.floatToHalf()); f.call(n.halfToFloat()) })
		}
	case dtypes.BFloat16:
		if vector {
			f.call(n.roundBFloat())
		} else {
			n.one(dtypes.Float32, dtypes.Float32, func() { f.call(n.roundBFloat()) })
		}
	case dtypes.Int8, dtypes.Int16:
		shift := int32(32 - 8*size(dtype))
		for _, code := range []uint32{simdI32Shl, simdI32ShrS} {
			f.i32(shift)
			if vector {
				f.simd(code)
			} else {
				f.op(map[uint32]byte{simdI32Shl: opI32Shl, simdI32ShrS: opI32ShrS}[code])
			}
		}
	case dtypes.Uint8, dtypes.Uint16:
		mask := uint32(1)<<(8*size(dtype)) - 1
		if vector {
			f.splatBits(mask)
			f.simd(simdAnd)
		} else {
			f.i32(int32(mask))
			f.op(opI32And)
		}
	}
}

// Instructions of operations that have one: on floats, on signed and on unsigned
// integers; 0 where there is none.
type instructions struct{ float, signed, unsigned uint32 }

var vectorInstructions = map[compute.OpType]instructions{
	compute.OpTypeAdd:            {simdF32Add, simdI32Add, simdI32Add},
	compute.OpTypeSub:            {simdF32Sub, simdI32Sub, simdI32Sub},
	compute.OpTypeMul:            {simdF32Mul, simdI32Mul, simdI32Mul},
	compute.OpTypeDiv:            {simdF32Div, 0, 0},
	compute.OpTypeMax:            {simdF32Max, simdI32MaxS, simdI32MaxU},
	compute.OpTypeMin:            {simdF32Min, simdI32MinS, simdI32MinU},
	compute.OpTypeEqual:          {simdF32Eq, simdI32Eq, simdI32Eq},
	compute.OpTypeNotEqual:       {simdF32Ne, simdI32Ne, simdI32Ne},
	compute.OpTypeLessThan:       {simdF32Lt, simdI32LtS, simdI32LtU},
	compute.OpTypeLessOrEqual:    {simdF32Le, simdI32LeS, simdI32LeU},
	compute.OpTypeGreaterThan:    {simdF32Gt, simdI32GtS, simdI32GtU},
	compute.OpTypeGreaterOrEqual: {simdF32Ge, simdI32GeS, simdI32GeU},
	compute.OpTypeAbs:            {simdF32Abs, simdI32Abs, 0},
	compute.OpTypeNeg:            {simdF32Neg, simdI32Neg, simdI32Neg},
	compute.OpTypeCeil:           {simdF32Ceil, 0, 0},
	compute.OpTypeFloor:          {simdF32Floor, 0, 0},
	compute.OpTypeRound:          {simdF32Nearest, 0, 0},
	compute.OpTypeSqrt:           {simdF32Sqrt, 0, 0},
	compute.OpTypeBitwiseAnd:     {0, simdAnd, simdAnd},
	compute.OpTypeBitwiseOr:      {0, simdOr, simdOr},
	compute.OpTypeBitwiseXor:     {0, simdXor, simdXor},
	compute.OpTypeBitwiseNot:     {0, simdNot, simdNot},
	compute.OpTypeLogicalAnd:     {0, simdAnd, simdAnd},
	compute.OpTypeLogicalOr:      {0, simdOr, simdOr},
	compute.OpTypeLogicalXor:     {0, simdXor, simdXor},
	compute.OpTypeLogicalNot:     {0, simdNot, simdNot},
}

// vectorOp applies an operation to the vectors on the stack, if there is a way.
func (n *nest) vectorOp(op compute.OpType, dtype dtypes.DType) bool {
	f := n.f
	kinds := vectorInstructions[op]
	code := kinds.signed
	switch {
	case floating(dtype):
		code = kinds.float
	case unsigned(dtype):
		code = kinds.unsigned
	}
	if code != 0 {
		f.simd(code)
		return true
	}
	if !floating(dtype) {
		return false
	}
	if function := n.vectorFunction(op); function != nil {
		f.call(function)
		return true
	}
	switch op {
	case compute.OpTypeRsqrt:
		root := f.local(v128)
		f.simd(simdF32Sqrt)
		f.set(root)
		f.splatF32(1)
		f.get(root)
		f.simd(simdF32Div)
	default:
		return false
	}
	return true
}

var scalarFloat = map[compute.OpType]byte{
	compute.OpTypeAdd: opF32Add, compute.OpTypeSub: opF32Sub, compute.OpTypeMul: opF32Mul, compute.OpTypeDiv: opF32Div,
	compute.OpTypeMax: opF32Max, compute.OpTypeMin: opF32Min,
	compute.OpTypeEqual: opF32Eq, compute.OpTypeNotEqual: opF32Ne, compute.OpTypeLessThan: opF32Lt,
	compute.OpTypeLessOrEqual: opF32Le, compute.OpTypeGreaterThan: opF32Gt, compute.OpTypeGreaterOrEqual: opF32Ge,
	compute.OpTypeAbs: opF32Abs, compute.OpTypeNeg: opF32Neg, compute.OpTypeCeil: opF32Ceil,
	compute.OpTypeFloor: opF32Floor, compute.OpTypeRound: opF32Nearest, compute.OpTypeSqrt: opF32Sqrt,
}

// Operations on floats that the host computes, in its own precision.
var hostFunctions = map[compute.OpType]string{
	compute.OpTypeSin: "sin", compute.OpTypeCos: "cos", compute.OpTypePow: "pow",
}

// scalarOp applies an operation to the numbers on the stack.
func (n *nest) scalarOp(op compute.OpType, dtype dtypes.DType) {
	f := n.f
	if !floating(dtype) {
		n.integerOp(op, dtype)
		return
	}
	if code, ok := scalarFloat[op]; ok {
		f.op(code)
		return
	}
	if name, ok := hostFunctions[op]; ok {
		f.call(n.m.host(name))
		return
	}
	if function := n.vectorFunction(op); function != nil {
		n.one(dtypes.Float32, dtypes.Float32, func() { f.call(function) })
		return
	}
	x := f.local(f32)
	switch op {
	case compute.OpTypeRsqrt:
		f.op(opF32Sqrt)
		f.set(x)
		f.f32(1)
		f.get(x)
		f.op(opF32Div)
	case compute.OpTypeRem:
		f.call(n.remainder())
	default:
		n.fail("%s on %s has no code", op, dtype)
	}
}
