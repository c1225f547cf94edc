package simd

import (
	"github.com/gomlx/compute/dtypes"

	"github.com/dongyur/dongyur/wasm/ir"
)

// index is loop variable number n of a step.
func index(n, limit int) *ir.Exp {
	return &ir.Exp{Kind: ir.Index, DType: dtypes.Int32, N: n, Limit: int64(limit)}
}

// elements is the product of dims.
func elements(dims []int) int {
	product := 1
	for _, d := range dims {
		product *= d
	}
	return product
}

// position is the row-major position of loop variables first … first+len(dims)-1.
func position(dims []int, first int) *ir.Exp {
	var at *ir.Exp
	stride := 1
	for i := len(dims) - 1; i >= 0; i-- {
		if dims[i] != 1 {
			at = combine(opAdd, term(index(first+i, dims[i]), stride), at)
		}
		stride *= dims[i]
	}
	if at == nil {
		return number(0)
	}
	return at
}

func number(v int) *ir.Exp {
	return &ir.Exp{Kind: ir.Literal, DType: dtypes.Int32, Bits: uint64(uint32(v))}
}

func term(e *ir.Exp, stride int) *ir.Exp {
	if stride == 1 {
		return e
	}
	return combine(opMul, e, number(stride))
}

// storeExps are the expressions that stores compute, positions too.
func storeExps(stores []ir.Store, position *ir.Exp) []*ir.Exp {
	var exps []*ir.Exp
	for _, s := range stores {
		at := s.At
		if at == nil {
			at = position
		}
		exps = append(exps, s.Exp, at)
		if s.If != nil {
			exps = append(exps, s.If)
		}
	}
	return exps
}

// loops runs body within loops over dims, whose variables are first … . What roots
// need is hoisted as far out as it goes. If the last variable is the lanes', its
// loop goes in steps of four, and the rest one by one, as scalars.
func (n *nest) loops(dims []int, first int, roots []*ir.Exp, body func(vector bool)) {
	if len(dims) == 0 {
		n.scoped(func() { body(false) })
		return
	}
	n.scoped(func() {
		variable, count := n.vars[first], dims[0]
		round := func(vector bool) func() {
			return func() {
				n.scoped(func() {
					if len(dims) == 1 {
						body(vector)
						return
					}
					n.hoist(n.depth[first], roots...)
					n.loops(dims[1:], first+1, roots, body)
				})
			}
		}
		switch {
		case n.divided == first:
			n.dividedLoop(variable, first, count, round)
		case n.lane == first:
			whole := count / lanes * lanes
			n.each(variable, 0, whole, lanes, round(true))
			n.inLanes(-1, func() { n.each(variable, whole, count, 1, round(false)) })
		default:
			n.each(variable, 0, count, 1, round(false))
		}
	})
}

// dividedLoop is the loop over this part's share of the variable's range.
func (n *nest) dividedLoop(variable local, first, count int, round func(vector bool) func()) {
	f := n.f
	if n.lane != first {
		from, to := n.part(count, 1)
		f.loop(variable, func() { f.get(from) }, func() { f.get(to) }, 1, round(false))
		return
	}
	from, to := n.part(count, lanes)
	whole := f.local(i32)
	f.get(to)
	f.i32(-lanes)
	f.op(opI32And)
	f.set(whole)
	f.loop(variable, func() { f.get(from) }, func() { f.get(whole) }, lanes, round(true))
	if count%lanes != 0 { // the rest falls to the part that ends the range, and from there on to none
		n.inLanes(-1, func() {
			f.loop(variable, func() { f.get(variable) }, func() { f.get(to) }, 1, round(false))
		})
	}
}

// each is a loop over from, from+step, … below limit.
func (n *nest) each(variable local, from, limit int, step int32, body func()) {
	f := n.f
	if limit <= from {
		return
	}
	if limit-from <= int(step) {
		f.i32(int32(from))
		f.set(variable)
		body()
		return
	}
	f.loop(variable, func() { f.i32(int32(from)) }, func() { f.i32(int32(limit)) }, step, body)
}

// worthLanes says whether four values of the last loop are computed at once.
func worthLanes(dims []int, exps []*ir.Exp) bool {
	return len(dims) > 0 && dims[len(dims)-1] >= lanes && vectorisable(exps...)
}

// mapStep writes a Map, or an Update, which is one that leaves the rest alone.
func (c *coder) mapStep(values []int, dims []int, stores []ir.Store) *function {
	n := c.step(values)
	at := position(dims, 0)
	exps := storeExps(stores, at)
	n.variables(len(dims))
	n.reduced = len(dims)
	n.divide(dims)
	lane := -1
	if worthLanes(dims, exps) {
		lane = len(dims) - 1
	}
	n.whole(func() {
		n.inLanes(lane, func() {
			n.hoist(0, exps...)
			n.loops(dims, 0, exps, func(vector bool) { n.storeAll(stores, at, vector) })
		})
	})
	return n.f
}

// storeAll computes what is stored before it stores anything: a value may be
// written in the place of one that another store reads.
func (n *nest) storeAll(stores []ir.Store, at *ir.Exp, vector bool) {
	var values, shared []*ir.Exp
	for _, s := range stores {
		if s.If == nil {
			values = append(values, s.Exp)
		} else {
			shared = append(shared, s.If)
		}
		if s.At != nil && n.lane < 0 {
			shared = append(shared, s.At)
		}
	}
	n.share(append(shared, values...)...)
	if len(values) > 1 {
		for _, e := range values {
			n.keep(e)
		}
	}
	for _, s := range stores {
		n.store(s, at, vector)
	}
}

// whole runs body in all parts if a loop of it is divided among them, else in one.
func (n *nest) whole(body func()) {
	if n.divided >= 0 {
		body()
		return
	}
	n.alone(body)
}
