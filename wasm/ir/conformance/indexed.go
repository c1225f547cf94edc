package conformance

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

// indexedOps read and write where indices say.
func indexedOps() []Op {
	indices := func(high float64, dims ...int) Input { return in(0, high, dtypes.Int32, dims...) }
	ops := []Op{
		{Name: "Gather rows", Gradient: true, Inputs: []Input{f32(9, 5), indices(8, 3, 4, 1)},
			Graph: one(func(x []*graph.Node) *graph.Node { return graph.Gather(x[0], x[1]) })},
		{Name: "Gather elements", Gradient: true, Inputs: []Input{f32(4, 4, 3), indices(3, 6, 2)},
			Graph: one(func(x []*graph.Node) *graph.Node { return graph.Gather(x[0], x[1]) })},
		{Name: "Gather outside is clamped", Inputs: []Input{f32(4, 3), in(-5, 9, dtypes.Int32, 20, 1)},
			Graph: one(func(x []*graph.Node) *graph.Node { return graph.Gather(x[0], x[1]) })},
		{Name: "GatherSlices", Gradient: true, Inputs: []Input{f32(9, 5), indices(6, 7, 1)},
			Graph: one(func(x []*graph.Node) *graph.Node { return graph.GatherSlices(x[0], []int{0}, x[1], []int{3}, false) })},
		{Name: "Gather of none", Inputs: []Input{f32(9, 5), indices(8, 0, 1)},
			Graph: one(func(x []*graph.Node) *graph.Node { return graph.Gather(x[0], x[1]) })},
		{Name: "embedding by Uint8", Gradient: true, Inputs: []Input{f32(9, 5), in(0, 8, dtypes.Uint8, 11, 1)},
			Graph: one(func(x []*graph.Node) *graph.Node { return graph.Gather(x[0], x[1]) })},
		{Name: "Scatter", Gradient: true, Inputs: []Input{f32(30, 5), indices(8, 30, 1)},
			Graph: one(func(x []*graph.Node) *graph.Node {
				return graph.Scatter(x[1], x[0], shapes.Make(dtypes.Float32, 9, 5), false, false)
			})},
	}
	scatters := map[string]func(operand, indices, updates *graph.Node, sorted, unique bool) *graph.Node{
		"Sum": graph.ScatterSum, "Max": graph.ScatterMax, "Min": graph.ScatterMin}
	for _, name := range []string{"Sum", "Max", "Min"} {
		fn := scatters[name]
		for _, dtype := range []dtypes.DType{dtypes.Float32, dtypes.Int32, dtypes.BFloat16, dtypes.Uint8, dtypes.Int64} {
			ops = append(ops, Op{Name: fmt.Sprintf("Scatter%s %s", name, dtype), Gradient: name == "Sum" && dtype == dtypes.Float32,
				Inputs: []Input{of(dtype, 9, 5), indices(8, 13, 1), of(dtype, 13, 5)},
				Graph:  one(func(x []*graph.Node) *graph.Node { return fn(x[0], x[1], x[2], false, false) })})
		}
	}
	ops = append(ops,
		Op{Name: "ScatterSum to elements", Gradient: true, Inputs: []Input{f32(4, 4), indices(3, 20, 2), f32(20)},
			Graph: one(func(x []*graph.Node) *graph.Node { return graph.ScatterSum(x[0], x[1], x[2], false, false) })},
		Op{Name: "ScatterSum outside is dropped", Inputs: []Input{f32(4, 3), in(-5, 9, dtypes.Int32, 20, 1), f32(20, 3)},
			Graph: one(func(x []*graph.Node) *graph.Node { return graph.ScatterSum(x[0], x[1], x[2], false, false) }),
			Reference: one(func(x []*graph.Node) *graph.Node {
				inside := graph.And(graph.GreaterOrEqual(x[1], graph.ZerosLike(x[1])), graph.LessThan(x[1], graph.FillScalar(x[1].Graph(), x[1].Shape(), 4)))
				updates := graph.Where(graph.BroadcastToShape(inside, x[2].Shape()), x[2], graph.ZerosLike(x[2]))
				return graph.ScatterSum(x[0], graph.ClipScalar(x[1], 0, 3), updates, false, false)
			})},
		Op{Name: "ScatterUpdate", Inputs: []Input{f32(9, 5), f32(3, 5)},
			Graph: one(func(x []*graph.Node) *graph.Node {
				rows := graph.Const(x[0].Graph(), [][]int32{{7}, {0}, {4}})
				return graph.ScatterUpdate(x[0], rows, x[1], false, true)
			})})
	return append(ops, dynamicOps()...)
}

// dynamicOps slice at places known only when they run; the Go engine knows them not,
// so the reference gathers.
func dynamicOps() []Op {
	starts := func(x []*graph.Node, count int) []*graph.Node {
		all := make([]*graph.Node, count)
		for i := range all {
			all[i] = x[len(x)-count+i]
		}
		return all
	}
	clamped := func(start *graph.Node, dim, size int) *graph.Node {
		return graph.ClipScalar(graph.ConvertDType(start, dtypes.Int32), 0, float64(dim-size))
	}
	// positions of a slice of an axis, [size]
	positions := func(start *graph.Node, dim, size int) *graph.Node {
		return graph.Add(graph.Iota(start.Graph(), shapes.Make(dtypes.Int32, size), 0), clamped(start, dim, size))
	}
	slice := Op{Name: "DynamicSlice", Inputs: []Input{f32(7, 9), in(-3, 9, dtypes.Int32), in(-3, 9, dtypes.Int64)},
		Graph: one(func(x []*graph.Node) *graph.Node { return graph.DynamicSlice(x[0], starts(x, 2), []int{3, 4}) }),
		Reference: one(func(x []*graph.Node) *graph.Node {
			rows := graph.Gather(x[0], graph.ExpandAxes(positions(x[1], 7, 3), -1))
			columns := graph.Gather(graph.Transpose(rows, 0, 1), graph.ExpandAxes(positions(x[2], 9, 4), -1))
			return graph.Transpose(columns, 0, 1)
		})}
	update := func(dtype dtypes.DType) Op {
		return Op{Name: "DynamicUpdateSlice " + dtype.String(), Inputs: []Input{of(dtype, 7, 9), of(dtype, 3, 9), in(-3, 9, dtypes.Int32)},
			Graph: one(func(x []*graph.Node) *graph.Node {
				zero := graph.Const(x[0].Graph(), int32(0))
				return graph.DynamicUpdateSlice(x[0], x[1], []*graph.Node{x[2], zero})
			}),
			Reference: one(func(x []*graph.Node) *graph.Node {
				start := clamped(x[2], 7, 3)
				row := graph.Iota(x[0].Graph(), shapes.Make(dtypes.Int32, 7), 0)
				from := graph.Sub(row, start)
				inside := graph.And(graph.GreaterOrEqual(from, graph.ZerosLike(from)), graph.LessThan(from, graph.FillScalar(x[0].Graph(), from.Shape(), 3)))
				patch := graph.Gather(x[1], graph.ExpandAxes(graph.ClipScalar(from, 0, 2), -1))
				return graph.Where(graph.BroadcastToShape(graph.ExpandAxes(inside, -1), x[0].Shape()), patch, x[0])
			})}
	}
	return []Op{slice, update(dtypes.Float32), update(dtypes.Uint8), update(dtypes.BFloat16)}
}

// windowOps move windows over images.
func windowOps() []Op {
	var ops []Op
	add := func(name string, gradient bool, fn func(x *graph.Node) *graph.Node, inputs ...Input) {
		ops = append(ops, Op{Name: name, Gradient: gradient, Inputs: inputs,
			Graph: one(func(x []*graph.Node) *graph.Node { return fn(x[0]) })})
	}
	image := f32(2, 9, 8, 3)
	add("MaxPool", true, func(x *graph.Node) *graph.Node { return graph.MaxPool(x).Window(2).Done() }, image)
	add("MaxPool overlapping", true, func(x *graph.Node) *graph.Node {
		return graph.MaxPool(x).Window(3).Strides(2).PadSame().Done()
	}, image)
	add("MinPool", true, func(x *graph.Node) *graph.Node { return graph.MinPool(x).Window(3).Strides(2).Done() }, image)
	add("SumPool", true, func(x *graph.Node) *graph.Node { return graph.SumPool(x).Window(3).Strides(2).Done() }, image)
	add("MeanPool", true, func(x *graph.Node) *graph.Node { return graph.MeanPool(x).Window(2).Done() }, image)
	for _, dtype := range []dtypes.DType{dtypes.Float16, dtypes.BFloat16, dtypes.Int32, dtypes.Uint8} {
		add("MaxPool "+dtype.String(), false, func(x *graph.Node) *graph.Node {
			return graph.MaxPool(x).Window(3).Strides(2).PadSame().Done()
		}, of(dtype, 2, 9, 8, 3))
	}
	return ops
}
