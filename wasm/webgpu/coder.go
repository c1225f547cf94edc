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
}

func newCoder(plan *ir.Plan, adapter *Adapter, donated map[int]int) *coder {
	base := roundUp(plan.Arena, ir.Alignment)
	return &coder{
		adapter: adapter, values: append([]ir.Value(nil), plan.Values...), donated: donated,
		arena: base, base: base,
	}
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
