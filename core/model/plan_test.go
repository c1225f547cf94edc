package model

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/dongyur/dongyur/wasm/ir/interp"
)

// parameters are a checkpoint's weights as a graph's parameters, those that it asked
// for by then in the map.
func parameters(g *Graph, checkpoint *Checkpoint) (Params, map[string]*Node) {
	weights := map[string]*Node{}
	return func(name string) *Node {
		w := checkpoint.Weights[name]
		if w == nil {
			return nil
		}
		if weights[name] == nil {
			weights[name] = Parameter(g, name, w.Shape())
		}
		return weights[name]
	}, weights
}

// TestDecodeStepPlan counts the dispatches of one token: the cache must be written in
// place, and the step must stay short, for a page decodes at a dispatch's cost.
func TestDecodeStepPlan(t *testing.T) {
	config := &Config{ModelType: "qwen3", VocabSize: 8192, HiddenSize: 256, IntermediateSize: 768, Layers: 4,
		Heads: 4, KVHeads: 2, HeadDim: 64, MaxPositions: 256, RMSNormEps: 1e-6, RopeTheta: 10000, TieEmbeddings: true}
	checkpoint, err := Random(config, 1)
	if err != nil {
		t.Fatal(err)
	}
	const batch, length = 2, 256
	r := &interp.Recorder{Target: interp.Limited(ir.Limits{Bindings: 10, BindingBytes: 1 << 30})}
	g := NewGraph(ir.NewBackend(r), "decode")
	params, _ := parameters(g, checkpoint)
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
		t.Log(r.Plan)
	}
	s := r.Plan.Summary()
	t.Log(s)
	if s.Steps > 60 {
		t.Errorf("%d steps a token, more than 60", s.Steps)
	}
	inPlace := 0
	for _, out := range r.Plan.Outputs {
		if r.Plan.Values[out].Donor >= 0 {
			inPlace++
		}
	}
	if inPlace != len(cache) {
		t.Errorf("%d of %d cache tensors are written in place", inPlace, len(cache))
	}
}

// TestTrainingPlan: long rows hold no scores where the engine has attention as one
// operation, layers that are computed again run it again, and short rows and other
// engines keep the scores.
func TestTrainingPlan(t *testing.T) {
	config := &Config{ModelType: "qwen3", VocabSize: 32, HiddenSize: 16, IntermediateSize: 24, Layers: 3,
		Heads: 2, KVHeads: 1, HeadDim: 8, MaxPositions: 2048, RMSNormEps: 1e-6, RopeTheta: 10000, TieEmbeddings: true}
	checkpoint, err := Random(config, 1)
	if err != nil {
		t.Fatal(err)
	}
	const batch = 2
	arena := map[string]int64{}
	for _, test := range []struct {
		name              string
		time              int
		kernels           bool
		hidden            func(p Params, tokens, pad *Node) *Node
		forward, backward int
	}{
		{"long", 512, true, config.Hidden, 3, 3},
		{"recomputed", 512, true, config.HiddenRecomputed, 6, 3},
		{"shortest", fusedFrom, true, config.Hidden, 3, 3},
		{"short", fusedFrom - 1, true, config.Hidden, 0, 0},
		{"without", 512, false, config.Hidden, 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := &interp.Recorder{Target: interp.Limited(ir.Limits{Bindings: 12, BindingBytes: 1 << 30, Attention: test.kernels})}
			g := NewGraph(ir.NewBackend(r), "train")
			params, weights := parameters(g, checkpoint)
			tokens := Parameter(g, "tokens", shapes.Make(dtypes.Int32, batch, test.time))
			pad := Parameter(g, "pad", shapes.Make(dtypes.Int32, batch))
			loss := ReduceAllMean(Square(test.hidden(params, tokens, pad)))
			var nodes []*Node
			for _, name := range slices.Sorted(maps.Keys(weights)) {
				nodes = append(nodes, weights[name])
			}
			if err := g.Compile(append(Gradient(loss, nodes...), loss)...); err != nil {
				t.Fatal(err)
			}
			forward, backward := 0, 0
			for _, step := range r.Plan.Steps {
				switch step.(type) {
				case *ir.Attention:
					forward++
				case *ir.AttentionVJP:
					backward++
				}
			}
			t.Log(r.Plan.Summary())
			arena[test.name] = r.Plan.Arena
			if forward != test.forward || backward != test.backward {
				t.Errorf("attention forward %d times and back %d times, want %d and %d", forward, backward, test.forward, test.backward)
			}
			scores := int64(4 * batch * config.Heads * test.time * test.time)
			if holds := r.Plan.Arena >= scores; test.time == 512 && holds == test.kernels {
				t.Errorf("temporaries of %d bytes, the scores are %d", r.Plan.Arena, scores)
			}
		})
	}
	if again, kept := arena["recomputed"], arena["long"]; 2*again > kept {
		t.Errorf("layers that are computed again need %d bytes, kept ones %d", again, kept)
	}
}
