package simd

import (
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	layers "github.com/gomlx/gomlx/ml/layers/attention"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/dongyur/dongyur/wasm/ir/interp"
)

// attentionPlan is the plan of causal attention with its gradient.
func attentionPlan(t testing.TB, limits ir.Limits, batch, heads, time, dim int) *ir.Plan {
	t.Helper()
	k := &interp.Recorder{Target: interp.Limited(limits)}
	g := graph.NewGraph(ir.NewBackend(k), "attention")
	var x []*graph.Node
	for _, name := range []string{"query", "key", "value"} {
		x = append(x, graph.Parameter(g, name, shapes.Make(dtypes.Float32, batch, heads, time, dim)))
	}
	y, _ := layers.Core(x[0], x[1], x[2], layers.LayoutBHSD, layers.CoreOptions{UseCausalMask: true})
	if err := g.Compile(append(graph.Gradient(graph.ReduceAllSum(graph.Square(y)), x...), y)...); err != nil {
		t.Fatal(err)
	}
	return k.Plan
}

// TestAttentionMemory: what attention and its gradient need besides their inputs and
// outputs grows with the length, not with its square, on any number of threads.
func TestAttentionMemory(t *testing.T) {
	const batch, heads, dim = 2, 4, 64
	limits := open(t).Limits()
	without := limits
	without.Attention = false
	need := func(limits ir.Limits, time int) int64 {
		plan := attentionPlan(t, limits, batch, heads, time, dim)
		return plan.Arena + int64(scratchBytes(plan.Steps))
	}
	for _, time := range []int{256, 512, 1024} {
		blocks, whole := need(limits, time), need(without, time)
		scores := int64(4 * batch * heads * time * time)
		t.Logf("%d positions: %d bytes in blocks, %d with the scores in memory", time, blocks, whole)
		if blocks >= scores || whole < scores {
			t.Errorf("%d positions: %d bytes in blocks, %d whole; the scores are %d", time, blocks, whole, scores)
		}
		if linear := 5 * int64(4*batch*heads*time*dim); blocks > linear {
			t.Errorf("%d positions: %d bytes, more than %d for what is of the query's size", time, blocks, linear)
		}
	}
}
