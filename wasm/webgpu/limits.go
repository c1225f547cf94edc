package webgpu

import (
	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute/dtypes"
)

// limits is what lowering must know of an adapter.
func (a *Adapter) limits() ir.Limits {
	return ir.Limits{
		Bindings:     a.StorageBuffers,
		BindingBytes: a.BindingBytes / ir.Alignment * ir.Alignment,
		ValueBytes:   a.BufferBytes,
		DTypes: []dtypes.DType{
			dtypes.Bool, dtypes.Int8, dtypes.Int16, dtypes.Int32, dtypes.Int64,
			dtypes.Uint8, dtypes.Uint16, dtypes.Uint32, dtypes.Uint64,
			dtypes.Float16, dtypes.BFloat16, dtypes.Float32,
		},
		// Adapters in software multiply in tiles twice as fast as the kernels of attention
		// go, whose code also takes their compilers three times as long.
		Attention: !a.Software,
	}
}
