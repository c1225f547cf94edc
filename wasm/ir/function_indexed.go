package ir

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
)

// Gather implements compute.Function. Starts are clamped so that slices lie inside.
func (f *Function) Gather(operand, startIndices compute.Value, indexVectorAxis int,
	offsetOutputAxes, collapsedSliceAxes, startIndexMap, sliceSizes []int, indicesAreSorted bool) (compute.Value, error) {
	nodes, err := f.nodes("Gather", operand, startIndices)
	if err != nil {
		return nil, err
	}
	x, starts := nodes[0], nodes[1]
	if !starts.Shape.DType.IsInt() {
		return nil, fmt.Errorf("Gather: the start indices are %s, they must be integers", starts.Shape)
	}
	if indexVectorAxis == starts.Shape.Rank() { // an axis of dimension 1 is meant
		starts = f.reshape(starts, append(slices.Clone(starts.Shape.Dimensions), 1)...)
	}
	shape, err := shapeinference.Gather(x.Shape, starts.Shape, indexVectorAxis, offsetOutputAxes,
		collapsedSliceAxes, startIndexMap, sliceSizes, indicesAreSorted)
	if err != nil {
		return nil, err
	}
	return f.value(f.record(compute.OpTypeGather, shapes.Make(shape.DType, shape.Dimensions...), GatherAttr{
		IndexVectorAxis:  indexVectorAxis,
		OffsetOutputAxes: slices.Clone(offsetOutputAxes), CollapsedSliceAxes: slices.Clone(collapsedSliceAxes),
		StartIndexMap: slices.Clone(startIndexMap), SliceSizes: slices.Clone(sliceSizes),
	}, x, starts)), nil
}

// ScatterSum implements compute.Function. Windows that do not lie inside are dropped.
func (f *Function) ScatterSum(operand, scatterIndices, updates compute.Value, indexVectorAxis int,
	updateWindowAxes, insertedWindowAxes, scatterAxesToOperandAxes []int, indicesAreSorted, uniqueIndices bool) (compute.Value, error) {
	return f.scattered(compute.OpTypeScatterSum, operand, scatterIndices, updates, ScatterAttr{indexVectorAxis,
		updateWindowAxes, insertedWindowAxes, scatterAxesToOperandAxes, indicesAreSorted, uniqueIndices})
}

// ScatterMax implements compute.Function. Windows that do not lie inside are dropped.
func (f *Function) ScatterMax(operand, scatterIndices, updates compute.Value, indexVectorAxis int,
	updateWindowAxes, insertedWindowAxes, scatterAxesToOperandAxes []int, indicesAreSorted, uniqueIndices bool) (compute.Value, error) {
	return f.scattered(compute.OpTypeScatterMax, operand, scatterIndices, updates, ScatterAttr{indexVectorAxis,
		updateWindowAxes, insertedWindowAxes, scatterAxesToOperandAxes, indicesAreSorted, uniqueIndices})
}

// ScatterMin implements compute.Function. Windows that do not lie inside are dropped.
func (f *Function) ScatterMin(operand, scatterIndices, updates compute.Value, indexVectorAxis int,
	updateWindowAxes, insertedWindowAxes, scatterAxesToOperandAxes []int, indicesAreSorted, uniqueIndices bool) (compute.Value, error) {
	return f.scattered(compute.OpTypeScatterMin, operand, scatterIndices, updates, ScatterAttr{indexVectorAxis,
		updateWindowAxes, insertedWindowAxes, scatterAxesToOperandAxes, indicesAreSorted, uniqueIndices})
}

// scattered checks a scatter and records it.
func (f *Function) scattered(op compute.OpType, operand, indices, updates compute.Value, attr ScatterAttr) (compute.Value, error) {
	nodes, err := f.nodes(op.String(), operand, indices, updates)
	if err != nil {
		return nil, err
	}
	if attr.IndexVectorAxis == nodes[1].Shape.Rank() { // an axis of dimension 1 is meant
		nodes[1] = f.reshape(nodes[1], append(slices.Clone(nodes[1].Shape.Dimensions), 1)...)
	}
	if _, err := shapeinference.Scatter(nodes[0].Shape, nodes[1].Shape, nodes[2].Shape, attr.IndexVectorAxis,
		attr.UpdateWindowAxes, attr.InsertedWindowAxes, attr.ScatterAxesToOperandAxes); err != nil {
		return nil, err
	}
	if err := reducible(op, nodes[0].Shape.DType); err != nil {
		return nil, err
	}
	attr.UpdateWindowAxes = slices.Clone(attr.UpdateWindowAxes)
	attr.InsertedWindowAxes = slices.Clone(attr.InsertedWindowAxes)
	attr.ScatterAxesToOperandAxes = slices.Clone(attr.ScatterAxesToOperandAxes)
	return f.value(f.record(op, nodes[0].Shape, attr, nodes...)), nil
}

// DynamicSlice implements compute.Function.
func (f *Function) DynamicSlice(operand compute.Value, startIndices []compute.Value, sliceDims []int) (compute.Value, error) {
	nodes, err := f.nodes("DynamicSlice", append([]compute.Value{operand}, startIndices...)...)
	if err != nil {
		return nil, err
	}
	if err := checkStarts("DynamicSlice", nodes[0], nodes[1:]); err != nil {
		return nil, err
	}
	shape, err := shapeinference.DynamicSlice(nodes[0].Shape, sliceDims)
	if err != nil {
		return nil, err
	}
	if shape.Equal(nodes[0].Shape) {
		return f.value(nodes[0]), nil
	}
	return f.value(f.record(compute.OpTypeDynamicSlice, shapes.Make(shape.DType, shape.Dimensions...), nil, nodes...)), nil
}

// DynamicUpdateSlice implements compute.Function.
func (f *Function) DynamicUpdateSlice(operand, update compute.Value, startIndices []compute.Value) (compute.Value, error) {
	nodes, err := f.nodes("DynamicUpdateSlice", append([]compute.Value{operand, update}, startIndices...)...)
	if err != nil {
		return nil, err
	}
	x, patch := nodes[0].Shape, nodes[1].Shape
	if err := checkStarts("DynamicUpdateSlice", nodes[0], nodes[2:]); err != nil {
		return nil, err
	}
	if _, err := shapeinference.DynamicUpdateSlice(x, patch); err != nil {
		return nil, err
	}
	if patch.DType != x.DType || patch.Rank() != x.Rank() {
		return nil, fmt.Errorf("DynamicUpdateSlice: %s does not fit into %s", patch, x)
	}
	for axis, dim := range patch.Dimensions {
		if dim > x.Dimensions[axis] {
			return nil, fmt.Errorf("DynamicUpdateSlice: %s does not fit into %s", patch, x)
		}
	}
	return f.value(f.record(compute.OpTypeDynamicUpdateSlice, x, nil, nodes...)), nil
}

// checkStarts wants one integer scalar an axis.
func checkStarts(what string, x *Node, starts []*Node) error {
	if len(starts) != x.Shape.Rank() {
		return fmt.Errorf("%s: %d start indices for %s, give one an axis", what, len(starts), x.Shape)
	}
	for i, start := range starts {
		if start.Shape.Rank() != 0 || !start.Shape.DType.IsInt() {
			return fmt.Errorf("%s: start index %d is %s, it must be an integer scalar", what, i, start.Shape)
		}
	}
	return nil
}
