package simd

import (
	"fmt"
	"sync"
)

// allocator hands out pieces of a memory of the engine's own. A piece that comes
// back is given to the next that asks for its size, as the tensors of a training
// step do each time.
//
// Memory comes back from any goroutine: the garbage collector's gives back what was
// forgotten.
type allocator struct {
	mu   sync.Mutex
	end  uint32              // of what was ever given out
	size uint64              // bytes that the memory has
	free map[uint32][]uint32 // by size: addresses that came back
	grow func(pages uint32) error
}

const pageBytes = 1 << 16

func newAllocator(size uint64, grow func(pages uint32) error) *allocator {
	return &allocator{end: 1024, size: size, free: map[uint32][]uint32{}, grow: grow} // 0 is nobody's, and the barrier is below
}

func (a *allocator) allocate(size int64) (*memory, error) {
	if err := checkSize(size); err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	rounded := uint32(max(roundedSize(size), 16))
	m := &memory{size: size}
	m.release = func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.free[rounded] = append(a.free[rounded], m.address)
	}
	if back := a.free[rounded]; len(back) > 0 {
		m.address = back[len(back)-1]
		a.free[rounded] = back[:len(back)-1]
		return m, nil
	}
	need := uint64(a.end) + uint64(rounded)
	if need > a.size {
		missing := need - a.size
		if err := a.grow(uint32((missing + pageBytes - 1) / pageBytes)); err != nil {
			return nil, fmt.Errorf("out of memory: %d bytes were asked for and %d are in use: %w", size, a.end, err)
		}
		a.size += (missing + pageBytes - 1) / pageBytes * pageBytes
	}
	m.address = a.end
	a.end += rounded
	return m, nil
}

// checkSize refuses what no address of 32 bits reaches.
func checkSize(size int64) error {
	if size > 1<<31 {
		return fmt.Errorf("a tensor of %d bytes: this engine's tensors have at most %d", size, int64(1)<<31)
	}
	return nil
}
