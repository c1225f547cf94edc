//go:build js && wasm

package webgpu

import (
	"testing"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute/support/backendtest"
)

// TestBackend runs the tests that every GoMLX backend must pass, with all memory
// poisoned before it is handed out.
func TestBackend(t *testing.T) {
	target := open(t)
	backendtest.RunAll(t, ir.NewBackend(target), nil)
}
