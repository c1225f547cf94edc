package conformance

import (
	"flag"
	"os"
	"strings"
	"testing"
)

// float64s are the parts of compute's own tests that ask for float64 without first
// asking whether it is there.
var float64s = []string{"BinaryOps/Mul/Large-2D", "SpecialOps/Reduce/Max$", "DotGeneral/float64"}

// Main is the TestMain of a backend without float64, which is refused by name. It
// leaves out what compute's tests, run by the named test, compute in float64, and the
// other patterns, as long as nobody asks for -test.skip.
func Main(m *testing.M, test string, others ...string) {
	flag.Parse()
	if flag.Lookup("test.skip").Value.String() == "" {
		patterns := others
		for _, part := range float64s {
			patterns = append(patterns, test+"/"+part)
		}
		if err := flag.Set("test.skip", strings.Join(patterns, "|")); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
