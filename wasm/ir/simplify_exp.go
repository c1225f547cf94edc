package ir

import (
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// simplify gives what op on args is where that is simpler, or nil. Results are those
// of the operation but for the sign of zero: x+0 is taken to be x.
func (s *Scope) simplify(op compute.OpType, args []*Exp) *Exp {
	if to := s.fold(op, args); to != nil {
		return to
	}
	dtype := args[0].DType
	switch {
	case len(args) == 1:
		return s.simplifyUnary(op, args[0])
	case op == compute.OpTypeClamp:
		if x := args[1]; dtype == dtypes.Int32 && args[0] == s.Int(0) && args[2].Kind == Literal && args[2].Limit > 0 {
			return s.Within(x, int(args[2].Limit))
		}
		return nil
	case tests(op):
		return s.simplifyTest(op, args[0], args[1])
	case dtype == dtypes.Bool:
		return s.simplifyLogic(op, args[0], args[1])
	case dtype == dtypes.Int32 && args[0].Limit > 0 && args[1].Limit > 0:
		return s.simplifyIndex(op, args[0], args[1])
	}
	return s.simplifyBinary(op, args[0], args[1])
}

// fold computes what is known when the plan is made.
func (s *Scope) fold(op compute.OpType, args []*Exp) *Exp {
	numbers := make([]uint64, len(args))
	for i, arg := range args {
		if arg.Kind != Literal {
			return nil
		}
		numbers[i] = arg.Bits
	}
	dtype := args[0].DType
	f := Operation(op, dtype)
	if f == nil {
		return nil
	}
	if tests(op) {
		dtype = dtypes.Bool
	}
	return s.Literal(dtype, f(numbers))
}

func (s *Scope) simplifyUnary(op compute.OpType, x *Exp) *Exp {
	switch op {
	case compute.OpTypeNeg, compute.OpTypeLogicalNot, compute.OpTypeBitwiseNot:
		if x.Kind == Apply && x.Op == op {
			return x.Args[0]
		}
	case compute.OpTypeAbs:
		if x.Kind == Apply && x.Op == op || x.DType.IsUnsigned() || x.Limit > 0 {
			return x
		}
	}
	return nil
}

// simplifyIndex keeps sums of positions in their one form.
func (s *Scope) simplifyIndex(op compute.OpType, x, y *Exp) *Exp {
	high := (x.Limit - 1) + (y.Limit - 1)
	switch {
	case op == compute.OpTypeAdd && high < math.MaxInt32:
		return s.Sum(x, y)
	case op == compute.OpTypeMul && (x.Limit-1)*(y.Limit-1) < math.MaxInt32 && (x.Kind == Literal || y.Kind == Literal):
		if x.Kind == Literal {
			x, y = y, x
		}
		return s.Times(x, int(y.Bits))
	case op == compute.OpTypeDiv && y.Kind == Literal && y.Bits > 0:
		return s.over(x, int64(y.Bits))
	case op == compute.OpTypeRem && y.Kind == Literal && y.Bits > 0:
		return s.modulo(x, int64(y.Bits))
	case op == compute.OpTypeMin && x.Limit-1 == 0, op == compute.OpTypeMax && y.Limit-1 == 0:
		return x
	case op == compute.OpTypeMin && y.Limit-1 == 0, op == compute.OpTypeMax && x.Limit-1 == 0:
		return y
	}
	return s.simplifyBinary(op, x, y)
}

func (s *Scope) simplifyTest(op compute.OpType, x, y *Exp) *Exp {
	if x == y && !x.DType.IsFloat() {
		switch op {
		case compute.OpTypeEqual, compute.OpTypeLessOrEqual, compute.OpTypeGreaterOrEqual:
			return s.True()
		case compute.OpTypeNotEqual, compute.OpTypeLessThan, compute.OpTypeGreaterThan:
			return s.False()
		}
	}
	if x.Kind == Cast && y.Kind == Cast && x.Args[0].DType == y.Args[0].DType && widens(x.Args[0].DType, x.DType) {
		return s.Apply(op, x.Args[0], y.Args[0]) // as they were before they were widened
	}
	if x.DType != dtypes.Int32 || x.Limit == 0 && y.Limit == 0 {
		return nil
	}
	// Where the two ranges do not meet the answer is known.
	lowX, highX, ok1 := sumOf(x).span()
	lowY, highY, ok2 := sumOf(y).span()
	if x.Limit > 0 {
		lowX, highX, ok1 = 0, x.Limit-1, true
		if x.Kind == Literal {
			lowX = highX
		}
	}
	if y.Limit > 0 {
		lowY, highY, ok2 = 0, y.Limit-1, true
		if y.Kind == Literal {
			lowY = highY
		}
	}
	if !ok1 || !ok2 {
		return nil
	}
	return s.compareRanges(op, lowX, highX, lowY, highY)
}

func (s *Scope) compareRanges(op compute.OpType, lowX, highX, lowY, highY int64) *Exp {
	below, above := highX < lowY, lowX > highY
	switch op {
	case compute.OpTypeLessThan, compute.OpTypeGreaterOrEqual:
		if yes := op == compute.OpTypeLessThan; below {
			return s.Literal(dtypes.Bool, truth(yes))
		} else if lowX >= highY {
			return s.Literal(dtypes.Bool, truth(!yes))
		}
	case compute.OpTypeGreaterThan, compute.OpTypeLessOrEqual:
		if yes := op == compute.OpTypeGreaterThan; above {
			return s.Literal(dtypes.Bool, truth(yes))
		} else if highX <= lowY {
			return s.Literal(dtypes.Bool, truth(!yes))
		}
	case compute.OpTypeEqual:
		if below || above {
			return s.False()
		}
	case compute.OpTypeNotEqual:
		if below || above {
			return s.True()
		}
	}
	return nil
}

func (s *Scope) simplifyLogic(op compute.OpType, x, y *Exp) *Exp {
	if x.Kind == Literal {
		x, y = y, x
	}
	switch op {
	case compute.OpTypeLogicalAnd, compute.OpTypeBitwiseAnd, compute.OpTypeMul, compute.OpTypeMin:
		switch {
		case x == y, y.Kind == Literal && y.Bits == 1:
			return x
		case y.Kind == Literal:
			return y
		}
	case compute.OpTypeLogicalOr, compute.OpTypeBitwiseOr, compute.OpTypeAdd, compute.OpTypeMax:
		switch {
		case x == y, y.Kind == Literal && y.Bits == 0:
			return x
		case y.Kind == Literal:
			return y
		}
	case compute.OpTypeLogicalXor, compute.OpTypeBitwiseXor:
		switch {
		case x == y:
			return s.False()
		case y.Kind == Literal && y.Bits == 0:
			return x
		case y.Kind == Literal:
			return s.Apply(compute.OpTypeLogicalNot, x)
		}
	}
	return nil
}

// is says that e is the literal n.
func (s *Scope) is(e *Exp, n float64) bool {
	return e.Kind == Literal && e == s.Number(e.DType, n)
}

func (s *Scope) simplifyBinary(op compute.OpType, x, y *Exp) *Exp {
	integer := !x.DType.IsFloat()
	switch op {
	case compute.OpTypeAdd:
		switch {
		case s.is(y, 0):
			return x
		case s.is(x, 0):
			return y
		case y.Kind == Apply && y.Op == compute.OpTypeNeg:
			return s.Apply(compute.OpTypeSub, x, y.Args[0])
		}
	case compute.OpTypeSub:
		switch {
		case s.is(y, 0):
			return x
		case s.is(x, 0):
			return s.Apply(compute.OpTypeNeg, y)
		case integer && x == y:
			return s.Number(x.DType, 0)
		case y.Kind == Apply && y.Op == compute.OpTypeNeg:
			return s.Apply(compute.OpTypeAdd, x, y.Args[0])
		}
	case compute.OpTypeMul:
		if x.Kind == Literal {
			x, y = y, x
		}
		switch {
		case s.is(y, 1):
			return x
		case !x.DType.IsUnsigned() && s.is(y, -1):
			return s.Apply(compute.OpTypeNeg, x)
		case integer && s.is(y, 0):
			return y
		}
	case compute.OpTypeDiv:
		switch {
		case s.is(y, 1):
			return x
		case !integer && y.Kind == Literal && powerOfTwo(y):
			return s.Apply(compute.OpTypeMul, x, s.Apply(compute.OpTypeDiv, s.Number(y.DType, 1), y))
		}
	case compute.OpTypePow:
		switch {
		case s.is(y, 1):
			return x
		case s.is(y, 2):
			return s.Apply(compute.OpTypeMul, x, x)
		case !integer && s.is(y, -1):
			return s.Apply(compute.OpTypeDiv, s.Number(x.DType, 1), x)
		}
	case compute.OpTypeMax, compute.OpTypeMin, compute.OpTypeBitwiseAnd, compute.OpTypeBitwiseOr:
		if x == y {
			return x
		}
	case compute.OpTypeShiftLeft, compute.OpTypeShiftRightArithmetic, compute.OpTypeShiftRightLogical:
		if s.is(y, 0) {
			return x
		}
	}
	return nil
}

// powerOfTwo says that 1/e is exact.
func powerOfTwo(e *Exp) bool {
	x := float(e.DType)(e.Bits)
	fraction, exponent := math.Frexp(x)
	return math.Abs(fraction) == 0.5 && exponent > -12 && exponent < 14
}
