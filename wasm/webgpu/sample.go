package webgpu

import (
	"cmp"
	"encoding/binary"
	"math/rand/v2"
	"slices"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// tuneFrom is from how many operations on a product is measured: what is less takes few
// microseconds on a GPU.
const tuneFrom = 1 << 24

// sample is a product to measure: the first one of its shape in a plan.
type sample struct {
	shape   string
	dot     *ir.Dot
	tilings []dotTiling // the rule's first
	kept    [2]bool     // whose packed copies outlive a run: of A, of B
	work    int64       // of all products of the shape in the plan
}

// samples are a plan's products that are worth measuring and were not yet, the most work
// first.
func samples(plan *ir.Plan, adapter *Adapter, donated map[int]int) []*sample {
	c := newCoder(plan, adapter, donated)
	known := map[string]*sample{}
	var list []*sample
	visitDots(plan.Steps, func(d *ir.Dot) {
		work := 2 * int64(product(d.Batch)) * int64(d.M) * int64(d.N) * int64(d.K)
		if work < tuneFrom {
			return
		}
		shape := c.productShape(d)
		if s := known[shape]; s != nil {
			s.work += work
			return
		}
		rule := c.tileByRule(d)
		tilings := c.tilings(d, rule)
		if have, ok := adapter.products[shape]; ok && have.Rule == rule.String() || len(tilings) < 2 || c.inPlace(d) {
			return
		}
		known[shape] = &sample{shape: shape, dot: d, tilings: tilings, kept: [2]bool{c.lasting(&d.A), c.lasting(&d.B)}, work: work}
		list = append(list, known[shape])
	})
	slices.SortStableFunc(list, func(a, b *sample) int { return cmp.Compare(b.work, a.work) })
	return list
}

// visitDots calls f for all products of steps, in order.
func visitDots(steps []ir.Step, f func(*ir.Dot)) {
	for _, step := range steps {
		switch s := step.(type) {
		case *ir.Dot:
			f(s)
		case *ir.While:
			visitDots(s.Before, f)
			visitDots(s.Body, f)
		case *ir.If:
			visitDots(s.Then, f)
			visitDots(s.Else, f)
		}
	}
}

// inPlace says that a product reads what it writes: a second run would give something
// else.
func (c *coder) inPlace(d *ir.Dot) bool {
	reads, writes := d.Values()
	return slices.ContainsFunc(reads, func(r int) bool {
		return slices.ContainsFunc(writes, func(w int) bool { return c.root(r) == c.root(w) })
	})
}

// alone makes a product a plan of its own, whose inputs are all that it reads and whose
// output is what it writes. Values keep their numbers.
func alone(plan *ir.Plan, d *ir.Dot) *ir.Plan {
	own := &ir.Plan{Name: plan.Name + ": a product alone", Values: slices.Clone(plan.Values), Steps: []ir.Step{d}}
	reads, writes := d.Values()
	for _, v := range reads {
		if v = unaliased(own, v); own.Values[v].Place != ir.Constant && !slices.Contains(own.Inputs, v) {
			own.Inputs = append(own.Inputs, v)
			own.Values[v].Place, own.Values[v].Donor = ir.Input, -1
		}
	}
	for _, v := range writes {
		v = unaliased(own, v)
		own.Outputs = append(own.Outputs, v)
		own.Values[v].Place, own.Values[v].Donor = ir.Output, -1
	}
	return own
}

// unaliased is the value whose bytes v stands for.
func unaliased(plan *ir.Plan, v int) int {
	for plan.Values[v].Alias >= 0 {
		v = plan.Values[v].Alias
	}
	return v
}

// kernels are the numbers of those that a run of the product takes: of packed copies that
// do not outlive a run, and its own.
func (s *sample) kernels(plan *ir.Plan, a *assembly) []int {
	var numbers []int
	for _, p := range a.packings {
		for i, side := range []*ir.Operand{&s.dot.A, &s.dot.B} {
			if !s.kept[i] && reads(plan, side, p.sources) {
				numbers = append(numbers, p.number)
				break
			}
		}
	}
	for i := range a.own {
		numbers = append(numbers, i)
	}
	return numbers
}

// reads says that a side of a product reads one of some values that are no aliases.
func reads(plan *ir.Plan, o *ir.Operand, values []int) bool {
	is := func(v int) bool { return slices.Contains(values, unaliased(plan, v)) }
	if o.Exp == nil {
		return is(o.Value)
	}
	found := false
	visit(o.Exp, map[*ir.Exp]bool{}, func(e *ir.Exp) { found = found || e.Kind == ir.Load && is(e.N) })
	return found
}

// differences makes a plan that compares two values row by row: a Bool for each, true
// where a bit of it differs.
func differences(dtype dtypes.DType, rows, width int) *ir.Plan {
	bits := map[int]dtypes.DType{1: dtypes.Uint8, 2: dtypes.Uint16, 4: dtypes.Uint32, 8: dtypes.Uint64}[dtype.Size()]
	plan, s := &ir.Plan{Name: "compare two results", Inputs: []int{0, 1}, Outputs: []int{2}}, ir.NewScope()
	at := s.Join([]*ir.Exp{s.Index(0, rows), s.Index(1, width)}, []int{rows, width})
	both := ir.Value{Shape: shapes.Make(bits, rows, width), Place: ir.Input, Alias: -1, Donor: -1}
	plan.Values = []ir.Value{both, both, {Shape: shapes.Make(dtypes.Bool, rows), Place: ir.Output, Alias: -1, Donor: -1}}
	differs := s.Apply(compute.OpTypeNotEqual, s.Load(0, bits, at), s.Load(1, bits, at))
	plan.Steps = []ir.Step{&ir.Row{Outer: []int{rows}, Inner: []int{width},
		Reductions: []ir.Reduction{{Op: compute.OpTypeReduceLogicalOr, Exp: differs, DType: dtypes.Bool}},
		Once:       []ir.Store{{Value: 2, Exp: s.Reduced(0, dtypes.Bool)}}}}
	return plan
}

// noise fills data with numbers of a type: floats from 0.5 to 1 with both signs, so that
// sums in another order have other bits; bytes as they come; other whole numbers from 0
// to 3, which may be positions.
func noise(data []byte, dtype dtypes.DType, random *rand.Rand) {
	var number [8]byte
	size := dtype.Size()
	for i := 0; i+size <= len(data); i += size {
		bits := random.Uint64()
		switch {
		case dtype == dtypes.Float32:
			bits = bits&0x807fffff | 0x3f000000
		case dtype == dtypes.Float16:
			bits = bits&0x83ff | 0x3800
		case dtype == dtypes.BFloat16:
			bits = bits&0x807f | 0x3f00
		case dtype == dtypes.Bool:
			bits &= 1
		case size > 1:
			bits &= 3
		}
		binary.LittleEndian.PutUint64(number[:], bits)
		copy(data[i:i+size], number[:])
	}
}
