//go:build js && wasm

package main

import (
	"flag"
	"fmt"
	"math"
	"strings"
	"syscall/js"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
)

// shim skips where the page's script for WebGPU is not loaded or finds no adapter.
func shim(t *testing.T) js.Value {
	t.Helper()
	object := js.Global().Get("dongyurWebGPU")
	if object.Type() != js.TypeObject {
		t.Skip("not run with WebGPU: make test-webgpu does")
	}
	w := newWork("webgpu", nil)
	defer w.Close()
	if e := <-w.events; e.Type == protocol.EvFailed {
		t.Skip(e.Message)
	}
	return object
}

// gpuRun trains nano with an encoder that costs nothing to load.
func gpuRun(t *testing.T, engine string, train protocol.Train, each func(protocol.Event)) []protocol.Step {
	t.Helper()
	steps, _ := trained(t, engine, "hashed", train, each)
	return steps
}

func gpuTrain(method string, steps int) protocol.Train {
	train := protocol.DefaultTrain(method)
	train.Steps, train.Prompts, train.Sampling.MaxTokens = steps, 2, 8
	train.Group = min(train.Group, 2)
	return train
}

// Whole runs are for an idle machine: short ones show the same faults sooner.
var wholeRuns = flag.Bool("whole", false, "TestWebGPUAgrees takes 50 steps of SFT and 20 of GRPO")

// TestWebGPUAgrees trains the same on the Go engine and twice on WebGPU.
func TestWebGPUAgrees(t *testing.T) {
	shim(t)
	lengths := map[string]int{"sft": 5, "grpo": 2}
	if *wholeRuns {
		lengths = map[string]int{"sft": 50, "grpo": 20}
	}
	for method, steps := range lengths {
		t.Run(method, func(t *testing.T) {
			train := gpuTrain(method, steps)
			silent := func(protocol.Event) {}
			want, got, again := gpuRun(t, "go", train, silent), gpuRun(t, "webgpu", train, silent), gpuRun(t, "webgpu", train, silent)
			if len(got) != steps || len(again) != steps || len(want) != steps {
				t.Fatalf("%d, %d and %d steps, want %d", len(want), len(got), len(again), steps)
			}
			for i := range want {
				if math.Abs(got[i].Loss-want[i].Loss) > 1e-3*max(0.1, math.Abs(want[i].Loss)) || math.Abs(got[i].Reward-want[i].Reward) > 1e-3 {
					t.Errorf("step %d: loss %g, reward %g; on go %g, %g", i+1, got[i].Loss, got[i].Reward, want[i].Loss, want[i].Reward)
				}
				if got[i].Loss != again[i].Loss || got[i].GradNorm != again[i].GradNorm {
					t.Errorf("step %d: loss %g, gradient %g; the second time %g, %g", i+1, got[i].Loss, got[i].GradNorm, again[i].Loss, again[i].GradNorm)
				}
			}
		})
	}
}

// Each loss costs compiling all kernels again, half a minute on a slow machine: -losses=20
// is for an idle one.
var lossCount = flag.Int("losses", 2, "how often TestDeviceLosses takes the device away")

// TestDeviceLosses takes the device away during one run, which goes on each
// time from at most KeepEvery-1 steps before, and ends with the very losses of a run
// that nothing happened to.
func TestDeviceLosses(t *testing.T) {
	object := shim(t)
	losses := *lossCount
	train := gpuTrain("sft", 2*losses+2)
	want := gpuRun(t, "webgpu", train, func(protocol.Event) {})
	taken, last := 0, 0
	var warnings []string
	got := gpuRun(t, "webgpu", train, func(e protocol.Event) {
		switch {
		case e.Type == protocol.EvWarning && strings.Contains(e.Message, "device was lost"):
			warnings = append(warnings, e.Message)
		case e.Step == nil:
		case e.Step.Step <= last-2 && taken > 0:
			t.Errorf("after a loss the run went back from step %d to %d", last, e.Step.Step)
		default:
			if e.Step.Step > last && e.Step.Step%2 == 1 && taken < losses {
				taken++
				object.Get("device").Call("close")
			}
			last = e.Step.Step
		}
	})
	if taken != losses || len(warnings) != losses {
		t.Errorf("%d devices were taken away and %d warnings given: %s", taken, len(warnings), fmt.Sprint(warnings))
	}
	for i := range min(len(got), len(want)) {
		if got[i].Loss != want[i].Loss {
			t.Fatalf("step %d: loss %g, undisturbed %g", i+1, got[i].Loss, want[i].Loss)
		}
	}
	if len(got) != train.Steps {
		t.Errorf("%d steps, want %d", len(got), train.Steps)
	}
}
