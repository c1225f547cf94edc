package webgpu

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// What a product wants laid out anew is, in training and in decoding alike, mostly
// weights that stay as they are from run to run. Their packed copies outlive the run:
// the kernels that make them stand apart from the plan's own, and run only where a copy
// is not there yet, or where what it was made from has been written since. A copy in a
// loop's body is so made once before the loop.

// packing is a packed copy that outlives a run.
type packing struct {
	kernel  kernel
	value   int // of the coder, by which the copy is bound
	size    int64
	sources []int        // roots, all of them inputs that the plan leaves as they are
	layout  packedLayout // what the copy is besides its sources
	number  int          // of the kernel in the assembly
	inputs  []int        // the sources as numbers of the run's inputs
}

// packedLayout is the same for two copies of the same sources if and only if their
// bytes are.
type packedLayout [sha256.Size]byte

// lasting says that an operand is computed from inputs alone, which this choice of
// donations leaves as they are.
func (c *coder) lasting(o *ir.Operand) bool {
	inputs := 0
	still := func(value int) bool {
		root := c.root(value)
		switch c.values[root].Place {
		case ir.Constant:
			return true
		case ir.Input:
			inputs++
			for output := range c.donated {
				if c.root(output) == root {
					return false
				}
			}
			return true
		}
		return false
	}
	if o.Exp == nil {
		return still(o.Value) && inputs > 0
	}
	seen := map[*ir.Exp]bool{}
	var walk func(e *ir.Exp) bool
	walk = func(e *ir.Exp) bool {
		if seen[e] {
			return true
		}
		seen[e] = true
		return (e.Kind != ir.Load || still(e.N)) && !slices.ContainsFunc(e.Args, func(arg *ir.Exp) bool { return !walk(arg) })
	}
	return walk(o.Exp) && inputs > 0
}

// packed gives the place of a packed copy and says whether it outlives the run.
func (c *coder) packed(o *ir.Operand, dtype dtypes.DType, dims ...int) (value int, lasts bool) {
	shape := shapes.Make(dtype, dims...)
	size := paddedBytes(shape.ByteSize())
	if size > min(c.adapter.BindingBytes, c.adapter.KeptBytes-c.keptBytes) || !c.lasting(o) {
		return c.scratch(dtype, dims...), false
	}
	c.values = append(c.values, ir.Value{Shape: shape, Place: ir.Input, Alias: -1, Donor: -1})
	return len(c.values) - 1, true
}

// keep takes a kernel out of its step, as that of a copy that outlives the run, and
// gives the value that has the copy: an older one where there is the same.
func (c *coder) keep(k kernel, value int) int {
	p := packing{kernel: k, value: value, size: c.bytes(value)}
	hash := sha256.New()
	fmt.Fprintf(hash, "%v %d %s", k.groups, p.size, k.source)
	for _, b := range k.bindings {
		switch place := c.values[b.value].Place; {
		case b.value == value:
		case place == ir.Constant:
			hash.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(c.values[b.value].Data))))
			hash.Write(c.values[b.value].Data)
		default:
			p.sources = append(p.sources, b.value)
		}
	}
	p.layout = packedLayout(hash.Sum(nil))
	for _, have := range c.packings {
		if have.layout == p.layout && slices.Equal(have.sources, p.sources) {
			return have.value
		}
	}
	c.keptBytes += p.size
	c.packings = append(c.packings, p)
	return value
}

// addPackings puts the kernels of copies that outlive the run behind all others.
func (a *assembly) addPackings(plan *ir.Plan, c *coder) {
	a.own = len(a.kernels)
	for _, p := range c.packings {
		p.number = len(a.kernels)
		for _, root := range p.sources {
			p.inputs = append(p.inputs, slices.Index(plan.Inputs, root))
		}
		a.kernels = append(a.kernels, p.kernel)
		a.packings = append(a.packings, p)
	}
}
