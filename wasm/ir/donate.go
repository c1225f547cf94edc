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
	d := donation{finisher: f, first: map[int]int{}, last: map[int]int{}, written: map[int]bool{}, reads: make([][]int, len(p.Steps))}
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
	for i, x := range pairs {
		for _, y := range pairs {
			if y.in == x.in && y.out != x.out {
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
	switch s := s.(type) {
	case *Copy:
		return true
	case *Map:
		own := d.own(s.Dims)
		return storesOwn(s.Stores, out) && loadsOnly(in, own, storeExps(s.Stores)...)
	case *Row:
		return d.inRow(s, out, in)
	case *Dot: // every sum is complete before its element is stored
		var operands touched
		operands.operand(s.A)
		operands.operand(s.B)
		dims := append(slices.Clone(s.Batch), s.M, s.N)
		return !slices.Contains(operands.reads, in) && s.Store.At == nil && loadsOnly(in, d.own(dims), s.Store.Exp, s.Store.If)
	case *Scatter: // the operand is where the output starts from
		var rest touched
		rest.exps(s.Start, s.If, s.Update)
		return !slices.Contains(rest.reads, in) && loadsOnly(in, d.own([]int{d.plan.Values[out].Shape.Size()}), s.Operand)
	}
	return false
}

// inRow is inPlace for a Row: all of a row is reduced before its stores begin, and
// what is stored once comes before what is stored for each element.
func (d *donation) inRow(s *Row, out, in int) bool {
	each := d.own(append(slices.Clone(s.Outer), s.Inner...))
	once := d.own(s.Outer)
	var folded []*Exp
	for _, r := range s.Reductions {
		folded = append(folded, r.Exp)
	}
	for _, store := range s.Each {
		if store.Value == out {
			return storesOwn(s.Each, out) && loadsOnly(in, each, append(folded, storeExps(s.Each)...)...) &&
				!loads(in, storeExps(s.Once)...)
		}
	}
	return storesOwn(s.Once, out) && loadsOnly(in, once, append(folded, storeExps(s.Once)...)...) &&
		!loads(in, storeExps(s.Each)...)
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

// loadsOnly says that value is loaded at this position alone.
func loadsOnly(value int, at *Exp, exps ...*Exp) bool {
	ok, seen := true, map[*Exp]bool{}
	for _, e := range exps {
		visit(e, seen, func(e *Exp) { ok = ok && (e.Kind != Load || e.N != value || e.Args[0] == at) })
	}
	return ok
}

// loads says that value is loaded at all.
func loads(value int, exps ...*Exp) bool { return !loadsOnly(value, nil, exps...) }
