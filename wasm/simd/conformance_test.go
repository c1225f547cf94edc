package simd

import (
	"testing"

	"github.com/gomlx/compute/support/backendtest"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/dongyur/dongyur/wasm/ir/conformance"
)

// GoMLX's rotary embeddings are made of float64 constants.
func TestMain(m *testing.M) { conformance.Main(m, "TestConformance", "TestTraining/transformer") }

// TestConformance runs compute's own tests of a backend.
func TestConformance(t *testing.T) {
	backendtest.RunAll(t, ir.NewBackend(open(t)), nil)
}

// TestOperations compares every operation, and its gradient, with the Go engine's.
func TestOperations(t *testing.T) {
	conformance.RunOps(t, ir.NewBackend(open(t)))
}

// TestTraining trains small graphs with each of GoMLX's optimisers beside the Go engine.
func TestTraining(t *testing.T) {
	conformance.RunTraining(t, ir.NewBackend(open(t)))
}
