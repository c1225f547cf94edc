package webgpu

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// reductionOps are those that a workgroup may join by subgroups, by kind of number.
func reductionOps(dtype dtypes.DType) []compute.OpType {
	if isFloat(dtype) {
		return []compute.OpType{compute.OpTypeReduceSum, compute.OpTypeReduceMax, compute.OpTypeReduceMin}
	}
	return []compute.OpType{compute.OpTypeReduceSum, compute.OpTypeReduceMax, compute.OpTypeReduceMin, compute.OpTypeReduceProduct,
		compute.OpTypeReduceBitwiseAnd, compute.OpTypeReduceBitwiseOr, compute.OpTypeReduceBitwiseXor}
}

// reductionTest is a plan of all reductions of a type, over rows of n numbers. Of floats
// the second row has an infinity and the third a NaN; whole numbers are odd, or their
// product would be 0.
func reductionTest(dtype dtypes.DType, rows, n int) testPlan {
	p := newPlanner()
	var data []byte
	for i := range rows * n {
		f := 1 + wave(i)/8
		switch {
		case !isFloat(dtype):
			data = append(data, binary.LittleEndian.AppendUint64(nil, uint64(i)*0x9e3779b97f4a7c15>>7|1)[:dtype.Size()]...)
			continue
		case i == n+n/2:
			f = float32(math.Inf(1))
		case i == 2*n+n/3:
			f = float32(math.NaN())
		}
		data = append(data, binary.LittleEndian.AppendUint64(nil, ir.Conversion(dtypes.Float32, dtype)(uint64(math.Float32bits(f))))[:dtype.Size()]...)
	}
	in := p.input(data, dtype, rows, n)
	e := p.Load(in, dtype, p.Join([]*ir.Exp{p.Index(0, rows), p.Index(1, n)}, []int{rows, n}))
	step := &ir.Row{Outer: []int{rows}, Inner: []int{n}}
	for i, op := range reductionOps(dtype) {
		step.Reductions = append(step.Reductions, ir.Reduction{Op: op, Exp: e, DType: dtype})
		step.Once = append(step.Once, ir.Store{Value: p.value(ir.Output, dtype, rows), Exp: p.Reduced(i, dtype)})
	}
	p.step(step)
	return p.test(fmt.Sprintf("%s %d×%d", dtype, rows, n), 0)
}

// reductionTests have rows that a workgroup shares, on a GPU all of them.
func reductionTests() []testPlan {
	var tests []testPlan
	for _, dtype := range []dtypes.DType{dtypes.Float32, dtypes.Float16, dtypes.Int32, dtypes.Uint32, dtypes.Int8, dtypes.Int64} {
		tests = append(tests, reductionTest(dtype, 3, 2051))
	}
	return append(tests, reductionTest(dtypes.Float32, 1, 4096), reductionTest(dtypes.Float32, 70, 131))
}
