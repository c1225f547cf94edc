//go:build js && wasm

package webgpu

import (
	"syscall/js"

	"github.com/dongyur/dongyur/wasm/ir"
)

// buffer is memory of a device: an ir.Memory. It is a buffer of the shim's, or a part
// of one that several share; a program may move it.
type buffer struct {
	target *Target
	id     int
	offset int64
	size   int64
	shared *sharing // nil: the shim's buffer is this one's own
	freed  bool
	copies []*packedCopy // that were made from it
}

// sharing is a buffer of the shim's that several share.
type sharing struct {
	size int64
	live int // how many there are that are not freed
}

// Size implements ir.Memory.
func (b *buffer) Size() int64 { return b.size }

// Free implements ir.Memory. What is queued before still sees the bytes: whoever
// gets the buffer next writes to it later in the same queue.
func (b *buffer) Free() {
	if b.freed || b.target.closed {
		return
	}
	b.freed = true
	for len(b.copies) > 0 {
		b.target.copies.drop(b.copies[0])
	}
	b.leave()
}

// leave gives back the place that the bytes have.
func (b *buffer) leave() {
	if b.shared == nil {
		b.target.pool.put(b.id, paddedBytes(b.size))
		return
	}
	if b.shared.live--; b.shared.live == 0 {
		b.target.pool.put(b.id, b.shared.size)
	}
}

// pool keeps freed buffers by their size, so that a training step makes none.
type pool struct {
	device     js.Value
	free       map[int64][]int
	order      []freed // oldest first
	held, idle int64   // bytes in use, bytes in free
}

type freed struct {
	id   int
	size int64
}

// leastIdle is how many bytes may lie unused whatever is in use.
const leastIdle = 64 << 20

func (p *pool) put(id int, size int64) {
	p.held -= size
	p.idle += size
	p.free[size] = append(p.free[size], id)
	p.order = append(p.order, freed{id, size})
	for p.idle > max(p.held, leastIdle) {
		p.discard()
	}
}

// take gives a freed buffer of just this size.
func (p *pool) take(size int64) (id int, ok bool) {
	ids := p.free[size]
	if len(ids) == 0 {
		return 0, false
	}
	id = ids[len(ids)-1]
	p.free[size] = ids[:len(ids)-1]
	p.idle -= size
	for i, f := range p.order {
		if f.id == id {
			p.order = append(p.order[:i], p.order[i+1:]...)
			break
		}
	}
	return id, true
}

// discard destroys the buffer that has been unused for longest.
func (p *pool) discard() {
	oldest := p.order[0]
	p.order = p.order[1:]
	p.idle -= oldest.size
	for i, id := range p.free[oldest.size] {
		if id == oldest.id {
			p.free[oldest.size] = append(p.free[oldest.size][:i], p.free[oldest.size][i+1:]...)
			break
		}
	}
	p.device.Call("free", oldest.id)
}

// awaitedBytes is from which size on a new buffer is waited for, to tell whether
// there was memory for it; smaller ones report with what is done next.
const awaitedBytes = 1 << 20

// Allocate implements ir.Target.
func (t *Target) Allocate(size int64) (memory ir.Memory, err error) {
	defer catch(&err)
	if err := t.fault(); err != nil {
		return nil, err
	}
	id, err := t.obtain(paddedBytes(size))
	if err != nil {
		return nil, err
	}
	return &buffer{target: t, id: id, size: size}, nil
}

// obtain gives a buffer of the shim's.
func (t *Target) obtain(size int64) (id int, err error) {
	if size > t.adapter.BufferBytes {
		return 0, &LimitError{What: "bytes of a buffer", Size: size, Limit: t.adapter.BufferBytes}
	}
	id, ok := t.pool.take(size)
	if !ok {
		if id, err = t.create(size); err != nil {
			return 0, err
		}
	}
	t.pool.held += size
	if t.poison {
		t.upload(id, 0, poisoned(size))
	}
	return id, nil
}

// create makes a buffer, twice if need be: the second time all that is unused is
// given back first.
func (t *Target) create(size int64) (int, error) {
	for {
		id := t.device.Call("allocate", size).Int()
		if size < awaitedBytes {
			return id, nil
		}
		wrong, err := await(t.device.Get("allocated"))
		if err != nil {
			return 0, &DeviceError{err.Error()}
		}
		if wrong.String() == "" {
			return id, nil
		}
		t.device.Call("free", id)
		if err := t.fault(); err != nil {
			return 0, err
		}
		if len(t.pool.order) == 0 && !t.copies.dropOldest() {
			return 0, &MemoryError{Size: size, Held: t.pool.held, Reason: wrong.String()}
		}
		for len(t.pool.order) > 0 {
			t.pool.discard()
		}
	}
}

// poisoned is what no result may be made of: NaN as float32, and no number that a
// test expects.
func poisoned(size int64) []byte {
	data := make([]byte, size)
	for i := range data {
		data[i] = 0xff
	}
	return data
}

func (t *Target) upload(id int, offset int64, data []byte) {
	whole := int(roundUp(int64(len(data)), 4))
	bytes := js.Global().Get("Uint8Array").New(whole)
	js.CopyBytesToJS(bytes, data)
	t.device.Call("upload", id, offset, bytes)
}

// Upload implements ir.Target.
func (t *Target) Upload(m ir.Memory, data []byte) (err error) {
	defer catch(&err)
	if err := t.fault(); err != nil {
		return err
	}
	if len(data) > 0 {
		b := m.(*buffer)
		b.written()
		t.upload(b.id, b.offset, data)
	}
	return nil
}

// Download implements ir.Target.
func (t *Target) Download(m ir.Memory, data []byte) error {
	if err := t.fault(); err != nil {
		return err
	}
	if len(data) == 0 {
		return nil
	}
	b := m.(*buffer)
	return t.read(b.id, b.offset, data)
}

// read copies bytes from a buffer, after all that is queued.
func (t *Target) read(id int, offset int64, data []byte) (err error) {
	defer catch(&err)
	view, err := await(t.device.Call("download", id, offset, roundUp(int64(len(data)), 4)))
	if err != nil {
		if fault := t.fault(); fault != nil {
			return fault
		}
		return &DeviceError{"read back: " + err.Error()}
	}
	js.CopyBytesToGo(data, view.Get("bytes"))
	t.device.Call("release", view)
	return t.fault()
}
