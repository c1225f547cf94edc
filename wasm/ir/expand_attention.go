package ir

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// attention is what both passes of attention know of their operands, checked. Letters
// in the shapes of comments: b batch, h heads, k key heads, g = h/k, q queries, s
// keys, d the dimension of a head.
type attention struct {
	layout                   compute.AttentionAxesLayout
	scale                    float64
	causal                   bool
	query, key, value        *Node // as given
	mask, bias               *Node // [b or 1, h or 1, q or 1, s or 1], or nil
	queryLengths, keyLengths *Node // Int32 [b], or nil
	batch, heads, keyHeads   int
	queries, keys, dim       int
}

// newAttention checks the operands.
func (f *Function) newAttention(what string, query, key, value compute.Value, layout compute.AttentionAxesLayout,
	options *compute.ScaledDotProductAttentionConfig) (*attention, error) {
	nodes, err := f.floats(what, query, key, value)
	if err != nil {
		return nil, err
	}
	if options == nil {
		options = &compute.ScaledDotProductAttentionConfig{}
	}
	a := &attention{layout: layout, scale: options.Scale, causal: options.Causal, query: nodes[0], key: nodes[1], value: nodes[2]}
	q, k, v := a.query.Shape, a.key.Shape, a.value.Shape
	if q.Rank() != 4 || k.Rank() != 4 || !v.Equal(k) || q.DType != k.DType {
		return nil, fmt.Errorf("%s: query %s, key %s and value %s must have rank 4 and one type, key and value one shape", what, q, k, v)
	}
	seq, heads := layout.SeqAxis(), layout.HeadsAxis()
	a.batch, a.heads, a.queries, a.dim = q.Dimensions[0], q.Dimensions[heads], q.Dimensions[seq], q.Dimensions[3]
	a.keyHeads, a.keys = k.Dimensions[heads], k.Dimensions[seq]
	if k.Dimensions[0] != a.batch || k.Dimensions[3] != a.dim || a.keyHeads == 0 || a.heads%a.keyHeads != 0 {
		return nil, fmt.Errorf("%s: query %s and key %s differ in batch or head dimension, or %d heads cannot share %d",
			what, q, k, a.heads, a.keyHeads)
	}
	if a.scale == 0 {
		a.scale = 1 / math.Sqrt(float64(a.dim))
	}
	if a.mask, err = f.scoreOperand(what+"'s mask", options.Mask, a, layout == compute.AttentionAxesLayoutBSHD); err != nil {
		return nil, err
	}
	if a.bias, err = f.scoreOperand(what+"'s bias", options.Bias, a, false); err != nil {
		return nil, err
	}
	if a.queryLengths, err = f.lengths(what+"'s query lengths", options.QuerySeqLen, a.batch); err != nil {
		return nil, err
	}
	a.keyLengths, err = f.lengths(what+"'s key lengths", options.KeyValueSeqLen, a.batch)
	return a, err
}

// scoreOperand checks a mask or bias of rank 2, 3 (without heads) or 4, and gives it
// rank 4. One that follows the scores of layout BSHD, [b, q, h, s], is turned.
func (f *Function) scoreOperand(what string, v compute.Value, a *attention, turned bool) (*Node, error) {
	if v == nil {
		return nil, nil
	}
	nodes, err := f.nodes(what, v)
	if err != nil {
		return nil, err
	}
	n := nodes[0]
	given := n.Shape
	dims := given.Dimensions
	switch len(dims) {
	case 2:
		n = f.reshape(n, 1, 1, dims[0], dims[1])
	case 3:
		n = f.reshape(n, dims[0], 1, dims[1], dims[2])
	case 4:
		if turned {
			n = f.transpose(n, 0, 2, 1, 3)
		}
	default:
		return nil, fmt.Errorf("%s is %s, it must have rank 2, 3 or 4", what, given)
	}
	scores := []int{a.batch, a.heads, a.queries, a.keys}
	for axis, dim := range n.Shape.Dimensions {
		if dim != 1 && dim != scores[axis] {
			return nil, fmt.Errorf("%s is %s, which does not broadcast to scores %v", what, given, scores)
		}
	}
	switch {
	case given.DType == dtypes.Bool:
		return n, nil
	case given.DType.IsFloat():
		return f.convert(n, dtypes.Float32), nil
	}
	return nil, fmt.Errorf("%s is %s, it must be of Bool or floats", what, given)
}

// lengths checks Int32 [b].
func (f *Function) lengths(what string, v compute.Value, batch int) (*Node, error) {
	if v == nil {
		return nil, nil
	}
	nodes, err := f.nodes(what, v)
	if err != nil {
		return nil, err
	}
	if n := nodes[0].Shape; !n.DType.IsInt() || !slices.Equal(n.Dimensions, []int{batch}) {
		return nil, fmt.Errorf("%s are %s, they must be Int32 [%d]", what, n, batch)
	}
	return f.convert(nodes[0], dtypes.Int32), nil
}

// attentionValues is how many values a kernel of the backward pass must bind beside
// masks: query, key, value, gradients of the output and of one of them, the log-sum-exp
// and delta.
const attentionValues = 7

// hasKernel says that the target has kernels for a, and can bind all that they touch.
func (f *Function) hasKernel(a *attention) bool {
	limits := f.builder.backend.limits
	values, largest := attentionValues, 0
	more := func(n *Node) int { return limits.pieces(n.Shape) - 1 }
	for _, operand := range []*Node{a.query, a.key, a.value, a.query} { // the last stands for the output's gradient
		values, largest = values+more(operand), max(largest, more(operand))
	}
	values += largest // as that of an operand
	for _, optional := range []*Node{a.mask, a.bias, a.queryLengths, a.keyLengths} {
		if optional != nil {
			values += limits.pieces(optional.Shape)
		}
	}
	return limits.Attention && values <= limits.Bindings
}

// FusedScaledDotProductAttention implements compute.FusedOps. The state for the
// backward pass is each row's log-sum-exp, Float32 [b, h, q].
func (f *Function) FusedScaledDotProductAttention(query, key, value compute.Value, axesLayout compute.AttentionAxesLayout,
	options *compute.ScaledDotProductAttentionConfig) (output compute.Value, statesForVJP []compute.Value, err error) {
	a, err := f.newAttention("FusedScaledDotProductAttention", query, key, value, axesLayout, options)
	if err != nil {
		return nil, nil, err
	}
	if f.hasKernel(a) {
		attr, inputs := a.record([]*Node{a.query, a.key, a.value})
		items := f.recordItems(compute.OpTypeFusedScaledDotProductAttention,
			[]shapes.Shape{a.query.Shape, shapes.Make(dtypes.Float32, a.batch, a.heads, a.queries)}, attr, inputs...)
		return f.value(items[0]), f.wrap(items[1:]), nil
	}
	scores, valid := f.scores(a) // [b, k, g, q, s]
	axes := []int{4}
	lowest := f.scalar(dtypes.Float32, -math.MaxFloat32)
	masked := f.where(valid, scores, lowest)
	highest := f.binary(compute.OpTypeMax, f.reduce(compute.OpTypeReduceMax, masked, 4), lowest) // [b, k, g, q]
	shifted := f.sub(scores, f.keep(highest, scores.Shape.Dimensions, axes))
	e := f.where(valid, f.unary(compute.OpTypeExp, shifted), f.scalar(dtypes.Float32, 0))
	sum := f.reduce(compute.OpTypeReduceSum, e, 4) // [b, k, g, q]
	empty := f.compareWith(compute.OpTypeEqual, sum, 0)
	safe := f.where(empty, f.scalar(dtypes.Float32, 1), sum)
	weights := f.div(e, f.keep(safe, scores.Shape.Dimensions, axes)) // [b, k, g, q, s]
	out := f.dot(weights, f.headsFirst(a, a.value), DotAttr{
		LeftBatch: []int{0, 1}, LeftContracting: []int{4}, RightBatch: []int{0, 1}, RightContracting: []int{2}, Sum: dtypes.Float32,
	}) // [b, k, g, q, d]
	state := f.where(empty, f.scalar(dtypes.Float32, 0), f.add(highest, f.unary(compute.OpTypeLog, safe)))
	state = f.reshape(state, a.batch, a.heads, a.queries)
	return f.value(f.asQuery(a, out)), f.wrap([]*Node{state}), nil
}

// FusedScaledDotProductAttentionVJP implements compute.FusedOps. Neither mask nor bias
// has a gradient.
func (f *Function) FusedScaledDotProductAttentionVJP(query, key, value compute.Value, axesLayout compute.AttentionAxesLayout,
	options *compute.ScaledDotProductAttentionConfig, output compute.Value, statesForVJP []compute.Value, dOutput compute.Value) (
	dQuery, dKey, dValue compute.Value, err error) {
	const what = "FusedScaledDotProductAttentionVJP"
	a, err := f.newAttention(what, query, key, value, axesLayout, options)
	if err != nil {
		return nil, nil, nil, err
	}
	if len(statesForVJP) != 1 {
		return nil, nil, nil, fmt.Errorf("%s: %d states, hand in the one that the forward pass gave", what, len(statesForVJP))
	}
	nodes, err := f.floats(what, output, statesForVJP[0], dOutput)
	if err != nil {
		return nil, nil, nil, err
	}
	out, state, dOut := nodes[0], nodes[1], nodes[2]
	if !out.Shape.Equal(a.query.Shape) || !dOut.Shape.EqualDimensions(a.query.Shape) ||
		!state.Shape.Equal(shapes.Make(dtypes.Float32, a.batch, a.heads, a.queries)) {
		return nil, nil, nil, fmt.Errorf("%s: output %s, state %s and gradient %s do not belong to query %s",
			what, out.Shape, state.Shape, dOut.Shape, a.query.Shape)
	}
	if f.hasKernel(a) {
		dOut = f.convert(dOut, a.query.Shape.DType)
		attr, inputs := a.record([]*Node{a.query, a.key, a.value, out, state, dOut})
		items := f.recordItems(compute.OpTypeFusedScaledDotProductAttentionVJP,
			[]shapes.Shape{a.query.Shape, a.key.Shape, a.value.Shape}, attr, inputs...)
		return f.value(items[0]), f.value(items[1]), f.value(items[2]), nil
	}
	dq, dk, dv := f.attentionVJP(a, out, state, dOut)
	return f.value(dq), f.value(dk), f.value(dv), nil
}

// attentionVJP is the backward pass of FlashAttention (arXiv 2205.14135, algorithm 4)
// with the weights computed again from the log-sum-exp.
func (f *Function) attentionVJP(a *attention, out, state, dOut *Node) (dq, dk, dv *Node) {
	scores, valid := f.scores(a) // [b, k, g, q, s]
	groups := a.heads / a.keyHeads
	state = f.reshape(state, a.batch, a.keyHeads, groups, a.queries, 1)
	weights := f.where(valid, f.unary(compute.OpTypeExp, f.sub(scores, state)), f.scalar(dtypes.Float32, 0)) // [b, k, g, q, s]
	out, dOut = f.grouped(a, out), f.grouped(a, dOut)                                                        // [b, k, g, q, d]
	q, k, v := f.grouped(a, a.query), f.headsFirst(a, a.key), f.headsFirst(a, a.value)                       // [b, k, s, d]
	both := []int{0, 1}
	overQueries := DotAttr{LeftBatch: both, LeftContracting: []int{2, 3}, RightBatch: both, RightContracting: []int{2, 3}, Sum: dtypes.Float32}
	dv = f.dot(weights, dOut, overQueries) // [b, k, s, d]
	dWeights := f.dot(dOut, v, DotAttr{
		LeftBatch: both, LeftContracting: []int{4}, RightBatch: both, RightContracting: []int{3}, Sum: dtypes.Float32,
	}) // [b, k, g, q, s]
	delta := f.keep(f.reduce(compute.OpTypeReduceSum, f.mul(dOut, out), 4), weights.Shape.Dimensions, []int{4}) // [b, k, g, q, 1]
	dScores := f.with(compute.OpTypeMul, f.mul(weights, f.sub(dWeights, delta)), a.scale)                       // [b, k, g, q, s]
	dq = f.dot(dScores, k, DotAttr{
		LeftBatch: both, LeftContracting: []int{4}, RightBatch: both, RightContracting: []int{2}, Sum: dtypes.Float32,
	}) // [b, k, g, q, d]
	dk = f.dot(dScores, q, overQueries) // [b, k, s, d]
	return f.asQuery(a, dq), f.asKey(a, dk), f.asKey(a, dv)
}

// record gives the attributes and inputs of a node for targets that have the kernel.
func (a *attention) record(inputs []*Node) (AttentionAttr, []*Node) {
	attr := AttentionAttr{Layout: a.layout, Scale: a.scale, Causal: a.causal}
	for _, optional := range []struct {
		node *Node
		at   *int
	}{{a.mask, &attr.Mask}, {a.bias, &attr.Bias}, {a.queryLengths, &attr.QueryLengths}, {a.keyLengths, &attr.KeyLengths}} {
		if optional.node != nil {
			*optional.at = len(inputs)
			inputs = append(inputs, optional.node)
		}
	}
	return attr, inputs
}

// scores gives the scores that go into the softmax, and which of them count; both
// [b, k, g, q, s].
func (f *Function) scores(a *attention) (scores, valid *Node) {
	scores = f.dot(f.grouped(a, a.query), f.headsFirst(a, a.key), DotAttr{
		LeftBatch: []int{0, 1}, LeftContracting: []int{4}, RightBatch: []int{0, 1}, RightContracting: []int{3}, Sum: dtypes.Float32,
	}) // [b, k, g, q, s]
	scores = f.with(compute.OpTypeMul, scores, a.scale)
	dims := scores.Shape.Dimensions
	position := func(axis int) *Node { return f.iota(dtypes.Int32, axis, dims...) }
	valid = f.like(f.record(compute.OpTypeConstant, shapes.Make(dtypes.Bool), ConstantAttr{[]byte{1}}), dims)
	if a.bias != nil {
		scores = f.add(scores, f.perScore(a, f.convert(a.bias, dtypes.Float32)))
	}
	switch {
	case a.mask == nil:
	case a.mask.Shape.DType == dtypes.Bool:
		valid = f.and(valid, f.perScore(a, a.mask))
	default:
		scores = f.add(scores, f.perScore(a, a.mask))
	}
	if a.causal {
		valid = f.and(valid, f.compare(compute.OpTypeLessOrEqual, position(4), position(3)))
	}
	if a.queryLengths != nil {
		valid = f.and(valid, f.compare(compute.OpTypeLessThan, position(3), f.broadcast(a.queryLengths, dims, []int{0})))
	}
	if a.keyLengths != nil {
		valid = f.and(valid, f.compare(compute.OpTypeLessThan, position(4), f.broadcast(a.keyLengths, dims, []int{0})))
	}
	return scores, valid
}

// perScore broadcasts a mask or bias to the scores.
func (f *Function) perScore(a *attention, n *Node) *Node {
	n = f.like(n, []int{a.batch, a.heads, a.queries, a.keys})
	return f.reshape(n, a.batch, a.keyHeads, a.heads/a.keyHeads, a.queries, a.keys)
}

// headsFirst gives a tensor in Float32 as [b, heads, positions, d].
func (f *Function) headsFirst(a *attention, n *Node) *Node {
	n = f.convert(n, dtypes.Float32)
	if a.layout == compute.AttentionAxesLayoutBSHD {
		n = f.transpose(n, 0, 2, 1, 3)
	}
	return n
}

// grouped gives a tensor of the query's shape as [b, k, g, q, d].
func (f *Function) grouped(a *attention, n *Node) *Node {
	return f.reshape(f.headsFirst(a, n), a.batch, a.keyHeads, a.heads/a.keyHeads, a.queries, a.dim)
}

// asQuery brings [b, k, g, q, d] to the query's shape.
func (f *Function) asQuery(a *attention, n *Node) *Node {
	return f.asKey(a, f.reshape(n, a.batch, a.heads, a.queries, a.dim))
}

// asKey brings [b, k, s, d] to the layout and type of the operands.
func (f *Function) asKey(a *attention, n *Node) *Node {
	if a.layout == compute.AttentionAxesLayoutBSHD {
		n = f.transpose(n, 0, 2, 1, 3)
	}
	return f.convert(n, a.query.Shape.DType)
}
