package interp

import (
	"encoding/binary"

	"github.com/gomlx/compute/dtypes"

	"github.com/dongyur/dongyur/wasm/ir"
)

// bytes is a piece of memory. writer says for each byte which value wrote it, -1:
// none.
type bytes struct {
	data   []byte
	writer []int32
}

// slot is a value in memory.
type slot struct {
	bytes
	owner int32 // the value whose bytes these are, itself if it is no alias
	size  int   // of an element
	count int
	dtype dtypes.DType
}

// machine is one run of a plan.
type machine struct {
	plan   *ir.Plan
	values []slot
}

func newMachine(plan *ir.Plan, inputs, outputs []ir.Memory) *machine {
	m := &machine{plan: plan, values: make([]slot, len(plan.Values))}
	arena := bytes{make([]byte, plan.Arena), make([]int32, plan.Arena)}
	poison(arena.data)
	clear(-1, arena.writer)

	whole := map[*memory]bytes{}
	for i, v := range plan.Inputs {
		in := inputs[i].(*memory)
		b := bytes{in.data, make([]int32, len(in.data))}
		clear(int32(v), b.writer)
		m.place(v, b)
		whole[in] = b
	}
	for i, v := range plan.Outputs {
		out := outputs[i].(*memory)
		if b, donated := whole[out]; donated { // what is in it is wanted by the step that updates it
			m.place(v, b)
			continue
		}
		poison(out.data)
		b := bytes{out.data, make([]int32, len(out.data))}
		clear(-1, b.writer)
		m.place(v, b)
	}
	for v, value := range plan.Values {
		switch {
		case value.Alias >= 0:
			continue
		case value.Place == ir.Temporary:
			size := value.Shape.ByteSize()
			m.place(v, bytes{arena.data[value.Offset : value.Offset+size], arena.writer[value.Offset : value.Offset+size]})
		case value.Place == ir.Constant:
			b := bytes{value.Data, make([]int32, len(value.Data))}
			clear(int32(v), b.writer)
			m.place(v, b)
		}
	}
	for v, value := range plan.Values {
		if value.Alias >= 0 {
			of := v
			for plan.Values[of].Alias >= 0 {
				of = plan.Values[of].Alias
			}
			m.place(v, m.values[of].bytes)
			m.values[v].owner = int32(of)
		}
	}
	return m
}

func clear(to int32, writer []int32) {
	for i := range writer {
		writer[i] = to
	}
}

func (m *machine) place(v int, b bytes) {
	shape := m.plan.Values[v].Shape
	size := int(shape.ByteSize()) // buffers may be longer
	b = bytes{b.data[:size], b.writer[:size]}
	m.values[v] = slot{bytes: b, owner: int32(v), size: shape.DType.Size(), count: shape.Size(), dtype: shape.DType}
}

// load reads an element.
func (m *machine) load(v int, at uint64) uint64 {
	s := &m.values[v]
	i := int(int32(at))
	if i < 0 || i >= s.count {
		fail("value %d %s is read at %d", v, m.plan.Values[v].Shape, i)
	}
	if w := s.writer[i*s.size]; w != s.owner {
		fail("value %d %s is read at %d, which value %d wrote last (-1: none)", v, m.plan.Values[v].Shape, i, w)
	}
	switch b := s.data[i*s.size:]; s.size {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(binary.LittleEndian.Uint16(b))
	case 4:
		return uint64(binary.LittleEndian.Uint32(b))
	default:
		return binary.LittleEndian.Uint64(b)
	}
}

// store writes an element.
func (m *machine) store(v int, at, bits uint64) {
	s := &m.values[v]
	i := int(int32(at))
	if i < 0 || i >= s.count {
		fail("value %d %s is written at %d", v, m.plan.Values[v].Shape, i)
	}
	for k := range s.size {
		s.data[i*s.size+k] = byte(bits >> (8 * k))
		s.writer[i*s.size+k] = s.owner
	}
}

// run does one step after another.
func (m *machine) run(steps []runner) {
	for i, step := range steps {
		func() {
			defer func() {
				if r := recover(); r != nil {
					if f, ok := r.(fault); ok {
						fail("step %d (%s): %s", i, step.name(), string(f))
					}
					panic(r)
				}
			}()
			step.run(m)
		}()
	}
}
