package model_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/dongyur/dongyur/wasm/ir/interp"
)

// recorder keeps the plan that a backend compiled last.
type recorder struct {
	ir.Target
	plan *ir.Plan
}

func (r *recorder) Compile(plan *ir.Plan) (ir.Program, error) {
	r.plan = plan
	return r.Target.Compile(plan)
}

// TestDecodeStepPlan counts the dispatches of one token: the cache must be written in
// place, and the step must stay short, for a page decodes at a dispatch's cost.
func TestDecodeStepPlan(t *testing.T) {
	config := &model.Config{ModelType: "qwen3", VocabSize: 8192, HiddenSize: 256, IntermediateSize: 768, Layers: 4,
		Heads: 4, KVHeads: 2, HeadDim: 64, MaxPositions: 256, RMSNormEps: 1e-6, RopeTheta: 10000, TieEmbeddings: true}
	checkpoint, err := model.Random(config, 1)
	if err != nil {
		t.Fatal(err)
	}
	const batch, length = 2, 256
	r := &recorder{Target: interp.Limited(ir.Limits{Bindings: 10, BindingBytes: 1 << 30})}
	g := NewGraph(ir.NewBackend(r), "decode")
	weights := map[string]*Node{}
	params := func(name string) *Node {
		w := checkpoint.Weights[name]
		if w == nil {
			return nil
		}
		if weights[name] == nil {
			weights[name] = Parameter(g, name, w.Shape())
		}
		return weights[name]
	}
	var cache []*Node
	for i, shape := range config.CacheShapes(batch, length) {
		cache = append(cache, Parameter(g, fmt.Sprint("cache", i), shape))
	}
	tokens := Parameter(g, "tokens", shapes.Make(dtypes.Int32, batch, 1))
	pad := Parameter(g, "pad", shapes.Make(dtypes.Int32, batch))
	start := Parameter(g, "start", shapes.Make(dtypes.Int32))
	hidden, next := config.Extend(params, tokens, pad, start, cache)
	token := ArgMax(config.Logits(params, hidden), -1, dtypes.Int32) // [batch, 1]
	if err := g.Compile(append([]*Node{token}, next...)...); err != nil {
		t.Fatal(err)
	}

	if os.Getenv("PLANS") != "" {
		t.Log(r.plan)
	}
	s := r.plan.Summary()
	t.Log(s)
	if s.Steps > 60 {
		t.Errorf("%d steps a token, more than 60", s.Steps)
	}
	inPlace := 0
	for _, out := range r.plan.Outputs {
		if r.plan.Values[out].Donor >= 0 {
			inPlace++
		}
	}
	if inPlace != len(cache) {
		t.Errorf("%d of %d cache tensors are written in place", inPlace, len(cache))
	}
}
