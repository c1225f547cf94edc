package webgpu

import (
	"fmt"
	"math"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute/dtypes"
)

// attentionSize is one attention to test.
type attentionSize struct {
	batch, heads, kvHeads, queries, keys, dim int
	causal, mask, bias, lengths               bool
	positionsFirst                            bool // [batch, position, head, dim]
	dtype                                     dtypes.DType
}

func (a attentionSize) String() string {
	return fmt.Sprintf("%v %d×%d(%d)×%d,%d×%d causal=%v mask=%v bias=%v lengths=%v bshd=%v", a.dtype, a.batch, a.heads, a.kvHeads,
		a.queries, a.keys, a.dim, a.causal, a.mask, a.bias, a.lengths, a.positionsFirst)
}

// attentionSizes go through both layouts, shared heads, ragged sizes, masks of all
// kinds and rows that see no key.
func attentionSizes() []attentionSize {
	return []attentionSize{
		{batch: 2, heads: 2, kvHeads: 2, queries: 16, keys: 16, dim: 32, causal: true, positionsFirst: true, dtype: dtypes.Float32},
		{batch: 2, heads: 4, kvHeads: 2, queries: 13, keys: 13, dim: 16, causal: true, dtype: dtypes.Float32},
		{batch: 1, heads: 2, kvHeads: 1, queries: 7, keys: 21, dim: 8, mask: true, dtype: dtypes.Float32},
		{batch: 2, heads: 2, kvHeads: 2, queries: 9, keys: 10, dim: 6, bias: true, lengths: true, dtype: dtypes.Float32},
		{batch: 3, heads: 2, kvHeads: 2, queries: 1, keys: 50, dim: 64, mask: true, positionsFirst: true, dtype: dtypes.Float32},
		{batch: 1, heads: 1, kvHeads: 1, queries: 5, keys: 5, dim: 4, dtype: dtypes.Float16},
		{batch: 1, heads: 2, kvHeads: 2, queries: 70, keys: 70, dim: 20, causal: true, mask: true, bias: true, dtype: dtypes.Float32},
	}
}

// tensor makes a tensor of [batch, heads, positions, dim] in the size's layout.
func (p *planner) tensor(a attentionSize, place ir.Place, heads, positions, shift int) ir.AttentionTensor {
	dims := []int{a.batch, heads, positions, a.dim}
	strides := [3]int{heads * positions * a.dim, positions * a.dim, a.dim}
	if a.positionsFirst {
		dims[1], dims[2] = positions, heads
		strides[1], strides[2] = a.dim, heads*a.dim
	}
	if place != ir.Input {
		return ir.AttentionTensor{Value: p.value(place, a.dtype, dims...), Strides: strides}
	}
	data := floats(ramp(product(dims), func(i int) float32 { return wave(i*i+shift) / 2 })...)
	if a.dtype == dtypes.Float16 {
		data = nil
		for i := range product(dims) {
			data = append(data, byte(i*7), byte(0x34+i%5))
		}
	}
	return ir.AttentionTensor{Value: p.input(data, a.dtype, dims...), Strides: strides}
}

// attentionMasks makes the shape with its masks.
func (p *planner) attentionMasks(a attentionSize) ir.AttentionShape {
	s := ir.AttentionShape{Batch: a.batch, Heads: a.heads, KVHeads: a.kvHeads, Queries: a.queries, Keys: a.keys, Dim: a.dim,
		Scale: 1 / math.Sqrt(float64(a.dim)), Causal: a.causal, Mask: -1, Bias: -1, QueryLengths: -1, KeyLengths: -1}
	if a.mask { // [batch, 1, queries, keys]; query 2 sees nothing
		bools := make([]byte, a.batch*a.queries*a.keys)
		for i := range bools {
			if i%3 != 1 && i/a.keys%a.queries != 2 {
				bools[i] = 1
			}
		}
		s.Mask, s.MaskStrides = p.input(bools, dtypes.Bool, a.batch, 1, a.queries, a.keys), [4]int{a.queries * a.keys, 0, a.keys, 1}
	}
	if a.bias { // [1, heads, 1, keys]
		s.Bias = p.input(floats(ramp(a.heads*a.keys, wave)...), dtypes.Float32, 1, a.heads, 1, a.keys)
		s.BiasStride = [4]int{0, a.keys, 0, 1}
	}
	if a.lengths {
		lengths := make([]int32, a.batch)
		for i := range lengths {
			lengths[i] = int32(a.queries - 2*i - 1)
		}
		s.QueryLengths, s.KeyLengths = p.input(ints(lengths...), dtypes.Int32, a.batch), p.input(ints(lengths...), dtypes.Int32, a.batch)
	}
	return s
}

// attentionTest runs both passes.
func attentionTest(a attentionSize) testPlan {
	p := newPlanner()
	shape := p.attentionMasks(a)
	forward := &ir.Attention{AttentionShape: shape, Query: p.tensor(a, ir.Input, a.heads, a.queries, 0),
		Key: p.tensor(a, ir.Input, a.kvHeads, a.keys, 5), Value: p.tensor(a, ir.Input, a.kvHeads, a.keys, 9),
		Output: p.tensor(a, ir.Output, a.heads, a.queries, 0), LogSumExp: p.value(ir.Temporary, dtypes.Float32, a.batch, a.heads, a.queries)}
	p.step(forward)
	p.step(&ir.AttentionVJP{AttentionShape: shape, Query: forward.Query, Key: forward.Key, Value: forward.Value, Output: forward.Output,
		GradOutput: p.tensor(a, ir.Input, a.heads, a.queries, 3), LogSumExp: forward.LogSumExp,
		GradQuery: p.tensor(a, ir.Output, a.heads, a.queries, 0), GradKey: p.tensor(a, ir.Output, a.kvHeads, a.keys, 0),
		GradValue: p.tensor(a, ir.Output, a.kvHeads, a.keys, 0), Delta: p.value(ir.Temporary, dtypes.Float32, a.batch, a.heads, a.queries)})
	return p.test(a.String(), 0)
}
