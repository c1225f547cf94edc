package simd

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/dongyur/dongyur/wasm/ir"
)

// vectorisable says that every part of the expressions that varies with the lanes
// has a vector.
func vectorisable(exps ...*ir.Exp) bool {
	seen := map[*ir.Exp]bool{}
	var ok func(e *ir.Exp) bool
	ok = func(e *ir.Exp) bool {
		if e == nil || seen[e] {
			return true
		}
		seen[e] = true
		if wide(e.DType) {
			return false
		}
		for _, arg := range e.Args {
			if !ok(arg) {
				return false
			}
		}
		return true
	}
	for _, e := range exps {
		if !ok(e) {
			return false
		}
	}
	return true
}

// split is an index of which the lanes' variable was taken out: rest + stride·variable.
type split struct {
	rest   *ir.Exp // nil for 0
	stride int
	ok     bool // false where the index depends on the variable in another way
}

// affine splits an index by the lane variable, the same way each time.
func (n *nest) affine(e *ir.Exp) split {
	if known, ok := n.splits[e]; ok {
		return known
	}
	s := n.split(e)
	n.splits[e] = s
	return s
}

func (n *nest) split(e *ir.Exp) split {
	switch {
	case !n.fact(e).varies:
		return split{e, 0, true}
	case e.Kind == ir.Index:
		return split{nil, 1, true}
	case e.Kind != ir.Apply || len(e.Args) != 2:
		return split{}
	}
	a, b := e.Args[0], e.Args[1]
	switch e.Op {
	case opAdd, opSub:
		left, right := n.affine(a), n.affine(b)
		if !left.ok || !right.ok {
			return split{}
		}
		if e.Op == opSub {
			return split{combine(e.Op, left.rest, right.rest), left.stride - right.stride, true}
		}
		return split{combine(e.Op, left.rest, right.rest), left.stride + right.stride, true}
	case opMul:
		if b.Kind != ir.Literal {
			a, b = b, a
		}
		if b.Kind != ir.Literal {
			return split{}
		}
		s := n.affine(a)
		if s.rest != nil {
			s.rest = combine(e.Op, s.rest, b)
		}
		s.stride *= int(int32(b.Bits))
		return s
	}
	return split{}
}

// combine is a op b, where nil is 0.
func combine(op compute.OpType, a, b *ir.Exp) *ir.Exp {
	if b == nil {
		return a
	}
	if a == nil {
		if op == opAdd {
			return b
		}
		a = &ir.Exp{Kind: ir.Literal, DType: dtypes.Int32}
	}
	return &ir.Exp{Kind: ir.Apply, Op: op, DType: dtypes.Int32, Args: []*ir.Exp{a, b}}
}
