//go:build js && wasm

package webgpu

import (
	"slices"
	"syscall/js"

	"github.com/dongyur/dongyur/wasm/ir"
)

// placement is where the inputs and outputs of one run lie, as the shim is told: a
// buffer's number for each input, output, slab and packed copy, then where in it each
// begins.
type placement struct {
	ids, offsets []int32
}

func (p *placement) words() []int32 { return slices.Concat(p.ids, p.offsets) }

// place brings the inputs of v's slabs together, where they do not lie so already, and
// says where everything is.
func (p *program) place(v *variant, inputs, outputs []ir.Memory, held []*packedCopy) (*placement, error) {
	at := &placement{}
	var slabs []int32 // and the packed copies behind them
	members := map[*buffer]bool{}
	for i := range v.slabs {
		s := &v.slabs[i]
		var buffers []*buffer
		for _, input := range s.inputs {
			b := inputs[slices.Index(p.plan.Inputs, input)].(*buffer)
			buffers, members[b] = append(buffers, b), true
		}
		if err := p.target.gather(s, buffers); err != nil {
			return nil, err
		}
		slabs = append(slabs, int32(buffers[0].id))
	}
	for _, c := range held {
		slabs = append(slabs, int32(c.id))
	}
	all := slices.Concat(inputs, outputs)
	if err := p.separate(v, all, slabs, members); err != nil {
		return nil, err
	}
	for _, m := range all {
		b := m.(*buffer)
		at.ids, at.offsets = append(at.ids, int32(b.id)), append(at.offsets, int32(b.offset))
	}
	at.ids = append(at.ids, slabs...)
	at.offsets = append(at.offsets, make([]int32, len(slabs))...)
	return at, nil
}

// gather moves buffers to their places in one slab.
func (t *Target) gather(s *slab, buffers []*buffer) error {
	there := buffers[0].shared != nil
	for i, b := range buffers {
		there = there && b.shared == buffers[0].shared && b.offset == s.starts[i]
	}
	if there {
		return nil
	}
	id, err := t.obtain(s.size)
	if err != nil {
		return err
	}
	t.move(buffers, id, s.starts, &sharing{size: s.size, live: len(buffers)})
	return nil
}

// move copies what buffers hold to places in buffer id, where they are from then on.
func (t *Target) move(buffers []*buffer, id int, starts []int64, shared *sharing) {
	var words []int32
	for i, b := range buffers {
		words = append(words, int32(b.id), int32(b.offset), int32(id), int32(starts[i]), int32(paddedBytes(b.size)))
	}
	list := js.Global().Get("Int32Array").New(len(words))
	js.CopyBytesToJS(js.Global().Get("Uint8Array").New(list.Get("buffer")), littleEndian(words))
	t.device.Call("copy", list)
	for i, b := range buffers {
		b.leave()
		b.id, b.offset, b.shared = id, starts[i], shared
	}
}

// separate gives buffers their own place that lie in one with others, by another
// program's doing, where one kernel of v would bind it for reading and for writing.
func (p *program) separate(v *variant, all []ir.Memory, slabs []int32, members map[*buffer]bool) error {
	if !slices.ContainsFunc(all, func(m ir.Memory) bool { b := m.(*buffer); return b.shared != nil && !members[b] }) {
		return nil
	}
	for _, slots := range v.slots {
		read, written := map[int]bool{}, map[int]bool{}
		each := func(do func(id int, write bool, b *buffer)) {
			for _, s := range slots {
				if s.number < len(all) {
					b := all[s.number].(*buffer)
					do(b.id, s.write, b)
				} else {
					do(int(slabs[s.number-len(all)]), s.write, nil)
				}
			}
		}
		each(func(id int, write bool, _ *buffer) {
			read[id], written[id] = read[id] || !write, written[id] || write
		})
		var apart []*buffer
		each(func(id int, _ bool, b *buffer) {
			if b != nil && b.shared != nil && !members[b] && read[id] && written[id] && !slices.Contains(apart, b) {
				apart = append(apart, b)
			}
		})
		for _, b := range apart {
			id, err := p.target.obtain(paddedBytes(b.size))
			if err != nil {
				return err
			}
			p.target.move([]*buffer{b}, id, []int64{0}, nil)
		}
	}
	return nil
}
