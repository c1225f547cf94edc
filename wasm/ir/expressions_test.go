package ir

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// position is a random index expression with what it computes.
type position struct {
	e     *Exp
	value func(loop []int) int
}

// randomPosition makes one over loop variables with these limits, out of the
// operations that reshapes, transposes, slices and reversals make.
func randomPosition(r *rand.Rand, s *Scope, limits []int, depth int) position {
	if depth == 0 {
		n := r.IntN(len(limits))
		return position{s.Index(n, limits[n]), func(loop []int) int { return loop[n] }}
	}
	x := randomPosition(r, s, limits, depth-1)
	c := 1 + r.IntN(6)
	switch r.IntN(7) {
	case 0:
		y := randomPosition(r, s, limits, depth-1)
		return position{s.Sum(x.e, y.e), func(l []int) int { return x.value(l) + y.value(l) }}
	case 1:
		return position{s.Times(x.e, c), func(l []int) int { return x.value(l) * c }}
	case 2:
		return position{s.Over(x.e, c), func(l []int) int { return x.value(l) / c }}
	case 3:
		return position{s.Modulo(x.e, c), func(l []int) int { return x.value(l) % c }}
	case 4:
		return position{s.Within(x.e, c), func(l []int) int { return min(x.value(l), c-1) }}
	case 5: // there and back again through another shape
		dims := []int{int(x.e.Limit)/c + 1, c}
		return position{s.Join(s.Split(x.e, dims), dims), x.value}
	}
	high := int(x.e.Limit)
	return position{s.Sum(s.Int(high), s.Times(x.e, -1)), func(l []int) int { return high - x.value(l) }}
}

func TestPositions(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for trial := range 3000 {
		s := NewScope()
		limits := []int{1 + r.IntN(7), 1 + r.IntN(12), 1 + r.IntN(4)}
		p := randomPosition(r, s, limits, 1+r.IntN(5))
		for range 20 {
			loop := []int{r.IntN(limits[0]), r.IntN(limits[1]), r.IntN(limits[2])}
			got := int(int32(eval(p.e, loop)))
			if want := p.value(loop); got != want {
				t.Fatalf("trial %d: %v at %v is %d, want %d", trial, p.e, loop, got, want)
			}
			if p.e.Limit > 0 && (got < 0 || int64(got) >= p.e.Limit) {
				t.Fatalf("trial %d: %v at %v is %d, beyond its limit %d", trial, p.e, loop, got, p.e.Limit)
			}
		}
	}
}

// eval computes an expression of loop variables; loads are their own position.
func eval(e *Exp, loop []int) uint64 {
	args := make([]uint64, len(e.Args))
	for i, arg := range e.Args {
		args[i] = eval(arg, loop)
	}
	switch e.Kind {
	case Literal:
		return e.Bits
	case Index:
		return uint64(loop[e.N])
	case Load:
		return args[0]
	case Cast:
		return Conversion(e.Args[0].DType, e.DType)(args[0])
	case Bits:
		return args[0]
	case Select:
		if args[0] != 0 {
			return args[1]
		}
		return args[2]
	}
	return Operation(e.Op, e.Args[0].DType)(args)
}

func TestReshapesCancel(t *testing.T) {
	s := NewScope()
	b, h, q, d := s.Index(0, 8), s.Index(1, 4), s.Index(2, 16), s.Index(3, 32)
	at := s.Join([]*Exp{b, h, q, d}, []int{8, 4, 16, 32})
	for _, dims := range [][]int{{8 * 4, 16 * 32}, {8, 4 * 16 * 32}, {8 * 4 * 16, 32}, {2, 4, 2, 2, 16, 8, 4}} {
		if got := s.Join(s.Split(at, dims), dims); got != at {
			t.Errorf("through %v: %v, want %v", dims, got, at)
		}
	}
	parts := s.Split(at, []int{8, 4, 16, 32})
	for i, want := range []*Exp{b, h, q, d} {
		if parts[i] != want {
			t.Errorf("part %d is %v, want %v", i, parts[i], want)
		}
	}
}

// randomFloat makes a random expression twice: simplified, and as it was asked for.
func randomFloat(r *rand.Rand, s *Scope, depth int) (simple *Exp, plain func(x float32) float32) {
	if depth == 0 {
		if r.IntN(2) == 0 {
			c := []float32{0, 1, -1, 2, .5, 3}[r.IntN(6)]
			return s.Number(dtypes.Float32, float64(c)), func(float32) float32 { return c }
		}
		return s.Cast(s.Load(0, dtypes.Int32, s.Index(0, 100)), dtypes.Float32), func(x float32) float32 { return x }
	}
	a, f := randomFloat(r, s, depth-1)
	b, g := randomFloat(r, s, depth-1)
	ops := []compute.OpType{compute.OpTypeAdd, compute.OpTypeSub, compute.OpTypeMul, compute.OpTypeDiv,
		compute.OpTypeMax, compute.OpTypeMin, compute.OpTypeNeg, compute.OpTypePow, compute.OpTypeAbs}
	op := ops[r.IntN(len(ops))]
	run := Operation(op, dtypes.Float32)
	bits := func(x float32) uint64 { return uint64(math.Float32bits(x)) }
	if op == compute.OpTypeNeg || op == compute.OpTypeAbs {
		return s.Apply(op, a), func(x float32) float32 {
			return math.Float32frombits(uint32(run([]uint64{bits(f(x))})))
		}
	}
	return s.Apply(op, a, b), func(x float32) float32 {
		return math.Float32frombits(uint32(run([]uint64{bits(f(x)), bits(g(x))})))
	}
}

func TestSimplifiedFloats(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		s := NewScope()
		e, plain := randomFloat(r, s, 1+r.IntN(4))
		for _, x := range []int{0, 1, 2, 7, 99} {
			got := math.Float32frombits(uint32(eval(e, []int{x})))
			want := plain(float32(x))
			same := got == want || got != got && want != want
			// The sign of zero is let go, and with it that of infinities it divides.
			if !same && !(math.IsInf(float64(got), 0) && math.IsInf(float64(want), 0)) && !(got != got || want != want) {
				t.Fatalf("%v of %d is %v, want %v", e, x, got, want)
			}
		}
	}
}

func TestOperations(t *testing.T) {
	i8 := func(n int) uint64 { return uint64(uint8(n)) }
	f32 := func(x float32) uint64 { return uint64(math.Float32bits(x)) }
	for _, c := range []struct {
		name  string
		op    compute.OpType
		dtype dtypes.DType
		args  []uint64
		want  uint64
	}{
		{"int8 wraps", compute.OpTypeAdd, dtypes.Int8, []uint64{i8(127), i8(1)}, i8(-128)},
		{"int8 divides towards zero", compute.OpTypeDiv, dtypes.Int8, []uint64{i8(-7), i8(2)}, i8(-3)},
		{"the smallest by -1", compute.OpTypeDiv, dtypes.Int8, []uint64{i8(-128), i8(-1)}, i8(-128)},
		{"uint64 is exact", compute.OpTypeMul, dtypes.Uint64, []uint64{1<<63 + 3, 3}, 1<<63 + 9},
		{"uint64 compares unsigned", compute.OpTypeLessThan, dtypes.Uint64, []uint64{1, 1 << 63}, 1},
		{"shift beyond the width", compute.OpTypeShiftLeft, dtypes.Uint32, []uint64{1, 32}, 0},
		{"arithmetic shift keeps the sign", compute.OpTypeShiftRightArithmetic, dtypes.Int8, []uint64{i8(-128), 9}, i8(-1)},
		{"logical shift does not", compute.OpTypeShiftRightLogical, dtypes.Int8, []uint64{i8(-128), 7}, 1},
		{"clz of 16 bits", compute.OpTypeClz, dtypes.Int16, []uint64{1}, 15},
		{"NaN wins", compute.OpTypeMax, dtypes.Float32, []uint64{f32(float32(math.NaN())), f32(1)}, f32(float32(math.NaN()))},
		{"-0 before +0", compute.OpTypeLessThanTotalOrder, dtypes.Float32, []uint64{f32(float32(math.Copysign(0, -1))), 0}, 1},
		{"half to even", compute.OpTypeRound, dtypes.Float32, []uint64{f32(2.5)}, f32(2)},
	} {
		if got := Operation(c.op, c.dtype)(c.args); got != c.want {
			t.Errorf("%s: %#x, want %#x", c.name, got, c.want)
		}
	}
}

func TestConversions(t *testing.T) {
	f32 := func(x float64) uint64 { return uint64(math.Float32bits(float32(x))) }
	for _, c := range []struct {
		from, to   dtypes.DType
		bits, want uint64
	}{
		{dtypes.Float32, dtypes.Int32, f32(-2.9), uint64(uint32(0xFFFFFFFE))},
		{dtypes.Float32, dtypes.Uint8, f32(300), 255},
		{dtypes.Float32, dtypes.Int8, f32(-300), 0x80},
		{dtypes.Float32, dtypes.Int32, f32(math.NaN()), 0},
		{dtypes.Int8, dtypes.Int64, 0xFF, math.MaxUint64},
		{dtypes.Uint64, dtypes.Float32, math.MaxUint64, f32(1 << 64)},
		{dtypes.Int32, dtypes.Bool, 7, 1},
		{dtypes.Bool, dtypes.Float32, 1, f32(1)},
		{dtypes.Float32, dtypes.BFloat16, f32(1.00390625), 0x3F80}, // halfway: to even
	} {
		if got := Conversion(c.from, c.to)(c.bits); got != c.want {
			t.Errorf("%s to %s of %#x: %#x, want %#x", c.from, c.to, c.bits, got, c.want)
		}
	}
}
