package ir_test

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/dongyur/dongyur/wasm/ir"
)

// recipe records a computation with all that tells two of them apart.
type recipe struct {
	name, parameter string
	rows            int
	constant        float32
	axis            int
	add             bool
	start           float32 // a constant inside the While's body
	second          bool    // give the other result
}

func (r recipe) plan(t *testing.T, backend compute.Backend) *ir.Plan {
	t.Helper()
	must := func(v compute.Value, err error) compute.Value {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	b := backend.Builder(r.name)
	f := b.Main()
	x := must(f.Parameter(r.parameter, shapes.Make(dtypes.Float32, r.rows, r.rows), nil))
	y := must(f.Mul(x, must(f.Constant([]float32{r.constant}, 1, 1))))
	y = must(f.ReduceSum(y, r.axis))
	other := must(f.Mul(y, y))
	if r.add {
		other = must(f.Add(y, y))
	}
	condition, err := f.Closure()
	if err != nil {
		t.Fatal(err)
	}
	s := must(condition.Parameter("s", shapes.Make(dtypes.Float32, r.rows), nil))
	most := must(condition.ReduceMax(s))
	if err := condition.Return([]compute.Value{must(condition.LessThan(most, must(condition.Constant([]float32{100}))))}, nil); err != nil {
		t.Fatal(err)
	}
	body, err := f.Closure()
	if err != nil {
		t.Fatal(err)
	}
	s = must(body.Parameter("s", shapes.Make(dtypes.Float32, r.rows), nil))
	step := must(body.Add(must(body.Abs(y)), must(body.Constant([]float32{r.start}, 1))))
	if err := body.Return([]compute.Value{must(body.Add(s, step))}, nil); err != nil {
		t.Fatal(err)
	}
	looped, err := f.While(condition, body, other)
	if err != nil {
		t.Fatal(err)
	}
	result := looped[0]
	if r.second {
		result = other
	}
	if err := f.Return([]compute.Value{result}, nil); err != nil {
		t.Fatal(err)
	}
	executable, err := b.Compile()
	if err != nil {
		t.Fatal(err)
	}
	return executable.(*ir.Executable).Plan()
}

// TestPlansAreMadeOnce compiles the same twice, and variants that differ in one thing.
func TestPlansAreMadeOnce(t *testing.T) {
	backend := ir.NewBackend(newCounted())
	first := recipe{name: "a", parameter: "x", rows: 4, constant: 2, start: 1}
	plan := first.plan(t, backend)
	if first.plan(t, backend) != plan {
		t.Error("the same was compiled twice")
	}
	for name, change := range map[string]func(*recipe){
		"name":                    func(r *recipe) { r.name = "b" },
		"parameter":               func(r *recipe) { r.parameter = "y" },
		"shape":                   func(r *recipe) { r.rows = 5 },
		"constant":                func(r *recipe) { r.constant = 3 },
		"attribute":               func(r *recipe) { r.axis = 1 },
		"operation":               func(r *recipe) { r.add = true },
		"constant in the closure": func(r *recipe) { r.start = 2 },
		"result":                  func(r *recipe) { r.second = true },
	} {
		other := first
		change(&other)
		if other.plan(t, backend) == plan {
			t.Errorf("another %s has the same plan", name)
		}
	}
	if first.plan(t, ir.NewBackend(newCounted())) == plan {
		t.Error("another backend has the same plan")
	}
}
