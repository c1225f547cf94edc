package webgpu

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

var testedTypes = []dtypes.DType{
	dtypes.Float32, dtypes.Float16, dtypes.BFloat16, dtypes.Bool,
	dtypes.Int8, dtypes.Int16, dtypes.Int32, dtypes.Int64, dtypes.Uint8, dtypes.Uint16, dtypes.Uint32, dtypes.Uint64,
}

// numberAt reads the bits of one element.
func numberAt(dtype dtypes.DType, data []byte, i int) uint64 {
	var word [8]byte
	copy(word[:], data[i*dtype.Size():(i+1)*dtype.Size()])
	return binary.LittleEndian.Uint64(word[:])
}

func appendNumber(data []byte, dtype dtypes.DType, bits uint64) []byte {
	return append(data, binary.LittleEndian.AppendUint64(nil, bits)[:dtype.Size()]...)
}

// numbers are n of a type: its unusual ones first.
func numbers(dtype dtypes.DType, n int, seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, uint64(dtype)))
	unusual := []float64{0, 1, -1, 0.5, -0.5, 2, -3, 1e-3, 7e4, 88, -87, 1.5, 2.5, math.Inf(1), math.Inf(-1), math.NaN(), 10, -2, 3}
	r.Shuffle(len(unusual), func(i, j int) { unusual[i], unusual[j] = unusual[j], unusual[i] })
	var data []byte
	for i := range n {
		bits := r.Uint64() >> (r.UintN(2) * 32)
		switch {
		case dtype == dtypes.Bool:
			bits &= 1
		case isFloat(dtype):
			x := r.NormFloat64() * 4
			if i < len(unusual) {
				x = unusual[i]
			}
			bits = ir.Conversion(dtypes.Float64, dtype)(math.Float64bits(x))
		case i%3 == 0:
			bits = uint64(r.IntN(9) - 4)
		}
		data = appendNumber(data, dtype, bits)
	}
	return data
}

// arity of the operations that are tested.
var arity = map[compute.OpType]int{
	compute.OpTypeAbs: 1, compute.OpTypeNeg: 1, compute.OpTypeSign: 1, compute.OpTypeCeil: 1, compute.OpTypeFloor: 1, compute.OpTypeRound: 1,
	compute.OpTypeSqrt: 1, compute.OpTypeRsqrt: 1, compute.OpTypeExp: 1, compute.OpTypeExpm1: 1, compute.OpTypeLog: 1, compute.OpTypeLog1p: 1,
	compute.OpTypeLogistic: 1, compute.OpTypeTanh: 1, compute.OpTypeErf: 1, compute.OpTypeSin: 1, compute.OpTypeCos: 1,
	compute.OpTypeIsFinite: 1, compute.OpTypeIsNaN: 1, compute.OpTypeLogicalNot: 1, compute.OpTypeBitwiseNot: 1, compute.OpTypeBitCount: 1, compute.OpTypeClz: 1,
	compute.OpTypeAdd: 2, compute.OpTypeSub: 2, compute.OpTypeMul: 2, compute.OpTypeDiv: 2, compute.OpTypeRem: 2, compute.OpTypePow: 2,
	compute.OpTypeMax: 2, compute.OpTypeMin: 2, compute.OpTypeAtan2: 2,
	compute.OpTypeBitwiseAnd: 2, compute.OpTypeBitwiseOr: 2, compute.OpTypeBitwiseXor: 2,
	compute.OpTypeLogicalAnd: 2, compute.OpTypeLogicalOr: 2, compute.OpTypeLogicalXor: 2,
	compute.OpTypeShiftLeft: 2, compute.OpTypeShiftRightArithmetic: 2, compute.OpTypeShiftRightLogical: 2,
	compute.OpTypeEqual: 2, compute.OpTypeNotEqual: 2, compute.OpTypeLessThan: 2, compute.OpTypeLessOrEqual: 2,
	compute.OpTypeGreaterThan: 2, compute.OpTypeGreaterOrEqual: 2, compute.OpTypeClamp: 3,
}

// tolerances of types, relative; products and sums of 32 bits are exact.
var tolerances = map[dtypes.DType]float64{dtypes.Float32: 4e-6, dtypes.Float16: 2e-3, dtypes.BFloat16: 1e-2}

// opsAtOnce are tested in one kernel.
const opsAtOnce = 5

// operationTests compares every operation on every type with wasm/ir's own.
func operationTests() []testPlan {
	var tests []testPlan
	for _, dtype := range testedTypes {
		var ops []compute.OpType
		for op := range arity {
			// wasm/ir takes the exponent of an unsigned power to be signed.
			if operation(op, dtype) != nil && !(op == compute.OpTypePow && dtype.IsUnsigned()) {
				ops = append(ops, op)
			}
		}
		slices.Sort(ops)
		for some := range slices.Chunk(ops, opsAtOnce) {
			tests = append(tests, operationTest(dtype, some))
		}
	}
	return tests
}

func operationTest(dtype dtypes.DType, ops []compute.OpType) testPlan {
	const n = 64
	p := newPlanner()
	var all []*ir.Exp
	for i := range 3 {
		all = append(all, p.Load(p.input(numbers(dtype, n, uint64(i)), dtype, n), dtype, p.Index(0, n)))
	}
	test := testPlan{name: fmt.Sprintf("%s: %v", dtype, ops), plan: p.plan, inputs: p.inputs, tolerance: tolerances[dtype]}
	var stores []ir.Store
	for _, op := range ops {
		e := &ir.Exp{Kind: ir.Apply, Op: op, DType: dtype, Args: all[:arity[op]]}
		if isTest(op) {
			e.DType = dtypes.Bool
		}
		switch op {
		case compute.OpTypePow:
			test.tolerance *= 4
		case compute.OpTypeRem: // what is left of a large quotient, where fma is not fused
			test.tolerance *= 100
		}
		stores = append(stores, ir.Store{Value: p.value(ir.Output, e.DType, n), Exp: e})
		var want []byte
		for i := range n {
			bits := make([]uint64, 3)
			for j := range bits {
				bits[j] = numberAt(dtype, p.inputs[j], i)
			}
			want = appendNumber(want, e.DType, operation(op, dtype)(bits[:arity[op]]))
		}
		test.want = append(test.want, want)
	}
	p.step(&ir.Map{Dims: []int{n}, Stores: stores})
	return test
}

// operation is wasm/ir's, or nil where the type has none.
func operation(op compute.OpType, dtype dtypes.DType) (f func([]uint64) uint64) {
	defer func() {
		if recover() != nil {
			f = nil
		}
	}()
	if f = ir.Operation(op, dtype); f != nil {
		f([]uint64{1, 1, 1})
	}
	return f
}

func isTest(op compute.OpType) bool {
	_, compares := comparisons[op]
	return compares || op == compute.OpTypeIsFinite || op == compute.OpTypeIsNaN
}

// castTests converts every type to every other.
func castTests() []testPlan {
	const n = 40
	var tests []testPlan
	for _, from := range testedTypes {
		p := newPlanner()
		in := p.input(numbers(from, n, 7), from, n)
		test := p.test("casts of "+from.String(), 1e-7)
		for _, to := range testedTypes {
			out := p.value(ir.Output, to, n)
			p.step(&ir.Map{Dims: []int{n}, Stores: []ir.Store{{Value: out, Exp: p.Cast(p.Load(in, from, p.Index(0, n)), to)}}})
			var want []byte
			for i := range n {
				want = appendNumber(want, to, ir.Conversion(from, to)(numberAt(from, p.inputs[0], i)))
			}
			test.want = append(test.want, want)
		}
		test.inputs = p.inputs
		tests = append(tests, test)
	}
	return tests
}

// sortTests sorts rows with their positions, whole and the first few.
func sortTests() []testPlan {
	var tests []testPlan
	for _, size := range [][3]int{{3, 7, 7}, {2, 100, 100}, {2, 300, 300}, {2, 1000, 10}} {
		rows, n, take := size[0], size[1], size[2]
		p := newPlanner()
		x := ramp(rows*n, func(i int) float32 { return float32(i * 7919 % 53) }) // with equals
		in := p.input(floats(x...), dtypes.Float32, rows, n)
		keys, places := p.value(ir.Output, dtypes.Float32, rows, take), p.value(ir.Output, dtypes.Int32, rows, take)
		at := p.Join([]*ir.Exp{p.Index(0, rows), p.Index(1, n)}, []int{rows, n})
		p.step(&ir.Sort{Outer: []int{rows}, Length: n, Take: take, Keys: []*ir.Exp{p.Load(in, dtypes.Float32, at), p.Index(1, n)},
			Less:   p.Apply(compute.OpTypeLessThan, p.Reduced(0, dtypes.Float32), p.Reduced(2, dtypes.Float32)),
			Stores: []int{keys, places}})
		var wantKeys []float32
		var wantPlaces []int32
		for r := range rows {
			order := make([]int, n)
			for i := range order {
				order[i] = i
			}
			slices.SortStableFunc(order, func(a, b int) int { return int(x[r*n+a] - x[r*n+b]) })
			for _, from := range order[:take] {
				wantKeys, wantPlaces = append(wantKeys, x[r*n+from]), append(wantPlaces, int32(from))
			}
		}
		tests = append(tests, p.test(fmt.Sprintf("sort %d of %v", take, p.plan.Values[in].Shape), 0, floats(wantKeys...), ints(wantPlaces...)))
	}
	return tests
}

// scatterTests adds rows to a table, with few and many updates, in whole fours and
// not, some of them out of range.
func scatterTests() []testPlan {
	var tests []testPlan
	for _, size := range [][3]int{{9, 4, 5}, {50, 8, 100}, {11, 3, 40}, {40, 1, 300}} {
		table, window, rows := size[0], size[1], size[2]
		p := newPlanner()
		places := make([]int32, rows)
		for i := range places {
			places[i] = int32(i*37%(table+2)) - 1 // from -1 to table
		}
		x, y := ramp(table*window, wave), ramp(rows*window, func(i int) float32 { return wave(i + 5) })
		base, where, updates := p.input(floats(x...), dtypes.Float32, table, window), p.input(ints(places...), dtypes.Int32, rows), p.input(floats(y...), dtypes.Float32, rows, window)
		out := p.value(ir.Output, dtypes.Float32, table, window)
		place := p.Load(where, dtypes.Int32, p.Index(0, rows))
		inside := p.Apply(compute.OpTypeLogicalAnd, p.Apply(compute.OpTypeGreaterOrEqual, place, p.Int(0)), p.Apply(compute.OpTypeLessThan, place, p.Int(table)))
		p.step(&ir.Scatter{Op: compute.OpTypeScatterSum, Output: out, Operand: p.Load(base, dtypes.Float32, p.Index(0, table*window)),
			Rows: []int{rows}, Window: window, If: inside, Start: p.Times(p.Within(place, table), window),
			Update: p.Load(updates, dtypes.Float32, p.Join([]*ir.Exp{p.Index(0, rows), p.Index(1, window)}, []int{rows, window}))})
		for r, to := range places {
			for i := range window {
				if to >= 0 && int(to) < table {
					x[int(to)*window+i] += y[r*window+i]
				}
			}
		}
		tests = append(tests, p.test(fmt.Sprintf("scatter %d rows to %v", rows, p.plan.Values[out].Shape), 1e-6, floats(x...)))
	}
	return tests
}
