package ir

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// The fused operations of compute.FusedOps as primitive nodes, which the lowering
// fuses again: a softmax is one row loop wherever it was written from.

// floats checks operands that must all be floats; nil ones stay nil.
func (f *Function) floats(what string, operands ...compute.Value) ([]*Node, error) {
	var given []compute.Value
	for _, operand := range operands {
		if operand != nil {
			given = append(given, operand)
		}
	}
	nodes, err := f.nodes(what, given...)
	if err != nil {
		return nil, err
	}
	all := make([]*Node, len(operands))
	for i, operand := range operands {
		if operand == nil {
			continue
		}
		if !nodes[0].Shape.DType.IsFloat() {
			return nil, fmt.Errorf("%s: operand %d is %s, it must be of floats", what, i, nodes[0].Shape)
		}
		all[i], nodes = nodes[0], nodes[1:]
	}
	return all, nil
}

// FusedSoftmax implements compute.FusedOps.
func (f *Function) FusedSoftmax(x compute.Value, axis int) (compute.Value, error) {
	nodes, err := f.floats("FusedSoftmax", x)
	if err != nil {
		return nil, err
	}
	if axis < 0 || axis >= nodes[0].Shape.Rank() {
		return nil, fmt.Errorf("FusedSoftmax: %s has no axis %d", nodes[0].Shape, axis)
	}
	return f.value(f.inFloat32(nodes[0], func(x *Node) *Node {
		dims, axes := x.Shape.Dimensions, []int{axis}
		highest := f.keep(f.reduce(compute.OpTypeReduceMax, x, axis), dims, axes)
		e := f.unary(compute.OpTypeExp, f.sub(x, highest))
		return f.div(e, f.keep(f.reduce(compute.OpTypeReduceSum, e, axis), dims, axes))
	})), nil
}

// FusedGelu implements compute.FusedOps.
func (f *Function) FusedGelu(x compute.Value, exact bool) (compute.Value, error) {
	nodes, err := f.floats("FusedGelu", x)
	if err != nil {
		return nil, err
	}
	return f.value(f.gelu(nodes[0], exact)), nil
}

// gelu is x·Φ(x), exact or by tanh (arXiv 1606.08415).
func (f *Function) gelu(x *Node, exact bool) *Node {
	return f.inFloat32(x, func(x *Node) *Node {
		var phi *Node
		if exact {
			phi = f.erf(f.with(compute.OpTypeMul, x, math.Sqrt2/2))
		} else {
			cube := f.mul(x, f.mul(x, x))
			inner := f.add(x, f.with(compute.OpTypeMul, cube, 0.044715))
			phi = f.unary(compute.OpTypeTanh, f.with(compute.OpTypeMul, inner, math.Sqrt(2/math.Pi)))
		}
		return f.mul(f.with(compute.OpTypeMul, x, 0.5), f.with(compute.OpTypeAdd, phi, 1))
	})
}

// FusedLayerNorm implements compute.FusedOps.
func (f *Function) FusedLayerNorm(x compute.Value, axes []int, epsilon float64, gamma, beta compute.Value) (compute.Value, error) {
	nodes, err := f.floats("FusedLayerNorm", x, gamma, beta)
	if err != nil {
		return nil, err
	}
	shape := nodes[0].Shape
	normed := slices.Clone(shape.Dimensions) // what gamma and beta are reshaped to
	count := 1
	axes = slices.Clone(axes)
	for i, axis := range axes {
		if axis < 0 {
			axis += shape.Rank()
		}
		if axis < 0 || axis >= shape.Rank() {
			return nil, fmt.Errorf("FusedLayerNorm: %s has no axis %d", shape, axes[i])
		}
		axes[i] = axis
		count *= shape.Dimensions[axis]
	}
	for axis := range normed {
		if !slices.Contains(axes, axis) {
			normed[axis] = 1
		}
	}
	for i, name := range []string{"gamma", "beta"} {
		if n := nodes[1+i]; n != nil && n.Shape.Size() != count {
			return nil, fmt.Errorf("FusedLayerNorm: %s is %s, it must have the %d elements of axes %v of %s",
				name, n.Shape, count, axes, shape)
		}
	}
	return f.value(f.inFloat32(nodes[0], func(x *Node) *Node {
		mean := func(x *Node) *Node {
			sum := f.keep(f.reduce(compute.OpTypeReduceSum, x, axes...), shape.Dimensions, axes)
			return f.with(compute.OpTypeMul, sum, 1/float64(max(count, 1)))
		}
		centred := f.sub(x, mean(x))
		variance := mean(f.mul(centred, centred))
		y := f.mul(centred, f.unary(compute.OpTypeRsqrt, f.with(compute.OpTypeAdd, variance, epsilon)))
		if gamma := nodes[1]; gamma != nil {
			y = f.mul(y, f.convert(f.reshape(gamma, normed...), dtypes.Float32))
		}
		if beta := nodes[2]; beta != nil {
			y = f.add(y, f.convert(f.reshape(beta, normed...), dtypes.Float32))
		}
		return y
	})), nil
}

// activate applies an activation.
func (f *Function) activate(x *Node, activation compute.ActivationType) (*Node, error) {
	switch activation {
	case compute.ActivationNone:
		return x, nil
	case compute.ActivationGelu:
		return f.gelu(x, true), nil
	case compute.ActivationRelu:
		return f.where(f.compareWith(compute.OpTypeLessThan, x, 0), f.scalar(x.Shape.DType, 0), x), nil
	case compute.ActivationSilu:
		return f.inFloat32(x, func(x *Node) *Node { return f.mul(x, f.logistic(x)) }), nil
	case compute.ActivationHardSwish:
		return f.inFloat32(x, func(x *Node) *Node {
			gate := f.with(compute.OpTypeAdd, f.with(compute.OpTypeMul, x, 1./6), 0.5)
			gate = f.with(compute.OpTypeMin, f.with(compute.OpTypeMax, gate, 0), 1)
			return f.mul(x, gate)
		}), nil
	case compute.ActivationTanh:
		return f.unary(compute.OpTypeTanh, x), nil
	}
	return nil, fmt.Errorf("activation %s: %w", activation, compute.ErrNotImplemented)
}

// FusedDense implements compute.FusedOps.
func (f *Function) FusedDense(x, weight, bias compute.Value, options compute.DenseConfig) (compute.Value, error) {
	nodes, err := f.floats("FusedDense", x, weight, bias)
	if err != nil {
		return nil, err
	}
	in, w := nodes[0].Shape, nodes[1].Shape
	if in.Rank() < 1 || w.Rank() < 2 || in.DType != w.DType {
		return nil, fmt.Errorf("FusedDense: x is %s and the weight %s: give [..., in] and a matrix of the same type", in, w)
	}
	contracting := 0
	if options.WeightLayout == compute.DenseLayoutOutputsInput {
		contracting = w.Rank() - 1
	}
	if in.Dim(-1) != w.Dimensions[contracting] {
		return nil, fmt.Errorf("FusedDense: x is %s and the weight, laid out as %s, is %s: the inputs' dimensions differ",
			in, options.WeightLayout, w)
	}
	y, err := f.dense(nodes[0], nodes[1], contracting, nodes[2], options.Activation)
	if err != nil {
		return nil, fmt.Errorf("FusedDense: %w", err)
	}
	return f.value(f.convert(y, in.DType)), nil
}

// dense is activation(x·weight + bias), contracting x's last axis, in sumType.
func (f *Function) dense(x, weight *Node, contracting int, bias *Node, activation compute.ActivationType) (*Node, error) {
	y := f.dot(x, weight, DotAttr{
		LeftContracting: []int{x.Shape.Rank() - 1}, RightContracting: []int{contracting}, Sum: sumType(x.Shape.DType),
	}) // [..., out...]
	if bias != nil {
		outputs := without(weight.Shape.Dimensions, []int{contracting})
		if !slices.Equal(bias.Shape.Dimensions, outputs) {
			return nil, fmt.Errorf("the bias is %s, it must have dimensions %v", bias.Shape, outputs)
		}
		y = f.add(y, f.convert(f.lastAxes(bias, y.Shape.Dimensions), y.Shape.DType))
	}
	return f.activate(y, activation)
}

// lastAxes broadcasts x along the last axes of dims.
func (f *Function) lastAxes(x *Node, dims []int) *Node {
	axes := make([]int, x.Shape.Rank())
	for i := range axes {
		axes[i] = len(dims) - len(axes) + i
	}
	return f.broadcast(x, dims, axes)
}

// FusedAttentionQKVProjection implements compute.FusedOps.
func (f *Function) FusedAttentionQKVProjection(x, wQKV, biasQ, biasK, biasV compute.Value, queryDim, keyValueDim int) (
	query, key, value compute.Value, err error) {
	nodes, err := f.floats("FusedAttentionQKVProjection", x, wQKV, biasQ, biasK, biasV)
	if err != nil {
		return nil, nil, nil, err
	}
	in, w := nodes[0].Shape, nodes[1].Shape
	if in.Rank() < 1 || w.Rank() != 2 || in.Dim(-1) != w.Dimensions[0] || in.DType != w.DType ||
		queryDim < 0 || keyValueDim < 0 || w.Dimensions[1] != queryDim+2*keyValueDim {
		return nil, nil, nil, fmt.Errorf("FusedAttentionQKVProjection: x is %s and the weight %s: "+
			"give [..., in] and [in, %d+2·%d] of the same type", in, w, queryDim, keyValueDim)
	}
	parts := make([]*Node, 3)
	start := 0
	for i, dim := range []int{queryDim, keyValueDim, keyValueDim} {
		weight := f.sliceAxis(nodes[1], 1, start, start+dim) // [in, dim]
		start += dim
		y, err := f.dense(nodes[0], weight, 0, nodes[2+i], compute.ActivationNone)
		if err != nil {
			return nil, nil, nil, fmt.Errorf("FusedAttentionQKVProjection: %w", err)
		}
		parts[i] = f.convert(y, in.DType) // [..., dim]
	}
	return f.value(parts[0]), f.value(parts[1]), f.value(parts[2]), nil
}
