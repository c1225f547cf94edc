package model

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	vars "github.com/gomlx/gomlx/ml/model"
)

// passOf is the loss Σ h², its gradient by the embeddings, and the hidden states,
// with some weights.
func passOf(t *testing.T, policy *Policy, rows [][]int32, params func(*Graph) Params, hidden func(Params, *Node, *Node) *Node) (out [][]float32) {
	t.Helper()
	tokens, pad := padLeft(rows)
	results, err := vars.CallOnceN(policy.Engine, policy.Vars, func(_ *vars.Scope, tokens, pad *Node) []*Node {
		p := params(tokens.Graph())
		h := hidden(p, tokens, pad)
		return append(Gradient(ReduceAllSum(Square(h)), p("model.embed_tokens.weight"), p("model.layers.0.self_attn.q_proj.weight")), h)
	}, tokens, pad)
	if err != nil {
		t.Fatal(err)
	}
	for _, result := range results {
		flat, err := tensors.CopyFlatData[float32](result)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, flat)
	}
	return out
}

// Recomputed layers give the hidden states and the gradients of layers that are
// kept, for every kind of model.
func TestHiddenRecomputed(t *testing.T) {
	for _, test := range goldens {
		t.Run(test.folder, func(t *testing.T) {
			policy := openPolicy(t, test.folder)
			rows := randomRows(rand.New(rand.NewPCG(3, 1)), []int{5, 17})
			params := func(g *Graph) Params { return policy.Params(g, true) }
			want := passOf(t, policy, rows, params, policy.Config.Hidden)
			have := passOf(t, policy, rows, params, policy.Config.HiddenRecomputed)
			for i := range want {
				if difference := farthest(have[i], want[i]); !(difference < 1e-5) {
					t.Errorf("result %d differs by %g", i, difference)
				}
			}
		})
	}
}

func TestTrainOnly(t *testing.T) {
	policy, err := NewPolicy(openEngine(t), tiny(t, "qwen2"))
	if err != nil {
		t.Fatal(err)
	}
	defer policy.Finalize()
	all := len(policy.Trainable())
	if err := policy.TrainOnly(AttentionProjections); err != nil {
		t.Fatal(err)
	}
	// Four weights and, in Qwen2, three biases a layer.
	if list := policy.Trainable(); len(list) != 14 {
		t.Errorf("%d weights train, want 14", len(list))
	}
	for _, v := range policy.Trainable() {
		if !strings.Contains(v.Path(), "self_attn.") {
			t.Errorf("%s trains", v.Path())
		}
	}
	if err := policy.TrainOnly([]string{"lm_head"}); err == nil || !strings.Contains(err.Error(), `no projection "lm_head"`) {
		t.Errorf("the head alone: %v", err)
	}
	policy.Detach()
	if len(policy.Trainable()) != all {
		t.Errorf("after Detach %d weights train, before %d", len(policy.Trainable()), all)
	}
}

// A reference that follows is the policy as it was copied, until Detach drops it.
func TestFollowPolicy(t *testing.T) {
	for _, adapter := range []bool{true, false} {
		policy, err := NewPolicy(openEngine(t), tiny(t, "qwen3"))
		if err != nil {
			t.Fatal(err)
		}
		defer policy.Finalize()
		if adapter {
			if err := policy.Attach(newTestAdapter(t, policy.Config)); err != nil {
				t.Fatal(err)
			}
		}
		rows := [][]int32{{1, 2, 3, 4}, {5, 6}}
		reference := func() []float32 {
			return passOf(t, policy, rows, policy.ReferenceParams, policy.Config.Hidden)[2]
		}
		now := func() []float32 {
			return passOf(t, policy, rows, func(g *Graph) Params { return policy.Params(g, true) }, policy.Config.Hidden)[2]
		}
		start := now()
		if same := slices.Equal(reference(), start); same == adapter {
			t.Errorf("adapter %v: the reference is the policy before there is a copy: %v", adapter, same)
		}
		if err := policy.FollowPolicy(); err != nil {
			t.Fatal(err)
		}
		for _, v := range policy.Trainable() {
			value, err := v.Value()
			if err != nil {
				t.Fatal(err)
			}
			moved, err := value.LocalClone()
			if err != nil {
				t.Fatal(err)
			}
			tensors.MustMutableFlatData(moved, func(flat []float32) {
				for i := range flat {
					flat[i] += 0.05 * float32(math.Cos(float64(i)))
				}
			})
			if err := v.SetValue(moved); err != nil {
				t.Fatal(err)
			}
		}
		if slices.Equal(now(), start) || !slices.Equal(reference(), start) || !policy.HasReference() {
			t.Errorf("adapter %v: the copy moved with the policy, or the policy did not move", adapter)
		}
		policy.Detach()
		for v := range policy.Vars.IterVariables() {
			if strings.HasPrefix(v.Path(), FollowerScope) {
				t.Errorf("after Detach there is %s", v.Path())
			}
		}
	}
}
