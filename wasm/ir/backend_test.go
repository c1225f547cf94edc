package ir_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/gomlx/compute/support/backendtest"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/dongyur/dongyur/wasm/ir/interp"
)

// skipped are the parts of compute's own tests that do not apply, and why.
var skipped = map[string]string{
	"TestCompute/SpecialOps/Reduce/Max$":  "reduces float64, which is refused by name",
	"TestCompute/DotGeneral/.*/VeryLarge": "half a minute in an interpreter",
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

// TestCompute runs compute's tests of backends over the interpreter.
func TestCompute(t *testing.T) {
	backendtest.RunAll(t, ir.NewBackend(interp.New()), nil)
}
