package webgpu

import (
	"fmt"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// coder turns the steps of one plan into kernels for one adapter. It holds the
// plan's values and those that it adds: scratch memory of a step that takes several
// kernels.
type coder struct {
	adapter *Adapter
	values  []ir.Value
	// donated says in the place of which input an output is written.
	donated map[int]int
	// arena is how many bytes the temporaries take; scratch lies behind them and is
	// used again by each step.
	arena, base, scratchTop int64
	step                    int // number of the step at hand, for names and errors
	// apart has every input bound by itself; else slabs hold those that bundles touch.
	apart   bool
	slabs   []slab
	slabbed map[int]bool
	// constants are the plan's own and what kernels look up; constantAt says where each
	// begins.
	constants  []byte
	constantAt map[int]int64
	numbers    map[string]int // constants that hold kernels' numbers
	// packings are the packed copies that outlive a run, of keptBytes in all.
	packings  []packing
	keptBytes int64
}

func newCoder(plan *ir.Plan, adapter *Adapter, donated map[int]int) *coder {
	base := roundUp(plan.Arena, ir.Alignment)
	c := &coder{
		adapter: adapter, values: append([]ir.Value(nil), plan.Values...), donated: donated,
		arena: base, base: base, slabbed: map[int]bool{}, constantAt: map[int]int64{}, numbers: map[string]int{},
	}
	for i, v := range plan.Values {
		if v.Place == ir.Constant && v.Alias < 0 {
			c.lay(i)
		}
	}
	return c
}

// root is the value in whose place v lies: through aliases, and from a donated
// output to its input.
func (c *coder) root(v int) int {
	for c.values[v].Alias >= 0 {
		v = c.values[v].Alias
	}
	if input, ok := c.donated[v]; ok {
		return c.root(input)
	}
	return v
}

// scratch gives a temporary that lives during the step at hand.
func (c *coder) scratch(dtype dtypes.DType, dims ...int) int {
	shape := shapes.Make(dtype, dims...)
	offset := c.base + c.scratchTop
	c.scratchTop += roundUp(int64(shape.Size()*dtype.Size()), ir.Alignment)
	c.arena = max(c.arena, c.base+c.scratchTop)
	c.values = append(c.values, ir.Value{Shape: shape, Place: ir.Temporary, Offset: offset, Alias: -1, Donor: -1})
	return len(c.values) - 1
}

// constant gives a value that holds data, whole 32-bit words.
func (c *coder) constant(data []byte) int {
	c.values = append(c.values, ir.Value{Shape: shapes.Make(dtypes.Uint32, len(data)/4), Place: ir.Constant, Data: data, Alias: -1, Donor: -1})
	c.lay(len(c.values) - 1)
	return len(c.values) - 1
}

// lay puts a constant behind those before it.
func (c *coder) lay(v int) {
	at := roundUp(int64(len(c.constants)), ir.Alignment)
	c.constantAt[v] = at
	c.constants = append(c.constants, make([]byte, at+c.bytes(v)-int64(len(c.constants)))...)
	copy(c.constants[at:], c.values[v].Data)
}

// bytes is the size of a value, rounded up so that four elements of four bytes at
// a time can be read and written to its end.
func (c *coder) bytes(v int) int64 {
	return paddedBytes(int64(c.values[v].Shape.Size() * c.values[v].Shape.DType.Size()))
}

// paddedBytes is how much memory a value of n bytes has.
func paddedBytes(n int64) int64 { return max(roundUp(n, 16), 16) }

func roundUp(n, unit int64) int64 { return (n + unit - 1) / unit * unit }

// kernels writes the code of one step other than While and If.
func (c *coder) kernels(step ir.Step) ([]kernel, error) {
	c.scratchTop = 0
	switch s := step.(type) {
	case *ir.Map:
		return c.mapped(s)
	case *ir.Row:
		return c.row(s)
	case *ir.Dot:
		return c.dot(s)
	case *ir.Attention:
		return c.attention(s)
	case *ir.AttentionVJP:
		return c.attentionVJP(s)
	case *ir.Scatter:
		return c.scatter(s)
	case *ir.Sort:
		return c.sort(s)
	case *ir.Update:
		return c.mapped(&ir.Map{Dims: s.Dims, Stores: []ir.Store{s.Store}})
	case *ir.Copy:
		return c.copied(s)
	}
	return nil, fmt.Errorf("webgpu: step %d is a %T, which has no kernel", c.step, step)
}
