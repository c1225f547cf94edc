package interp_test

import (
	"flag"
	"fmt"
	"math"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	_ "github.com/gomlx/compute/gobackend"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/dongyur/dongyur/wasm/ir/interp"
)

var verbose = flag.Bool("plans", false, "print the plans of tests")

// desktop is what a WebGPU adapter of a desktop typically allows.
var desktop = ir.Limits{Bindings: 10, BindingBytes: 1 << 30}

// recorder keeps the plans that a backend compiles.
type recorder struct {
	ir.Target
	plans []*ir.Plan
}

func (r *recorder) Compile(plan *ir.Plan) (ir.Program, error) {
	r.plans = append(r.plans, plan)
	return r.Target.Compile(plan)
}

// compiled gives the plan of a graph function, without running it.
func compiled(t *testing.T, limits ir.Limits, inputs []shapes.Shape, f func([]*Node) []*Node) *ir.Plan {
	t.Helper()
	r := &recorder{Target: interp.Limited(limits)}
	backend := ir.NewBackend(r)
	g := NewGraph(backend, t.Name())
	nodes := make([]*Node, len(inputs))
	for i, shape := range inputs {
		nodes[i] = Parameter(g, fmt.Sprint("x", i), shape)
	}
	g.Compile(f(nodes)...)
	plan := r.plans[len(r.plans)-1]
	if *verbose {
		t.Log(plan)
	}
	t.Log(plan.Summary())
	return plan
}

func goEngine(t *testing.T) compute.Backend {
	t.Helper()
	backend, err := compute.NewWithConfig("go:ops_sequential")
	if err != nil {
		t.Fatal(err)
	}
	return backend
}

// difference is the largest one between two tensors, relative to 1 or to the number.
func difference(a, b *tensors.Tensor) float64 {
	x, y := tensors.MustCopyFlatData[float32](a), tensors.MustCopyFlatData[float32](b)
	most := 0.
	for i := range x {
		d := math.Abs(float64(x[i]-y[i])) / max(1, math.Abs(float64(y[i])))
		if !(d <= most) {
			most = d
		}
	}
	return most
}

func TestTrainStep(t *testing.T) {
	c := gpt{layers: 2, dim: 16, heads: 2, vocab: 24, time: 8, batch: 2}
	got := MustNewExec(ir.NewBackend(interp.Limited(desktop)), c.step).MustExec(c.inputs(1)...)
	want := MustNewExec(goEngine(t), c.step).MustExec(c.inputs(1)...)
	for i := range want {
		if d := difference(got[i], want[i]); d > 1e-3 {
			t.Errorf("output %d differs by %g", i, d)
		}
	}
}

func TestTrainStepPlan(t *testing.T) {
	c := gpt{layers: 4, dim: 256, heads: 4, vocab: 8192, time: 128, batch: 8}
	var inputs []shapes.Shape
	for _, x := range gpt.inputs(c, 1) {
		if x, ok := x.(*tensors.Tensor); ok {
			inputs = append(inputs, x.Shape())
			continue
		}
		inputs = append(inputs, shapes.Make(dtypes.Float32))
	}
	plan := compiled(t, desktop, inputs, c.step)
	s := plan.Summary()
	if s.Steps > 350 {
		t.Errorf("%d steps, more than 350", s.Steps)
	}
	if float64(s.Arena) > 1.3*float64(s.Bound) {
		t.Errorf("%d bytes of temporaries, more than 1.3 times the bound of %d", s.Arena, s.Bound)
	}
}
