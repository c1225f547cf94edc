package interp_test

import (
	"errors"
	"flag"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
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

// compiled gives the plan of a graph function, without running it.
func compiled(t *testing.T, limits ir.Limits, inputs []shapes.Shape, f func([]*Node) []*Node) *ir.Plan {
	t.Helper()
	r := &interp.Recorder{Target: interp.Limited(limits)}
	backend := ir.NewBackend(r)
	g := NewGraph(backend, t.Name())
	nodes := make([]*Node, len(inputs))
	for i, shape := range inputs {
		nodes[i] = Parameter(g, fmt.Sprint("x", i), shape)
	}
	if err := g.Compile(f(nodes)...); err != nil {
		t.Fatal(err)
	}
	plan := r.Plan
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
	want := MustNewExec(goEngine(t), c.step).MustCall(c.inputs(1)...)
	for _, bindings := range []int{5, 8, 10, 1 << 20} {
		target := interp.Limited(ir.Limits{Bindings: bindings, BindingBytes: 1 << 30})
		got := MustNewExec(ir.NewBackend(target), c.step).MustCall(c.inputs(1)...)
		for i := range want {
			if d := difference(got[i], want[i]); d > 1e-3 {
				t.Errorf("%d bindings: output %d differs by %g", bindings, i, d)
			}
		}
	}
}

// shapesOf are those of a function's inputs.
func shapesOf(inputs []any) []shapes.Shape {
	list := make([]shapes.Shape, len(inputs))
	for i, x := range inputs {
		list[i] = f32()
		if x, ok := x.(*tensors.Tensor); ok {
			list[i] = x.Shape()
		}
	}
	return list
}

func TestTrainStepPlan(t *testing.T) {
	c := gpt{layers: 4, dim: 256, heads: 4, vocab: 8192, time: 128, batch: 8}
	plan := compiled(t, desktop, shapesOf(c.inputs(1)), c.step)
	s := plan.Summary()
	if s.Steps > 350 {
		t.Errorf("%d steps, more than 350", s.Steps)
	}
	if float64(s.Arena) > 1.3*float64(s.Bound) {
		t.Errorf("%d bytes of temporaries, more than 1.3 times the bound of %d", s.Arena, s.Bound)
	}
}

// TestSamePlan compiles twice: the text must be the same to the letter, for programs
// are cached by it and results must not depend on the order of a map.
func TestSamePlan(t *testing.T) {
	c := gpt{layers: 2, dim: 16, heads: 2, vocab: 24, time: 8, batch: 2}
	var texts [2]string
	for i := range texts {
		texts[i] = compiled(t, desktop, shapesOf(c.inputs(1)), c.step).String()
	}
	if texts[0] != texts[1] {
		t.Error("two compilations of one graph differ")
	}
}

// TestDonation runs steps of training whose parameters and moments are given away:
// every output must lie where its input did and the numbers stay the same.
func TestDonation(t *testing.T) {
	c := gpt{layers: 1, dim: 8, heads: 2, vocab: 12, time: 4, batch: 2}
	plan := compiled(t, desktop, shapesOf(c.inputs(1)), c.step)
	count := len(c.parameters())
	for i, out := range plan.Outputs[1:] {
		if donor := plan.Values[out].Donor; donor != plan.Inputs[3+i] {
			t.Errorf("output %d takes the place of value %d, want %d", 1+i, donor, plan.Inputs[3+i])
		}
	}
	backend := ir.NewBackend(interp.Limited(desktop))
	exec := MustNewExec(backend, c.step)
	want := MustNewExec(goEngine(t), c.step)
	inputs, reference := c.inputs(1), c.inputs(1)
	for number := range 3 {
		inputs[2], reference[2] = float32(number+1), float32(number+1)
		args := append([]any{}, inputs[:3]...)
		for i := range 3 * count {
			given, err := DonateTensorBuffer(inputs[3+i].(*tensors.Tensor), backend, 0)
			if err != nil {
				t.Fatal(err)
			}
			args = append(args, given)
		}
		got, expected := exec.MustCall(args...), want.MustCall(reference...)
		if d := difference(got[0], expected[0]); d > 1e-4 {
			t.Errorf("step %d: losses differ by %g", number, d)
		}
		for i := range 3 * count {
			inputs[3+i], reference[3+i] = got[1+i], expected[1+i]
		}
	}
}

// TestNearestDonor: of several inputs of one shape, each output takes the place of the one
// that it is the next state of, whatever the order of either.
func TestNearestDonor(t *testing.T) {
	inputs := []shapes.Shape{f32(), f32(6, 8), f32(6, 8), f32(6, 8), f32(6, 8)} // rate, gradient, second moment, parameter, first moment
	plan := compiled(t, desktop, inputs, func(x []*Node) []*Node {
		rate, g, v, p, m := x[0], x[1], x[2], x[3], x[4]
		m = Add(MulScalar(m, .9), MulScalar(g, .1))
		v = Add(MulScalar(v, .95), MulScalar(Square(g), .05))
		return []*Node{m, v, Sub(p, Mul(rate, Div(m, AddScalar(Sqrt(v), 1e-8))))}
	})
	for i, want := range []int{4, 2, 3} {
		if donor := plan.Values[plan.Outputs[i]].Donor; donor != plan.Inputs[want] {
			t.Errorf("output %d takes the place of value %d, want input %d:\n%s", i, donor, want, plan)
		}
	}
}

func TestRefusedByName(t *testing.T) {
	limits := ir.Limits{Bindings: 10, ValueBytes: 1000}
	g := NewGraph(ir.NewBackend(interp.Limited(limits)), "large")
	x := Parameter(g, "embeddings", f32(30, 10))
	err := g.Compile(MulScalar(x, 2))
	if err == nil {
		t.Fatal("a parameter of 1,200 bytes was compiled for a device whose tensors have 1,000")
	}
	var size *ir.SizeError
	if !errors.As(err, &size) || size.Size != 1200 || size.Limit != 1000 || size.Bindings != 0 {
		t.Errorf("%#v is no error of a size of 1200 and a limit of 1000", err)
	}
	for _, part := range []string{`"embeddings"`, "(Float32)[30, 10]", "1200", "1000"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %s", err, part)
		}
	}
}

// TestPieces: a train step goes on where single values take several bindings, up to the
// step that has none left, which names the tensor.
func TestPieces(t *testing.T) {
	c := gpt{layers: 2, dim: 16, heads: 2, vocab: 24, time: 8, batch: 2}
	inputs := c.inputs(1)
	want := MustNewExec(goEngine(t), c.step).MustCall(inputs...)
	for _, limits := range []ir.Limits{
		{Bindings: 13, BindingBytes: 1024}, {Bindings: 26, BindingBytes: 512, Attention: true}, {Bindings: 50, BindingBytes: 256, Attention: true},
	} {
		exec := MustNewExec(ir.NewBackend(interp.Limited(limits)), c.step)
		for i, got := range exec.MustCall(c.inputs(1)...) {
			if d := difference(got, want[i]); d > 1e-3 {
				t.Errorf("%+v: output %d differs by %g", limits, i, d)
			}
		}
		plan := compiled(t, limits, shapesOf(inputs), c.step)
		for _, s := range plan.Steps {
			reads, writes := s.Values()
			count := 0
			for _, v := range slices.Compact(slices.Sorted(slices.Values(slices.Concat(reads, writes)))) {
				count += max(1, int((plan.Values[v].Shape.ByteSize()+limits.BindingBytes-1)/limits.BindingBytes))
			}
			if count > limits.Bindings {
				t.Errorf("%+v: a step needs %d bindings: %v", limits, count, s)
			}
		}
	}
	g := NewGraph(ir.NewBackend(interp.Limited(ir.Limits{Bindings: 5, BindingBytes: 300})), "large")
	x := Parameter(g, "embeddings", f32(30, 10))
	err := g.Compile(MulScalar(x, 2))
	var size *ir.SizeError
	if !errors.As(err, &size) || size.Tensor != `parameter "embeddings"` || size.Size != 1200 || size.Limit != 300 || size.Bindings != 5 {
		t.Errorf("eight pieces with five bindings: %v", err)
	}
}

// TestManyUpdates: AdamW of thirty parameters is a step each where few buffers can be
// bound, for each touches seven tensors, and few steps where many can.
func TestManyUpdates(t *testing.T) {
	inputs := []shapes.Shape{f32()}
	for range 4 * 30 {
		inputs = append(inputs, f32(64))
	}
	update := func(x []*Node) []*Node {
		rate := MulScalar(OneMinus(Pow(Const(x[0].Graph(), float32(.9)), x[0])), 1e-3)
		decay := MulScalar(Sqrt(OneMinus(Pow(Const(x[0].Graph(), float32(.99)), x[0]))), .1)
		var outputs []*Node
		for i := 1; i < len(x); i += 4 {
			value, gradient := x[i], x[i+1]
			m := Add(MulScalar(x[i+2], .9), MulScalar(gradient, .1))
			v := Add(MulScalar(x[i+3], .99), MulScalar(Square(gradient), .01))
			step := Add(Div(m, AddScalar(Sqrt(v), 1e-8)), Mul(value, decay))
			outputs = append(outputs, Sub(value, Mul(step, rate)), m, v)
		}
		return outputs
	}
	for bindings, most := range map[int]int{10: 31, 1 << 20: 3} {
		plan := compiled(t, ir.Limits{Bindings: bindings, BindingBytes: 1 << 30}, inputs, update)
		if steps := len(plan.Steps); steps > most {
			t.Errorf("%d steps with %d bindings, want at most %d", steps, bindings, most)
		}
	}
}
