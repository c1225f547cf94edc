package ir

import (
	"slices"

	"github.com/gomlx/compute"
)

// product is the shape of a DotGeneral: which axes of each side are which.
type product struct {
	batch   []int // dimensions
	m, n, k int
	sides   [2]side
}

// side is one operand's axes by their part in the product.
type side struct {
	x                        *Node
	batch, free, contracted  []int // axes
	freeDims, contractedDims []int
}

func dotShape(n *Node) product {
	attr := n.Attr.(DotAttr)
	p := product{m: 1, n: 1, k: 1}
	p.sides[0] = newSide(n.Inputs[0], attr.LeftBatch, attr.LeftContracting)
	p.sides[1] = newSide(n.Inputs[1], attr.RightBatch, attr.RightContracting)
	for _, axis := range p.sides[0].batch {
		p.batch = append(p.batch, n.Inputs[0].Shape.Dimensions[axis])
	}
	p.m, p.n, p.k = size(p.sides[0].freeDims), size(p.sides[1].freeDims), size(p.sides[0].contractedDims)
	return p
}

func newSide(x *Node, batch, contracted []int) side {
	s := side{x: x, contracted: contracted}
	for _, axis := range batch {
		if x.Shape.Dimensions[axis] != 1 {
			s.batch = append(s.batch, axis)
		}
	}
	for axis, dim := range x.Shape.Dimensions {
		if !slices.Contains(batch, axis) && !slices.Contains(contracted, axis) {
			s.free = append(s.free, axis)
			s.freeDims = append(s.freeDims, dim)
		}
	}
	for _, axis := range contracted {
		s.contractedDims = append(s.contractedDims, x.Shape.Dimensions[axis])
	}
	return s
}

func size(dims []int) int {
	product := 1
	for _, d := range dims {
		product *= d
	}
	return product
}

// position is the element of the side at batch, row (of m or n) and k.
func (s side) position(scope *Scope, batch []*Exp, row, k *Exp) *Exp {
	index := make([]*Exp, s.x.Shape.Rank())
	for axis := range index {
		index[axis] = scope.Int(0)
	}
	for i, axis := range s.batch {
		index[axis] = batch[i]
	}
	for i, e := range scope.Split(row, s.freeDims) {
		index[s.free[i]] = e
	}
	for i, e := range scope.Split(k, s.contractedDims) {
		index[s.contracted[i]] = e
	}
	return scope.Join(index, s.x.Shape.Dimensions)
}

// loop gives the loop variables of one side: batch axes, row, k.
func (p product) loop(s *Scope, which int) (batch []*Exp, row, k *Exp) {
	for i, d := range p.batch {
		batch = append(batch, s.Index(i, d))
	}
	rows := p.m
	if which == 1 {
		rows = p.n
	}
	return batch, s.Index(len(batch), rows), s.Index(len(batch)+1, p.k)
}

// operandBase is the node that has to be in memory for one side of a Dot to be read:
// that which it is a view of, if strides can say the view, else the operand.
func (c *compiler) operandBase(n *Node, which int) *Node {
	p := dotShape(n)
	base := p.sides[which].x
	for isView(base) && !c.kept[base] {
		base = base.Inputs[0]
	}
	batch, row, k := p.loop(c.Scope, which)
	view := elements{Scope: c.Scope, kept: map[*Node]bool{base: true}, memo: map[element]*Exp{}}
	if _, ok := affine(view.at(p.sides[which].x, p.sides[which].position(c.Scope, batch, row, k)), len(p.batch)+2); ok {
		return base
	}
	return storage(p.sides[which].x)
}

// strides is a position as constant + Σ factor·loop variable.
type strides struct {
	offset int
	of     []int
}

// affine sees the load e as one by strides over n loop variables.
func affine(e *Exp, n int) (strides, bool) {
	to := strides{of: make([]int, n)}
	if e.Kind != Load {
		return to, false
	}
	f := sumOf(e.Args[0])
	to.offset = int(f.constant)
	for _, t := range f.terms {
		if t.of.Kind != Index || t.factor < 0 {
			return to, false
		}
		to.of[t.of.N] = int(t.factor)
	}
	return to, true
}

// dot makes the step of a DotGeneral whose result is stored as root.
func (c *compiler) dot(n, root *Node) *Dot {
	p := dotShape(n)
	step := &Dot{Batch: p.batch, M: p.m, N: p.n, K: p.k, Sum: n.Attr.(DotAttr).Sum}
	step.A, step.B = c.operand(p, 0), c.operand(p, 1)

	// The store's loop is the Dot's own result; what follows it is seen from there.
	var loop []*Exp
	dims := append(slices.Clone(p.batch), p.m, p.n)
	for i, d := range dims {
		loop = append(loop, c.Index(i, d))
	}
	own := c.Join(loop, dims)
	c.memo[element{n, own}] = c.Cast(c.Accumulated(step.Sum), n.Shape.DType)
	switch {
	case root == n:
		step.Store = Store{Value: root.ID, Exp: c.at(n, own)}
	case c.inPlace[root]:
		at := c.forward(n, storage(root.Inputs[1]), own)
		step.Store = Store{Value: root.ID, At: c.updated(root, at), Exp: c.at(root.Inputs[1], at)}
	default:
		at := c.forward(n, root, own)
		step.Store = Store{Value: root.ID, At: at, Exp: c.compute(root, at)}
		if at == own {
			step.Store.At = nil
		}
	}
	delete(c.memo, element{n, own}) // others load it
	return c.turn(step)
}

// turn exchanges the sides of a Dot whose result is stored transposed: (A·B)ᵀ = Bᵀ·Aᵀ
// is stored in order.
func (c *compiler) turn(s *Dot) *Dot {
	b := len(s.Batch)
	loop := make([]*Exp, b+2)
	for i, d := range s.Batch {
		loop[i] = c.Index(i, d)
	}
	loop[b], loop[b+1] = c.Index(b+1, s.N), c.Index(b, s.M)
	if s.Store.At == nil || s.Store.At != c.Join(loop, append(slices.Clone(s.Batch), s.N, s.M)) {
		return s
	}
	done := map[*Exp]*Exp{}
	to := &Dot{Batch: s.Batch, M: s.N, N: s.M, K: s.K, A: s.B, B: s.A, Sum: s.Sum, Store: s.Store}
	to.Store.At = nil
	to.Store.Exp = c.rewrite(s.Store.Exp, done, func(was, now *Exp) *Exp {
		if was.Kind == Index && was.N >= b {
			return c.Index(2*b+1-was.N, int(was.Limit))
		}
		return now
	})
	return to
}

// outer is an element of a product over nothing but one k, which is no sum.
func (l *elements) outer(n *Node, at *Exp) *Exp {
	p := dotShape(n)
	index := l.Split(at, append(slices.Clone(p.batch), p.m, p.n))
	batch, sum := index[:len(p.batch)], n.Attr.(DotAttr).Sum
	var factors [2]*Exp
	for i, s := range p.sides {
		factors[i] = l.Cast(l.at(s.x, s.position(l.Scope, batch, index[len(batch)+i], l.Int(0))), sum)
	}
	return l.Cast(l.Apply(compute.OpTypeMul, factors[0], factors[1]), n.Shape.DType)
}

// forward gives the element of root that element at of n becomes, through
// elementwise operations, reshapes and transposes.
func (c *compiler) forward(n, root *Node, at *Exp) *Exp {
	if n == root {
		return at
	}
	for x := root; ; {
		if storage(x) == n {
			return at
		}
		if x.Op == compute.OpTypeTranspose {
			index := c.Split(c.forward(n, x.Inputs[0], at), x.Inputs[0].Shape.Dimensions)
			moved := make([]*Exp, len(index))
			for i, axis := range x.Attr.(TransposeAttr).Permutation {
				moved[i] = index[axis]
			}
			return c.Join(moved, x.Shape.Dimensions)
		}
		for _, input := range x.Inputs {
			if c.reaches(input, n) {
				x = storage(input)
				break
			}
		}
	}
}

// reaches says that x is n or computed from it within the Dot's own chain.
func (c *compiler) reaches(x, n *Node) bool {
	x = storage(x)
	if x == n {
		return true
	}
	if !c.claimed[x] {
		return false
	}
	return slices.ContainsFunc(x.Inputs, func(input *Node) bool { return c.reaches(input, n) })
}

// operand makes one side of a Dot, by strides where that can be.
func (c *compiler) operand(p product, which int) Operand {
	batch, row, k := p.loop(c.Scope, which)
	x := p.sides[which].x
	e := c.at(x, p.sides[which].position(c.Scope, batch, row, k))
	o := Operand{DType: x.Shape.DType}
	if e.DType != x.Shape.DType {
		o.DType = e.DType
	}
	s, ok := affine(e, len(batch)+2)
	if !ok {
		o.Exp = e
		return o
	}
	o.Value, o.Offset = e.N, s.offset
	o.BatchStrides, o.RowStride, o.SumStride = s.of[:len(batch)], s.of[len(batch)], s.of[len(batch)+1]
	return o
}
