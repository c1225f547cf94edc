// Package conformance tests a GoMLX backend against GoMLX's Go engine: every
// operation forwards and, through graph.Gradient, backwards, on ragged shapes, on
// dimensions of 1 and of 0; graphs taken from training; and random graphs. In goes a
// backend, out come failures of a testing.T. It opens no file, so that the tests of a
// backend that runs under js/wasm can call it.
package conformance

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/dtypes/float16"
	_ "github.com/gomlx/compute/gobackend" // the reference
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// Input is a random tensor, uniform in Low … High; where both are 0, in -2 … 2, and
// integers in 0 … 9.
type Input struct {
	Shape     shapes.Shape
	Low, High float64
}

// Op is one test: a graph of inputs.
type Op struct {
	Name   string
	Inputs []Input
	Graph  func(x []*graph.Node) []*graph.Node
	// Reference is what the Go engine computes instead, where it lacks an operation.
	Reference func(x []*graph.Node) []*graph.Node
	// Gradient adds the gradients of the first result, weighted by its positions, with
	// respect to all float inputs.
	Gradient bool
	// Tolerance is for |a-b| / (1+|b|); 0 is 1e-5 for Float32, 1e-2 for Float16 and
	// 2e-2 for BFloat16. Other types must be equal.
	Tolerance float64
}

// f32 is a Float32 input of these dimensions.
func f32(dims ...int) Input { return Input{Shape: shapes.Make(dtypes.Float32, dims...)} }

// of is an input of a type.
func of(dtype dtypes.DType, dims ...int) Input { return Input{Shape: shapes.Make(dtype, dims...)} }

// in is an input within bounds.
func in(low, high float64, dtype dtypes.DType, dims ...int) Input {
	return Input{Shape: shapes.Make(dtype, dims...), Low: low, High: high}
}

// one wraps a graph of one result.
func one(fn func(x []*graph.Node) *graph.Node) func(x []*graph.Node) []*graph.Node {
	return func(x []*graph.Node) []*graph.Node { return []*graph.Node{fn(x)} }
}

// Reference opens the Go engine.
func Reference() (compute.Backend, error) { return compute.NewWithConfig("go:ops_sequential") }

// RunOps tests every operation.
func RunOps(t *testing.T, backend compute.Backend) {
	t.Helper()
	reference, err := Reference()
	if err != nil {
		t.Fatalf("open the Go engine: %v", err)
	}
	for _, table := range []struct {
		name string
		ops  []Op
	}{
		{"Unary", unaryOps()}, {"Binary", binaryOps()}, {"Types", typeOps()}, {"Shape", shapeOps()},
		{"Reduce", reduceOps()}, {"Dot", dotOps()}, {"Indexed", indexedOps()}, {"Window", windowOps()},
		{"Control", controlOps()}, {"Sort", sortOps()}, {"Fused", fusedOps()}, {"Attention", attentionOps()},
		{"Quantized", quantizedOps()},
	} {
		t.Run(table.name, func(t *testing.T) {
			for i, op := range table.ops {
				t.Run(op.Name, func(t *testing.T) { Run(t, backend, reference, op, uint64(i)) })
			}
		})
	}
	t.Run("Random", func(t *testing.T) { testRandom(t, backend) })
}

// Run tests one operation on inputs made from a seed.
func Run(t *testing.T, backend, reference compute.Backend, op Op, seed uint64) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	inputs := make([]*tensors.Tensor, len(op.Inputs))
	for i, input := range op.Inputs {
		inputs[i] = input.make(rng)
	}
	want := op.Reference
	if want == nil {
		want = op.Graph
	}
	got, err := execute(backend, op.with(op.Graph), inputs)
	if err != nil {
		t.Fatalf("%s: %v", backend.Name(), err)
	}
	if size(got) == 0 {
		return // the Go engine is not at ease with tensors without elements
	}
	expected, err := execute(reference, op.with(want), inputs)
	if err != nil {
		t.Fatalf("reference: %v", err)
	}
	if len(got) != len(expected) {
		t.Fatalf("%d results, want %d", len(got), len(expected))
	}
	for i := range got {
		if err := Compare(got[i], expected[i], op.Tolerance); err != nil {
			t.Errorf("result %d: %v", i, err)
		}
	}
}

// with adds gradients to a graph.
func (op Op) with(fn func(x []*graph.Node) []*graph.Node) func(x []*graph.Node) []*graph.Node {
	if !op.Gradient {
		return fn
	}
	return func(x []*graph.Node) []*graph.Node {
		results := fn(x)
		y := graph.ConvertDType(results[0], dtypes.Float32)
		weight := graph.Scalar(y.Graph(), dtypes.Float32, 1)
		if y.Rank() > 0 {
			weight = graph.AddScalar(graph.MulScalar(graph.Sin(graph.IotaFull(y.Graph(), y.Shape())), 0.5), 1)
		}
		loss := graph.ReduceAllSum(graph.Mul(y, weight))
		var floats []*graph.Node
		for _, input := range x {
			if input.DType().IsFloat() {
				floats = append(floats, input)
			}
		}
		return append(results, graph.Gradient(loss, floats...)...)
	}
}

// execute runs a graph once. A panic of the graph's building is an error.
func execute(backend compute.Backend, fn func(x []*graph.Node) []*graph.Node, inputs []*tensors.Tensor) (results []*tensors.Tensor, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	exec, err := graph.NewExec(backend, fn)
	if err != nil {
		return nil, err
	}
	own := make([]any, len(inputs)) // a tensor stays with the backend that used it first
	for i, input := range inputs {
		if own[i], err = input.LocalClone(); err != nil {
			return nil, err
		}
	}
	results, err = exec.Call(own...)
	if err != nil {
		return nil, err
	}
	for _, r := range results {
		if err := r.ConstBytes(func([]byte) {}); err != nil { // to this machine
			return nil, err
		}
	}
	exec.Finalize() // not after a panic, for which it would wait
	return results, nil
}

// size counts elements.
func size(results []*tensors.Tensor) int {
	total := 0
	for _, r := range results {
		total += r.Shape().Size()
	}
	return total
}

// make gives the input's numbers.
func (in Input) make(rng *rand.Rand) *tensors.Tensor {
	low, high := in.Low, in.High
	if low == 0 && high == 0 {
		low, high = -2, 2
		if !in.Shape.DType.IsFloat() {
			low, high = 0, 9
		}
	}
	t := tensors.FromShape(in.Shape)
	err := t.MutableFlatData(func(flat any) {
		next := func() float64 { return low + (high-low)*rng.Float64() }
		switch flat := flat.(type) {
		case []bool:
			for i := range flat {
				flat[i] = rng.IntN(2) == 0
			}
		case []float32:
			fill(flat, func() float32 { return float32(next()) })
		case []float16.Float16:
			fill(flat, func() float16.Float16 { return float16.FromFloat32(float32(next())) })
		case []bfloat16.BFloat16:
			fill(flat, func() bfloat16.BFloat16 { return bfloat16.FromFloat32(float32(next())) })
		case []int8:
			fill(flat, func() int8 { return int8(math.Round(next())) })
		case []int16:
			fill(flat, func() int16 { return int16(math.Round(next())) })
		case []int32:
			fill(flat, func() int32 { return int32(math.Round(next())) })
		case []int64:
			fill(flat, func() int64 { return int64(math.Round(next())) })
		case []uint8:
			fill(flat, func() uint8 { return uint8(math.Round(next())) })
		case []uint16:
			fill(flat, func() uint16 { return uint16(math.Round(next())) })
		case []uint32:
			fill(flat, func() uint32 { return uint32(math.Round(next())) })
		case []uint64:
			fill(flat, func() uint64 { return uint64(math.Round(next())) })
		default:
			panic(fmt.Sprintf("no random %s", in.Shape))
		}
	})
	if err != nil {
		panic(err)
	}
	return t
}

// fill sets all elements.
func fill[T any](flat []T, next func() T) {
	for i := range flat {
		flat[i] = next()
	}
}

// Compare says where two tensors differ by more than a tolerance (see Op).
func Compare(got, want *tensors.Tensor, tolerance float64) error {
	if !got.Shape().Equal(want.Shape()) {
		return fmt.Errorf("shape %s, want %s", got.Shape(), want.Shape())
	}
	if tolerance == 0 {
		switch got.DType() {
		case dtypes.Float32:
			tolerance = 1e-5
		case dtypes.Float16:
			tolerance = 1e-2
		case dtypes.BFloat16:
			tolerance = 2e-2
		}
	}
	g, w := numbers(got), numbers(want)
	differ, worst, at := 0, 0.0, -1
	for i := range g {
		if g[i] == w[i] || math.IsNaN(g[i]) && math.IsNaN(w[i]) {
			continue
		}
		off := math.Abs(g[i]-w[i]) / (1 + math.Abs(w[i]))
		if off <= tolerance {
			continue
		}
		differ++
		if at < 0 || off > worst || math.IsNaN(off) {
			worst, at = off, i
		}
	}
	if differ == 0 {
		return nil
	}
	return fmt.Errorf("%s: %d of %d elements differ, most of all element %d: %v, want %v",
		got.Shape(), differ, len(g), at, g[at], w[at])
}

// numbers gives a tensor's elements; those of 64 bits lose their lowest.
func numbers(t *tensors.Tensor) []float64 {
	var all []float64
	err := t.ConstFlatData(func(flat any) {
		switch flat := flat.(type) {
		case []bool:
			all = widen(flat, func(b bool) float64 {
				if b {
					return 1
				}
				return 0
			})
		case []float32:
			all = widen(flat, func(x float32) float64 { return float64(x) })
		case []float16.Float16:
			all = widen(flat, func(x float16.Float16) float64 { return float64(x.Float32()) })
		case []bfloat16.BFloat16:
			all = widen(flat, func(x bfloat16.BFloat16) float64 { return float64(x.Float32()) })
		case []int8:
			all = widen(flat, func(x int8) float64 { return float64(x) })
		case []int16:
			all = widen(flat, func(x int16) float64 { return float64(x) })
		case []int32:
			all = widen(flat, func(x int32) float64 { return float64(x) })
		case []int64:
			all = widen(flat, func(x int64) float64 { return float64(x) })
		case []uint8:
			all = widen(flat, func(x uint8) float64 { return float64(x) })
		case []uint16:
			all = widen(flat, func(x uint16) float64 { return float64(x) })
		case []uint32:
			all = widen(flat, func(x uint32) float64 { return float64(x) })
		case []uint64:
			all = widen(flat, func(x uint64) float64 { return float64(x) })
		}
	})
	if err != nil {
		panic(err)
	}
	return all
}

// widen converts all elements.
func widen[T any](flat []T, convert func(T) float64) []float64 {
	all := make([]float64, len(flat))
	for i, x := range flat {
		all[i] = convert(x)
	}
	return all
}
