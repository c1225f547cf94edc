package ir

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// Call implements compute.Function.
func (f *Function) Call(target compute.Function, inputs ...compute.Value) ([]compute.Value, error) {
	nodes, err := f.nodes("Call", inputs...)
	if err != nil {
		return nil, err
	}
	callee, ok := target.(*Function)
	switch {
	case !ok || callee.builder != f.builder:
		return nil, fmt.Errorf("Call: the function is not of computation %q", f.builder.name)
	case callee.parent != nil:
		return nil, fmt.Errorf("Call: a closure cannot be called: make it a function by NewFunction")
	case !callee.returned:
		return nil, fmt.Errorf("Call: function %q has not returned yet", callee.name)
	}
	if err := takes("Call", callee, nodes); err != nil {
		return nil, err
	}
	return f.wrap(f.recordItems(compute.OpTypeCall, callee.results, CallAttr{callee.graph}, nodes...)), nil
}

// takes says whether a function's parameters are of the nodes' shapes.
func takes(what string, callee *Function, nodes []*Node) error {
	if len(nodes) != len(callee.params) {
		return fmt.Errorf("%s: function %q takes %d values, not %d", what, callee.name, len(callee.params), len(nodes))
	}
	for i, p := range callee.params {
		if !p.shape.Equal(nodes[i].Shape) {
			return fmt.Errorf("%s: parameter %d (%q) of function %q is %s, not %s",
				what, i, p.name, callee.name, p.shape, nodes[i].Shape)
		}
	}
	return nil
}

// closure checks that a function is a finished closure of f.
func (f *Function) closure(what string, closure compute.Function) (*Function, error) {
	c, ok := closure.(*Function)
	switch {
	case !ok || c.parent != f:
		return nil, fmt.Errorf("%s must be a closure of the function that uses it", what)
	case !c.returned:
		return nil, fmt.Errorf("%s has not returned yet", what)
	}
	return c, nil
}

// isPredicate says whether results are one Bool scalar.
func isPredicate(results []shapes.Shape) bool {
	return len(results) == 1 && results[0].Rank() == 0 && results[0].DType == dtypes.Bool
}

// Sort implements compute.Function. All sorts are stable. The comparator takes left and
// right of the first tensor, then those of the next, as GoMLX and StableHLO have it,
// and as compute.Function's comment does not.
func (f *Function) Sort(comparator compute.Function, axis int, isStable bool, inputs ...compute.Value) ([]compute.Value, error) {
	nodes, err := f.nodes("Sort", inputs...)
	if err != nil {
		return nil, err
	}
	if len(nodes) == 0 {
		return nil, fmt.Errorf("Sort: give at least one tensor")
	}
	first := nodes[0].Shape
	if axis < 0 {
		axis += first.Rank()
	}
	if axis < 0 || axis >= first.Rank() {
		return nil, fmt.Errorf("Sort: %s has no axis %d", first, axis)
	}
	items := make([]shapes.Shape, len(nodes))
	scalars := make([]*Node, 2*len(nodes))
	for i, n := range nodes {
		if !n.Shape.EqualDimensions(first) {
			return nil, fmt.Errorf("Sort: tensor %d is %s, but the first is %s: all have the same dimensions", i, n.Shape, first)
		}
		items[i] = n.Shape
		scalars[2*i] = &Node{Shape: shapes.Make(n.Shape.DType)}
		scalars[2*i+1] = scalars[2*i]
	}
	less, err := f.closure("Sort's comparator", comparator)
	if err != nil {
		return nil, err
	}
	if err := takes("Sort's comparator", less, scalars); err != nil {
		return nil, err
	}
	if !isPredicate(less.results) {
		return nil, fmt.Errorf("Sort: the comparator gives %v, it must give one Bool scalar", less.results)
	}
	sides := *less.graph
	sides.Params = nil
	for side := range 2 {
		for i := range nodes {
			sides.Params = append(sides.Params, less.graph.Params[2*i+side])
		}
	}
	return f.wrap(f.recordItems(compute.OpTypeSort, items, SortAttr{Axis: axis, Comparator: &sides}, nodes...)), nil
}

// While implements compute.Function.
func (f *Function) While(cond, body compute.Function, initialState ...compute.Value) ([]compute.Value, error) {
	state, err := f.nodes("While", initialState...)
	if err != nil {
		return nil, err
	}
	if len(state) == 0 {
		return nil, fmt.Errorf("While: give at least one value of state")
	}
	goOn, err := f.closure("While's condition", cond)
	if err != nil {
		return nil, err
	}
	next, err := f.closure("While's body", body)
	if err != nil {
		return nil, err
	}
	if err := takes("While's condition", goOn, state); err != nil {
		return nil, err
	}
	if err := takes("While's body", next, state); err != nil {
		return nil, err
	}
	if !isPredicate(goOn.results) {
		return nil, fmt.Errorf("While: the condition gives %v, it must give one Bool scalar", goOn.results)
	}
	if len(next.results) != len(state) {
		return nil, fmt.Errorf("While: the body gives %d values, the state has %d", len(next.results), len(state))
	}
	items := make([]shapes.Shape, len(state))
	for i, n := range state {
		if !next.results[i].Equal(n.Shape) {
			return nil, fmt.Errorf("While: the body gives %s as value %d, the state is %s", next.results[i], i, n.Shape)
		}
		items[i] = n.Shape
	}
	return f.wrap(f.recordItems(compute.OpTypeWhile, items, WhileAttr{goOn.graph, next.graph}, state...)), nil
}

// If implements compute.Function.
func (f *Function) If(pred compute.Value, trueBranch, falseBranch compute.Function) ([]compute.Value, error) {
	nodes, err := f.nodes("If", pred)
	if err != nil {
		return nil, err
	}
	if !isPredicate([]shapes.Shape{nodes[0].Shape}) {
		return nil, fmt.Errorf("If: the predicate is %s, it must be a Bool scalar", nodes[0].Shape)
	}
	branches := make([]*Function, 2)
	for i, branch := range []compute.Function{trueBranch, falseBranch} {
		if branches[i], err = f.closure(fmt.Sprintf("If's branch %d", i), branch); err != nil {
			return nil, err
		}
		if err := takes(fmt.Sprintf("If's branch %d", i), branches[i], nil); err != nil {
			return nil, err
		}
	}
	then, other := branches[0], branches[1]
	if len(then.results) != len(other.results) {
		return nil, fmt.Errorf("If: the branches give %d and %d values", len(then.results), len(other.results))
	}
	for i, shape := range then.results {
		if !shape.Equal(other.results[i]) {
			return nil, fmt.Errorf("If: the branches give %s and %s as value %d", shape, other.results[i], i)
		}
	}
	return f.wrap(f.recordItems(compute.OpTypeIf, then.results, IfAttr{then.graph, other.graph}, nodes[0])), nil
}

// Identity implements compute.Function.
func (f *Function) Identity(x compute.Value) (compute.Value, error) {
	values, err := f.values("Identity", x)
	if err != nil {
		return nil, err
	}
	return values[0], nil
}

// OptimizationBarrier implements compute.Function. Its operands get values of their
// own, whose readers do not compute them from what they were computed from.
func (f *Function) OptimizationBarrier(operands ...compute.Value) ([]compute.Value, error) {
	return f.barrier("OptimizationBarrier", BarrierAttr{}, operands, operands)
}

// SchedulingBarrier implements compute.Function. What is computed from its result is
// computed where it was recorded, again if it has been computed from the operand
// already: that is how a backward pass does without what it would have to keep.
func (f *Function) SchedulingBarrier(operand compute.Value, dependencies ...compute.Value) (compute.Value, error) {
	operands := []compute.Value{operand}
	results, err := f.barrier("SchedulingBarrier", BarrierAttr{Again: true}, operands, append(operands, dependencies...))
	if err != nil {
		return nil, err
	}
	return results[0], nil
}

// barrier records one for each of the operands, which checked begins with.
func (f *Function) barrier(what string, attr BarrierAttr, operands, checked []compute.Value) ([]compute.Value, error) {
	values, err := f.values(what, checked...)
	if err != nil {
		return nil, err
	}
	results := make([]compute.Value, len(operands))
	for i := range results {
		behind := *values[i]
		behind.node = f.record(compute.OpTypeReshape, behind.node.Shape, attr, behind.node)
		results[i] = &behind
	}
	return results, nil
}
