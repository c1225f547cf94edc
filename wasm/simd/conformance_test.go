package simd

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/gomlx/compute/support/backendtest"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/dongyur/dongyur/wasm/ir/conformance"
)

// skipped are the parts of compute's own tests that do not apply, and why.
var skipped = map[string]string{
	"TestConformance/BinaryOps/Mul/Large-2D": "asks for float64, which is refused by name",
	"TestConformance/SpecialOps/Reduce/Max$": "reduces float64",
	"TestConformance/DotGeneral/float64":     "multiplies float64",
	"TestTraining/transformer":               "GoMLX's rotary embeddings are made of float64 constants",
}

func TestMain(m *testing.M) {
	flag.Parse()
	if flag.Lookup("test.skip").Value.String() == "" {
		var patterns []string
		for pattern := range skipped {
			patterns = append(patterns, pattern)
		}
		if err := flag.Set("test.skip", strings.Join(patterns, "|")); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

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
