package conformance

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

// controlOps branch, loop and call.
func controlOps() []Op {
	branch := func(x []*graph.Node) []*graph.Node {
		g := x[0].Graph()
		// Both branches capture from outside.
		then := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
			return []*graph.Node{graph.Add(x[1], x[2]), graph.Exp(x[1])}
		})
		other := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
			return []*graph.Node{graph.Mul(x[1], x[2]), x[2]}
		})
		positive := graph.GreaterThan(x[0], graph.ScalarZero(g, dtypes.Float32))
		results := graph.If(positive, then, other)
		return append(results, graph.If(graph.LogicalNot(positive), then, other)...)
	}
	call := func(x []*graph.Node) []*graph.Node {
		f := graph.NewFunction(x[0].Graph(), "mean and spread", func(g *graph.Graph) []*graph.Node {
			p := graph.Parameter(g, "x", shapes.Make(dtypes.Float32, 3, 7))
			return []*graph.Node{graph.ReduceMean(p, 1), graph.Sub(graph.ReduceMax(p, 1), graph.ReduceMin(p, 1))}
		})
		first := f.Call(x[0])
		return append(first, f.Call(graph.Exp(x[0]))...)
	}
	return []Op{
		{Name: "If", Inputs: []Input{f32(), f32(3, 4), f32(3, 4)}, Graph: branch},
		{Name: "Call", Inputs: []Input{f32(3, 7)}, Graph: call},
		{Name: "While", Inputs: []Input{f32(5), in(1, 20, dtypes.Int32)}, Graph: power(0)},
		{Name: "While that never starts", Inputs: []Input{f32(5), in(0.1, 0.2, dtypes.Int32)}, Graph: power(0)},
		{Name: "While of many rounds", Inputs: []Input{f32(5), in(100, 300, dtypes.Int32)}, Graph: power(0)},
		{Name: "While with reductions", Inputs: []Input{f32(4, 4), in(3, 9, dtypes.Int32)}, Graph: power(1), Tolerance: 1e-4},
		{Name: "While that swaps", Inputs: []Input{f32(6), f32(6), in(3, 9, dtypes.Int32)}, Graph: fibonacci},
	}
}

// power loops x[1] times over x[0], which shrinks towards a captured tensor, or is
// multiplied by itself and normed.
func power(kind int) func(x []*graph.Node) []*graph.Node {
	return func(x []*graph.Node) []*graph.Node {
		g := x[0].Graph()
		target := graph.Sin(x[0])
		state := func(g *graph.Graph) (i, y *graph.Node) {
			return graph.Parameter(g, "i", shapes.Make(dtypes.Int32)), graph.Parameter(g, "y", x[0].Shape())
		}
		condition := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
			i, _ := state(g)
			return []*graph.Node{graph.LessThan(i, x[1])}
		})
		body := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
			i, y := state(g)
			if kind == 0 {
				y = graph.Add(graph.MulScalar(y, 0.9), graph.MulScalar(target, 0.1))
			} else {
				y = graph.MatMul(y, target)
				y = graph.Div(y, graph.ReduceAndKeep(graph.AddScalar(graph.Abs(y), 0.1), graph.ReduceMax, 0, 1))
			}
			return []*graph.Node{graph.AddScalar(i, 1), y}
		})
		return graph.While(condition, body, graph.Const(g, int32(0)), x[0])
	}
}

// fibonacci makes each state from the other's last value.
func fibonacci(x []*graph.Node) []*graph.Node {
	g := x[0].Graph()
	state := func(g *graph.Graph) []*graph.Node {
		return []*graph.Node{graph.Parameter(g, "i", shapes.Make(dtypes.Int32)),
			graph.Parameter(g, "a", x[0].Shape()), graph.Parameter(g, "b", x[0].Shape())}
	}
	condition := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
		return []*graph.Node{graph.LessThan(state(g)[0], x[2])}
	})
	body := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
		s := state(g)
		return []*graph.Node{graph.AddScalar(s[0], 1), s[2], graph.Add(graph.Reverse(s[1], 0), s[2])}
	})
	return graph.While(condition, body, graph.Const(g, int32(0)), x[0], x[1])
}

// sortOps sort.
func sortOps() []Op {
	comparator := func(g *graph.Graph, second dtypes.DType, less func(l0, r0, l1, r1 *graph.Node) *graph.Node) *graph.Function {
		return graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
			l0, r0 := graph.Parameter(g, "l0", shapes.Make(dtypes.Float32)), graph.Parameter(g, "r0", shapes.Make(dtypes.Float32))
			l1, r1 := graph.Parameter(g, "l1", shapes.Make(second)), graph.Parameter(g, "r1", shapes.Make(second))
			return []*graph.Node{less(l0, r0, l1, r1)}
		})
	}
	var ops []Op
	for _, dims := range [][]int{{1}, {5}, {64}, {100}, {3, 17}, {17, 3}, {2, 3, 33}} {
		for axis := range dims {
			ops = append(ops, Op{Name: "Sort" + f32(dims...).Shape.String() + string(rune('0'+axis)), Inputs: []Input{f32(dims...)},
				Graph: func(x []*graph.Node) []*graph.Node {
					return []*graph.Node{graph.Sort(x[0], axis, true), graph.Sort(graph.Floor(x[0]), axis, false)}
				}})
		}
	}
	for _, dtype := range []dtypes.DType{dtypes.Int32, dtypes.Uint8, dtypes.Int64, dtypes.BFloat16} {
		ops = append(ops, Op{Name: "Sort " + dtype.String(), Inputs: []Input{of(dtype, 3, 20)},
			Graph: one(func(x []*graph.Node) *graph.Node { return graph.Sort(x[0], 1, true) })})
	}
	return append(ops,
		Op{Name: "by the second, then the first backwards", Inputs: []Input{f32(4, 25), of(dtypes.Int32, 4, 25)},
			Graph: func(x []*graph.Node) []*graph.Node {
				less := comparator(x[0].Graph(), dtypes.Int32, func(l0, r0, l1, r1 *graph.Node) *graph.Node {
					return graph.Or(graph.LessThan(l1, r1), graph.And(graph.Equal(l1, r1), graph.GreaterThan(l0, r0)))
				})
				return graph.SortFunc(less, 1, true, x...)
			}},
		Op{Name: "by the distance from a captured number, stably", Inputs: []Input{f32(40), of(dtypes.Float32, 40), f32()},
			Graph: func(x []*graph.Node) []*graph.Node {
				less := comparator(x[0].Graph(), dtypes.Float32, func(l0, r0, _, _ *graph.Node) *graph.Node {
					from := func(y *graph.Node) *graph.Node { return graph.Round(graph.Abs(graph.Sub(y, x[2]))) }
					return graph.LessThan(from(l0), from(r0))
				})
				return graph.SortFunc(less, 0, true, x[0], x[1])
			}},
		Op{Name: "TopK", Inputs: []Input{f32(5, 50)}, Graph: func(x []*graph.Node) []*graph.Node {
			values, indices := graph.TopK(x[0], 4, 1)
			low, where := graph.BottomK(graph.Round(x[0]), 7, 1)
			return []*graph.Node{values, indices, low, where}
		}},
		Op{Name: "TopK of all", Inputs: []Input{f32(2, 9)}, Graph: func(x []*graph.Node) []*graph.Node {
			values, indices := graph.TopK(x[0], 9, 1)
			return []*graph.Node{values, indices}
		}})
}
