//go:build js && wasm

package webgpu

import (
	"bytes"
	"errors"
	"math"
	"syscall/js"
	"testing"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute/dtypes"
)

// open opens a device, or skips and says what to install.
func open(t *testing.T) *Target {
	t.Helper()
	target, err := Open()
	switch {
	case errors.Is(err, ErrNoShim):
		t.Skip("not run with WebGPU: make test-webgpu does")
	case errors.Is(err, ErrNoWebGPU):
		t.Skipf("no Dawn for Node: run `make test-webgpu`, which brings it with npm: %v", js.Global().Get("dongyurNoDawn"))
	case errors.Is(err, ErrNoAdapter):
		t.Skip("no WebGPU adapter: install Mesa's lavapipe 25 or later (Debian: mesa-vulkan-drivers), or name a driver with VK_ICD_FILENAMES")
	case err != nil:
		t.Fatal(err)
	}
	target.poison = true
	t.Cleanup(target.Close)
	return target
}

// runPlan runs a plan on fresh buffers.
func runPlan(t *testing.T, target *Target, plan *ir.Plan, inputs [][]byte) [][]byte {
	t.Helper()
	program, err := target.Compile(plan)
	if err != nil {
		t.Fatal(err)
	}
	defer program.Free()
	memory := func(size int) ir.Memory {
		m, err := target.Allocate(int64(size))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	var in, out []ir.Memory
	for _, data := range inputs {
		m := memory(len(data))
		if err := target.Upload(m, data); err != nil {
			t.Fatal(err)
		}
		in = append(in, m)
	}
	sizes := []int{}
	for _, v := range plan.Outputs {
		size := plan.Values[v].Shape.Size() * plan.Values[v].Shape.DType.Size()
		out, sizes = append(out, memory(size)), append(sizes, size)
	}
	if err := program.Run(in, out); err != nil {
		t.Fatal(err)
	}
	var results [][]byte
	for _, m := range in {
		m.Free()
	}
	for i, m := range out {
		data := make([]byte, sizes[i])
		if err := target.Download(m, data); err != nil {
			t.Fatal(err)
		}
		results = append(results, data)
		m.Free()
	}
	return results
}

func TestPlans(t *testing.T) {
	target := open(t)
	t.Log(target.Description())
	for _, test := range testPlans() {
		t.Run(test.name, func(t *testing.T) {
			got := runPlan(t, target, test.plan, test.inputs)
			again := runPlan(t, target, test.plan, test.inputs)
			for i, v := range test.plan.Outputs {
				compare(t, test.plan.Values[v].Shape.DType, got[i], test.want[i], test.tolerance)
				if !bytes.Equal(got[i], again[i]) {
					t.Errorf("output %d differs the second time", i)
				}
			}
		})
	}
}

func compare(t *testing.T, dtype dtypes.DType, got, want []byte, tolerance float64) {
	t.Helper()
	if !isFloat(dtype) || tolerance == 0 {
		if size := dtype.Size(); !bytes.Equal(got, want) {
			for i := 0; i < len(want); i += size {
				if !bytes.Equal(got[i:i+size], want[i:i+size]) {
					t.Errorf("element %d is %x, want %x", i/size, got[i:i+size], want[i:i+size])
					return
				}
			}
		}
		return
	}
	least := 1e-30
	if dtype == dtypes.Float16 {
		least = 0.04 // Go's float16 has no numbers between 0 and 6e-5
	}
	wrong := 0
	for i := range len(want) / dtype.Size() {
		g, w := floatAt(dtype, got, i), floatAt(dtype, want, i)
		if same := g == w || math.IsNaN(g) && math.IsNaN(w) || math.Abs(g-w) <= tolerance*max(math.Abs(w), least); !same {
			if wrong++; wrong <= 5 {
				t.Errorf("element %d is %g, want %g", i, g, w)
			}
		}
	}
	if wrong > 5 {
		t.Errorf("%d elements are wrong", wrong)
	}
}

func floatAt(dtype dtypes.DType, data []byte, i int) float64 {
	return float64(floatOf(dtype, numberAt(dtype, data, i)))
}
