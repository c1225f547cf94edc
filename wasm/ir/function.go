package ir

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/notimplemented"
	"github.com/gomlx/compute/shapes"
)

// Function records the operations of main, of a named function or of a closure.
// What the embedded struct answers is not implemented.
type Function struct {
	notimplemented.Function
	builder  *Builder
	parent   *Function
	name     string
	graph    *Graph
	params   []parameter
	results  []shapes.Shape
	captured map[*Node]*Node // nodes of the parents, as nodes of this graph
	returned bool
}

// parameter is one as its caller sees it.
type parameter struct {
	name  string
	shape shapes.Shape
}

// value is a compute.Value of this package: a node and the function that made it.
type value struct {
	function *Function
	node     *Node
	// packed is, for a type of less than a byte, that type; the node then holds its
	// numbers unpacked, as Int8. Else it is dtypes.InvalidDType.
	packed dtypes.DType
}

// shape is the value's shape as its caller knows it.
func (v *value) shape() shapes.Shape {
	s := v.node.Shape
	if v.packed != dtypes.InvalidDType {
		s = s.Clone()
		s.DType = v.packed
	}
	return s
}

// newFunction makes an empty function; closures have a parent and no name.
func newFunction(b *Builder, name string, parent *Function) *Function {
	f := &Function{builder: b, parent: parent, name: name, graph: &Graph{Name: name}, captured: map[*Node]*Node{}}
	f.ErrFn = func(op compute.OpType) error {
		return fmt.Errorf("%s on backend %q: %w", op, b.backend.Name(), compute.ErrNotImplemented)
	}
	if parent != nil {
		f.graph.Parent = parent.graph
	}
	return f
}

// Name implements compute.Function.
func (f *Function) Name() string { return f.name }

// Builder implements compute.Function.
func (f *Function) Builder() compute.Builder { return f.builder }

// Parent implements compute.Function.
func (f *Function) Parent() compute.Function {
	if f.parent == nil {
		return nil
	}
	return f.parent
}

// Closure implements compute.Function.
func (f *Function) Closure() (compute.Function, error) {
	if err := f.open("Closure"); err != nil {
		return nil, err
	}
	return newFunction(f.builder, "", f), nil
}

// Shape implements compute.Function.
func (f *Function) Shape(v compute.Value) (shapes.Shape, error) { return f.builder.OpShape(v) }

// open says whether the function still takes operations.
func (f *Function) open(what string) error {
	switch {
	case f.builder.compiled:
		return fmt.Errorf("%s: %q is already compiled", what, f.builder.name)
	case f.returned:
		return fmt.Errorf("%s: function %q has returned already", what, f.name)
	}
	return nil
}

// values checks the values that an operation takes and gives them with nodes of this
// function: what belongs to a parent is captured.
func (f *Function) values(what string, operands ...compute.Value) ([]*value, error) {
	if err := f.open(what); err != nil {
		return nil, err
	}
	values := make([]*value, len(operands))
	for i, operand := range operands {
		v, ok := operand.(*value)
		switch {
		case !ok:
			return nil, fmt.Errorf("%s: operand %d is a %T, not a value of backend %q", what, i, operand, f.builder.backend.Name())
		case v.function.builder != f.builder:
			return nil, fmt.Errorf("%s: operand %d %s is of another computation, %q", what, i, v.shape(), v.function.builder.name)
		case v.function != f && !v.function.encloses(f):
			return nil, fmt.Errorf("%s: operand %d %s is of a function that does not enclose this one", what, i, v.shape())
		}
		values[i] = &value{function: f, node: f.capture(v), packed: v.packed}
	}
	return values, nil
}

// nodes is values for operations that know no packed types.
func (f *Function) nodes(what string, operands ...compute.Value) ([]*Node, error) {
	values, err := f.values(what, operands...)
	if err != nil {
		return nil, err
	}
	nodes := make([]*Node, len(values))
	for i, v := range values {
		if v.packed != dtypes.InvalidDType {
			return nil, fmt.Errorf("%s: operand %d is %s: convert it to Int8 first: %w", what, i, v.shape(), compute.ErrNotImplemented)
		}
		nodes[i] = v.node
	}
	return nodes, nil
}

// encloses says whether inner is a closure in f, or in one of f's closures.
func (f *Function) encloses(inner *Function) bool {
	for ; inner != nil; inner = inner.parent {
		if inner.parent == f {
			return true
		}
	}
	return false
}

// capture gives the node that stands for a value in f, through all functions in
// between.
func (f *Function) capture(v *value) *Node {
	if v.function == f {
		return v.node
	}
	if node := f.captured[v.node]; node != nil {
		return node
	}
	outer := f.parent.capture(v)
	node := f.record(compute.OpTypeCapturedValue, outer.Shape, CapturedAttr{outer})
	f.captured[v.node] = node
	return node
}

// record adds a node to the function's graph.
func (f *Function) record(op compute.OpType, shape shapes.Shape, attr any, inputs ...*Node) *Node {
	n := &Node{ID: len(f.graph.Nodes), Op: op, Shape: shape, Inputs: inputs, Attr: attr}
	f.graph.Nodes = append(f.graph.Nodes, n)
	return n
}

// recordItems adds a node of several results, and gives each of them.
func (f *Function) recordItems(op compute.OpType, items []shapes.Shape, attr any, inputs ...*Node) []*Node {
	n := f.record(op, shapes.Invalid(), attr, inputs...)
	n.Items = items
	results := make([]*Node, len(items))
	for i, shape := range items {
		results[i] = f.record(OpItem, shape, ItemAttr{i}, n)
	}
	return results
}

// value wraps a node for the caller.
func (f *Function) value(n *Node) *value { return &value{function: f, node: n} }

// wrap is value for several nodes.
func (f *Function) wrap(nodes []*Node) []compute.Value {
	values := make([]compute.Value, len(nodes))
	for i, n := range nodes {
		values[i] = f.value(n)
	}
	return values
}

// Parameter implements compute.Function.
func (f *Function) Parameter(name string, shape shapes.Shape, sharding *compute.ShardingSpec) (compute.Value, error) {
	what := fmt.Sprintf("Parameter %q", name)
	if err := f.open(what); err != nil {
		return nil, err
	}
	if sharding != nil {
		return nil, fmt.Errorf("%s: backend %q has one device: %w", what, f.builder.backend.Name(), compute.ErrNotImplemented)
	}
	if err := f.builder.backend.checkShape(shape); err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	bits, packed := packedBits[shape.DType]
	stored := shape.Clone()
	if packed {
		if f.parent != nil || f.name != compute.MainName {
			return nil, fmt.Errorf("%s: only main takes %s: %w", what, shape.DType, compute.ErrNotImplemented)
		}
		stored = shapes.Make(dtypes.Uint8, int(bytes(shape)))
	}
	node := f.record(compute.OpTypeParameter, stored, ParameterAttr{Index: len(f.params), Name: name})
	f.graph.Params = append(f.graph.Params, node)
	f.params = append(f.params, parameter{name, shape.Clone()})
	if packed {
		flat := f.unpack(node, bits, isSigned(shape.DType))
		flat = f.reshape(flat, flat.Shape.Size())
		flat = f.slice(flat, []int{0}, []int{shape.Size()}, []int{1})
		return &value{function: f, node: f.reshape(flat, shape.Dimensions...), packed: shape.DType}, nil
	}
	return f.value(node), nil
}

// Constant implements compute.Function.
func (f *Function) Constant(flat any, dims ...int) (compute.Value, error) {
	if err := f.open("Constant"); err != nil {
		return nil, err
	}
	if flat == nil || reflect.TypeOf(flat).Kind() != reflect.Slice {
		return nil, fmt.Errorf("Constant: give a slice, not %T", flat)
	}
	dtype := dtypes.FromGoType(reflect.TypeOf(flat).Elem())
	if dtype == dtypes.InvalidDType {
		return nil, fmt.Errorf("Constant: %T is no slice of a known type", flat)
	}
	shape := shapes.Make(dtype, dims...)
	if err := f.builder.backend.checkShape(shape); err != nil {
		return nil, fmt.Errorf("Constant: %w", err)
	}
	data, err := flatBytes(flat, shape)
	if err != nil {
		return nil, fmt.Errorf("Constant: %w", err)
	}
	return f.value(f.record(compute.OpTypeConstant, shape, ConstantAttr{slices.Clone(data)})), nil
}

// Return implements compute.Function.
func (f *Function) Return(outputs []compute.Value, shardings []*compute.ShardingSpec) error {
	if len(outputs) == 0 {
		return errors.New("Return: a function gives at least one value")
	}
	if len(shardings) != 0 {
		return fmt.Errorf("Return: backend %q has one device: %w", f.builder.backend.Name(), compute.ErrNotImplemented)
	}
	values, err := f.values("Return", outputs...)
	if err != nil {
		return err
	}
	for i, v := range values {
		node := v.node
		if v.packed != dtypes.InvalidDType {
			if f.parent != nil || f.name != compute.MainName {
				return fmt.Errorf("Return: only main gives %s, as output %d: %w", v.shape(), i, compute.ErrNotImplemented)
			}
			node = f.pack(node, packedBits[v.packed])
		}
		f.graph.Outputs = append(f.graph.Outputs, node)
		f.results = append(f.results, v.shape())
	}
	f.returned = true
	return nil
}
