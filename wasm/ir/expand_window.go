package ir

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapeinference"
)

// window is what ReduceWindow and SelectAndScatter move over a tensor, each with one
// entry an axis.
type window struct {
	size, stride, dilation []int
	padding                []compute.PadAxis
}

// newWindow fills in what is missing: windows of 1, strides of a window, no dilation
// and no padding.
func newWindow(rank int, size, stride, base, dilation []int, paddings [][2]int) window {
	ones := slices.Repeat([]int{1}, rank)
	or := func(given, otherwise []int) []int {
		if len(given) == 0 {
			return otherwise
		}
		return given
	}
	w := window{size: or(size, ones), dilation: or(dilation, ones), padding: make([]compute.PadAxis, rank)}
	w.stride = or(stride, w.size)
	for axis := range rank {
		w.padding[axis].Interior = or(base, ones)[axis] - 1
		if len(paddings) > 0 {
			w.padding[axis].Start, w.padding[axis].End = paddings[axis][0], paddings[axis][1]
		}
	}
	return w
}

// positions gives, along one axis, where in the padded tensor each element of each
// window lies: Int32 [places, size].
func (f *Function) positions(w window, axis, places int) *Node {
	dims := []int{places, w.size[axis]}
	start := f.with(compute.OpTypeMul, f.iota(dtypes.Int32, 0, dims...), float64(w.stride[axis]))
	step := f.with(compute.OpTypeMul, f.iota(dtypes.Int32, 1, dims...), float64(w.dilation[axis]))
	return f.add(start, step)
}

// windows takes all windows out of x, [places..., size...]. As nothing of it is
// stored, an element that lies in several windows is read by each.
func (f *Function) windows(x, fill *Node, w window, places []int) *Node {
	padded := f.pad(x, fill, w.padding)
	rank := len(places)
	all := append(slices.Clone(places), w.size...)
	flat := f.like(f.scalar(dtypes.Int32, 0), all) // [places..., size...]
	stride := 1
	for axis := rank - 1; axis >= 0; axis-- {
		position := f.with(compute.OpTypeMul, f.positions(w, axis, places[axis]), float64(stride))
		flat = f.add(flat, f.broadcast(position, all, []int{axis, rank + axis}))
		stride *= padded.Shape.Dimensions[axis]
	}
	return f.gatherFlat(f.reshape(padded, stride), flat)
}

// ReduceWindow implements compute.Function.
func (f *Function) ReduceWindow(input compute.Value, reductionType compute.ReduceOpType,
	windowDimensions, strides, inputDilations, windowDilations []int, paddings [][2]int) (compute.Value, error) {
	nodes, err := f.nodes("ReduceWindow", input)
	if err != nil {
		return nil, err
	}
	x := nodes[0]
	shape, err := shapeinference.ReduceWindow(x.Shape, windowDimensions, strides, inputDilations, windowDilations, paddings)
	if err != nil {
		return nil, err
	}
	op, fill, err := f.windowReduction(reductionType, x.Shape.DType)
	if err != nil {
		return nil, err
	}
	rank := x.Shape.Rank()
	w := newWindow(rank, windowDimensions, strides, inputDilations, windowDilations, paddings)
	axes := make([]int, rank)
	for i := range axes {
		axes[i] = rank + i
	}
	return f.value(f.reduce(op, f.windows(x, fill, w, shape.Dimensions), axes...)), nil
}

// windowReduction gives the reduction of a kind, and what padding is filled with.
func (f *Function) windowReduction(kind compute.ReduceOpType, dtype dtypes.DType) (compute.OpType, *Node, error) {
	if err := reducible(compute.OpTypeReduceWindow, dtype); err != nil {
		return 0, nil, err
	}
	switch kind {
	case compute.ReduceOpSum:
		return compute.OpTypeReduceSum, f.scalar(dtype, 0), nil
	case compute.ReduceOpProduct:
		return compute.OpTypeReduceProduct, f.scalar(dtype, 1), nil
	case compute.ReduceOpMax:
		return compute.OpTypeReduceMax, f.extreme(dtype, false), nil
	case compute.ReduceOpMin:
		return compute.OpTypeReduceMin, f.extreme(dtype, true), nil
	}
	return 0, nil, fmt.Errorf("ReduceWindow by %s: %w", kind, compute.ErrNotImplemented)
}

// extreme is a type's highest value, or its lowest.
func (f *Function) extreme(dtype dtypes.DType, highest bool) *Node {
	bits := 8 * dtype.Size()
	switch {
	case dtype.IsFloat() && highest:
		return f.scalar(dtype, math.Inf(1))
	case dtype.IsFloat():
		return f.scalar(dtype, math.Inf(-1))
	case dtype.IsUnsigned() && !highest:
		return f.scalar(dtype, 0)
	case dtype.IsUnsigned():
		return f.bitsScalar(dtype, math.MaxUint64)
	case highest:
		return f.bitsScalar(dtype, 1<<(bits-1)-1)
	}
	return f.bitsScalar(dtype, 1<<(bits-1))
}

// SelectAndScatterMax implements compute.Function.
func (f *Function) SelectAndScatterMax(operand, source compute.Value, windowDimensions, windowStrides []int, paddings [][2]int) (compute.Value, error) {
	return f.selectAndScatter(operand, source, windowDimensions, windowStrides, paddings, false)
}

// SelectAndScatterMin implements compute.Function.
func (f *Function) SelectAndScatterMin(operand, source compute.Value, windowDimensions, windowStrides []int, paddings [][2]int) (compute.Value, error) {
	return f.selectAndScatter(operand, source, windowDimensions, windowStrides, paddings, true)
}

// selectAndScatter adds each element of source to where its window of the operand has
// its extreme, the first of several.
func (f *Function) selectAndScatter(operand, source compute.Value, size, stride []int, paddings [][2]int, isMin bool) (compute.Value, error) {
	nodes, err := f.nodes("SelectAndScatter", operand, source)
	if err != nil {
		return nil, err
	}
	x, s := nodes[0], nodes[1]
	if _, err := shapeinference.SelectAndScatter(x.Shape, s.Shape, size, stride, paddings); err != nil {
		return nil, err
	}
	if err := reducible(compute.OpTypeSelectAndScatterMax, x.Shape.DType); err != nil {
		return nil, err
	}
	rank, places := x.Shape.Rank(), s.Shape.Dimensions
	if rank == 0 {
		return f.value(s), nil
	}
	w := newWindow(rank, size, stride, nil, nil, paddings)
	elements := 1
	for _, dim := range w.size {
		elements *= dim
	}
	all := f.windows(x, f.extreme(x.Shape.DType, isMin), w, places) // [places..., size...]
	all = f.reshape(all, append(slices.Clone(places), elements)...) // [places..., elements]
	chosen := f.argMinMax(all, rank, dtypes.Int32, isMin)           // [places...]
	coordinates := make([]*Node, rank)
	for axis := rank - 1; axis >= 0; axis-- {
		within := f.with(compute.OpTypeRem, chosen, float64(w.size[axis]))
		chosen = f.with(compute.OpTypeDiv, chosen, float64(w.size[axis]))
		start := f.with(compute.OpTypeMul, f.iota(dtypes.Int32, axis, places...), float64(w.stride[axis]))
		position := f.with(compute.OpTypeSub, f.add(start, within), float64(w.padding[axis].Start))
		coordinates[axis] = f.reshape(position, append(slices.Clone(places), 1)...) // [places..., 1]
	}
	axes := make([]int, rank)
	for i := range axes {
		axes[i] = i
	}
	zeros := f.like(f.scalar(x.Shape.DType, 0), x.Shape.Dimensions)
	return f.value(f.record(compute.OpTypeScatterSum, x.Shape, ScatterAttr{
		IndexVectorAxis: rank, InsertedWindowAxes: axes, ScatterAxesToOperandAxes: axes,
	}, zeros, f.concatenate(rank, coordinates...), s)), nil
}
