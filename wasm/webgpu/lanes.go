package webgpu

import (
	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute"
)

// lane says how an index expression goes over four neighbours whose first is a
// multiple of four.
type lane struct {
	slope    int  // 0: the same for all four; 1: one more for each; -1: neither is known
	multiple bool // the first one's value is a multiple of four
}

// lanes finds it for e, inner being the loop variable that stands for the four.
func lanes(e *ir.Exp, inner int, seen map[*ir.Exp]lane) lane {
	if known, ok := seen[e]; ok {
		return known
	}
	var l lane
	switch e.Kind {
	case ir.Literal:
		l = lane{0, e.Bits%4 == 0}
	case ir.Index:
		if e.N == inner {
			l = lane{1, true}
		}
	case ir.Accumulated:
		l = lane{slope: -1}
	case ir.Apply:
		l = applyLanes(e, inner, seen)
	default:
		l = argLanes(e, inner, seen)
	}
	seen[e] = l
	return l
}

// argLanes: what is computed from the same operands is the same.
func argLanes(e *ir.Exp, inner int, seen map[*ir.Exp]lane) lane {
	for _, arg := range e.Args {
		if lanes(arg, inner, seen).slope != 0 {
			return lane{slope: -1}
		}
	}
	return lane{}
}

func applyLanes(e *ir.Exp, inner int, seen map[*ir.Exp]lane) lane {
	if len(e.Args) != 2 || isFloat(e.DType) {
		return argLanes(e, inner, seen)
	}
	a, b := lanes(e.Args[0], inner, seen), lanes(e.Args[1], inner, seen)
	divisor := e.Args[1]
	byFours := divisor.Kind == ir.Literal && int32(divisor.Bits) > 0 && divisor.Bits%4 == 0 && e.Args[0].Limit > 0
	switch {
	case e.Op == compute.OpTypeAdd && a.slope >= 0 && b.slope >= 0 && a.slope+b.slope <= 1:
		return lane{a.slope + b.slope, a.multiple && b.multiple}
	case e.Op == compute.OpTypeSub && a.slope >= 0 && b.slope == 0:
		return lane{a.slope, a.multiple && b.multiple}
	case e.Op == compute.OpTypeMul && a.slope == 0 && b.slope == 0:
		return lane{0, a.multiple || b.multiple}
	case e.Op == compute.OpTypeDiv && byFours && a.slope == 1 && a.multiple:
		return lane{} // the four lie within one divisor's reach
	case e.Op == compute.OpTypeRem && byFours && a.slope == 1 && a.multiple:
		return lane{1, true}
	case e.Op == compute.OpTypeRem && byFours && a.slope == 0:
		return lane{0, a.multiple}
	}
	return argLanes(e, inner, seen)
}
