//go:build js && wasm

package webgpu

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/gomlx/compute/dtypes"
)

// checkReductions runs a plan twice and compares it with the interpreter.
func checkReductions(t *testing.T, target *Target, test testPlan) {
	t.Run(test.name, func(t *testing.T) {
		want := reference(t, test)
		got, again := runPlan(t, target, test.plan, test.inputs), runPlan(t, target, test.plan, test.inputs)
		for i, v := range test.plan.Outputs {
			dtype := test.plan.Values[v].Shape.DType
			tolerance := 1e-5
			if dtype == dtypes.Float16 {
				tolerance = 1e-3
			}
			compare(t, dtype, got[i], want[i], tolerance)
			if !bytes.Equal(got[i], again[i]) {
				t.Errorf("output %d differs the second time", i)
			}
		}
	})
}

// TestReductions joins workgroups by the tree and by subgroups, the latter in workgroups
// of any size: the kernels for GPUs are right on every adapter.
func TestReductions(t *testing.T) {
	target := open(t)
	own := target.adapter
	on := func(name string, change func(a *Adapter), tests []testPlan) {
		adapter := *own
		change(&adapter)
		target.adapter = &adapter
		t.Run(name, func(t *testing.T) {
			for _, test := range tests {
				checkReductions(t, target, test)
			}
		})
	}
	on("tree", func(a *Adapter) { a.Software, a.Subgroups = false, false },
		[]testPlan{reductionTest(dtypes.Float32, 3, 2051), reductionTest(dtypes.Int8, 3, 300)})
	if !own.Subgroups {
		t.Skip("this adapter has no subgroups")
	}
	on("subgroups", func(a *Adapter) { a.Software = false }, reductionTests())
	for _, size := range []int{1, 12, 100} {
		on(fmt.Sprint("workgroups of ", size), func(a *Adapter) { a.Software, a.Invocations = false, size },
			[]testPlan{reductionTest(dtypes.Float32, 3, 131)})
	}
}
