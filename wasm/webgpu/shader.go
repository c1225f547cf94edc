package webgpu

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dongyur/dongyur/wasm/ir"
)

// shader is the text of one kernel while it is written. A kernel's body is written
// twice: the first time finds out how each value is read and written, the second
// uses the storage that suits all of it.
type shader struct {
	c        *coder
	order    []int // roots, in the order of their @binding
	uses     map[int]*use
	settled  bool // uses are known from the first time
	globals  []string
	enables  []string
	snippets []string        // names of functions needed, each after those it calls
	names    int             // of temporaries given out
	moved    map[int]movedTo // roots that are bound as a part of another value
	lifting  lifting
	err      error
}

// use is how one value is touched in a kernel.
type use struct {
	element string // WGSL type of the elements of its array, once settled
	fixed   bool   // element was asked for by name
	scalars map[string]bool
	single  bool // some access is of one element
	four    bool // some access is of four at once
	atomic  bool
	write   bool
	parted  bool // some store is of an element smaller than a word, as f16
	pieces  int  // in which it is bound
}

// kernel has body write a kernel of workgroups of size invocations.
func (c *coder) kernel(name string, size int, groups [3]uint32, work int64, body func(s *shader, b *scope)) (kernel, error) {
	s := &shader{c: c, uses: map[int]*use{}}
	s.write(body)
	for _, u := range s.uses {
		u.settle()
	}
	s.settled = true
	text := s.write(body)
	if s.err != nil {
		return kernel{}, fmt.Errorf("webgpu: step %d, %s: %w", c.step, name, s.err)
	}
	k := kernel{name: name, entry: mainEntry, groups: groups, work: max(work, 1)}
	for _, root := range s.order {
		k.bindings = append(k.bindings, c.bindings(root, s.writable(root))...)
	}
	if len(k.bindings) > c.adapter.StorageBuffers {
		return kernel{}, k.tooMany(c)
	}
	for i, g := range groups {
		if int(g) > c.adapter.Workgroups {
			return kernel{}, &LimitError{What: fmt.Sprintf("workgroups of step %s, dimension %d", name, i), Size: int64(g), Limit: int64(c.adapter.Workgroups)}
		}
	}
	if v := s.lifting.value(c); v >= 0 {
		k.bindings = append(k.bindings, binding{value: v, uniform: true})
	}
	k.source = s.source(size, text)
	return k, nil
}

// write has the body written once.
func (s *shader) write(body func(s *shader, b *scope)) string {
	s.globals, s.enables, s.snippets, s.names, s.moved, s.lifting, s.err = nil, nil, nil, 0, nil, lifting{}, nil
	b := &scope{s: s, text: &strings.Builder{}, inner: -1}
	body(s, b)
	return b.text.String()
}

// source puts the module together.
func (s *shader) source(size int, body string) string {
	var out strings.Builder
	for _, name := range s.enables {
		fmt.Fprintf(&out, "enable %s;\n", name)
	}
	bindings := 0
	for i, root := range s.order {
		mode := "read"
		if s.writable(root) {
			mode = "read_write"
		}
		s.declare(&out, fmt.Sprint("b", i), mode, s.uses[root], bindings)
		bindings += s.uses[root].pieces
	}
	out.WriteString(s.lifting.declaration(bindings))
	for _, global := range s.globals {
		out.WriteString(global + "\n")
	}
	for _, name := range s.snippets {
		out.WriteString(snippetText(name))
	}
	more := ""
	if slices.Contains(s.enables, "subgroups") {
		more = ", @builtin(subgroup_invocation_id) subgroup_invocation_id: u32"
	}
	fmt.Fprintf(&out, "@compute @workgroup_size(%d)\nfn %s(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32%s) {\n%s}\n",
		size, mainEntry, more, body)
	return out.String()
}

// writable says whether a value is bound read_write. Temporaries always are: they
// share a buffer, which one dispatch cannot bind both ways.
func (s *shader) writable(root int) bool {
	return s.uses[root].write || s.uses[root].atomic || s.c.inArena(root)
}

// use finds the entry of a value, giving it the next binding at first.
func (s *shader) use(value int) (name string, u *use) {
	root := s.c.root(value)
	if to, ok := s.moved[root]; ok {
		root = to.value
	}
	u = s.uses[root]
	if u == nil {
		u = &use{scalars: map[string]bool{}, element: "u32", pieces: s.c.pieces(root)}
		s.uses[root] = u
		s.order = append(s.order, root)
	}
	for i, r := range s.order {
		if r == root {
			return fmt.Sprintf("b%d", i), u
		}
	}
	panic("unreachable: every used value is in order")
}

// bind names the array of a value for code that is written by hand, with elements
// of a given WGSL type, such as "vec4<f32>".
func (s *shader) bind(value int, element string, write bool) string {
	name, u := s.use(value)
	if u.fixed && u.element != element {
		s.fail(fmt.Errorf("value %d is bound as array<%s> and as array<%s>", value, u.element, element))
	}
	u.element, u.fixed, u.write = element, true, u.write || write
	return name
}

// global declares something outside of main, such as workgroup memory.
func (s *shader) global(format string, args ...any) {
	s.globals = append(s.globals, fmt.Sprintf(format, args...))
}

// enable turns on a WGSL extension, such as "f16" or "subgroups".
func (s *shader) enable(name string) {
	for _, have := range s.enables {
		if have == name {
			return
		}
	}
	s.enables = append(s.enables, name)
}

// fresh is a new name of a temporary.
func (s *shader) fresh() string {
	s.names++
	return fmt.Sprintf("t%d", s.names)
}

func (s *shader) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

// settle chooses the elements of a value's array by how it was touched.
func (u *use) settle() {
	if u.fixed {
		return
	}
	element := "u32"
	if len(u.scalars) == 1 {
		for scalar := range u.scalars {
			element = scalar
		}
	}
	if u.parted && element != "f16" {
		u.atomic = true // the words are shared with other numbers after all
	}
	switch {
	case u.atomic:
		u.element = "atomic<u32>"
	case element == "vec2<u32>":
		u.element = element
	case u.four && !u.single:
		u.element = "vec4<" + element + ">"
	default:
		u.element = element
	}
}

// inArena says whether a value is a temporary.
func (c *coder) inArena(root int) bool { return c.values[root].Place == ir.Temporary }
