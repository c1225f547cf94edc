package model

import (
	"encoding/binary"
	"math"

	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/dtypes/float16"
)

// Elements of a safetensors file, little endian, to float32 and back.

// decodeElements reads len(values) elements of kind F64, F32, F16 or BF16 from raw; the
// first are rounded to nearest, as torch does.
func decodeElements(values []float32, raw []byte, kind string) {
	switch kind {
	case "F64":
		for i := range values {
			values[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(raw[8*i:])))
		}
	case "F32":
		for i := range values {
			values[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		}
	case "F16":
		for i := range values {
			values[i] = float16.FromBits(binary.LittleEndian.Uint16(raw[2*i:])).Float32()
		}
	case "BF16":
		for i := range values {
			values[i] = bfloat16.FromBits(binary.LittleEndian.Uint16(raw[2*i:])).Float32()
		}
	}
}

// encodeElements writes values into raw, rounded to nearest, ties to even. It
// returns the index of the first finite value that the kind cannot hold, or -1.
func encodeElements(raw []byte, values []float32, kind string) int {
	switch kind {
	case "F32":
		for i, x := range values {
			binary.LittleEndian.PutUint32(raw[4*i:], math.Float32bits(x))
		}
	case "F16":
		for i, x := range values {
			half := halfBits(x)
			if half&0x7fff == 0x7c00 && !math.IsInf(float64(x), 0) {
				return i
			}
			binary.LittleEndian.PutUint16(raw[2*i:], half)
		}
	case "BF16":
		for i, x := range values {
			bits := brainBits(x)
			if bits&0x7fff == 0x7f80 && !math.IsInf(float64(x), 0) {
				return i
			}
			binary.LittleEndian.PutUint16(raw[2*i:], bits)
		}
	}
	return -1
}

// brainBits rounds to bfloat16. It keeps a NaN one whose bits lie in the lower half.
func brainBits(x float32) uint16 {
	if x != x {
		return 0x7fc0
	}
	return bfloat16.FromFloat32(x).Bits()
}

// halfBits rounds to IEEE 754 binary16, subnormals too (GoMLX's own conversion
// makes those 0).
func halfBits(x float32) uint16 {
	bits := math.Float32bits(x)
	sign := uint16(bits>>16) & 0x8000
	exponent, fraction := int(bits>>23&0xff)-127, bits&0x7fffff
	switch {
	case exponent == 128 && fraction != 0:
		return sign | 0x7e00 // NaN
	case exponent > 15:
		return sign | 0x7c00 // too great, or infinite
	case exponent >= -14:
		// A carry out of the fraction rightly adds 1 to the exponent.
		return sign + uint16(exponent+15)<<10 + roundShift(fraction, 13)
	case exponent >= -25:
		return sign | roundShift(fraction|0x800000, uint(-exponent-1))
	}
	return sign
}

// roundShift is value/2^shift, rounded to nearest, ties to even.
func roundShift(value uint32, shift uint) uint16 {
	half := uint32(1) << (shift - 1)
	quotient, rest := value>>shift, value&(2*half-1)
	if rest > half || rest == half && quotient&1 == 1 {
		quotient++
	}
	return uint16(quotient)
}
