package conformance

import (
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
)

// node is a function of one node.
type node = func(x *graph.Node) *graph.Node

// ragged are shapes that fit no tile.
var ragged = [][]int{{}, {1}, {5}, {0}, {3, 7}, {2, 0, 3}, {4, 1, 6}, {17, 33}, {2, 3, 4, 5}}

// unaryOps are functions of one tensor.
func unaryOps() []Op {
	var ops []Op
	for _, c := range []struct {
		name      string
		fn        node
		low, high float64
		gradient  bool
	}{
		{"Abs", graph.Abs, -3, 3, true},
		{"Neg", graph.Neg, -3, 3, true},
		{"Sign", graph.Sign, -3, 3, false},
		{"Ceil", graph.Ceil, -3, 3, false},
		{"Floor", graph.Floor, -3, 3, false},
		{"Round", graph.Round, -3, 3, false},
		{"Exp", graph.Exp, -10, 10, true},
		{"Expm1", graph.Expm1, -2, 2, false},
		{"Log", graph.Log, 1e-3, 100, true},
		{"Log1p", graph.Log1p, -0.9, 3, true},
		{"Logistic", graph.Logistic, -30, 30, true},
		{"Sqrt", graph.Sqrt, 0.1, 50, true},
		{"Rsqrt", graph.Rsqrt, 0.1, 50, false},
		{"Sin", graph.Sin, -6, 6, true},
		{"Cos", graph.Cos, -6, 6, true},
		{"Tanh", graph.Tanh, -20, 20, true},
		{"Erf", graph.Erf, -5, 5, true},
		{"Square", graph.Square, -3, 3, true},
		{"IsNaN", func(x *graph.Node) *graph.Node { return graph.IsNaN(graph.Log(x)) }, -1, 1, false},
		{"IsFinite", func(x *graph.Node) *graph.Node { return graph.IsFinite(graph.Log(graph.Floor(x))) }, -1, 2, false},
	} {
		for _, dims := range ragged {
			ops = append(ops, Op{Name: fmt.Sprintf("%s%v", c.name, dims), Gradient: c.gradient,
				Inputs: []Input{in(c.low, c.high, dtypes.Float32, dims...)},
				Graph:  one(func(x []*graph.Node) *graph.Node { return c.fn(x[0]) })})
		}
		for _, dtype := range []dtypes.DType{dtypes.Float16, dtypes.BFloat16} {
			ops = append(ops, Op{Name: fmt.Sprintf("%s%s", c.name, dtype),
				Inputs: []Input{in(c.low, min(c.high, 5), dtype, 3, 7)},
				Graph:  one(func(x []*graph.Node) *graph.Node { return c.fn(x[0]) })})
		}
	}
	for _, dtype := range integers {
		for name, fn := range map[string]node{"BitCount": graph.BitCount, "Clz": graph.Clz, "BitwiseNot": graph.BitwiseNot} {
			ops = append(ops, Op{Name: name + dtype.String(), Inputs: []Input{in(lowest(dtype), 100, dtype, 3, 11)},
				Graph: one(func(x []*graph.Node) *graph.Node { return fn(x[0]) })})
		}
	}
	return append(ops, Op{Name: "LogicalNot", Inputs: []Input{of(dtypes.Bool, 3, 5)},
		Graph: one(func(x []*graph.Node) *graph.Node { return graph.LogicalNot(x[0]) })},
		nearZero("Expm1", graph.Expm1, math.Expm1), nearZero("Log1p", graph.Log1p, math.Log1p))
}

// nearZero magnifies what a function gives for small arguments, where all digits
// would be lost by way of the larger sum.
func nearZero(name string, fn node, _ func(float64) float64) Op {
	return Op{Name: name + " near zero", Inputs: []Input{in(-1e-5, 1e-5, dtypes.Float32, 100)},
		Graph: one(func(x []*graph.Node) *graph.Node { return graph.MulScalar(fn(x[0]), 1e5) })}
}

var integers = []dtypes.DType{dtypes.Int8, dtypes.Int16, dtypes.Int32, dtypes.Int64,
	dtypes.Uint8, dtypes.Uint16, dtypes.Uint32, dtypes.Uint64}

// lowest is a low number that a type has.
func lowest(dtype dtypes.DType) float64 {
	if dtype.IsUnsigned() {
		return 0
	}
	return -100
}

// pairs are shapes that broadcast to each other.
var pairs = [][2][]int{{{}, {}}, {{5}, {5}}, {{}, {3, 7}}, {{3, 7}, {}}, {{3, 1}, {1, 7}}, {{2, 3, 5}, {1, 3, 1}},
	{{0, 3}, {1, 3}}, {{1}, {1}}, {{17, 33}, {17, 33}}}

// two is a function of two nodes.
type two = func(a, b *graph.Node) *graph.Node

// binaryOps are functions of two tensors.
func binaryOps() []Op {
	var ops []Op
	add := func(name string, fn two, gradient bool, dtype dtypes.DType, a, b Input) {
		ops = append(ops, Op{Name: fmt.Sprintf("%s %s %v %v", name, dtype, a.Shape.Dimensions, b.Shape.Dimensions),
			Gradient: gradient && dtype == dtypes.Float32 && a.Shape.Size() > 0, Inputs: []Input{a, b},
			Graph: one(func(x []*graph.Node) *graph.Node { return fn(x[0], x[1]) })})
	}
	for _, c := range []struct {
		name       string
		fn         two
		gradient   bool
		low, high  float64 // of the right side
		noIntegers bool
	}{
		{"Add", graph.Add, true, -3, 3, false}, {"Sub", graph.Sub, true, -3, 3, false},
		{"Mul", graph.Mul, true, -3, 3, false}, {"Div", graph.Div, true, 1, 4, false},
		{"Rem", graph.Rem, false, 1, 4, false}, {"Pow", graph.Pow, false, 0, 3, false},
		{"Max", graph.Max, true, -3, 3, false}, {"Min", graph.Min, true, -3, 3, false},
		{"Equal", graph.Equal, false, -3, 3, false}, {"NotEqual", graph.NotEqual, false, -3, 3, false},
		{"LessThan", graph.LessThan, false, -3, 3, false}, {"LessOrEqual", graph.LessOrEqual, false, -3, 3, false},
		{"GreaterThan", graph.GreaterThan, false, -3, 3, false}, {"GreaterOrEqual", graph.GreaterOrEqual, false, -3, 3, false},
	} {
		for _, p := range pairs {
			add(c.name, c.fn, c.gradient, dtypes.Float32, in(0.2, 3, dtypes.Float32, p[0]...), in(c.low, c.high, dtypes.Float32, p[1]...))
		}
		for _, dtype := range append([]dtypes.DType{dtypes.Float16, dtypes.BFloat16}, integers...) {
			low, base := max(c.low, lowest(dtype)), max(lowest(dtype), -7)
			if c.name == "Pow" && dtype.IsFloat() {
				base = 0.2
			}
			add(c.name, c.fn, false, dtype, in(base, 7, dtype, 3, 7), in(max(low, 0), c.high, dtype, 1, 7))
		}
	}
	for _, dtype := range integers {
		for name, fn := range map[string]two{"And": graph.BitwiseAnd, "Or": graph.BitwiseOr, "Xor": graph.BitwiseXor} {
			add("Bitwise"+name, fn, false, dtype, in(lowest(dtype), 100, dtype, 3, 7), in(lowest(dtype), 100, dtype, 3, 7))
		}
		for name, fn := range map[string]two{"Left": graph.BitwiseShiftLeft, "RightArithmetic": graph.BitwiseShiftRightArithmetic,
			"RightLogical": graph.BitwiseShiftRightLogical} {
			add("Shift"+name, fn, false, dtype, in(lowest(dtype), 100, dtype, 3, 7), in(0, 100, dtype, 1, 7))
		}
	}
	for name, fn := range map[string]two{"And": graph.LogicalAnd, "Or": graph.LogicalOr, "Xor": graph.LogicalXor} {
		add("Logical"+name, fn, false, dtypes.Bool, of(dtypes.Bool, 3, 7), of(dtypes.Bool, 3, 7))
	}
	ops = append(ops, powers()...)
	return append(ops,
		Op{Name: "Where", Gradient: true, Inputs: []Input{of(dtypes.Bool, 3, 7), f32(3, 7), f32(3, 7)},
			Graph: one(func(x []*graph.Node) *graph.Node { return graph.Where(x[0], x[1], x[2]) })},
		Op{Name: "Clamp", Inputs: []Input{f32(), f32(3, 7), in(2, 3, dtypes.Float32)},
			Graph: one(func(x []*graph.Node) *graph.Node { return graph.Clamp(x[0], x[1], x[2]) })},
		// The Go engine has no Atan2: the angle's sine and cosine give the point back.
		Op{Name: "Atan2", Inputs: []Input{f32(50, 20), f32(50, 20)},
			Graph: func(x []*graph.Node) []*graph.Node {
				angle := graph.Atan2(x[0], x[1])
				r := graph.Sqrt(graph.Add(graph.Square(x[0]), graph.Square(x[1])))
				return []*graph.Node{graph.Mul(r, graph.Sin(angle)), graph.Mul(r, graph.Cos(angle))}
			},
			Reference: func(x []*graph.Node) []*graph.Node { return x }},
		totalOrder())
}

// powers have bases below zero, and constant exponents.
func powers() []Op {
	var ops []Op
	for _, exponent := range []float64{-3, -1, 0, 0.5, 1, 2, 3, 2.5, 7} {
		low := -3.0
		if exponent == 0.5 || exponent == 2.5 {
			low = 0.1
		}
		ops = append(ops, Op{Name: fmt.Sprintf("PowScalar %v", exponent), Gradient: true, Tolerance: 3e-5,
			Inputs: []Input{in(low, 3, dtypes.Float32, 4, 5)},
			Graph:  one(func(x []*graph.Node) *graph.Node { return graph.PowScalar(x[0], exponent) })})
	}
	return append(ops, Op{Name: "Pow whole exponents", Tolerance: 3e-5,
		Inputs: []Input{in(-3, 3, dtypes.Float32, 9, 11), in(-4, 4, dtypes.Float32, 9, 11)},
		Graph:  one(func(x []*graph.Node) *graph.Node { return graph.Pow(x[0], graph.Round(x[1])) })},
		Op{Name: "Pow of negatives is NaN", Inputs: []Input{in(-3, -1, dtypes.Float32, 9), in(0.1, 0.9, dtypes.Float32, 9)},
			Graph: one(func(x []*graph.Node) *graph.Node { return graph.Pow(x[0], x[1]) })})
}

// totalOrder sorts what ordinary comparisons cannot; the reference are the numbers'
// places.
func totalOrder() Op {
	list := []float32{float32(math.Inf(-1)), -1, float32(math.Copysign(0, -1)), 0, 1, float32(math.Inf(1)), float32(math.NaN())}
	compared := func(fns ...two) func(x []*graph.Node) []*graph.Node {
		return func(x []*graph.Node) []*graph.Node {
			g := x[0].Graph()
			list := graph.Const(g, list)
			if len(fns) == 0 {
				list = graph.IotaFull(g, x[0].Shape())
				fns = []two{graph.LessThan, graph.LessOrEqual, graph.GreaterThan, graph.GreaterOrEqual, graph.Equal, graph.NotEqual}
			}
			left, right := graph.ExpandAxes(list, 1), graph.ExpandAxes(list, 0)
			var results []*graph.Node
			for _, fn := range fns {
				results = append(results, fn(left, right))
			}
			return results
		}
	}
	return Op{Name: "TotalOrder", Inputs: []Input{f32(len(list))},
		Graph: compared(graph.LessThanTotalOrder, graph.LessOrEqualTotalOrder, graph.GreaterThanTotalOrder,
			graph.GreaterOrEqualTotalOrder, graph.EqualTotalOrder, graph.NotEqualTotalOrder),
		Reference: compared()}
}

// typeOps convert between types.
func typeOps() []Op {
	all := append([]dtypes.DType{dtypes.Bool, dtypes.Float32, dtypes.Float16, dtypes.BFloat16}, integers...)
	var ops []Op
	for _, from := range all {
		for _, to := range all {
			low := -50.0
			if from.IsUnsigned() || to.IsUnsigned() {
				low = 0
			}
			ops = append(ops, Op{Name: fmt.Sprintf("%s to %s", from, to), Inputs: []Input{in(low, 99, from, 3, 7)},
				Graph: one(func(x []*graph.Node) *graph.Node { return graph.ConvertDType(x[0], to) })})
		}
	}
	bitcast := func(from, to dtypes.DType, dims ...int) Op {
		return Op{Name: fmt.Sprintf("Bitcast %s to %s", from, to), Inputs: []Input{in(lowest(from), 100, from, dims...)},
			Graph: one(func(x []*graph.Node) *graph.Node {
				y := graph.Bitcast(x[0], to)
				if to == dtypes.Float32 {
					y = graph.Where(graph.IsFinite(y), y, graph.ZerosLike(y))
				}
				return y
			})}
	}
	packed := func(to dtypes.DType) Op {
		return Op{Name: fmt.Sprintf("unpack %s", to), Inputs: []Input{in(0, 255, dtypes.Uint8, 3, 5)},
			Graph: one(func(x []*graph.Node) *graph.Node {
				return graph.ConvertDType(graph.Bitcast(x[0], to), dtypes.Float32)
			})}
	}
	return append(ops,
		bitcast(dtypes.Float32, dtypes.Uint32, 3, 7), bitcast(dtypes.Float32, dtypes.Uint8, 3, 5), bitcast(dtypes.Uint32, dtypes.Uint16, 5),
		bitcast(dtypes.Uint8, dtypes.Uint32, 5, 4), bitcast(dtypes.Uint16, dtypes.Uint64, 5, 4), bitcast(dtypes.Uint64, dtypes.Uint32, 5),
		bitcast(dtypes.Int32, dtypes.Float32, 9), bitcast(dtypes.Uint8, dtypes.Int8, 9),
		packed(dtypes.Int4), packed(dtypes.Uint4), packed(dtypes.Int2), packed(dtypes.Uint2))
}
