//go:build !js

package webgpu

import (
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
)

func TestAdapter(t *testing.T) {
	for _, test := range []struct {
		adapter  Adapter
		software bool
		name     string
	}{
		{Adapter{Vendor: "google", Architecture: "swiftshader", Description: "SwiftShader driver 5.0.0"}, true, "google swiftshader SwiftShader driver 5.0.0"},
		{Adapter{Vendor: "mesa", Architecture: "software", Device: "llvmpipe"}, true, "mesa software llvmpipe"},
		{Adapter{Vendor: "nvidia", Architecture: "ada"}, false, "nvidia ada"},
		{Adapter{FallbackAdapter: true}, true, "unnamed adapter"},
	} {
		if got := test.adapter.isSoftware(); got != test.software || test.adapter.String() != test.name {
			t.Errorf("%q is software: %v; want %q, %v", test.adapter.String(), got, test.name, test.software)
		}
	}
	limits := testAdapters["gpu"].limits()
	if limits.Bindings != 16 || slices.Contains(limits.DTypes, dtypes.Float64) || !slices.Contains(limits.DTypes, dtypes.BFloat16) {
		t.Errorf("limits %+v", limits)
	}
}

// TestWords reads what the shim is given: each kernel's pipeline, groups and bindings.
func TestWords(t *testing.T) {
	test := dotTests()[0]
	a, err := assemble(test.plan, testAdapters["gpu"], nil, false)
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	for i, k := range a.kernels {
		next := a.setPipeline(at, 40+i)
		if words := a.words[at:next]; words[0] != int32(40+i) || words[1] != int32(k.groups[0]) || int(words[5]) != len(k.bindings) || len(k.signature()) != len(k.bindings) {
			t.Errorf("kernel %d is written as %v", i, words)
		}
		at = next
	}
	if at != len(a.words) {
		t.Errorf("%d words of %d were read", at, len(a.words))
	}
	if last := a.kernels[len(a.kernels)-1]; !strings.Contains(last.signature(), "w") {
		t.Errorf("nothing is written: %s", last.signature())
	}
}
