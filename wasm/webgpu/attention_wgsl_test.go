//go:build !js

package webgpu

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/dongyur/dongyur/wasm/ir/interp"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers/attention"
)

// TestAttentionBindings: attention and its gradient fit adapters that bind few buffers,
// by kernels where those bind all that they touch, else by common steps.
func TestAttentionBindings(t *testing.T) {
	const batch, time, heads, dim = 2, 6, 2, 8
	masks := map[string]func(g *graph.Graph, o *attention.CoreOptions){
		"mask": func(g *graph.Graph, o *attention.CoreOptions) {
			o.AttentionMask = graph.Parameter(g, "mask", shapes.Make(dtypes.Bool, batch, time, heads, time))
		},
		"lengths": func(g *graph.Graph, o *attention.CoreOptions) {
			o.QuerySeqLen = graph.Parameter(g, "query lengths", shapes.Make(dtypes.Int32, batch))
			o.KVSeqLen = graph.Parameter(g, "key lengths", shapes.Make(dtypes.Int32, batch))
		},
		"bias": func(g *graph.Graph, o *attention.CoreOptions) {
			o.AttentionBias = graph.Parameter(g, "bias", shapes.Make(dtypes.Float32, batch, heads, time, time))
		},
	}
	for _, test := range []struct {
		bindings int
		masks    string
		kernel   bool
	}{
		{8, "", true}, {8, "mask", true}, {8, "lengths", false}, {8, "mask bias", false}, {9, "lengths bias", false},
		{9, "mask bias", true}, {10, "lengths bias", true}, {16, "lengths bias", true},
	} {
		t.Run(fmt.Sprint(test.bindings, " bindings ", test.masks), func(t *testing.T) {
			adapter := *testAdapters["gpu"]
			adapter.StorageBuffers = test.bindings
			p := &planned{Target: interp.New(), adapter: &adapter}
			g := graph.NewGraph(ir.NewBackend(p), "attention")
			var x []*graph.Node
			for _, name := range []string{"query", "key", "value"} {
				x = append(x, graph.Parameter(g, name, shapes.Make(dtypes.Float32, batch, time, heads, dim)))
			}
			var o attention.CoreOptions
			for _, kind := range strings.Fields(test.masks) {
				masks[kind](g, &o)
			}
			y, _ := attention.Core(x[0], x[1], x[2], attention.LayoutBSHD, o)
			outputs := append(graph.Gradient(graph.ReduceAllSum(graph.Square(y)), x...), y)
			if err := g.Compile(outputs...); err != nil {
				t.Fatal(err)
			}
			a, err := assemble(p.plan, &adapter, nil, false)
			if err != nil {
				t.Fatal(err)
			}
			kernels := 0
			for _, k := range a.kernels {
				if strings.HasPrefix(k.name, "Attention") {
					kernels++
				}
			}
			if (kernels > 0) != test.kernel {
				t.Errorf("%d kernels of attention; want some: %v", kernels, test.kernel)
			}
		})
	}
}
