package conformance

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

// shapeOps move elements about.
func shapeOps() []Op {
	ops := []Op{}
	add := func(name string, fn func(x []*graph.Node) *graph.Node, inputs ...Input) {
		ops = append(ops, Op{Name: name, Gradient: true, Inputs: inputs, Graph: one(fn)})
	}
	for _, c := range []struct{ from, to []int }{{[]int{6, 4}, []int{3, 8}}, {[]int{24}, []int{2, 3, 4}}, {[]int{1}, nil}, {[]int{2, 0}, []int{0, 5}}} {
		add(fmt.Sprintf("Reshape %v", c.to), func(x []*graph.Node) *graph.Node { return graph.Reshape(x[0], c.to...) }, f32(c.from...))
	}
	for _, permutation := range [][]int{{1, 0, 2}, {2, 1, 0}, {0, 2, 1}, {1, 2, 0}} {
		add(fmt.Sprintf("Transpose %v", permutation), func(x []*graph.Node) *graph.Node {
			return graph.TransposeAllAxes(x[0], permutation...)
		}, f32(3, 5, 7))
	}
	add("BroadcastToDims", func(x []*graph.Node) *graph.Node { return graph.BroadcastToDims(x[0], 4, 3, 5) }, f32(1, 3, 1))
	add("ExpandAndBroadcast", func(x []*graph.Node) *graph.Node { return graph.ExpandAndBroadcast(x[0], []int{3, 2, 5}, []int{1}) }, f32(3, 5))
	add("BroadcastPrefix", func(x []*graph.Node) *graph.Node { return graph.BroadcastPrefix(x[0], 2, 0) }, f32(3))
	add("Slice", func(x []*graph.Node) *graph.Node {
		return graph.Slice(x[0], graph.AxisRange(1, 4), graph.AxisRange(2, 7))
	}, f32(5, 9))
	add("Slice by steps", func(x []*graph.Node) *graph.Node {
		return graph.Slice(x[0], graph.AxisRange(1, 5).Stride(2), graph.AxisRange().Stride(3))
	}, f32(5, 10))
	add("Slice of nothing", func(x []*graph.Node) *graph.Node { return graph.Slice(x[0], graph.AxisRange(2, 2)) }, f32(5, 3))
	for axis := range 3 {
		add(fmt.Sprintf("Concatenate %d", axis), func(x []*graph.Node) *graph.Node { return graph.Concatenate(x, axis) },
			f32(dimsBut(axis, 2)...), f32(dimsBut(axis, 0)...), f32(dimsBut(axis, 5)...), f32(dimsBut(axis, 1)...))
	}
	add("Stack", func(x []*graph.Node) *graph.Node { return graph.Stack(x, 1) }, f32(3, 4), f32(3, 4))
	for _, c := range [][]compute.PadAxis{
		{{Start: 1, End: 2}, {Start: 0, End: 3}}, {{Interior: 2}, {Start: 2, Interior: 1}}, {{Start: -1, End: 2}, {End: -2}},
		{{Start: 2, End: -1, Interior: 1}, {}},
	} {
		op := Op{Name: fmt.Sprintf("Pad %v", c), Inputs: []Input{f32(3, 5), f32()},
			Graph: one(func(x []*graph.Node) *graph.Node { return graph.Pad(x[0], x[1], c...) })}
		if c[0].Start < 0 || c[0].End < 0 || c[1].End < 0 { // the Go engine cuts nothing
			op.Reference = one(func(x []*graph.Node) *graph.Node { return cutPad(x[0], x[1], c) })
		}
		ops = append(ops, op)
	}
	ops = append(ops, Op{Name: "Reverse", Inputs: []Input{f32(3, 4, 5)},
		Graph: one(func(x []*graph.Node) *graph.Node { return graph.Reverse(x[0], 0, 2) })},
		Op{Name: "CumSum", Inputs: []Input{f32(3, 9)},
			Graph: one(func(x []*graph.Node) *graph.Node { return graph.CumSum(x[0], 1) })})
	add("Shift", func(x []*graph.Node) *graph.Node { return graph.ShiftRight(x[0], 2, 0.5) }, f32(3, 9))
	add("Rotate", func(x []*graph.Node) *graph.Node {
		half := graph.Split(x[0], -1, 2)
		return graph.Concatenate([]*graph.Node{graph.Neg(half[1]), half[0]}, -1)
	}, f32(2, 3, 8))
	for _, dtype := range append([]dtypes.DType{dtypes.Float32, dtypes.Float16, dtypes.BFloat16}, integers...) {
		ops = append(ops, Op{Name: "Iota " + dtype.String(), Inputs: []Input{f32()},
			Graph: one(func(x []*graph.Node) *graph.Node { return graph.Iota(x[0].Graph(), shapes.Make(dtype, 3, 5), 1) })})
		ops = append(ops, Op{Name: "moved " + dtype.String(), Inputs: []Input{of(dtype, 3, 5), of(dtype, 4, 3)},
			Graph: one(func(x []*graph.Node) *graph.Node {
				return graph.Reverse(graph.Concatenate([]*graph.Node{graph.Transpose(x[0], 0, 1), graph.Slice(x[1], graph.AxisRange(1, 3))}, 0), 1)
			})})
	}
	return append(ops, Op{Name: "same twice", Inputs: []Input{f32(3)},
		Graph: func(x []*graph.Node) []*graph.Node {
			y := graph.Exp(x[0])
			return []*graph.Node{y, x[0], y, x[0], graph.Neg(y)}
		}},
		Op{Name: "constants", Inputs: []Input{f32(2)},
			Graph: func(x []*graph.Node) []*graph.Node {
				g := x[0].Graph()
				return []*graph.Node{graph.Const(g, [][]int64{{1, -2}, {1 << 40, 4}}), graph.Const(g, []bool{true, false}),
					graph.Add(x[0], graph.Const(g, []float32{3, 4})), graph.Const(g, uint64(1)<<63)}
			}},
	)
}

// dimsBut is [3, 4, 5] but for one axis.
func dimsBut(axis, dim int) []int {
	dims := []int{3, 4, 5}
	dims[axis] = dim
	return dims
}

// cutPad pads what is positive, then slices what is negative.
func cutPad(x, fill *graph.Node, axes []compute.PadAxis) *graph.Node {
	positive := make([]compute.PadAxis, len(axes))
	ranges := make([]graph.SliceAxisSpec, len(axes))
	for i, p := range axes {
		positive[i] = compute.PadAxis{Start: max(p.Start, 0), End: max(p.End, 0), Interior: p.Interior}
	}
	padded := graph.Pad(x, fill, positive...)
	for i, p := range axes {
		ranges[i] = graph.AxisRange(max(-p.Start, 0), padded.Shape().Dimensions[i]-max(-p.End, 0))
	}
	return graph.Slice(padded, ranges...)
}
