package simd

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/float16"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/dongyur/dongyur/wasm/ir/interp"
)

// attentionSize is one attention to test.
type attentionSize struct {
	batch, heads, kvHeads, queries, keys, dim int
	causal, mask, bias, hidden, lengths       bool
	positionsFirst, half                      bool // [batch, position, head, dim]; Float16
}

// plan gives both passes of attention as a plan, and its inputs.
func (a attentionSize) plan() (*ir.Plan, [][]byte) {
	p := &ir.Plan{Name: "attention"}
	var inputs [][]byte
	random := rand.New(rand.NewPCG(uint64(a.queries), uint64(a.keys)))
	add := func(place ir.Place, dtype dtypes.DType, data []byte, dims ...int) int {
		p.Values = append(p.Values, value(place, dtype, dims...))
		switch id := len(p.Values) - 1; place {
		case ir.Input:
			p.Inputs, inputs = append(p.Inputs, id), append(inputs, data)
		default:
			p.Outputs = append(p.Outputs, id)
		}
		return len(p.Values) - 1
	}
	tensor := func(place ir.Place, heads, positions int) ir.AttentionTensor {
		dims, strides := []int{a.batch, heads, positions, a.dim}, [3]int{heads * positions * a.dim, positions * a.dim, a.dim}
		if a.positionsFirst {
			dims[1], dims[2] = positions, heads
			strides[1], strides[2] = a.dim, heads*a.dim
		}
		dtype, data := dtypes.Float32, []byte(nil)
		if a.half {
			dtype = dtypes.Float16
		}
		for range elements(dims) {
			if x := float32(random.NormFloat64()); a.half {
				data = binary.LittleEndian.AppendUint16(data, float16.FromFloat32(x).Bits())
			} else {
				data = binary.LittleEndian.AppendUint32(data, math.Float32bits(x))
			}
		}
		return ir.AttentionTensor{Value: add(place, dtype, data, dims...), Strides: strides}
	}
	s := ir.AttentionShape{Batch: a.batch, Heads: a.heads, KVHeads: a.kvHeads, Queries: a.queries, Keys: a.keys, Dim: a.dim,
		Scale: 1 / math.Sqrt(float64(a.dim)), Causal: a.causal, Mask: -1, Bias: -1, QueryLengths: -1, KeyLengths: -1}
	query, key, v := tensor(ir.Input, a.heads, a.queries), tensor(ir.Input, a.kvHeads, a.keys), tensor(ir.Input, a.kvHeads, a.keys)
	gradient := tensor(ir.Input, a.heads, a.queries)
	if a.mask { // [batch, 1, queries, keys]; query 2 sees nothing
		data := make([]byte, a.batch*a.queries*a.keys)
		for i := range data {
			if i%3 != 1 && i/a.keys%a.queries != 2 {
				data[i] = 1
			}
		}
		s.Mask, s.MaskStrides = add(ir.Input, dtypes.Bool, data, a.batch, 1, a.queries, a.keys), [4]int{a.queries * a.keys, 0, a.keys, 1}
	}
	if a.bias { // [1, heads, 1, keys]; every fifth key is hidden by -Inf
		data := randoms(9, a.heads*a.keys)
		for i := range data {
			if a.hidden && i%5 == 0 {
				data[i] = float32(math.Inf(-1))
			}
		}
		s.Bias, s.BiasStride = add(ir.Input, dtypes.Float32, bytesOfFloats(data), 1, a.heads, 1, a.keys), [4]int{0, a.keys, 0, 1}
	}
	if a.lengths {
		var queries, keys []byte
		for i := range a.batch {
			queries = binary.LittleEndian.AppendUint32(queries, uint32(max(a.queries-2*i-1, 0)))
			keys = binary.LittleEndian.AppendUint32(keys, uint32(max(a.keys-3*i, 0)))
		}
		s.QueryLengths, s.KeyLengths = add(ir.Input, dtypes.Int32, queries, a.batch), add(ir.Input, dtypes.Int32, keys, a.batch)
	}
	out := tensor(ir.Output, a.heads, a.queries)
	log := add(ir.Output, dtypes.Float32, nil, a.batch, a.heads, a.queries)
	dq, dk, dv := tensor(ir.Output, a.heads, a.queries), tensor(ir.Output, a.kvHeads, a.keys), tensor(ir.Output, a.kvHeads, a.keys)
	p.Steps = []ir.Step{
		&ir.Attention{AttentionShape: s, Query: query, Key: key, Value: v, Output: out, LogSumExp: log},
		&ir.AttentionVJP{AttentionShape: s, Query: query, Key: key, Value: v, Output: out, GradOutput: gradient,
			GradQuery: dq, GradKey: dk, GradValue: dv, LogSumExp: log, Delta: add(ir.Output, dtypes.Float32, nil, a.batch, a.heads, a.queries)},
	}
	return p, inputs
}

// TestAttention compares both passes with wasm/ir's interpreter, which sums in
// float64: in both layouts, with shared heads, blocks that are not full, masks of all
// kinds and queries that see no key.
func TestAttention(t *testing.T) {
	for _, a := range []attentionSize{
		{batch: 1, heads: 1, kvHeads: 1, queries: 1, keys: 1, dim: 1},
		{batch: 2, heads: 2, kvHeads: 2, queries: 16, keys: 16, dim: 32, causal: true, positionsFirst: true},
		{batch: 2, heads: 4, kvHeads: 2, queries: 61, keys: 61, dim: 16, causal: true},
		{batch: 1, heads: 2, kvHeads: 1, queries: 7, keys: 21, dim: 9, mask: true},
		{batch: 2, heads: 2, kvHeads: 2, queries: 9, keys: 10, dim: 6, bias: true, lengths: true},
		{batch: 4, heads: 2, kvHeads: 2, queries: 1, keys: 150, dim: 64, mask: true, positionsFirst: true},
		{batch: 1, heads: 1, kvHeads: 1, queries: 5, keys: 5, dim: 4, half: true},
		{batch: 1, heads: 4, kvHeads: 2, queries: 51, keys: 70, dim: 12, half: true, causal: true, positionsFirst: true},
		{batch: 1, heads: 2, kvHeads: 2, queries: 140, keys: 140, dim: 20, causal: true, mask: true, bias: true, hidden: true},
		{batch: 1, heads: 2, kvHeads: 1, queries: 97, keys: 131, dim: 33, bias: true, lengths: true, causal: true, positionsFirst: true},
		{batch: 1, heads: 1, kvHeads: 1, queries: 130, keys: 65, dim: 64, causal: true},
		{batch: 1, heads: 1, kvHeads: 1, queries: 3, keys: 0, dim: 8},
	} {
		tolerance := 1e-5
		if a.half { // the output, which delta is made of, is rounded
			tolerance = 2e-3
		}
		plan, inputs := a.plan()
		want, err := execute(interp.New(), plan, inputs)
		if err != nil {
			t.Fatal(err)
		}
		for _, parts := range []int{1, 3} {
			t.Run(fmt.Sprintf("%+v parts=%d", a, parts), func(t *testing.T) {
				plan, _ := a.plan()
				// The parts of the test's machine run one after the other, so each step is a
				// plan of its own.
				got, err := stepwise(openParts(t, parts), plan, inputs)
				if err != nil {
					t.Fatal(err)
				}
				for i, v := range plan.Outputs {
					compareFloats(t, []string{"output", "log-sum-exp", "dquery", "dkey", "dvalue", "delta"}[i], plan.Values[v].Shape.DType, got[i], want[i], tolerance)
				}
			})
		}
	}
}

// execute runs a plan on any target.
func execute(target ir.Target, plan *ir.Plan, inputs [][]byte) ([][]byte, error) {
	program, err := target.Compile(plan)
	if err != nil {
		return nil, err
	}
	defer program.Free()
	place := func(v int) (ir.Memory, int) {
		size := bytesOfValue(plan, v)
		m, err := target.Allocate(int64(size))
		if err != nil {
			panic(err)
		}
		return m, size
	}
	var in, out []ir.Memory
	var results [][]byte
	for i, v := range plan.Inputs {
		m, _ := place(v)
		defer m.Free()
		if err := target.Upload(m, inputs[i]); err != nil {
			return nil, err
		}
		in = append(in, m)
	}
	for _, v := range plan.Outputs {
		m, size := place(v)
		defer m.Free()
		poison := make([]byte, size)
		for i := range poison {
			poison[i] = 0xFF // NaN
		}
		if err := target.Upload(m, poison); err != nil {
			return nil, err
		}
		out, results = append(out, m), append(results, make([]byte, size))
	}
	if err := program.Run(in, out); err != nil {
		return nil, err
	}
	for i, m := range out {
		if err := target.Download(m, results[i]); err != nil {
			return nil, err
		}
	}
	return results, nil
}

// stepwise runs each step of a plan as one of its own, on results of those before.
func stepwise(target ir.Target, plan *ir.Plan, inputs [][]byte) ([][]byte, error) {
	known := map[int][]byte{}
	for i, v := range plan.Inputs {
		known[v] = inputs[i]
	}
	for _, step := range plan.Steps {
		reads, writes := step.Values()
		one := &ir.Plan{Name: plan.Name, Values: append([]ir.Value{}, plan.Values...), Steps: []ir.Step{step}, Inputs: reads, Outputs: writes}
		var in [][]byte
		for _, v := range reads {
			in, one.Values[v].Place = append(in, known[v]), ir.Input
		}
		results, err := execute(target, one, in)
		if err != nil {
			return nil, err
		}
		for i, v := range writes {
			known[v] = results[i]
		}
	}
	var outputs [][]byte
	for _, v := range plan.Outputs {
		outputs = append(outputs, known[v])
	}
	return outputs, nil
}

// compareFloats compares numbers of Float32 or Float16.
func compareFloats(t *testing.T, name string, dtype dtypes.DType, got, want []byte, tolerance float64) {
	t.Helper()
	numbers := func(b []byte) (x []float64) {
		for i := 0; i < len(b); i += size(dtype) {
			if dtype == dtypes.Float16 {
				x = append(x, float64(float16.FromBits(binary.LittleEndian.Uint16(b[i:])).Float32()))
			} else {
				x = append(x, float64(math.Float32frombits(binary.LittleEndian.Uint32(b[i:]))))
			}
		}
		return x
	}
	w := numbers(want)
	for i, x := range numbers(got) {
		if !near(x, w[i], tolerance) {
			t.Fatalf("%s: element %d is %g, want %g", name, i, x, w[i])
		}
	}
}
