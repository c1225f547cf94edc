package ir

import "github.com/gomlx/compute"

// Steps are made with one loop variable for all they go through, and positions that
// divide it. spread makes several of it, so that no division is left where the
// dimensions allow: a broadcast along rows becomes a loop over rows and columns, a
// transpose one whose strides differ.

// spread gives dims, whose first loop variable is number first, and the expressions
// rewritten for it.
func (s *Scope) spread(first int, dims []int, exps []*Exp) ([]int, []*Exp) {
	for i := 0; i < len(dims); {
		c := s.divisor(first+i, dims[i], exps)
		if c == 0 {
			i++
			continue
		}
		n := first + i
		high, low := s.Index(n, dims[i]/c), s.Index(n+1, c)
		both := s.Sum(s.Times(high, c), low)
		done := map[*Exp]*Exp{}
		for k, e := range exps {
			exps[k] = s.rewrite(e, done, func(was, now *Exp) *Exp {
				switch {
				case was.Kind != Index || was.N < n:
					return now
				case was.N == n:
					return both
				}
				return s.Index(was.N+1, int(was.Limit))
			})
		}
		dims = append(append(append([]int{}, dims[:i]...), dims[i]/c, c), dims[i+1:]...)
	}
	return dims, exps
}

// divisor is the largest number by which loop variable n, of this limit, is divided
// and which divides the limit; 0: none.
func (s *Scope) divisor(n, limit int, exps []*Exp) int {
	most := 0
	seen := map[*Exp]bool{}
	for _, e := range exps {
		visit(e, seen, func(e *Exp) {
			if e.Kind != Apply || e.Op != compute.OpTypeDiv && e.Op != compute.OpTypeRem || e.Limit == 0 {
				return
			}
			if x, by := e.Args[0], e.Args[1]; x.Kind == Index && x.N == n && by.Kind == Literal {
				if c := int(by.Bits); c > 1 && c < limit && limit%c == 0 {
					most = max(most, c)
				}
			}
		})
	}
	return most
}

// spreadStores does it for a loop that only stores.
func (s *Scope) spreadStores(dims []int, stores []Store) ([]int, []Store) {
	dims, exps := s.spread(0, dims, storeExps(stores))
	return dims, withExps(stores, exps)
}

// withExps puts expressions, as storeExps gives them, in place of those of stores.
func withExps(stores []Store, exps []*Exp) []Store {
	to := make([]Store, len(stores))
	for i, s := range stores {
		to[i] = Store{Value: s.Value, At: exps[3*i], If: exps[3*i+1], Exp: exps[3*i+2]}
	}
	return to
}

// spreadStep does it for the steps that fusion makes.
func (s *Scope) spreadStep(step Step) Step {
	switch step := step.(type) {
	case *Map:
		dims, stores := s.spreadStores(step.Dims, step.Stores)
		return &Map{Dims: dims, Stores: stores}
	case *Update:
		dims, stores := s.spreadStores(step.Dims, []Store{step.Store})
		return &Update{Dims: dims, Store: stores[0]}
	case *Row:
		return s.spreadRow(step)
	}
	return step
}

func (s *Scope) spreadRow(row *Row) *Row {
	exps := append(storeExps(row.Once), storeExps(row.Each)...)
	for _, r := range row.Reductions {
		exps = append(exps, r.Exp)
	}
	// Inner first: it leaves the numbers of Outer's variables alone.
	inner, exps := s.spread(len(row.Outer), row.Inner, exps)
	outer, exps := s.spread(0, row.Outer, exps)
	to := &Row{Outer: outer, Inner: inner, Once: withExps(row.Once, exps)}
	exps = exps[3*len(row.Once):]
	to.Each = withExps(row.Each, exps)
	exps = exps[3*len(row.Each):]
	for i, r := range row.Reductions {
		r.Exp = exps[i]
		to.Reductions = append(to.Reductions, r)
	}
	return to
}
