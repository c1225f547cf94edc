package simd

import (
	"fmt"
	"maps"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

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

// stepParams are a step's parameters: the addresses of the table of values and of
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
	n := &nest{coder: c, f: f, address: map[int]local{}, lane: -1, divided: -1,
		facts: map[*ir.Exp]fact{}, scalar: map[*ir.Exp]local{}, vector: map[*ir.Exp]local{}, splits: map[*ir.Exp]split{}}
	for _, v := range values {
		if _, ok := n.address[v]; ok {
			continue
		}
		l := f.local(i32)
		f.get(tableParam)
		f.memory(opI32Load, 4*v)
		f.set(l)
		n.address[v] = l
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

// machineType is the type in which a scalar of dtype is computed.
func machineType(dtype dtypes.DType) valType {
	switch dtype {
	case dtypes.Int64, dtypes.Uint64:
		return i64
	case dtypes.Float32, dtypes.Float16, dtypes.BFloat16:
		return f32
	}
	return i32
}

// wide says that dtype has no vector of four.
func wide(dtype dtypes.DType) bool { return dtype == dtypes.Int64 || dtype == dtypes.Uint64 }

func floating(dtype dtypes.DType) bool { return machineType(dtype) == f32 }

func unsigned(dtype dtypes.DType) bool {
	switch dtype {
	case dtypes.Uint8, dtypes.Uint16, dtypes.Uint32, dtypes.Uint64, dtypes.Bool:
		return true
	}
	return false
}

// size is the bytes of an element in memory.
func size(dtype dtypes.DType) int {
	switch dtype {
	case dtypes.Bool, dtypes.Int8, dtypes.Uint8:
		return 1
	case dtypes.Int16, dtypes.Uint16, dtypes.Float16, dtypes.BFloat16:
		return 2
	case dtypes.Int64, dtypes.Uint64:
		return 8
	}
	return 4
}

// vectorisable says that every part of the expressions that varies with the lanes
// has a vector.
func vectorisable(exps ...*ir.Exp) bool {
	seen := map[*ir.Exp]bool{}
	var ok func(e *ir.Exp) bool
	ok = func(e *ir.Exp) bool {
		if e == nil || seen[e] {
			return true
		}
		seen[e] = true
		if wide(e.DType) {
			return false
		}
		for _, arg := range e.Args {
			if !ok(arg) {
				return false
			}
		}
		return true
	}
	for _, e := range exps {
		if !ok(e) {
			return false
		}
	}
	return true
}

// split is an index of which the lanes' variable was taken out: rest + stride·variable.
type split struct {
	rest   *ir.Exp // nil for 0
	stride int
	ok     bool // false where the index depends on the variable in another way
}

// affine splits an index by the lane variable, the same way each time.
func (n *nest) affine(e *ir.Exp) split {
	if known, ok := n.splits[e]; ok {
		return known
	}
	s := n.split(e)
	n.splits[e] = s
	return s
}

func (n *nest) split(e *ir.Exp) split {
	switch {
	case !n.fact(e).varies:
		return split{e, 0, true}
	case e.Kind == ir.Index:
		return split{nil, 1, true}
	case e.Kind != ir.Apply || len(e.Args) != 2:
		return split{}
	}
	a, b := e.Args[0], e.Args[1]
	switch e.Op {
	case opAdd, opSub:
		left, right := n.affine(a), n.affine(b)
		if !left.ok || !right.ok {
			return split{}
		}
		if e.Op == opSub {
			return split{combine(e.Op, left.rest, right.rest), left.stride - right.stride, true}
		}
		return split{combine(e.Op, left.rest, right.rest), left.stride + right.stride, true}
	case opMul:
		if b.Kind != ir.Literal {
			a, b = b, a
		}
		if b.Kind != ir.Literal {
			return split{}
		}
		s := n.affine(a)
		if s.rest != nil {
			s.rest = combine(e.Op, s.rest, b)
		}
		s.stride *= int(int32(b.Bits))
		return s
	}
	return split{}
}

// combine is a op b, where nil is 0.
func combine(op compute.OpType, a, b *ir.Exp) *ir.Exp {
	if b == nil {
		return a
	}
	if a == nil {
		if op == opAdd {
			return b
		}
		a = &ir.Exp{Kind: ir.Literal, DType: dtypes.Int32}
	}
	return &ir.Exp{Kind: ir.Apply, Op: op, DType: dtypes.Int32, Args: []*ir.Exp{a, b}}
}

// divide chooses the loop that the parts share: the first that repeats.
func (n *nest) divide(dims []int) {
	for i, d := range dims {
		if d > 1 {
			n.divided = i
			return
		}
	}
}

// alone runs body in the first part only.
func (n *nest) alone(body func()) {
	n.f.get(partParam)
	n.f.op(opI32Eqz)
	n.f.when(body, nil)
}

// part is this part's share of a range of total: where this part begins and ends, multiples of align
// but at the end.
func (n *nest) part(total, align int) (from, to local) {
	f := n.f
	from, to = f.local(i32), f.local(i32)
	size := f.local(i32)
	f.i32(int32((total + align - 1) / align))
	f.get(partsParam)
	f.op(opI32Add)
	f.i32(1)
	f.op(opI32Sub)
	f.get(partsParam)
	f.op(opI32DivU)
	f.i32(int32(align))
	f.op(opI32Mul)
	f.set(size)
	least := func(l local) { // the number on the stack, or total
		f.tee(l)
		f.i32(int32(total))
		f.get(l)
		f.i32(int32(total))
		f.op(opI32LtS, opSelect)
		f.set(l)
	}
	f.get(size)
	f.get(partParam)
	f.op(opI32Mul)
	least(from)
	f.get(from)
	f.get(size)
	f.op(opI32Add)
	least(to)
	return from, to
}
