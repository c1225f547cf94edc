package ir_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/dongyur/dongyur/wasm/ir"
)

// What is recorded wrongly is refused, with an error that says what.
func TestRecordingFaults(t *testing.T) {
	backend := ir.NewBackend(newCounted())
	vector3 := shapes.Make(dtypes.Float32, 3)
	for _, c := range []struct {
		says string
		do   func(f compute.Function, x compute.Value) error
	}{
		{"must match", func(f compute.Function, x compute.Value) error {
			i, err := f.Iota(shapes.Make(dtypes.Int32, 3), 0)
			return errors.Join(err, second(f.Add(x, i)))
		}},
		{"another computation", func(f compute.Function, x compute.Value) error {
			other, err := backend.Builder("other").Main().Parameter("y", vector3, nil)
			return errors.Join(err, second(f.Add(x, other)))
		}},
		{"not a value", func(f compute.Function, x compute.Value) error { return second(f.Add(x, 3)) }},
		{"not a value", func(f compute.Function, x compute.Value) error { return second(f.Neg(nil)) }},
		{"does not enclose", func(f compute.Function, x compute.Value) error {
			g, err := f.Builder().NewFunction("g")
			return errors.Join(err, second(g.Neg(x)))
		}},
		{"has returned", func(f compute.Function, x compute.Value) error {
			if err := f.Return([]compute.Value{x}, nil); err != nil {
				t.Fatal(err)
			}
			return second(f.Neg(x))
		}},
		{"at least one", func(f compute.Function, x compute.Value) error { return f.Return(nil, nil) }},
		{"one of that name", func(f compute.Function, x compute.Value) error { return second(f.Builder().NewFunction("main")) }},
		{"needs a name", func(f compute.Function, x compute.Value) error { return second(f.Builder().NewFunction("")) }},
		{"use float32", func(f compute.Function, x compute.Value) error { return second(f.ConvertDType(x, dtypes.Float64)) }},
		{"use float32", func(f compute.Function, x compute.Value) error { return second(f.Constant([]float64{1}, 1)) }},
		{"24 bytes", func(f compute.Function, x compute.Value) error { return second(f.Constant([]float32{1}, 2, 3)) }},
		{"no axis 1", func(f compute.Function, x compute.Value) error { return second(f.Reverse(x, 1)) }},
		{"given twice", func(f compute.Function, x compute.Value) error { return second(f.ReduceSum(x, 0, 0)) }},
		{"does not take", func(f compute.Function, x compute.Value) error { return second(f.ReduceBitwiseAnd(x)) }},
		{"takes 1 values, not 0", func(f compute.Function, x compute.Value) error {
			g, err := f.Builder().NewFunction("g")
			if err != nil {
				return err
			}
			p, err := g.Parameter("p", vector3, nil)
			if err := errors.Join(err, g.Return([]compute.Value{p}, nil)); err != nil {
				return err
			}
			return second(f.Call(g))
		}},
		{"integer scalar", func(f compute.Function, x compute.Value) error {
			return second(f.DynamicSlice(x, []compute.Value{x}, []int{1}))
		}},
		{"FFT", func(f compute.Function, x compute.Value) error {
			_, err := f.FFT(x, compute.FFTForwardReal, []int{3})
			if !errors.Is(err, compute.ErrNotImplemented) {
				t.Errorf("FFT: %v is no ErrNotImplemented", err)
			}
			return err
		}},
	} {
		f := backend.Builder("faults").Main()
		x, err := f.Parameter("x", vector3, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.do(f, x); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("want an error that says %q, got %v", c.says, err)
		}
	}
}

// second drops a result.
func second[T any](_ T, err error) error { return err }

// Closures in closures read what encloses them, at any distance.
func TestNestedClosures(t *testing.T) {
	backend := ir.NewBackend(newCounted())
	v := must[compute.Value](t)
	exec := build(t, backend, func(f compute.Function) []compute.Value {
		x := v(f.Parameter("x", shapes.Make(dtypes.Float32, 2), nil))
		limit := v(f.Parameter("limit", shapes.Make(dtypes.Float32), nil))
		twice := v(f.Add(x, x))
		outer := must[compute.Function](t)(f.Closure())
		quarter := v(outer.Constant([]float32{0.25}))
		grown := v(outer.Mul(twice, quarter))
		branches := make([]compute.Function, 2)
		for i := range branches {
			inner := must[compute.Function](t)(outer.Closure())
			results := []compute.Value{v(inner.Add(grown, x))} // from outer, and from main
			if i == 1 {
				results = []compute.Value{v(inner.Sub(twice, limit))}
			}
			if err := inner.Return(results, nil); err != nil {
				t.Fatal(err)
			}
			branches[i] = inner
		}
		small := v(outer.LessThan(v(outer.ReduceSum(grown)), limit))
		chosen := must[[]compute.Value](t)(outer.If(small, branches[0], branches[1]))
		if err := outer.Return(chosen, nil); err != nil {
			t.Fatal(err)
		}
		other := must[compute.Function](t)(f.Closure())
		if err := other.Return([]compute.Value{x}, nil); err != nil {
			t.Fatal(err)
		}
		positive := v(f.GreaterThan(limit, v(f.Constant([]float32{0}))))
		return must[[]compute.Value](t)(f.If(positive, outer, other))
	})
	for _, c := range []struct {
		limit float32
		want  []float32
	}{{100, []float32{4.5, 6}}, {1, []float32{5, 7}}, {-1, []float32{3, 4}}} {
		limit := must[compute.Buffer](t)(backend.BufferFromFlatData(0, []float32{c.limit}, shapes.Make(dtypes.Float32)))
		results := must[[]compute.Buffer](t)(exec.Execute([]compute.Buffer{vector(t, backend, 3, 4), limit}, nil, 0))
		if got := read(t, results[0], 2); !slices.Equal(got, c.want) {
			t.Errorf("limit %v: %v, want %v", c.limit, got, c.want)
		}
	}
}

// What follows a branch is not joined with what comes before it, even where both are
// single numbers.
func TestAfterBranch(t *testing.T) {
	backend := ir.NewBackend(newCounted())
	v := must[compute.Value](t)
	exec := build(t, backend, func(f compute.Function) []compute.Value {
		x := v(f.Parameter("x", shapes.Make(dtypes.Float32), nil))
		branches := make([]compute.Function, 2)
		for i, record := range []func(f compute.Function) (compute.Value, error){
			func(f compute.Function) (compute.Value, error) { return f.Add(x, x) },
			func(f compute.Function) (compute.Value, error) { return f.Neg(x) },
		} {
			branch := must[compute.Function](t)(f.Closure())
			if err := branch.Return([]compute.Value{v(record(branch))}, nil); err != nil {
				t.Fatal(err)
			}
			branches[i] = branch
		}
		y := must[[]compute.Value](t)(f.If(v(f.LessThan(x, v(f.Floor(x)))), branches[0], branches[1]))[0]
		return []compute.Value{v(f.Sqrt(v(f.Mul(y, y)))), y, x}
	})
	x := must[compute.Buffer](t)(backend.BufferFromFlatData(0, []float32{3}, shapes.Make(dtypes.Float32)))
	results := must[[]compute.Buffer](t)(exec.Execute([]compute.Buffer{x}, nil, 0))
	for i, want := range []float32{3, -3, 3} {
		if got := read(t, results[i], 1); got[0] != want {
			t.Errorf("result %d: %v, want %v", i, got[0], want)
		}
	}
}

// Packed types go in and out as bytes, and are numbers in between.
func TestPackedTypes(t *testing.T) {
	backend := ir.NewBackend(newCounted())
	v := must[compute.Value](t)
	for _, c := range []struct {
		dtype dtypes.DType
		dims  []int
		bytes []byte
		want  []float32
	}{
		{dtypes.Int4, []int{2, 2}, []byte{0xf0, 0x87}, []float32{0, -1, 7, -8}},
		{dtypes.Uint4, []int{2, 2}, []byte{0xf0, 0x87}, []float32{0, 15, 7, 8}},
		{dtypes.Int4, []int{3}, []byte{0x21, 0x0d}, []float32{1, 2, -3}},
		{dtypes.Int2, []int{4}, []byte{0b11100100}, []float32{0, 1, -2, -1}},
		{dtypes.Uint2, []int{4}, []byte{0b11100100}, []float32{0, 1, 2, 3}},
	} {
		shape := shapes.Make(c.dtype, c.dims...)
		exec := build(t, backend, func(f compute.Function) []compute.Value {
			x := v(f.Parameter("x", shape, nil))
			if got := must[shapes.Shape](t)(f.Shape(x)); !got.Equal(shape) {
				t.Errorf("recorded as %s, want %s", got, shape)
			}
			return []compute.Value{v(f.ConvertDType(x, dtypes.Float32)), x}
		})
		x := must[compute.Buffer](t)(backend.BufferFromFlatData(0, c.bytes, shape))
		results := must[[]compute.Buffer](t)(exec.Execute([]compute.Buffer{x}, nil, 0))
		if got := read(t, results[0], len(c.want)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", shape, got, c.want)
		}
		back := make([]byte, len(c.bytes))
		if err := results[1].ToFlatData(back); err != nil || !slices.Equal(back, c.bytes) {
			t.Errorf("%s packed again: %x (%v), want %x", shape, back, err, c.bytes)
		}
	}
}

// The known answers of Random123's own tests for threefry2x32 with 20 rounds (kat_vectors).
func TestThreefry(t *testing.T) {
	backend := ir.NewBackend(newCounted())
	exec := build(t, backend, func(f compute.Function) []compute.Value {
		state := must[compute.Value](t)(f.Parameter("state", compute.RNGStateShape, nil))
		next, values, err := f.RNGBitGenerator(state, shapes.Make(dtypes.Uint64, 2))
		if err != nil {
			t.Fatal(err)
		}
		return []compute.Value{next, values}
	})
	for _, c := range []struct{ key, counter, want uint64 }{
		{0, 0, 0x99ba4efe_6b200159},
		{0xffffffff_ffffffff, 0xffffffff_ffffffff, 0xbb002be7_1cb996fc},
		{0x03707344_13198a2e, 0x85a308d3_243f6a88, 0x483df7a0_c4923a9c},
	} {
		state := must[compute.Buffer](t)(backend.BufferFromFlatData(0, []uint64{c.key, c.counter, 0}, compute.RNGStateShape))
		results := must[[]compute.Buffer](t)(exec.Execute([]compute.Buffer{state}, nil, 0))
		next, values := make([]uint64, 3), make([]uint64, 2)
		if err := errors.Join(results[0].ToFlatData(next), results[1].ToFlatData(values)); err != nil {
			t.Fatal(err)
		}
		if values[0] != c.want {
			t.Errorf("key %x, counter %x: %x, want %x", c.key, c.counter, values[0], c.want)
		}
		if want := []uint64{c.key, c.counter + 2, 0}; !slices.Equal(next, want) {
			t.Errorf("next state %x, want %x", next, want)
		}
	}
}
