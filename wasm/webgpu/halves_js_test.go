//go:build js && wasm

package webgpu

import (
	"bytes"
	"testing"
)

// TestHalvesSameBits: the adapter's own f16 gives the bits that emulation gives.
func TestHalvesSameBits(t *testing.T) {
	target := open(t)
	if !target.adapter.Float16 {
		t.Skipf("%s has no shader-f16", target.adapter)
	}
	for _, test := range halfTests() {
		t.Run(test.name, func(t *testing.T) {
			got := runPlan(t, target, test.plan, test.inputs)
			target.adapter.Float16 = false
			want := runPlan(t, target, test.plan, test.inputs)
			target.adapter.Float16 = true
			for i := range want {
				if !bytes.Equal(got[i], want[i]) {
					t.Errorf("output %d is\n%x, emulated\n%x", i, got[i], want[i])
				}
			}
		})
	}
}
