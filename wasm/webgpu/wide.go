package webgpu

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// wideSnippets are the operations on 64-bit integers: the snippet for signed ones
// and that for unsigned ones.
var wideSnippets = map[compute.OpType][2]string{
	compute.OpTypeAdd: {"wide_add", "wide_add"}, compute.OpTypeSub: {"wide_sub", "wide_sub"},
	compute.OpTypeMul: {"wide_mul", "wide_mul"}, compute.OpTypeDiv: {"wide_div_int", "wide_div_uint"},
	compute.OpTypeRem: {"wide_rem_int", "wide_rem_uint"}, compute.OpTypePow: {"wide_pow_int", "wide_pow_uint"},
	compute.OpTypeShiftLeft:            {"wide_left", "wide_left"},
	compute.OpTypeShiftRightLogical:    {"wide_right", "wide_right"},
	compute.OpTypeShiftRightArithmetic: {"wide_right_int", "wide_right"},
	compute.OpTypeBitCount:             {"wide_count", "wide_count"}, compute.OpTypeClz: {"wide_clz", "wide_clz"},
	compute.OpTypeNeg: {"wide_neg", "wide_neg"}, compute.OpTypeAbs: {"wide_abs", ""}, compute.OpTypeSign: {"wide_sign_int", "wide_sign_uint"},
}

// wide writes an operation on 64-bit integers, pairs of u32 with the low word first.
func (b *scope) wide(op compute.OpType, t dtypes.DType, x []string) string {
	if plain, ok := totalOrder[op]; ok {
		op = plain
	}
	kind := 1
	less := b.s.helper("wide_less_uint", 1)
	if isSigned(t) {
		kind, less = 0, b.s.helper("wide_less_int", 1)
	}
	switch op {
	case compute.OpTypeEqual:
		return fmt.Sprintf("all(%s == %s)", x[0], x[1])
	case compute.OpTypeNotEqual:
		return fmt.Sprintf("any(%s != %s)", x[0], x[1])
	case compute.OpTypeLessThan:
		return fmt.Sprintf("%s(%s, %s)", less, x[0], x[1])
	case compute.OpTypeGreaterThan:
		return fmt.Sprintf("%s(%s, %s)", less, x[1], x[0])
	case compute.OpTypeLessOrEqual:
		return fmt.Sprintf("!%s(%s, %s)", less, x[1], x[0])
	case compute.OpTypeGreaterOrEqual:
		return fmt.Sprintf("!%s(%s, %s)", less, x[0], x[1])
	case compute.OpTypeMax:
		return fmt.Sprintf("select(%s, %s, %s(%s, %s))", x[0], x[1], less, x[0], x[1])
	case compute.OpTypeMin:
		return fmt.Sprintf("select(%s, %s, %s(%s, %s))", x[0], x[1], less, x[1], x[0])
	case compute.OpTypeClamp:
		raised := b.let("select(%s, %s, %s(%s, %s))", x[1], x[0], less, x[1], x[0])
		return fmt.Sprintf("select(%s, %s, %s(%s, %s))", raised, x[2], less, x[2], raised)
	case compute.OpTypeBitwiseAnd, compute.OpTypeBitwiseOr, compute.OpTypeBitwiseXor:
		return x[0] + " " + wgslOperators[op] + " " + x[1]
	case compute.OpTypeBitwiseNot:
		return "~" + x[0]
	case compute.OpTypeAbs:
		if kind == 1 {
			return x[0]
		}
	}
	names, ok := wideSnippets[op]
	if !ok {
		return ""
	}
	text := b.s.helper(names[kind], 1) + "(" + x[0]
	for _, more := range x[1:] {
		text += ", " + more
	}
	return text + ")"
}
