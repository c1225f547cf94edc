//go:build js && wasm

package main

import (
	"math"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/dongyur/dongyur/core/engine"
	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/objective"
	"github.com/dongyur/dongyur/core/train"
)

// updates are the first steps of the methods, on rows made up of token ids.
var updates = map[string]func(policy *model.Policy) error{
	"sft": func(policy *model.Policy) error {
		sft, err := train.NewSFT(policy, gradientRows(), train.SFTConfig{Optimizer: train.DefaultOptimizer(), Rows: 3, Seed: 1})
		if err == nil {
			_, err = sft.Step(1)
		}
		return err
	},
	"grpo": func(policy *model.Policy) error {
		method, err := objective.MethodNamed("grpo")
		if err != nil {
			return err
		}
		grpo, err := train.NewGRPO(policy, train.GRPOConfig{Optimizer: train.DefaultOptimizer(), Objective: method.Config(), Temperature: 1})
		if err != nil {
			return err
		}
		var samples []train.Sample
		for i, row := range gradientRows() {
			samples = append(samples, train.Sample{Row: row, LogProbs: make([]float32, len(row.Completion)), Advantage: []float64{1, -.7, -.3}[i]})
		}
		_, err = grpo.Update(1, samples)
		return err
	},
}

func gradientRows() []train.Row {
	return []train.Row{
		{Name: "a", Prompt: []int{1, 90, 77, 41}, Completion: []int{35, 12, 2}},
		{Name: "b", Prompt: []int{1, 33}, Completion: []int{99, 7, 7, 51, 2}},
		{Name: "c", Prompt: []int{1, 5, 6, 7, 8, 9}, Completion: []int{2}},
	}
}

// gradientModel is nano in whole runs, else a random model of nano's kind that compiles
// and runs in a fraction of the time.
func gradientModel() (*model.Checkpoint, error) {
	files, err := onDisk{}.Open("assets/models/nano", nil)
	if err != nil {
		return nil, err
	}
	checkpoint, err := model.Load(files)
	if err != nil || *wholeRuns {
		return checkpoint, err
	}
	small := *checkpoint.Config
	small.VocabSize, small.HiddenSize, small.IntermediateSize, small.Layers = 100, 32, 44, 2
	small.Heads, small.KVHeads, small.HeadDim = 4, 2, 8
	return model.Random(&small, 3)
}

// TestWebGPUGradients compares the gradient of every weight, at step 1, with the Go
// engine's: within 1e-4 of the gradient's length.
func TestWebGPUGradients(t *testing.T) {
	shim(t)
	for method, update := range updates {
		t.Run(method, func(t *testing.T) {
			want, got := gradientsOn(t, "go", update), gradientsOn(t, "webgpu", update)
			if len(want) < 20 || len(got) != len(want) {
				t.Fatalf("%d gradients, %d on go", len(got), len(want))
			}
			for path, w := range want {
				length, off := 0.0, 0.0
				for i := range w {
					length += float64(w[i]) * float64(w[i])
					off += math.Pow(float64(got[path][i])-float64(w[i]), 2)
				}
				if !(math.Sqrt(off) <= 1e-4*math.Sqrt(length)+1e-9) {
					t.Errorf("%s: the gradient's length is %g, and it is off by %g", path, math.Sqrt(length), math.Sqrt(off))
				}
			}
		})
	}
}

// gradientsOn makes a first step on an engine and gives the gradients, by their paths.
func gradientsOn(t *testing.T, name string, update func(*model.Policy) error) map[string][]float32 {
	t.Helper()
	backend, err := engine.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Finalize()
	checkpoint, err := gradientModel()
	if err != nil {
		t.Fatal(err)
	}
	policy, err := model.NewPolicy(backend, checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	defer policy.Finalize()
	if err := update(policy); err != nil {
		t.Fatal(err)
	}
	gradients := map[string][]float32{}
	for v := range policy.Vars.IterVariables() {
		if strings.HasPrefix(v.Path(), "/gradient/") {
			value, err := v.Value()
			if err != nil {
				t.Fatal(err)
			}
			gradients[v.Path()] = tensors.MustCopyFlatData[float32](value)
		}
	}
	return gradients
}
