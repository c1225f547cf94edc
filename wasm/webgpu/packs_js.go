//go:build js && wasm

package webgpu

import (
	"errors"
	"slices"

	"github.com/dongyur/dongyur/wasm/ir"
)

// keptBytes is what the packed copies of a device may take at first, and those of one
// program: Adapter.KeptBytes.
const keptBytes = 512 << 20

// packedCopy is a packed copy of buffers, in a buffer of the shim's. It lives as long as all
// of them do, unless others need its place.
type packedCopy struct {
	id      int
	size    int64
	layout  packedLayout
	sources []*buffer
	made    bool // and no source has been written since
	runs    int  // that are using it
	used    int  // by which run it was last
}

// copies are all packed copies of a device.
type copies struct {
	target *Target
	all    []*packedCopy
	bytes  int64
	runs   int
}

// written says that a buffer gets other bytes: its packed copies are to be made again,
// in the places that they have.
func (b *buffer) written() {
	for _, c := range b.copies {
		c.made = false
	}
}

// drop ends a copy's life.
func (p *copies) drop(c *packedCopy) {
	is := func(other *packedCopy) bool { return other == c }
	p.all = slices.DeleteFunc(p.all, is)
	for _, b := range c.sources {
		b.copies = slices.DeleteFunc(b.copies, is)
	}
	p.bytes -= c.size
	p.target.pool.put(c.id, c.size)
}

// dropOldest ends the life of the copy that has been unused for longest; false where
// all are in use.
func (p *copies) dropOldest() bool {
	var oldest *packedCopy
	for _, c := range p.all {
		if c.runs == 0 && (oldest == nil || c.used < oldest.used) {
			oldest = c
		}
	}
	if oldest != nil {
		p.drop(oldest)
	}
	return oldest != nil
}

// find gives the copy of a packing of these inputs, a new one where there is none.
func (p *copies) find(want *packing, inputs []ir.Memory) (*packedCopy, error) {
	sources := make([]*buffer, len(want.inputs))
	for i, n := range want.inputs {
		sources[i] = inputs[n].(*buffer)
	}
	for _, c := range sources[0].copies {
		if c.layout == want.layout && slices.Equal(c.sources, sources) {
			return c, nil
		}
	}
	for p.bytes+want.size > p.target.adapter.KeptBytes && p.dropOldest() {
	}
	id, err := p.target.obtain(want.size)
	if err != nil {
		return nil, err
	}
	c := &packedCopy{id: id, size: want.size, layout: want.layout, sources: sources}
	for i, b := range sources {
		if !slices.Contains(sources[:i], b) {
			b.copies = append(b.copies, c)
		}
	}
	p.all, p.bytes = append(p.all, c), p.bytes+c.size
	return c, nil
}

// hold finds a variant's copies for a run, which keeps them until release.
func (p *copies) hold(v *variant, inputs []ir.Memory) (held []*packedCopy, err error) {
	p.runs++
	for i := range v.packings {
		c, err := p.find(&v.packings[i], inputs)
		if err != nil {
			p.release(held)
			return nil, err
		}
		c.runs++
		c.used = p.runs
		held = append(held, c)
	}
	return held, nil
}

func (p *copies) release(held []*packedCopy) {
	for _, c := range held {
		c.runs--
	}
}

// pack makes those copies that are not made, in as few calls as can be.
func (p *program) pack(v *variant, held []*packedCopy) {
	for i := 0; i < len(held); i++ {
		first := i
		for i < len(held) && !held[i].made {
			i++
		}
		if i > first {
			p.target.run.Invoke(v.id, v.ids, v.packings[first].number, v.packings[i-1].number+1)
		}
	}
	for _, c := range held {
		c.made = true
	}
}

// short says that a device has no memory for a program's packed copies: it does
// without from then on.
func (t *Target) short(err error, v *variant) bool {
	var memory *MemoryError
	if len(v.packings) == 0 || !errors.As(err, &memory) {
		return false
	}
	for t.copies.dropOldest() {
	}
	t.adapter.KeptBytes = 0
	return true
}

// opened are the devices that are open.
var opened = map[*Target]bool{}

// DeviceBytes is how many bytes the buffers of all open devices have, in use or kept
// for the next use.
func DeviceBytes() (sum int64) {
	for t := range opened {
		sum += t.pool.held + t.pool.idle
	}
	return sum
}

// Held is how many bytes of the device are in use, and how many of them are packed
// copies, which go where others need the memory.
func (t *Target) Held() (all, packed int64) { return t.pool.held, t.copies.bytes }
