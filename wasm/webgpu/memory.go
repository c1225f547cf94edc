package webgpu

import (
	"fmt"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute/dtypes"
)

// touch notes an access of words of one or four elements and gives the array's name
// and the WGSL type of its elements.
func (b *scope) touch(value int, scalar string, four bool) (name string, u *use) {
	name, u = b.s.use(value)
	if !b.s.settled {
		u.scalars[scalar] = true
		u.four = u.four || four
		u.single = u.single || !four
	}
	return name, u
}

// word reads number at (an i32 or u32 text) of a value's array of 32-bit words as scalar.
func (b *scope) word(value int, scalar, at string) string {
	name, u := b.touch(value, scalar, false)
	switch u.element {
	case "vec2<u32>":
		return recast(fmt.Sprintf("%s[u32(%s) & 1u]", b.s.get(name, u, "u32("+at+") >> 1u"), at), "u32", scalar)
	case "vec4<f32>", "vec4<i32>", "vec4<u32>":
		return recast(fmt.Sprintf("%s[u32(%s) & 3u]", b.s.get(name, u, "u32("+at+") >> 2u"), at), u.element[5:8], scalar)
	}
	return b.peek(name, u, scalar, at)
}

// recast reads the bits of one WGSL type as another.
func recast(text, have, want string) string {
	if have == want {
		return text
	}
	return "bitcast<" + want + ">(" + text + ")"
}

// words reads four neighbouring words, the first of which is at a multiple of four.
func (b *scope) words(value int, scalar, at string) string {
	name, u := b.touch(value, scalar, true)
	switch u.element {
	case "vec4<f32>", "vec4<i32>", "vec4<u32>":
		return recast(b.s.get(name, u, "u32("+at+") >> 2u"), u.element, "vec4<"+scalar+">")
	}
	first := b.let("u32(%s)", at)
	var parts [4]any
	for i := range parts {
		parts[i] = b.peek(name, u, scalar, fmt.Sprintf("%s + %du", first, i))
	}
	return fmt.Sprintf("vec4<"+scalar+">(%s, %s, %s, %s)", parts[:]...)
}

// peek is word for an array whose use has been noted.
func (b *scope) peek(name string, u *use, scalar, at string) string {
	have := u.element
	if have == "atomic<u32>" {
		have = "u32"
	}
	return recast(b.s.get(name, u, at), have, scalar)
}

// load reads an element, or four.
func (b *scope) load(e *ir.Exp) operand {
	t := e.DType
	if b.inner < 0 {
		return b.one(e.N, t, b.emit(e.Args[0]).text)
	}
	switch at := b.lane(e.Args[0]); {
	case at.slope == 0: // four times the same; reached where e itself is not known to be uniform
		return b.base.one(e.N, t, b.base.emit(e.Args[0]).text)
	case at.slope == 1 && at.multiple:
		return b.neighbours(e.N, t, b.base.emit(e.Args[0]).text)
	case at.slope == 1:
		first := b.base.emit(e.Args[0]).text
		var parts [4]string
		for i := range parts {
			parts[i] = b.one(e.N, t, fmt.Sprintf("(%s + %d)", first, i)).text
		}
		return b.name(t, 4, "%s(%s, %s, %s, %s)", wgslType(t, 4), parts[0], parts[1], parts[2], parts[3])
	}
	index := b.emit(e.Args[0])
	var parts [4]string
	for i, component := range []string{"x", "y", "z", "w"} {
		parts[i] = b.one(e.N, t, index.text+"."+component).text
	}
	return b.name(t, 4, "%s(%s, %s, %s, %s)", wgslType(t, 4), parts[0], parts[1], parts[2], parts[3])
}

// one reads element at of a value.
func (b *scope) one(value int, t dtypes.DType, at string) operand {
	at = b.s.part(value, at)
	switch t.Size() {
	case 8:
		return b.name(t, 1, "%s", b.pair(value, at))
	case 4:
		return b.name(t, 1, "%s", b.word(value, scalarType(t), at))
	}
	if name, u, ok := b.native(value, t, false, false); ok {
		return b.name(t, 1, "%s", b.half(name, u, at))
	}
	per := 4 / t.Size()
	bits := 8 * t.Size()
	word := b.let("%s", b.word(value, "u32", fmt.Sprintf("(u32(%s) / %du)", at, per)))
	shift := fmt.Sprintf("(u32(%s) %% %du) * %du", at, per, bits)
	return b.unpack(t, 1, fmt.Sprintf("extractBits(%s, %s, %du)", word, shift, bits))
}

// unpack makes a number of the low bits of a u32, which has zeros above them.
func (b *scope) unpack(t dtypes.DType, n int, raw string) operand {
	switch t {
	case dtypes.Bool:
		return b.name(t, n, "(%s) != %s", raw, wgslType(dtypes.Uint32, n)+"(0u)")
	case dtypes.Int8, dtypes.Int16:
		return b.name(t, n, "extractBits(bitcast<%s>(%s), 0u, %du)", wgslType(t, n), raw, 8*t.Size())
	case dtypes.BFloat16:
		return b.name(t, n, "bitcast<%s>((%s) << %s(16u))", wgslType(t, n), raw, wgslType(dtypes.Uint32, n))
	case dtypes.Float16:
		return b.name(t, n, "%s(%s)", b.s.helper("half_to_float", n), raw)
	}
	return b.name(t, n, "%s", raw)
}

// pair reads a 64-bit element.
func (b *scope) pair(value int, at string) string {
	name, u := b.touch(value, "vec2<u32>", false)
	if u.element == "vec2<u32>" {
		return b.s.get(name, u, at)
	}
	first := b.let("u32(%s) * 2u", at)
	return fmt.Sprintf("vec2<u32>(%s, %s)", b.word(value, "u32", first), b.word(value, "u32", "("+first+" + 1u)"))
}

// neighbours reads four elements from a multiple of four on.
func (b *scope) neighbours(value int, t dtypes.DType, at string) operand {
	at = b.s.part(value, at)
	switch t.Size() {
	case 4:
		return b.name(t, 4, "%s", b.words(value, scalarType(t), at))
	case 2:
		if name, u, ok := b.native(value, t, true, false); ok {
			return b.name(t, 4, "%s", b.halves(name, u, at))
		}
		first := b.let("u32(%s) / 2u", at)
		low, high := b.let("%s", b.word(value, "u32", first)), b.let("%s", b.word(value, "u32", "("+first+" + 1u)"))
		return b.unpack(t, 4, fmt.Sprintf("vec4<u32>(%s & 0xffffu, %s >> 16u, %s & 0xffffu, %s >> 16u)", low, low, high, high))
	}
	word := b.let("%s", b.word(value, "u32", fmt.Sprintf("(u32(%s) / 4u)", at)))
	return b.unpack(t, 4, fmt.Sprintf("(vec4<u32>(%s) >> vec4<u32>(0u, 8u, 16u, 24u)) & vec4<u32>(255u)", word))
}
