package ir_test

import (
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/dongyur/dongyur/wasm/ir/interp"
)

// counted is the interpreter without float64, counting the memories that it gave and
// that were not freed, and those it gave at all.
type counted struct {
	ir.Target
	live, given atomic.Int64
}

func newCounted() *counted { return &counted{Target: interp.New()} }

func (c *counted) Limits() ir.Limits {
	limits := c.Target.Limits()
	limits.DTypes = slices.DeleteFunc(slices.Clone(limits.DTypes), func(d dtypes.DType) bool { return d == dtypes.Float64 })
	return limits
}

func (c *counted) Allocate(size int64) (ir.Memory, error) {
	m, err := c.Target.Allocate(size)
	if err != nil {
		return nil, err
	}
	c.live.Add(1)
	c.given.Add(1)
	return &countedMemory{Memory: m, of: c}, nil
}

func (c *counted) Upload(m ir.Memory, data []byte) error {
	return c.Target.Upload(m.(*countedMemory).Memory, data)
}

func (c *counted) Download(m ir.Memory, data []byte) error {
	return c.Target.Download(m.(*countedMemory).Memory, data)
}

func (c *counted) Compile(plan *ir.Plan) (ir.Program, error) {
	p, err := c.Target.Compile(plan)
	return countedProgram{p}, err
}

type countedMemory struct {
	ir.Memory
	of *counted
}

func (m *countedMemory) Free() {
	m.of.live.Add(-1)
	m.Memory.Free()
}

type countedProgram struct{ ir.Program }

func (p countedProgram) Run(inputs, outputs []ir.Memory) error {
	inner := func(all []ir.Memory) []ir.Memory {
		list := make([]ir.Memory, len(all))
		for i, m := range all {
			list[i] = m.(*countedMemory).Memory
		}
		return list
	}
	return p.Program.Run(inner(inputs), inner(outputs))
}

// must fails the test on an error.
func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// build compiles a main function.
func build(t *testing.T, backend compute.Backend, fn func(f compute.Function) []compute.Value) compute.Executable {
	t.Helper()
	b := backend.Builder("test")
	if err := b.Main().Return(fn(b.Main()), nil); err != nil {
		t.Fatal(err)
	}
	return must[compute.Executable](t)(b.Compile())
}

// vector is a Float32 buffer.
func vector(t *testing.T, backend compute.Backend, numbers ...float32) compute.Buffer {
	t.Helper()
	return must[compute.Buffer](t)(backend.BufferFromFlatData(0, numbers, shapes.Make(dtypes.Float32, len(numbers))))
}

// read downloads a Float32 buffer.
func read(t *testing.T, b compute.Buffer, length int) []float32 {
	t.Helper()
	flat := make([]float32, length)
	if err := b.ToFlatData(flat); err != nil {
		t.Fatal(err)
	}
	return flat
}

func TestBufferFaults(t *testing.T) {
	backend := ir.NewBackend(newCounted())
	freed := vector(t, backend, 1, 2)
	if err := errors.Join(freed.Finalize(), freed.Finalize()); err != nil {
		t.Fatalf("finalize twice: %v", err)
	}
	shape := shapes.Make(dtypes.Float32, 3)
	upload := func(flat any, shape shapes.Shape) error {
		_, err := backend.BufferFromFlatData(0, flat, shape)
		return err
	}
	whole := vector(t, backend, 1, 2, 3)
	for _, c := range []struct {
		name string
		err  error
		is   error
		says string
	}{
		{"freed", freed.ToFlatData(make([]float32, 2)), ir.ErrFreed, "[2]"},
		{"type up", upload([]int32{1, 2, 3}, shape), ir.ErrMismatch, "[]float32"},
		{"size up", upload([]float32{1, 2}, shape), ir.ErrMismatch, "12 bytes"},
		{"no slice", upload(float32(1), shape), ir.ErrMismatch, "slice"},
		{"nothing", upload(nil, shape), ir.ErrMismatch, "slice"},
		{"type down", whole.ToFlatData(make([]float64, 3)), ir.ErrMismatch, "[]float64"},
		{"size down", whole.ToFlatData(make([]float32, 4)), ir.ErrMismatch, "4 elements"},
		{"float64", upload([]float64{1, 2, 3}, shapes.Make(dtypes.Float64, 3)), compute.ErrNotImplemented, "use float32"},
		{"complex64", upload([]complex64{1}, shapes.Make(dtypes.Complex64, 1)), compute.ErrNotImplemented, "two parts"},
		{"dynamic", upload([]float32{1}, shapes.MakeDynamic(dtypes.Float32, []int{shapes.DynamicDim}, []string{"batch"})), compute.ErrNotImplemented, "unknown size"},
	} {
		switch {
		case c.err == nil:
			t.Errorf("%s: no error", c.name)
		case !errors.Is(c.err, c.is) || !strings.Contains(c.err.Error(), strings.Trim(c.says, "[]")):
			t.Errorf("%s: %v, want %v that says %q", c.name, c.err, c.is, c.says)
		}
	}
	if _, err := backend.BufferFromFlatData(1, []float32{1}, shapes.Make(dtypes.Float32, 1)); err == nil {
		t.Error("device 1 is no error")
	}
	if backend.HasSharedBuffers() {
		t.Error("shared buffers")
	}
	backend.Finalize()
	if err := whole.ToFlatData(make([]float32, 3)); !errors.Is(err, ir.ErrFinalized) {
		t.Errorf("after the backend's end: %v", err)
	}
}

func TestBufferWithoutElements(t *testing.T) {
	backend := ir.NewBackend(newCounted())
	b := must[compute.Buffer](t)(backend.BufferFromFlatData(0, []float32{}, shapes.Make(dtypes.Float32, 0, 3)))
	if err := b.ToFlatData([]float32{}); err != nil {
		t.Fatal(err)
	}
	exec := build(t, backend, func(f compute.Function) []compute.Value {
		x := must[compute.Value](t)(f.Parameter("x", shapes.Make(dtypes.Float32, 0, 3), nil))
		return []compute.Value{must[compute.Value](t)(f.Exp(x)), must[compute.Value](t)(f.ReduceSum(x, 0)), x}
	})
	results := must[[]compute.Buffer](t)(exec.Execute([]compute.Buffer{b}, nil, 0))
	if got := read(t, results[1], 3); !slices.Equal(got, []float32{0, 0, 0}) {
		t.Errorf("sums of nothing: %v", got)
	}
}

// A donated input's memory becomes the output's; whatever else is not freed twice,
// and nothing is left when all is finalized.
func TestDonation(t *testing.T) {
	for _, c := range []struct {
		name    string
		donate  []bool
		twice   bool  // hand the first buffer in for both parameters
		reused  int64 // outputs that need no memory of their own
		invalid []bool
	}{
		{"nothing", nil, false, 0, []bool{false, false}},
		{"neither", []bool{false, false}, false, 0, []bool{false, false}},
		{"first", []bool{true, false}, false, 1, []bool{true, false}},
		{"both", []bool{true, true}, false, 1, []bool{true, true}},
		{"one for two", []bool{true, false}, true, 0, []bool{true, true}},
		{"one for two, both", []bool{true, true}, true, 0, []bool{true, true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			target := newCounted()
			backend := ir.NewBackend(target)
			shape := shapes.Make(dtypes.Float32, 3)
			exec := build(t, backend, func(f compute.Function) []compute.Value {
				x := must[compute.Value](t)(f.Parameter("x", shape, nil))
				y := must[compute.Value](t)(f.Parameter("y", shape, nil))
				sum := must[compute.Value](t)(f.Add(x, y))
				reversed := must[compute.Value](t)(f.Reverse(y, 0))
				return []compute.Value{sum, must[compute.Value](t)(f.Sub(sum, reversed))}
			})
			x, y := vector(t, backend, 1, 2, 3), vector(t, backend, 10, 20, 40)
			wantSum, wantDifference := []float32{11, 22, 43}, []float32{-29, 2, 33}
			inputs := []compute.Buffer{x, y}
			if c.twice {
				inputs[1] = x
				wantSum, wantDifference = []float32{2, 4, 6}, []float32{-1, 2, 5}
			}
			before := target.given.Load()
			results := must[[]compute.Buffer](t)(exec.Execute(inputs, c.donate, 0))
			if given := target.given.Load() - before; given < 2-c.reused {
				t.Errorf("%d memories were allocated, want at least %d", given, 2-c.reused)
			}
			if got := read(t, results[0], 3); !slices.Equal(got, wantSum) {
				t.Errorf("sum %v, want %v", got, wantSum)
			}
			if got := read(t, results[1], 3); !slices.Equal(got, wantDifference) {
				t.Errorf("difference %v, want %v", got, wantDifference)
			}
			for i, input := range inputs {
				err := input.ToFlatData(make([]float32, 3))
				if invalid := errors.Is(err, ir.ErrFreed); invalid != c.invalid[i] {
					t.Errorf("input %d after the run: %v", i, err)
				}
			}
			if _, err := exec.Execute([]compute.Buffer{x, x}, nil, 0); (err != nil) != c.invalid[0] {
				t.Errorf("another run with the first: %v", err)
			}
			for _, b := range append(results, x, y) {
				if err := b.Finalize(); err != nil {
					t.Error(err)
				}
			}
			if extra := target.live.Load(); extra < 0 || extra > 2 { // another run's results, which the collector frees
				t.Errorf("%d memories are left", extra)
			}
		})
	}
}
