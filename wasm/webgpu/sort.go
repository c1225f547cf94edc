package webgpu

import (
	"fmt"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute/dtypes"
)

// sortBlock is how many neighbours are put in order first, each by counting those
// that come before it; longer runs are then merged two by two.
const sortBlock = 32

// sorter writes a Sort: the keys are computed once, then the order is found as
// positions in the row, and what is stored is read through it. Each element finds
// its place in a merge by searching the other run, so there are no barriers, and any
// comparator will do. Where only the first few are wanted, runs are cut to as many.
type sorter struct {
	*ir.Sort
	c     *coder
	rows  int
	keys  []int // scratch copies
	types []dtypes.DType
}

func (c *coder) sort(s *ir.Sort) ([]kernel, error) {
	w := &sorter{Sort: s, c: c, rows: product(s.Outer)}
	if w.rows*s.Length == 0 {
		return nil, nil
	}
	dims := append(append([]int(nil), s.Outer...), s.Length)
	var stores []ir.Store
	for _, key := range s.Keys {
		v := c.scratch(key.DType, w.rows*s.Length)
		w.keys, w.types = append(w.keys, v), append(w.types, key.DType)
		stores = append(stores, ir.Store{Value: v, Exp: key})
	}
	kernels, err := c.mapped(&ir.Map{Dims: dims, Stores: stores})
	if err != nil {
		return nil, err
	}
	order, next := c.scratch(dtypes.Int32, w.rows*s.Length), c.scratch(dtypes.Int32, w.rows*s.Length)
	add := func(name string, work int, body func(b *scope, p string)) {
		if err != nil {
			return
		}
		total := w.rows * s.Length
		groups := spread(ceilDiv(total, workgroupSize), c.adapter.Workgroups)
		var k kernel
		k, err = c.kernel(name, workgroupSize, groups, int64(total)*int64(work), func(_ *shader, b *scope) {
			body(b, b.invocation(groups, total))
		})
		kernels = append(kernels, k)
	}
	add("Sort blocks", sortBlock*8, func(b *scope, p string) { w.blocks(b, p, order) })
	for width := sortBlock; width < s.Length; width *= 2 {
		add("Sort merge", 100, func(b *scope, p string) { w.merge(b, p, width, order, next) })
		order, next = next, order
	}
	add("Sort store", 2, func(b *scope, p string) { w.final(b, p, order) })
	return kernels, err
}

// less writes the comparator for the elements at two places of the keys.
func (w *sorter) less(b *scope, left, right string) string {
	inside := b.block()
	for i, key := range w.keys {
		inside.reduce(i, inside.one(key, w.types[i], left))
		inside.reduce(len(w.keys)+i, inside.one(key, w.types[i], right))
	}
	result := inside.emit(w.Less)
	b.text.WriteString(inside.text.String())
	return result.text
}

// blocks orders each run of sortBlock elements.
func (w *sorter) blocks(b *scope, p string, order int) {
	row := b.let("%s / %d * %d", p, w.Length, w.Length)
	at := b.let("%s - %s", p, row)
	start := b.let("%s / %d * %d", at, sortBlock, sortBlock)
	rank, j := b.s.fresh(), b.s.fresh()
	b.line("var %s = 0;", rank)
	loop := b.block()
	// An equal element comes before this one where it stands before it: then this one
	// must not be less, else the other must be.
	earlier := loop.let("%s < %s", j, at)
	left, right := loop.let("%s + select(%s, %s, %s)", row, j, at, earlier), loop.let("%s + select(%s, %s, %s)", row, at, j, earlier)
	less := w.less(loop, left, right)
	loop.line("%s += select(0, 1, (%s) != %s);", rank, less, earlier)
	loop.close("for (var %s = %s; %s < min(%s + %d, %d); %s++)", j, start, j, start, sortBlock, w.Length, j)
	b.putWord(order, fmt.Sprintf("%s + %s + %s", row, start, rank), "i32", at)
}

// merge joins runs of width two by two. The element that is not joined to another
// stands where it did: an element less than itself is counted nowhere.
func (w *sorter) merge(b *scope, p string, width, from, to int) {
	kept := min(w.Take, w.Length) // elements of a run that are of use
	row := b.let("%s / %d * %d", p, w.Length, w.Length)
	at := b.let("%s - %s", p, row)
	run := b.let("%s / %d * %d", at, width, width)
	within := b.let("%s - %s", at, run)
	if kept < width {
		b.line("if (%s >= %d) { return; }", within, kept)
	}
	pair := b.let("%s / %d * %d", at, 2*width, 2*width)
	isRight := b.let("%s != %s", run, pair)
	other := b.let("select(%s + %d, %s, %s)", pair, width, pair, isRight)
	count := b.let("clamp(%d - %s, 0, %d)", w.Length, other, min(width, kept))
	own := b.let("%s", b.word(from, "i32", p))
	mine := b.let("%s + %s", row, own)
	low, high := b.s.fresh(), b.s.fresh()
	b.line("var %s = 0;", low)
	b.line("var %s = %s;", high, count)
	loop := b.block()
	middle := loop.let("(%s + %s) / 2", low, high)
	theirs := loop.let("%s + %s", row, loop.word(from, "i32", fmt.Sprintf("%s + %s + %s", row, other, middle)))
	less := w.less(loop, loop.let("select(%s, %s, %s)", theirs, mine, isRight), loop.let("select(%s, %s, %s)", mine, theirs, isRight))
	before := loop.let("(%s) != %s", less, isRight)
	loop.line("%s = select(%s, %s + 1, %s);", low, low, middle, before)
	loop.line("%s = select(%s, %s, %s);", high, middle, high, before)
	loop.close("while (%s < %s)", low, high)
	place := b.let("%s + %s", within, low)
	inside := b.block()
	inside.putWord(to, fmt.Sprintf("%s + %s + %s", row, pair, place), "i32", own)
	inside.close("if (%s < %d)", place, kept)
}

// final stores the keys in their order, as many of each row as are wanted.
func (w *sorter) final(b *scope, p string, order int) {
	row := b.let("%s / %d * %d", p, w.Length, w.Length)
	to := p
	if w.Take < w.Length {
		b.line("if (%s - %s >= %d) { return; }", p, row, w.Take)
		to = b.let("%s / %d * %d + %s - %s", p, w.Length, w.Take, p, row)
	}
	from := b.let("%s + %s", row, b.word(order, "i32", p))
	for i, key := range w.keys {
		b.put(storing{value: w.Stores[i], at: to, what: b.one(key, w.types[i], from)})
	}
}
