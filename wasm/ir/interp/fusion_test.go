package interp_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/dongyur/dongyur/wasm/ir/interp"
)

func f32(dims ...int) shapes.Shape { return shapes.Make(dtypes.Float32, dims...) }
func i32(dims ...int) shapes.Shape { return shapes.Make(dtypes.Int32, dims...) }

// fusions are graphs with the steps that they must become.
var fusions = []struct {
	name   string
	inputs []shapes.Shape
	graph  func(x []*Node) []*Node
	steps  string
}{
	{"softmax", []shapes.Shape{f32(6, 40)},
		func(x []*Node) []*Node { return []*Node{Softmax(x[0], -1)} }, "Row"},
	{"softmax's gradient", []shapes.Shape{f32(6, 40), f32(6, 40)},
		func(x []*Node) []*Node {
			return Gradient(ReduceAllSum(Mul(Softmax(x[0], -1), x[1])), x[0])
		}, "Row"},
	{"layer norm", []shapes.Shape{f32(2, 5, 32), f32(32), f32(32)},
		func(x []*Node) []*Node { return []*Node{norm(x[0], x[1], x[2])} }, "Row"},
	{"layer norm's gradients", []shapes.Shape{f32(2, 5, 32), f32(32), f32(32), f32(2, 5, 32)},
		func(x []*Node) []*Node {
			return Gradient(ReduceAllSum(Mul(norm(x[0], x[1], x[2]), x[3])), x[0], x[1], x[2])
		}, "Row Row"},
	{"RMS norm", []shapes.Shape{f32(7, 48), f32(48)},
		func(x []*Node) []*Node {
			square := ReduceAndKeep(Square(x[0]), ReduceMean, -1)
			return []*Node{Mul(Div(x[0], Sqrt(AddScalar(square, 1e-6))), ExpandAxes(x[1], 0))}
		}, "Row"},
	{"log-probability of the chosen", []shapes.Shape{f32(9, 50), i32(9)},
		func(x []*Node) []*Node {
			most := StopGradient(ReduceAndKeep(x[0], ReduceMax, -1))
			logSum := Add(Log(ReduceAndKeep(Exp(Sub(x[0], most)), ReduceSum, -1)), most) // [9, 1]
			row := Iota(x[0].Graph(), shapes.Make(dtypes.Int32, 9, 1), 0)
			chosen := Gather(x[0], Concatenate([]*Node{row, ExpandAxes(x[1], -1)}, -1))
			return []*Node{Sub(chosen, Reshape(logSum, 9))}
		}, "Row"},
	{"cross-entropy and its gradient", []shapes.Shape{f32(9, 50), i32(9)},
		func(x []*Node) []*Node {
			chosen := ReduceSum(Mul(LogSoftmax(x[0], -1), OneHot(x[1], 50, dtypes.Float32)), -1)
			loss := Neg(ReduceAllMean(chosen))
			return append(Gradient(loss, x[0]), loss)
		}, "Row Row"},
	{"layers that are computed again", []shapes.Shape{f32(6, 8), f32(8, 8), f32(8, 8)},
		func(x []*Node) []*Node {
			layer := func(h, w *Node) *Node { return Tanh(Dot(Exp(h), w).Product()) }
			y := layer(layer(x[0].Checkpoint(), x[1]).Checkpoint(), x[2]).StopCheckpoint()
			return Gradient(ReduceAllSum(Square(y)), x[1:]...)
		}, "Map Dot Map Dot Map Dot Dot Dot Map Dot Dot"},
	{"product with bias, scale, residual", []shapes.Shape{f32(6, 8), f32(8, 10), f32(10), f32(6, 10)},
		func(x []*Node) []*Node {
			y := Add(Dot(x[0], x[1]).Product(), ExpandAxes(x[2], 0))
			return []*Node{Add(MulScalar(Tanh(y), .5), x[3])}
		}, "Dot"},
	{"products of views", []shapes.Shape{f32(2, 5, 12), f32(2, 7, 12)},
		func(x []*Node) []*Node {
			heads := func(x *Node) *Node {
				d := x.Shape().Dimensions
				return TransposeAllAxes(Reshape(x, d[0], d[1], 3, 4), 0, 2, 1, 3)
			}
			return []*Node{Einsum("bhqd,bhkd->bhqk", heads(x[0]), heads(x[1]))}
		}, "Dot"},
	{"a product that is stored transposed", []shapes.Shape{f32(6, 8), f32(8, 10)},
		func(x []*Node) []*Node { return []*Node{Transpose(Dot(x[0], x[1]).Product(), 0, 1)} }, "Dot"},
	{"a threshold by bisection", []shapes.Shape{f32(6, 40)},
		func(x []*Node) []*Node {
			low, high := ReduceMin(x[0], -1), ReduceMax(x[0], -1) // [6]
			for range 4 {
				middle := MulScalar(Add(low, high), .5)
				above := ConvertDType(GreaterOrEqual(x[0], ExpandAxes(middle, -1)), dtypes.Float32)
				full := GreaterOrEqual(Einsum("nv,nv->n", above, above), Scalar(x[0].Graph(), dtypes.Float32, 10))
				low, high = Where(full, middle, low), Where(full, high, middle)
			}
			return []*Node{low}
		}, "Row"},
	{"bias gradient and its update", []shapes.Shape{f32(4, 9, 16), f32(16)},
		func(x []*Node) []*Node { return []*Node{Sub(x[1], MulScalar(ReduceSum(x[0], 0, 1), .1))} }, "Row"},
	{"norm of much", []shapes.Shape{f32(512, 512)},
		func(x []*Node) []*Node { return []*Node{Sqrt(ReduceAllSum(Square(x[0])))} }, "Row Row"},
	{"many operands", []shapes.Shape{f32(4), f32(4), f32(4), f32(4), f32(4), f32(4), f32(4), f32(4), f32(4), f32(4), f32(4), f32(4)},
		func(x []*Node) []*Node {
			sum := x[0]
			for _, y := range x[1:] {
				sum = Add(sum, y)
			}
			return []*Node{sum, Concatenate(x, 0)}
		}, "Map Map Map Map"},
	{"a cache's update", []shapes.Shape{f32(2, 3, 16, 4), f32(2, 3, 1, 4), i32()},
		func(x []*Node) []*Node {
			zero := ScalarZero(x[0].Graph(), dtypes.Int32)
			return []*Node{DynamicUpdateSlice(x[0], MulScalar(x[1], 2), []*Node{zero, zero, x[2], zero})}
		}, "Copy Update"},
	{"embedding and its gradient", []shapes.Shape{f32(20, 8), i32(11), f32(11, 8)},
		func(x []*Node) []*Node {
			rows := Gather(x[0], ExpandAxes(x[1], -1))
			return Gradient(ReduceAllSum(Mul(rows, x[2])), x[0])
		}, "Scatter"},
	{"dequantised weights", []shapes.Shape{f32(3, 16), shapes.Make(dtypes.Int8, 16, 6), f32(6)},
		func(x []*Node) []*Node {
			w := Mul(ConvertDType(x[1], dtypes.Float32), ExpandAxes(x[2], 0))
			return []*Node{Dot(x[0], w).Product()}
		}, "Dot"},
	{"the largest three", []shapes.Shape{f32(4, 30)},
		func(x []*Node) []*Node {
			values, indices := TopK(x[0], 3, -1)
			return []*Node{values, ConvertDType(indices, dtypes.Float32)}
		}, "Sort Map"},
}

func stepNames(plan *ir.Plan) string {
	var names []string
	for _, s := range plan.Steps {
		names = append(names, strings.TrimPrefix(fmt.Sprintf("%T", s), "*ir."))
	}
	return strings.Join(names, " ")
}

// random gives tensors of these shapes.
func random(inputs []shapes.Shape) []any {
	r := rand.New(rand.NewPCG(5, 6))
	list := make([]any, len(inputs))
	for i, shape := range inputs {
		switch n := shape.Size(); shape.DType {
		case dtypes.Float32:
			x := make([]float32, n)
			for i := range x {
				x[i] = float32(r.NormFloat64())
			}
			list[i] = tensors.FromFlatDataAndDimensions(x, shape.Dimensions...)
		case dtypes.Int8:
			x := make([]int8, n)
			for i := range x {
				x[i] = int8(r.IntN(256) - 128)
			}
			list[i] = tensors.FromFlatDataAndDimensions(x, shape.Dimensions...)
		default:
			x := make([]int32, n)
			for i := range x {
				x[i] = int32(r.IntN(8))
			}
			list[i] = tensors.FromFlatDataAndDimensions(x, shape.Dimensions...)
		}
	}
	return list
}

func TestFusion(t *testing.T) {
	for _, c := range fusions {
		t.Run(c.name, func(t *testing.T) {
			plan := compiled(t, desktop, c.inputs, c.graph)
			if got := stepNames(plan); got != c.steps {
				t.Errorf("steps %s, want %s:\n%s", got, c.steps, plan)
			}
			if strings.Contains(c.steps, "Update") {
				return // the Go engine has no DynamicUpdateSlice
			}
			got := MustNewExec(ir.NewBackend(interp.Limited(desktop)), c.graph).MustCall(random(c.inputs)...)
			want := MustNewExec(goEngine(t), c.graph).MustCall(random(c.inputs)...)
			for i := range want {
				if d := difference(got[i], want[i]); d > 5e-5 { // one engine adds a quarter of a million numbers one by one
					t.Errorf("output %d differs by %g", i, d)
				}
			}
		})
	}
}
