package interp

import (
	"github.com/dongyur/dongyur/wasm/ir"
)

// code computes expressions: each distinct one has a register, filled in order.
type code struct {
	ops       []op
	registers int
	of        map[*ir.Exp]int
	results   []int
}

// op fills register to.
type op struct {
	to   int
	run  func(m *machine, r *state, args []uint64) uint64
	args []int
}

// state is what a computation reads beside memory.
type state struct {
	loop        []int
	reduced     []uint64
	accumulated uint64
	registers   []uint64
}

// compile makes the code of several expressions; nil ones give 0.
func compile(exps ...*ir.Exp) *code {
	c := &code{of: map[*ir.Exp]int{}}
	for _, e := range exps {
		if e == nil {
			c.results = append(c.results, -1)
			continue
		}
		c.results = append(c.results, c.add(e))
	}
	return c
}

func (c *code) add(e *ir.Exp) int {
	if r, ok := c.of[e]; ok {
		return r
	}
	o := op{}
	for _, arg := range e.Args {
		o.args = append(o.args, c.add(arg))
	}
	o.run = meaning(e)
	o.to = c.registers
	c.registers++
	c.of[e] = o.to
	c.ops = append(c.ops, o)
	return o.to
}

// meaning is what one expression does with its arguments.
func meaning(e *ir.Exp) func(m *machine, r *state, args []uint64) uint64 {
	n := e.N
	switch e.Kind {
	case ir.Literal:
		bits := e.Bits
		return func(*machine, *state, []uint64) uint64 { return bits }
	case ir.Index:
		limit := int(e.Limit)
		return func(_ *machine, r *state, _ []uint64) uint64 {
			if r.loop[n] >= limit {
				fail("loop variable %d is %d, beyond its limit %d", n, r.loop[n], limit)
			}
			return uint64(r.loop[n])
		}
	case ir.Load:
		return func(m *machine, _ *state, args []uint64) uint64 { return m.load(n, args[0]) }
	case ir.Reduced:
		return func(_ *machine, r *state, _ []uint64) uint64 { return r.reduced[n] }
	case ir.Accumulated:
		return func(_ *machine, r *state, _ []uint64) uint64 { return r.accumulated }
	case ir.Cast:
		convert := ir.Conversion(e.Args[0].DType, e.DType)
		return func(_ *machine, _ *state, args []uint64) uint64 { return convert(args[0]) }
	case ir.Bits:
		return func(_ *machine, _ *state, args []uint64) uint64 { return args[0] }
	case ir.Select:
		return func(_ *machine, _ *state, args []uint64) uint64 {
			if args[0] != 0 {
				return args[1]
			}
			return args[2]
		}
	}
	apply := ir.Operation(e.Op, e.Args[0].DType)
	if apply == nil {
		return func(*machine, *state, []uint64) uint64 {
			fail("there is no %s of %s", e.Op, e.Args[0].DType)
			return 0
		}
	}
	limit, name := e.Limit, e
	return func(_ *machine, _ *state, args []uint64) uint64 {
		x := apply(args)
		if limit > 0 && (int64(int32(x)) < 0 || int64(int32(x)) >= limit) {
			fail("%s is %d, beyond its limit %d", name, int32(x), limit)
		}
		return x
	}
}

// run computes everything and gives the results.
func (c *code) run(m *machine, s *state) []uint64 {
	if len(s.registers) < c.registers {
		s.registers = make([]uint64, c.registers)
	}
	var buffer [3]uint64
	for _, o := range c.ops {
		for i, arg := range o.args {
			buffer[i] = s.registers[arg]
		}
		s.registers[o.to] = o.run(m, s, buffer[:len(o.args)])
	}
	results := make([]uint64, len(c.results))
	for i, r := range c.results {
		if r >= 0 {
			results[i] = s.registers[r]
		}
	}
	return results
}

// stores are the code of a list of stores.
type stores struct {
	list []ir.Store
	code *code
}

func compileStores(list []ir.Store) stores {
	var exps []*ir.Exp
	for _, s := range list {
		exps = append(exps, s.Exp, s.At, s.If)
	}
	return stores{list, compile(exps...)}
}

// run writes what the stores say for one element, own being the loop's position.
func (s stores) run(m *machine, r *state, own int) {
	results := s.code.run(m, r)
	for i, to := range s.list {
		if to.If != nil && results[3*i+2] == 0 {
			continue
		}
		at := uint64(own)
		if to.At != nil {
			at = results[3*i+1]
		}
		m.store(to.Value, at, results[3*i])
	}
}

// each calls f for every position of a loop over dims, in row-major order. loop is
// the state's, whose variables from first on are dims'.
func each(s *state, first int, dims []int, f func(position int)) {
	total := 1
	for _, d := range dims {
		total *= d
	}
	for len(s.loop) < first+len(dims) {
		s.loop = append(s.loop, 0)
	}
	for position := range total {
		rest := position
		for axis := len(dims) - 1; axis >= 0; axis-- {
			s.loop[first+axis] = rest % dims[axis]
			rest /= dims[axis]
		}
		f(position)
	}
}
