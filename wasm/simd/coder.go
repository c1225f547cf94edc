package simd

import (
	"fmt"
	"maps"

	"github.com/gomlx/compute"

	"github.com/dongyur/dongyur/wasm/ir"
)

// Operations of index arithmetic.
const (
	opAdd = compute.OpTypeAdd
	opSub = compute.OpTypeSub
	opMul = compute.OpTypeMul
)

// lanes is how many 32-bit numbers a vector holds.
const lanes = 4

// nest writes the code of one step: a nest of loops with expressions in it. An
// expression is computed at the outermost depth at which all that it needs is
// known, once, and kept in a local.
type nest struct {
	*coder
	f       *function
	address map[int]local // of each value that the step touches
	vars    []local       // of the loop variables, by Index.N
	depth   []int         // of the loop that sets each: 1 outermost
	lane    int           // the loop variable whose 4 consecutive values are a vector's lanes, or -1
	results []local       // of the reductions made so far, by Reduced.N
	reduced int           // depth at which reductions' results are known
	across  bool          // those results are vectors, a lane each
	divided int           // the loop variable whose range the parts share, or -1
	total   func()        // pushes what Accumulated is: a scalar, or a vector where there are lanes

	facts  map[*ir.Exp]fact
	scalar map[*ir.Exp]local
	vector map[*ir.Exp]local
	splits map[*ir.Exp]split
}

// fact is what is known of an expression in a nest.
type fact struct {
	depth   int // at which it can be computed
	varies  bool
	results int // how many reductions it needs to be done
}

// coder writes a plan's module.
type coder struct {
	features
	m    *module
	plan *ir.Plan
	err  error
	// table says of which value each entry of the table of addresses is. A step's are
	// neighbours, in the order in which the step touches them, so that steps that differ
	// only in their values, such as those of a model's layers, have the same code.
	table []int
}

// features are what a machine has.
type features struct {
	fused  bool // relaxed multiply-add
	parts  int  // into which a step is divided
	shared bool // by threads, in a memory that they share
}

func (c *coder) fail(format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf(format, args...)
	}
}

// stepParams are a step's parameters: the addresses of its part of the table and of
// the scratch memory, and which part of how many of the step is to be done.
var stepParams = []valType{i32, i32, i32, i32}

const (
	tableParam local = iota
	scratchParam
	partParam
	partsParam
)

// step adds the function of one step and gives its nest.
func (c *coder) step(values []int) *nest {
	f := c.m.function(stepParams, nil)
	f.entries = len(c.table)
	n := &nest{coder: c, f: f, address: map[int]local{}, lane: -1, divided: -1,
		facts: map[*ir.Exp]fact{}, scalar: map[*ir.Exp]local{}, vector: map[*ir.Exp]local{}, splits: map[*ir.Exp]split{}}
	for _, v := range values {
		if _, ok := n.address[v]; ok {
			continue
		}
		l := f.local(i32)
		f.get(tableParam)
		f.memory(opI32Load, 4*(len(c.table)-f.entries))
		f.set(l)
		n.address[v] = l
		c.table = append(c.table, c.plan.Root(v))
	}
	return n
}

// variables declares loop variables, in the order of their loops.
func (n *nest) variables(count int) {
	for range count {
		n.vars = append(n.vars, n.f.local(i32))
		n.depth = append(n.depth, len(n.depth)+1)
	}
}

// scoped forgets, after body, what body computed: its loops end.
func (n *nest) scoped(body func()) {
	scalar, vector := maps.Clone(n.scalar), maps.Clone(n.vector)
	body()
	n.scalar, n.vector = scalar, vector
}

// inLanes sets the lane variable within body; vectors of another one are unknown there.
func (n *nest) inLanes(variable int, body func()) {
	was, facts, vector, splits := n.lane, n.facts, n.vector, n.splits
	n.lane, n.facts, n.vector, n.splits = variable, map[*ir.Exp]fact{}, map[*ir.Exp]local{}, map[*ir.Exp]split{}
	body()
	n.lane, n.facts, n.vector, n.splits = was, facts, vector, splits
}

func (n *nest) fact(e *ir.Exp) fact {
	if known, ok := n.facts[e]; ok {
		return known
	}
	var k fact
	switch e.Kind {
	case ir.Index:
		k.depth, k.varies = n.depth[e.N], e.N == n.lane
	case ir.Reduced:
		k.depth, k.results, k.varies = n.reduced, e.N+1, n.across
	case ir.Accumulated:
		k.depth, k.varies = len(n.depth), n.lane >= 0
	}
	for _, arg := range e.Args {
		a := n.fact(arg)
		k.depth = max(k.depth, a.depth)
		k.results = max(k.results, a.results)
		k.varies = k.varies || a.varies
	}
	n.facts[e] = k
	return k
}

// trivial expressions are not worth a local.
func trivial(e *ir.Exp) bool { return e.Kind == ir.Literal || e.Kind == ir.Index }

// hoist computes what roots need of depth or less, so that loops further in find it.
func (n *nest) hoist(depth int, roots ...*ir.Exp) {
	seen := map[*ir.Exp]bool{}
	var visit func(e *ir.Exp)
	visit = func(e *ir.Exp) {
		if e == nil || seen[e] {
			return
		}
		seen[e] = true
		k := n.fact(e)
		if k.depth <= depth && k.results <= len(n.results) {
			n.keep(e)
			return
		}
		if e.Kind == ir.Load && k.varies {
			// The part of the address that the lanes share.
			if s := n.affine(e.Args[0]); s.ok {
				visit(s.rest)
				return
			}
		}
		for _, arg := range e.Args {
			visit(arg)
		}
	}
	for _, e := range roots {
		visit(e)
	}
}

// known says that e is at hand: in a local, or not worth one.
func (n *nest) known(e *ir.Exp) bool {
	if trivial(e) {
		return true
	}
	known := n.scalar
	if n.fact(e).varies {
		known = n.vector
	}
	_, ok := known[e]
	return ok
}

// keep computes e into a local, unless it is there already.
func (n *nest) keep(e *ir.Exp) {
	if !n.known(e) {
		n.share(e)
		n.hold(e)
	}
}

// hold computes e into a local.
func (n *nest) hold(e *ir.Exp) {
	if n.known(e) {
		return
	}
	if n.fact(e).varies {
		n.push(e, true)
		n.vector[e] = n.keepAs()
		return
	}
	n.push(e, false)
	l := n.f.local(machineType(e.DType))
	n.f.set(l)
	n.scalar[e] = l
}

// share computes into locals those parts of roots that are reached more than once:
// without it, an expression of which each step reads the one before twice would be
// written out 2ⁿ times.
func (n *nest) share(roots ...*ir.Exp) {
	uses := map[*ir.Exp]int{}
	var order []*ir.Exp
	var count func(e *ir.Exp)
	count = func(e *ir.Exp) {
		uses[e]++
		if uses[e] > 1 || n.known(e) {
			return
		}
		for _, arg := range e.Args {
			count(arg)
		}
		order = append(order, e)
	}
	for _, e := range roots {
		count(e)
	}
	for _, e := range order {
		if uses[e] > 1 && e.Kind != ir.Accumulated && e.Kind != ir.Reduced {
			n.hold(e)
		}
	}
}
