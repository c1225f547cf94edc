package interp_test

import (
	"testing"

	"github.com/gomlx/compute/support/backendtest"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/dongyur/dongyur/wasm/ir/interp"
)

// TestConformance runs GoMLX's own tests of a backend.
func TestConformance(t *testing.T) {
	backendtest.RunAll(t, ir.NewBackend(interp.New()), nil)
}
