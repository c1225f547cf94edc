package webgpu

import (
	"fmt"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// A layout says in which order a side of a product lies: its batch, rows and sum.
type layout string

const (
	rowsFirst layout = "bmk" // k is dense
	sumFirst  layout = "bkm" // rows are dense
	heads     layout = "mbk" // as [time, heads, dim]
	shared    layout = "mk"  // the same for all of the batch
	expressed layout = "exp" // rows first, twice the number that is stored
)

// dotSize is one product to test.
type dotSize struct {
	batch, m, n, k int
	a, b           layout
	dtype          dtypes.DType
}

func (d dotSize) String() string {
	return fmt.Sprintf("%v %d×%d×%d×%d %s %s", d.dtype, d.batch, d.m, d.n, d.k, d.a, d.b)
}

// side makes the operand.
func (p *planner) side(d dotSize, rows int, l layout, shift int) ir.Operand {
	count := d.batch * rows * d.k
	if l == shared {
		count = rows * d.k
	}
	numbers := ramp(count, func(i int) float32 { return wave(i+shift) / 2 })
	data := floats(numbers...)
	if d.dtype == dtypes.Float16 {
		data = nil
		for i := range numbers {
			data = append(data, byte(i*7), byte(0x38+i%5)) // numbers between 0.5 and 8
		}
	}
	o := ir.Operand{Value: p.input(data, d.dtype, count), DType: d.dtype}
	switch l {
	case rowsFirst:
		o.BatchStrides, o.RowStride, o.SumStride = []int{rows * d.k}, d.k, 1
	case sumFirst:
		o.BatchStrides, o.RowStride, o.SumStride = []int{rows * d.k}, 1, rows
	case heads:
		o.BatchStrides, o.RowStride, o.SumStride = []int{d.k}, d.batch*d.k, 1
	case shared:
		o.BatchStrides, o.RowStride, o.SumStride = []int{0}, d.k, 1
	case expressed:
		at := p.Join([]*ir.Exp{p.Index(0, d.batch), p.Index(1, rows), p.Index(2, d.k)}, []int{d.batch, rows, d.k})
		o.Exp = p.Apply(compute.OpTypeMul, p.Load(o.Value, d.dtype, at), p.Number(d.dtype, 2))
	}
	return o
}

// dotTest is a plan with one product, whose store adds a bias of n.
func dotTest(d dotSize) testPlan {
	p := newPlanner()
	step := &ir.Dot{Batch: []int{d.batch}, M: d.m, N: d.n, K: d.k, Sum: dtypes.Float32}
	step.A, step.B = p.side(d, d.m, d.a, 0), p.side(d, d.n, d.b, 11)
	bias := p.input(floats(ramp(d.n, wave)...), dtypes.Float32, d.n)
	out := p.value(ir.Output, dtypes.Float32, d.batch, d.m, d.n)
	step.Store = ir.Store{Value: out, Exp: p.Apply(compute.OpTypeAdd, p.Accumulated(dtypes.Float32), p.Load(bias, dtypes.Float32, p.Index(2, d.n)))}
	p.step(step)
	return p.test(d.String(), 0)
}

// dotSizes go through all tilings: whole and ragged tiles, few rows, few columns, long
// sums, each layout on each side.
func dotSizes() []dotSize {
	sizes := []dotSize{
		{1, 64, 64, 32, rowsFirst, sumFirst, dtypes.Float32},
		{1, 128, 128, 40, sumFirst, sumFirst, dtypes.Float32},
		{2, 72, 100, 17, rowsFirst, rowsFirst, dtypes.Float32},
		{3, 33, 65, 9, sumFirst, rowsFirst, dtypes.Float32},
		{1, 1, 200, 64, rowsFirst, sumFirst, dtypes.Float32},
		{1, 1, 200, 64, rowsFirst, rowsFirst, dtypes.Float32},
		{1, 5, 130, 300, rowsFirst, rowsFirst, dtypes.Float32},
		{1, 300, 3, 20, rowsFirst, sumFirst, dtypes.Float32},
		{1, 300, 1, 70, sumFirst, rowsFirst, dtypes.Float32},
		{4, 70, 66, 8, heads, heads, dtypes.Float32},
		{3, 70, 66, 8, rowsFirst, shared, dtypes.Float32},
		{2, 70, 66, 8, expressed, expressed, dtypes.Float32},
		{2, 3, 66, 8, expressed, expressed, dtypes.Float32},
		{1, 32, 32, 8200, rowsFirst, sumFirst, dtypes.Float32},
		{1, 70, 70, 12, rowsFirst, rowsFirst, dtypes.Float16},
		{1, 1, 1, 1, rowsFirst, rowsFirst, dtypes.Float32},
		{1, 65, 257, 1, rowsFirst, rowsFirst, dtypes.Float32},
	}
	return sizes
}
