package webgpu

import (
	"fmt"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute"
)

// row writes the kernel of a Row: an invocation goes over a whole row, or where
// rows are few and long a workgroup shares one.
func (c *coder) row(r *ir.Row) ([]kernel, error) {
	rows, length := product(r.Outer), product(r.Inner)
	if rows == 0 {
		return nil, nil
	}
	w := rowWriter{Row: r, rows: rows, length: length, shared: c.sharesRows(r, rows, length)}
	w.fourReduced, w.fourEach = c.rowInFours(r)
	per := workgroupSize
	size := workgroupSize
	if w.shared {
		per, size = 1, min(256, c.adapter.Invocations)
		for size > 64 && length < size*4 {
			size /= 2
		}
	}
	w.size = size
	w.groups = spread(ceilDiv(rows, per), c.adapter.Workgroups)
	k, err := c.kernel(fmt.Sprint("Row ", r.Outer, r.Inner), size, w.groups, int64(rows)*int64(length+1)*w.cost(), w.write)
	return []kernel{k}, err
}

// sharesRows chooses between an invocation and a workgroup for each row.
func (c *coder) sharesRows(r *ir.Row, rows, length int) bool {
	if c.adapter.Software {
		return rows < 32 && length >= 2048
	}
	if length < 128 || rows >= 1<<16 {
		return false
	}
	return rows < 4096 || c.alongRows(r)
}

// alongRows says that neighbours in a row are neighbours in memory: invocations that
// share it then read together.
func (c *coder) alongRows(r *ir.Row) bool {
	inner := len(r.Outer) + len(r.Inner) - 1
	seen := map[*ir.Exp]lane{}
	along, across := 0, 0
	for _, reduction := range r.Reductions {
		visit(reduction.Exp, map[*ir.Exp]bool{}, func(e *ir.Exp) {
			if e.Kind != ir.Load {
				return
			}
			switch lanes(e.Args[0], inner, seen).slope {
			case 1:
				along++
			case -1:
				across++
			}
		})
	}
	return along >= across
}

// rowInFours says whether the reductions and what is stored for each element can be
// computed four elements at a time.
func (c *coder) rowInFours(r *ir.Row) (reduced, each bool) {
	if len(r.Inner) == 0 || r.Inner[len(r.Inner)-1]%4 != 0 || r.Inner[len(r.Inner)-1] == 0 {
		return false, false
	}
	reduced = c.alongRows(r)
	for _, reduction := range r.Reductions {
		if reduction.Op == compute.OpTypeArgMinMax || !c.narrow(reduction.Exp) {
			reduced = false
		}
	}
	inner := len(r.Outer) + len(r.Inner) - 1
	return reduced, len(r.Each) > 0 && c.storesInFours(r.Each, inner)
}

// rowWriter writes one Row.
type rowWriter struct {
	*ir.Row
	rows, length          int
	shared                bool // a workgroup for each row
	fourReduced, fourEach bool
	size                  int       // of a workgroup
	subgroups             subgroups // of the kernel, where it uses them
	groups                [3]uint32
}

func (w *rowWriter) cost() int64 {
	n := expCost(w.Each)
	for _, r := range w.Reductions {
		n += expCost([]ir.Store{{Exp: r.Exp}})
	}
	return n
}

func (w *rowWriter) write(s *shader, b *scope) {
	var p string
	if w.shared {
		p = b.let("i32(group.x + group.y * %du)", w.groups[0])
		if int(w.groups[0]*w.groups[1]) != w.rows {
			b.line("if (%s >= %d) { return; }", p, w.rows)
		}
	} else {
		p = b.invocation(w.groups, w.rows)
	}
	b.bind(b.loopVars(p, w.Outer)...)
	if w.shared && s.c.joinsBySubgroups(w.Reductions) {
		w.subgroups = b.subgroups()
	}
	for first := 0; first < len(w.Reductions); {
		last := w.pass(first)
		w.reduce(s, b, first, last)
		first = last
	}
	w.once(b, p)
	if len(w.Each) > 0 && w.length > 0 {
		w.each(s, b, p)
	}
}

// pass finds which reductions from first on can be made in one go: those that use
// no result of one another.
func (w *rowWriter) pass(first int) int {
	last := first + 1
	for last < len(w.Reductions) {
		uses := false
		visit(w.Reductions[last].Exp, map[*ir.Exp]bool{}, func(e *ir.Exp) {
			uses = uses || e.Kind == ir.Reduced && e.N >= first
		})
		if uses {
			break
		}
		last++
	}
	return last
}

// loop opens the loop over a row's elements and gives its position.
func (w *rowWriter) loop(s *shader, b *scope, four bool) (loop *scope, q string) {
	q = s.fresh()
	loop = b.block()
	loop.bind(loop.loopVars(q, w.Inner)...)
	if four {
		loop.four()
	}
	return loop, q
}

func (w *rowWriter) closeLoop(loop *scope, q string, four bool) {
	step, start := 1, "0"
	if four {
		step = 4
	}
	if w.shared {
		start = fmt.Sprintf("i32(local) * %d", step)
		step *= w.size
	}
	loop.close("for (var %s = %s; %s < %d; %s += %d)", q, start, q, w.length, q, step)
}

// reduce makes the reductions from first to last-1.
func (w *rowWriter) reduce(s *shader, b *scope, first, last int) {
	n := 1
	if w.fourReduced {
		n = 4
	}
	var folds []*fold
	for _, r := range w.Reductions[first:last] {
		folds = append(folds, newFold(b, r, n))
	}
	loop, q := w.loop(s, b, w.fourReduced)
	for i, f := range folds {
		f.add(loop, loop.emit(w.Reductions[first+i].Exp), q)
	}
	w.closeLoop(loop, q, w.fourReduced)
	for i, f := range folds {
		f.across(b)
		if w.shared {
			f.over(b, w.size, w.subgroups)
		}
		b.reduce(first+i, f.value(b))
	}
}

// once stores what is stored once a row.
func (w *rowWriter) once(b *scope, p string) {
	if len(w.Once) == 0 {
		return
	}
	if !w.shared {
		b.stores(w.Once, p)
		return
	}
	inside := b.block()
	inside.stores(w.Once, p)
	inside.close("if (local == 0u)")
}

// each stores what is stored for each element.
func (w *rowWriter) each(s *shader, b *scope, p string) {
	loop, q := w.loop(s, b, w.fourEach)
	own := loop.let("%s * %d + %s", p, w.length, q)
	loop.stores(w.Each, own)
	w.closeLoop(loop, q, w.fourEach)
}
