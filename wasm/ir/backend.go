package ir

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// ErrFinalized is wrapped by what is refused because the backend was finalized.
var ErrFinalized = errors.New("the backend is finalized")

// Backend is a Target as a compute.Backend, with one device.
type Backend struct {
	target    Target
	limits    Limits
	plans     plans
	finalized atomic.Bool
}

// NewBackend makes a target into a backend of its name.
func NewBackend(target Target) compute.Backend {
	return &Backend{target: target, limits: target.Limits()}
}

// Target is the machine that it runs on.
func (b *Backend) Target() Target { return b.target }

// Name implements compute.Backend.
func (b *Backend) Name() string { return b.target.Name() }

// String implements compute.Backend.
func (b *Backend) String() string { return b.Name() }

// Description implements compute.Backend.
func (b *Backend) Description() string { return b.target.Description() }

// NumDevices implements compute.Backend: it is always one.
func (b *Backend) NumDevices() int { return 1 }

// DeviceDescription implements compute.Backend.
func (b *Backend) DeviceDescription(compute.DeviceNum) string { return b.target.Description() }

// Builder implements compute.Backend.
func (b *Backend) Builder(name string) compute.Builder { return newBuilder(b, name) }

// Finalize implements compute.Backend.
func (b *Backend) Finalize() {
	if !b.finalized.Swap(true) {
		b.target.Close()
	}
}

// IsFinalized implements compute.Backend.
func (b *Backend) IsFinalized() bool { return b.finalized.Load() }

// Capabilities implements compute.Backend. Its types are those of the target's
// limits, and the packed ones that can be unpacked into them.
func (b *Backend) Capabilities() compute.Capabilities {
	c := compute.Capabilities{
		Functions:  true,
		Operations: map[compute.OpType]bool{},
		DTypes:     map[dtypes.DType]bool{},
	}
	for op := compute.OpTypeInvalid + 1; op < compute.OpTypeLast; op++ {
		if !slices.Contains(refused, op) {
			c.Operations[op] = true
		}
	}
	for _, dtype := range b.limits.DTypes {
		c.DTypes[dtype] = true
	}
	for dtype := range packedBits {
		c.DTypes[dtype] = b.computes(dtypes.Int8) && b.computes(dtypes.Uint8)
	}
	return c
}

// refused are the operations that return compute.ErrNotImplemented.
var refused = []compute.OpType{
	compute.OpTypeBatchNormForInference, compute.OpTypeBatchNormForTraining, compute.OpTypeBatchNormGradient,
	compute.OpTypeConvGeneral, compute.OpTypeFFT,
	compute.OpTypeComplex, compute.OpTypeConj, compute.OpTypeImag, compute.OpTypeReal,
	compute.OpTypeDynamicDimensionSize, compute.OpTypeDynamicShape, compute.OpTypeDynamicReshape,
	compute.OpTypeAllReduce, compute.OpTypeCollectiveBroadcast, compute.OpTypeAllGather,
	// Names without a method on compute.Function.
	compute.OpTypeDot, compute.OpTypeSelectAndScatterSum, compute.OpTypeBlockForDotGeneral,
}

// computes says whether the target has the type.
func (b *Backend) computes(dtype dtypes.DType) bool { return slices.Contains(b.limits.DTypes, dtype) }

// checkShape says what is wrong with a shape that is to be a value on this backend.
func (b *Backend) checkShape(shape shapes.Shape) error {
	if shape.IsDynamic() {
		return fmt.Errorf("%s has axes of unknown size, which backend %q does not take: fix them: %w",
			shape, b.Name(), compute.ErrNotImplemented)
	}
	dtype := shape.DType
	if _, packed := packedBits[dtype]; packed || b.computes(dtype) {
		return nil
	}
	advice := "use another type"
	switch dtype {
	case dtypes.Float64:
		advice = "use float32"
	case dtypes.Complex64, dtypes.Complex128:
		advice = "use its two parts"
	}
	return fmt.Errorf("backend %q does not compute with %s: %s: %w", b.Name(), dtype, advice, compute.ErrNotImplemented)
}

// checkDevice refuses all devices but the one there is.
func (b *Backend) checkDevice(device compute.DeviceNum) error {
	if b.IsFinalized() {
		return fmt.Errorf("%q: %w", b.Name(), ErrFinalized)
	}
	if device != 0 {
		return fmt.Errorf("backend %q has device 0 only, not %d", b.Name(), device)
	}
	return nil
}
