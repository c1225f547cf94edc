package ir

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
)

// compiler turns one recorded function into a Plan.
type compiler struct {
	elements
	limits Limits
	owner  map[*Node]*Graph
	// claimed are nodes that a Dot computes as it stores, and dots tells which Dot
	// ends in a node.
	claimed map[*Node]bool
	dots    map[*Node]*Node
	behind  map[*Node]int // the ID of the last barrier that a node depends on, or 0
	// inPlace are DynamicUpdateSlices that write into their operand's value, or into a
	// copy of it, without touching the rest.
	inPlace map[*Node]bool
	// shapes are of everything that steps read or write, by ID; IDs beyond the nodes'
	// are values that lowering needs itself.
	shapes  map[int]shapes.Shape
	renamed map[int]int    // IDs that stand for another
	data    map[int][]byte // constants
	next    int
}

// Compile makes the plan of main for a target with these limits.
func Compile(main *Graph, limits Limits) (*Plan, error) {
	if limits.Bindings == 0 {
		limits.Bindings = 1 << 30
	}
	live, next, owner := rebuild(main, limits)
	c := &compiler{limits: limits, owner: owner, next: next,
		claimed: map[*Node]bool{}, dots: map[*Node]*Node{}, behind: map[*Node]int{}, inPlace: map[*Node]bool{},
		shapes: map[int]shapes.Shape{}, renamed: map[int]int{}, data: map[int][]byte{}}
	c.elements = elements{Scope: NewScope(), kept: map[*Node]bool{}, memo: map[element]*Exp{}}
	f := finisher{compiler: c, plan: &Plan{Name: main.Name, Operations: operations(main)}}
	for _, p := range live.Params {
		c.kept[p] = true
		c.shapes[p.ID] = p.Shape
	}
	results := make([]int, len(live.Outputs))
	for i, n := range live.Outputs {
		results[i] = c.value(n.Shape)
	}
	steps, err := c.graph(live, live.Outputs, results)
	if err != nil {
		return nil, fmt.Errorf("compile %s: %w", main.Name, err)
	}
	if err := f.finish(live, steps, results); err != nil {
		return nil, fmt.Errorf("compile %s: %w", main.Name, err)
	}
	return f.plan, nil
}

// operations counts the nodes of g and of the graphs in it.
func operations(g *Graph) int {
	count := len(g.Nodes)
	for _, n := range g.Nodes {
		for _, inner := range closures(n) {
			count += operations(inner)
		}
	}
	return count
}

// value makes an ID for what no node stands for.
func (c *compiler) value(shape shapes.Shape) int {
	c.next++
	c.shapes[c.next] = shape
	return c.next
}

// graph lowers g, whose parameters have values, to steps that leave outputs in
// results.
func (c *compiler) graph(g *Graph, outputs []*Node, results []int) ([]Step, error) {
	for _, n := range g.Nodes {
		for _, input := range n.Inputs {
			c.behind[n] = max(c.behind[n], c.behind[input])
		}
		if _, barrier := n.Attr.(BarrierAttr); barrier {
			c.behind[n] = n.ID
		}
	}
	c.keep(g, outputs)
	f := &fusion{compiler: c, of: map[int]*unit{}, output: map[int]bool{}, readers: map[int]int{}}
	for _, n := range outputs {
		f.output[storage(n).ID] = true
	}
	for _, n := range g.Nodes {
		if err := f.lower(n); err != nil {
			return nil, err
		}
	}
	f.join()
	steps := f.schedule()
	return append(steps, c.deliver(g, outputs, results)...), nil
}

// deliver puts the outputs where they are wanted. What was made in this graph for
// one output alone simply gets that name; all else is copied.
func (c *compiler) deliver(g *Graph, outputs []*Node, results []int) []Step {
	var steps []Step
	taken := map[int]bool{}
	for i, n := range outputs {
		n = storage(n)
		if c.owner[n] == g && n.Op != compute.OpTypeParameter && !c.isData(n) && !taken[n.ID] {
			taken[n.ID] = true
			c.renamed[n.ID] = results[i]
			continue
		}
		if n.Shape.Size() > 0 {
			steps = append(steps, &Copy{From: n.ID, To: results[i]})
		}
	}
	return steps
}

// isData says that n is a constant that lies in memory.
func (c *compiler) isData(n *Node) bool { return n.Op == compute.OpTypeConstant && !uniform(n) }

// lower makes the unit of a kept node.
func (f *fusion) lower(n *Node) error {
	if err := f.fits(n); err != nil {
		return err
	}
	if f.kept[n] {
		f.shapes[n.ID] = n.Shape
	}
	switch n.Op {
	case compute.OpTypeParameter, OpItem:
		return nil
	case compute.OpTypeSort:
		return f.opaque(n, f.sort(n))
	case compute.OpTypeWhile:
		step, err := f.while(n)
		return cmp.Or(err, f.opaque(n, step))
	case compute.OpTypeIf:
		step, err := f.branch(n)
		return cmp.Or(err, f.opaque(n, step))
	case compute.OpTypeFusedScaledDotProductAttention:
		return f.opaque(n, f.attention(n))
	case compute.OpTypeFusedScaledDotProductAttentionVJP:
		return f.opaque(n, f.attentionVJP(n))
	}
	switch {
	case !f.kept[n] || n.Shape.Size() == 0:
		return nil
	case f.inPlace[n]:
		return f.update(n)
	case f.isData(n):
		f.data[n.ID] = n.Attr.(ConstantAttr).Data
		return nil
	}
	return f.relieved(n, func() (*unit, error) {
		switch {
		case f.dots[n] != nil:
			return &unit{step: f.dot(f.dots[n], n), roots: []*root{{node: n}}}, nil
		case n.Op == compute.OpTypeDotGeneral && isAnchor(n):
			return &unit{step: f.dot(n, n), roots: []*root{{node: n}}}, nil
		case n.Op == compute.OpTypeScatterSum, n.Op == compute.OpTypeScatterMax, n.Op == compute.OpTypeScatterMin:
			return &unit{step: f.scatter(n), roots: []*root{{node: n}}}, nil
		}
		return f.loopUnit(f.newRoot(n))
	})
}

// relieved makes n's unit. While that touches more values than a step may, part of
// what it computes is kept in a value of its own and the unit is made again.
func (f *fusion) relieved(n *Node, make func() (*unit, error)) error {
	for {
		u, err := make()
		if err != nil {
			return err
		}
		if f.bindings(u.step) <= f.limits.Bindings {
			return f.place(u)
		}
		part := f.part(n)
		if part == nil && !f.inPlace[n] {
			part = f.release(n)
		}
		if part == nil {
			return f.tooMany(n, u.step)
		}
		f.kept[part] = true
		clear(f.memo)
		if err := f.lower(part); err != nil {
			return err
		}
	}
}

// release takes from a Dot what it computes as it stores, and gives the Dot, whose
// result is then a value; nil where n is not the end of a Dot.
func (f *fusion) release(n *Node) *Node {
	dot := f.dots[n]
	if dot == nil {
		return nil
	}
	var chain []*Node
	for at := n; at != dot; {
		chain = append(chain, at)
		next := slices.IndexFunc(at.Inputs, func(input *Node) bool { return f.reaches(input, dot) })
		at = storage(at.Inputs[next])
	}
	for _, x := range chain {
		delete(f.claimed, x)
	}
	delete(f.dots, n)
	return dot
}

// part is what n computes on the way that loads the most values, yet few enough for
// a step of its own.
func (f *fusion) part(n *Node) *Node {
	loads := map[*Node]map[*Node]bool{}
	var best *Node
	var walk func(x *Node) map[*Node]bool
	walk = func(x *Node) map[*Node]bool {
		x = storage(x)
		if loads[x] != nil {
			return loads[x]
		}
		loads[x] = map[*Node]bool{}
		if f.kept[x] && x != n {
			loads[x][x] = true
			return loads[x]
		}
		for _, input := range x.Inputs {
			for y := range walk(input) {
				loads[x][y] = true
			}
		}
		bound := 0
		for y := range loads[x] {
			bound += f.limits.pieces(y.Shape)
		}
		few := len(loads[x]) > 1 && bound+f.limits.pieces(x.Shape) <= f.limits.Bindings
		if few && x != n && !f.claimed[x] && !isView(x) && f.owner[x] == f.owner[n] && (best == nil || len(loads[x]) > len(loads[best])) {
			best = x
		}
		return loads[x]
	}
	walk(n)
	return best
}

// loopUnit gives a root a loop of its own.
func (f *fusion) loopUnit(r *root) (*unit, error) {
	u := &unit{roots: []*root{r}, loop: &r.own}
	made, ok := f.fuse(r.own, u.roots)
	if !ok {
		return nil, fmt.Errorf("%s %s cannot be computed in its own loop", r.node.Op, r.node.Shape)
	}
	u.step = made.step(u.roots, func(*Node) bool { return true })
	return u, nil
}

// update makes the units of a DynamicUpdateSlice in place. The value is the operand's
// own where nobody else reads it, else a copy, which costs nothing where the operand
// is donated.
func (f *fusion) update(n *Node) error {
	x := storage(n.Inputs[0])
	base := x.ID
	if x.Op == compute.OpTypeParameter || f.output[x.ID] || !f.onlyReader(n, x) {
		base = f.value(n.Shape)
		if err := f.place(&unit{step: &Copy{From: x.ID, To: base}, roots: []*root{{node: n}}}); err != nil {
			return err
		}
	}
	f.renamed[base] = n.ID
	return f.relieved(n, func() (*unit, error) {
		if dot := f.dots[n]; dot != nil {
			return &unit{step: f.dot(dot, n), roots: []*root{{node: n, base: base, inPlace: true}}}, nil
		}
		r := f.newRoot(n)
		r.base = base
		return f.loopUnit(r)
	})
}

// onlyReader says that n alone reads x.
func (f *fusion) onlyReader(n, x *Node) bool {
	for _, other := range f.owner[n].Nodes {
		for _, input := range other.Inputs {
			if other != n && other.Op != compute.OpTypeReshape && storage(input) == x {
				return false
			}
		}
		for _, closure := range closures(other) {
			if slices.ContainsFunc(f.captured(closure), func(c *Node) bool { return storage(c) == x }) {
				return false
			}
		}
	}
	return true
}

// opaque gives a step of its own kind its unit.
func (f *fusion) opaque(n *Node, step Step) error {
	if step == nil {
		return nil
	}
	return f.place(&unit{step: step, roots: []*root{{node: n}}})
}

// place registers u; steps that touch too much are refused.
func (f *fusion) place(u *unit) error {
	u.touch()
	switch u.step.(type) {
	case *While, *If: // graphs in control flow have delivered their results under other names
		u.reads, u.writes = f.named(u.reads), f.named(u.writes)
	}
	f.count(u, 1)
	f.units = append(f.units, u)
	for _, id := range u.writes {
		f.of[id] = u
	}
	return nil
}

// named gives the IDs that those stand for, each once.
func (f *fusion) named(ids []int) []int {
	var names []int
	for _, id := range ids {
		for to, ok := f.renamed[id]; ok; to, ok = f.renamed[id] {
			id = to
		}
		if !slices.Contains(names, id) {
			names = append(names, id)
		}
	}
	return names
}

// schedule puts units in an order in which what is read is made before, as close to
// the order of recording as can be.
func (f *fusion) schedule() []Step {
	for _, u := range f.units {
		if u.loop != nil {
			f.refresh(u)
		}
	}
	last := func(u *unit) int { return u.roots[len(u.roots)-1].node.ID }
	slices.SortFunc(f.units, func(a, b *unit) int { return cmp.Compare(last(a), last(b)) })
	var steps []Step
	done := map[*unit]bool{}
	var run func(u *unit)
	run = func(u *unit) {
		if done[u] {
			return
		}
		done[u] = true
		for _, id := range u.reads {
			if maker := f.of[id]; maker != nil && maker != u {
				run(maker)
			}
		}
		steps = append(steps, u.step)
	}
	for _, late := range []bool{false, true} {
		for _, u := range f.units {
			if f.isLate(u) == late {
				run(u)
			}
		}
	}
	return steps
}

// lateRows is how many elements a loop may have that waits for the end: what it reads
// is kept until then.
const lateRows = 1 << 16

// isLate says that u only makes outputs, element by element: run one after another at
// the end, such loops are side by side for a target that can do several at once, as an
// optimizer's of many parameters.
func (f *fusion) isLate(u *unit) bool {
	return u.loop != nil && u.loop.inner == 0 && u.loop.rows <= lateRows &&
		!slices.ContainsFunc(u.writes, func(id int) bool { return !f.output[id] || f.readers[id] > 0 })
}
