package webgpu

import (
	"fmt"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// apply writes an elementwise operation. The operands' type says which kind it is;
// the result's differs from it for comparisons and tests.
func (b *scope) apply(e *ir.Exp) operand {
	args := make([]operand, len(e.Args))
	n := 1
	for i, arg := range e.Args {
		known, ok := b.step(e, arg)
		if !ok {
			known = b.emit(arg)
		}
		args[i] = known
		n = max(n, args[i].lanes)
	}
	if len(args) == 0 {
		return b.unknown(e, "operands of %s", e.Op)
	}
	t := args[0].dtype
	texts := make([]string, len(args))
	for i, arg := range args {
		texts[i] = widen(arg, n)
	}
	var text string
	switch {
	case t == dtypes.Bool:
		text = b.boolean(e.Op, n, texts)
	case isFloat(t):
		text = b.float(e, n, texts)
	case isWide(t):
		text = b.wide(e.Op, t, texts)
	default:
		text = b.integer(e, t, n, texts)
	}
	if text == "" {
		b.s.fail(fmt.Errorf("%s of %s has no code", e.Op, t))
		return operand{"0", e.DType, n}
	}
	return b.name(e.DType, n, "%s", b.rounded(e.DType, n, text))
}

// rounded brings a result back to the numbers that its type has.
func (b *scope) rounded(t dtypes.DType, n int, text string) string {
	switch t {
	case dtypes.Float16:
		return fmt.Sprintf("%s(%s)", b.s.helper("round_half", n), text)
	case dtypes.BFloat16:
		return fmt.Sprintf("%s(%s)", b.s.helper("round_bfloat", n), text)
	case dtypes.Int8, dtypes.Uint8, dtypes.Int16, dtypes.Uint16:
		return fmt.Sprintf("extractBits(%s, 0u, %du)", text, 8*t.Size())
	}
	return text
}

// wgslOperators are the operations that WGSL has as operators, for numbers of 32 bits.
var wgslOperators = map[compute.OpType]string{
	compute.OpTypeAdd: "+", compute.OpTypeSub: "-", compute.OpTypeMul: "*", compute.OpTypeDiv: "/",
	compute.OpTypeBitwiseAnd: "&", compute.OpTypeBitwiseOr: "|", compute.OpTypeBitwiseXor: "^",
}

// comparisons are operators too; TotalOrder differs from them for floats alone.
var comparisons = map[compute.OpType]string{
	compute.OpTypeEqual: "==", compute.OpTypeNotEqual: "!=",
	compute.OpTypeLessThan: "<", compute.OpTypeLessOrEqual: "<=",
	compute.OpTypeGreaterThan: ">", compute.OpTypeGreaterOrEqual: ">=",
}

var totalOrder = map[compute.OpType]compute.OpType{
	compute.OpTypeEqualTotalOrder: compute.OpTypeEqual, compute.OpTypeNotEqualTotalOrder: compute.OpTypeNotEqual,
	compute.OpTypeLessThanTotalOrder: compute.OpTypeLessThan, compute.OpTypeLessOrEqualTotalOrder: compute.OpTypeLessOrEqual,
	compute.OpTypeGreaterThanTotalOrder: compute.OpTypeGreaterThan, compute.OpTypeGreaterOrEqualTotalOrder: compute.OpTypeGreaterOrEqual,
}

func (b *scope) boolean(op compute.OpType, n int, x []string) string {
	if plain, ok := totalOrder[op]; ok {
		op = plain
	}
	switch op {
	case compute.OpTypeLogicalNot, compute.OpTypeBitwiseNot:
		return "!" + x[0]
	case compute.OpTypeLogicalAnd, compute.OpTypeBitwiseAnd, compute.OpTypeMul, compute.OpTypeMin:
		return x[0] + " & " + x[1]
	case compute.OpTypeLogicalOr, compute.OpTypeBitwiseOr, compute.OpTypeAdd, compute.OpTypeMax:
		return x[0] + " | " + x[1]
	case compute.OpTypeLogicalXor, compute.OpTypeBitwiseXor, compute.OpTypeNotEqual:
		return x[0] + " != " + x[1]
	case compute.OpTypeEqual:
		return x[0] + " == " + x[1]
	case compute.OpTypeClamp:
		return fmt.Sprintf("(%s | %s) & %s", x[1], x[0], x[2])
	}
	if compare, ok := comparisons[op]; ok { // false comes before true
		u := wgslType(dtypes.Uint32, n)
		return fmt.Sprintf("%s(%s) %s %s(%s)", u, x[0], compare, u, x[1])
	}
	return ""
}

// floatFunctions are the operations that are one function: WGSL's own, or a snippet
// where its precision is too loose or NaN would be lost.
var floatFunctions = map[compute.OpType]string{
	compute.OpTypeAbs: "abs", compute.OpTypeCeil: "ceil", compute.OpTypeFloor: "floor", compute.OpTypeRound: "round",
	compute.OpTypeSqrt: "sqrt", compute.OpTypeRsqrt: "inverseSqrt",
}

var floatSnippets = map[compute.OpType]string{
	compute.OpTypeExp: "exp", compute.OpTypeExpm1: "expm1", compute.OpTypeLog: "log", compute.OpTypeLog1p: "log1p",
	compute.OpTypeLogistic: "logistic", compute.OpTypeTanh: "tanh", compute.OpTypeErf: "erf",
	compute.OpTypeSin: "sin", compute.OpTypeCos: "cos", compute.OpTypePow: "pow", compute.OpTypeAtan2: "atan2",
	compute.OpTypeMax: "max", compute.OpTypeMin: "min", compute.OpTypeRem: "rem", compute.OpTypeSign: "sign",
	compute.OpTypeIsNaN: "is_nan", compute.OpTypeIsFinite: "is_finite",
}

func (b *scope) float(e *ir.Exp, n int, x []string) string {
	if operator, ok := wgslOperators[e.Op]; ok && len(x) == 2 {
		return x[0] + " " + operator + " " + x[1]
	}
	if function, ok := floatFunctions[e.Op]; ok {
		return fmt.Sprintf("%s(%s)", function, x[0])
	}
	if e.Op == compute.OpTypeNotEqual { // as some devices have it, NaN differs from nothing
		return fmt.Sprintf("!(%s == %s)", x[0], x[1])
	}
	if compare, ok := comparisons[e.Op]; ok {
		return x[0] + " " + compare + " " + x[1]
	}
	if plain, ok := totalOrder[e.Op]; ok {
		key := b.s.helper("order", n)
		return fmt.Sprintf("%s(%s) %s %s(%s)", key, x[0], comparisons[plain], key, x[1])
	}
	switch e.Op {
	case compute.OpTypeNeg:
		return "-" + x[0]
	case compute.OpTypeClamp: // low, x, high
		return fmt.Sprintf("%s(%s(%s, %s), %s)", b.s.helper("min", n), b.s.helper("max", n), x[1], x[0], x[2])
	case compute.OpTypeMax, compute.OpTypeMin:
		return b.extreme(e, n, x)
	}
	name, ok := floatSnippets[e.Op]
	if !ok {
		return ""
	}
	text := b.s.helper(name, n) + "(" + x[0]
	for _, more := range x[1:] {
		text += ", " + more
	}
	return text + ")"
}

// extreme is the larger or the smaller of two, NaN where one is; a literal is none.
func (b *scope) extreme(e *ir.Exp, n int, x []string) string {
	name := floatSnippets[e.Op]
	for i, arg := range e.Args {
		if f := floatOf(arg.DType, arg.Bits); arg.Kind == ir.Literal && f == f {
			return fmt.Sprintf("%s(%s, %s)", b.s.helper(name+"_known", n), x[1-i], x[i])
		}
	}
	return fmt.Sprintf("%s(%s, %s)", b.s.helper(name, n), x[0], x[1])
}

func (b *scope) integer(e *ir.Exp, t dtypes.DType, n int, x []string) string {
	op := e.Op
	if plain, ok := totalOrder[op]; ok {
		op = plain
	}
	if compare, ok := comparisons[op]; ok {
		return x[0] + " " + compare + " " + x[1]
	}
	u := wgslType(dtypes.Uint32, n)
	bits := 8 * t.Size()
	switch op {
	case compute.OpTypeDiv, compute.OpTypeRem:
		return b.quotient(e, t, n, x)
	case compute.OpTypeMax:
		return fmt.Sprintf("max(%s, %s)", x[0], x[1])
	case compute.OpTypeMin:
		return fmt.Sprintf("min(%s, %s)", x[0], x[1])
	case compute.OpTypeClamp:
		return fmt.Sprintf("min(max(%s, %s), %s)", x[1], x[0], x[2])
	case compute.OpTypePow:
		return fmt.Sprintf("%s(%s, %s)", b.s.helper(map[bool]string{true: "pow_int", false: "pow_uint"}[isSigned(t)], n), x[0], x[1])
	case compute.OpTypeShiftLeft, compute.OpTypeShiftRightArithmetic, compute.OpTypeShiftRightLogical:
		return b.shift(op, t, n, x)
	case compute.OpTypeBitwiseNot:
		return "~" + x[0]
	case compute.OpTypeNeg:
		return fmt.Sprintf("%s(0) - %s", wgslType(t, n), x[0])
	case compute.OpTypeAbs:
		return fmt.Sprintf("abs(%s)", x[0])
	case compute.OpTypeSign:
		return fmt.Sprintf("clamp(%s, %s(%d), %s(1))", x[0], wgslType(t, n), map[bool]int{true: -1, false: 0}[isSigned(t)], wgslType(t, n))
	case compute.OpTypeBitCount:
		return fmt.Sprintf("countOneBits(%s)", b.unsigned(t, n, x[0]))
	case compute.OpTypeClz:
		return fmt.Sprintf("%s(countLeadingZeros(%s) - %s(%du))", wgslType(t, n), b.bare(t, n, x[0]), u, 32-bits)
	}
	if operator, ok := wgslOperators[op]; ok && len(x) == 2 {
		return x[0] + " " + operator + " " + x[1]
	}
	return ""
}

// unsigned clears what the sign has put above a small integer.
func (b *scope) unsigned(t dtypes.DType, n int, x string) string {
	if t.Size() == 4 {
		return x
	}
	return fmt.Sprintf("%s(%s)", wgslType(t, n), b.bare(t, n, x))
}

// bare is the bits of an integer as u32.
func (b *scope) bare(t dtypes.DType, n int, x string) string {
	return fmt.Sprintf("extractBits(bitcast<%s>(%s), 0u, %du)", wgslType(dtypes.Uint32, n), x, 8*t.Size())
}

// quotient divides. What is known not to be negative is divided as unsigned, which
// is faster, above all by a constant.
func (b *scope) quotient(e *ir.Exp, t dtypes.DType, n int, x []string) string {
	operator := map[compute.OpType]string{compute.OpTypeDiv: "/", compute.OpTypeRem: "%"}[e.Op]
	by := e.Args[1]
	if t == dtypes.Int32 && e.Args[0].Limit > 0 && by.Kind == ir.Literal && int32(by.Bits) > 0 {
		u := wgslType(dtypes.Uint32, n)
		return fmt.Sprintf("%s(%s(%s) %s %s(%du))", wgslType(t, n), u, x[0], operator, u, uint32(by.Bits))
	}
	return x[0] + " " + operator + " " + x[1]
}

// shift moves bits; by the width or more, nothing but the sign is left, as in Go.
func (b *scope) shift(op compute.OpType, t dtypes.DType, n int, x []string) string {
	u := wgslType(dtypes.Uint32, n)
	by := b.let("bitcast<%s>(%s)", u, x[1])
	width := 8 * t.Size()
	within := fmt.Sprintf("min(%s, %s(31u))", by, u)
	zero := wgslType(t, n) + "(0)"
	switch {
	case op == compute.OpTypeShiftLeft:
		return fmt.Sprintf("select(%s, %s << %s, %s < %s(%du))", zero, x[0], within, by, u, width)
	case op == compute.OpTypeShiftRightArithmetic && isSigned(t):
		return fmt.Sprintf("%s >> %s", x[0], within)
	}
	return fmt.Sprintf("select(%s, bitcast<%s>(%s >> %s), %s < %s(%du))", zero, wgslType(t, n), b.bare(t, n, x[0]), within, by, u, width)
}
