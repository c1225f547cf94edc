package ir

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// sort makes the step of a Sort along the last axis.
func (f *fusion) sort(n *Node) *Sort {
	rank := n.Inputs[0].Shape.Rank()
	length, take := n.Inputs[0].Shape.Dimensions[rank-1], n.Items[0].Dimensions[rank-1]
	outer := n.Inputs[0].Shape.Size() / max(length, 1)
	if outer*length == 0 {
		return nil
	}
	step := &Sort{Outer: []int{outer}, Length: length, Take: take}
	at := f.Sum(f.Times(f.Index(0, outer), length), f.Index(1, length))
	comparator := n.Attr.(SortAttr).Comparator
	for i, x := range n.Inputs {
		step.Keys = append(step.Keys, f.at(x, at))
		step.Stores = append(step.Stores, f.item(n, i, n.Items[i]))
		for _, side := range []int{i, len(n.Inputs) + i} {
			f.memo[element{comparator.Params[side], f.Int(0)}] = f.Reduced(side, x.Shape.DType)
		}
	}
	step.Less = f.at(comparator.Outputs[0], f.Int(0))
	return step
}

// item is the ID of result i of n: that of the node that takes it, where there is one.
func (f *fusion) item(n *Node, i int, shape shapes.Shape) int {
	for _, user := range f.owner[n].Nodes {
		if user.Op == OpItem && user.Inputs[0] == n && user.Attr.(ItemAttr).Index == i {
			f.shapes[user.ID] = user.Shape
			return user.ID
		}
	}
	return f.value(shape)
}

// while makes the step of a While. Its state lies in values of its own, which hold
// the result at the end; each round makes the next state beside it and then, if the
// condition held, moves it over.
func (f *fusion) while(n *Node) (Step, error) {
	attr := n.Attr.(loopAttr)
	step := &While{Condition: f.value(shapes.Make(dtypes.Bool))}
	for i, x := range n.Inputs {
		state := f.item(n, i, x.Shape)
		step.State = append(step.State, state)
		if x.Shape.Size() > 0 {
			step.Before = append(step.Before, &Copy{From: storage(x).ID, To: state})
		}
		for _, g := range closures(n) {
			f.kept[g.Params[i]] = true
			f.shapes[state] = x.Shape
			f.renamed[g.Params[i].ID] = state
		}
	}
	first, err := f.graph(attr.before, attr.before.Outputs, []int{step.Condition})
	if err != nil {
		return nil, err
	}
	// State that a round leaves as it is has no next.
	next := make([]int, len(n.Inputs))
	var changed []*Node
	var results []int
	for i, x := range n.Inputs {
		if next[i] = -1; storage(attr.body.Outputs[i]) != attr.body.Params[i] {
			next[i] = f.value(x.Shape)
			results, changed = append(results, next[i]), append(changed, attr.body.Outputs[i])
		}
	}
	body, err := f.graph(attr.body, changed, results)
	if err != nil {
		return nil, err
	}
	again, err := f.graph(attr.after, attr.after.Outputs, []int{step.Condition})
	if err != nil {
		return nil, err
	}
	step.Before = append(step.Before, first...)
	step.Body = append(append(body, f.advance(step, next)...), again...)
	return step, nil
}

// advance moves the next state over the state where the condition holds.
func (f *fusion) advance(step *While, next []int) []Step {
	goes := f.Load(step.Condition, dtypes.Bool, f.Int(0))
	var steps []Step
	for i, to := range step.State {
		shape := f.shapes[to]
		if shape.Size() == 0 || next[i] < 0 {
			continue
		}
		at := f.Index(0, shape.Size())
		steps = append(steps, &Update{Dims: []int{shape.Size()},
			Store: Store{Value: to, Exp: f.Load(next[i], shape.DType, at), If: goes}})
	}
	return steps
}

// branch makes the step of an If: both sides leave their results in the same values.
func (f *fusion) branch(n *Node) (Step, error) {
	attr := n.Attr.(IfAttr)
	step := &If{Predicate: storage(n.Inputs[0]).ID}
	var results []int
	for i, x := range attr.Then.Outputs {
		results = append(results, f.item(n, i, x.Shape))
	}
	var err error
	if step.Then, err = f.graph(attr.Then, attr.Then.Outputs, results); err != nil {
		return nil, err
	}
	if step.Else, err = f.graph(attr.Else, attr.Else.Outputs, results); err != nil {
		return nil, err
	}
	return step, nil
}
