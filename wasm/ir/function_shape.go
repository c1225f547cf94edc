package ir

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
)

// moved checks one operand, which may be of a packed type, and hands its node on.
func (f *Function) moved(what string, x compute.Value, record func(x *Node) (*Node, error)) (compute.Value, error) {
	values, err := f.values(what, x)
	if err != nil {
		return nil, err
	}
	node, err := record(values[0].node)
	if err != nil {
		return nil, err
	}
	return &value{function: f, node: node, packed: values[0].packed}, nil
}

// Reshape implements compute.Function.
func (f *Function) Reshape(x compute.Value, dimensions ...int) (compute.Value, error) {
	return f.moved("Reshape", x, func(x *Node) (*Node, error) {
		shape, err := shapeinference.Reshape(x.Shape, dimensions)
		if err != nil {
			return nil, err
		}
		return f.reshape(x, shape.Dimensions...), nil
	})
}

// Transpose implements compute.Function.
func (f *Function) Transpose(x compute.Value, permutation ...int) (compute.Value, error) {
	return f.moved("Transpose", x, func(x *Node) (*Node, error) {
		if _, err := shapeinference.Transpose(x.Shape, permutation); err != nil {
			return nil, err
		}
		return f.transpose(x, permutation...), nil
	})
}

// BroadcastInDim implements compute.Function.
func (f *Function) BroadcastInDim(x compute.Value, outputShape shapes.Shape, broadcastAxes []int) (compute.Value, error) {
	return f.moved("BroadcastInDim", x, func(x *Node) (*Node, error) {
		if outputShape.IsDynamic() {
			return nil, f.builder.backend.checkShape(outputShape)
		}
		if err := shapeinference.BroadcastInDim(x.Shape, outputShape, broadcastAxes, nil); err != nil {
			return nil, err
		}
		return f.broadcast(x, outputShape.Dimensions, broadcastAxes), nil
	})
}

// Slice implements compute.Function. Strides that are missing are 1.
func (f *Function) Slice(x compute.Value, starts, limits, strides []int) (compute.Value, error) {
	return f.moved("Slice", x, func(x *Node) (*Node, error) {
		if len(strides) == 0 {
			strides = slices.Repeat([]int{1}, x.Shape.Rank())
		}
		if _, err := shapeinference.Slice(x.Shape, starts, limits, strides); err != nil {
			return nil, err
		}
		return f.slice(x, starts, limits, strides), nil
	})
}

// Reverse implements compute.Function.
func (f *Function) Reverse(x compute.Value, axes ...int) (compute.Value, error) {
	return f.moved("Reverse", x, func(x *Node) (*Node, error) {
		for i, axis := range axes {
			if axis < 0 || axis >= x.Shape.Rank() {
				return nil, fmt.Errorf("Reverse: %s has no axis %d", x.Shape, axis)
			}
			if slices.Contains(axes[:i], axis) {
				return nil, fmt.Errorf("Reverse: axis %d is given twice", axis)
			}
		}
		if len(axes) == 0 {
			return x, nil
		}
		return f.record(compute.OpTypeReverse, x.Shape, ReverseAttr{slices.Clone(axes)}, x), nil
	})
}

// Concatenate implements compute.Function.
func (f *Function) Concatenate(axis int, operands ...compute.Value) (compute.Value, error) {
	nodes, err := f.nodes("Concatenate", operands...)
	if err != nil {
		return nil, err
	}
	inputs := make([]shapes.Shape, len(nodes))
	for i, n := range nodes {
		inputs[i] = n.Shape
	}
	if _, err := shapeinference.Concatenate(inputs, axis); err != nil {
		return nil, err
	}
	if len(nodes) == 1 {
		return f.value(nodes[0]), nil
	}
	return f.value(f.concatenate(axis, nodes...)), nil
}

// Pad implements compute.Function.
func (f *Function) Pad(x, fillValue compute.Value, axesConfig ...compute.PadAxis) (compute.Value, error) {
	nodes, err := f.nodes("Pad", x, fillValue)
	if err != nil {
		return nil, err
	}
	if _, err := shapeinference.Pad(nodes[0].Shape, axesConfig...); err != nil {
		return nil, err
	}
	if fill := nodes[1].Shape; fill.DType != nodes[0].Shape.DType || fill.Rank() != 0 {
		return nil, fmt.Errorf("Pad: %s is filled with a %s, it must be a scalar of the same type", nodes[0].Shape, fill)
	}
	return f.value(f.pad(nodes[0], nodes[1], axesConfig)), nil
}

// Iota implements compute.Function.
func (f *Function) Iota(shape shapes.Shape, iotaAxis int) (compute.Value, error) {
	if err := f.open("Iota"); err != nil {
		return nil, err
	}
	if iotaAxis < 0 || iotaAxis >= shape.Rank() {
		return nil, fmt.Errorf("Iota: %s has no axis %d", shape, iotaAxis)
	}
	if err := f.builder.backend.checkShape(shape); err != nil {
		return nil, fmt.Errorf("Iota: %w", err)
	}
	if _, packed := packedBits[shape.DType]; packed || shape.DType == dtypes.Bool {
		return nil, fmt.Errorf("Iota: %s does not count: %w", shape.DType, compute.ErrNotImplemented)
	}
	return f.value(f.iota(shape.DType, iotaAxis, shape.Dimensions...)), nil
}

// Bitcast implements compute.Function.
func (f *Function) Bitcast(operand compute.Value, targetDType dtypes.DType) (compute.Value, error) {
	values, err := f.values("Bitcast", operand)
	if err != nil {
		return nil, err
	}
	v := values[0]
	if v.packed == targetDType {
		return v, nil
	}
	if v.shape().Rank() == 0 && v.shape().DType.Bits() < targetDType.Bits() {
		return nil, fmt.Errorf("Bitcast: %s is too small for %s", v.shape(), targetDType)
	}
	shape, err := shapeinference.Bitcast(v.shape(), targetDType)
	if err != nil {
		return nil, err
	}
	if err := f.builder.backend.checkShape(shape); err != nil {
		return nil, fmt.Errorf("Bitcast: %w", err)
	}
	node := v.node
	if v.packed != dtypes.InvalidDType {
		if shape.DType.Bits() < 8 || shape.Rank() == v.shape().Rank() {
			return nil, fmt.Errorf("Bitcast: %s to %s: %w", v.shape(), targetDType, compute.ErrNotImplemented)
		}
		node = f.pack(node, packedBits[v.packed])
	}
	bits, packed := packedBits[targetDType]
	switch {
	case packed:
		if node.Shape.DType.Size() != 1 {
			return nil, fmt.Errorf("Bitcast: %s to %s: go by Uint8: %w", node.Shape, targetDType, compute.ErrNotImplemented)
		}
		return &value{function: f, node: f.unpack(f.bitcast(node, dtypes.Uint8), bits, isSigned(targetDType)), packed: targetDType}, nil
	case node.Shape.DType == targetDType:
		return f.value(f.reshape(node, shape.Dimensions...)), nil
	}
	return f.value(f.record(compute.OpTypeBitcast, shape, nil, node)), nil
}
