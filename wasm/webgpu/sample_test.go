//go:build !js

package webgpu

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/dongyur/dongyur/wasm/ir/interp"
	"github.com/gomlx/compute/dtypes"
)

// TestSamples: a plan's large products are measured once a shape, in loops and branches
// too, the most work first.
func TestSamples(t *testing.T) {
	p := newPlanner()
	dot := func(m, n, k int) *ir.Dot {
		x, y := p.value(ir.Input, dtypes.Float32, m, k), p.value(ir.Input, dtypes.Float32, k, n)
		return &ir.Dot{M: m, N: n, K: k, Sum: dtypes.Float32, A: ir.Operand{Value: x, DType: dtypes.Float32, RowStride: k, SumStride: 1},
			B:     ir.Operand{Value: y, DType: dtypes.Float32, RowStride: 1, SumStride: n},
			Store: ir.Store{Value: p.value(ir.Output, dtypes.Float32, m, n), Exp: p.Accumulated(dtypes.Float32)}}
	}
	inPlace := dot(512, 512, 512)
	inPlace.Store.Exp = p.Load(inPlace.Store.Value, dtypes.Float32, p.Index(1, 512))
	large, condition := dot(512, 256, 128), p.value(ir.Input, dtypes.Bool)
	p.step(dot(32, 32, 32))
	p.step(large)
	p.step(inPlace)
	p.step(&ir.While{Condition: condition, Body: []ir.Step{dot(256, 256, 512)}})
	p.step(&ir.If{Predicate: condition, Then: []ir.Step{dot(512, 256, 128)}, Else: []ir.Step{dot(512, 256, 128)}})
	for kind, adapter := range testAdapters {
		with := *adapter
		list := samples(p.plan, &with, nil)
		var sizes [][3]int
		for _, s := range list {
			sizes = append(sizes, [3]int{s.dot.M, s.dot.N, s.dot.K})
		}
		if want := [][3]int{{512, 256, 128}, {256, 256, 512}}; !slices.Equal(sizes, want) {
			t.Fatalf("%s: measured are %v, want %v", kind, sizes, want)
		}
		if list[0].dot != large || list[0].work != 3*2*512*256*128 || !list[0].kept[0] || !list[0].kept[1] {
			t.Errorf("%s: the first sample is %+v", kind, list[0])
		}
		own := alone(p.plan, large)
		if !slices.Equal(own.Inputs, []int{large.A.Value, large.B.Value}) || !slices.Equal(own.Outputs, []int{large.Store.Value}) {
			t.Errorf("%s: alone, a product reads %v and writes %v", kind, own.Inputs, own.Outputs)
		}
		with.learn(TunedProduct{Product: list[0].shape, Rule: list[0].tilings[0].String(), Best: list[0].tilings[0].String(), RuleTime: 1, BestTime: 1})
		if again := samples(p.plan, &with, nil); len(again) != 1 || again[0].dot.K != 512 {
			t.Errorf("%s: %d products are measured again, want the other one alone", kind, len(again))
		}
	}
}

// TestSampleKernels: a side that is packed is timed with the product where each run packs
// it, and not where its copy outlives runs.
func TestSampleKernels(t *testing.T) {
	keeps := *testAdapters["software"]
	keeps.KeptBytes = 1 << 20
	test := dotTest(dotSize{1, 100, 132, 40, rowsFirst, rowsFirst, dtypes.Float32})
	d := test.plan.Steps[0].(*ir.Dot)
	plan := alone(test.plan, d)
	a, err := assemble(plan, &keeps, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	if a.own != 1 || len(a.packings) != 2 || len(a.kernels) != 3 {
		t.Fatalf("%d kernels and %d packings of both sides", a.own, len(a.packings))
	}
	for _, test := range []struct {
		kept [2]bool
		want []int
	}{{[2]bool{true, true}, []int{0}}, {[2]bool{true, false}, []int{2, 0}}, {[2]bool{false, true}, []int{1, 0}}, {[2]bool{false, false}, []int{1, 2, 0}}} {
		s := &sample{dot: d, kept: test.kept}
		if got := s.kernels(plan, a); !slices.Equal(got, test.want) {
			t.Errorf("with %v kept the kernels are %v, want %v", test.kept, got, test.want)
		}
	}
}

// TestDifferences: rows in which a bit differs are told, -0 from 0 and NaN from NaN too.
func TestDifferences(t *testing.T) {
	nan := math.Float32frombits(0x7fc00001)
	x := floats(1, 2, 0, float32(math.NaN()), 5, 6)
	y := floats(1, 2, float32(math.Copysign(0, -1)), float32(math.NaN()), 5, 6)
	z := floats(1, 2, 0, nan, 5, 6.0000005)
	target := interp.New()
	program, err := target.Compile(differences(dtypes.Float32, 3, 2))
	if err != nil {
		t.Fatal(err)
	}
	memory := func(data []byte) ir.Memory {
		m, err := target.Allocate(int64(len(data)))
		if err == nil {
			err = target.Upload(m, data)
		}
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	for i, test := range []struct {
		other []byte
		want  []byte
	}{{x, []byte{0, 0, 0}}, {y, []byte{0, 1, 0}}, {z, []byte{0, 1, 1}}} {
		out, got := memory(make([]byte, 3)), make([]byte, 3)
		if err := program.Run([]ir.Memory{memory(x), memory(test.other)}, []ir.Memory{out}); err != nil {
			t.Fatal(err)
		}
		if err := target.Download(out, got); err != nil || !slices.Equal(got, test.want) {
			t.Errorf("pair %d: rows that differ are %v, %v; want %v", i, got, err, test.want)
		}
	}
	for size, want := range map[dtypes.DType]dtypes.DType{dtypes.Float16: dtypes.Uint16, dtypes.Int64: dtypes.Uint64, dtypes.Bool: dtypes.Uint8} {
		if got := differences(size, 3, 2).Values[0].Shape.DType; got != want {
			t.Errorf("%s is compared as %s, want %s", size, got, want)
		}
	}
}

// TestNoise: what products are measured with is finite, of both signs, and may be a
// position where it is a whole number.
func TestNoise(t *testing.T) {
	for _, dtype := range []dtypes.DType{dtypes.Float32, dtypes.Float16, dtypes.BFloat16, dtypes.Int32, dtypes.Uint16, dtypes.Bool, dtypes.Int64} {
		data := make([]byte, 500*dtype.Size())
		noise(data, dtype, rand.New(rand.NewPCG(1, 2)))
		signs, seen := map[bool]bool{}, map[float64]bool{}
		for i := range 500 {
			var number [8]byte
			copy(number[:], data[i*dtype.Size():(i+1)*dtype.Size()])
			bits := binary.LittleEndian.Uint64(number[:])
			if !isFloat(dtype) {
				seen[float64(bits)] = true
				if bits > 3 || dtype == dtypes.Bool && bits > 1 {
					t.Fatalf("%s: %d is no position of 4", dtype, bits)
				}
				continue
			}
			f := floatOf(dtype, bits)
			if size := math.Abs(float64(f)); size < 0.5 || size >= 1 {
				t.Fatalf("%s: %v is not between 0.5 and 1", dtype, f)
			}
			signs[f < 0], seen[float64(f)] = true, true
		}
		if len(seen) < 2 || isFloat(dtype) && (len(signs) < 2 || len(seen) < 100) {
			t.Errorf("%s: only %d different numbers", dtype, len(seen))
		}
	}
}
