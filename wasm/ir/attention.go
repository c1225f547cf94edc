package ir

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// attention makes the step of a scaled dot product attention.
func (f *fusion) attention(n *Node) *Attention {
	attr := n.Attr.(AttentionAttr)
	step := &Attention{AttentionShape: attentionShape(n, attr, 3)}
	query, key, value := n.Inputs[0], n.Inputs[1], n.Inputs[2]
	step.Query, step.Key, step.Value = tensorOf(query, attr.Layout), tensorOf(key, attr.Layout), tensorOf(value, attr.Layout)
	step.Output = placed(f.item(n, 0, query.Shape), query.Shape, attr.Layout)
	step.LogSumExp = -1
	if slices.ContainsFunc(f.owner[n].Nodes, func(x *Node) bool {
		return x.Op == OpItem && x.Inputs[0] == n && x.Attr.(ItemAttr).Index == 1
	}) {
		step.LogSumExp = f.item(n, 1, f.statistics(step.AttentionShape))
	}
	return step
}

// attentionVJP makes the step of its backward pass.
func (f *fusion) attentionVJP(n *Node) *AttentionVJP {
	attr := n.Attr.(AttentionAttr)
	step := &AttentionVJP{AttentionShape: attentionShape(n, attr, 6)}
	inputs := []*AttentionTensor{&step.Query, &step.Key, &step.Value, &step.Output, nil, &step.GradOutput}
	for i, to := range inputs {
		if to != nil {
			*to = tensorOf(n.Inputs[i], attr.Layout)
		}
	}
	for i, to := range []*AttentionTensor{&step.GradQuery, &step.GradKey, &step.GradValue} {
		shape := n.Inputs[i].Shape
		*to = placed(f.item(n, i, shape), shape, attr.Layout)
	}
	step.LogSumExp = storage(n.Inputs[4]).ID
	step.Delta = f.value(f.statistics(step.AttentionShape))
	return step
}

// statistics is the shape of what is kept for each query of each head.
func (f *fusion) statistics(s AttentionShape) shapes.Shape {
	return shapes.Make(dtypes.Float32, s.Batch, s.Heads, s.Queries)
}

// attentionShape reads sizes and masks; masks follow the first inputs.
func attentionShape(n *Node, attr AttentionAttr, first int) AttentionShape {
	head, position := 1, 2
	if attr.Layout == compute.AttentionAxesLayoutBSHD {
		head, position = 2, 1
	}
	q, k := n.Inputs[0].Shape.Dimensions, n.Inputs[1].Shape.Dimensions
	s := AttentionShape{Batch: q[0], Heads: q[head], KVHeads: k[head], Queries: q[position], Keys: k[position],
		Dim: q[3], Scale: attr.Scale, Causal: attr.Causal}
	optional := func(at int) (int, [4]int) {
		if at < first {
			return -1, [4]int{}
		}
		return storage(n.Inputs[at]).ID, broadcastStrides(n.Inputs[at].Shape.Dimensions)
	}
	s.Mask, s.MaskStrides = optional(attr.Mask)
	s.Bias, s.BiasStride = optional(attr.Bias)
	s.QueryLengths, _ = optional(attr.QueryLengths)
	s.KeyLengths, _ = optional(attr.KeyLengths)
	return s
}

// broadcastStrides are those of a dense tensor, 0 where a dimension is 1.
func broadcastStrides(dims []int) (strides [4]int) {
	stride := 1
	for axis := min(len(dims), 4) - 1; axis >= 0; axis-- {
		if dims[axis] > 1 {
			strides[axis] = stride
		}
		stride *= dims[axis]
	}
	return strides
}

func tensorOf(x *Node, layout compute.AttentionAxesLayout) AttentionTensor {
	return placed(storage(x).ID, x.Shape, layout)
}

// placed is a dense tensor of four axes with its strides over batch, head, position.
func placed(id int, shape shapes.Shape, layout compute.AttentionAxesLayout) AttentionTensor {
	d := shape.Dimensions
	batch, outer, inner := d[1]*d[2]*d[3], d[2]*d[3], d[3]
	if layout == compute.AttentionAxesLayoutBSHD {
		return AttentionTensor{Value: id, Strides: [3]int{batch, inner, outer}}
	}
	return AttentionTensor{Value: id, Strides: [3]int{batch, outer, inner}}
}
