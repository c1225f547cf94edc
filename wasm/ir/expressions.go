package ir

import (
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// Scope makes expressions. Two that are equal are one pointer, so that whoever
// generates code from them computes shared parts once and may compare by pointer.
type Scope struct {
	made map[expKey]*Exp
	// order numbers expressions as they are made: what is sorted is sorted by it, so
	// that compiling twice gives the same plan.
	order map[*Exp]int
}

// expKey is all of an expression that tells it from another.
type expKey struct {
	kind    Kind
	op      compute.OpType
	dtype   dtypes.DType
	n       int
	bits    uint64
	limit   int64
	a, b, c *Exp
}

// NewScope makes an empty one.
func NewScope() *Scope {
	return &Scope{made: map[expKey]*Exp{}, order: map[*Exp]int{}}
}

// intern gives the one expression that equals e.
func (s *Scope) intern(e Exp) *Exp {
	key := expKey{kind: e.Kind, op: e.Op, dtype: e.DType, n: e.N, bits: e.Bits, limit: e.Limit}
	for i, to := range []**Exp{&key.a, &key.b, &key.c} {
		if i < len(e.Args) {
			*to = e.Args[i]
		}
	}
	if made := s.made[key]; made != nil {
		return made
	}
	s.made[key] = &e
	s.order[&e] = len(s.order)
	return &e
}

// Literal is the number with these bits.
func (s *Scope) Literal(dtype dtypes.DType, bits uint64) *Exp {
	e := Exp{Kind: Literal, DType: dtype, Bits: bits}
	if dtype == dtypes.Int32 && int32(bits) >= 0 && int32(bits) < math.MaxInt32 {
		e.Limit = int64(bits) + 1
	}
	return s.intern(e)
}

// Number is the literal nearest to x.
func (s *Scope) Number(dtype dtypes.DType, x float64) *Exp {
	return s.Literal(dtype, Conversion(dtypes.Float64, dtype)(math.Float64bits(x)))
}

// Int is an Int32 literal.
func (s *Scope) Int(n int) *Exp { return s.Literal(dtypes.Int32, uint64(uint32(int32(n)))) }

// True and False are Bool literals.
func (s *Scope) True() *Exp { return s.Literal(dtypes.Bool, 1) }

// False is the Bool literal.
func (s *Scope) False() *Exp { return s.Literal(dtypes.Bool, 0) }

// Index is loop variable n, from 0 to limit-1.
func (s *Scope) Index(n, limit int) *Exp {
	if limit == 1 {
		return s.Int(0)
	}
	return s.intern(Exp{Kind: Index, DType: dtypes.Int32, N: n, Limit: int64(limit)})
}

// Load is element at of value n.
func (s *Scope) Load(n int, dtype dtypes.DType, at *Exp) *Exp {
	return s.intern(Exp{Kind: Load, DType: dtype, N: n, Args: []*Exp{at}})
}

// Reduced is the result of reduction n of the step.
func (s *Scope) Reduced(n int, dtype dtypes.DType) *Exp {
	return s.intern(Exp{Kind: Reduced, DType: dtype, N: n})
}

// Accumulated is the sum of a Dot step.
func (s *Scope) Accumulated(dtype dtypes.DType) *Exp {
	return s.intern(Exp{Kind: Accumulated, DType: dtype})
}

// Cast converts x to dtype by value.
func (s *Scope) Cast(x *Exp, dtype dtypes.DType) *Exp {
	switch {
	case x.DType == dtype:
		return x
	case x.Kind == Literal:
		return s.Literal(dtype, Conversion(x.DType, dtype)(x.Bits))
	case x.Kind == Cast && x.Args[0].DType == dtype && widens(dtype, x.DType):
		return x.Args[0] // there and back again
	}
	return s.intern(Exp{Kind: Cast, DType: dtype, Args: []*Exp{x}})
}

// widens says that every number of from is one of to.
func widens(from, to dtypes.DType) bool {
	exact := map[dtypes.DType][]dtypes.DType{
		dtypes.Float16:  {dtypes.Float32, dtypes.Float64},
		dtypes.BFloat16: {dtypes.Float32, dtypes.Float64},
		dtypes.Float32:  {dtypes.Float64},
		dtypes.Int8:     {dtypes.Int16, dtypes.Int32, dtypes.Int64, dtypes.Float32, dtypes.Float64},
		dtypes.Uint8:    {dtypes.Int16, dtypes.Int32, dtypes.Int64, dtypes.Uint16, dtypes.Uint32, dtypes.Uint64, dtypes.Float32, dtypes.Float64},
		dtypes.Int32:    {dtypes.Int64, dtypes.Float64},
		dtypes.Uint32:   {dtypes.Uint64, dtypes.Int64, dtypes.Float64},
		dtypes.Bool:     {dtypes.Int32, dtypes.Int64, dtypes.Uint32, dtypes.Uint8, dtypes.Int8, dtypes.Float32, dtypes.Float16, dtypes.BFloat16},
	}
	return slices.Contains(exact[from], to)
}

// Bitcast reads the bits of x as dtype, of the same size.
func (s *Scope) Bitcast(x *Exp, dtype dtypes.DType) *Exp {
	switch {
	case x.DType == dtype:
		return x
	case x.Kind == Literal:
		return s.Literal(dtype, x.Bits)
	case x.Kind == Bits:
		return s.Bitcast(x.Args[0], dtype)
	}
	return s.intern(Exp{Kind: Bits, DType: dtype, Args: []*Exp{x}})
}

// Select is yes where condition holds, else no.
func (s *Scope) Select(condition, yes, no *Exp) *Exp {
	switch {
	case condition.Kind == Literal && condition.Bits != 0, yes == no:
		return yes
	case condition.Kind == Literal:
		return no
	case condition.Kind == Apply && condition.Op == compute.OpTypeLogicalNot:
		return s.Select(condition.Args[0], no, yes)
	case yes.DType == dtypes.Bool && yes.Kind == Literal && no.Kind == Literal: // they differ
		if yes.Bits != 0 {
			return condition
		}
		return s.Apply(compute.OpTypeLogicalNot, condition)
	}
	e := Exp{Kind: Select, DType: yes.DType, Args: []*Exp{condition, yes, no}}
	if yes.Limit > 0 && no.Limit > 0 {
		e.Limit = max(yes.Limit, no.Limit)
	}
	return s.intern(e)
}

// Apply is operation op on args. Its type is that of the arguments, and Bool for
// what tests them.
func (s *Scope) Apply(op compute.OpType, args ...*Exp) *Exp {
	if simple := s.simplify(op, args); simple != nil {
		return simple
	}
	dtype := args[0].DType
	if tests(op) {
		dtype = dtypes.Bool
	}
	return s.intern(Exp{Kind: Apply, Op: op, DType: dtype, Args: slices.Clone(args)})
}

// tests says that op's result is Bool whatever it is asked about.
func tests(op compute.OpType) bool {
	switch op {
	case compute.OpTypeEqual, compute.OpTypeNotEqual, compute.OpTypeLessThan, compute.OpTypeLessOrEqual,
		compute.OpTypeGreaterThan, compute.OpTypeGreaterOrEqual,
		compute.OpTypeEqualTotalOrder, compute.OpTypeNotEqualTotalOrder, compute.OpTypeLessThanTotalOrder,
		compute.OpTypeLessOrEqualTotalOrder, compute.OpTypeGreaterThanTotalOrder, compute.OpTypeGreaterOrEqualTotalOrder,
		compute.OpTypeIsFinite, compute.OpTypeIsNaN:
		return true
	}
	return false
}

// rewrite gives e with every part replaced by change(part, part on changed
// arguments), which may be simpler and of another kind; done remembers what was
// rewritten before.
func (s *Scope) rewrite(e *Exp, done map[*Exp]*Exp, change func(was, now *Exp) *Exp) *Exp {
	if e == nil {
		return nil
	}
	if to, ok := done[e]; ok {
		return to
	}
	to := e
	if len(e.Args) > 0 {
		args := make([]*Exp, len(e.Args))
		for i, arg := range e.Args {
			args[i] = s.rewrite(arg, done, change)
		}
		if !slices.Equal(args, e.Args) {
			to = s.again(e, args)
		}
	}
	to = change(e, to)
	done[e] = to
	return to
}

// again makes e anew on other arguments.
func (s *Scope) again(e *Exp, args []*Exp) *Exp {
	switch e.Kind {
	case Load:
		return s.Load(e.N, e.DType, args[0])
	case Cast:
		return s.Cast(args[0], e.DType)
	case Bits:
		return s.Bitcast(args[0], e.DType)
	case Select:
		return s.Select(args[0], args[1], args[2])
	}
	if e.DType == dtypes.Int32 && len(args) == 2 && e.Limit > 0 {
		if to := s.indexAgain(e.Op, args); to != nil {
			return to
		}
	}
	to := s.Apply(e.Op, args...)
	if e.Limit > 0 && to.Limit == 0 && to.Kind == Apply {
		bound := *to
		bound.Limit = e.Limit
		return s.intern(bound)
	}
	return to
}

// visit calls f once for each expression below e, arguments first.
func visit(e *Exp, seen map[*Exp]bool, f func(*Exp)) {
	if e == nil || seen[e] {
		return
	}
	seen[e] = true
	for _, arg := range e.Args {
		visit(arg, seen, f)
	}
	f(e)
}
