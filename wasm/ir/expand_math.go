package ir

import (
	"encoding/binary"
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// Functions that targets lack, or that they give with too few digits, in terms of
// those that they have. 16-bit floats are computed in Float32 and rounded once.

// inFloat32 applies fn to x in Float32.
func (f *Function) inFloat32(x *Node, fn func(x *Node) *Node) *Node {
	return f.convert(fn(f.convert(x, dtypes.Float32)), x.Shape.DType)
}

// polynomial is Σ cᵢ·xⁱ by Horner's rule.
func (f *Function) polynomial(x *Node, coefficients ...float64) *Node {
	last := len(coefficients) - 1
	sum := f.with(compute.OpTypeMul, x, coefficients[last])
	for i := last - 1; i > 0; i-- {
		sum = f.mul(f.with(compute.OpTypeAdd, sum, coefficients[i]), x)
	}
	return f.with(compute.OpTypeAdd, sum, coefficients[0])
}

// erf is the error function, after Eigen's rational approximation, within 5e-7 of
// it and within ±1, which it is beyond ±4 in Float32.
func (f *Function) erf(x *Node) *Node {
	return f.inFloat32(x, func(x *Node) *Node {
		within := func(x *Node, bound float64) *Node {
			return f.with(compute.OpTypeMin, f.with(compute.OpTypeMax, x, -bound), bound)
		}
		x = within(x, 4)
		square := f.mul(x, x)
		above := f.polynomial(square, -1.60960333262415e-02, -2.95459980854025e-03, -7.34990630326855e-04,
			-5.69250639462346e-05, -2.10102402082508e-06, 2.77068142495902e-08, -2.72614225801306e-10)
		below := f.polynomial(square, -1.42647390514189e-02, -7.37332916720468e-03, -1.68282697438203e-03,
			-2.13374055278905e-04, -1.45660718464996e-05)
		return within(f.div(f.mul(x, above), below), 1)
	})
}

// expm1 is exp(x)-1: its Taylor series up to |x| = 1/2, where the difference would
// cancel.
func (f *Function) expm1(x *Node) *Node {
	return f.inFloat32(x, func(x *Node) *Node {
		coefficients := make([]float64, 9)
		factorial := 1.0
		for i := range coefficients {
			factorial *= float64(i + 1)
			coefficients[i] = 1 / factorial
		}
		near := f.mul(x, f.polynomial(x, coefficients...))
		far := f.with(compute.OpTypeSub, f.unary(compute.OpTypeExp, x), 1)
		return f.where(f.isSmall(x), near, far)
	})
}

// log1p is log(1+x): up to |x| = 1/2 by log(1+x) = 2·artanh(x/(2+x)), a series in odd
// powers.
func (f *Function) log1p(x *Node) *Node {
	return f.inFloat32(x, func(x *Node) *Node {
		coefficients := make([]float64, 9)
		for i := range coefficients {
			coefficients[i] = 2 / float64(2*i+1)
		}
		s := f.div(x, f.with(compute.OpTypeAdd, x, 2))
		near := f.mul(s, f.polynomial(f.mul(s, s), coefficients...))
		far := f.unary(compute.OpTypeLog, f.with(compute.OpTypeAdd, x, 1))
		return f.where(f.isSmall(x), near, far)
	})
}

// isSmall is |x| < 1/2.
func (f *Function) isSmall(x *Node) *Node {
	return f.compareWith(compute.OpTypeLessThan, f.unary(compute.OpTypeAbs, x), 0.5)
}

// logistic is 1/(1+exp(-x)), with no exponential that overflows.
func (f *Function) logistic(x *Node) *Node {
	return f.inFloat32(x, func(x *Node) *Node {
		e := f.unary(compute.OpTypeExp, f.unary(compute.OpTypeNeg, f.unary(compute.OpTypeAbs, x)))
		one := f.scalar(x.Shape.DType, 1)
		top := f.where(f.compareWith(compute.OpTypeGreaterOrEqual, x, 0), one, e)
		return f.div(top, f.add(e, one))
	})
}

// sign keeps zeros with their signs, and NaN.
func (f *Function) sign(x *Node) *Node {
	dtype := x.Shape.DType
	positive := f.compareWith(compute.OpTypeGreaterThan, x, 0)
	if dtype.IsUnsigned() {
		return f.where(positive, f.scalar(dtype, 1), x)
	}
	negative := f.compareWith(compute.OpTypeLessThan, x, 0)
	return f.where(positive, f.scalar(dtype, 1), f.where(negative, f.scalar(dtype, -1), x))
}

// pow raises floats to constant powers by products, others by targets' powers of
// magnitudes; integers by squaring.
func (f *Function) pow(x, y *Node) *Node {
	if !x.Shape.DType.IsFloat() {
		return f.integerPow(x, y)
	}
	if exponent, ok := constantNumber(y); ok && len(common(x, y)) == x.Shape.Rank() {
		switch {
		case exponent == 0.5:
			return f.like(f.unary(compute.OpTypeSqrt, x), common(x, y))
		case exponent == math.Trunc(exponent) && math.Abs(exponent) <= 16 && exponent != 0:
			power := f.powerOf(x, int(math.Abs(exponent)))
			if exponent < 0 {
				power = f.div(f.scalar(x.Shape.DType, 1), power)
			}
			return f.like(power, common(x, y))
		}
	}
	dtype := x.Shape.DType
	magnitude := f.unary(compute.OpTypeAbs, x)
	power := f.binary(compute.OpTypePow, magnitude, y)
	power = f.where(f.compareWith(compute.OpTypeEqual, magnitude, 1), f.scalar(dtype, 1), power)
	whole := f.compare(compute.OpTypeEqual, f.unary(compute.OpTypeFloor, y), y)
	half := f.with(compute.OpTypeMul, y, 0.5)
	odd := f.compare(compute.OpTypeNotEqual, f.unary(compute.OpTypeFloor, half), half)
	signed := f.where(odd, f.unary(compute.OpTypeNeg, power), power)
	signed = f.where(whole, signed, f.scalar(dtype, math.NaN()))
	power = f.where(f.compareWith(compute.OpTypeLessThan, x, 0), signed, power)
	return f.where(f.compareWith(compute.OpTypeEqual, y, 0), f.scalar(dtype, 1), power)
}

// powerOf is xⁿ for n > 0, by squaring.
func (f *Function) powerOf(x *Node, n int) *Node {
	var power *Node
	for ; n > 0; n >>= 1 {
		switch {
		case n&1 == 0:
		case power == nil:
			power = x
		default:
			power = f.mul(power, x)
		}
		if n > 1 {
			x = f.mul(x, x)
		}
	}
	return power
}

// integerPow is by squaring, one round for each bit of the exponent. Exponents below
// 0 give 1, as in GoMLX's Go engine.
func (f *Function) integerPow(x, y *Node) *Node {
	dtype := x.Shape.DType
	one := f.scalar(dtype, 1)
	y = f.like(y, common(x, y))
	power := f.like(one, common(x, y))
	bits := 8 * dtype.Size()
	if !dtype.IsUnsigned() {
		y = f.with(compute.OpTypeMax, y, 0)
		bits--
	}
	for i := range bits {
		bit := f.binary(compute.OpTypeBitwiseAnd, y, f.bitsScalar(dtype, 1<<i))
		power = f.where(f.compareWith(compute.OpTypeNotEqual, bit, 0), f.mul(power, x), power)
		x = f.mul(x, x)
	}
	return power
}

// constantNumber gives the number of a float constant of one element, also of one
// that was broadcast.
func constantNumber(n *Node) (float64, bool) {
	for n.Op == compute.OpTypeBroadcastInDim || n.Op == compute.OpTypeReshape {
		n = n.Inputs[0]
	}
	attr, ok := n.Attr.(ConstantAttr)
	if !ok || n.Shape.DType != dtypes.Float32 || len(attr.Data) != 4 {
		return 0, false
	}
	return float64(math.Float32frombits(binary.LittleEndian.Uint32(attr.Data))), true
}

// shift guards against amounts that are not less than the type's bits, of which
// targets' own shifts take the remainder: all bits are then shifted out.
func (f *Function) shift(op compute.OpType) func(x, amount *Node) *Node {
	return func(x, amount *Node) *Node {
		dtype := x.Shape.DType
		if op == compute.OpTypeShiftRightArithmetic && dtype.IsUnsigned() {
			op = compute.OpTypeShiftRightLogical
		}
		bits := float64(8 * dtype.Size())
		unsigned := f.bitcast(amount, unsignedOf(dtype))
		if op == compute.OpTypeShiftRightArithmetic {
			return f.binary(op, x, f.bitcast(f.with(compute.OpTypeMin, unsigned, bits-1), dtype))
		}
		inside := f.compareWith(compute.OpTypeLessThan, unsigned, bits)
		safe := f.bitcast(f.with(compute.OpTypeBitwiseAnd, unsigned, bits-1), dtype)
		return f.where(inside, f.binary(op, x, safe), f.scalar(dtype, 0))
	}
}

// floatLayout is a float's own integer type and the bits of its infinity.
func floatLayout(dtype dtypes.DType) (integer dtypes.DType, infinity, magnitude uint64) {
	switch dtype {
	case dtypes.Float16:
		return dtypes.Int16, 0x7c00, 0x7fff
	case dtypes.BFloat16:
		return dtypes.Int16, 0x7f80, 0x7fff
	default:
		return dtypes.Int32, 0x7f800000, 0x7fffffff
	}
}

// testMagnitude compares the bits of |x| with infinity's: equal is infinite, above is
// NaN.
func (f *Function) testMagnitude(comparison compute.OpType, x *Node) *Node {
	integer, infinity, magnitude := floatLayout(x.Shape.DType)
	bits := f.binary(compute.OpTypeBitwiseAnd, f.bitcast(x, integer), f.bitsScalar(integer, magnitude))
	return f.compare(comparison, bits, f.bitsScalar(integer, infinity))
}

// totalOrder gives integers in the order of floats' bits, sign by magnitude; other
// types are ordered already.
func (f *Function) totalOrder(x *Node) *Node {
	if !x.Shape.DType.IsFloat() {
		return x
	}
	integer, _, magnitude := floatLayout(x.Shape.DType)
	bits := f.bitcast(x, integer)
	negative := f.compareWith(compute.OpTypeLessThan, bits, 0)
	turned := f.binary(compute.OpTypeBitwiseXor, bits, f.bitsScalar(integer, magnitude))
	return f.where(negative, turned, bits)
}

// atan2 is the angle of (x, y), after Cephes' atanf: its polynomial below tan(π/8),
// the rest by symmetry.
func (f *Function) atan2(y, x *Node) *Node {
	dtype := y.Shape.DType
	y, x = f.convert(y, dtypes.Float32), f.convert(x, dtypes.Float32)
	dims := common(y, x)
	y, x = f.like(y, dims), f.like(x, dims)
	ay, ax := f.unary(compute.OpTypeAbs, y), f.unary(compute.OpTypeAbs, x)
	steep := f.compare(compute.OpTypeGreaterThan, ay, ax)
	low, high := f.where(steep, ax, ay), f.where(steep, ay, ax)
	ratio := f.div(low, high)
	ratio = f.where(f.compare(compute.OpTypeEqual, low, high), f.scalar(dtypes.Float32, 1), ratio)
	ratio = f.where(f.compareWith(compute.OpTypeEqual, low, 0), f.scalar(dtypes.Float32, 0), ratio)

	far := f.compareWith(compute.OpTypeGreaterThan, ratio, math.Tan(math.Pi/8))
	moved := f.div(f.with(compute.OpTypeSub, ratio, 1), f.with(compute.OpTypeAdd, ratio, 1))
	r := f.where(far, moved, ratio)
	square := f.mul(r, r)
	series := f.polynomial(square, -3.33329491539e-1, 1.99777106478e-1, -1.38776856032e-1, 8.05374449538e-2)
	angle := f.add(f.mul(f.mul(series, square), r), r)
	angle = f.where(far, f.with(compute.OpTypeAdd, angle, math.Pi/4), angle)

	angle = f.where(steep, f.sub(f.scalar(dtypes.Float32, math.Pi/2), angle), angle)
	angle = f.where(f.signBit(x), f.sub(f.scalar(dtypes.Float32, math.Pi), angle), angle)
	angle = f.where(f.signBit(y), f.unary(compute.OpTypeNeg, angle), angle)
	return f.convert(angle, dtype)
}

// signBit says where a Float32 is negative, -0 included.
func (f *Function) signBit(x *Node) *Node {
	return f.compareWith(compute.OpTypeLessThan, f.bitcast(x, dtypes.Int32), 0)
}
