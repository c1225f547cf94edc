//go:build js && wasm

package main

import (
	"flag"
	"math"
	"testing"

	"github.com/dongyur/dongyur/core/objective"
	"github.com/dongyur/dongyur/core/protocol"
)

// Whole runs are for an idle machine: short ones show the same faults sooner.
var wholeRuns = flag.Bool("whole", false, "TestWebGPUAgrees and TestSIMDAgrees take 50 steps of SFT and 20 of GRPO")

// briefTrain is a run whose steps are small.
func briefTrain(method string, steps int) protocol.Train {
	train := usual(method)
	train.Steps, train.Prompts, train.Sampling.MaxTokens = steps, 2, 8
	train.Group = min(train.Group, 2)
	return train
}

// briefRun trains nano with an encoder that costs nothing to load.
func briefRun(t *testing.T, engine string, train protocol.Train, each func(protocol.Event)) []protocol.Step {
	t.Helper()
	steps, _ := trained(t, engine, "hashed", train, each)
	return steps
}

// testAgrees trains the same on the Go engine and twice on another one, which must come
// to the same losses, and the second time to the same bits.
func testAgrees(t *testing.T, engine string) {
	lengths := map[string]int{"sft": 5, "grpo": 2}
	if *wholeRuns {
		lengths = map[string]int{"sft": 50, "grpo": 20}
	}
	for method, steps := range lengths {
		t.Run(method, func(t *testing.T) {
			train := briefTrain(method, steps)
			silent := func(protocol.Event) {}
			want, got, again := briefRun(t, "go", train, silent), briefRun(t, engine, train, silent), briefRun(t, engine, train, silent)
			if len(again) != steps || len(want) != steps {
				t.Fatalf("%d steps on go and %d on %s, want %d", len(want), len(again), engine, steps)
			}
			compareSteps(t, engine, got, want)
			for i := range got {
				if got[i].Loss != again[i].Loss || got[i].GradNorm != again[i].GradNorm {
					t.Errorf("step %d: loss %g, gradient %g; the second time %g, %g", i+1, got[i].Loss, got[i].GradNorm, again[i].Loss, again[i].GradNorm)
				}
			}
		})
	}
}

// compareSteps holds an engine's steps to the Go engine's. A loss of GRPO is a small
// difference of large parts, so it is held to the size of those: an advantage is of
// size 1.
func compareSteps(t *testing.T, engine string, got, want []protocol.Step) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d steps on %s, %d on go", len(got), engine, len(want))
	}
	most := 0.0
	for i, step := range got {
		apart := math.Abs(step.Loss-want[i].Loss) / max(0.1, math.Abs(want[i].Loss))
		most = max(most, apart)
		if !(apart <= 1e-3) || !(math.Abs(step.Reward-want[i].Reward) <= 1e-3) {
			t.Fatalf("step %d on %s: loss %g, reward %g; on go %g, %g", i+1, engine, step.Loss, step.Reward, want[i].Loss, want[i].Reward)
		}
	}
	t.Logf("%d steps on %s: losses are at most %.1e of the Go engine's apart", len(got), engine, most)
}

// TestSIMDAgrees trains the same on the Go engine and twice on WebAssembly SIMD, on one
// thread and on two.
func TestSIMDAgrees(t *testing.T) {
	for _, engine := range []string{"simd:threads=1", "simd:threads=2"} {
		t.Run(engine, func(t *testing.T) { testAgrees(t, engine) })
	}
}

// usual is a run with a method's own settings.
func usual(name string) protocol.Train {
	method, err := objective.MethodNamed(name)
	if err != nil {
		panic(err)
	}
	return method.Settings()
}
