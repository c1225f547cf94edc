package ir

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

var infix = map[compute.OpType]string{
	compute.OpTypeAdd: "+", compute.OpTypeSub: "-", compute.OpTypeMul: "*", compute.OpTypeDiv: "/", compute.OpTypeRem: "%",
	compute.OpTypeLessThan: "<", compute.OpTypeLessOrEqual: "<=", compute.OpTypeGreaterThan: ">",
	compute.OpTypeGreaterOrEqual: ">=", compute.OpTypeEqual: "==", compute.OpTypeNotEqual: "!=",
	compute.OpTypeLogicalAnd: "&&", compute.OpTypeLogicalOr: "||", compute.OpTypeBitwiseAnd: "&",
	compute.OpTypeBitwiseOr: "|", compute.OpTypeBitwiseXor: "^", compute.OpTypeShiftLeft: "<<",
	compute.OpTypeShiftRightLogical: ">>>", compute.OpTypeShiftRightArithmetic: ">>",
}

// String writes e as people would: i0 is a loop variable, v3[…] a load, r1 a
// reduction's result, acc a Dot's sum.
func (e *Exp) String() string {
	args := make([]string, len(e.Args))
	for i, arg := range e.Args {
		args[i] = arg.String()
	}
	switch e.Kind {
	case Literal:
		return number(e.DType, e.Bits)
	case Index:
		return "i" + strconv.Itoa(e.N)
	case Load:
		return fmt.Sprintf("v%d[%s]", e.N, args[0])
	case Reduced:
		return "r" + strconv.Itoa(e.N)
	case Accumulated:
		return "acc"
	case Cast:
		return fmt.Sprintf("%s(%s)", strings.ToLower(e.DType.String()), args[0])
	case Bits:
		return fmt.Sprintf("bits<%s>(%s)", strings.ToLower(e.DType.String()), args[0])
	case Select:
		return fmt.Sprintf("(%s ? %s : %s)", args[0], args[1], args[2])
	}
	if sign := infix[e.Op]; sign != "" {
		return "(" + args[0] + sign + args[1] + ")"
	}
	return strings.ToLower(e.Op.String()) + "(" + strings.Join(args, ", ") + ")"
}

func number(dtype dtypes.DType, bits uint64) string {
	switch {
	case dtype == dtypes.Bool:
		return strconv.FormatBool(bits != 0)
	case dtype.IsFloat():
		return strconv.FormatFloat(float(dtype)(bits), 'g', 9, 32)
	case dtype == dtypes.Uint64:
		return strconv.FormatUint(bits, 10)
	}
	return strconv.FormatInt(signed(dtype)(bits), 10)
}
