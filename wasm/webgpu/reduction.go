package webgpu

import (
	"fmt"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// fold is one reduction while its row is gone over: one or two variables, and how
// two states of them become one. Elements, the lanes of a vector and the
// invocations of a workgroup are all joined by it, always in the same order.
type fold struct {
	op     compute.OpType
	isMin  bool
	dtype  dtypes.DType   // of what is reduced
	result dtypes.DType   // of the reduction
	types  []dtypes.DType // of the state
	lanes  int
	vars   []string
}

func newFold(b *scope, r ir.Reduction, lanes int) *fold {
	f := &fold{op: r.Op, isMin: r.IsMin, dtype: r.Exp.DType, result: r.DType, lanes: lanes}
	f.types = []dtypes.DType{f.dtype}
	switch {
	case f.op == compute.OpTypeArgMinMax:
		f.types = append(f.types, dtypes.Int32) // its position, -1 before there is one
	case isFloat(f.dtype) && (f.op == compute.OpTypeReduceMax || f.op == compute.OpTypeReduceMin):
		f.types = append(f.types, dtypes.Uint32) // the largest bits without sign: NaN's are above infinity's
	}
	for i, t := range f.types {
		name := b.s.fresh()
		b.line("var %s = %s;", name, widen(operand{f.identity(b, i), t, 1}, lanes))
		f.vars = append(f.vars, name)
	}
	return f
}

// identity is what an empty row gives, or for a second variable its start.
func (f *fold) identity(b *scope, i int) string {
	if i == 1 {
		return map[bool]string{true: "-1", false: "0u"}[f.op == compute.OpTypeArgMinMax]
	}
	lowest, highest := uint64(0), ^uint64(0)
	switch {
	case f.dtype == dtypes.Bool:
		highest = 1
	case f.dtype == dtypes.Float32:
		lowest, highest = 0xff800000, 0x7f800000
	case f.dtype == dtypes.Float16:
		lowest, highest = 0xfc00, 0x7c00
	case f.dtype == dtypes.BFloat16:
		lowest, highest = 0xff80, 0x7f80
	case isSigned(f.dtype):
		lowest = 1 << (8*f.dtype.Size() - 1)
		highest = lowest - 1
	default:
		highest >>= 64 - 8*f.dtype.Size()
	}
	switch f.op {
	case compute.OpTypeReduceMax:
		return b.literalText(f.dtype, lowest)
	case compute.OpTypeReduceMin:
		return b.literalText(f.dtype, highest)
	case compute.OpTypeReduceProduct:
		return b.literalText(f.dtype, oneBits(f.dtype))
	case compute.OpTypeReduceLogicalAnd:
		return "true"
	case compute.OpTypeReduceBitwiseAnd:
		if f.dtype == dtypes.Bool {
			return "true"
		}
		return b.literalText(f.dtype, ^uint64(0)>>(64-8*f.dtype.Size()))
	}
	return b.literalText(f.dtype, 0)
}

func oneBits(t dtypes.DType) uint64 {
	switch t {
	case dtypes.Float32:
		return 0x3f800000
	case dtypes.Float16:
		return 0x3c00
	case dtypes.BFloat16:
		return 0x3f80
	}
	return 1
}

// add folds an element in, whose place in its row is at.
func (f *fold) add(b *scope, x operand, at string) {
	state := []string{widen(x, f.lanes)}
	if len(f.types) == 2 {
		if f.op == compute.OpTypeArgMinMax {
			state = append(state, at)
		} else {
			u := wgslType(dtypes.Uint32, f.lanes)
			state = append(state, fmt.Sprintf("bitcast<%s>(%s) & %s(0x7fffffffu)", u, state[0], u))
		}
	}
	f.assign(b, f.vars, f.join(b, f.lanes, f.vars, state))
}

// assign sets variables at once.
func (f *fold) assign(b *scope, vars, texts []string) {
	if len(vars) == 1 {
		b.line("%s = %s;", vars[0], texts[0])
		return
	}
	for i := range texts {
		texts[i] = b.let("%s", texts[i])
	}
	for i, v := range vars {
		b.line("%s = %s;", v, texts[i])
	}
}

// join makes one state of two.
func (f *fold) join(b *scope, n int, x, y []string) []string {
	name := func(op compute.OpType) []string {
		return []string{b.combined(op, f.dtype, n, x[0], y[0])}
	}
	switch f.op {
	case compute.OpTypeReduceSum:
		return name(compute.OpTypeAdd)
	case compute.OpTypeReduceProduct:
		return name(compute.OpTypeMul)
	case compute.OpTypeReduceBitwiseAnd, compute.OpTypeReduceLogicalAnd:
		return name(compute.OpTypeBitwiseAnd)
	case compute.OpTypeReduceBitwiseOr, compute.OpTypeReduceLogicalOr:
		return name(compute.OpTypeBitwiseOr)
	case compute.OpTypeReduceBitwiseXor, compute.OpTypeReduceLogicalXor:
		return name(compute.OpTypeBitwiseXor)
	case compute.OpTypeArgMinMax:
		return f.better(b, x, y)
	}
	function := map[bool]string{true: "max", false: "min"}[f.op == compute.OpTypeReduceMax]
	if len(f.types) == 2 {
		return []string{fmt.Sprintf("%s(%s, %s)", function, x[0], y[0]), fmt.Sprintf("max(%s, %s)", x[1], y[1])}
	}
	return name(map[bool]compute.OpType{true: compute.OpTypeMax, false: compute.OpTypeMin}[f.op == compute.OpTypeReduceMax])
}

// combined applies an operation to two states, without rounding to 16 bits: sums of
// those are made in Float32.
func (b *scope) combined(op compute.OpType, t dtypes.DType, n int, x, y string) string {
	args := []string{x, y}
	switch {
	case t == dtypes.Bool:
		return b.boolean(op, n, args)
	case isWide(t):
		return b.wide(op, t, args)
	case isFloat(t):
		return x + " " + wgslOperators[op] + " " + y
	}
	return b.rounded(t, n, b.integer(&ir.Exp{Op: op, DType: t, Args: []*ir.Exp{{}, {}}}, t, n, args))
}

// better picks the extreme of two elements with their positions: NaN before numbers,
// then the extreme one, then the first.
func (f *fold) better(b *scope, x, y []string) []string {
	less := func(p, q string) string {
		if isWide(f.dtype) {
			return b.wide(compute.OpTypeLessThan, f.dtype, []string{p, q})
		}
		return p + " < " + q
	}
	xv, yv := b.let("%s", x[0]), b.let("%s", y[0])
	wins, equal := less(xv, yv), ""
	if f.isMin {
		wins = less(yv, xv)
	}
	switch {
	case isFloat(f.dtype):
		nan := b.s.helper("is_nan", 1)
		xn, yn := b.let("%s(%s)", nan, xv), b.let("%s(%s)", nan, yv)
		wins = fmt.Sprintf("((%s && !%s) || (!%s && %s))", yn, xn, xn, wins)
		equal = fmt.Sprintf("((%s && %s) || %s == %s)", xn, yn, xv, yv)
	case isWide(f.dtype):
		equal = fmt.Sprintf("all(%s == %s)", xv, yv)
	default:
		equal = xv + " == " + yv
	}
	take := b.let("%s >= 0 && (%s < 0 || %s || (%s && %s < %s))", y[1], x[1], wins, equal, y[1], x[1])
	return []string{fmt.Sprintf("select(%s, %s, %s)", xv, yv, take), fmt.Sprintf("select(%s, %s, %s)", x[1], y[1], take)}
}

// across joins the four lanes, so that the state is one again.
func (f *fold) across(b *scope) {
	if f.lanes == 1 {
		return
	}
	lane := func(component string) []string {
		var state []string
		for _, v := range f.vars {
			state = append(state, v+"."+component)
		}
		return state
	}
	named := func(state []string) []string {
		for i := range state {
			state[i] = b.let("%s", state[i])
		}
		return state
	}
	low, high := named(f.join(b, 1, lane("x"), lane("y"))), named(f.join(b, 1, lane("z"), lane("w")))
	f.lanes, f.vars = 1, named(f.join(b, 1, low, high))
}

// over joins the invocations of a workgroup of size, a power of two, by a tree; where
// the scope has subgroups and the fold can, by them, in a workgroup of any size.
func (f *fold) over(b *scope, size int, groups subgroups) {
	if function := f.subgroupFunction(); function != nil && groups.rank != "" {
		f.overSubgroups(b, size, groups, function)
		return
	}
	memory := make([]string, len(f.vars))
	for i, v := range f.vars {
		memory[i] = "shared_" + b.s.fresh()
		b.s.global("var<workgroup> %s: array<%s, %d>;", memory[i], scalarType(f.types[i]), size)
		b.line("%s[local] = %s;", memory[i], v)
	}
	b.line("workgroupBarrier();")
	half := b.s.fresh()
	loop := b.block()
	inside := loop.block()
	var x, y, to []string
	for _, m := range memory {
		x, y, to = append(x, m+"[local]"), append(y, m+"[local + "+half+"]"), append(to, m+"[local]")
	}
	f.assign(inside, to, f.join(inside, 1, x, y))
	inside.close("if (local < %s)", half)
	loop.line("workgroupBarrier();")
	loop.close("for (var %s = %du; %s > 0u; %s /= 2u)", half, size/2, half, half)
	for i, m := range memory {
		f.vars[i] = b.let("%s[0]", m)
	}
	b.line("workgroupBarrier();")
}

// value is what the reduction gives.
func (f *fold) value(b *scope) operand {
	switch {
	case f.op == compute.OpTypeArgMinMax:
		return b.cast(operand{b.let("max(%s, 0)", f.vars[1]), dtypes.Int32, 1}, f.result)
	case len(f.vars) == 2:
		b.s.need("unusual")
		return b.name(f.result, 1, "select(%s, bitcast<f32>(nan_bits), %s > 0x7f800000u)", f.vars[0], f.vars[1])
	case isHalf(f.dtype):
		return b.cast(operand{b.let("%s", b.rounded(f.dtype, 1, f.vars[0])), f.dtype, 1}, f.result)
	}
	return b.cast(operand{b.let("%s", f.vars[0]), f.dtype, 1}, f.result)
}
