//go:build js && wasm

package main

import (
	"flag"
	"fmt"
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

// TestWebGPUAgrees trains the same on the Go engine and twice on WebGPU.
func TestWebGPUAgrees(t *testing.T) {
	shim(t)
	testAgrees(t, "webgpu")
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
	train := briefTrain("sft", 2*losses+2)
	want := briefRun(t, "webgpu", train, func(protocol.Event) {})
	taken, last := 0, 0
	var warnings []string
	got := briefRun(t, "webgpu", train, func(e protocol.Event) {
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
