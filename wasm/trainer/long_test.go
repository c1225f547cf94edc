//go:build js && wasm

package main

import (
	"context"
	"math"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	vars "github.com/gomlx/gomlx/ml/model"

	"github.com/dongyur/dongyur/core/engine"
	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/objective"
	"github.com/dongyur/dongyur/core/rollout"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/core/token"
)

// TestSIMDSamplesAsItLearns: what the sampler says of the tokens that it draws, with a
// cache and one column at a time, the model says of them as whole rows, where
// attention is one operation: to 1e-5, in long prompts and short ones beside them.
func TestSIMDSamplesAsItLearns(t *testing.T) {
	backend, err := engine.Open("simd:threads=1")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Finalize()
	files, err := onDisk{}.Open("assets/models/nano", nil)
	if err != nil {
		t.Fatal(err)
	}
	checkpoint, err := model.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	tok, err := token.LoadFile("../../assets/models/nano/tokenizer.json")
	if err != nil {
		t.Fatal(err)
	}
	policy, err := model.NewPolicy(backend, checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	defer policy.Finalize()
	const block, count = 192, 2 // columns of prompts, completions of each
	prompts := [][]int{longRows()[0].Prompt, longRows()[1].Prompt, {5, 6, 7}}
	sampler := rollout.New(policy, tok, rollout.Options{})
	defer sampler.Finalize()
	completions, err := sampler.Run(context.Background(), prompts, count, task.Sampling{MaxTokens: 12, Temperature: 1}, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]int32
	var pad []int32
	longest := 0
	for _, c := range completions {
		longest = max(longest, len(c.Tokens))
	}
	for _, c := range completions {
		row := make([]int32, block+longest)
		pad = append(pad, int32(block-len(prompts[c.Prompt])))
		for i, id := range prompts[c.Prompt] {
			row[int(pad[len(pad)-1])+i] = int32(id)
		}
		for i, id := range c.Tokens {
			row[block+i] = int32(id)
		}
		rows = append(rows, row)
	}
	out, err := vars.CallOnce(backend, policy.Vars, func(_ *vars.Scope, tokens, pad *Node) *Node {
		p := policy.Params(tokens.Graph(), true)
		hidden := Slice(policy.Config.Hidden(p, tokens, pad), AxisRange(), AxisRange(block-1, -1)) // [rows, longest, dim]
		logp, _ := objective.ChosenLogProbs(func(h *Node) *Node { return policy.Config.Logits(p, h) },
			hidden, Slice(tokens, AxisRange(), AxisRange(block)), objective.LogProbOptions{})
		return logp // [rows, longest]
	}, rows, pad)
	if err != nil {
		t.Fatal(err)
	}
	learnt, tokens, worst := out.Value().([][]float32), 0, 0.0
	for i, c := range completions {
		for j := range c.Tokens {
			tokens++
			ratio := math.Exp(float64(learnt[i][j] - c.FullLogProbs[j]))
			worst = max(worst, math.Abs(ratio-1))
			if !(math.Abs(ratio-1) <= 1e-5) {
				t.Errorf("prompt %d, completion %d, token %d: ratio %v", c.Prompt, c.Index, j, ratio)
			}
		}
	}
	t.Logf("%d tokens: ratios are at most %.1e off 1", tokens, worst)
	if tokens < 20 {
		t.Errorf("%d tokens: the test shows nothing", tokens)
	}
}
