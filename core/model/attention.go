package model

import (
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// Grouped-query attention, and what it needs: which columns see which, the split
// into heads, the cache of keys and values. Where the engine has attention as one
// operation with a gradient (FlashAttention, arXiv 2205.14135), long rows take it:
// it holds a block of the scores at a time, in both passes, and their memory no
// longer grows with the square of the row's length.

// seen says which columns each query sees: itself and earlier ones (all, in a
// sentence encoder) that are not padding.
type seen struct {
	mask   *Node // bool [batch, 1, 1, time or 1, length]
	causal bool  // mask is open and that columns see no later ones
	open   *Node // bool [batch, time or 1, length]
}

// sees is for queries at columns i32 [1, time], with pad i32 [batch, 1] columns of
// padding, over length columns of keys, which without a cache are the queries'.
func (c *Config) sees(column, pad *Node, length int, cached bool) seen {
	g := column.Graph()
	slot := Iota(g, shapes.Make(dtypes.Int32, 1, 1, length), 2)
	visible := GreaterOrEqual(slot, ExpandAxes(pad, -1)) // [batch, 1, length]
	s := seen{causal: !c.Bidirectional && !cached, open: visible}
	if !c.Bidirectional {
		visible = LogicalAnd(LessOrEqual(slot, ExpandAxes(column, -1)), visible) // [batch, time, length]
	}
	if !s.causal {
		s.open = visible
	}
	s.mask = InsertAxes(visible, 1, 1) // [batch, 1, 1, time or 1, length]
	return s
}

// attention is grouped-query attention over x [batch, time, dim].
func (c *Config) attention(p Params, prefix string, x *Node, at *place, keyCache, valueCache *Node) (out, keys, values *Node) {
	batch, time := x.Shape().Dimensions[0], x.Shape().Dimensions[1]
	query := c.heads(linear(p, prefix+"q_proj", x), p, prefix+"q_norm", c.Heads) // [batch, heads, time, head dim]
	keys = c.heads(linear(p, prefix+"k_proj", x), p, prefix+"k_norm", c.KVHeads) // [batch, kv heads, time, head dim]
	values = c.heads(linear(p, prefix+"v_proj", x), p, "", c.KVHeads)            // [batch, kv heads, time, head dim]
	query, keys = rotate(query, at.cos, at.sin), rotate(keys, at.cos, at.sin)
	if keyCache != nil {
		keys, values = writeColumns(keyCache, keys, at.start), writeColumns(valueCache, values, at.start)
	}
	mixed := at.tap(prefix+"heads", at.sees.attend(query, keys, values))                 // [batch, heads, time, head dim]
	mixed = Reshape(TransposeAllAxes(mixed, 0, 2, 1, 3), batch, time, c.Heads*c.HeadDim) // [batch, time, heads·head dim]
	return linear(p, prefix+"o_proj", mixed), keys, values
}

// fusedFrom is the number of query columns from which attention is one operation.
// On WebAssembly SIMD, 4 heads of 32, it then takes this part of the time of the
// stored scores, forward and backward, on one thread and on two:
//
//	16 rows of 32 columns  1.41  1.11      8 rows of 128 columns  0.82  0.77
//	16 rows of 64 columns  1.15  0.99      8 rows of 256 columns  0.65  0.59
//	16 rows of 96 columns  0.93  0.84      1 row of 1024 columns  0.48  0.38
//
// and to decode a single column with a cache of 256 takes 2.6 and 1.6 times as long.
const fusedFrom = 96

// attend is softmax(query·keysᵀ/√head dim)·values over the columns that are seen.
// query and the result are [batch, heads, time, head dim], keys and values [batch,
// kv heads, length, head dim]. A column that sees none, as padding does, gets finite
// numbers that mean nothing.
func (s seen) attend(query, keys, values *Node) *Node {
	has := query.Graph().Backend().Capabilities().Operations
	if query.Shape().Dimensions[2] < fusedFrom ||
		!has[compute.OpTypeFusedScaledDotProductAttention] || !has[compute.OpTypeFusedScaledDotProductAttentionVJP] {
		return s.attendStored(query, keys, values)
	}
	// An engine may have it for some types only: XLA has it in half precision.
	mixed, _ := InternalFusedOpCaller(
		func() *Node { return s.attendFused(query, keys, values) },
		func() *Node { return s.attendStored(query, keys, values) }, false)
	return mixed
}

// attendFused is attend as one operation.
func (s seen) attendFused(query, keys, values *Node) *Node {
	open := InsertAxes(s.open, 1) // [batch, 1, time or 1, length]
	mixed, _ := BackendFusedScaledDotProductAttention(query, keys, values, compute.AttentionAxesLayoutBHSD,
		&compute.ScaledDotProductAttentionConfig{Mask: InternalBackendOutputs(open)[0], Causal: s.causal})
	return mixed
}

// attendStored is attend with all scores in memory.
func (s seen) attendStored(query, keys, values *Node) *Node {
	batch, heads, time, dim := query.Shape().Dimensions[0], query.Shape().Dimensions[1], query.Shape().Dimensions[2], query.Shape().Dimensions[3]
	kvHeads, length := keys.Shape().Dimensions[1], keys.Shape().Dimensions[2]
	groups := heads / kvHeads
	query = MulScalar(query, 1/math.Sqrt(float64(dim)))
	query = Reshape(query, batch, kvHeads, groups*time, dim)                        // heads of one group share keys
	scores := DotGeneral(query, []int{3}, []int{0, 1}, keys, []int{3}, []int{0, 1}) // [batch, kv heads, groups·time, length]
	scores = Reshape(scores, batch, kvHeads, groups, time, length)
	// A finite floor keeps rows that are all padding free of NaN.
	floor := Scalar(query.Graph(), dtypes.Float32, -1e30)
	scores = Where(BroadcastToDims(s.mask, scores.Shape().Dimensions...), scores, BroadcastToDims(floor, scores.Shape().Dimensions...))
	weights := Reshape(Softmax(scores, -1), batch, kvHeads, groups*time, length)
	mixed := DotGeneral(weights, []int{3}, []int{0, 1}, values, []int{2}, []int{0, 1}) // [batch, kv heads, groups·time, head dim]
	return Reshape(mixed, batch, heads, time, dim)
}

// heads splits a projection [batch, time, n·head dim] into [batch, n, time, head dim],
// with the query-key norm that the kind of model has: none, a head, or full width.
func (c *Config) heads(x *Node, p Params, norm string, n int) *Node {
	batch, time := x.Shape().Dimensions[0], x.Shape().Dimensions[1]
	if norm != "" && c.QKNorm() == QKNormFull {
		x = c.norm(p, norm, x)
	}
	x = Reshape(x, batch, time, n, c.HeadDim)
	if norm != "" && c.QKNorm() == QKNormHead {
		x = c.norm(p, norm, x)
	}
	return TransposeAllAxes(x, 0, 2, 1, 3)
}

// writeColumns puts columns [batch, heads, time, dim] into cache [batch, heads, length, dim] at start.
//
// An engine without DynamicUpdateSlice (the Go one) adds them to the zeros that
// an empty cache holds instead: both write only the new columns, in place when
// the cache was donated.
func writeColumns(cache, columns, start *Node) *Node {
	g := cache.Graph()
	if g.Backend().Capabilities().Operations[compute.OpTypeDynamicUpdateSlice] {
		zero := Scalar(g, dtypes.Int32, 0)
		return DynamicUpdateSlice(cache, columns, []*Node{zero, zero, start, zero})
	}
	dims := columns.Shape().Dimensions
	axis := shapes.Make(dtypes.Int32, dims[0], dims[1], dims[2], 1)
	slots := Concatenate([]*Node{Iota(g, axis, 0), Iota(g, axis, 1), Add(Iota(g, axis, 2), start)}, -1) // [batch, heads, time, 3]
	return ScatterSum(cache, slots, columns, true, true)
}
