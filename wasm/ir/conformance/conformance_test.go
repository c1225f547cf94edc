package conformance_test

import (
	"testing"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/dongyur/dongyur/wasm/ir/conformance"
	"github.com/dongyur/dongyur/wasm/ir/interp"
)

// TestOps runs every operation over the interpreter.
func TestOps(t *testing.T) { conformance.RunOps(t, ir.NewBackend(interp.New())) }

// TestOpsLimited does so as a target would that has kernels for attention and binds
// twelve buffers at a time.
func TestOpsLimited(t *testing.T) {
	conformance.RunOps(t, ir.NewBackend(interp.Limited(ir.Limits{Bindings: 12, BindingBytes: 1 << 27, Attention: true})))
}

// TestTraining trains over the interpreter.
func TestTraining(t *testing.T) { conformance.RunTraining(t, ir.NewBackend(interp.New())) }

// TestFuzz runs random graphs over the interpreter.
func TestFuzz(t *testing.T) { conformance.RunFuzz(t, ir.NewBackend(interp.New())) }
