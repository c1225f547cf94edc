//go:build js && wasm

package webgpu

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/dongyur/dongyur/wasm/ir/interp"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// reference runs a plan on the interpreter.
func reference(t *testing.T, test testPlan) [][]byte {
	t.Helper()
	target := interp.New()
	program, err := target.Compile(test.plan)
	if err != nil {
		t.Fatal(err)
	}
	var in, out []ir.Memory
	for _, data := range test.inputs {
		m, _ := target.Allocate(int64(len(data)))
		target.Upload(m, data)
		in = append(in, m)
	}
	for _, v := range test.plan.Outputs {
		m, _ := target.Allocate(int64(test.plan.Values[v].Shape.ByteSize()))
		out = append(out, m)
	}
	if err := program.Run(in, out); err != nil {
		t.Fatal(err)
	}
	var results [][]byte
	for _, m := range out {
		data := make([]byte, m.Size())
		target.Download(m, data)
		results = append(results, data)
	}
	return results
}

// near compares floats by the root mean square of their differences and of the
// numbers themselves.
func near(t *testing.T, shape shapes.Shape, got, want []byte, tolerance float64) {
	t.Helper()
	var wrong, size, worst float64
	at := 0
	number := func(data []byte, i int) float64 {
		if shape.DType == dtypes.Float16 {
			return float64(halfToFloat(binary.LittleEndian.Uint16(data[2*i:])))
		}
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:])))
	}
	for i := range shape.Size() {
		g, w := number(got, i), number(want, i)
		if d := math.Abs(g - w); !(d <= worst) && g != w {
			worst, at = d, i
		}
		if g != w && !math.IsInf(w, 0) {
			wrong, size = wrong+(g-w)*(g-w), size+w*w
		}
	}
	if !(wrong <= tolerance*tolerance*(size+1e-12)) {
		t.Errorf("%s differs by %.2g of its size, at most by %.2g, at %d", shape, math.Sqrt(wrong/size), worst, at)
	}
}

// checkKernel runs a plan twice and compares it with the interpreter.
func checkKernel(t *testing.T, target *Target, test testPlan, tolerance float64) {
	t.Run(test.name, func(t *testing.T) {
		want := reference(t, test)
		got := runPlan(t, target, test.plan, test.inputs)
		again := runPlan(t, target, test.plan, test.inputs)
		for i := range want {
			near(t, test.plan.Values[test.plan.Outputs[i]].Shape, got[i], want[i], tolerance)
			if !bytes.Equal(got[i], again[i]) {
				t.Errorf("output %d differs the second time", i)
			}
		}
	})
}

func TestDot(t *testing.T) {
	target := open(t)
	for _, size := range dotSizes() {
		checkKernel(t, target, dotTest(size), 1e-5)
	}
}

// TestDotGPU runs the kernels for GPUs, which are right on every adapter, with and
// without subgroups.
func TestDotGPU(t *testing.T) {
	target := open(t)
	gpu := *target.adapter
	gpu.Software = false
	target.adapter = &gpu
	for _, size := range append(dotSizes(), dotSize{1, 520, 516, 24, sumFirst, rowsFirst, dtypes.Float32}) {
		checkKernel(t, target, dotTest(size), 1e-5)
	}
	gpu.Subgroups = false
	checkKernel(t, target, dotTest(dotSize{1, 3, 200, 100, rowsFirst, rowsFirst, dtypes.Float32}), 1e-5)
}

func TestAttention(t *testing.T) {
	target := open(t)
	without := *target.adapter
	without.WorkgroupBytes = 0 // which compiles fastest
	target.adapter = &without
	for _, size := range attentionSizes() {
		tolerance := 1e-5
		if size.dtype == dtypes.Float16 {
			tolerance = 1e-3
		}
		checkKernel(t, target, attentionTest(size), tolerance)
	}
	few := without
	few.StorageBuffers = 10 // passes are made of two
	target.adapter = &few
	t.Run("few buffers", func(t *testing.T) { checkKernel(t, target, attentionTest(attentionSizes()[3]), 1e-5) })
	gpu := few
	gpu.WorkgroupBytes = 16 << 10 // all adapters have that
	target.adapter = &gpu
	for _, size := range attentionSizes()[:4] {
		checkKernel(t, target, attentionTest(size), 1e-5)
	}
}
