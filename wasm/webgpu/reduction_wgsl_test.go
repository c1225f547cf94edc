//go:build !js

package webgpu

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute/dtypes"
)

// TestReductionsJoin: a workgroup joins its invocations by subgroups where the adapter
// has them and the state is of 32-bit numbers, else by a tree; the compiler of a browser
// takes both.
func TestReductionsJoin(t *testing.T) {
	tint, err := exec.LookPath("tint")
	if err != nil {
		t.Log("tint is not installed: it reads every shader")
	}
	without := *testAdapters["gpu"]
	without.Subgroups = false
	software := *testAdapters["software"]
	software.Subgroups = true
	for kind, adapter := range map[string]*Adapter{"gpu": testAdapters["gpu"], "software": &software, "gpu without": &without, "software without": testAdapters["software"]} {
		for _, test := range reductionTests() {
			a, err := assemble(test.plan, adapter, nil, false)
			if err != nil {
				t.Fatalf("%s on %s: %v", test.name, kind, err)
			}
			source := a.kernels[0].source
			r := test.plan.Steps[0].(*ir.Row)
			shared := !adapter.Software || r.Outer[0] < 32 && r.Inner[0] >= 2048
			want := adapter.Subgroups && shared && test.plan.Values[0].Shape.DType != dtypes.Int64
			if got := strings.Contains(source, "subgroupMax("); got != want {
				t.Errorf("%s on %s: by subgroups %v, want %v", test.name, kind, got, want)
			}
			if tint != "" {
				check(t, tint, test.name, source)
			}
		}
	}
}
