package ir

import (
	"fmt"
	"slices"
)

// Fusion works on units: sets of kept nodes that one step computes together. A loop
// is the unit of a Map or Row; every other step is a unit of its own and is never
// joined.
type unit struct {
	roots []*root // in the order of their nodes
	loop  *loop   // nil: step is what runs
	step  Step    // reads and writes are node IDs until values have their numbers
	// reads are the IDs of what is loaded, and writes those of what is made.
	reads, writes []int
}

// loop is the iteration space of a unit. A Map is rows elements, inner 0. A Row's
// loop variables are 0 for the row and 1 for the position in it.
type loop struct {
	rows, inner int
	// layout names how rows lie in what is reduced, "" where they follow each other.
	layout string
}

// root is a kept node as its unit computes it.
type root struct {
	node *Node
	// exp is the node's element in its own loop: Index 0 is the element of an
	// elementwise root; a reduction's is what it folds, of row and position.
	exp       *Exp
	reduction *Reduction
	own       loop
	// inPlace: the root writes its elements at positions at of a value that base is
	// the ID of as it was before.
	inPlace bool
	at      *Exp
	base    int
}

// touch fills in what u's step reads and writes. What a root updates in place is read.
func (u *unit) touch() {
	u.reads, u.writes = u.step.Values()
	for _, r := range u.roots {
		if r.inPlace {
			u.reads = append(u.reads, r.base)
		}
	}
}

// newRoot computes kept node n where it is elementwise or a reduction.
func (c *compiler) newRoot(n *Node) *root {
	r := &root{node: n, own: loop{rows: n.Shape.Size()}}
	switch {
	case isReduction(n) && n.Inputs[0].Shape.Size() > 0:
		c.newReduction(r)
	case c.inPlace[n]:
		r.own.rows, r.inPlace = n.Inputs[1].Shape.Size(), true
		at := c.Index(0, r.own.rows)
		r.exp, r.at = c.at(n.Inputs[1], at), c.updated(n, at)
	default:
		r.exp = c.compute(n, c.Index(0, r.own.rows))
	}
	return r
}

// updated is where element at of a DynamicUpdateSlice's update goes.
func (c *compiler) updated(n *Node, at *Exp) *Exp {
	update := n.Inputs[1].Shape.Dimensions
	index := c.Split(at, update)
	for axis := range index {
		index[axis] = c.Sum(index[axis], c.startOf(n.Inputs[2+axis], n.Shape.Dimensions[axis]-update[axis]))
	}
	return c.Join(index, n.Shape.Dimensions)
}

// newReduction finds the rows that n reduces: axes that stay count rows, axes that
// go positions.
func (c *compiler) newReduction(r *root) {
	n := r.node
	x := n.Inputs[0]
	var gone []int
	r.reduction = &Reduction{Op: n.Op, DType: n.Shape.DType}
	if attr, ok := n.Attr.(ArgMinMaxAttr); ok {
		gone, r.reduction.IsMin = []int{attr.Axis}, attr.IsMin
	} else {
		gone = n.Attr.(ReduceAttr).Axes
	}
	var stay, reduced []int
	for axis, dim := range x.Shape.Dimensions {
		if slices.Contains(gone, axis) {
			reduced = append(reduced, dim)
		} else {
			stay = append(stay, dim)
		}
	}
	r.own = loop{rows: size(stay), inner: size(reduced), layout: layout(x.Shape.Dimensions, gone)}
	index := make([]*Exp, x.Shape.Rank())
	rows, positions := c.Split(c.Index(0, r.own.rows), stay), c.Split(c.Index(1, r.own.inner), reduced)
	for axis := range index {
		if slices.Contains(gone, axis) {
			index[axis], positions = positions[0], positions[1:]
		} else {
			index[axis], rows = rows[0], rows[1:]
		}
	}
	r.exp = c.at(x, c.Join(index, x.Shape.Dimensions))
}

// layout names the order of axes that stay and axes that go, "" where those that go
// come last: then the rows follow each other in memory.
func layout(dims, gone []int) string {
	runs, going := []int{1}, false // sizes of what stays, goes, stays, …
	for axis, dim := range dims {
		if dim == 1 {
			continue
		}
		if slices.Contains(gone, axis) != going {
			runs, going = append(runs, 1), !going
		}
		runs[len(runs)-1] *= dim
	}
	if len(runs) <= 2 {
		return ""
	}
	return fmt.Sprint(runs)
}

// place says how a root takes part in a loop.
type place int

const (
	nowhere place = iota
	folded        // a reduction
	once          // an element a row
	each          // an element a position
)

// placeOf says what r would be in l.
func (r *root) placeOf(l loop) place {
	switch {
	case r.reduction != nil:
		if r.own == l {
			return folded
		}
	case l.inner == 0:
		if r.own.rows == l.rows {
			return each
		}
	case r.own.rows == l.rows:
		return once
	case r.own.rows == l.rows*l.inner && l.layout == "":
		return each
	}
	return nowhere
}

// position is the element of a root at place p in the loop's own variables.
func (c *compiler) position(l loop, p place) *Exp {
	row := c.Index(0, l.rows)
	if p == each && l.inner > 0 {
		return c.Sum(c.Times(row, l.inner), c.Index(1, l.inner))
	}
	return row
}

// fused is a loop being made of roots.
type fused struct {
	*compiler
	loop    loop
	places  map[int]place // by node ID
	exps    map[int]*Exp  // in the loop's variables; of a reduction what is folded
	at      map[int]*Exp  // of roots in place
	number  map[int]int   // of reductions
	inPlace map[int]bool
}

// fuse computes roots in one loop, in their order; ok is false where one reads
// another's elements at other positions than its own.
func (c *compiler) fuse(l loop, roots []*root) (*fused, bool) {
	f := &fused{compiler: c, loop: l, places: map[int]place{}, exps: map[int]*Exp{}, at: map[int]*Exp{},
		number: map[int]int{}, inPlace: map[int]bool{}}
	for _, r := range roots {
		p := r.placeOf(l)
		if p == nowhere {
			return nil, false
		}
		f.places[r.node.ID] = p
		f.inPlace[r.node.ID] = r.inPlace
	}
	for _, r := range roots {
		if !f.add(r) {
			return nil, false
		}
	}
	return f, true
}

// add computes r from what is there already.
func (f *fused) add(r *root) bool {
	p := f.places[r.node.ID]
	var moved *Exp
	if p != folded {
		moved = f.position(f.loop, p)
	}
	ok, done := true, map[*Exp]*Exp{}
	move := func(was, e *Exp) *Exp {
		switch {
		case was.Kind == Index && moved != nil:
			return moved
		case was.Kind != Load || f.places[was.N] == nowhere:
			return e
		}
		made := f.made(e.N, e.Args[0], p)
		if made == nil {
			ok = false
			return e
		}
		return made
	}
	f.exps[r.node.ID] = f.rewrite(r.exp, done, move)
	if r.at != nil {
		f.at[r.node.ID] = f.rewrite(r.at, done, move)
	}
	if p == folded {
		f.number[r.node.ID] = len(f.number)
	}
	return ok
}

// repeatable is how large an expression may be that is computed again for another
// position of its row.
const repeatable = 60

// made is element at of a root that is made already, for one at place p; nil: it is
// not to be had there.
func (f *fused) made(id int, at *Exp, p place) *Exp {
	exp, from := f.exps[id], f.places[id]
	switch {
	case exp == nil || f.inPlace[id] || p == once && from == each:
		return nil
	case at == f.position(f.loop, from) && from == folded:
		return f.Reduced(f.number[id], f.shapes[id].DType)
	case at == f.position(f.loop, from):
		return exp
	case from != each || f.loop.inner == 0:
		return nil
	}
	// Another position of the same row, as rotary embeddings read: computed again.
	other := f.Sum(at, f.Times(f.Index(0, f.loop.rows), -f.loop.inner))
	if other.Limit == 0 || other.Limit > int64(f.loop.inner) || count(exp, repeatable) >= repeatable {
		return nil
	}
	return f.rewrite(exp, map[*Exp]*Exp{}, func(was, now *Exp) *Exp {
		if was.Kind == Index && was.N == 1 {
			return other
		}
		return now
	})
}

// step is the Map or Row that stores those roots that are wanted.
func (f *fused) step(roots []*root, wanted func(*Node) bool) Step {
	row := &Row{Outer: []int{f.loop.rows}, Inner: []int{f.loop.inner}}
	for _, r := range roots {
		id := r.node.ID
		exp := f.exps[id]
		if p := f.places[id]; p == folded {
			reduction := *r.reduction
			reduction.Exp = exp
			row.Reductions = append(row.Reductions, reduction)
			exp = f.Reduced(f.number[id], reduction.DType)
		}
		if !wanted(r.node) {
			continue
		}
		store := Store{Value: id, At: f.at[id], Exp: exp}
		if f.places[id] == each {
			row.Each = append(row.Each, store)
		} else {
			row.Once = append(row.Once, store)
		}
	}
	switch {
	case f.loop.inner > 0:
		return row
	case len(row.Each) == 1 && row.Each[0].At != nil:
		return &Update{Dims: row.Outer, Store: row.Each[0]}
	}
	return &Map{Dims: row.Outer, Stores: row.Each}
}
