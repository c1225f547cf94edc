package ir

import (
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// comparison is a test of one or two numbers of dtype, or nil.
func comparison(op compute.OpType, dtype dtypes.DType) func([]uint64) uint64 {
	switch op {
	case compute.OpTypeIsFinite, compute.OpTypeIsNaN:
		if !dtype.IsFloat() {
			return nil
		}
		read, nan := float(dtype), op == compute.OpTypeIsNaN
		return func(a []uint64) uint64 {
			x := read(a[0])
			return truth(nan && x != x || !nan && !math.IsInf(x, 0) && x == x)
		}
	}
	plain, total := untotal(op)
	if dtype.IsFloat() && !total {
		read := float(dtype)
		return func(a []uint64) uint64 { return truth(holds(plain, read(a[0]), read(a[1]))) }
	}
	if dtype == dtypes.Uint64 {
		return func(a []uint64) uint64 { return truth(holds(plain, a[0], a[1])) }
	}
	read := signed(dtype)
	if dtype.IsFloat() {
		read = totalOrder(dtype)
	}
	return func(a []uint64) uint64 { return truth(holds(plain, read(a[0]), read(a[1]))) }
}

// totalOrder gives integers in the order -NaN < -Inf < … < -0 < +0 < … < Inf < NaN.
func totalOrder(dtype dtypes.DType) func(uint64) int64 {
	shift := 64 - dtype.Bits()
	return func(b uint64) int64 {
		x := int64(b << shift)
		return x ^ int64(uint64(x>>63)>>1)
	}
}

// untotal gives the plain comparison for one in the total order of floats.
func untotal(op compute.OpType) (plain compute.OpType, total bool) {
	switch op {
	case compute.OpTypeEqualTotalOrder:
		return compute.OpTypeEqual, true
	case compute.OpTypeNotEqualTotalOrder:
		return compute.OpTypeNotEqual, true
	case compute.OpTypeLessThanTotalOrder:
		return compute.OpTypeLessThan, true
	case compute.OpTypeLessOrEqualTotalOrder:
		return compute.OpTypeLessOrEqual, true
	case compute.OpTypeGreaterThanTotalOrder:
		return compute.OpTypeGreaterThan, true
	case compute.OpTypeGreaterOrEqualTotalOrder:
		return compute.OpTypeGreaterOrEqual, true
	}
	return op, false
}

func holds[T int64 | uint64 | float64](op compute.OpType, x, y T) bool {
	switch op {
	case compute.OpTypeEqual:
		return x == y
	case compute.OpTypeNotEqual:
		return x != y
	case compute.OpTypeLessThan:
		return x < y
	case compute.OpTypeLessOrEqual:
		return x <= y
	case compute.OpTypeGreaterThan:
		return x > y
	}
	return x >= y
}
