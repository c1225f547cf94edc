package ir

import (
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/dtypes/float16"
	"github.com/gomlx/compute/shapes"
)

// These record one primitive operation each. Shapes are right already: what comes
// from outside is checked before. They leave out what changes nothing.

// scalar is a number of any type.
func (f *Function) scalar(dtype dtypes.DType, number float64) *Node {
	bits := numberBits(dtype, number)
	data := make([]byte, dtype.Size())
	for i := range data {
		data[i] = byte(bits >> (8 * i))
	}
	return f.record(compute.OpTypeConstant, shapes.Make(dtype), ConstantAttr{data})
}

// numberBits gives the bits of a number in a type, rounded or cut to it.
func numberBits(dtype dtypes.DType, number float64) uint64 {
	switch dtype {
	case dtypes.Float32:
		return uint64(math.Float32bits(float32(number)))
	case dtypes.Float64:
		return math.Float64bits(number)
	case dtypes.Float16:
		return uint64(float16.FromFloat32(float32(number)))
	case dtypes.BFloat16:
		return uint64(bfloat16.FromFloat32(float32(number)))
	case dtypes.Uint64:
		return uint64(number)
	default:
		return uint64(int64(number))
	}
}

// bitsScalar is the integer with these bits.
func (f *Function) bitsScalar(dtype dtypes.DType, bits uint64) *Node {
	data := make([]byte, dtype.Size())
	for i := range data {
		data[i] = byte(bits >> (8 * i))
	}
	return f.record(compute.OpTypeConstant, shapes.Make(dtype), ConstantAttr{data})
}

// like broadcasts a scalar, or axes of dimension 1, to dims.
func (f *Function) like(x *Node, dims []int) *Node {
	if slices.Equal(x.Shape.Dimensions, dims) {
		return x
	}
	axes := make([]int, x.Shape.Rank())
	for i := range axes {
		axes[i] = i
	}
	return f.broadcast(x, dims, axes)
}

// broadcast is BroadcastInDim.
func (f *Function) broadcast(x *Node, dims, axes []int) *Node {
	if slices.Equal(x.Shape.Dimensions, dims) {
		return x
	}
	return f.record(compute.OpTypeBroadcastInDim, shapes.Make(x.Shape.DType, dims...), BroadcastAttr{slices.Clone(axes)}, x)
}

// common gives the dimensions of an operation of operands that are scalars or have
// dimensions that are equal or 1.
func common(operands ...*Node) []int {
	var dims []int
	for _, x := range operands {
		for axis, dim := range x.Shape.Dimensions {
			switch {
			case axis == len(dims):
				dims = append(dims, dim)
			case dims[axis] == 1:
				dims[axis] = dim
			}
		}
	}
	return dims
}

// unary records an elementwise operation of one operand that keeps its type.
func (f *Function) unary(op compute.OpType, x *Node) *Node { return f.record(op, x.Shape, nil, x) }

// binary records an elementwise operation of two operands, broadcast to each other.
func (f *Function) binary(op compute.OpType, a, b *Node) *Node {
	dims := common(a, b)
	return f.record(op, shapes.Make(a.Shape.DType, dims...), nil, f.like(a, dims), f.like(b, dims))
}

// with is binary with a number on the right.
func (f *Function) with(op compute.OpType, a *Node, number float64) *Node {
	return f.binary(op, a, f.scalar(a.Shape.DType, number))
}

func (f *Function) add(a, b *Node) *Node { return f.binary(compute.OpTypeAdd, a, b) }
func (f *Function) sub(a, b *Node) *Node { return f.binary(compute.OpTypeSub, a, b) }
func (f *Function) mul(a, b *Node) *Node { return f.binary(compute.OpTypeMul, a, b) }
func (f *Function) div(a, b *Node) *Node { return f.binary(compute.OpTypeDiv, a, b) }
func (f *Function) and(a, b *Node) *Node { return f.binary(compute.OpTypeLogicalAnd, a, b) }

// compare records a comparison.
func (f *Function) compare(op compute.OpType, a, b *Node) *Node {
	if a.Shape.DType == dtypes.Bool {
		a, b = f.convert(a, dtypes.Int32), f.convert(b, dtypes.Int32)
	}
	dims := common(a, b)
	return f.record(op, shapes.Make(dtypes.Bool, dims...), nil, f.like(a, dims), f.like(b, dims))
}

// compareWith is compare with a number on the right.
func (f *Function) compareWith(op compute.OpType, a *Node, number float64) *Node {
	return f.compare(op, a, f.scalar(a.Shape.DType, number))
}

// where records Where.
func (f *Function) where(condition, then, other *Node) *Node {
	dims := common(condition, then, other)
	return f.record(compute.OpTypeWhere, shapes.Make(then.Shape.DType, dims...), nil,
		f.like(condition, dims), f.like(then, dims), f.like(other, dims))
}

// convert records ConvertDType. A number is true where it is not zero.
func (f *Function) convert(x *Node, dtype dtypes.DType) *Node {
	switch {
	case x.Shape.DType == dtype:
		return x
	case dtype == dtypes.Bool:
		return f.compareWith(compute.OpTypeNotEqual, x, 0)
	}
	return f.record(compute.OpTypeConvertDType, shapes.Make(dtype, x.Shape.Dimensions...), nil, x)
}

// bitcast records a Bitcast to a type of the same size.
func (f *Function) bitcast(x *Node, dtype dtypes.DType) *Node {
	if x.Shape.DType == dtype {
		return x
	}
	return f.record(compute.OpTypeBitcast, shapes.Make(dtype, x.Shape.Dimensions...), nil, x)
}

// reshape records Reshape.
func (f *Function) reshape(x *Node, dims ...int) *Node {
	if slices.Equal(x.Shape.Dimensions, dims) {
		return x
	}
	return f.record(compute.OpTypeReshape, shapes.Make(x.Shape.DType, dims...), nil, x)
}

// transpose records Transpose.
func (f *Function) transpose(x *Node, permutation ...int) *Node {
	dims := make([]int, len(permutation))
	same := true
	for i, axis := range permutation {
		dims[i] = x.Shape.Dimensions[axis]
		same = same && i == axis
	}
	if same {
		return x
	}
	return f.record(compute.OpTypeTranspose, shapes.Make(x.Shape.DType, dims...), TransposeAttr{slices.Clone(permutation)}, x)
}

// slice records Slice.
func (f *Function) slice(x *Node, starts, limits, strides []int) *Node {
	dims := make([]int, len(starts))
	for i := range dims {
		dims[i] = max(0, (limits[i]-starts[i]+strides[i]-1)/strides[i])
	}
	if slices.Equal(dims, x.Shape.Dimensions) {
		return x
	}
	return f.record(compute.OpTypeSlice, shapes.Make(x.Shape.DType, dims...),
		SliceAttr{slices.Clone(starts), slices.Clone(limits), slices.Clone(strides)}, x)
}

// sliceAxis takes positions start to limit of one axis.
func (f *Function) sliceAxis(x *Node, axis, start, limit int) *Node {
	rank := x.Shape.Rank()
	starts, strides := make([]int, rank), slices.Repeat([]int{1}, rank)
	limits := slices.Clone(x.Shape.Dimensions)
	starts[axis], limits[axis] = start, limit
	return f.slice(x, starts, limits, strides)
}

// pad records Pad.
func (f *Function) pad(x, fill *Node, axes []compute.PadAxis) *Node {
	dims := slices.Clone(x.Shape.Dimensions)
	all := make([]compute.PadAxis, len(dims))
	for i, p := range axes {
		all[i] = p
		dims[i] += p.Start + p.End + max(0, dims[i]-1)*p.Interior
	}
	if slices.IndexFunc(all, func(p compute.PadAxis) bool { return p != compute.PadAxis{} }) < 0 {
		return x
	}
	return f.record(compute.OpTypePad, shapes.Make(x.Shape.DType, dims...), PadAttr{all}, x, fill)
}

// concatenate records Concatenate.
func (f *Function) concatenate(axis int, operands ...*Node) *Node {
	dims := slices.Clone(operands[0].Shape.Dimensions)
	for _, x := range operands[1:] {
		dims[axis] += x.Shape.Dimensions[axis]
	}
	return f.record(compute.OpTypeConcatenate, shapes.Make(operands[0].Shape.DType, dims...), ConcatenateAttr{axis}, operands...)
}

// iota records Iota.
func (f *Function) iota(dtype dtypes.DType, axis int, dims ...int) *Node {
	return f.record(compute.OpTypeIota, shapes.Make(dtype, dims...), IotaAttr{axis})
}

// reduce records a reduction.
func (f *Function) reduce(op compute.OpType, x *Node, axes ...int) *Node {
	if len(axes) == 0 {
		return x
	}
	axes = slices.Clone(axes)
	slices.Sort(axes)
	return f.record(op, shapes.Make(x.Shape.DType, without(x.Shape.Dimensions, axes)...), ReduceAttr{axes}, x)
}

// without leaves out some axes' dimensions.
func without(dims, axes []int) []int {
	var rest []int
	for axis, dim := range dims {
		if !slices.Contains(axes, axis) {
			rest = append(rest, dim)
		}
	}
	return rest
}

// keep gives a reduction's result its axes back, with dimension 1.
func (f *Function) keep(reduced *Node, dims, axes []int) *Node {
	kept := slices.Clone(dims)
	for _, axis := range axes {
		kept[axis] = 1
	}
	return f.reshape(reduced, kept...)
}

// dot records a DotGeneral whose result has the type of its sum.
func (f *Function) dot(a, b *Node, attr DotAttr) *Node {
	dims := dotDimensions(a.Shape, b.Shape, attr)
	return f.record(compute.OpTypeDotGeneral, shapes.Make(attr.Sum, dims...), attr, a, b)
}

// dotDimensions are batch, then the left's others, then the right's.
func dotDimensions(a, b shapes.Shape, attr DotAttr) []int {
	var dims []int
	for _, axis := range attr.LeftBatch {
		dims = append(dims, a.Dimensions[axis])
	}
	dims = append(dims, without(a.Dimensions, append(slices.Clone(attr.LeftBatch), attr.LeftContracting...))...)
	return append(dims, without(b.Dimensions, append(slices.Clone(attr.RightBatch), attr.RightContracting...))...)
}

// gatherFlat takes elements of a vector by their Int32 positions.
func (f *Function) gatherFlat(x, positions *Node) *Node {
	dims := positions.Shape.Dimensions
	return f.record(compute.OpTypeGather, shapes.Make(x.Shape.DType, dims...), GatherAttr{
		IndexVectorAxis:    len(dims),
		CollapsedSliceAxes: []int{0}, StartIndexMap: []int{0}, SliceSizes: []int{1},
	}, x, f.reshape(positions, append(slices.Clone(dims), 1)...))
}
