//go:build js && wasm

package webgpu

import (
	"testing"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/dongyur/dongyur/wasm/ir/conformance"
	"github.com/gomlx/compute/support/backendtest"
)

// All that RunAll skips by itself needs Float64 too, which WGSL does not have, or
// dynamic axes, convolutions or buffers shared with Go.
func TestMain(m *testing.M) { conformance.Main(m, "TestBackend") }

// TestBackend runs the tests that every GoMLX backend must pass, with all memory
// poisoned before it is handed out.
func TestBackend(t *testing.T) {
	target := open(t)
	backendtest.RunAll(t, ir.NewBackend(target), nil)
}

// TestConformance compares every operation with the Go engine, forwards and
// backwards.
func TestConformance(t *testing.T) {
	target := open(t)
	conformance.RunOps(t, ir.NewBackend(target))
}
