package simd

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/dongyur/dongyur/wasm/ir"
)

// open starts the engine for a test.
func open(t testing.TB) *Target { return openParts(t, 1) }

// openParts starts one that divides each step, where the test's machine can.
func openParts(t testing.TB, parts int) *Target {
	t.Helper()
	machine, err := newTestMachine(parts)
	if err != nil {
		t.Fatal(err)
	}
	target := &Target{machine: machine}
	t.Cleanup(target.Close)
	return target
}

// inParts runs a test of plans of one step whole and divided.
func inParts(t *testing.T, test func(t *testing.T, target *Target)) {
	for _, parts := range []int{1, 3} {
		t.Run(fmt.Sprintf("parts=%d", parts), func(t *testing.T) { test(t, openParts(t, parts)) })
	}
}

// value is a tensor of a plan written by hand.
func value(place ir.Place, dtype dtypes.DType, dims ...int) ir.Value {
	return ir.Value{Shape: shapes.Make(dtype, dims...), Place: place, Alias: -1, Donor: -1}
}

// run runs a plan all of whose tensors are of 4-byte numbers and gives its outputs.
func run(t testing.TB, target *Target, plan *ir.Plan, inputs ...[]float32) [][]float32 {
	t.Helper()
	program, err := target.Compile(plan)
	if err != nil {
		t.Fatal(err)
	}
	defer program.Free()
	place := func(size int) ir.Memory {
		m, err := target.Allocate(int64(4 * size))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	var in, out []ir.Memory
	for _, x := range inputs {
		m := place(len(x))
		if err := target.Upload(m, bytesOfFloats(x)); err != nil {
			t.Fatal(err)
		}
		in = append(in, m)
	}
	for _, v := range plan.Outputs {
		m := place(plan.Values[v].Shape.Size())
		poison := make([]float32, plan.Values[v].Shape.Size())
		for i := range poison {
			poison[i] = float32(math.NaN())
		}
		if err := target.Upload(m, bytesOfFloats(poison)); err != nil {
			t.Fatal(err)
		}
		out = append(out, m)
	}
	if err := program.Run(in, out); err != nil {
		t.Fatal(err)
	}
	var results [][]float32
	for i, v := range plan.Outputs {
		data := make([]byte, 4*plan.Values[v].Shape.Size())
		if err := target.Download(out[i], data); err != nil {
			t.Fatal(err)
		}
		results = append(results, floatsOfBytes(data))
		out[i].Free()
	}
	for _, m := range in {
		m.Free()
	}
	return results
}

func bytesOfFloats(x []float32) []byte {
	var b []byte
	for _, v := range x {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

func floatsOfBytes(b []byte) []float32 {
	x := make([]float32, len(b)/4)
	for i := range x {
		x[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return x
}

func randoms(seed uint64, n int) []float32 {
	random := rand.New(rand.NewPCG(seed, 1))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(random.NormFloat64())
	}
	return x
}

// near says that two numbers agree but for tolerance, relative to the larger of 1.
func near(got, want, tolerance float64) bool {
	return got == want || math.IsNaN(got) && math.IsNaN(want) || math.Abs(got-want) <= tolerance*max(1, math.Abs(want))
}

func loadOf(value int, dtype dtypes.DType, at *ir.Exp) *ir.Exp {
	return &ir.Exp{Kind: ir.Load, DType: dtype, N: value, Args: []*ir.Exp{at}}
}

func applied(op compute.OpType, dtype dtypes.DType, args ...*ir.Exp) *ir.Exp {
	return &ir.Exp{Kind: ir.Apply, Op: op, DType: dtype, Args: args}
}

// TestFunctions compares the functions of one number with Go's, on points all over
// Float32's range, in vectors and in the rest that is no vector.
func TestFunctions(t *testing.T) {
	target := open(t)
	points := []float32{0, float32(math.Copysign(0, -1)), 1, -1, 0.5, -0.5, 88, -88, 89, -103, 104, 1e-30, 1e-42, 3e38, -3e38,
		float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN())}
	random := rand.New(rand.NewPCG(7, 7))
	for len(points) < 403 {
		points = append(points, float32(random.NormFloat64()*math.Pow(10, float64(random.IntN(7)-4))))
	}
	sign := func(x float64) float64 {
		switch {
		case x > 0:
			return 1
		case x < 0:
			return -1
		}
		return x
	}
	for _, test := range []struct {
		op        compute.OpType
		want      func(float64) float64
		tolerance float64
	}{
		{compute.OpTypeExp, math.Exp, 2e-7}, {compute.OpTypeLog, math.Log, 2e-7}, {compute.OpTypeTanh, math.Tanh, 2e-7},
		{compute.OpTypeSin, math.Sin, 1e-7}, {compute.OpTypeCos, math.Cos, 1e-7}, {compute.OpTypeSign, sign, 0},
		{compute.OpTypeSqrt, math.Sqrt, 1e-7}, {compute.OpTypeRsqrt, func(x float64) float64 { return 1 / math.Sqrt(x) }, 2e-7},
		{compute.OpTypeRound, math.RoundToEven, 0}, {compute.OpTypeFloor, math.Floor, 0}, {compute.OpTypeCeil, math.Ceil, 0},
		{compute.OpTypeAbs, math.Abs, 0}, {compute.OpTypeNeg, func(x float64) float64 { return -x }, 0},
	} {
		t.Run(test.op.String(), func(t *testing.T) {
			n := len(points)
			plan := &ir.Plan{Name: "function", Values: []ir.Value{value(ir.Input, dtypes.Float32, n), value(ir.Output, dtypes.Float32, n)},
				Inputs: []int{0}, Outputs: []int{1},
				Steps: []ir.Step{&ir.Map{Dims: []int{n}, Stores: []ir.Store{{Value: 1,
					Exp: applied(test.op, dtypes.Float32, loadOf(0, dtypes.Float32, index(0, n)))}}}}}
			got := run(t, target, plan, points)[0]
			for i, x := range points {
				want := float64(float32(test.want(float64(x))))
				tolerance := test.tolerance
				if want != 0 && !math.IsInf(want, 0) {
					tolerance *= min(1, math.Abs(want)) // relative, small results too
					tolerance += 1e-44
				}
				if !near(float64(got[i]), want, tolerance) {
					t.Errorf("%s(%g) = %g, want %g", test.op, x, got[i], want)
				}
			}
		})
	}
}

// TestDot compares products of all layouts and of ragged sizes with sums in float64.
func TestDot(t *testing.T) { inParts(t, testDot) }

func testDot(t *testing.T, target *Target) {
	for _, size := range [][4]int{{1, 4, 4, 4}, {1, 6, 8, 4}, {1, 7, 9, 5}, {2, 13, 17, 11}, {1, 100, 300, 70}, {1, 6, 8, 1030}, {3, 97, 33, 600}, {1, 1, 50, 64}, {1, 2, 3, 700},
		{1, 1, 300, 13}, {2, 3, 71, 30}, {9, 1, 45, 19}, {1, 2, 8, 8}} {
		batch, m, n, k := size[0], size[1], size[2], size[3]
		for layout := range 4 {
			t.Run(fmt.Sprint(size, layout), func(t *testing.T) {
				a := ir.Operand{Value: 0, DType: dtypes.Float32, BatchStrides: []int{m * k}, RowStride: k, SumStride: 1}
				b := ir.Operand{Value: 1, DType: dtypes.Float32, BatchStrides: []int{n * k}, RowStride: k, SumStride: 1}
				if layout&1 != 0 {
					a.RowStride, a.SumStride = 1, m
				}
				if layout&2 != 0 {
					b.RowStride, b.SumStride = 1, n
				}
				sum := &ir.Exp{Kind: ir.Accumulated, DType: dtypes.Float32}
				biased := applied(compute.OpTypeAdd, dtypes.Float32, sum, loadOf(2, dtypes.Float32, index(2, n)))
				plan := &ir.Plan{Name: "dot", Values: []ir.Value{value(ir.Input, dtypes.Float32, batch, m, k), value(ir.Input, dtypes.Float32, batch, n, k),
					value(ir.Input, dtypes.Float32, n), value(ir.Output, dtypes.Float32, batch, m, n)}, Inputs: []int{0, 1, 2}, Outputs: []int{3},
					Steps: []ir.Step{&ir.Dot{Batch: []int{batch}, M: m, N: n, K: k, A: a, B: b, Sum: dtypes.Float32, Store: ir.Store{Value: 3, Exp: biased}}}}
				x, y, bias := randoms(1, batch*m*k), randoms(2, batch*n*k), randoms(3, n)
				got := run(t, target, plan, x, y, bias)[0]
				for i := range got {
					bi, mi, ni := i/(m*n), i/n%m, i%n
					want := float64(bias[ni])
					for ki := range k {
						want += float64(x[bi*m*k+mi*a.RowStride+ki*a.SumStride]) * float64(y[bi*n*k+ni*b.RowStride+ki*b.SumStride])
					}
					if !near(float64(got[i]), want, 1e-5*math.Sqrt(float64(k))) {
						t.Fatalf("element %d is %g, want %g", i, got[i], want)
					}
				}
			})
		}
	}
}

// TestSoftmax checks a Row of two reductions with a result for each element, and sums
// over a leading axis, where the lanes go across.
func TestSoftmax(t *testing.T) { inParts(t, testSoftmax) }

func testSoftmax(t *testing.T, target *Target) {
	for _, dims := range [][2]int{{1, 1}, {3, 5}, {9, 64}, {7, 130}} {
		rows, columns := dims[0], dims[1]
		x := loadOf(0, dtypes.Float32, position([]int{rows, columns}, 0))
		largest := &ir.Exp{Kind: ir.Reduced, N: 0, DType: dtypes.Float32}
		total := &ir.Exp{Kind: ir.Reduced, N: 1, DType: dtypes.Float32}
		e := applied(compute.OpTypeExp, dtypes.Float32, applied(compute.OpTypeSub, dtypes.Float32, x, largest))
		across := loadOf(0, dtypes.Float32, combine(opAdd, term(index(1, rows), columns), index(0, columns)))
		plan := &ir.Plan{Name: "softmax", Values: []ir.Value{value(ir.Input, dtypes.Float32, rows, columns),
			value(ir.Output, dtypes.Float32, rows, columns), value(ir.Output, dtypes.Float32, columns)}, Inputs: []int{0}, Outputs: []int{1, 2},
			Steps: []ir.Step{
				&ir.Row{Outer: []int{rows}, Inner: []int{columns}, Reductions: []ir.Reduction{
					{Op: compute.OpTypeReduceMax, Exp: x, DType: dtypes.Float32}, {Op: compute.OpTypeReduceSum, Exp: e, DType: dtypes.Float32}},
					Each: []ir.Store{{Value: 1, Exp: applied(compute.OpTypeDiv, dtypes.Float32, e, total)}}},
				&ir.Row{Outer: []int{columns}, Inner: []int{rows}, Reductions: []ir.Reduction{{Op: compute.OpTypeReduceSum, Exp: across, DType: dtypes.Float32}},
					Once: []ir.Store{{Value: 2, Exp: &ir.Exp{Kind: ir.Reduced, DType: dtypes.Float32}}}},
			}}
		in := randoms(5, rows*columns)
		got := run(t, target, plan, in)
		sums := make([]float64, columns)
		for r := range rows {
			total := 0.0
			for c := range columns {
				total += math.Exp(float64(in[r*columns+c]))
			}
			for c := range columns {
				want := math.Exp(float64(in[r*columns+c])) / total
				sums[c] += float64(in[r*columns+c])
				if !near(float64(got[0][r*columns+c]), want, 1e-6) {
					t.Fatalf("%v: element %d, %d is %g, want %g", dims, r, c, got[0][r*columns+c], want)
				}
			}
		}
		for c, want := range sums {
			if !near(float64(got[1][c]), want, 1e-6) {
				t.Fatalf("%v: sum of column %d is %g, want %g", dims, c, got[1][c], want)
			}
		}
	}
}

// TestSort sorts pairs by their first key, which has equals, and expects their order kept.
func TestSort(t *testing.T) { inParts(t, testSort) }

func testSort(t *testing.T, target *Target) {
	const rows, length = 3, 37
	keys, tags := make([]float32, rows*length), make([]float32, rows*length)
	random := rand.New(rand.NewPCG(3, 3))
	for i := range keys {
		keys[i], tags[i] = float32(random.IntN(9)), float32(i%length)
	}
	load := func(v int) *ir.Exp { return loadOf(v, dtypes.Float32, position([]int{rows, length}, 0)) }
	reduced := func(n int) *ir.Exp { return &ir.Exp{Kind: ir.Reduced, N: n, DType: dtypes.Float32} }
	plan := &ir.Plan{Name: "sort", Values: []ir.Value{value(ir.Input, dtypes.Float32, rows, length), value(ir.Input, dtypes.Float32, rows, length),
		value(ir.Output, dtypes.Float32, rows, length), value(ir.Output, dtypes.Float32, rows, length)}, Inputs: []int{0, 1}, Outputs: []int{2, 3},
		Steps: []ir.Step{&ir.Sort{Outer: []int{rows}, Length: length, Take: length, Keys: []*ir.Exp{load(0), load(1)},
			Less: applied(compute.OpTypeGreaterThan, dtypes.Bool, reduced(0), reduced(2)), Stores: []int{2, 3}}}}
	got := run(t, target, plan, keys, tags)
	for i := range rows * length {
		if at := i/length*length + int(got[1][i]); keys[at] != got[0][i] {
			t.Fatalf("place %d holds %g with the tag of %g", i, got[0][i], keys[at])
		}
		if i%length == 0 {
			continue
		}
		if got[0][i] > got[0][i-1] || got[0][i] == got[0][i-1] && got[1][i] < got[1][i-1] {
			t.Fatalf("places %d and %d are out of order: (%g, %g), (%g, %g)", i-1, i, got[0][i-1], got[1][i-1], got[0][i], got[1][i])
		}
	}
}
