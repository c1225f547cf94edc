package webgpu

import (
	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// updates is a plan that updates tensors of these sizes from their gradients, each in
// its own place: x - rate·g and m + rate·x. Gradients are inputs, or temporaries that
// the plan makes first; the rate is a temporary.
type updates struct {
	sizes     []int
	temporary bool
}

// plan gives also which output takes the place of which input.
func (u updates) plan() (test testPlan, donated map[int]int) {
	p := newPlanner()
	rate := p.input(floats(.25), dtypes.Float32, 1)
	doubled := p.value(ir.Temporary, dtypes.Float32, 1)
	add := func(x, y *ir.Exp) *ir.Exp { return p.Apply(compute.OpTypeAdd, x, y) }
	mul := func(x, y *ir.Exp) *ir.Exp { return p.Apply(compute.OpTypeMul, x, y) }
	load := func(v, n int) *ir.Exp { return p.Load(v, dtypes.Float32, p.Index(0, n)) }
	first := p.Load(rate, dtypes.Float32, p.Int(0))
	p.step(&ir.Map{Dims: []int{1}, Stores: []ir.Store{{Value: doubled, Exp: add(first, first)}}})
	var xs, ms, gs []int
	for i, n := range u.sizes {
		xs = append(xs, p.input(floats(ramp(n, wave)...), dtypes.Float32, n))
		ms = append(ms, p.input(floats(ramp(n, func(k int) float32 { return wave(k + i) })...), dtypes.Float32, n))
		g := p.input(floats(ramp(n, func(k int) float32 { return wave(3*k + i) })...), dtypes.Float32, n)
		if u.temporary {
			made := p.value(ir.Temporary, dtypes.Float32, n)
			p.step(&ir.Map{Dims: []int{n}, Stores: []ir.Store{{Value: made, Exp: p.Apply(compute.OpTypeNeg, load(g, n))}}})
			g = made
		}
		gs = append(gs, g)
	}
	donated = map[int]int{}
	var want [][]byte
	for i, n := range u.sizes {
		x, m := p.value(ir.Output, dtypes.Float32, n), p.value(ir.Output, dtypes.Float32, n)
		donated[x], donated[m] = xs[i], ms[i]
		p.plan.Values[x].Donor, p.plan.Values[m].Donor = xs[i], ms[i]
		now := p.Load(doubled, dtypes.Float32, p.Int(0))
		p.step(&ir.Map{Dims: []int{n}, Stores: []ir.Store{
			{Value: x, Exp: add(load(xs[i], n), mul(now, load(gs[i], n)))},
			{Value: m, Exp: add(load(ms[i], n), mul(now, load(xs[i], n)))}}})
		sign := float32(1)
		if u.temporary {
			sign = -1
		}
		a, b := make([]float32, n), make([]float32, n)
		for k := range n {
			a[k] = wave(k) + .5*sign*wave(3*k+i)
			b[k] = wave(k+i) + .5*wave(k)
		}
		want = append(want, floats(a...), floats(b...))
	}
	return p.test("updates", 1e-6, want...), donated
}

// bundles are ragged: whole fours and not, less than four, several workgroups.
var bundles = map[string]updates{
	"gradients handed in": {sizes: []int{64, 7, 2, 1030, 12}},
	"gradients made":      {sizes: []int{5, 600, 2, 16}, temporary: true},
}
