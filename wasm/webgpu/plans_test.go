package webgpu

import (
	"encoding/binary"
	"math"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// A testPlan is a plan made by hand, with what it is given and what it must give.
type testPlan struct {
	name   string
	plan   *ir.Plan
	inputs [][]byte
	want   [][]byte
	// tolerance is relative, for floats; 0 compares bytes.
	tolerance float64
}

// planner makes a plan step by step.
type planner struct {
	*ir.Scope
	plan   *ir.Plan
	inputs [][]byte
}

func newPlanner() *planner { return &planner{Scope: ir.NewScope(), plan: &ir.Plan{Name: "test"}} }

func (p *planner) value(place ir.Place, dtype dtypes.DType, dims ...int) int {
	v := ir.Value{Shape: shapes.Make(dtype, dims...), Place: place, Alias: -1, Donor: -1}
	n := len(p.plan.Values)
	switch place {
	case ir.Input:
		p.plan.Inputs = append(p.plan.Inputs, n)
	case ir.Output:
		p.plan.Outputs = append(p.plan.Outputs, n)
	case ir.Temporary:
		v.Offset = p.plan.Arena
		p.plan.Arena += roundUp(int64(v.Shape.Size()*dtype.Size()), ir.Alignment)
	}
	p.plan.Values = append(p.plan.Values, v)
	return n
}

func (p *planner) input(data []byte, dtype dtypes.DType, dims ...int) int {
	p.inputs = append(p.inputs, data)
	return p.value(ir.Input, dtype, dims...)
}

func (p *planner) step(s ir.Step) { p.plan.Steps = append(p.plan.Steps, s) }

func (p *planner) test(name string, tolerance float64, want ...[]byte) testPlan {
	return testPlan{name, p.plan, p.inputs, want, tolerance}
}

func floats(x ...float32) []byte {
	var out []byte
	for _, f := range x {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(f))
	}
	return out
}

func ints(x ...int32) []byte {
	var out []byte
	for _, n := range x {
		out = binary.LittleEndian.AppendUint32(out, uint32(n))
	}
	return out
}

// ramp is n floats made by f from their positions.
func ramp(n int, f func(i int) float32) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = f(i)
	}
	return out
}

func wave(i int) float32 { return float32(math.Sin(float64(i)*1.7)) * 3 }

func mapTests() []testPlan {
	var tests []testPlan
	for _, dims := range [][]int{{7}, {64}, {5, 3}, {6, 8}, {1}, {3, 1, 4}, {300000}} {
		p := newPlanner()
		n := product(dims)
		x := ramp(n, wave)
		in, out, positive := p.input(floats(x...), dtypes.Float32, n), p.value(ir.Output, dtypes.Float32, n), p.value(ir.Output, dtypes.Bool, n)
		var index []*ir.Exp
		for i, d := range dims {
			index = append(index, p.Index(i, d))
		}
		e := p.Load(in, dtypes.Float32, p.Join(index, dims))
		double := p.Apply(compute.OpTypeAdd, p.Apply(compute.OpTypeExp, e), p.Number(dtypes.Float32, 1))
		p.step(&ir.Map{Dims: dims, Stores: []ir.Store{{Value: out, Exp: double},
			{Value: positive, Exp: p.Apply(compute.OpTypeGreaterThan, e, p.Number(dtypes.Float32, 0))}}})
		bools := make([]byte, n)
		for i, f := range x {
			if f > 0 {
				bools[i] = 1
			}
		}
		tests = append(tests, p.test("exp and sign of "+shapes.Make(dtypes.Float32, dims...).String(), 1e-6,
			floats(ramp(n, func(i int) float32 { return float32(math.Exp(float64(x[i])) + 1) })...), bools))
	}
	return tests
}

func rowTests() []testPlan {
	var tests []testPlan
	for _, size := range [][2]int{{5, 7}, {3, 16}, {2, 4096}, {70, 12}, {1, 5000}} {
		rows, n := size[0], size[1]
		p := newPlanner()
		x := ramp(rows*n, wave)
		in, out := p.input(floats(x...), dtypes.Float32, rows, n), p.value(ir.Output, dtypes.Float32, rows, n)
		arg, most := p.value(ir.Output, dtypes.Int32, rows), p.value(ir.Output, dtypes.Float32, rows)
		e := p.Load(in, dtypes.Float32, p.Join([]*ir.Exp{p.Index(0, rows), p.Index(1, n)}, []int{rows, n}))
		power := p.Apply(compute.OpTypeExp, p.Apply(compute.OpTypeSub, e, p.Reduced(0, dtypes.Float32)))
		p.step(&ir.Row{Outer: []int{rows}, Inner: []int{n},
			Reductions: []ir.Reduction{
				{Op: compute.OpTypeReduceMax, Exp: e, DType: dtypes.Float32},
				{Op: compute.OpTypeReduceSum, Exp: power, DType: dtypes.Float32},
				{Op: compute.OpTypeArgMinMax, Exp: e, DType: dtypes.Int32},
			},
			Once: []ir.Store{{Value: arg, Exp: p.Reduced(2, dtypes.Int32)}, {Value: most, Exp: p.Reduced(0, dtypes.Float32)}},
			Each: []ir.Store{{Value: out, Exp: p.Apply(compute.OpTypeDiv, power, p.Reduced(1, dtypes.Float32))}}})
		var soft, maxima []float32
		var places []int32
		for r := range rows {
			row, best, sum := x[r*n:(r+1)*n], 0, 0.0
			for i, f := range row {
				if f > row[best] {
					best = i
				}
			}
			for _, f := range row {
				sum += math.Exp(float64(f - row[best]))
			}
			for _, f := range row {
				soft = append(soft, float32(math.Exp(float64(f-row[best]))/sum))
			}
			maxima, places = append(maxima, row[best]), append(places, int32(best))
		}
		want := p.test("softmax of "+p.plan.Values[in].Shape.String(), 1e-5, floats(soft...), ints(places...), floats(maxima...))
		tests = append(tests, want)
	}
	return tests
}

func dotTests() []testPlan {
	var tests []testPlan
	for _, size := range [][4]int{{1, 5, 3, 7}, {2, 16, 8, 32}, {1, 1, 64, 33}} {
		batch, m, n, k := size[0], size[1], size[2], size[3]
		p := newPlanner()
		a, b := ramp(batch*m*k, wave), ramp(batch*n*k, func(i int) float32 { return wave(i + 11) })
		x, y := p.input(floats(a...), dtypes.Float32, batch, m, k), p.input(floats(b...), dtypes.Float32, batch, n, k)
		out := p.value(ir.Output, dtypes.Float32, batch, m, n)
		p.step(&ir.Dot{Batch: []int{batch}, M: m, N: n, K: k, Sum: dtypes.Float32,
			A:     ir.Operand{Value: x, DType: dtypes.Float32, BatchStrides: []int{m * k}, RowStride: k, SumStride: 1},
			B:     ir.Operand{Value: y, DType: dtypes.Float32, BatchStrides: []int{n * k}, RowStride: k, SumStride: 1},
			Store: ir.Store{Value: out, Exp: p.Apply(compute.OpTypeMul, p.Accumulated(dtypes.Float32), p.Number(dtypes.Float32, 2))}})
		var want []float32
		for i := range batch * m * n {
			sum := 0.0
			for j := range k {
				sum += float64(a[i/n*k+j]) * float64(b[(i/(m*n)*n+i%n)*k+j])
			}
			want = append(want, float32(2*sum))
		}
		tests = append(tests, p.test("dot "+p.plan.Values[out].Shape.String(), 1e-4, floats(want...)))
	}
	return tests
}

// testPlans are all plans made by hand.
func testPlans() []testPlan {
	var tests []testPlan
	for _, some := range [][]testPlan{mapTests(), rowTests(), dotTests(), operationTests(), castTests(), sortTests(), scatterTests()} {
		tests = append(tests, some...)
	}
	return tests
}
