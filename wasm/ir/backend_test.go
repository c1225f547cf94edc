package ir_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/gomlx/compute/support/backendtest"

	"github.com/dongyur/dongyur/wasm/ir"
)

// skipped are the parts of compute's own tests that do not apply, and why.
var skipped = map[string]string{
	"TestCompute/BinaryOps/Mul/Large-2D": "asks for float64, which is refused by name",
	"TestCompute/SpecialOps/Reduce/Max$": "reduces float64",
	"TestCompute/DotGeneral/float64":     "multiplies float64",
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

// TestCompute runs compute's tests of backends over the interpreter without float64.
func TestCompute(t *testing.T) {
	backendtest.RunAll(t, ir.NewBackend(newCounted()), nil)
}
