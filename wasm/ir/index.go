package ir

import (
	"cmp"
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// Positions in tensors are sums of loop variables times strides. Reshapes divide
// them, transposes put the parts together again; what makes fusion free is that most
// of those divisions cancel. Each position is therefore kept in one form, a sum of
// distinct atoms times factors plus a number, with these rules (all positions are
// known to be ≥ 0, and Limit bounds them):
//
//	(c·x + r) / c = x            where 0 ≤ r < c
//	(c·x + r) % c = r
//	(x / a) / b   = x / (a·b)
//	(x % a·b) / a = (x / a) % b
//	(x / c)·c + x % c = x

// term is one atom of a sum.
type term struct {
	factor int64
	of     *Exp
}

// sum is constant + Σ factor·of.
type sum struct {
	terms    []term
	constant int64
}

// sumOf takes an Int32 expression apart.
func sumOf(e *Exp) sum {
	var to sum
	to.add(e, 1)
	return to
}

func (f *sum) add(e *Exp, factor int64) {
	switch {
	case e.Kind == Literal:
		f.constant += factor * int64(int32(e.Bits))
	case e.Kind == Apply && e.Op == compute.OpTypeAdd:
		f.add(e.Args[0], factor)
		f.add(e.Args[1], factor)
	case e.Kind == Apply && e.Op == compute.OpTypeMul && e.Args[1].Kind == Literal:
		f.add(e.Args[0], factor*int64(int32(e.Args[1].Bits)))
	default:
		for i := range f.terms {
			if f.terms[i].of == e {
				f.terms[i].factor += factor
				return
			}
		}
		f.terms = append(f.terms, term{factor, e})
	}
}

// span gives the smallest and the largest value, or ok false where an atom is not
// bounded.
func (f sum) span() (low, high int64, ok bool) {
	low, high = f.constant, f.constant
	for _, t := range f.terms {
		if t.of.Limit == 0 {
			return 0, 0, false
		}
		if t.factor > 0 {
			high += t.factor * (t.of.Limit - 1)
		} else {
			low += t.factor * (t.of.Limit - 1)
		}
	}
	return low, high, true
}

// within says that f lies in 0 … c-1.
func (f sum) within(c int64) bool {
	low, high, ok := f.span()
	return ok && low >= 0 && high < c
}

// part splits f in two: the terms that keep says yes to, and the rest with the
// constant.
func (f sum) part(keep func(factor int64) bool) (yes, rest sum) {
	rest.constant = f.constant
	for _, t := range f.terms {
		if keep(t.factor) {
			yes.terms = append(yes.terms, t)
		} else {
			rest.terms = append(rest.terms, t)
		}
	}
	return yes, rest
}

// peel takes off what c divides, as long as the rest is not negative; ok says that
// there was something to take.
func (f sum) peel(c int64) (whole, rest sum, ok bool) {
	whole, rest = f.part(func(factor int64) bool { return factor%c == 0 })
	low, _, bounded := rest.span()
	if !bounded || low < 0 {
		return whole, rest, false
	}
	whole.constant = min(floorDiv(rest.constant, c), low/c) * c
	rest.constant -= whole.constant
	return whole, rest, len(whole.terms) > 0 || whole.constant != 0
}

// exp makes the sum an expression again, in its one form.
func (s *Scope) exp(f sum) *Exp {
	f.terms = slices.DeleteFunc(f.terms, func(t term) bool { return t.factor == 0 })
	if f.join() {
		return s.exp(f)
	}
	slices.SortFunc(f.terms, func(a, b term) int {
		return cmp.Or(cmp.Compare(b.factor, a.factor), cmp.Compare(s.order[a.of], s.order[b.of]))
	})
	var e *Exp
	partial := sum{}
	for _, t := range f.terms {
		partial.terms = append(partial.terms, t)
		x := t.of
		if t.factor != 1 {
			x = s.bounded(compute.OpTypeMul, sum{terms: []term{t}}, t.of, s.Int(int(t.factor)))
		}
		if e == nil {
			e = x
			continue
		}
		e = s.bounded(compute.OpTypeAdd, partial, e, x)
	}
	if e == nil {
		return s.Int(int(f.constant))
	}
	if f.constant == 0 {
		return e
	}
	return s.bounded(compute.OpTypeAdd, f, e, s.Int(int(f.constant)))
}

// bounded is op on a and b, whose value is known to be that of f.
func (s *Scope) bounded(op compute.OpType, f sum, a, b *Exp) *Exp {
	e := Exp{Kind: Apply, Op: op, DType: dtypes.Int32, Args: []*Exp{a, b}}
	if low, high, ok := f.span(); ok && low >= 0 && high < math.MaxInt32 {
		e.Limit = high + 1
	}
	return s.intern(e)
}

// join puts a quotient and the remainder that belongs to it together, once;
// it says whether it found such a pair.
func (f *sum) join() bool {
	for i, high := range f.terms {
		x, c := quotient(high.of)
		if c == 1 {
			continue
		}
		for j, low := range f.terms {
			if low.of.Kind != Apply || low.of.Op != compute.OpTypeRem || low.of.Args[1].Kind != Literal {
				continue
			}
			m := int64(int32(low.of.Args[1].Bits))
			y, d := quotient(low.of.Args[0])
			if high.factor != low.factor*m || c != d*m || (x != y && low.of.Args[0] != x) {
				continue
			}
			of, factor := low.of.Args[0], low.factor
			f.terms = slices.Delete(slices.Clone(f.terms), max(i, j), max(i, j)+1)
			f.terms = slices.Delete(f.terms, min(i, j), min(i, j)+1)
			f.add(of, factor)
			return true
		}
	}
	return false
}

// quotient sees e as x / c; any e is e / 1.
func quotient(e *Exp) (x *Exp, c int64) {
	if e.Kind == Apply && e.Op == compute.OpTypeDiv && e.Limit > 0 && e.Args[1].Kind == Literal {
		return e.Args[0], int64(int32(e.Args[1].Bits))
	}
	return e, 1
}

// Sum adds positions.
func (s *Scope) Sum(parts ...*Exp) *Exp {
	var f sum
	for _, p := range parts {
		f.add(p, 1)
	}
	return s.exp(f)
}

// Times is a position times a number.
func (s *Scope) Times(e *Exp, factor int) *Exp {
	var f sum
	f.add(e, int64(factor))
	return s.exp(f)
}

// Over is a position, ≥ 0, divided by c.
func (s *Scope) Over(e *Exp, c int) *Exp { return s.over(e, int64(c)) }

func (s *Scope) over(e *Exp, c int64) *Exp {
	switch {
	case c == 0: // of a tensor without elements: nobody reads it
		return s.Int(0)
	case c == 1:
		return e
	case c == 0, e.Limit > 0 && e.Limit <= c:
		return s.Int(0)
	}
	f := sumOf(e)
	for _, g := range f.divisors(c) {
		whole, rest := f.part(func(factor int64) bool { return factor%g == 0 })
		whole.constant = floorDiv(rest.constant, g)
		rest.constant -= whole.constant * g
		if !rest.within(g) {
			continue
		}
		for i := range whole.terms {
			whole.terms[i].factor /= g
		}
		return s.over(s.exp(whole), c/g) // every term's remainder is gone
	}
	// What c divides comes out; the rest is divided by itself where it is not negative.
	if whole, rest, ok := f.peel(c); ok {
		for i := range whole.terms {
			whole.terms[i].factor /= c
		}
		whole.constant /= c
		return s.Sum(s.exp(whole), s.over(s.exp(rest), c))
	}
	if x, d := quotient(e); d > 1 {
		return s.over(x, d*c)
	}
	if e.Kind == Apply && e.Op == compute.OpTypeRem && e.Limit > 0 && e.Args[1].Kind == Literal {
		if m := int64(int32(e.Args[1].Bits)); m%c == 0 {
			return s.modulo(s.over(e.Args[0], c), m/c)
		}
	}
	to := Exp{Kind: Apply, Op: compute.OpTypeDiv, DType: dtypes.Int32, Args: []*Exp{e, s.Int(int(c))}}
	if e.Limit > 0 {
		to.Limit = (e.Limit-1)/c + 1
	}
	return s.intern(to)
}

// Modulo is the remainder of a position, ≥ 0, divided by c.
func (s *Scope) Modulo(e *Exp, c int) *Exp { return s.modulo(e, int64(c)) }

func (s *Scope) modulo(e *Exp, c int64) *Exp {
	switch {
	case c <= 1: // 0: of a dimension without elements
		return s.Int(0)
	case e.Limit > 0 && e.Limit <= c:
		return e
	}
	f := sumOf(e)
	for _, g := range f.divisors(c) {
		whole, rest := f.part(func(factor int64) bool { return factor%g == 0 })
		whole.constant = floorDiv(rest.constant, g)
		rest.constant -= whole.constant * g
		if !rest.within(g) {
			continue
		}
		for i := range whole.terms {
			whole.terms[i].factor /= g
		}
		return s.Sum(s.Times(s.modulo(s.exp(whole), c/g), int(g)), s.exp(rest))
	}
	if _, rest, ok := f.peel(c); ok {
		return s.modulo(s.exp(rest), c)
	}
	if e.Kind == Apply && e.Op == compute.OpTypeRem && e.Limit > 0 && e.Args[1].Kind == Literal {
		if m := int64(int32(e.Args[1].Bits)); m%c == 0 {
			return s.modulo(e.Args[0], c)
		}
	}
	return s.intern(Exp{Kind: Apply, Op: compute.OpTypeRem, DType: dtypes.Int32,
		Args: []*Exp{e, s.Int(int(c))}, Limit: c})
}

// divisors are the numbers above 1 that c and one of the factors share, the
// largest first: candidates for a division without remainder.
func (f sum) divisors(c int64) []int64 {
	var found []int64
	for _, t := range f.terms {
		if g := gcd(c, t.factor); g > 1 && !slices.Contains(found, g) {
			found = append(found, g)
		}
	}
	slices.SortFunc(found, func(a, b int64) int { return cmp.Compare(b, a) })
	return found
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return max(a, -a)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// Within is e moved into 0 … n-1 where it is outside.
func (s *Scope) Within(e *Exp, n int) *Exp {
	switch {
	case n <= 1:
		return s.Int(0)
	case e.Limit > 0 && e.Limit <= int64(n):
		return e
	case e.Kind == Literal:
		return s.Int(min(max(int(int32(e.Bits)), 0), n-1))
	}
	return s.intern(Exp{Kind: Apply, Op: compute.OpTypeClamp, DType: dtypes.Int32,
		Args: []*Exp{s.Int(0), e, s.Int(n - 1)}, Limit: int64(n)})
}

// Split takes a row-major position in a tensor apart, an index for each axis.
func (s *Scope) Split(at *Exp, dims []int) []*Exp {
	parts := make([]*Exp, len(dims))
	for axis := len(dims) - 1; axis >= 0; axis-- {
		if axis == 0 && at.Limit > 0 && at.Limit <= int64(dims[0]) {
			parts[0] = at
			break
		}
		parts[axis] = s.Modulo(at, dims[axis])
		at = s.Over(at, dims[axis])
	}
	return parts
}

// Join is the row-major position that has these indices.
func (s *Scope) Join(parts []*Exp, dims []int) *Exp {
	var f sum
	stride := int64(1)
	for axis := len(dims) - 1; axis >= 0; axis-- {
		f.add(parts[axis], stride)
		stride *= int64(dims[axis])
	}
	return s.exp(f)
}

// indexAgain is Apply for positions that had bounds before their parts changed.
func (s *Scope) indexAgain(op compute.OpType, args []*Exp) *Exp {
	literal := args[1].Kind == Literal && int32(args[1].Bits) > 0
	switch {
	case op == compute.OpTypeAdd:
		return s.Sum(args...)
	case op == compute.OpTypeMul && args[1].Kind == Literal:
		return s.Times(args[0], int(int32(args[1].Bits)))
	case op == compute.OpTypeDiv && literal:
		return s.over(args[0], int64(args[1].Bits))
	case op == compute.OpTypeRem && literal:
		return s.modulo(args[0], int64(args[1].Bits))
	}
	return nil
}
