//go:build js && wasm

package webgpu

import (
	"flag"
	"os"
	"testing"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/dongyur/dongyur/wasm/ir/conformance"
	"github.com/gomlx/compute/support/backendtest"
)

// skipped are the tests of RunAll that need Float64, which WGSL does not have, and do
// not ask for it first. All that RunAll skips by itself needs Float64 in the same
// way, or dynamic axes, convolutions or buffers shared with Go.
const skipped = "TestBackend/BinaryOps/Mul/Large-2D|TestBackend/SpecialOps/Reduce/Max$|TestBackend/DotGeneral/float64"

func TestMain(m *testing.M) {
	flag.Parse()
	if flag.Lookup("test.skip").Value.String() == "" {
		if err := flag.Set("test.skip", skipped); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

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
