package simd

import "github.com/gomlx/compute/dtypes"

// machineType is the type in which a scalar of dtype is computed.
func machineType(dtype dtypes.DType) valType {
	switch dtype {
	case dtypes.Int64, dtypes.Uint64:
		return i64
	case dtypes.Float32, dtypes.Float16, dtypes.BFloat16:
		return f32
	}
	return i32
}

// wide says that dtype has no vector of four.
func wide(dtype dtypes.DType) bool { return dtype == dtypes.Int64 || dtype == dtypes.Uint64 }

func floating(dtype dtypes.DType) bool { return machineType(dtype) == f32 }

func unsigned(dtype dtypes.DType) bool {
	switch dtype {
	case dtypes.Uint8, dtypes.Uint16, dtypes.Uint32, dtypes.Uint64, dtypes.Bool:
		return true
	}
	return false
}

// size is the bytes of an element in memory.
func size(dtype dtypes.DType) int {
	switch dtype {
	case dtypes.Bool, dtypes.Int8, dtypes.Uint8:
		return 1
	case dtypes.Int16, dtypes.Uint16, dtypes.Float16, dtypes.BFloat16:
		return 2
	case dtypes.Int64, dtypes.Uint64:
		return 8
	}
	return 4
}
