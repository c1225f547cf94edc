package webgpu

// kernel is one dispatch: a WGSL module and what it is bound to.
type kernel struct {
	name     string // of the step, for the profile
	source   string
	entry    string
	bindings []binding // in the order of their @binding
	groups   [3]uint32 // workgroups dispatched
	// work is a guess of its scalar operations: a run is split into submits by it.
	work int64
}

// binding is one buffer of a kernel.
type binding struct {
	value   int  // of the plan, never an alias
	write   bool // read_write in the shader
	uniform bool // a uniform buffer, not a storage buffer
	// offset and size are of a piece of the value, in bytes; size is 0 for the whole.
	offset, size int64
}

// mainEntry is the name of every kernel's entry point.
const mainEntry = "main"

// product multiplies dimensions.
func product(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}

// ceilDiv is ⌈a/b⌉ for positive b.
func ceilDiv(a, b int) int { return (a + b - 1) / b }

// spread lays count workgroups over two dimensions where one has too few. A kernel
// finds its number as x + y·groups[0] and must check it against its own bound.
func spread(count, limit int) [3]uint32 {
	if count <= limit {
		return [3]uint32{uint32(max(count, 1)), 1, 1}
	}
	rows := ceilDiv(count, limit)
	return [3]uint32{uint32(ceilDiv(count, rows)), uint32(rows), 1}
}
