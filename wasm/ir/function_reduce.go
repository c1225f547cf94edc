package ir

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
)

// reduced checks a reduction and records it. No axes are all axes.
func (f *Function) reduced(op compute.OpType, x compute.Value, axes []int) (compute.Value, error) {
	nodes, err := f.nodes(op.String(), x)
	if err != nil {
		return nil, err
	}
	shape := nodes[0].Shape
	if err := reducible(op, shape.DType); err != nil {
		return nil, err
	}
	if len(axes) == 0 {
		axes = make([]int, shape.Rank())
		for i := range axes {
			axes[i] = i
		}
	}
	for i, axis := range axes {
		if slices.Contains(axes[:i], axis) {
			return nil, fmt.Errorf("%s: axis %d is given twice", op, axis)
		}
	}
	if _, err := shapeinference.Reduce(shape, axes); err != nil {
		return nil, err
	}
	return f.value(f.reduce(op, nodes[0], axes...)), nil
}

// reducible says which types a reduction takes.
func reducible(op compute.OpType, dtype dtypes.DType) error {
	var ok bool
	switch op {
	case compute.OpTypeReduceLogicalAnd, compute.OpTypeReduceLogicalOr, compute.OpTypeReduceLogicalXor:
		ok = dtype == dtypes.Bool
	case compute.OpTypeReduceBitwiseAnd, compute.OpTypeReduceBitwiseOr, compute.OpTypeReduceBitwiseXor:
		ok = dtype.IsInt()
	default:
		ok = dtype.IsInt() || dtype.IsFloat()
	}
	if !ok {
		return fmt.Errorf("%s does not take %s", op, dtype)
	}
	return nil
}

// The reductions of compute.StandardOps.

func (f *Function) ReduceBitwiseAnd(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduced(compute.OpTypeReduceBitwiseAnd, x, axes)
}

func (f *Function) ReduceBitwiseOr(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduced(compute.OpTypeReduceBitwiseOr, x, axes)
}

func (f *Function) ReduceBitwiseXor(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduced(compute.OpTypeReduceBitwiseXor, x, axes)
}

func (f *Function) ReduceLogicalAnd(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduced(compute.OpTypeReduceLogicalAnd, x, axes)
}

func (f *Function) ReduceLogicalOr(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduced(compute.OpTypeReduceLogicalOr, x, axes)
}

func (f *Function) ReduceLogicalXor(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduced(compute.OpTypeReduceLogicalXor, x, axes)
}

func (f *Function) ReduceMax(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduced(compute.OpTypeReduceMax, x, axes)
}

func (f *Function) ReduceMin(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduced(compute.OpTypeReduceMin, x, axes)
}

func (f *Function) ReduceProduct(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduced(compute.OpTypeReduceProduct, x, axes)
}

func (f *Function) ReduceSum(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduced(compute.OpTypeReduceSum, x, axes)
}

// ArgMinMax implements compute.Function.
func (f *Function) ArgMinMax(x compute.Value, axis int, outputDType dtypes.DType, isMin bool) (compute.Value, error) {
	nodes, err := f.nodes("ArgMinMax", x)
	if err != nil {
		return nil, err
	}
	shape, err := shapeinference.ArgMinMax(nodes[0].Shape, axis, outputDType)
	if err != nil {
		return nil, err
	}
	if err := f.builder.backend.checkShape(shape); err != nil {
		return nil, fmt.Errorf("ArgMinMax: %w", err)
	}
	if err := reducible(compute.OpTypeArgMinMax, nodes[0].Shape.DType); err != nil {
		return nil, err
	}
	if nodes[0].Shape.Dimensions[axis] == 0 && shape.Size() > 0 {
		return nil, fmt.Errorf("ArgMinMax: axis %d of %s has no elements", axis, nodes[0].Shape)
	}
	return f.value(f.argMinMax(nodes[0], axis, outputDType, isMin)), nil
}

// argMinMax records ArgMinMax; positions are Int32, then converted.
func (f *Function) argMinMax(x *Node, axis int, dtype dtypes.DType, isMin bool) *Node {
	dims := without(x.Shape.Dimensions, []int{axis})
	position := f.record(compute.OpTypeArgMinMax, shapes.Make(dtypes.Int32, dims...), ArgMinMaxAttr{axis, isMin}, x)
	return f.convert(position, dtype)
}

// DotGeneral implements compute.Function. 16-bit floats are summed in Float32.
func (f *Function) DotGeneral(lhs compute.Value, lhsContractingAxes, lhsBatchAxes []int,
	rhs compute.Value, rhsContractingAxes, rhsBatchAxes []int, config compute.DotGeneralConfig) (compute.Value, error) {
	nodes, err := f.nodes("DotGeneral", lhs, rhs)
	if err != nil {
		return nil, err
	}
	shape, err := shapeinference.DotGeneral(nodes[0].Shape, lhsContractingAxes, lhsBatchAxes,
		nodes[1].Shape, rhsContractingAxes, rhsBatchAxes, config)
	if err != nil {
		return nil, err
	}
	sum := config.AccumulatorDType
	if sum == dtypes.InvalidDType {
		sum = sumType(nodes[0].Shape.DType)
	}
	for _, dtype := range []dtypes.DType{sum, shape.DType} {
		if err := f.builder.backend.checkShape(shapes.Make(dtype)); err != nil {
			return nil, fmt.Errorf("DotGeneral: %w", err)
		}
	}
	if err := reducible(compute.OpTypeDotGeneral, nodes[0].Shape.DType); err != nil {
		return nil, err
	}
	return f.value(f.convert(f.dot(nodes[0], nodes[1], DotAttr{
		LeftContracting: slices.Clone(lhsContractingAxes), LeftBatch: slices.Clone(lhsBatchAxes),
		RightContracting: slices.Clone(rhsContractingAxes), RightBatch: slices.Clone(rhsBatchAxes),
		Sum: sum,
	}), shape.DType)), nil
}

// sumType is what products of a type are added in.
func sumType(dtype dtypes.DType) dtypes.DType {
	if dtype.IsHalfPrecision() {
		return dtypes.Float32
	}
	return dtype
}
