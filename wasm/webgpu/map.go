package webgpu

import (
	"fmt"

	"github.com/dongyur/dongyur/wasm/ir"
)

// workgroupSize of kernels whose invocations do not work together.
const workgroupSize = 64

// mapped writes the kernel of a Map: an invocation computes one element, or four
// neighbours where everything it stores lies that way.
func (c *coder) mapped(m *ir.Map) ([]kernel, error) {
	total := product(m.Dims)
	if total == 0 {
		return nil, nil
	}
	four := c.inFours(m.Dims, m.Stores)
	invocations := total
	if four {
		invocations = ceilDiv(total, 4)
	}
	groups := spread(ceilDiv(invocations, workgroupSize), c.adapter.Workgroups)
	k, err := c.kernel(fmt.Sprint("Map ", m.Dims), workgroupSize, groups, int64(total)*expCost(m.Stores), func(s *shader, b *scope) {
		p := b.invocation(groups, invocations)
		if four {
			p = b.let("%s * 4", p)
		}
		b.bind(b.loopVars(p, m.Dims)...)
		if four {
			b.four()
		}
		b.stores(m.Stores, p)
	})
	return []kernel{k}, err
}

// invocation writes the number of this invocation, an i32, and returns from those
// beyond count.
func (b *scope) invocation(groups [3]uint32, count int) string {
	p := b.let("i32((group.x + group.y * %du) * %du + local)", groups[0], workgroupSize)
	if int(groups[0]*groups[1])*workgroupSize != count {
		b.line("if (%s >= %d) { return; }", p, count)
	}
	return p
}

// inFours says whether a loop can be computed four neighbours at a time: its last
// axis is whole fours, or it is one axis and what is stored has room behind it.
func (c *coder) inFours(dims []int, stores []ir.Store) bool {
	inner := -1
	for i, d := range dims {
		if d > 1 {
			inner = i
		}
	}
	if inner < 0 || inner != len(dims)-1 {
		return false
	}
	whole := dims[inner]%4 == 0
	if !whole && dims[inner] != product(dims) {
		return false
	}
	if !whole {
		for _, s := range stores {
			if s.At != nil || s.If != nil {
				return false
			}
		}
	}
	return c.storesInFours(stores, inner)
}

// storesInFours says whether what is stored along loop variable inner lies as four
// neighbours do.
func (c *coder) storesInFours(stores []ir.Store, inner int) bool {
	seen := map[*ir.Exp]lane{}
	for _, s := range stores {
		if s.At != nil {
			if at := lanes(s.At, inner, seen); at.slope != 1 || !at.multiple {
				return false
			}
		}
		if s.If != nil && lanes(s.If, inner, seen).slope != 0 {
			return false
		}
		if !c.narrow(s.Exp) || isWide(c.values[s.Value].Shape.DType) {
			return false
		}
	}
	return true
}

// narrow says that an expression has no 64-bit integers in it, which come in no
// vectors of four.
func (c *coder) narrow(e *ir.Exp) bool {
	ok := true
	visit(e, map[*ir.Exp]bool{}, func(x *ir.Exp) {
		ok = ok && !isWide(x.DType)
	})
	return ok
}

// expCost guesses the scalar operations of one element.
func expCost(stores []ir.Store) int64 {
	seen := map[*ir.Exp]bool{}
	var n int64 = 1
	for _, s := range stores {
		for _, e := range []*ir.Exp{s.At, s.If, s.Exp} {
			visit(e, seen, func(*ir.Exp) { n++ })
		}
	}
	return n
}

// copied copies bytes, four words at a time; both ends have room behind them.
func (c *coder) copied(s *ir.Copy) ([]kernel, error) {
	if c.root(s.From) == c.root(s.To) {
		return nil, nil
	}
	words := int(c.bytes(s.To) / 16)
	groups := spread(ceilDiv(words, workgroupSize), c.adapter.Workgroups)
	k, err := c.kernel("Copy", workgroupSize, groups, int64(words), func(s2 *shader, b *scope) {
		p := b.invocation(groups, words)
		to := s2.bind(s.To, "vec4<u32>", true)
		from := s2.bind(s.From, "vec4<u32>", false)
		_, t := s2.use(s.To)
		_, f := s2.use(s.From)
		b.line("%s", s2.set(to, t, p, s2.get(from, f, p)))
	})
	return []kernel{k}, err
}
