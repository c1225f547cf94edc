package ir

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapeinference"
)

// mapped checks one operand of an elementwise operation and hands its node on.
func (f *Function) mapped(op compute.OpType, x compute.Value, record func(x *Node) *Node) (compute.Value, error) {
	nodes, err := f.nodes(op.String(), x)
	if err != nil {
		return nil, err
	}
	if _, err := shapeinference.UnaryOp(op, nodes[0].Shape); err != nil {
		return nil, err
	}
	return f.value(record(nodes[0])), nil
}

// primitive records an operation that targets compute themselves.
func (f *Function) primitive(op compute.OpType, x compute.Value) (compute.Value, error) {
	return f.mapped(op, x, func(x *Node) *Node { return f.unary(op, x) })
}

// combined checks two operands of an elementwise operation and hands their nodes on.
func (f *Function) combined(op compute.OpType, lhs, rhs compute.Value, record func(a, b *Node) *Node) (compute.Value, error) {
	nodes, err := f.nodes(op.String(), lhs, rhs)
	if err != nil {
		return nil, err
	}
	if _, err := shapeinference.BinaryOp(op, nodes[0].Shape, nodes[1].Shape); err != nil {
		return nil, err
	}
	return f.value(record(nodes[0], nodes[1])), nil
}

// pair records an operation of two operands that targets compute themselves.
func (f *Function) pair(op compute.OpType, lhs, rhs compute.Value) (compute.Value, error) {
	return f.combined(op, lhs, rhs, func(a, b *Node) *Node { return f.binary(op, a, b) })
}

// compared records a comparison.
func (f *Function) compared(op compute.OpType, lhs, rhs compute.Value) (compute.Value, error) {
	nodes, err := f.nodes(op.String(), lhs, rhs)
	if err != nil {
		return nil, err
	}
	if _, err := shapeinference.ComparisonOp(op, nodes[0].Shape, nodes[1].Shape); err != nil {
		return nil, err
	}
	return f.value(f.compare(op, nodes[0], nodes[1])), nil
}

// ordered records a comparison in the total order -NaN < -Inf < … < -0 < +0 < … < NaN.
func (f *Function) ordered(total, op compute.OpType, lhs, rhs compute.Value) (compute.Value, error) {
	nodes, err := f.nodes(total.String(), lhs, rhs)
	if err != nil {
		return nil, err
	}
	if _, err := shapeinference.ComparisonOp(op, nodes[0].Shape, nodes[1].Shape); err != nil {
		return nil, err
	}
	return f.value(f.compare(op, f.totalOrder(nodes[0]), f.totalOrder(nodes[1]))), nil
}

// The operations of compute.StandardOps that work element by element.

func (f *Function) Abs(x compute.Value) (compute.Value, error) {
	return f.mapped(compute.OpTypeAbs, x, func(x *Node) *Node {
		if x.Shape.DType.IsUnsigned() {
			return x
		}
		return f.unary(compute.OpTypeAbs, x)
	})
}

func (f *Function) BitCount(x compute.Value) (compute.Value, error) {
	return f.primitive(compute.OpTypeBitCount, x)
}

func (f *Function) BitwiseNot(x compute.Value) (compute.Value, error) {
	return f.primitive(compute.OpTypeBitwiseNot, x)
}

func (f *Function) Ceil(x compute.Value) (compute.Value, error) {
	return f.primitive(compute.OpTypeCeil, x)
}

func (f *Function) Clz(x compute.Value) (compute.Value, error) {
	return f.primitive(compute.OpTypeClz, x)
}

func (f *Function) Cos(x compute.Value) (compute.Value, error) {
	return f.primitive(compute.OpTypeCos, x)
}

func (f *Function) Erf(x compute.Value) (compute.Value, error) {
	return f.mapped(compute.OpTypeErf, x, f.erf)
}

func (f *Function) Exp(x compute.Value) (compute.Value, error) {
	return f.primitive(compute.OpTypeExp, x)
}

func (f *Function) Expm1(x compute.Value) (compute.Value, error) {
	return f.mapped(compute.OpTypeExpm1, x, f.expm1)
}

func (f *Function) Floor(x compute.Value) (compute.Value, error) {
	return f.primitive(compute.OpTypeFloor, x)
}

func (f *Function) Log(x compute.Value) (compute.Value, error) {
	return f.primitive(compute.OpTypeLog, x)
}

func (f *Function) Log1p(x compute.Value) (compute.Value, error) {
	return f.mapped(compute.OpTypeLog1p, x, f.log1p)
}

func (f *Function) LogicalNot(x compute.Value) (compute.Value, error) {
	return f.primitive(compute.OpTypeLogicalNot, x)
}

func (f *Function) Logistic(x compute.Value) (compute.Value, error) {
	return f.mapped(compute.OpTypeLogistic, x, f.logistic)
}

func (f *Function) Neg(x compute.Value) (compute.Value, error) {
	return f.primitive(compute.OpTypeNeg, x)
}

func (f *Function) Round(x compute.Value) (compute.Value, error) {
	return f.primitive(compute.OpTypeRound, x)
}

func (f *Function) Rsqrt(x compute.Value) (compute.Value, error) {
	return f.primitive(compute.OpTypeRsqrt, x)
}

func (f *Function) Sign(x compute.Value) (compute.Value, error) {
	return f.mapped(compute.OpTypeSign, x, f.sign)
}

func (f *Function) Sin(x compute.Value) (compute.Value, error) {
	return f.primitive(compute.OpTypeSin, x)
}

func (f *Function) Sqrt(x compute.Value) (compute.Value, error) {
	return f.primitive(compute.OpTypeSqrt, x)
}

func (f *Function) Tanh(x compute.Value) (compute.Value, error) {
	return f.primitive(compute.OpTypeTanh, x)
}

func (f *Function) IsFinite(x compute.Value) (compute.Value, error) {
	return f.floatTest(compute.OpTypeIsFinite, x, compute.OpTypeLessThan)
}

func (f *Function) IsNaN(x compute.Value) (compute.Value, error) {
	return f.floatTest(compute.OpTypeIsNaN, x, compute.OpTypeGreaterThan)
}

// floatTest compares the bits of a float's magnitude with infinity's: arithmetic on
// NaN and infinities is what some compilers take for impossible.
func (f *Function) floatTest(op compute.OpType, x compute.Value, comparison compute.OpType) (compute.Value, error) {
	nodes, err := f.nodes(op.String(), x)
	if err != nil {
		return nil, err
	}
	if !nodes[0].Shape.DType.IsFloat() {
		return nil, fmt.Errorf("%s: %s is no float", op, nodes[0].Shape)
	}
	return f.value(f.testMagnitude(comparison, nodes[0])), nil
}

func (f *Function) Add(lhs, rhs compute.Value) (compute.Value, error) {
	return f.pair(compute.OpTypeAdd, lhs, rhs)
}

func (f *Function) Atan2(lhs, rhs compute.Value) (compute.Value, error) {
	return f.combined(compute.OpTypeAtan2, lhs, rhs, f.atan2)
}

func (f *Function) BitwiseAnd(lhs, rhs compute.Value) (compute.Value, error) {
	return f.pair(compute.OpTypeBitwiseAnd, lhs, rhs)
}

func (f *Function) BitwiseOr(lhs, rhs compute.Value) (compute.Value, error) {
	return f.pair(compute.OpTypeBitwiseOr, lhs, rhs)
}

func (f *Function) BitwiseXor(lhs, rhs compute.Value) (compute.Value, error) {
	return f.pair(compute.OpTypeBitwiseXor, lhs, rhs)
}

func (f *Function) Div(lhs, rhs compute.Value) (compute.Value, error) {
	return f.pair(compute.OpTypeDiv, lhs, rhs)
}

func (f *Function) LogicalAnd(lhs, rhs compute.Value) (compute.Value, error) {
	return f.pair(compute.OpTypeLogicalAnd, lhs, rhs)
}

func (f *Function) LogicalOr(lhs, rhs compute.Value) (compute.Value, error) {
	return f.pair(compute.OpTypeLogicalOr, lhs, rhs)
}

func (f *Function) LogicalXor(lhs, rhs compute.Value) (compute.Value, error) {
	return f.pair(compute.OpTypeLogicalXor, lhs, rhs)
}

func (f *Function) Max(lhs, rhs compute.Value) (compute.Value, error) {
	return f.pair(compute.OpTypeMax, lhs, rhs)
}

func (f *Function) Min(lhs, rhs compute.Value) (compute.Value, error) {
	return f.pair(compute.OpTypeMin, lhs, rhs)
}

func (f *Function) Mul(lhs, rhs compute.Value) (compute.Value, error) {
	return f.pair(compute.OpTypeMul, lhs, rhs)
}

func (f *Function) Pow(lhs, rhs compute.Value) (compute.Value, error) {
	return f.combined(compute.OpTypePow, lhs, rhs, f.pow)
}

func (f *Function) Rem(lhs, rhs compute.Value) (compute.Value, error) {
	return f.pair(compute.OpTypeRem, lhs, rhs)
}

func (f *Function) ShiftLeft(lhs, rhs compute.Value) (compute.Value, error) {
	return f.combined(compute.OpTypeShiftLeft, lhs, rhs, f.shift(compute.OpTypeShiftLeft))
}

func (f *Function) ShiftRightArithmetic(lhs, rhs compute.Value) (compute.Value, error) {
	return f.combined(compute.OpTypeShiftRightArithmetic, lhs, rhs, f.shift(compute.OpTypeShiftRightArithmetic))
}

func (f *Function) ShiftRightLogical(lhs, rhs compute.Value) (compute.Value, error) {
	return f.combined(compute.OpTypeShiftRightLogical, lhs, rhs, f.shift(compute.OpTypeShiftRightLogical))
}

func (f *Function) Sub(lhs, rhs compute.Value) (compute.Value, error) {
	return f.pair(compute.OpTypeSub, lhs, rhs)
}

func (f *Function) Equal(lhs, rhs compute.Value) (compute.Value, error) {
	return f.compared(compute.OpTypeEqual, lhs, rhs)
}

func (f *Function) GreaterOrEqual(lhs, rhs compute.Value) (compute.Value, error) {
	return f.compared(compute.OpTypeGreaterOrEqual, lhs, rhs)
}

func (f *Function) GreaterThan(lhs, rhs compute.Value) (compute.Value, error) {
	return f.compared(compute.OpTypeGreaterThan, lhs, rhs)
}

func (f *Function) LessOrEqual(lhs, rhs compute.Value) (compute.Value, error) {
	return f.compared(compute.OpTypeLessOrEqual, lhs, rhs)
}

func (f *Function) LessThan(lhs, rhs compute.Value) (compute.Value, error) {
	return f.compared(compute.OpTypeLessThan, lhs, rhs)
}

func (f *Function) NotEqual(lhs, rhs compute.Value) (compute.Value, error) {
	return f.compared(compute.OpTypeNotEqual, lhs, rhs)
}

func (f *Function) EqualTotalOrder(lhs, rhs compute.Value) (compute.Value, error) {
	return f.ordered(compute.OpTypeEqualTotalOrder, compute.OpTypeEqual, lhs, rhs)
}

func (f *Function) GreaterOrEqualTotalOrder(lhs, rhs compute.Value) (compute.Value, error) {
	return f.ordered(compute.OpTypeGreaterOrEqualTotalOrder, compute.OpTypeGreaterOrEqual, lhs, rhs)
}

func (f *Function) GreaterThanTotalOrder(lhs, rhs compute.Value) (compute.Value, error) {
	return f.ordered(compute.OpTypeGreaterThanTotalOrder, compute.OpTypeGreaterThan, lhs, rhs)
}

func (f *Function) LessOrEqualTotalOrder(lhs, rhs compute.Value) (compute.Value, error) {
	return f.ordered(compute.OpTypeLessOrEqualTotalOrder, compute.OpTypeLessOrEqual, lhs, rhs)
}

func (f *Function) LessThanTotalOrder(lhs, rhs compute.Value) (compute.Value, error) {
	return f.ordered(compute.OpTypeLessThanTotalOrder, compute.OpTypeLessThan, lhs, rhs)
}

func (f *Function) NotEqualTotalOrder(lhs, rhs compute.Value) (compute.Value, error) {
	return f.ordered(compute.OpTypeNotEqualTotalOrder, compute.OpTypeNotEqual, lhs, rhs)
}

// Clamp takes scalars or tensors of x's shape as bounds.
func (f *Function) Clamp(min, x, max compute.Value) (compute.Value, error) {
	above, err := f.Max(min, x)
	if err != nil {
		return nil, fmt.Errorf("Clamp: %w", err)
	}
	return f.Min(above, max)
}

// Where takes scalars or tensors of one shape.
func (f *Function) Where(condition, onTrue, onFalse compute.Value) (compute.Value, error) {
	nodes, err := f.nodes("Where", condition, onTrue, onFalse)
	if err != nil {
		return nil, err
	}
	if _, err := shapeinference.Where(nodes[0].Shape, nodes[1].Shape, nodes[2].Shape); err != nil {
		return nil, err
	}
	return f.value(f.where(nodes[0], nodes[1], nodes[2])), nil
}

// ConvertDType also unpacks the packed types.
func (f *Function) ConvertDType(x compute.Value, dtype dtypes.DType) (compute.Value, error) {
	values, err := f.values("ConvertDType", x)
	if err != nil {
		return nil, err
	}
	v := values[0]
	if v.packed == dtype {
		return v, nil
	}
	if _, packed := packedBits[dtype]; packed {
		return nil, fmt.Errorf("ConvertDType: %s to %s: %w", v.shape(), dtype, compute.ErrNotImplemented)
	}
	target := v.node.Shape.Clone()
	target.DType = dtype
	if err := f.builder.backend.checkShape(target); err != nil {
		return nil, fmt.Errorf("ConvertDType: %w", err)
	}
	return f.value(f.convert(v.node, dtype)), nil
}
