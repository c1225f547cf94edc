package ir

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// packedBits are the types of which several share a byte, the first in its lowest
// bits. No target has them: a value of one is held unpacked, as Int8, and since
// unpacking is an expression of whoever reads it, the bytes in memory stay packed.
var packedBits = map[dtypes.DType]int{dtypes.Int4: 4, dtypes.Uint4: 4, dtypes.Int2: 2, dtypes.Uint2: 2}

// isSigned says whether a packed type's highest bit is a sign.
func isSigned(dtype dtypes.DType) bool { return !dtype.IsUnsigned() }

// unpack gives the numbers in bytes as Int8, with one more axis for those of a byte.
func (f *Function) unpack(packed *Node, bits int, signed bool) *Node {
	count := 8 / bits
	dims := append([]int(nil), packed.Shape.Dimensions...)
	axes := make([]int, len(dims))
	for i := range axes {
		axes[i] = i
	}
	dims = append(dims, count)                                                                  // [..., count]
	number := f.broadcast(packed, dims, axes)                                                   // [..., count]
	place := f.with(compute.OpTypeMul, f.iota(dtypes.Uint8, len(axes), dims...), float64(bits)) // [..., count]
	if signed {
		// Up to the highest bits, then down again with the sign.
		up := f.sub(f.scalar(dtypes.Uint8, float64(8-bits)), place)
		number = f.bitcast(f.binary(compute.OpTypeShiftLeft, number, up), dtypes.Int8)
		return f.with(compute.OpTypeShiftRightArithmetic, number, float64(8-bits))
	}
	number = f.binary(compute.OpTypeShiftRightLogical, number, place)
	return f.bitcast(f.with(compute.OpTypeBitwiseAnd, number, float64(int(1)<<bits-1)), dtypes.Int8)
}

// pack is unpack backwards: the last axis, or all numbers where it has no whole
// bytes, becomes bytes.
func (f *Function) pack(numbers *Node, bits int) *Node {
	count := 8 / bits
	dims := numbers.Shape.Dimensions
	if len(dims) == 0 || dims[len(dims)-1]%count != 0 {
		numbers = f.reshape(numbers, numbers.Shape.Size())
		rest := -numbers.Shape.Size() % count
		if rest != 0 {
			numbers = f.pad(numbers, f.scalar(dtypes.Int8, 0), []compute.PadAxis{{End: rest + count}})
		}
		dims = numbers.Shape.Dimensions
	}
	last := len(dims)
	split := append(append([]int(nil), dims[:last-1]...), dims[last-1]/count, count)
	bytes := f.bitcast(f.reshape(numbers, split...), dtypes.Uint8) // [..., n/count, count]
	bytes = f.with(compute.OpTypeBitwiseAnd, bytes, float64(int(1)<<bits-1))
	place := f.with(compute.OpTypeMul, f.iota(dtypes.Uint8, last, split...), float64(bits))
	return f.reduce(compute.OpTypeReduceBitwiseOr, f.binary(compute.OpTypeShiftLeft, bytes, place), last) // [..., n/count]
}
