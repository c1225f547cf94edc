package conformance

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"pgregory.net/rapid"
)

// RunFuzz compares random graphs with the Go engine: of floats, whose functions are
// all smooth and bounded, so that rounding does not grow, with their gradients; and of
// integers, which must be equal.
func RunFuzz(t *testing.T, backend compute.Backend) {
	t.Helper()
	reference, err := Reference()
	if err != nil {
		t.Fatalf("open the Go engine: %v", err)
	}
	for _, dtype := range []dtypes.DType{dtypes.Float32, dtypes.Int32} {
		t.Run(dtype.String(), func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) { checkProgram(rt, backend, reference, dtype) })
		})
	}
}

// instruction is one operation: its kind, and numbers that it takes its operands, axes
// and sizes from, each modulo what there is.
type instruction struct {
	kind    int
	numbers [4]int
}

// program is a random graph.
type program struct {
	dtype        dtypes.DType
	inputs       [][]int // dimensions
	instructions []instruction
}

// largest is how many elements a tensor may have.
const largest = 3000

// checkProgram runs one random program on both.
func checkProgram(rt *rapid.T, backend, reference compute.Backend, dtype dtypes.DType) {
	p := program{dtype: dtype}
	dims := rapid.SliceOfN(rapid.SampledFrom([]int{1, 2, 3, 5, 8}), 0, 4)
	p.inputs = rapid.SliceOfN(dims, 1, 3).Draw(rt, "inputs")
	p.instructions = rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) instruction {
		i := instruction{kind: rapid.IntRange(0, len(kinds)-1).Draw(rt, "kind")}
		for n := range i.numbers {
			i.numbers[n] = rapid.IntRange(0, 59).Draw(rt, "number")
		}
		return i
	}), 1, 40).Draw(rt, "instructions")
	op := Op{Gradient: dtype.IsFloat(), Graph: p.graph}
	rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
	inputs := make([]*tensors.Tensor, len(p.inputs))
	for i, dims := range p.inputs {
		inputs[i] = of(dtype, dims...).make(rng)
	}
	want, err := execute(reference, op.with(op.Graph), inputs)
	if err != nil {
		rt.Skipf("the Go engine: %v", err)
	}
	got, err := execute(backend, op.with(op.Graph), inputs)
	if err != nil {
		rt.Fatalf("%v\n%s", err, p.String())
	}
	for i := range want {
		if err := Compare(got[i], want[i], fuzzTolerance(dtype)); err != nil {
			rt.Fatalf("result %d: %v\n%s", i, err, p.String())
		}
	}
}

// fuzzTolerance allows for sums of some thousand terms.
func fuzzTolerance(dtype dtypes.DType) float64 {
	if dtype.IsFloat() {
		return 5e-4
	}
	return 0
}

// graph interprets the program.
func (p program) graph(x []*graph.Node) []*graph.Node {
	pool := slices.Clone(x)
	for _, i := range p.instructions {
		y := kinds[i.kind].build(pool, i.numbers)
		if y != nil && y.Shape().Size() <= largest {
			pool = append(pool, y)
		}
	}
	results := pool[max(0, len(pool)-3):]
	slices.Reverse(results)
	if p.dtype.IsFloat() { // so that the loss depends on all
		sum := results[0]
		for _, input := range x {
			sum = graph.Add(sum, graph.MulScalar(all(graph.ReduceAllSum, input), 1e-3))
		}
		results[0] = sum
	}
	return results
}

// String lists the program.
func (p program) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "inputs %v\n", p.inputs)
	for _, i := range p.instructions {
		fmt.Fprintf(&s, "%s %v\n", kinds[i.kind].name, i.numbers)
	}
	return s.String()
}

// kind is one sort of instruction. build gives nil where it does not apply.
type kind struct {
	name  string
	build func(pool []*graph.Node, n [4]int) *graph.Node
}

// pick is the value that a number stands for, the last ones first.
func pick(pool []*graph.Node, n int) *graph.Node { return pool[len(pool)-1-n%len(pool)] }

// partner is a value of x's shape, x itself where there is no other.
func partner(pool []*graph.Node, x *graph.Node, n int) *graph.Node {
	var same []*graph.Node
	for _, y := range pool {
		if y.Shape().Equal(x.Shape()) {
			same = append(same, y)
		}
	}
	return same[n%len(same)]
}

// bounded keeps numbers small: floats by tanh, integers by their low bits.
func bounded(x *graph.Node) *graph.Node {
	if x.DType().IsFloat() {
		return graph.Tanh(x)
	}
	return graph.BitwiseAnd(x, graph.Scalar(x.Graph(), x.DType(), 15))
}

// onAxis applies fn where x has an axis.
func onAxis(fn func(x *graph.Node, axis int, n [4]int) *graph.Node) func(pool []*graph.Node, n [4]int) *graph.Node {
	return func(pool []*graph.Node, n [4]int) *graph.Node {
		x := pick(pool, n[0])
		if x.Rank() == 0 {
			return nil
		}
		return fn(x, n[1]%x.Rank(), n)
	}
}

// pairwise applies fn to a value and one of the same shape.
func pairwise(fn func(a, b *graph.Node) *graph.Node) func(pool []*graph.Node, n [4]int) *graph.Node {
	return func(pool []*graph.Node, n [4]int) *graph.Node {
		x := pick(pool, n[0])
		return fn(x, partner(pool, x, n[1]))
	}
}

// single applies fn to a value.
func single(fn func(x *graph.Node) *graph.Node) func(pool []*graph.Node, n [4]int) *graph.Node {
	return func(pool []*graph.Node, n [4]int) *graph.Node { return fn(pick(pool, n[0])) }
}

// floatsOnly leaves integers alone.
func floatsOnly(build func(pool []*graph.Node, n [4]int) *graph.Node) func(pool []*graph.Node, n [4]int) *graph.Node {
	return func(pool []*graph.Node, n [4]int) *graph.Node {
		if !pool[0].DType().IsFloat() {
			return nil
		}
		return build(pool, n)
	}
}

// integersOnly leaves floats alone: what has no gradient.
func integersOnly(build func(pool []*graph.Node, n [4]int) *graph.Node) func(pool []*graph.Node, n [4]int) *graph.Node {
	return func(pool []*graph.Node, n [4]int) *graph.Node {
		if pool[0].DType().IsFloat() {
			return nil
		}
		return build(pool, n)
	}
}

// all reduces all axes. The Go engine gives a scalar that is reduced the same memory,
// and then overwrites the one with the other.
func all(reduce func(x *graph.Node) *graph.Node, x *graph.Node) *graph.Node {
	if x.Rank() == 0 {
		return x
	}
	return reduce(x)
}

// kinds are the instructions.
var kinds = []kind{
	{"bounded", single(bounded)},
	{"sin", floatsOnly(single(graph.Sin))},
	{"sqrt", floatsOnly(single(func(x *graph.Node) *graph.Node { return graph.Sqrt(graph.AddScalar(graph.Square(x), 0.5)) }))},
	{"exp", floatsOnly(single(func(x *graph.Node) *graph.Node { return graph.Exp(graph.Tanh(x)) }))},
	{"logistic", floatsOnly(single(graph.Sigmoid))},
	{"neg", single(graph.Neg)},
	{"add", pairwise(graph.Add)},
	{"sub", pairwise(graph.Sub)},
	{"mul", pairwise(func(a, b *graph.Node) *graph.Node { return graph.Mul(bounded(a), bounded(b)) })},
	{"max", pairwise(graph.Max)},
	{"where", pairwise(func(a, b *graph.Node) *graph.Node { return graph.Where(graph.LessThan(a, b), a, graph.Neg(b)) })},
	{"scaled", func(pool []*graph.Node, n [4]int) *graph.Node {
		return graph.Mul(pick(pool, n[0]), bounded(all(graph.ReduceAllMax, pick(pool, n[1]))))
	}},
	{"sum", onAxis(func(x *graph.Node, axis int, _ [4]int) *graph.Node { return graph.ReduceSum(x, axis) })},
	{"largest", onAxis(func(x *graph.Node, axis int, _ [4]int) *graph.Node { return graph.ReduceMax(x, axis) })},
	{"sum of two axes", onAxis(func(x *graph.Node, axis int, n [4]int) *graph.Node {
		if other := n[2] % x.Rank(); other != axis {
			return graph.ReduceSum(x, axis, other)
		}
		return nil
	})},
	{"centred", onAxis(func(x *graph.Node, axis int, _ [4]int) *graph.Node {
		return graph.Sub(x, graph.ReduceAndKeep(x, graph.ReduceMax, axis))
	})},
	{"softmax", floatsOnly(onAxis(func(x *graph.Node, axis int, _ [4]int) *graph.Node { return graph.Softmax(x, axis) }))},
	{"norm", floatsOnly(onAxis(func(x *graph.Node, axis int, _ [4]int) *graph.Node {
		mean := graph.ReduceAndKeep(graph.Square(x), graph.ReduceMean, axis)
		return graph.Div(x, graph.Sqrt(graph.AddScalar(mean, 0.1)))
	}))},
	{"transpose", onAxis(func(x *graph.Node, axis int, n [4]int) *graph.Node {
		return graph.Transpose(x, axis, n[2]%x.Rank())
	})},
	{"flatten", single(func(x *graph.Node) *graph.Node { return graph.Reshape(x, x.Shape().Size()) })},
	{"split axis", onAxis(func(x *graph.Node, axis int, n [4]int) *graph.Node {
		dims := x.Shape().Dimensions
		factor := n[2]%4 + 1
		if dims[axis]%factor != 0 || x.Rank() > 4 {
			return nil
		}
		return graph.Reshape(x, slices.Concat(dims[:axis], []int{factor, dims[axis] / factor}, dims[axis+1:])...)
	})},
	{"expand", func(pool []*graph.Node, n [4]int) *graph.Node {
		x := pick(pool, n[0])
		if x.Rank() > 4 {
			return nil
		}
		return graph.ExpandAndBroadcast(x, slices.Insert(slices.Clone(x.Shape().Dimensions), n[1]%(x.Rank()+1), n[2]%4+1), []int{n[1] % (x.Rank() + 1)})
	}},
	{"slice", onAxis(func(x *graph.Node, axis int, n [4]int) *graph.Node {
		dim := x.Shape().Dimensions[axis]
		start := n[2] % dim
		return graph.SliceAxis(x, axis, graph.AxisRange(start, start+1+n[3]%(dim-start)))
	})},
	{"every other", onAxis(func(x *graph.Node, axis int, n [4]int) *graph.Node {
		return graph.SliceAxis(x, axis, graph.AxisRange().Stride(n[2]%3+1))
	})},
	{"pad", integersOnly(onAxis(func(x *graph.Node, axis int, n [4]int) *graph.Node {
		axes := make([]compute.PadAxis, x.Rank())
		axes[axis] = compute.PadAxis{Start: n[2] % 3, End: n[3] % 3, Interior: n[1] / x.Rank() % 2}
		return graph.Pad(x, graph.ScalarOne(x.Graph(), x.DType()), axes...)
	}))},
	{"concatenate", func(pool []*graph.Node, n [4]int) *graph.Node {
		x := pick(pool, n[0])
		if x.Rank() == 0 {
			return nil
		}
		return graph.Concatenate([]*graph.Node{x, partner(pool, x, n[1]), graph.Neg(x)}, n[2]%x.Rank())
	}},
	{"rotate", onAxis(func(x *graph.Node, axis int, n [4]int) *graph.Node {
		dim := x.Shape().Dimensions[axis]
		at := n[2] % dim
		if at == 0 {
			return nil
		}
		return graph.Concatenate([]*graph.Node{graph.SliceAxis(x, axis, graph.AxisRange(at)), graph.Neg(graph.SliceAxis(x, axis, graph.AxisRange(0, at)))}, axis)
	})},
	{"gather", func(pool []*graph.Node, n [4]int) *graph.Node {
		x := pick(pool, n[0])
		if x.Rank() == 0 {
			return nil
		}
		rows := x.Shape().Dimensions[0]
		index := graph.Iota(x.Graph(), shapes.Make(dtypes.Int32, n[1]%6+1, 1), 0)
		return graph.Gather(x, graph.ModScalar(graph.AddScalar(graph.MulScalar(index, n[2]%5+1), n[3]), rows))
	}},
	{"scatter", func(pool []*graph.Node, n [4]int) *graph.Node {
		x := pick(pool, n[0])
		if x.Rank() == 0 {
			return nil
		}
		rows := n[1]%6 + 1
		index := graph.Iota(x.Graph(), shapes.Make(dtypes.Int32, x.Shape().Dimensions[0], 1), 0)
		to := shapes.Make(x.DType(), append([]int{rows}, x.Shape().Dimensions[1:]...)...)
		return graph.Scatter(graph.ModScalar(graph.MulScalar(index, n[2]%5+1), rows), x, to, false, false)
	}},
	{"product", onAxis(func(x *graph.Node, axis int, _ [4]int) *graph.Node { // x·xᵀ over one axis
		return graph.EinsumAxes(bounded(x), bounded(x), [][2]int{{axis, axis}}, nil)
	})},
	{"batched product", onAxis(func(x *graph.Node, axis int, n [4]int) *graph.Node {
		batch := n[2] % x.Rank()
		if batch == axis {
			return nil
		}
		return graph.EinsumAxes(bounded(x), graph.MulScalar(bounded(x), 2), [][2]int{{axis, axis}}, [][2]int{{batch, batch}})
	})},
	{"matmul", func(pool []*graph.Node, n [4]int) *graph.Node {
		x := pick(pool, n[0])
		for i := range pool { // the first that fits
			w := pool[(i+n[1])%len(pool)]
			if x.Rank() > 0 && w.Rank() > 0 && x.Shape().Dim(-1) == w.Shape().Dimensions[0] {
				return graph.EinsumAxes(bounded(x), bounded(w), [][2]int{{x.Rank() - 1, 0}}, nil)
			}
		}
		return nil
	}},
	{"reverse", integersOnly(onAxis(func(x *graph.Node, axis int, _ [4]int) *graph.Node { return graph.Reverse(x, axis) }))},
	{"sort", integersOnly(onAxis(func(x *graph.Node, axis int, n [4]int) *graph.Node { return graph.Sort(x, axis, n[2]%2 == 0) }))},
	{"top", integersOnly(onAxis(func(x *graph.Node, axis int, n [4]int) *graph.Node {
		values, places := graph.TopK(x, 1+n[2]%x.Shape().Dimensions[axis], axis)
		return graph.Add(values, places)
	}))},
	{"place of the largest", integersOnly(onAxis(func(x *graph.Node, axis int, _ [4]int) *graph.Node {
		return graph.ArgMax(x, axis, x.DType())
	}))},
	{"by way of bytes", integersOnly(single(func(x *graph.Node) *graph.Node {
		return graph.ConvertDType(graph.Neg(graph.ConvertDType(bounded(x), dtypes.Int8)), x.DType())
	}))},
	{"by way of 64 bits", integersOnly(single(func(x *graph.Node) *graph.Node {
		wide := graph.ConvertDType(x, dtypes.Int64)
		return graph.ConvertDType(graph.BitwiseAnd(graph.Mul(wide, wide), graph.Const(x.Graph(), int64(1)<<30-1)), x.DType())
	}))},
	{"bits counted", integersOnly(single(func(x *graph.Node) *graph.Node { return graph.Sub(graph.BitCount(x), graph.Clz(x)) }))},
	{"shifted", integersOnly(pairwise(func(a, b *graph.Node) *graph.Node {
		return graph.BitwiseShiftRightArithmetic(graph.BitwiseShiftLeft(a, bounded(b)), graph.OnesLike(b))
	}))},
	{"remainder", integersOnly(pairwise(func(a, b *graph.Node) *graph.Node {
		divisor := graph.AddScalar(bounded(b), 1)
		return graph.Add(graph.Mod(a, divisor), graph.Div(a, divisor))
	}))},
}
