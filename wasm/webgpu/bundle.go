package webgpu

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// Maps of the same form, such as AdamW's of every parameter, become one kernel. A
// kernel can bind few buffers, so what the Maps read and write at their own position
// is bound in a few large ones: temporaries lie in the arena as it is, and inputs,
// with the outputs that take their place, are brought into slabs, one for all
// parameters, one for all first moments, and so on. A table says which workgroup works
// on which Map, and where its operands lie.

// member is one Map of a bundle.
type member struct {
	*ir.Map
	form     string
	operands []int // roots that are read and written at the loop's own position
	shared   []int // roots that are read elsewhere, the same in all Maps of the form
	written  []int
}

// slab is a buffer that holds inputs, for a kernel to bind them as one.
type slab struct {
	value  int // of the plan's coder, by which it is bound
	size   int64
	inputs []int   // roots
	starts []int64 // of each, in bytes
}

// bundle gives those steps, from the first on, that one kernel can do, or nil where it
// is not more than one.
func (c *coder) bundle(steps []ir.Step) []*member {
	if c.apart {
		return nil
	}
	var members []*member
	written, touched := map[int]bool{}, map[int]bool{}
	bytes := int64(0)
	for _, s := range steps {
		m := c.member(s)
		if m == nil || len(members) > 0 && m.form != members[0].form {
			break
		}
		clash := false
		for _, v := range m.written {
			clash = clash || touched[v]
		}
		all := append(append([]int(nil), m.operands...), m.shared...)
		for _, v := range all {
			clash = clash || written[v]
		}
		most := int64(0)
		for _, v := range m.operands {
			clash = clash || touched[v] && c.values[v].Place == ir.Input
			most = max(most, roundUp(c.bytes(v), ir.Alignment))
		}
		// Slabs and the arena have the limits of one binding.
		if bytes += most; clash || bytes > c.adapter.BindingBytes || c.arena > c.adapter.BindingBytes {
			break
		}
		for _, v := range all {
			touched[v] = true
		}
		for _, v := range m.written {
			written[v] = true
		}
		members = append(members, m)
	}
	if len(members) < 2 || 2+len(members[0].operands)+len(members[0].shared) > c.adapter.StorageBuffers {
		return nil
	}
	return members
}

// member describes a step, or gives nil for one that goes into no bundle.
func (c *coder) member(s ir.Step) *member {
	step, ok := s.(*ir.Map)
	if !ok || len(step.Dims) != 1 || step.Dims[0] == 0 {
		return nil
	}
	m := &member{Map: step}
	w := formWriter{coder: c, member: m, numbers: map[*ir.Exp]int{}}
	for _, store := range step.Stores {
		if store.At != nil || store.If != nil || !w.own(store.Value) {
			return nil
		}
		m.written = append(m.written, c.root(store.Value))
		if !w.exp(store.Exp) {
			return nil
		}
		fmt.Fprintf(&w.text, "=%d;", w.numbers[store.Exp])
	}
	for _, v := range m.shared {
		for _, other := range m.operands {
			if v == other {
				return nil
			}
		}
	}
	m.form = w.text.String()
	return m
}

// formWriter writes down what a Map computes, but for which values it does it with
// and how many: Maps with the same text are of one form.
type formWriter struct {
	*coder
	*member
	text    strings.Builder
	numbers map[*ir.Exp]int
}

// own notes a value that is read or written at the loop's own position.
func (w *formWriter) own(value int) bool {
	root := w.root(value)
	v := w.values[root]
	if v.Shape.DType.Size() != 4 || w.values[value].Shape.DType.Size() != 4 || v.Shape.Size() < w.Dims[0] ||
		v.Place != ir.Temporary && (v.Place != ir.Input || w.slabbed[root]) {
		return false
	}
	at := -1
	for i, have := range w.operands {
		if have == root {
			at = i
		}
	}
	if at < 0 {
		at = len(w.operands)
		w.operands = append(w.operands, root)
	}
	fmt.Fprintf(&w.text, "v%d.%d", at, v.Place)
	return true
}

func (w *formWriter) exp(e *ir.Exp) bool {
	if _, ok := w.numbers[e]; ok {
		return true
	}
	if e.Kind == ir.Load && e.Args[0].Kind == ir.Index {
		if !w.own(e.N) {
			return false
		}
		w.numbers[e] = len(w.numbers)
		fmt.Fprintf(&w.text, "own %s;", e.DType)
		return true
	}
	for _, arg := range e.Args {
		if !w.exp(arg) {
			return false
		}
	}
	n := e.N
	if e.Kind == ir.Load {
		n = w.root(e.N)
		w.shared = append(w.shared, n)
	}
	fmt.Fprintf(&w.text, "%d %d %s %d %d", e.Kind, e.Op, e.DType, n, e.Bits)
	for _, arg := range e.Args {
		fmt.Fprintf(&w.text, " %d", w.numbers[arg])
	}
	w.numbers[e] = len(w.numbers)
	w.text.WriteString(";")
	return true
}

// bundled writes the kernel of several Maps.
func (c *coder) bundled(members []*member) (kernel, error) {
	largest := members[0]
	for _, m := range members {
		if m.Dims[0] > largest.Dims[0] {
			largest = m
		}
	}
	unit, total := 1, 0 // of an invocation, of all
	if c.inFours(largest.Dims, largest.Stores) {
		unit = 4
	}
	moved, starts := c.gathered(members)
	var groupOf, records []uint32
	for i, m := range members {
		first := len(groupOf)
		for range ceilDiv(m.Dims[0], unit*workgroupSize) {
			groupOf = append(groupOf, uint32(len(records)))
		}
		records = append(append(records, uint32(first), uint32(m.Dims[0])), starts[i]...)
		total += m.Dims[0]
	}
	for i := range groupOf {
		groupOf[i] += uint32(len(groupOf))
	}
	var data []byte
	for _, n := range append(groupOf, records...) {
		data = binary.LittleEndian.AppendUint32(data, n)
	}
	table := c.constant(data)
	groups := spread(len(groupOf), c.adapter.Workgroups)
	name := fmt.Sprintf("Maps %d [%d]", len(members), total)
	return c.kernel(name, workgroupSize, groups, int64(total)*expCost(largest.Stores), func(s *shader, b *scope) {
		list := s.bind(table, "u32", false)
		g := b.let("group.x + group.y * %du", groups[0])
		if int(groups[0]*groups[1]) != len(groupOf) {
			b.line("if (%s >= %du) { return; }", g, len(groupOf))
		}
		record := b.let("%s[%s]", list, g)
		p := b.let("i32(((%s - %s[%s]) * %du + local) * %du)", g, list, record, workgroupSize, unit)
		b.line("if (%s >= i32(%s[%s + 1u])) { return; }", p, list, record)
		s.moved = map[int]movedTo{}
		for i, root := range members[0].operands {
			s.moved[root] = movedTo{moved[i], b.let("i32(%s[%s + %du])", list, record, 2+i)}
		}
		for i, root := range members[0].shared {
			if to := moved[len(members[0].operands)+i]; to >= 0 {
				s.moved[root] = movedTo{to, fmt.Sprint((c.values[root].Offset - c.values[to].Offset) / 4)}
			}
		}
		b.bind(operand{p, dtypes.Int32, 1})
		if unit == 4 {
			b.four()
		}
		b.stores(members[0].Stores, p)
	})
}

// movedTo says that a value is read and written as a part of another one.
type movedTo struct {
	value int
	start string // in elements
}

// gathered finds where the operands of a bundle lie: for each operand, and each
// shared value, the value that it is a part of (-1: bound by itself), and for each Map
// the elements at which its operands start there.
func (c *coder) gathered(members []*member) (moved []int, starts [][]uint32) {
	first := members[0]
	arena := c.arenaOf(members)
	starts = make([][]uint32, len(members))
	for i, root := range first.operands {
		if c.values[root].Place == ir.Temporary {
			moved = append(moved, arena)
			for j, m := range members {
				starts[j] = append(starts[j], uint32((c.values[m.operands[i]].Offset-c.values[arena].Offset)/4))
			}
			continue
		}
		s := slab{value: len(c.values)}
		for j, m := range members {
			starts[j] = append(starts[j], uint32(s.size/4))
			s.inputs, s.starts = append(s.inputs, m.operands[i]), append(s.starts, s.size)
			s.size += roundUp(c.bytes(m.operands[i]), ir.Alignment)
			c.slabbed[m.operands[i]] = true
		}
		c.values = append(c.values, ir.Value{Shape: shapes.Make(dtypes.Uint8, int(s.size)), Place: ir.Input, Alias: -1, Donor: -1})
		c.slabs = append(c.slabs, s)
		moved = append(moved, s.value)
	}
	for _, root := range first.shared {
		if c.values[root].Place == ir.Temporary {
			moved = append(moved, arena)
		} else {
			moved = append(moved, -1)
		}
	}
	return moved, starts
}

// arenaOf is a value that spans all temporaries of a bundle, -1 where only single
// values are bound.
func (c *coder) arenaOf(members []*member) int {
	low, high, needed := int64(1)<<62, int64(0), false
	for _, m := range members {
		for i, root := range append(append([]int(nil), m.operands...), m.shared...) {
			if v := c.values[root]; v.Place == ir.Temporary {
				low, high = min(low, v.Offset), max(high, v.Offset+c.bytes(root))
				needed = needed || i < len(m.operands)
			}
		}
	}
	if !needed {
		return -1
	}
	c.values = append(c.values, ir.Value{Shape: shapes.Make(dtypes.Uint8, int(high-low)), Place: ir.Temporary, Offset: low, Alias: -1, Donor: -1})
	return len(c.values) - 1
}

// part gives the element that is bound for element at of a value.
func (s *shader) part(value int, at string) string {
	if to, ok := s.moved[s.c.root(value)]; ok {
		return "(" + to.start + " + " + at + ")"
	}
	return at
}
