package ir

import "github.com/gomlx/compute/dtypes"

// Target is a machine that runs plans. A backend is a Target wrapped by
// NewBackend. Its methods may be called from several goroutines; a target puts
// them in order.
type Target interface {
	// Name is what the backend is registered under; Description says which machine
	// it is, for people.
	Name() string
	Description() string
	Limits() Limits

	// Allocate gives size bytes, their content undefined.
	Allocate(size int64) (Memory, error)
	// Upload copies data to the start of m; Download waits for all work on m and
	// copies its first len(data) bytes.
	Upload(m Memory, data []byte) error
	Download(m Memory, data []byte) error

	// Compile makes a plan ready to run. It may return before the machine has
	// compiled its code; a fault is then reported by the first Run.
	Compile(plan *Plan) (Program, error)
	Close()
}

// Memory is a buffer of the target. A freed one is no longer used once the work
// that was queued before is done.
type Memory interface {
	Size() int64
	Free()
}

// Program is a plan on its target.
type Program interface {
	// Run queues the plan's steps. Inputs and outputs are in the plan's order; an
	// output may be the very memory of the input that it names as its Donor.
	Run(inputs, outputs []Memory) error
	Free()
}

// Limits is what lowering must know of a target.
type Limits struct {
	// Bindings is how many values one step may touch.
	Bindings int
	// BindingBytes is how many bytes of a value one of them is good for: a larger value
	// counts as several. 0: any.
	BindingBytes int64
	// ValueBytes is how large a value can be; larger ones are refused by name. 0: any.
	ValueBytes int64
	// DTypes are those it computes with.
	DTypes []dtypes.DType
	// Attention says that it has the kernels of Attention and AttentionVJP; without
	// them attention is expanded.
	Attention bool
}
