package conformance

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

// reduceOps fold axes.
func reduceOps() []Op {
	var ops []Op
	reductions := []struct {
		name     string
		fn       func(x *graph.Node, axes ...int) *graph.Node
		gradient bool
	}{
		{"Sum", graph.ReduceSum, true}, {"Mean", graph.ReduceMean, true},
		{"Max", graph.ReduceMax, true}, {"Min", graph.ReduceMin, true}, {"Product", graph.ReduceMultiply, false},
	}
	for _, r := range reductions {
		for _, c := range []struct{ dims, axes []int }{
			{[]int{5}, []int{0}}, {[]int{3, 7}, []int{1}}, {[]int{3, 7}, []int{0}}, {[]int{3, 7}, nil}, {[]int{2, 3, 4, 5}, []int{1, 3}},
			{[]int{2, 3, 4}, []int{2, 0}}, {[]int{1, 1}, []int{0}}, {[]int{4, 300}, []int{1}}, {[]int{300, 4}, []int{0}}, {[]int{0, 3}, []int{1}},
		} {
			if r.name == "Mean" && c.dims[0] == 0 {
				continue // GoMLX divides by the number of elements as it builds the graph
			}
			ops = append(ops, Op{Name: fmt.Sprintf("%s %v %v", r.name, c.dims, c.axes), Gradient: r.gradient,
				Inputs: []Input{in(-1.2, 1.2, dtypes.Float32, c.dims...)},
				Graph:  one(func(x []*graph.Node) *graph.Node { return r.fn(x[0], c.axes...) })})
		}
		for _, dtype := range append([]dtypes.DType{dtypes.Float16, dtypes.BFloat16}, integers...) {
			if r.name == "Mean" && !dtype.IsFloat() {
				continue
			}
			ops = append(ops, Op{Name: r.name + " " + dtype.String(), Inputs: []Input{in(max(lowest(dtype), -2), 2, dtype, 3, 7)},
				Graph: one(func(x []*graph.Node) *graph.Node { return r.fn(x[0], 1) })})
		}
	}
	for name, fn := range map[string]func(x *graph.Node, axes ...int) *graph.Node{
		"And": graph.ReduceLogicalAnd, "Or": graph.ReduceLogicalOr, "Xor": graph.ReduceLogicalXor} {
		ops = append(ops, Op{Name: "Logical" + name, Inputs: []Input{of(dtypes.Bool, 3, 2, 5)},
			Graph: one(func(x []*graph.Node) *graph.Node { return fn(x[0], 1) })})
	}
	for name, fn := range map[string]func(x *graph.Node, axes ...int) *graph.Node{
		"And": graph.ReduceBitwiseAnd, "Or": graph.ReduceBitwiseOr, "Xor": graph.ReduceBitwiseXor} {
		for _, dtype := range integers {
			ops = append(ops, Op{Name: "Bitwise" + name + " " + dtype.String(), Inputs: []Input{in(lowest(dtype), 100, dtype, 3, 2, 5)},
				Graph: one(func(x []*graph.Node) *graph.Node { return fn(x[0], 0, 1) })})
		}
	}
	for _, dtype := range append([]dtypes.DType{dtypes.Float32, dtypes.Float16, dtypes.BFloat16}, integers...) {
		for axis := range 3 {
			ops = append(ops, Op{Name: fmt.Sprintf("ArgMinMax %s %d", dtype, axis), Inputs: []Input{of(dtype, 3, 4, 5)},
				Graph: func(x []*graph.Node) []*graph.Node {
					return []*graph.Node{graph.ArgMax(x[0], axis), graph.ArgMin(x[0], axis, dtypes.Int64)}
				}})
		}
	}
	return append(ops, normOps()...)
}

// normOps are rows with several reductions, and what follows them.
func normOps() []Op {
	norm := func(x []*graph.Node) *graph.Node {
		mean := graph.ReduceAndKeep(graph.Square(x[0]), graph.ReduceMean, -1)
		return graph.Mul(graph.Mul(x[0], graph.Reciprocal(graph.Sqrt(graph.AddScalar(mean, 1e-6)))), graph.BroadcastToShape(graph.ExpandLeftToRank(x[1], x[0].Rank()), x[0].Shape()))
	}
	chosen := func(x []*graph.Node) *graph.Node { // cross-entropy of chosen logits
		logits, target := x[0], x[1]
		hot := graph.OneHot(target, logits.Shape().Dim(-1), dtypes.Float32)
		return graph.Neg(graph.ReduceSum(graph.Mul(graph.LogSoftmax(logits, -1), hot), -1))
	}
	return []Op{
		{Name: "RMSNorm", Gradient: true, Inputs: []Input{f32(3, 5, 24), f32(24)}, Graph: one(norm)},
		{Name: "Softmax", Gradient: true, Inputs: []Input{f32(3, 5, 24)},
			Graph: one(func(x []*graph.Node) *graph.Node { return graph.Softmax(x[0], -1) })},
		{Name: "Softmax of an inner axis", Gradient: true, Inputs: []Input{f32(3, 5, 24)},
			Graph: one(func(x []*graph.Node) *graph.Node { return graph.Softmax(x[0], 1) })},
		{Name: "LogSoftmax", Gradient: true, Inputs: []Input{f32(7, 33)},
			Graph: one(func(x []*graph.Node) *graph.Node { return graph.LogSoftmax(x[0], -1) })},
		{Name: "CrossEntropy", Gradient: true, Inputs: []Input{f32(7, 10), of(dtypes.Int32, 7)}, Graph: one(chosen)},
		{Name: "Variance", Gradient: true, Inputs: []Input{f32(7, 33)},
			Graph: one(func(x []*graph.Node) *graph.Node { return graph.ReduceVariance(x[0], 1) })},
		{Name: "MaskedSoftmax", Gradient: true, Inputs: []Input{f32(7, 33), of(dtypes.Bool, 7, 33)},
			Graph: one(func(x []*graph.Node) *graph.Node { return graph.MaskedSoftmax(x[0], x[1], -1) })},
		{Name: "L2Normalize", Gradient: true, Inputs: []Input{f32(7, 33)},
			Graph: one(func(x []*graph.Node) *graph.Node { return graph.L2Normalize(x[0], -1) })},
	}
}

// dotOps are products.
func dotOps() []Op {
	var ops []Op
	for _, c := range []struct {
		equation string
		a, b     []int
	}{
		{"ij,jk->ik", []int{5, 7}, []int{7, 3}}, {"ij,kj->ik", []int{5, 7}, []int{3, 7}}, {"ji,jk->ik", []int{7, 5}, []int{7, 3}},
		{"bij,bjk->bik", []int{2, 5, 7}, []int{2, 7, 3}}, {"bhqd,bhkd->bhqk", []int{2, 3, 4, 5}, []int{2, 3, 6, 5}},
		{"bqhd,bkhd->bhqk", []int{2, 4, 3, 5}, []int{2, 6, 3, 5}}, {"i,i->", []int{9}, []int{9}}, {"ij,j->i", []int{4, 9}, []int{9}},
		{"i,j->ij", []int{4}, []int{6}}, {"btd,df->btf", []int{2, 3, 5}, []int{5, 7}}, {"abc,cab->ab", []int{2, 3, 4}, []int{4, 2, 3}},
		{"ij,jk->ik", []int{1, 64}, []int{64, 65}}, {"ij,jk->ik", []int{65, 1}, []int{1, 66}},
		{"ij,jk->ik", []int{33, 129}, []int{129, 31}}, {"ij,jk->ki", []int{5, 7}, []int{7, 3}},
	} {
		ops = append(ops, Op{Name: fmt.Sprintf("%s %v %v", c.equation, c.a, c.b), Gradient: true, Tolerance: 3e-5,
			Inputs: []Input{f32(c.a...), f32(c.b...)},
			Graph:  one(func(x []*graph.Node) *graph.Node { return graph.Einsum(c.equation, x[0], x[1]) })})
	}
	for _, dtype := range append([]dtypes.DType{dtypes.Float16, dtypes.BFloat16}, integers...) {
		ops = append(ops, Op{Name: "ij,jk->ik " + dtype.String(), Inputs: []Input{in(max(lowest(dtype), -2), 2, dtype, 5, 7), in(max(lowest(dtype), -2), 2, dtype, 7, 3)},
			Graph: one(func(x []*graph.Node) *graph.Node { return graph.Einsum("ij,jk->ik", x[0], x[1]) })})
	}
	summed := func(dtype, sum dtypes.DType) Op {
		return Op{Name: fmt.Sprintf("%s summed as %s", dtype, sum), Inputs: []Input{of(dtype, 5, 7), of(dtype, 7, 3)},
			Graph: one(func(x []*graph.Node) *graph.Node {
				return graph.Dot(x[0], x[1]).WithAccumulatorDType(sum).WithOutputDType(sum).MatMul()
			})}
	}
	fused := func(x []*graph.Node) *graph.Node { // an epilogue with a bias, an activation and a residual
		y := graph.Einsum("bi,io->bo", x[0], x[1])
		return graph.Add(x[0], graph.Tanh(graph.Add(y, graph.BroadcastToShape(graph.ExpandAxes(x[2], 0), y.Shape()))))
	}
	return append(ops,
		Op{Name: "sum of nothing", Inputs: []Input{f32(3, 0), f32(0, 4)}, // the Go engine leaves whatever is there
			Graph:     one(func(x []*graph.Node) *graph.Node { return graph.MatMul(x[0], x[1]) }),
			Reference: one(func(x []*graph.Node) *graph.Node { return graph.Zeros(x[0].Graph(), shapes.Make(dtypes.Float32, 3, 4)) })},
		summed(dtypes.Int8, dtypes.Int32), summed(dtypes.BFloat16, dtypes.Float32),
		Op{Name: "epilogue", Gradient: true, Inputs: []Input{f32(6, 9), f32(9, 9), f32(9)}, Graph: one(fused), Tolerance: 3e-5},
		Op{Name: "epilogue of many values", Gradient: true, Inputs: []Input{f32(2, 1, 1)},
			Graph: one(func(x []*graph.Node) *graph.Node {
				y := graph.Tanh(graph.Tanh(graph.Tanh(x[0])))
				return graph.EinsumAxes(graph.Tanh(y), graph.MulScalar(graph.Tanh(y), 2), [][2]int{{1, 1}}, [][2]int{{0, 0}})
			})},
		Op{Name: "chain", Gradient: true, Inputs: []Input{f32(6, 9), f32(9, 5), f32(5, 4)}, Tolerance: 3e-5,
			Graph: one(func(x []*graph.Node) *graph.Node {
				return graph.MatMul(graph.MatMul(x[0], x[1]), x[2])
			})})
}
