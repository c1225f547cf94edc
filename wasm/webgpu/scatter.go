package webgpu

import (
	"fmt"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// fewRows is how many updates each element may look through one by one.
const fewRows = 16

// scatterer writes a Scatter the other way round: each element of the output gathers
// its updates, so nothing is added at the same time and the order is always the same.
// With many updates their starts are sorted first, and an element searches those that
// reach it.
type scatterer struct {
	*ir.Scatter
	rows, size int
	starts     int // scratch: where each update begins, size where it is dropped
	order      int // scratch: the update whose start it is; -1: starts are in order of updates
	four       bool
}

func (c *coder) scatter(s *ir.Scatter) ([]kernel, error) {
	w := &scatterer{Scatter: s, rows: product(s.Rows), size: c.values[s.Output].Shape.Size(), order: -1}
	if w.size == 0 {
		return nil, nil
	}
	if w.rows*s.Window == 0 {
		return c.mapped(&ir.Map{Dims: []int{w.size}, Stores: []ir.Store{{Value: s.Output, Exp: s.Operand}}})
	}
	kernels, err := w.prepare(c)
	if err != nil {
		return nil, err
	}
	seen := map[*ir.Exp]lane{}
	w.four = w.size%4 == 0 && s.Window%4 == 0 && lanes(s.Start, len(s.Rows), seen).multiple &&
		c.narrow(s.Operand) && c.narrow(s.Update) && !isWide(c.values[s.Output].Shape.DType)
	invocations := w.size
	if w.four {
		invocations /= 4
	}
	groups := spread(ceilDiv(invocations, workgroupSize), c.adapter.Workgroups)
	k, err := c.kernel("Scatter", workgroupSize, groups, int64(w.size)*fewRows+int64(w.rows*s.Window)*4, func(_ *shader, b *scope) {
		p := b.invocation(groups, invocations)
		if w.four {
			p = b.let("%s * 4", p)
		}
		w.gather(b, p)
	})
	return append(kernels, k), err
}

// prepare writes the starts, and sorts them where there are many.
func (w *scatterer) prepare(c *coder) ([]kernel, error) {
	exps := ir.NewScope()
	start := w.Start
	if w.If != nil {
		start = exps.Select(w.If, w.Start, exps.Int(w.size))
	}
	w.starts = c.scratch(dtypes.Int32, w.rows)
	kernels, err := c.mapped(&ir.Map{Dims: w.Rows, Stores: []ir.Store{{Value: w.starts, Exp: start}}})
	if err != nil || w.rows <= fewRows {
		return kernels, err
	}
	at := exps.Index(0, w.rows)
	sorted, order := c.scratch(dtypes.Int32, w.rows), c.scratch(dtypes.Int32, w.rows)
	more, err := c.sort(&ir.Sort{
		Length: w.rows, Take: w.rows, Keys: []*ir.Exp{exps.Load(w.starts, dtypes.Int32, at), at},
		Less:   exps.Apply(compute.OpTypeLessThan, exps.Reduced(0, dtypes.Int32), exps.Reduced(2, dtypes.Int32)),
		Stores: []int{sorted, order},
	})
	w.starts, w.order = sorted, order
	return append(kernels, more...), err
}

// gather computes the element, or the four, from p on.
func (w *scatterer) gather(b *scope, p string) {
	first := b.block(operand{p, dtypes.Int32, 1})
	n := 1
	if w.four {
		first.four()
		n = 4
	}
	start := first.emit(w.Operand)
	t := w.Operand.DType
	b.text.WriteString(first.text.String())
	sum, j := b.s.fresh(), b.s.fresh()
	b.line("var %s = %s;", sum, widen(start, n))
	from := "0"
	if w.order >= 0 {
		from = w.search(b, p)
	}
	loop := b.block()
	at := loop.let("%s", loop.word(w.starts, "i32", j))
	if w.order >= 0 {
		loop.line("if (%s > %s) { break; }", at, p)
	}
	inside := loop.block()
	row := j
	if w.order >= 0 {
		row = inside.let("%s", inside.word(w.order, "i32", j))
	}
	inside.bind(inside.loopVars(row, w.Rows)...)
	inside.bind(operand{inside.let("%s - %s", p, at), dtypes.Int32, 1})
	inside.first = 0
	if w.four {
		inside.four()
	}
	update := widen(inside.emit(w.Update), n)
	inside.line("%s = %s;", sum, inside.scattered(w.Op, t, n, sum, update))
	inside.close("if (%s >= %s && %s < %s + %d)", p, at, p, at, w.Window)
	loop.close("for (var %s = %s; %s < %d; %s++)", j, from, j, w.rows, j)
	b.put(storing{value: w.Output, at: p, what: operand{sum, t, n}})
}

// search finds the first of the sorted starts whose window reaches p.
func (w *scatterer) search(b *scope, p string) string {
	low, high := b.s.fresh(), b.s.fresh()
	b.line("var %s = 0;", low)
	b.line("var %s = %d;", high, w.rows)
	loop := b.block()
	middle := loop.let("(%s + %s) / 2", low, high)
	before := loop.let("%s <= %s - %d", loop.word(w.starts, "i32", middle), p, w.Window)
	loop.line("%s = select(%s, %s + 1, %s);", low, low, middle, before)
	loop.line("%s = select(%s, %s, %s);", high, middle, high, before)
	loop.close("while (%s < %s)", low, high)
	return low
}

// scattered joins an update to what an element is so far.
func (b *scope) scattered(op compute.OpType, t dtypes.DType, n int, x, y string) string {
	plain := map[compute.OpType]compute.OpType{
		compute.OpTypeScatterSum: compute.OpTypeAdd, compute.OpTypeScatterMax: compute.OpTypeMax, compute.OpTypeScatterMin: compute.OpTypeMin,
	}[op]
	if isFloat(t) && plain != compute.OpTypeAdd {
		return fmt.Sprintf("%s(%s, %s)", b.s.helper(floatSnippets[plain], n), x, y)
	}
	return b.rounded(t, n, b.combined(plain, t, n, x, y))
}
