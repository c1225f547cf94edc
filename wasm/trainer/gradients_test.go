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
	"sft":            func(policy *model.Policy) error { return firstSFT(policy, gradientRows(), false) },
	"long sft":       func(policy *model.Policy) error { return firstSFT(policy, longRows(), false) },
	"recomputed sft": func(policy *model.Policy) error { return firstSFT(policy, longRows(), true) },
	"grpo": func(policy *model.Policy) error {
		method, err := objective.MethodNamed("grpo")
		if err != nil {
			return err
		}
		grpo, err := train.NewGroupUpdater(policy, train.GroupUpdaterConfig{Optimizer: train.DefaultOptimizer(), Objective: method.Config(), Temperature: 1})
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

func firstSFT(policy *model.Policy, rows []train.Row, recompute bool) error {
	sft, err := train.NewSFT(policy, rows, train.SFTConfig{Optimizer: train.DefaultOptimizer(), Rows: len(rows), Recompute: recompute, Seed: 1})
	if err == nil {
		_, err = sft.Step(1)
	}
	return err
}

// longRows are for attention as one operation, one of them padded by more than half.
func longRows() []train.Row {
	tokens := func(n, step int) []int {
		list := make([]int, n)
		for i := range list {
			list[i] = 5 + i*step%90
		}
		return list
	}
	return []train.Row{
		{Name: "whole", Prompt: tokens(190, 7), Completion: tokens(31, 11)},
		{Name: "padded", Prompt: tokens(60, 13), Completion: tokens(9, 17)},
	}
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
	testGradients(t, "webgpu")
}

// TestSIMDGradients does the same on WebAssembly SIMD, on one thread and on two.
func TestSIMDGradients(t *testing.T) {
	testGradients(t, "simd:threads=1", "simd:threads=2")
}

func testGradients(t *testing.T, engines ...string) {
	for method, update := range updates {
		want := gradientsOn(t, "go", update)
		for _, engine := range engines {
			t.Run(method+" "+engine, func(t *testing.T) {
				got := gradientsOn(t, engine, update)
				if len(want) < 20 || len(got) != len(want) {
					t.Fatalf("%d gradients, %d on go", len(got), len(want))
				}
				worst := 0.0
				for path, w := range want {
					length, off := 0.0, 0.0
					for i := range w {
						length += float64(w[i]) * float64(w[i])
						off += math.Pow(float64(got[path][i])-float64(w[i]), 2)
					}
					if !(math.Sqrt(off) <= 1e-4*math.Sqrt(length)+1e-9) {
						t.Errorf("%s: the gradient's length is %g, and it is off by %g", path, math.Sqrt(length), math.Sqrt(off))
					}
					worst = max(worst, math.Sqrt(off/max(length, 1e-18)))
				}
				t.Logf("off by %.1e of their length at most", worst)
			})
		}
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
