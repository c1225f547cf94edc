package simd

import (
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/dongyur/dongyur/wasm/ir"
)

// folds is the operation that a reduction repeats.
var folds = map[compute.OpType]compute.OpType{
	compute.OpTypeReduceSum: compute.OpTypeAdd, compute.OpTypeReduceProduct: compute.OpTypeMul,
	compute.OpTypeReduceMax: compute.OpTypeMax, compute.OpTypeReduceMin: compute.OpTypeMin,
	compute.OpTypeReduceBitwiseAnd: compute.OpTypeBitwiseAnd, compute.OpTypeReduceLogicalAnd: compute.OpTypeLogicalAnd,
	compute.OpTypeReduceBitwiseOr: compute.OpTypeBitwiseOr, compute.OpTypeReduceLogicalOr: compute.OpTypeLogicalOr,
	compute.OpTypeReduceBitwiseXor: compute.OpTypeBitwiseXor, compute.OpTypeReduceLogicalXor: compute.OpTypeLogicalXor,
}

// rowStep writes a Row. The lanes go along the rows, or across them where that reads
// neighbours, as sums over leading axes do.
func (c *coder) rowStep(values []int, step *ir.Row) *function {
	n := c.step(values)
	dims := append(append([]int{}, step.Outer...), step.Inner...)
	n.variables(len(dims))
	n.reduced = len(step.Outer)
	once, each := position(step.Outer, 0), position(dims, 0)
	exps := append(storeExps(step.Once, once), storeExps(step.Each, each)...)
	for _, r := range step.Reductions {
		exps = append(exps, r.Exp)
	}
	lane := n.rowLanes(step, exps)
	n.across = lane >= 0 && lane < len(step.Outer)
	n.divide(step.Outer)
	n.whole(func() {
		n.inLanes(lane, func() {
			n.hoist(0, exps...)
			n.loops(step.Outer, 0, exps, func(vector bool) {
				across := n.across
				n.across = vector
				n.row(step, once, each)
				n.across = across
			})
		})
	})
	return n.f
}

// rowLanes chooses the variable whose values are computed four at a time: the one
// by which fewer loads are from places apart.
func (n *nest) rowLanes(step *ir.Row, exps []*ir.Exp) int {
	if !vectorisable(exps...) || hasPositions(step) {
		return -1
	}
	best, least := -1, math.MaxInt
	outer, all := len(step.Outer), len(step.Outer)+len(step.Inner)
	for _, variable := range []int{all - 1, outer - 1} {
		along := variable >= outer
		if variable < 0 || along && len(step.Inner) == 0 || !along && outer == 0 {
			continue
		}
		if count := append(append([]int{}, step.Outer...), step.Inner...)[variable]; count < lanes {
			continue
		}
		apart := 0
		n.inLanes(variable, func() { apart = n.apart(exps) })
		if apart < least {
			best, least = variable, apart
		}
	}
	return best
}

// hasPositions says that a reduction is an ArgMinMax, which goes along a row one by one.
func hasPositions(step *ir.Row) bool {
	for _, r := range step.Reductions {
		if r.Op == compute.OpTypeArgMinMax {
			return true
		}
	}
	return false
}

// apart counts the loads whose lanes are not neighbours.
func (n *nest) apart(exps []*ir.Exp) int {
	count := 0
	seen := map[*ir.Exp]bool{}
	var visit func(e *ir.Exp)
	visit = func(e *ir.Exp) {
		if seen[e] {
			return
		}
		seen[e] = true
		if e.Kind == ir.Load && n.fact(e).varies {
			if s := n.affine(e.Args[0]); !s.ok || s.stride != 1 {
				count++
			}
		}
		for _, arg := range e.Args {
			visit(arg)
		}
	}
	for _, e := range exps {
		visit(e)
	}
	return count
}

// row reduces one row, or four where the lanes go across, and stores.
func (n *nest) row(step *ir.Row, once, each *ir.Exp) {
	outer := len(step.Outer)
	results := n.results
	for len(n.results) < len(results)+len(step.Reductions) {
		done := len(n.results)
		count := 1 // those that need none of each other go in one loop
		for done+count < len(step.Reductions) && n.fact(step.Reductions[done+count].Exp).results <= done {
			count++
		}
		n.reduce(step, step.Reductions[done:done+count])
	}
	n.hoist(outer, append(storeExps(step.Once, once), storeExps(step.Each, each)...)...)
	if len(step.Once) > 0 {
		n.scoped(func() { n.storeAll(step.Once, once, n.across) })
	}
	if len(step.Each) > 0 {
		n.inner(step, storeExps(step.Each, each), func(vector bool) { n.storeAll(step.Each, each, vector) })
	}
	n.results = results
}

// inner loops over a row.
func (n *nest) inner(step *ir.Row, roots []*ir.Exp, body func(vector bool)) {
	n.loops(step.Inner, len(step.Outer), roots, func(vector bool) { body(vector || n.across) })
}

// reduce makes several reductions in one loop over the row.
func (n *nest) reduce(step *ir.Row, reductions []ir.Reduction) {
	f, outer := n.f, len(step.Outer)
	var roots []*ir.Exp
	var folders []*folder
	for _, r := range reductions {
		roots = append(roots, r.Exp)
		folders = append(folders, n.folder(step, r))
	}
	n.hoist(outer, roots...)
	n.inner(step, roots, func(vector bool) {
		n.share(roots...)
		for _, fold := range folders {
			fold.take(vector)
		}
	})
	for _, fold := range folders {
		l := f.local(fold.kind())
		fold.finish()
		f.set(l)
		n.results = append(n.results, l)
	}
}

// folder makes one reduction.
type folder struct {
	*nest
	step          *ir.Row
	r             ir.Reduction
	partial       dtypes.DType // in which it is made
	scalar, wider local        // the sum so far of scalars and of vectors
	best          local        // of ArgMinMax: the value at the position in scalar
}

func (n *nest) folder(step *ir.Row, r ir.Reduction) *folder {
	fold := &folder{nest: n, step: step, r: r, partial: r.DType}
	if r.Op == compute.OpTypeArgMinMax {
		fold.scalar = n.f.local(machineType(r.DType))
		fold.best = n.f.local(machineType(r.Exp.DType))
		n.constantOf(r.DType, 0)
		n.f.set(fold.scalar)
		return fold
	}
	if floating(r.DType) {
		fold.partial = dtypes.Float32 // 16-bit floats are rounded once, at the end
	}
	bits := identity(r.Op, fold.partial)
	one := &ir.Exp{Kind: ir.Literal, DType: fold.partial, Bits: bits}
	fold.scalar = n.f.local(machineType(fold.partial))
	n.literal(one)
	n.f.set(fold.scalar)
	if n.lane >= 0 {
		fold.wider = n.f.local(v128)
		n.f.splatBits(literalBits(one, true))
		n.f.set(fold.wider)
	}
	return fold
}

func (n *nest) constantOf(dtype dtypes.DType, v int64) {
	if floating(dtype) {
		n.f.f32(float32(v))
		return
	}
	n.constant(dtype, v)
}

// identity is the bits of what changes nothing.
func identity(op compute.OpType, dtype dtypes.DType) uint64 {
	least, most := int64(math.MinInt64), int64(math.MaxInt64)
	if bits := 8 * size(dtype); !unsigned(dtype) && bits < 64 {
		least, most = -1<<(bits-1), 1<<(bits-1)-1
	} else if unsigned(dtype) {
		least, most = 0, int64(1<<bits-1)
		if bits == 64 {
			most = -1
		}
	}
	switch {
	case op == compute.OpTypeReduceMax && floating(dtype):
		return uint64(math.Float32bits(float32(math.Inf(-1))))
	case op == compute.OpTypeReduceMin && floating(dtype):
		return uint64(math.Float32bits(float32(math.Inf(1))))
	case op == compute.OpTypeReduceProduct && floating(dtype):
		return uint64(math.Float32bits(1))
	case op == compute.OpTypeReduceMax:
		return uint64(least)
	case op == compute.OpTypeReduceMin:
		return uint64(most)
	case op == compute.OpTypeReduceProduct, op == compute.OpTypeReduceLogicalAnd:
		return 1
	case op == compute.OpTypeReduceBitwiseAnd:
		return math.MaxUint64
	}
	return 0
}

// take folds the row's element at hand.
func (fold *folder) take(vector bool) {
	n, f := fold.nest, fold.f
	if fold.r.Op == compute.OpTypeArgMinMax {
		fold.takePosition()
		return
	}
	if vector {
		f.get(fold.wider)
		n.push(fold.r.Exp, true)
		if !n.vectorOp(folds[fold.r.Op], fold.partial) {
			n.fail("%s on %s has no vector code", fold.r.Op, fold.partial)
		}
		f.set(fold.wider)
		return
	}
	f.get(fold.scalar)
	n.push(fold.r.Exp, false)
	n.scalarOp(folds[fold.r.Op], fold.partial)
	if !floating(fold.partial) {
		n.fit(fold.partial, false)
	}
	f.set(fold.scalar)
}

// takePosition keeps the first place of the least or largest, or of a NaN.
func (fold *folder) takePosition() {
	n, f := fold.nest, fold.f
	dtype := fold.r.Exp.DType
	x := f.local(machineType(dtype))
	place := position(fold.step.Inner, len(fold.step.Outer))
	n.push(fold.r.Exp, false)
	f.set(x)
	compare := compute.OpTypeGreaterThan
	if fold.r.IsMin {
		compare = compute.OpTypeLessThan
	}
	f.get(x)
	f.get(fold.best)
	n.scalarOp(compare, dtype)
	if floating(dtype) { // or x is NaN and the best is none
		f.get(x)
		f.get(x)
		f.op(opF32Ne)
		f.get(fold.best)
		f.get(fold.best)
		f.op(opF32Eq, opI32And, opI32Or)
	}
	n.push(place, false) // the first is taken as it is
	f.op(opI32Eqz, opI32Or)
	f.when(func() {
		f.get(x)
		f.set(fold.best)
		n.push(place, false)
		n.cast(dtypes.Int32, fold.r.DType, false)
		f.set(fold.scalar)
	}, nil)
}

func (fold *folder) kind() valType {
	if fold.across {
		return v128
	}
	return machineType(fold.r.DType)
}

// finish pushes the result: the lanes are folded in order, then the scalars.
func (fold *folder) finish() {
	n, f := fold.nest, fold.f
	switch {
	case fold.r.Op == compute.OpTypeArgMinMax:
		f.get(fold.scalar)
		return
	case n.across:
		f.get(fold.wider)
		n.fit(fold.r.DType, true)
		return
	}
	f.get(fold.scalar)
	if n.lane >= len(fold.step.Outer) && fold.step.Inner[len(fold.step.Inner)-1] >= lanes {
		for lane := range byte(lanes) {
			f.get(fold.wider)
			if floating(fold.partial) {
				f.simd(simdExtractF32, lane)
			} else {
				f.simd(simdExtractI32, lane)
			}
			if fold.partial == dtypes.Bool {
				f.i32(1)
				f.op(opI32And)
			}
			n.scalarOp(folds[fold.r.Op], fold.partial)
			if !floating(fold.partial) {
				n.fit(fold.partial, false)
			}
		}
	}
	n.fit(fold.r.DType, false)
}
