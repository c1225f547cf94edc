package ir_test

import (
	"testing"

	"github.com/gomlx/compute/support/backendtest"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/dongyur/dongyur/wasm/ir/conformance"
)

func TestMain(m *testing.M) { conformance.Main(m, "TestCompute") }

// TestCompute runs compute's tests of backends over the interpreter without float64.
func TestCompute(t *testing.T) {
	backendtest.RunAll(t, ir.NewBackend(newCounted()), nil)
}
