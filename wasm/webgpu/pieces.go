package webgpu

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dongyur/dongyur/wasm/ir"
)

// A value that is larger than one binding may be is bound in several pieces, each a
// range of its buffer. Kernels read and write it through functions that find the piece
// of an element; all else about it is as it is for others.

// piece is how many bytes one binding may have, in whole alignments.
func (c *coder) piece() int64 { return c.adapter.BindingBytes / ir.Alignment * ir.Alignment }

// pieces is how many bindings a value takes.
func (c *coder) pieces(root int) int {
	size := c.bytes(root)
	if size <= c.adapter.BindingBytes {
		return 1
	}
	return int((size + c.piece() - 1) / c.piece())
}

// inPieces says that a step has a value in pieces. Each place that reads or stores one is a choice
// of all pieces, so that a large tile makes a kernel that takes a software adapter minutes and
// gigabytes to compile.
func (c *coder) inPieces(s ir.Step) bool {
	reads, writes := s.Values()
	return slices.ContainsFunc(append(reads, writes...), func(v int) bool { return c.pieces(c.root(v)) > 1 })
}

// bindings are those of a value: one of the whole, or one of each piece.
func (c *coder) bindings(root int, write bool) []binding {
	n := c.pieces(root)
	if n == 1 {
		return []binding{{value: root, write: write}}
	}
	var list []binding
	for at := int64(0); at < c.bytes(root); at += c.piece() {
		list = append(list, binding{value: root, write: write, offset: at, size: min(c.piece(), c.bytes(root)-at)})
	}
	return list
}

// get writes the reading of element index (an i32 or u32 text) of a value's array.
func (s *shader) get(name string, u *use, index string) string {
	switch {
	case u.pieces > 1:
		return fmt.Sprintf("get_%s(u32(%s))", name, index)
	case u.element == "atomic<u32>":
		return fmt.Sprintf("atomicLoad(&%s[%s])", name, index)
	}
	return fmt.Sprintf("%s[%s]", name, index)
}

// set writes the storing of an element of a value's array.
func (s *shader) set(name string, u *use, index, text string) string {
	switch {
	case u.pieces > 1:
		return fmt.Sprintf("set_%s(u32(%s), %s);", name, index, text)
	case u.element == "atomic<u32>":
		return fmt.Sprintf("atomicStore(&%s[%s], %s);", name, index, text)
	}
	return fmt.Sprintf("%s[%s] = %s;", name, index, text)
}

// atomic writes an atomic operation on an element of a value's array.
func (s *shader) atomic(operation, name string, u *use, index, text string) string {
	if u.pieces > 1 {
		return fmt.Sprintf("%s_%s(%s, %s);", operation, name, index, text)
	}
	return fmt.Sprintf("%s(&%s[%s], %s);", operation, name, index, text)
}

// elementBytes is the size of a WGSL type in an array.
func elementBytes(element string) int64 {
	switch {
	case element == "f16":
		return 2
	case strings.HasPrefix(element, "vec4") && element != "vec4<f16>":
		return 16
	case strings.HasPrefix(element, "vec"):
		return 8
	}
	return 4
}

// declare writes a value's arrays from a binding on and, where it is in pieces, the
// functions that find an element's.
func (s *shader) declare(out *strings.Builder, name, mode string, u *use, binding int) {
	array := func(binding int, name string) {
		fmt.Fprintf(out, "@group(0) @binding(%d) var<storage, %s> %s: array<%s>;\n", binding, mode, name, u.element)
	}
	if u.pieces == 1 {
		array(binding, name)
		return
	}
	for i := range u.pieces {
		array(binding+i, fmt.Sprintf("%s_%d", name, i))
	}
	number, plain := s.c.piece()/elementBytes(u.element), *u
	plain.pieces = 1
	find := func(head string, each func(piece string) string) {
		fmt.Fprintf(out, "fn %s {\n  let j = i %% %du;\n  switch i / %du {\n", head, number, number)
		for i := range u.pieces {
			label := fmt.Sprintf("case %du:", i)
			if i == u.pieces-1 {
				label = "default:"
			}
			fmt.Fprintf(out, "    %s { %s }\n", label, each(fmt.Sprintf("%s_%d", name, i)))
		}
		out.WriteString("  }\n}\n")
	}
	element := strings.TrimSuffix(strings.TrimPrefix(u.element, "atomic<"), map[bool]string{true: ">"}[u.atomic])
	find(fmt.Sprintf("get_%s(i: u32) -> %s", name, element), func(piece string) string { return "return " + s.get(piece, &plain, "j") + ";" })
	if u.write {
		find(fmt.Sprintf("set_%s(i: u32, x: %s)", name, element), func(piece string) string { return s.set(piece, &plain, "j", "x") })
	}
	if u.atomic {
		for _, operation := range []string{"atomicAnd", "atomicOr"} {
			find(fmt.Sprintf("%s_%s(i: u32, x: u32)", operation, name), func(piece string) string { return s.atomic(operation, piece, &plain, "j", "x") })
		}
	}
}

// tooMany explains that a kernel has more bindings than the adapter: by the largest
// value where one is in pieces.
func (k *kernel) tooMany(c *coder) error {
	largest := -1
	for _, b := range k.bindings {
		if b.size > 0 && (largest < 0 || c.bytes(b.value) > c.bytes(largest)) {
			largest = b.value
		}
	}
	if largest < 0 {
		return &LimitError{What: "storage buffers of step " + k.name, Size: int64(len(k.bindings)), Limit: int64(c.adapter.StorageBuffers)}
	}
	return &LimitError{What: fmt.Sprintf("%s, value %d, %s, in bytes, of which a step binds at most %d pieces", k.name, largest, c.values[largest].Shape, c.adapter.StorageBuffers),
		Size: c.bytes(largest), Limit: c.adapter.BindingBytes}
}
