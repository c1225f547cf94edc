package webgpu

import (
	"slices"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// halfTests are plans of Float16 values: in fours and one by one, sums of rows, a
// product, and one whose bits are read as integers too.
func halfTests() []testPlan {
	half := func(i int) []byte { return []byte{byte(i * 37), byte(0x30 + i%16)} } // 0.125 … 32,000
	data := func(n int) (list []byte) {
		for i := range n {
			list = append(list, half(i)...)
		}
		return list
	}
	var tests []testPlan
	for _, n := range []int{64, 37} {
		p := newPlanner()
		in, out := p.input(data(n), dtypes.Float16, n), p.value(ir.Output, dtypes.Float16, n)
		x := p.Load(in, dtypes.Float16, p.Index(0, n))
		p.step(&ir.Map{Dims: []int{n}, Stores: []ir.Store{{Value: out, Exp: p.Apply(compute.OpTypeMul, x, p.Number(dtypes.Float16, 3.3))}}})
		tests = append(tests, p.test(map[int]string{64: "fours", 37: "ones"}[n], 0))
	}
	p := newPlanner()
	in, out := p.input(data(6*32), dtypes.Float16, 6, 32), p.value(ir.Output, dtypes.Float16, 6)
	x := p.Load(in, dtypes.Float16, p.Join([]*ir.Exp{p.Index(0, 6), p.Index(1, 32)}, []int{6, 32}))
	p.step(&ir.Row{Outer: []int{6}, Inner: []int{32}, Reductions: []ir.Reduction{{Op: compute.OpTypeReduceSum, Exp: x, DType: dtypes.Float16}},
		Once: []ir.Store{{Value: out, Exp: p.Reduced(0, dtypes.Float16)}}})
	tests = append(tests, p.test("rows", 0), dotTest(dotSize{1, 70, 72, 12, sumFirst, sumFirst, dtypes.Float16}))
	p = newPlanner()
	in, out = p.input(data(32), dtypes.Float16, 32), p.value(ir.Output, dtypes.Float16, 32)
	bits := p.value(ir.Output, dtypes.Uint16, 32)
	p.plan.Values = append(p.plan.Values, ir.Value{Shape: p.plan.Values[bits].Shape, Place: ir.Input, Alias: in, Donor: -1})
	at := p.Index(0, 32)
	p.step(&ir.Map{Dims: []int{32}, Stores: []ir.Store{
		{Value: out, Exp: p.Load(in, dtypes.Float16, at)}, {Value: bits, Exp: p.Load(len(p.plan.Values)-1, dtypes.Uint16, at)}}})
	return append(tests, p.test("two types", 0))
}

// TestHalves: Float16 lies in arrays of f16 where the adapter has them and nothing else
// reads the same bytes, and is stored without atomics.
func TestHalves(t *testing.T) {
	for _, native := range []bool{true, false} {
		adapter := packer(0)
		adapter.Float16 = native
		for _, test := range halfTests() {
			a, err := assemble(test.plan, adapter, nil, false)
			if err != nil {
				t.Fatalf("%s: %v", test.name, err)
			}
			used := slices.ContainsFunc(a.kernels, func(k kernel) bool { return strings.Contains(k.source, "enable f16;") })
			atomics := slices.ContainsFunc(a.kernels, func(k kernel) bool { return strings.Contains(k.source, "atomicOr") })
			if used != native {
				t.Errorf("%s, shader-f16 %v: kernels use it %v", test.name, native, used)
			}
			if native && atomics && test.name != "two types" {
				t.Errorf("%s stores f16 with atomics", test.name)
			}
		}
	}
}
