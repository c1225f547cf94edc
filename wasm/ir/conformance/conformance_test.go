package conformance_test

import (
	"fmt"
	"testing"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/dongyur/dongyur/wasm/ir/conformance"
	"github.com/dongyur/dongyur/wasm/ir/interp"
)

// TestOps runs every operation over the interpreter.
func TestOps(t *testing.T) { conformance.RunOps(t, ir.NewBackend(interp.New())) }

// TestOpsLimited does so as targets would that bind few buffers at a time, and that
// have kernels for attention.
func TestOpsLimited(t *testing.T) {
	for name, limits := range map[string]ir.Limits{
		"eight bindings": {Bindings: 8, BindingBytes: 1 << 27},
		"attention":      {Bindings: 12, BindingBytes: 1 << 27, Attention: true},
	} {
		t.Run(name, func(t *testing.T) { conformance.RunOps(t, ir.NewBackend(interp.Limited(limits))) })
	}
}

// TestTraining trains over the interpreter.
func TestTraining(t *testing.T) { conformance.RunTraining(t, ir.NewBackend(interp.New())) }

// TestFuzz runs random graphs over the interpreter, with many bindings and with few.
func TestFuzz(t *testing.T) {
	for _, bindings := range []int{1 << 20, 8} {
		t.Run(fmt.Sprint(bindings), func(t *testing.T) {
			conformance.RunFuzz(t, ir.NewBackend(interp.Limited(ir.Limits{Bindings: bindings, BindingBytes: 1 << 27})))
		})
	}
}
