package ir

import (
	"math"
	"math/bits"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/dtypes/float16"
)

// What every elementwise operation gives, bit for bit where the operation is exact:
// constants are folded with it and the interpreter runs on it. Numbers travel as
// their bits, zero-extended to 64. 16-bit floats are computed in float32 and rounded
// after each operation, as GoMLX's Go engine does; integers wrap.
//
// A float64 sum, product, quotient or root of float32s rounds to the same float32 as
// the float32 operation itself (float64 has more than 2·24+2 bits of mantissa), so
// one implementation serves both.

// Operation is op on numbers of dtype, or nil where there is none.
func Operation(op compute.OpType, dtype dtypes.DType) func(args []uint64) uint64 {
	switch {
	case tests(op):
		return comparison(op, dtype)
	case op == compute.OpTypeClamp:
		low, high := Operation(compute.OpTypeMax, dtype), Operation(compute.OpTypeMin, dtype)
		return func(a []uint64) uint64 { return high([]uint64{low([]uint64{a[0], a[1]}), a[2]}) }
	case dtype == dtypes.Bool:
		return logical(op)
	case dtype.IsFloat():
		return floating(op, dtype)
	}
	return integer(op, dtype)
}

// float reads the bits of a float of dtype.
func float(dtype dtypes.DType) func(uint64) float64 {
	switch dtype {
	case dtypes.Float64:
		return math.Float64frombits
	case dtypes.Float32:
		return func(b uint64) float64 { return float64(math.Float32frombits(uint32(b))) }
	case dtypes.Float16:
		return func(b uint64) float64 { return float16.FromBits(uint16(b)).Float64() }
	}
	return func(b uint64) float64 { return bfloat16.FromBits(uint16(b)).Float64() }
}

// roundedBits rounds to dtype and gives its bits.
func roundedBits(dtype dtypes.DType) func(float64) uint64 {
	switch dtype {
	case dtypes.Float64:
		return math.Float64bits
	case dtypes.Float32:
		return func(x float64) uint64 { return uint64(math.Float32bits(float32(x))) }
	case dtypes.Float16:
		return func(x float64) uint64 { return uint64(float16.FromFloat32(float32(x)).Bits()) }
	}
	return func(x float64) uint64 { return uint64(bfloat16.FromFloat32(float32(x)).Bits()) }
}

// signed reads an integer or Bool of dtype as an int64 of the same value, or, for
// Uint64, of the same bits.
func signed(dtype dtypes.DType) func(uint64) int64 {
	if shift := 64 - dtype.Bits(); !dtype.IsUnsigned() && dtype != dtypes.Bool && shift > 0 {
		return func(b uint64) int64 { return int64(b<<shift) >> shift }
	}
	return func(b uint64) int64 { return int64(b) }
}

// mask is dtype's bits set.
func mask(dtype dtypes.DType) uint64 { return math.MaxUint64 >> (64 - dtype.Bits()) }

// Conversion is ConvertDType for one number. Floats are truncated to integers, and
// those out of range become the nearest, NaN 0, as on WebGPU.
func Conversion(from, to dtypes.DType) func(uint64) uint64 {
	switch {
	case from == to:
		return func(b uint64) uint64 { return b }
	case from.IsFloat():
		read := float(from)
		switch {
		case to == dtypes.Bool:
			return func(b uint64) uint64 { return truth(read(b) != 0) }
		case to.IsFloat():
			write := roundedBits(to)
			return func(b uint64) uint64 { return write(read(b)) }
		}
		return func(b uint64) uint64 { return saturate(read(b), to) }
	case to == dtypes.Bool:
		return func(b uint64) uint64 { return truth(b != 0) }
	case to == dtypes.Float64 && from == dtypes.Uint64:
		return func(b uint64) uint64 { return math.Float64bits(float64(b)) }
	case to == dtypes.Float64:
		read := signed(from)
		return func(b uint64) uint64 { return math.Float64bits(float64(read(b))) }
	case to.IsFloat():
		read, write := signed(from), roundedBits(to)
		if from == dtypes.Uint64 {
			return func(b uint64) uint64 { return write(float64(float32(b))) }
		}
		return func(b uint64) uint64 { return write(float64(float32(read(b)))) }
	}
	read, m := signed(from), mask(to)
	return func(b uint64) uint64 { return uint64(read(b)) & m }
}

func truth(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

func saturate(x float64, to dtypes.DType) uint64 {
	low, high := int64(-1)<<(to.Bits()-1), mask(to)>>1
	if to.IsUnsigned() {
		low, high = 0, mask(to)
	}
	switch {
	case x != x:
		return 0
	case x <= float64(low):
		return uint64(low) & mask(to)
	case x >= float64(high):
		return high
	case to.IsUnsigned():
		return uint64(x)
	}
	return uint64(int64(x)) & mask(to)
}

func logical(op compute.OpType) func([]uint64) uint64 {
	switch op {
	case compute.OpTypeLogicalAnd, compute.OpTypeBitwiseAnd, compute.OpTypeMin, compute.OpTypeMul:
		return func(a []uint64) uint64 { return a[0] & a[1] }
	case compute.OpTypeLogicalOr, compute.OpTypeBitwiseOr, compute.OpTypeMax, compute.OpTypeAdd:
		return func(a []uint64) uint64 { return a[0] | a[1] }
	case compute.OpTypeLogicalXor, compute.OpTypeBitwiseXor:
		return func(a []uint64) uint64 { return a[0] ^ a[1] }
	case compute.OpTypeLogicalNot, compute.OpTypeBitwiseNot:
		return func(a []uint64) uint64 { return a[0] ^ 1 }
	}
	return nil
}

func floating(op compute.OpType, dtype dtypes.DType) func([]uint64) uint64 {
	read, write := float(dtype), roundedBits(dtype)
	if one := floatUnary(op); one != nil {
		return func(a []uint64) uint64 { return write(one(read(a[0]))) }
	}
	if two := floatBinary(op); two != nil {
		return func(a []uint64) uint64 { return write(two(read(a[0]), read(a[1]))) }
	}
	return nil
}

func floatUnary(op compute.OpType) func(float64) float64 {
	switch op {
	case compute.OpTypeAbs:
		return math.Abs
	case compute.OpTypeNeg:
		return func(x float64) float64 { return -x }
	case compute.OpTypeCeil:
		return math.Ceil
	case compute.OpTypeFloor:
		return math.Floor
	case compute.OpTypeRound:
		return math.RoundToEven
	case compute.OpTypeCos:
		return math.Cos
	case compute.OpTypeSin:
		return math.Sin
	case compute.OpTypeTanh:
		return math.Tanh
	case compute.OpTypeErf:
		return math.Erf
	case compute.OpTypeExp:
		return math.Exp
	case compute.OpTypeExpm1:
		return math.Expm1
	case compute.OpTypeLog:
		return math.Log
	case compute.OpTypeLog1p:
		return math.Log1p
	case compute.OpTypeSqrt:
		return math.Sqrt
	case compute.OpTypeRsqrt:
		return func(x float64) float64 { return 1 / math.Sqrt(x) }
	case compute.OpTypeLogistic:
		return func(x float64) float64 {
			if x >= 0 {
				return 1 / (1 + math.Exp(-x))
			}
			e := math.Exp(x)
			return e / (1 + e)
		}
	case compute.OpTypeSign:
		return func(x float64) float64 {
			switch {
			case x > 0:
				return 1
			case x < 0:
				return -1
			}
			return x // 0 with its sign, or NaN
		}
	}
	return nil
}

func floatBinary(op compute.OpType) func(x, y float64) float64 {
	switch op {
	case compute.OpTypeAdd:
		return func(x, y float64) float64 { return x + y }
	case compute.OpTypeSub:
		return func(x, y float64) float64 { return x - y }
	case compute.OpTypeMul:
		return func(x, y float64) float64 { return x * y }
	case compute.OpTypeDiv:
		return func(x, y float64) float64 { return x / y }
	case compute.OpTypeRem:
		return math.Mod
	case compute.OpTypePow:
		return math.Pow
	case compute.OpTypeAtan2:
		return math.Atan2
	case compute.OpTypeMax:
		return func(x, y float64) float64 { return max(x, y) }
	case compute.OpTypeMin:
		return func(x, y float64) float64 { return min(x, y) }
	}
	return nil
}

// integer is op on integers of dtype. A division by 0 gives the dividend and a
// remainder 0, as on WebGPU.
func integer(op compute.OpType, dtype dtypes.DType) func([]uint64) uint64 {
	m, read, width := mask(dtype), signed(dtype), uint64(dtype.Bits())
	if one := intUnary(op, read, m, int(width), dtype.IsUnsigned()); one != nil {
		return func(a []uint64) uint64 { return one(a[0]) & m }
	}
	two := intBinary(op)
	switch op {
	case compute.OpTypeDiv, compute.OpTypeRem, compute.OpTypeMax, compute.OpTypeMin:
		if dtype.IsUnsigned() {
			two = unsignedBinary(op)
		}
	case compute.OpTypeShiftLeft:
		return func(a []uint64) uint64 { return shift(a[0], a[1], width, false) & m }
	case compute.OpTypeShiftRightLogical:
		return func(a []uint64) uint64 { return shift(a[0], a[1], width, true) & m }
	case compute.OpTypeShiftRightArithmetic:
		return func(a []uint64) uint64 {
			if dtype.IsUnsigned() {
				return shift(a[0], a[1], width, true)
			}
			return uint64(read(a[0])>>min(a[1], 63)) & m
		}
	}
	if two == nil {
		return nil
	}
	return func(a []uint64) uint64 { return uint64(two(read(a[0]), read(a[1]))) & m }
}

// shift moves by n bits, all of them out where n is the width or more.
func shift(x, n, width uint64, right bool) uint64 {
	switch {
	case n >= width:
		return 0
	case right:
		return x >> n
	}
	return x << n
}

func intUnary(op compute.OpType, read func(uint64) int64, m uint64, width int, unsigned bool) func(uint64) uint64 {
	switch op {
	case compute.OpTypeNeg:
		return func(b uint64) uint64 { return -b }
	case compute.OpTypeBitwiseNot:
		return func(b uint64) uint64 { return ^b }
	case compute.OpTypeBitCount:
		return func(b uint64) uint64 { return uint64(bits.OnesCount64(b)) }
	case compute.OpTypeClz:
		return func(b uint64) uint64 { return uint64(bits.LeadingZeros64(b) - 64 + width) }
	case compute.OpTypeAbs:
		return func(b uint64) uint64 {
			if !unsigned && read(b) < 0 {
				return -b
			}
			return b
		}
	case compute.OpTypeSign:
		return func(b uint64) uint64 {
			if !unsigned && read(b) < 0 {
				return m
			}
			return truth(b != 0)
		}
	}
	return nil
}

func intBinary(op compute.OpType) func(x, y int64) int64 {
	switch op {
	case compute.OpTypeAdd:
		return func(x, y int64) int64 { return x + y }
	case compute.OpTypeSub:
		return func(x, y int64) int64 { return x - y }
	case compute.OpTypeMul:
		return func(x, y int64) int64 { return x * y }
	case compute.OpTypeDiv:
		return func(x, y int64) int64 {
			if y == 0 {
				return x
			}
			return x / y
		}
	case compute.OpTypeRem:
		return func(x, y int64) int64 {
			if y == 0 {
				return 0
			}
			return x % y
		}
	case compute.OpTypePow:
		return func(x, y int64) int64 {
			power := int64(1)
			for ; y > 0; y >>= 1 {
				if y&1 == 1 {
					power *= x
				}
				x *= x
			}
			return power
		}
	case compute.OpTypeMax:
		return func(x, y int64) int64 { return max(x, y) }
	case compute.OpTypeMin:
		return func(x, y int64) int64 { return min(x, y) }
	case compute.OpTypeBitwiseAnd:
		return func(x, y int64) int64 { return x & y }
	case compute.OpTypeBitwiseOr:
		return func(x, y int64) int64 { return x | y }
	case compute.OpTypeBitwiseXor:
		return func(x, y int64) int64 { return x ^ y }
	}
	return nil
}

func unsignedBinary(op compute.OpType) func(x, y int64) int64 {
	switch op {
	case compute.OpTypeDiv:
		return func(x, y int64) int64 {
			if y == 0 {
				return x
			}
			return int64(uint64(x) / uint64(y))
		}
	case compute.OpTypeRem:
		return func(x, y int64) int64 {
			if y == 0 {
				return 0
			}
			return int64(uint64(x) % uint64(y))
		}
	case compute.OpTypeMax:
		return func(x, y int64) int64 { return int64(max(uint64(x), uint64(y))) }
	}
	return func(x, y int64) int64 { return int64(min(uint64(x), uint64(y))) }
}
