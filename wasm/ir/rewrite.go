package ir

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// concatenateParts concatenates at most so many operands at a time, for a step can
// only touch so many values.
func (r *region) concatenateParts(shape shapes.Shape, attr ConcatenateAttr, inputs []*Node, most int) *Node {
	var parts []*Node
	for len(inputs) > 0 {
		n := min(most, len(inputs))
		part := inputs[0].Shape.Clone()
		part.Dimensions[attr.Axis] = 0
		for _, x := range inputs[:n] {
			part.Dimensions[attr.Axis] += x.Shape.Dimensions[attr.Axis]
		}
		parts = append(parts, r.make(compute.OpTypeConcatenate, part, nil, attr, inputs[:n]...))
		inputs = inputs[n:]
	}
	return r.make(compute.OpTypeConcatenate, shape, nil, attr, parts...)
}

// rowProduct gives a product of vectors with vectors as what it is, a sum over rows,
// which fuses with what comes before and after; nil for all other products.
func (r *region) rowProduct(op compute.OpType, shape shapes.Shape, attr DotAttr, inputs []*Node) *Node {
	p := dotShape(&Node{Op: op, Shape: shape, Attr: attr, Inputs: inputs})
	if p.m != 1 || p.n != 1 || p.k < 2 || shape.Size() == 0 {
		return nil
	}
	rows := shapes.Make(attr.Sum, shape.Size(), p.k)
	var factors [2]*Node
	for i, s := range p.sides {
		order := append(append(slices.Clone(s.batch), s.contracted...), s.free...)
		for axis := range s.x.Shape.Dimensions {
			if !slices.Contains(order, axis) {
				order = append(order, axis) // of the batch, 1 long
			}
		}
		x := r.make(compute.OpTypeTranspose, swapped(s.x.Shape, order), nil, TransposeAttr{order}, s.x)
		x = r.make(compute.OpTypeReshape, shapes.Make(x.Shape.DType, rows.Dimensions...), nil, nil, x)
		factors[i] = r.make(compute.OpTypeConvertDType, rows, nil, nil, x)
	}
	x := r.make(compute.OpTypeMul, rows, nil, nil, factors[0], factors[1])
	x = r.make(compute.OpTypeReduceSum, shapes.Make(attr.Sum, shape.Size()), nil, ReduceAttr{[]int{1}}, x)
	x = r.make(compute.OpTypeConvertDType, shapes.Make(shape.DType, shape.Size()), nil, nil, x)
	return r.make(compute.OpTypeReshape, shape, nil, nil, x)
}

// A reduction of few rows, each long, would keep a few workgroups busy and the rest
// of a GPU idle. It is made in two: of parts of each row, then of those. A vocabulary
// is not that long: sampling reduces it many times over in one step, and many short
// steps would cost more.
const (
	manyRows   = 64      // rows that suffice
	longEnough = 1 << 18 // a row that is worth the second step
	mostParts  = 256
)

// reduceTwice gives the reduction in two steps where that is better, or nil. Sums of
// 16-bit floats stay in Float32 in between.
func (r *region) reduceTwice(op compute.OpType, shape shapes.Shape, attr ReduceAttr, x *Node) *Node {
	rows, length := shape.Size(), 0
	if rows > 0 {
		length = x.Shape.Size() / rows
	}
	if rows >= manyRows || length < longEnough {
		return nil
	}
	parts := 0
	for d := 2; d <= mostParts; d++ {
		if length%d == 0 {
			parts = d
		}
	}
	var split shapes.Shape // with the parts, and with what each reduces
	var axis int
	switch layout := layout(x.Shape.Dimensions, attr.Axes); {
	case parts < 8:
		return nil
	case layout == "":
		split, axis = shapes.Make(x.Shape.DType, rows, parts, length/parts), 2
	case len(attr.Axes) > 0 && leading(attr.Axes):
		split, axis = shapes.Make(x.Shape.DType, parts, length/parts, rows), 1
	default:
		return nil
	}
	x = r.make(compute.OpTypeReshape, split, nil, nil, x)
	between := x.Shape.DType
	if between.IsFloat16() || between == dtypes.BFloat16 {
		between = dtypes.Float32
		split.DType = between
		x = r.make(compute.OpTypeConvertDType, split, nil, nil, x)
	}
	dims := []int{split.Dimensions[0], split.Dimensions[3-axis]}
	last := 1
	if axis == 1 {
		last = 0
	}
	x = r.make(op, shapes.Make(between, dims...), nil, ReduceAttr{[]int{axis}}, x)
	x = r.make(op, shapes.Make(between, rows), nil, ReduceAttr{[]int{last}}, x)
	if between != shape.DType {
		x = r.make(compute.OpTypeConvertDType, shapes.Make(shape.DType, rows), nil, nil, x)
	}
	return r.make(compute.OpTypeReshape, shape, nil, nil, x)
}

// leading says that axes are the first ones.
func leading(axes []int) bool {
	for i, axis := range axes {
		if axis != i {
			return false
		}
	}
	return true
}

// shortenSorts lets a sort of which only the first elements are wanted, as top-k
// takes them, give no more than those.
func shortenSorts(g *Graph) {
	for _, n := range g.Nodes {
		if n.Op != compute.OpTypeSort {
			continue
		}
		take, items := firstWanted(g, n)
		if last := len(n.Items[0].Dimensions) - 1; take < n.Items[0].Dimensions[last] {
			for i := range n.Items {
				n.Items[i] = n.Items[i].Clone()
				n.Items[i].Dimensions[last] = take
			}
			for _, item := range items {
				item.Shape = n.Items[0].Clone()
				item.Shape.DType = n.Items[item.Attr.(ItemAttr).Index].DType
				wholeSlices(g, item)
			}
		}
	}
}

// wholeSlices lets slices that take all of x be x.
func wholeSlices(g *Graph, x *Node) {
	for _, n := range g.Nodes {
		if n.Op == compute.OpTypeSlice && n.Inputs[0] == x && n.Shape.Equal(x.Shape) {
			n.Op, n.Attr = compute.OpTypeReshape, nil
		}
	}
}

// firstWanted is how many elements of each sorted row are read, and the nodes that
// take the results.
func firstWanted(g *Graph, sort *Node) (take int, items []*Node) {
	all := sort.Items[0].Dimensions[len(sort.Items[0].Dimensions)-1]
	isItem := map[*Node]bool{}
	for _, n := range g.Nodes {
		if n.Op == OpItem && n.Inputs[0] == sort {
			items = append(items, n)
			isItem[n] = true
		}
	}
	for _, n := range g.Outputs {
		if isItem[n] {
			return all, items
		}
	}
	take = 1
	for _, n := range g.Nodes {
		for _, closure := range closures(n) {
			for _, inner := range closure.Nodes {
				for _, input := range inner.Inputs {
					if isItem[input] {
						return all, items
					}
				}
			}
		}
		for _, input := range n.Inputs {
			if !isItem[input] {
				continue
			}
			slice, ok := n.Attr.(SliceAttr)
			if !ok {
				return all, items
			}
			take = max(take, slice.Limits[len(slice.Limits)-1])
		}
	}
	return take, items
}
