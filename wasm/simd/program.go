package simd

import (
	"fmt"

	"github.com/dongyur/dongyur/wasm/ir"
)

// compiled is a plan as a WebAssembly module.
type compiled struct {
	code     []byte
	features features // that it was compiled for
	scratch  int      // bytes that each part needs besides the plan's arena
	table    []int    // of which value the address is, for each entry of the table
}

// compile writes the module of a plan: a function a step, steps of the same code
// sharing one, and "run", with the parameters of a step, which calls them. Threads
// wait for each other after each step.
func compile(plan *ir.Plan, features features) (*compiled, error) {
	c := &coder{m: newModule(), plan: plan, features: features}
	c.m.shared = features.shared
	p := &compiled{features: features, scratch: scratchBytes(plan.Steps)}
	run := c.m.function(stepParams, nil)
	c.m.start = run
	own := run.local(i32) // this part's scratch memory
	run.get(scratchParam)
	run.get(partParam)
	run.i32(int32(p.scratch))
	run.op(opI32Mul, opI32Add)
	run.set(own)
	c.list(run, plan.Steps, own)
	if c.err != nil {
		return nil, fmt.Errorf("simd: compile %s: %w", plan.Name, c.err)
	}
	p.code, p.table = c.m.bytes(), c.table
	return p, nil
}

// list writes the calls of steps.
func (c *coder) list(f *function, steps []ir.Step, own local) {
	call := func(step *function) {
		f.get(tableParam)
		f.i32(int32(4 * step.entries))
		f.op(opI32Add)
		for _, param := range []local{own, partParam, partsParam} {
			f.get(param)
		}
		f.call(c.m.once(step))
		if c.shared {
			f.get(partsParam)
			f.call(c.barrier())
		}
	}
	flag := func(value int) {
		f.get(tableParam)
		f.memory(opI32Load, 4*len(c.table))
		f.memory(opI32Load8U, 0)
		c.table = append(c.table, c.plan.Root(value))
	}
	for _, step := range steps {
		reads, writes := step.Values()
		values := append(append([]int{}, reads...), writes...)
		switch s := step.(type) {
		case *ir.Map:
			call(c.mapStep(values, s.Dims, s.Stores))
		case *ir.Update:
			call(c.mapStep(values, s.Dims, []ir.Store{s.Store}))
		case *ir.Row:
			call(c.rowStep(values, s))
		case *ir.Dot:
			call(c.dotStep(values, s))
		case *ir.Attention:
			call(c.attentionStep(values, s))
		case *ir.AttentionVJP:
			call(c.attentionVJPStep(values, s))
		case *ir.Scatter:
			elements := c.plan.Values[s.Output].Shape.Size()
			call(c.mapStep(values, []int{elements}, []ir.Store{{Value: s.Output, Exp: s.Operand}}))
			call(c.scatterStep(values, s))
		case *ir.Sort:
			call(c.sortStep(values, s))
		case *ir.Copy:
			call(c.copyStep(s))
		case *ir.While:
			c.list(f, s.Before, own)
			f.block(func() {
				f.op(0x03, 0x40)
				flag(s.Condition)
				f.op(opI32Eqz)
				f.branchIf(1)
				c.list(f, s.Body, own)
				f.branch(0)
				f.op(0x0B)
			})
		case *ir.If:
			flag(s.Predicate)
			f.when(func() { c.list(f, s.Then, own) }, func() { c.list(f, s.Else, own) })
		default:
			c.fail("%T is not a step of this target", step)
		}
	}
}

// copyStep writes a Copy.
func (c *coder) copyStep(s *ir.Copy) *function {
	n := c.step([]int{s.To, s.From})
	n.alone(func() {
		n.f.get(n.address[s.To])
		n.f.get(n.address[s.From])
		n.f.i32(int32(bytesOfValue(c.plan, s.To)))
		n.f.op(0xFC, 10, 0, 0) // memory.copy
	})
	return n.f
}

// bytesOfValue is a value's size in memory.
func bytesOfValue(plan *ir.Plan, value int) int {
	shape := plan.Values[value].Shape
	return shape.Size() * size(shape.DType)
}

// scratchBytes is what the hungriest of steps needs, for each part.
func scratchBytes(steps []ir.Step) int {
	most := 0
	for _, step := range steps {
		switch s := step.(type) {
		case *ir.Dot:
			most = max(most, dotScratch(s))
		case *ir.Sort:
			most = max(most, sortScratch(s))
		case *ir.Attention:
			most = max(most, areasBytes(forwardAreas(&s.AttentionShape)))
		case *ir.AttentionVJP:
			most = max(most, areasBytes(backwardAreas(&s.AttentionShape)))
		case *ir.While:
			most = max(most, scratchBytes(s.Before), scratchBytes(s.Body))
		case *ir.If:
			most = max(most, scratchBytes(s.Then), scratchBytes(s.Else))
		}
	}
	return int(roundedSize(int64(most)))
}
