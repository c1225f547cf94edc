//go:build !js

package webgpu

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/dongyur/dongyur/wasm/ir/interp"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

// TestBundles: Maps of one form are one kernel where their results take their inputs'
// places, and as many as there are where they do not.
func TestBundles(t *testing.T) {
	for name, u := range bundles {
		t.Run(name, func(t *testing.T) {
			test, donated := u.plan()
			want := 2 // the rate, the updates
			if u.temporary {
				want++ // and what makes the gradients
			}
			for kind, adapter := range testAdapters {
				a, err := assemble(test.plan, adapter, donated, false)
				if err != nil {
					t.Fatal(err)
				}
				last := a.kernels[len(a.kernels)-1]
				if len(a.kernels) != want || len(a.slabs) == 0 {
					t.Errorf("%s: %d kernels with %d slabs, want %d", kind, len(a.kernels), len(a.slabs), want)
				}
				for _, s := range a.slabs {
					if len(s.inputs) != len(u.sizes) || s.size < 256*int64(len(u.sizes)) {
						t.Errorf("%s: a slab of %d bytes holds inputs %v", kind, s.size, s.inputs)
					}
				}
				for _, program := range []string{"tint", "naga"} {
					if path, err := exec.LookPath(program); err == nil {
						check(t, path, name, last.source)
					}
				}
				if a, err = assemble(test.plan, adapter, donated, true); err != nil || len(a.kernels) != len(test.plan.Steps) || len(a.slabs) != 0 {
					t.Errorf("%s, apart: %d kernels, %v", kind, len(a.kernels), err)
				}
			}
			a, err := assemble(test.plan, testAdapters["gpu"], nil, false)
			if err != nil || len(a.kernels) < len(u.sizes) {
				t.Errorf("nothing donated: %d kernels, %v", len(a.kernels), err)
			}
		})
	}
}

// planned keeps the plan that was made for an adapter, and runs none.
type planned struct {
	ir.Target
	adapter *Adapter
	plan    *ir.Plan
}

func (p *planned) Limits() ir.Limits { return p.adapter.limits() }

func (p *planned) Compile(plan *ir.Plan) (ir.Program, error) {
	p.plan = plan
	return nil, nil
}

// TestUpdatesOfAStep: a training step that ends in its optimizer updates all matrices,
// of whatever shape, in one kernel. Biases it updates where it makes their gradients.
func TestUpdatesOfAStep(t *testing.T) {
	const layers = 5
	p := &planned{Target: interp.New(), adapter: testAdapters["software"]}
	g := graph.NewGraph(ir.NewBackend(p), "step")
	input := func(name string, dims ...int) *graph.Node {
		return graph.Parameter(g, name, shapes.Make(dtypes.Float32, dims...))
	}
	x, rate := input("x", 6, 8), input("rate")
	var weights []*graph.Node
	h, width := x, 8
	for l := range layers {
		w, b := input(fmt.Sprint("w", l), width, 8+l), input(fmt.Sprint("b", l), 8+l)
		h = graph.Tanh(graph.Add(graph.Dot(h, w).Product(), graph.ExpandAxes(b, 0))) // [6, 8+l]
		weights, width = append(weights, w, b), 8+l
	}
	loss := graph.ReduceAllMean(graph.Square(h))
	outputs := []*graph.Node{loss}
	for i, gradient := range graph.Gradient(loss, weights...) {
		dims := gradient.Shape().Dimensions
		m, v := input(fmt.Sprint("m", i), dims...), input(fmt.Sprint("v", i), dims...)
		m = graph.Add(graph.MulScalar(m, .9), graph.MulScalar(gradient, .1))
		v = graph.Add(graph.MulScalar(v, .95), graph.MulScalar(graph.Square(gradient), .05))
		step := graph.Mul(rate, graph.Div(m, graph.AddScalar(graph.Sqrt(v), 1e-8)))
		outputs = append(outputs, graph.Sub(weights[i], step), m, v)
	}
	if err := g.Compile(outputs...); err != nil {
		t.Fatal(err)
	}
	donated := map[int]int{}
	for _, out := range p.plan.Outputs[1:] {
		donated[out] = p.plan.Values[out].Donor
	}
	a, err := assemble(p.plan, p.adapter, donated, false)
	if err != nil {
		t.Fatal(err)
	}
	most := 0
	for _, s := range a.slabs {
		most = max(most, len(s.inputs))
	}
	if last := a.kernels[len(a.kernels)-1]; !strings.HasPrefix(last.name, "Maps") || most != layers {
		t.Errorf("the last kernel is %s, and the largest slab holds %d of %d weights:\n%s", last.name, most, layers, p.plan)
	}
}
