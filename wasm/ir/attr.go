package ir

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// The operations that a Graph holds are these; all others are expressed by them as
// they are recorded.
//
//	Parameter, Constant, CapturedValue, Iota, OpItem
//	elementwise, one input:  Abs Neg Floor Ceil Round Sqrt Rsqrt Exp Log Sin Cos
//	                         Tanh BitCount Clz BitwiseNot LogicalNot ConvertDType
//	elementwise, two:        Add Sub Mul Div Rem Pow Max Min, Bitwise- and LogicalAnd Or
//	                         Xor, ShiftLeft, -RightArithmetic, -RightLogical, Equal
//	                         NotEqual LessThan LessOrEqual GreaterThan GreaterOrEqual
//	elementwise, three:      Where (Bool, then two of the result's type)
//	other names and places:  Bitcast Reshape BroadcastInDim Transpose Slice Reverse Pad
//	                         Concatenate Gather DynamicSlice DynamicUpdateSlice
//	reductions:              ReduceSum -Product -Max -Min -BitwiseAnd -Or -Xor
//	                         -LogicalAnd -Or -Xor, ArgMinMax
//	the rest:                DotGeneral ScatterSum -Max -Min Sort While If Call, and,
//	                         where Limits.Attention is set, FusedScaledDotProduct-
//	                         Attention and its VJP
//
// The inputs of an elementwise operation have all the dimensions of its result:
// implicit broadcasting is recorded as Reshape and BroadcastInDim. Floats' Pow is
// only asked for bases that are not negative, and Max and Min give NaN where either
// side is. Types are those of Go's memory: Bool, the integers of 8 to 64 bits,
// Float16, BFloat16 and Float32.

// ParameterAttr is of Parameter: which argument of the graph it is.
type ParameterAttr struct {
	Index int
	Name  string
}

// ConstantAttr is of Constant: its bytes as Go has them, little endian, row-major.
type ConstantAttr struct{ Data []byte }

// CapturedAttr is of CapturedValue: the node of the closure's parent graph that it
// stands for. A value from further out is captured by each graph in between.
type CapturedAttr struct{ Node *Node }

// ItemAttr is of OpItem: which of its input's results it takes.
type ItemAttr struct{ Index int }

// IotaAttr is of Iota: each element is its own position along Axis.
type IotaAttr struct{ Axis int }

// BroadcastAttr is of BroadcastInDim: axis i of the input is axis Axes[i] of the
// result, of the same dimension, or of dimension 1 and repeated. Axes increase.
type BroadcastAttr struct{ Axes []int }

// BarrierAttr is of a Reshape whose input is to have a value of its own. What is computed
// from the result, even through others, is in no step with what is not, and Again says
// that it is not the same either.
type BarrierAttr struct{ Again bool }

// TransposeAttr is of Transpose: axis i of the result is axis Permutation[i] of the
// input.
type TransposeAttr struct{ Permutation []int }

// SliceAttr is of Slice; each has one entry an axis.
type SliceAttr struct{ Starts, Limits, Strides []int }

// ReverseAttr is of Reverse: the axes that run backwards.
type ReverseAttr struct{ Axes []int }

// PadAttr is of Pad, one entry an axis. Inputs are the operand and the scalar to fill
// with. Start and End may be negative: they then cut.
type PadAttr struct{ Axes []compute.PadAxis }

// ConcatenateAttr is of Concatenate.
type ConcatenateAttr struct{ Axis int }

// ReduceAttr is of the reductions: axes that go away, in increasing order, at least
// one.
type ReduceAttr struct{ Axes []int }

// ArgMinMaxAttr is of ArgMinMax: the axis that goes away. The result's type is that of
// the position.
type ArgMinMaxAttr struct {
	Axis  int
	IsMin bool
}

// DotAttr is of DotGeneral; the result's axes are the batch axes, then the left's
// others, then the right's. Sum is the type that products are added in.
type DotAttr struct {
	LeftContracting, LeftBatch   []int
	RightContracting, RightBatch []int
	Sum                          dtypes.DType
}

// GatherAttr is of Gather, with the names that compute.Function.Gather explains.
// Inputs are the operand and the start indices; starts are clamped so that each slice
// lies inside.
type GatherAttr struct {
	IndexVectorAxis                                                 int
	OffsetOutputAxes, CollapsedSliceAxes, StartIndexMap, SliceSizes []int
}

// ScatterAttr is of ScatterSum, -Max and -Min, with the names that
// compute.Function.ScatterSum explains. Inputs are operand, indices and updates;
// windows that do not lie inside whole are dropped.
type ScatterAttr struct {
	IndexVectorAxis                                                int
	UpdateWindowAxes, InsertedWindowAxes, ScatterAxesToOperandAxes []int
	Sorted, Unique                                                 bool
}

// DynamicSlice (inputs: operand, one scalar start an axis) and DynamicUpdateSlice
// (operand, update, starts) need no attributes: shapes say the sizes. Starts are
// clamped so that the slice lies inside.

// SortAttr is of Sort: the comparator's parameters are the left element of each
// input, then the right one of each. Sorts are stable.
type SortAttr struct {
	Axis       int
	Comparator *Graph
}

// WhileAttr is of While. Both graphs take the state; inputs are its start.
type WhileAttr struct{ Condition, Body *Graph }

// IfAttr is of If, whose one input is the predicate. The graphs take nothing.
type IfAttr struct{ Then, Else *Graph }

// CallAttr is of Call: a graph without a parent.
type CallAttr struct{ Function *Graph }

// AttentionAttr is of FusedScaledDotProductAttention and its VJP. Inputs are query,
// key, value, and for the VJP output, log-sum-exp and the output's gradient; then
// whatever of mask, bias and lengths is there, at the position in Inputs that the
// fields say, 0 where absent. Items of the first are output and log-sum-exp (Float32
// [batch, heads, queries]), of the VJP the three gradients. Mask and bias have rank 4
// [batch, heads, queries, keys], each dimension that or 1; lengths are Int32 [batch].
type AttentionAttr struct {
	Layout                               compute.AttentionAxesLayout
	Scale                                float64
	Causal                               bool
	Mask, Bias, QueryLengths, KeyLengths int
}
