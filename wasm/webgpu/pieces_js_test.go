//go:build js && wasm

package webgpu

import (
	"errors"
	"slices"
	"testing"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/dongyur/dongyur/wasm/ir/conformance"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

// lowered opens a device that says to bind no more than bytes at a time.
func lowered(t *testing.T, bytes int64) *Target {
	target := open(t)
	small := *target.adapter
	small.BindingBytes = bytes
	target.adapter = &small
	return target
}

func hasPieces(k kernel) bool {
	return slices.ContainsFunc(k.bindings, func(b binding) bool { return b.size > 0 })
}

// TestPieces runs plans made by hand, and products, with values of many bindings, on
// the kernels for software adapters and on those for GPUs.
func TestPieces(t *testing.T) {
	target := lowered(t, 16<<10)
	software := target.adapter.Software
	for _, test := range testPlans() {
		a, err := assemble(test.plan, target.adapter, nil, false)
		if errors.As(err, new(*LimitError)) || !slices.ContainsFunc(a.kernels, hasPieces) {
			continue // 300,000 numbers have more pieces than there are bindings
		}
		got := runPlan(t, target, test.plan, test.inputs)
		for i, v := range test.plan.Outputs {
			compare(t, test.plan.Values[v].Shape.DType, got[i], test.want[i], test.tolerance)
		}
	}
	for _, target.adapter.Software = range []bool{software, false} {
		for _, size := range []dotSize{
			{1, 72, 100, 150, rowsFirst, rowsFirst, dtypes.Float32},
			{1, 3, 200, 100, rowsFirst, rowsFirst, dtypes.Float32},
			{1, 70, 70, 120, rowsFirst, rowsFirst, dtypes.Float16},
			{2, 70, 66, 40, expressed, expressed, dtypes.Float32},
		} {
			checkKernel(t, target, dotTest(size), 1e-5)
		}
	}
}

// TestLargeVocabulary compares what a language model does with a table of embeddings
// and with logits that are larger than a binding, forwards and backwards, with the Go
// engine.
func TestLargeVocabulary(t *testing.T) {
	target := lowered(t, 64<<10)
	if target.adapter.StorageBuffers < 16 { // SwiftShader
		target.adapter.BindingBytes = 96 << 10
	}
	reference, err := conformance.Reference()
	if err != nil {
		t.Fatal(err)
	}
	const vocabulary, dim, tokens = 2200, 32, 24 // a table of 5 pieces, logits of 4; of 3 and 3 where few are bound at once
	input := func(low, high float64, dtype dtypes.DType, dims ...int) conformance.Input {
		return conformance.Input{Shape: shapes.Make(dtype, dims...), Low: low, High: high}
	}
	inputs := []conformance.Input{
		input(-.5, .5, dtypes.Float32, vocabulary, dim), input(0, vocabulary-1, dtypes.Int32, tokens, 1), input(-.5, .5, dtypes.Float32, dim, dim),
	}
	logits := func(x []*graph.Node) *graph.Node {
		h := graph.Tanh(graph.Dot(graph.Gather(x[0], x[1]), x[2]).Product()) // [tokens, dim]
		return graph.Einsum("td,vd->tv", h, x[0])                            // [tokens, vocabulary]
	}
	for _, op := range []conformance.Op{
		{Name: "logits", Inputs: inputs, Graph: func(x []*graph.Node) []*graph.Node { return []*graph.Node{logits(x)} }, Tolerance: 1e-4},
		{Name: "loss and gradients", Inputs: inputs, Tolerance: 1e-4, Graph: func(x []*graph.Node) []*graph.Node {
			scores := graph.LogSoftmax(logits(x), -1) // [tokens, vocabulary]
			chosen := graph.OneHot(graph.Squeeze(x[1], 1), vocabulary, dtypes.Float32)
			loss := graph.Neg(graph.ReduceAllMean(graph.ReduceSum(graph.Mul(scores, chosen), -1)))
			return append([]*graph.Node{loss}, graph.Gradient(loss, x[0], x[2])...)
		}},
		{Name: "best", Inputs: inputs, Graph: func(x []*graph.Node) []*graph.Node {
			return []*graph.Node{graph.ArgMax(logits(x), -1, dtypes.Int32)}
		}},
	} {
		t.Run(op.Name, func(t *testing.T) { conformance.Run(t, ir.NewBackend(target), reference, op, 1) })
	}
	g := graph.NewGraph(ir.NewBackend(lowered(t, 1<<10)), "large")
	x := graph.Parameter(g, "embeddings", shapes.Make(dtypes.Float32, 1<<20, 16))
	err = g.Compile(graph.MulScalar(x, 2))
	var size *ir.SizeError
	if !errors.As(err, &size) || size.Tensor != `parameter "embeddings"` || size.Size != 64<<20 || size.Limit != 1<<10 {
		t.Errorf("a table of 65,536 pieces: %v", err)
	}
}
