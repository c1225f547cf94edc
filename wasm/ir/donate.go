package ir

import (
	"cmp"
	"slices"
)

// donate finds for each output an input in whose place it can be written. Those pairs
// come first in which the input stands nearest to the surface of what is stored:
// AdamW's parameter is p - …, its moments are β·m + …, and each takes its own place. Of
// inputs that stand equally near, as the gradient in β·m + (1-β)·g, that one comes
// first which no other output has near.
func (f *finisher) donate() {
	p := f.plan
	d := donation{finisher: f, first: map[int]int{}, last: map[int]int{}, written: map[int]bool{}, reads: make([][]int, len(p.Steps)), loads: map[Step]*stepLoads{}}
	for i, s := range p.Steps {
		reads, writes := s.Values()
		d.reads[i] = reads
		for _, v := range reads {
			d.last[v] = i
		}
		for _, v := range writes {
			if !d.written[v] {
				d.written[v], d.first[v] = true, i
			}
		}
	}
	type pair struct{ out, in, depth, elsewhere int }
	var pairs []pair
	for _, out := range p.Outputs {
		for _, in := range p.Inputs {
			if d.last[in] <= d.first[out] && p.Values[in].Shape.Equal(p.Values[out].Shape) && d.allows(out, in) {
				pairs = append(pairs, pair{out, in, d.depth(out, in), farBelow})
			}
		}
	}
	byInput := map[int][]pair{}
	for _, x := range pairs {
		byInput[x.in] = append(byInput[x.in], x)
	}
	for i, x := range pairs {
		for _, y := range byInput[x.in] {
			if y.out != x.out {
				pairs[i].elsewhere = min(pairs[i].elsewhere, y.depth)
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int {
		return cmp.Or(cmp.Compare(a.depth, b.depth), cmp.Compare(b.elsewhere, a.elsewhere))
	})
	taken := map[int]bool{}
	for _, x := range pairs {
		if p.Values[x.out].Donor < 0 && !taken[x.in] {
			p.Values[x.out].Donor, taken[x.in] = x.in, true
		}
	}
}

// depth is how far below the surface of what is stored in out an element of in is
// read; 0 where a step has it as a whole.
func (d *donation) depth(out, in int) int {
	var stores []Store
	switch s := d.plan.Steps[d.first[out]].(type) {
	case *Map:
		stores = s.Stores
	case *Row:
		stores = slices.Concat(s.Once, s.Each)
	case *Dot:
		stores = []Store{s.Store}
	}
	for _, s := range stores {
		if s.Value == out {
			return depth(s.Exp, in, map[*Exp]int{})
		}
	}
	return 0
}

// farBelow is the depth of what is not there at all.
const farBelow = 1 << 20

// depth finds the load of a value that is nearest to e.
func depth(e *Exp, value int, seen map[*Exp]int) int {
	if known, ok := seen[e]; ok {
		return known
	}
	least := farBelow
	if e.Kind == Load && e.N == value {
		least = 0
	} else if e.Kind != Load {
		for _, arg := range e.Args {
			least = min(least, 1+depth(arg, value, seen))
		}
	}
	seen[e] = least
	return least
}

// donation knows when values are read last and written first.
type donation struct {
	*finisher
	first, last map[int]int
	written     map[int]bool
	reads       [][]int // of each step
	loads       map[Step]*stepLoads
}

// stepLoads is what a step reads, gathered once: an optimiser's step has hundreds of
// outputs, and each asks of every input of its shape.
type stepLoads struct {
	// For what is stored for each element, what is stored once a row, and what a row folds.
	each, once, folded positions
	elsewhere          []int // values that are read at other times
}

// positions are the elements at which each value is loaded.
type positions map[int][]*Exp

func positionsIn(exps ...*Exp) positions {
	p, seen := positions{}, map[*Exp]bool{}
	for _, e := range exps {
		visit(e, seen, func(e *Exp) {
			if e.Kind == Load && !slices.Contains(p[e.N], e.Args[0]) {
				p[e.N] = append(p[e.N], e.Args[0])
			}
		})
	}
	return p
}

// only says that value is loaded at this position alone, if at all.
func (p positions) only(value int, at *Exp) bool {
	return !slices.ContainsFunc(p[value], func(other *Exp) bool { return other != at })
}

// loadsOf gathers what s reads.
func (d *donation) loadsOf(s Step) *stepLoads {
	if known := d.loads[s]; known != nil {
		return known
	}
	l := &stepLoads{}
	var elsewhere touched
	switch s := s.(type) {
	case *Map:
		l.each = positionsIn(storeExps(s.Stores)...)
	case *Row: // all of a row is reduced before its stores begin
		var folded []*Exp
		for _, r := range s.Reductions {
			folded = append(folded, r.Exp)
		}
		l.each, l.once, l.folded = positionsIn(storeExps(s.Each)...), positionsIn(storeExps(s.Once)...), positionsIn(folded...)
	case *Dot: // every sum is complete before its element is stored
		elsewhere.operand(s.A)
		elsewhere.operand(s.B)
		l.each = positionsIn(s.Store.Exp, s.Store.If)
	case *Scatter: // the operand is where the output starts from
		elsewhere.exps(s.Start, s.If, s.Update)
		l.each = positionsIn(s.Operand)
	}
	l.elsewhere = elsewhere.reads
	d.loads[s] = l
	return l
}

// allows says that out may lie where in does: what reads in comes before out is
// first written, or is that very step and reads only what it writes at the time.
func (d *donation) allows(out, in int) bool {
	last, read := d.last[in]
	first := d.first[out]
	switch {
	case !read || !d.written[out] || last > first:
		return false
	case last < first:
		return d.related(out, in)
	}
	return d.inPlace(d.plan.Steps[first], out, in)
}

// related says that the step that writes out first follows from in at all: without
// it, any dead input of the same shape would do, and the pairs would be chance.
func (d *donation) related(out, in int) bool {
	return slices.Contains(d.reads[d.first[out]], in)
}

// inPlace says that s, which writes out and reads in, is right where both are the
// same memory.
func (d *donation) inPlace(s Step, out, in int) bool {
	l := d.loadsOf(s)
	if slices.Contains(l.elsewhere, in) {
		return false
	}
	switch s := s.(type) {
	case *Copy:
		return true
	case *Map:
		return storesOwn(s.Stores, out) && l.each.only(in, d.own(s.Dims))
	case *Row:
		return d.inRow(s, l, out, in)
	case *Dot:
		return s.Store.At == nil && l.each.only(in, d.own(append(slices.Clone(s.Batch), s.M, s.N)))
	case *Scatter:
		return l.each.only(in, d.own([]int{d.plan.Values[out].Shape.Size()}))
	}
	return false
}

// inRow is inPlace for a Row: what is stored once comes before what is stored for each
// element.
func (d *donation) inRow(s *Row, l *stepLoads, out, in int) bool {
	if slices.ContainsFunc(s.Each, func(store Store) bool { return store.Value == out }) {
		each := d.own(append(slices.Clone(s.Outer), s.Inner...))
		return storesOwn(s.Each, out) && l.folded.only(in, each) && l.each.only(in, each) && len(l.once[in]) == 0
	}
	once := d.own(s.Outer)
	return storesOwn(s.Once, out) && l.folded.only(in, once) && l.once.only(in, once) && len(l.each[in]) == 0
}

// own is the position of a loop over dims.
func (d *donation) own(dims []int) *Exp {
	index := make([]*Exp, len(dims))
	for i, dim := range dims {
		index[i] = d.Index(i, dim)
	}
	return d.Join(index, dims)
}

func storeExps(stores []Store) []*Exp {
	var list []*Exp
	for _, s := range stores {
		list = append(list, s.At, s.If, s.Exp)
	}
	return list
}

// storesOwn says that out is stored once, at the loop's own position.
func storesOwn(stores []Store, out int) bool {
	times := 0
	for _, s := range stores {
		if s.Value == out {
			times++
			if s.At != nil {
				return false
			}
		}
	}
	return times == 1
}
