package ir

import (
	"fmt"
	"hash/maphash"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
)

// rebuilder copies what is alive of a recorded graph: calls are put in place of the
// call, captured values become the nodes that they stand for, equal nodes become
// one, and operations that change nothing go. Graphs of While and If stay graphs,
// whose nodes read those around them directly.
type rebuilder struct {
	next   int // ID of the next node
	seed   maphash.Seed
	limits Limits
	// owner says which graph a node is computed in.
	owner map[*Node]*Graph
}

// region is a graph being rebuilt.
type region struct {
	*rebuilder
	graph *Graph
	equal map[string]*Node
}

// scope is one function's nodes being copied into a region.
type frame struct {
	*region
	to    map[*Node]*Node   // its own nodes and, through captures, those around it
	items map[*Node][]*Node // results of calls
}

// rebuild gives the live part of main, the ID after its nodes', and which graph each
// node is computed in.
func rebuild(main *Graph, limits Limits) (*Graph, int, map[*Node]*Graph) {
	b := &rebuilder{seed: maphash.MakeSeed(), limits: limits, owner: map[*Node]*Graph{}}
	g := b.graph(main, map[*Node]*Node{}).graph
	return g, b.next, b.owner
}

// graph rebuilds g, a function or a closure in the scope of around.
func (b *rebuilder) graph(g *Graph, around map[*Node]*Node) *region {
	r := &region{rebuilder: b, graph: &Graph{Name: g.Name}, equal: map[string]*Node{}}
	f := frame{region: r, to: map[*Node]*Node{}, items: map[*Node][]*Node{}}
	for from, to := range around {
		f.to[from] = to
	}
	for _, p := range g.Params {
		to := r.add(&Node{Op: compute.OpTypeParameter, Shape: p.Shape, Attr: p.Attr})
		f.to[p] = to
		r.graph.Params = append(r.graph.Params, to)
	}
	r.graph.Outputs = f.copy(g)
	live := alive(r.graph) // what was made on the way and is not wanted after all goes
	r.graph.Nodes = slices.DeleteFunc(r.graph.Nodes, func(n *Node) bool { return !live[n] })
	shortenSorts(r.graph)
	return r
}

// copy brings the live nodes of g over and gives its outputs.
func (f *frame) copy(g *Graph) []*Node {
	live := alive(g)
	for _, n := range g.Nodes {
		if live[n] && f.to[n] == nil {
			f.to[n] = f.node(n)
		}
	}
	outputs := make([]*Node, len(g.Outputs))
	for i, n := range g.Outputs {
		outputs[i] = f.to[n]
	}
	return outputs
}

// alive are the nodes of g that its outputs need. What closures of live nodes
// capture is alive too.
func alive(g *Graph) map[*Node]bool {
	live := map[*Node]bool{}
	var mark func(n *Node)
	mark = func(n *Node) {
		if live[n] {
			return
		}
		live[n] = true
		for _, input := range n.Inputs {
			mark(input)
		}
		for _, closure := range closures(n) {
			markCaptured(closure, mark)
		}
	}
	for _, n := range g.Outputs {
		mark(n)
	}
	return live
}

// markCaptured marks what g reads around it: through captures as it was recorded,
// directly once it is rebuilt.
func markCaptured(g *Graph, mark func(*Node)) {
	for _, n := range g.Nodes {
		if captured, ok := n.Attr.(CapturedAttr); ok {
			mark(captured.Node)
		}
		for _, input := range n.Inputs {
			mark(input)
		}
		for _, inner := range closures(n) {
			markCaptured(inner, mark)
		}
	}
	for _, n := range g.Outputs {
		mark(n)
	}
}

// closures are the graphs that a node runs in its own scope.
func closures(n *Node) []*Graph {
	switch attr := n.Attr.(type) {
	case SortAttr:
		return []*Graph{attr.Comparator}
	case WhileAttr:
		return []*Graph{attr.Condition, attr.Body}
	case loopAttr:
		return []*Graph{attr.before, attr.body, attr.after}
	case IfAttr:
		return []*Graph{attr.Then, attr.Else}
	}
	return nil
}

// node copies one node whose inputs are copied.
func (f *frame) node(n *Node) *Node {
	inputs := make([]*Node, len(n.Inputs))
	for i, input := range n.Inputs {
		inputs[i] = f.to[input]
	}
	switch attr := n.Attr.(type) {
	case CapturedAttr:
		return f.capture(f.to[attr.Node])
	case ItemAttr:
		if results := f.items[n.Inputs[0]]; results != nil {
			return results[attr.Index]
		}
	case CallAttr:
		return f.call(n, attr.Function, inputs)
	case SortAttr:
		return f.sort(n, attr, inputs)
	case WhileAttr:
		loop := loopAttr{f.closure(attr.Condition), f.closure(attr.Body), f.closure(attr.Condition)}
		return f.add(&Node{Op: n.Op, Shape: n.Shape, Items: n.Items, Inputs: inputs, Attr: loop})
	case IfAttr:
		attr.Then, attr.Else = f.closure(attr.Then), f.closure(attr.Else)
		return f.add(&Node{Op: n.Op, Shape: n.Shape, Items: n.Items, Inputs: inputs, Attr: attr})
	}
	return f.make(n.Op, n.Shape, n.Items, n.Attr, inputs...)
}

// closure rebuilds a graph that may read the nodes of this one.
func (f *frame) closure(g *Graph) *Graph { return f.rebuilder.graph(g, f.to).graph }

// loopAttr is a rebuilt While's: the condition is lowered twice, before the first
// round and at the end of each.
type loopAttr struct{ before, body, after *Graph }

// sort brings the axis that is sorted to the end.
func (f *frame) sort(n *Node, attr SortAttr, inputs []*Node) *Node {
	rank := n.Inputs[0].Shape.Rank()
	swap := make([]int, rank)
	for axis := range swap {
		swap[axis] = axis
	}
	swap[attr.Axis], swap[rank-1] = rank-1, attr.Axis
	moved := SortAttr{Axis: rank - 1, Comparator: f.closure(attr.Comparator)}
	last := &Node{Op: n.Op, Attr: moved}
	for _, x := range inputs {
		x = f.make(compute.OpTypeTranspose, swapped(x.Shape, swap), nil, TransposeAttr{swap}, x)
		last.Inputs = append(last.Inputs, x)
		last.Items = append(last.Items, x.Shape)
	}
	f.add(last)
	results := make([]*Node, len(inputs))
	for i, x := range last.Inputs {
		item := f.make(OpItem, x.Shape, nil, ItemAttr{i}, last)
		results[i] = f.make(compute.OpTypeTranspose, swapped(x.Shape, swap), nil, TransposeAttr{swap}, item)
	}
	f.items[n] = results
	return results[0]
}

func swapped(shape shapes.Shape, permutation []int) shapes.Shape {
	dims := make([]int, shape.Rank())
	for i, axis := range permutation {
		dims[i] = shape.Dimensions[axis]
	}
	return shapes.Make(shape.DType, dims...)
}

// call puts function in place of the call n.
func (f *frame) call(n *Node, function *Graph, inputs []*Node) *Node {
	inner := frame{region: f.region, to: map[*Node]*Node{}, items: map[*Node][]*Node{}}
	for i, p := range function.Params {
		inner.to[p] = inputs[i]
	}
	results := inner.copy(function)
	f.items[n] = results
	return results[0]
}

// capture makes n, a node around this graph, readable in it. What costs nothing to
// make is made again.
func (f *frame) capture(n *Node) *Node {
	switch n.Op {
	case compute.OpTypeConstant, compute.OpTypeIota:
		return f.make(n.Op, n.Shape, nil, n.Attr)
	case compute.OpTypeReshape, compute.OpTypeBroadcastInDim:
		if input := f.capture(n.Inputs[0]); f.owner[input] == f.region.graph {
			return f.make(n.Op, n.Shape, nil, n.Attr, input)
		}
	}
	return n
}

// add appends n to the region.
func (r *region) add(n *Node) *Node {
	n.ID = r.next
	r.next++
	r.graph.Nodes = append(r.graph.Nodes, n)
	r.owner[n] = r.graph
	return n
}

// make gives the node that computes op, an equal one where there is one.
func (r *region) make(op compute.OpType, shape shapes.Shape, items []shapes.Shape, attr any, inputs ...*Node) *Node {
	if same := r.simpler(op, shape, attr, inputs); same != nil {
		return same
	}
	key := r.key(op, shape, attr, inputs)
	if n := r.equal[key]; n != nil {
		return n
	}
	n := r.add(&Node{Op: op, Shape: shape, Items: items, Attr: attr, Inputs: inputs})
	r.equal[key] = n
	return n
}

// key tells nodes of a region apart.
func (r *region) key(op compute.OpType, shape shapes.Shape, attr any, inputs []*Node) string {
	ids := make([]int, len(inputs))
	for i, input := range inputs {
		ids[i] = input.ID
	}
	if constant, ok := attr.(ConstantAttr); ok {
		if len(constant.Data) > 64 {
			attr = [2]uint64{maphash.Bytes(r.seed, constant.Data), uint64(len(constant.Data))}
		}
	}
	return fmt.Sprintf("%d %s %v %v", op, shape, ids, attr)
}

// simpler gives the node whose value op on inputs has anyway, or nil.
func (r *region) simpler(op compute.OpType, shape shapes.Shape, attr any, inputs []*Node) *Node {
	if len(inputs) == 0 {
		return nil
	}
	x := inputs[0]
	switch attr := attr.(type) {
	case TransposeAttr:
		if x.Op == op { // one transpose for two
			inner := x.Attr.(TransposeAttr).Permutation
			both := make([]int, len(inner))
			for i, axis := range attr.Permutation {
				both[i] = inner[axis]
			}
			return r.make(op, shape, nil, TransposeAttr{both}, x.Inputs[0])
		}
		if movesNothing(attr.Permutation, x.Shape) {
			return r.make(compute.OpTypeReshape, shape, nil, nil, x)
		}
	case BroadcastAttr:
		if x.Shape.Size() == shape.Size() {
			return r.make(compute.OpTypeReshape, shape, nil, nil, x)
		}
	case SliceAttr:
		if x.Shape.Equal(shape) {
			return x
		}
	case PadAttr:
		if x.Shape.Equal(shape) && !slices.ContainsFunc(attr.Axes, func(a compute.PadAxis) bool { return a != compute.PadAxis{} }) {
			return x
		}
	case ConcatenateAttr:
		if len(inputs) == 1 {
			return x
		}
		if most := max(r.limits.Bindings/2, 2); len(inputs) > most {
			return r.concatenateParts(shape, attr, inputs, most)
		}
	case DotAttr:
		return r.rowProduct(op, shape, attr, inputs)
	case ReduceAttr:
		if x.Shape.Size() == shape.Size() {
			return r.make(compute.OpTypeReshape, shape, nil, nil, x)
		}
		return r.reduceTwice(op, shape, attr, x)
	}
	switch op {
	case compute.OpTypeReshape:
		if x.Op == op {
			return r.make(op, shape, nil, bothBarriers(attr, x.Attr), x.Inputs[0])
		}
		if x.Shape.Equal(shape) && attr == nil {
			return x
		}
	case compute.OpTypeConvertDType, compute.OpTypeBitcast, compute.OpTypeIdentity:
		if x.Shape.Equal(shape) {
			return x
		}
	}
	return nil
}

// bothBarriers is the attribute of a Reshape in place of two.
func bothBarriers(a, b any) any {
	x, barrier := a.(BarrierAttr)
	y, other := b.(BarrierAttr)
	if !barrier && !other {
		return nil
	}
	return BarrierAttr{x.Again || y.Again}
}

// movesNothing says that a permutation leaves the axes that are longer than 1 in
// their order.
func movesNothing(permutation []int, of shapes.Shape) bool {
	last := -1
	for _, axis := range permutation {
		if of.Dimensions[axis] == 1 {
			continue
		}
		if axis < last {
			return false
		}
		last = axis
	}
	return true
}
