package webgpu

import (
	"fmt"

	"github.com/dongyur/dongyur/wasm/ir"
)

// Slots of bindings that are no buffers of the run: see shim.js.
const (
	arenaSlot    = -1
	constantSlot = -2
)

// assembly is a plan as kernels, for one choice of donated inputs.
type assembly struct {
	kernels   []kernel
	flow      []segment
	own       int // kernels of the plan itself; those of packings come behind them
	slabs     []slab
	packings  []packing
	words     []int32 // the kernels as the shim reads them, but for their pipelines
	constants []byte
	arena     int64
}

// segment is a part of a plan's steps: kernels first to last-1, or a loop, or a
// branch.
type segment struct {
	first, last int
	loop        *loop
	branch      *branch
}

type loop struct {
	condition    place
	before, body []segment
}

type branch struct {
	predicate    place
	then, orElse []segment
}

// place is where a value lies: a slot and an offset in bytes.
type place struct {
	slot   int
	offset int64
}

// assemble writes all kernels of a plan. Where an input stands for two parameters it
// must be bound apart from others.
func assemble(plan *ir.Plan, adapter *Adapter, donated map[int]int, apart bool) (*assembly, error) {
	c := newCoder(plan, adapter, donated)
	c.apart = apart
	for i, v := range plan.Values {
		if size := c.bytes(i); v.Alias < 0 && size > adapter.BufferBytes {
			return nil, &LimitError{What: fmt.Sprintf("%s: value %d, %s, in bytes", plan.Name, i, v.Shape), Size: size, Limit: adapter.BufferBytes}
		}
	}
	a := &assembly{}
	var err error
	where := func(v int) place { return c.place(plan, v) }
	if a.flow, err = a.segments(c, plan.Steps, where); err != nil {
		return nil, fmt.Errorf("%s: %w", plan.Name, err)
	}
	a.arena = c.arena
	if a.arena > adapter.BufferBytes {
		return nil, &LimitError{What: plan.Name + ": bytes of temporaries", Size: a.arena, Limit: adapter.BufferBytes}
	}
	if !apart && a.mixed(c) {
		return assemble(plan, adapter, donated, true)
	}
	a.addPackings(plan, c)
	a.constants, a.slabs = c.constants, c.slabs
	a.encode(c, where)
	return a, nil
}

// place finds where the bytes of a value are.
func (c *coder) place(plan *ir.Plan, v int) place {
	root := c.root(v)
	switch value := c.values[root]; value.Place {
	case ir.Temporary:
		return place{arenaSlot, value.Offset}
	case ir.Constant:
		return place{constantSlot, c.constantAt[root]}
	}
	for i, input := range plan.Inputs {
		if input == root {
			return place{i, 0}
		}
	}
	for i, output := range plan.Outputs {
		if output == root {
			return place{len(plan.Inputs) + i, 0}
		}
	}
	for i, s := range c.slabs {
		if s.value == root {
			return place{len(plan.Inputs) + len(plan.Outputs) + i, 0}
		}
	}
	for i, p := range c.packings {
		if p.value == root {
			return place{len(plan.Inputs) + len(plan.Outputs) + len(c.slabs) + i, 0}
		}
	}
	return place{len(plan.Inputs) + len(plan.Outputs) + len(c.slabs) + len(c.packings), 0} // refused when it is bound
}

// segments turns steps into kernels, in order.
func (a *assembly) segments(c *coder, steps []ir.Step, where func(int) place) ([]segment, error) {
	var flow []segment
	for i := 0; i < len(steps); i++ {
		c.step = i
		var s segment
		var err error
		if members := c.bundle(steps[i:]); members != nil {
			k, err := c.bundled(members)
			if err != nil {
				return nil, err
			}
			a.kernels = append(a.kernels, k)
			flow = join(flow, segment{first: len(a.kernels) - 1, last: len(a.kernels)})
			i += len(members) - 1
			continue
		}
		switch step := steps[i].(type) {
		case *ir.While:
			s.loop = &loop{condition: where(step.Condition)}
			if s.loop.before, err = a.segments(c, step.Before, where); err != nil {
				return nil, err
			}
			s.loop.body, err = a.segments(c, step.Body, where)
		case *ir.If:
			s.branch = &branch{predicate: where(step.Predicate)}
			if s.branch.then, err = a.segments(c, step.Then, where); err != nil {
				return nil, err
			}
			s.branch.orElse, err = a.segments(c, step.Else, where)
		default:
			var kernels []kernel
			kernels, err = c.kernels(step)
			s.first, s.last = len(a.kernels), len(a.kernels)+len(kernels)
			a.kernels = append(a.kernels, kernels...)
		}
		if err != nil {
			return nil, err
		}
		flow = join(flow, s)
	}
	return flow, nil
}

// mixed says that some kernel reads an input of a slab and writes another one of it: a
// buffer cannot be bound both ways at a time.
func (a *assembly) mixed(c *coder) bool {
	for _, s := range c.slabs {
		for _, k := range a.kernels {
			read, written := false, false
			for _, b := range k.bindings {
				for _, v := range append([]int{s.value}, s.inputs...) {
					if v == b.value {
						read, written = read || !b.write, written || b.write
					}
				}
			}
			if read && written {
				return true
			}
		}
	}
	return false
}

// join appends a segment, to the one before where both are kernels.
func join(flow []segment, s segment) []segment {
	plain := s.loop == nil && s.branch == nil
	if plain && s.first == s.last {
		return flow
	}
	if n := len(flow); plain && n > 0 && flow[n-1].loop == nil && flow[n-1].branch == nil && flow[n-1].last == s.first {
		flow[n-1].last = s.last
		return flow
	}
	return append(flow, s)
}

// Work that one submit may hold: about a second of a software adapter, and on a GPU
// well below what a watchdog allows a slow one.
const (
	softwareWork = 2e9
	deviceWork   = 2e11
)

// encode writes the kernels for the shim.
func (a *assembly) encode(c *coder, where func(int) place) {
	budget, spent := int64(deviceWork), int64(0)
	if c.adapter.Software {
		budget = softwareWork
	}
	for i, k := range a.kernels {
		spent += k.work
		submit := int32(0)
		if i+1 < len(a.kernels) && spent+a.kernels[i+1].work > budget {
			submit, spent = 1, 0
		}
		a.words = append(a.words, 0, int32(k.groups[0]), int32(k.groups[1]), int32(k.groups[2]), submit, int32(len(k.bindings)))
		for _, b := range k.bindings {
			p, size := where(b.value), b.size
			if size == 0 {
				size = c.bytes(b.value)
			}
			a.words = append(a.words, int32(p.slot), int32(p.offset+b.offset), int32(size))
		}
	}
}

// setPipeline puts a kernel's pipeline into the words; at is where its part begins
// and the result where the next one does.
func (a *assembly) setPipeline(at, pipeline int) (next int) {
	a.words[at] = int32(pipeline)
	return at + 6 + 3*int(a.words[at+5])
}

// signature says of each binding whether it is read, written or uniform: see shim.js.
func (k *kernel) signature() string {
	out := make([]byte, len(k.bindings))
	for i, b := range k.bindings {
		out[i] = 'r'
		switch {
		case b.write:
			out[i] = 'w'
		case b.uniform:
			out[i] = 'u'
		}
	}
	return string(out)
}
