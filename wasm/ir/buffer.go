package ir

import (
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"sync"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

var (
	// ErrFreed is wrapped by errors about a buffer that was finalized or donated.
	ErrFreed = errors.New("the buffer was finalized or donated: keep one that is still needed")
	// ErrMismatch is wrapped by errors about data whose type or size is not its
	// shape's.
	ErrMismatch = errors.New("data and shape do not match")
)

// Buffer is a tensor in a target's memory.
type Buffer struct {
	backend *Backend
	shape   shapes.Shape
	held    *held
}

// held is a buffer's memory, apart from the buffer so that it can be freed when the
// collector finds the buffer gone. It is freed once nobody uses it any more.
type held struct {
	mu     sync.Mutex
	memory Memory
	uses   int
	freed  bool
}

// use gives the memory, which stays until done is called.
func (b *Buffer) use() (Memory, error) {
	h := b.held
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case b.backend.IsFinalized():
		return nil, fmt.Errorf("%s: %w", b.shape, ErrFinalized)
	case h.freed:
		return nil, fmt.Errorf("%s: %w", b.shape, ErrFreed)
	}
	h.uses++
	return h.memory, nil
}

// done ends a use.
func (h *held) done() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.uses--
	h.settle()
}

// free ends the buffer's life.
func (h *held) free() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.freed = true
	h.settle()
}

// give ends the buffer's life and leaves its memory to somebody else.
func (h *held) give() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.freed, h.memory = true, nil
}

// settle frees the memory of a freed buffer after its last use.
func (h *held) settle() {
	if h.freed && h.uses == 0 && h.memory != nil {
		h.memory.Free()
		h.memory = nil
	}
}

// newBuffer wraps memory, which it then owns.
func newBuffer(backend *Backend, shape shapes.Shape, memory Memory) *Buffer {
	b := &Buffer{backend: backend, shape: shape, held: &held{memory: memory}}
	runtime.AddCleanup(b, func(h *held) {
		if !backend.IsFinalized() {
			h.free()
		}
	}, b.held)
	return b
}

// bytes is the size of a shape's data.
func bytes(shape shapes.Shape) int64 {
	return int64(shape.DType.SizeForDimensions(shape.Dimensions...))
}

// allocate gives memory for a tensor.
func (b *Backend) allocate(shape shapes.Shape) (Memory, error) {
	memory, err := b.target.Allocate(bytes(shape))
	if err != nil {
		return nil, fmt.Errorf("allocate %s (%d bytes): %w", shape, bytes(shape), err)
	}
	return memory, nil
}

// BufferFromFlatData implements compute.DataInterface.
func (b *Backend) BufferFromFlatData(device compute.DeviceNum, flat any, shape shapes.Shape) (compute.Buffer, error) {
	if err := b.checkDevice(device); err != nil {
		return nil, err
	}
	if err := b.checkShape(shape); err != nil {
		return nil, err
	}
	data, err := flatBytes(flat, shape)
	if err != nil {
		return nil, err
	}
	memory, err := b.allocate(shape)
	if err != nil {
		return nil, err
	}
	if len(data) > 0 {
		if err := b.target.Upload(memory, data); err != nil {
			memory.Free()
			return nil, fmt.Errorf("upload %s: %w", shape, err)
		}
	}
	return newBuffer(b, shape.Clone(), memory), nil
}

// flatBytes gives the bytes of a flat slice that holds a tensor of the shape.
func flatBytes(flat any, shape shapes.Shape) ([]byte, error) {
	value := reflect.ValueOf(flat)
	if flat == nil || value.Kind() != reflect.Slice {
		return nil, fmt.Errorf("%T for %s: give a slice of %s: %w", flat, shape, shape.DType.GoType(), ErrMismatch)
	}
	if value.Type().Elem() != shape.DType.GoType() {
		return nil, fmt.Errorf("%T for %s: give a slice of %s: %w", flat, shape, shape.DType.GoType(), ErrMismatch)
	}
	want := bytes(shape)
	if have := int64(value.Len()) * int64(value.Type().Elem().Size()); have != want {
		return nil, fmt.Errorf("%d elements of %T (%d bytes) for %s (%d bytes): %w",
			value.Len(), flat, have, shape, want, ErrMismatch)
	}
	if want == 0 {
		return nil, nil
	}
	return dtypes.UnsafeByteSliceFromAny(flat), nil
}

// HasSharedBuffers implements compute.DataInterface: Go sees no target's memory.
func (b *Backend) HasSharedBuffers() bool { return false }

// NewSharedBuffer implements compute.DataInterface; there are none.
func (b *Backend) NewSharedBuffer(compute.DeviceNum, shapes.Shape) (compute.Buffer, any, error) {
	return nil, nil, fmt.Errorf("backend %q has no shared buffers: use BufferFromFlatData: %w",
		b.Name(), compute.ErrNotImplemented)
}

// Backend implements compute.Buffer.
func (b *Buffer) Backend() compute.Backend { return b.backend }

// Finalize implements compute.Buffer. Doing it twice, or to a donated buffer, is
// harmless.
func (b *Buffer) Finalize() error {
	b.held.free()
	return nil
}

// Shape implements compute.Buffer.
func (b *Buffer) Shape() (shapes.Shape, error) {
	if _, err := b.use(); err != nil {
		return shapes.Invalid(), err
	}
	b.held.done()
	return b.shape, nil
}

// DeviceNum implements compute.Buffer.
func (b *Buffer) DeviceNum() (compute.DeviceNum, error) { return 0, nil }

// ToFlatData implements compute.Buffer. It waits for all work on the buffer.
func (b *Buffer) ToFlatData(flat any) error {
	data, err := flatBytes(flat, b.shape)
	if err != nil {
		return err
	}
	memory, err := b.use()
	if err != nil {
		return err
	}
	defer b.held.done()
	if len(data) == 0 {
		return nil
	}
	if err := b.backend.target.Download(memory, data); err != nil {
		return fmt.Errorf("download %s: %w", b.shape, err)
	}
	return nil
}

// Data implements compute.Buffer; there are no shared buffers.
func (b *Buffer) Data() (any, error) {
	return nil, fmt.Errorf("backend %q has no shared buffers: use ToFlatData: %w",
		b.backend.Name(), compute.ErrNotImplemented)
}

// CopyToDevice implements compute.Buffer. The one device is where the buffer is.
func (b *Buffer) CopyToDevice(device compute.DeviceNum) (compute.Buffer, error) {
	return nil, fmt.Errorf("copy %s to device %d: backend %q has one device: %w",
		b.shape, device, b.backend.Name(), compute.ErrNotImplemented)
}
