package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/float16"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/dongyur/dongyur/wasm/ir/interp"
)

// weightFormat is a way to quantise weights: it multiplies x [m, k] by weights of n
// columns, from parameters that it makes.
type weightFormat struct {
	name  string
	dense func(g *graph.Graph, x *graph.Node, k, n int) *graph.Node
}

func weightFormats() []weightFormat {
	parameter := func(g *graph.Graph, name string, dtype dtypes.DType, dims ...int) *graph.Node {
		return graph.Parameter(g, name, shapes.Make(dtype, dims...))
	}
	turned := func(x, w *graph.Node) *graph.Node { return graph.DotGeneral(x, []int{-1}, nil, w, []int{-1}, nil) }
	linear := func(dtype dtypes.DType, size int) func(g *graph.Graph, x *graph.Node, k, n int) *graph.Node {
		return func(g *graph.Graph, x *graph.Node, k, n int) *graph.Node {
			q := &graph.Quantization{Scheme: compute.QuantLinear, BlockAxis: 1, BlockSize: min(size, n), Scale: parameter(g, "scale", dtypes.Float32, k, (n+size-1)/size)}
			return graph.BackendFusedQuantizedDense(x, parameter(g, "weights", dtype, k, n), nil, q, compute.ActivationSilu)
		}
	}
	blocks := func(kind compute.GGMLQuantType) func(g *graph.Graph, x *graph.Node, k, n int) *graph.Node {
		return func(g *graph.Graph, x *graph.Node, k, n int) *graph.Node {
			w := parameter(g, "blocks", dtypes.Uint8, n, k/kind.ValuesPerBlock()*kind.BytesPerBlock())
			return graph.BackendFusedQuantizedDense(x, w, parameter(g, "bias", dtypes.Float32, n), &graph.Quantization{Scheme: compute.QuantGGML, GGMLType: kind}, compute.ActivationNone)
		}
	}
	return []weightFormat{
		{"channels", func(g *graph.Graph, x *graph.Node, k, n int) *graph.Node { // of compressed-tensors, one scale a row
			w := graph.ConvertDType(parameter(g, "weights", dtypes.Int8, n, k), dtypes.Float32)
			return turned(x, graph.Mul(w, parameter(g, "scale", dtypes.Float32, n, 1)))
		}},
		{"groups", func(g *graph.Graph, x *graph.Node, k, n int) *graph.Node { // a scale for 32 numbers of a row
			w := graph.ConvertDType(parameter(g, "weights", dtypes.Int8, n, k/32, 32), dtypes.Float32)
			return turned(x, graph.Reshape(graph.Mul(w, parameter(g, "scale", dtypes.Float32, n, k/32, 1)), n, k))
		}},
		{"Int8", linear(dtypes.Int8, 32)}, {"Int8, one scale a row", linear(dtypes.Int8, 1<<20)}, {"Uint8", linear(dtypes.Uint8, 16)},
		{"Q8_0", blocks(compute.GGMLQ8_0)}, {"Q4_0", blocks(compute.GGMLQ4_0)},
	}
}

// quantizedPlan is the plan of one product, with random inputs.
func quantizedPlan(t testing.TB, format weightFormat, m, k, n int) (*ir.Plan, [][]byte) {
	t.Helper()
	kept := &interp.Recorder{Target: interp.Limited((&Target{}).Limits())}
	g := graph.NewGraph(ir.NewBackend(kept), "quantized")
	x := graph.Parameter(g, "x", shapes.Make(dtypes.Float32, m, k))
	if err := g.Compile(format.dense(g, x, k, n)); err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(uint64(m), uint64(k)))
	var inputs [][]byte
	for i, v := range kept.Plan.Inputs {
		shape := kept.Plan.Values[v].Shape
		if shape.DType == dtypes.Float32 {
			x := randoms(uint64(i), shape.Size())
			for j := range x {
				if i > 0 { // scales and biases
					x[j] = (1.5 + float32(math.Tanh(float64(x[j])))) / 100
				}
			}
			inputs = append(inputs, bytesOfFloats(x))
			continue
		}
		data := make([]byte, shape.Size())
		for j := range data {
			data[j] = byte(random.Uint32())
		}
		if size := map[int]int{k / 32 * 34: 34, k / 32 * 18: 18}[shape.Dimensions[1]]; size > 0 && shape.DType == dtypes.Uint8 && shape.Dimensions[0] == n {
			for at := 0; at < len(data); at += size { // the blocks' scales
				bits := float16.FromFloat32(float32(random.NormFloat64()) / 10).Bits()
				data[at], data[at+1] = byte(bits), byte(bits>>8)
			}
		}
		inputs = append(inputs, data)
	}
	return kept.Plan, inputs
}

// TestQuantizedProducts compares products with quantised weights with the interpreter's, within
// 2·10⁻⁴ of the root of the results' mean square, for activations of 16 bits; and looks
// that they are products of whole numbers where they can be.
func TestQuantizedProducts(t *testing.T) {
	for _, format := range weightFormats() {
		for _, size := range []struct {
			m, k, n int
			whole   bool
		}{{1, 96, 64, true}, {3, 352, 80, true}, {5, 640, 160, true}, {2, 544, 208, true}, {7, 96, 64, false}} {
			plan, inputs := quantizedPlan(t, format, size.m, size.k, size.n)
			want, err := execute(interp.New(), plan, inputs)
			if err != nil {
				t.Fatal(err)
			}
			whole := false
			for _, step := range plan.Steps {
				if dot, ok := step.(*ir.Dot); ok {
					_, whole = quantizedOperand(dot)
				}
			}
			for _, parts := range []int{1, 3} {
				t.Run(fmt.Sprintf("%s %d×%d×%d parts=%d", format.name, size.m, size.n, size.k, parts), func(t *testing.T) {
					if whole != size.whole {
						t.Errorf("a product of whole numbers: %v, want %v\n%s", whole, size.whole, plan)
					}
					if parts > 1 && len(plan.Steps) > 1 {
						t.Skip("the parts of the test's machine run one after the other: for plans of one step")
					}
					got, err := execute(openParts(t, parts), plan, inputs)
					if err != nil {
						t.Fatal(err)
					}
					x, expected := floatsOfBytes(got[0]), floatsOfBytes(want[0])
					square := 0.0
					for _, v := range expected {
						square += float64(v) * float64(v)
					}
					allowed := 2e-4 * math.Sqrt(square/float64(len(expected)))
					for i, v := range expected {
						if !(math.Abs(float64(x[i]-v)) <= allowed) {
							t.Fatalf("element %d is %g, want %g ± %g", i, x[i], v, allowed)
						}
					}
				})
			}
		}
	}
}
