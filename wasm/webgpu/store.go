package webgpu

import (
	"fmt"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute/dtypes"
)

// storing is a store whose operands are computed and which is still to be written.
type storing struct {
	value     int
	at        string // the element, or in four lanes the first one
	what      operand
	condition string // "" for always
}

// store computes what is stored and where; own is the loop's row-major position.
// Nothing is written yet, for another store's expression may read the element.
func (b *scope) store(s ir.Store, own string) storing {
	out := storing{value: s.Value, at: own, what: b.emit(s.Exp)}
	if s.At != nil {
		out.at = b.scalar().emit(s.At).text
	}
	out.at = b.s.part(s.Value, out.at)
	if s.If != nil {
		out.condition = b.scalar().emit(s.If).text
	}
	if b.inner >= 0 {
		out.what = operand{widen(out.what, 4), out.what.dtype, 4}
	}
	return out
}

// scalar is the block's view of the first of four neighbours, or itself.
func (b *scope) scalar() *scope {
	if b.inner >= 0 {
		return b.base
	}
	return b
}

// stores computes all stores and then writes them.
func (b *scope) stores(stores []ir.Store, own string) {
	var ready []storing
	for _, s := range stores {
		ready = append(ready, b.store(s, own))
	}
	for _, s := range ready {
		b.put(s)
	}
}

// put writes what is stored.
func (b *scope) put(s storing) {
	if s.condition != "" {
		inside := b.block()
		bare := s
		bare.condition = ""
		inside.put(bare)
		inside.close("if (%s)", s.condition)
		return
	}
	if s.what.lanes == 4 {
		b.putFour(s)
		return
	}
	t := s.what.dtype
	switch t.Size() {
	case 8:
		b.putPair(s.value, s.at, s.what.text)
	case 4:
		b.putWord(s.value, s.at, scalarType(t), s.what.text)
	default:
		if name, u, ok := b.native(s.value, t, false, true); ok {
			b.putHalf(name, u, s.at, s.what.text)
			return
		}
		b.putPart(s.value, s.at, t, b.pack(s.what))
	}
}

// putWord writes a 32-bit element.
func (b *scope) putWord(value int, at, scalar, text string) {
	name, u := b.touch(value, scalar, false)
	u.write = true
	switch element := u.element; element {
	case "atomic<u32>":
		b.line("%s", b.s.set(name, u, at, recast(text, scalar, "u32")))
	case "vec4<f32>", "vec4<i32>", "vec4<u32>":
		b.whole(name, u)
		b.line("%s[u32(%s) >> 2u][u32(%s) & 3u] = %s;", name, at, at, recast(text, scalar, element[5:8]))
	case "vec2<u32>":
		b.whole(name, u)
		b.line("%s[u32(%s) >> 1u][u32(%s) & 1u] = %s;", name, at, at, recast(text, scalar, "u32"))
	default:
		b.line("%s", b.s.set(name, u, at, recast(text, scalar, element)))
	}
}

// whole refuses to write one component of an element that a function stores: settle
// chooses no such elements, and hand-written kernels must not.
func (b *scope) whole(name string, u *use) {
	if u.pieces > 1 {
		b.s.fail(fmt.Errorf("a component of %s is written, which is bound in pieces as array<%s>", name, u.element))
	}
}

func (b *scope) putPair(value int, at, text string) {
	name, u := b.touch(value, "vec2<u32>", false)
	u.write = true
	if u.element == "vec2<u32>" {
		b.line("%s", b.s.set(name, u, at, text))
		return
	}
	first := b.let("u32(%s) * 2u", at)
	b.putWord(value, first, "u32", text+".x")
	b.putWord(value, "("+first+" + 1u)", "u32", text+".y")
}

// putPart writes an element smaller than a word, whose neighbours other invocations
// write at the same time.
func (b *scope) putPart(value int, at string, t dtypes.DType, raw string) {
	name, u := b.s.use(value)
	u.write, u.atomic = true, true
	per, bits := 4/t.Size(), 8*t.Size()
	word := b.let("u32(%s) / %du", at, per)
	shift := b.let("(u32(%s) %% %du) * %du", at, per, bits)
	b.line("%s", b.s.atomic("atomicAnd", name, u, word, fmt.Sprintf("~(%du << %s)", 1<<bits-1, shift)))
	b.line("%s", b.s.atomic("atomicOr", name, u, word, fmt.Sprintf("(%s) << %s", raw, shift)))
}

// pack gives the low bits that a number smaller than a word has in memory, as u32
// with zeros above.
func (b *scope) pack(o operand) string {
	u := wgslType(dtypes.Uint32, o.lanes)
	switch o.dtype {
	case dtypes.Bool:
		return fmt.Sprintf("select(%s(0u), %s(1u), %s)", u, u, o.text)
	case dtypes.Int8, dtypes.Int16:
		return fmt.Sprintf("extractBits(bitcast<%s>(%s), 0u, %du)", u, o.text, 8*o.dtype.Size())
	case dtypes.BFloat16:
		return fmt.Sprintf("%s(%s)", b.s.helper("float_to_bfloat", o.lanes), o.text)
	case dtypes.Float16:
		return fmt.Sprintf("%s(%s)", b.s.helper("float_to_half", o.lanes), o.text)
	}
	return o.text
}

// putFour writes four neighbours from a multiple of four on.
func (b *scope) putFour(s storing) {
	t := s.what.dtype
	switch t.Size() {
	case 4:
		name, u := b.touch(s.value, scalarType(t), true)
		u.write = true
		if !b.s.settled {
			return
		}
		switch u.element {
		case "vec4<f32>", "vec4<i32>", "vec4<u32>":
			b.line("%s", b.s.set(name, u, "u32("+s.at+") >> 2u", recast(s.what.text, wgslType(t, 4), u.element)))
		default:
			four := b.let("%s", s.what.text)
			for i, component := range []string{"x", "y", "z", "w"} {
				b.putWord(s.value, fmt.Sprintf("(u32(%s) + %du)", s.at, i), scalarType(t), four+"."+component)
			}
		}
	case 2:
		if name, u, ok := b.native(s.value, t, true, true); ok {
			b.putHalves(name, u, s.at, s.what.text)
			return
		}
		raw := b.let("%s", b.pack(s.what))
		b.putWord(s.value, fmt.Sprintf("(u32(%s) / 2u)", s.at), "u32", fmt.Sprintf("(%s.x | (%s.y << 16u))", raw, raw))
		b.putWord(s.value, fmt.Sprintf("(u32(%s) / 2u + 1u)", s.at), "u32", fmt.Sprintf("(%s.z | (%s.w << 16u))", raw, raw))
	default:
		raw := b.let("(%s) << vec4<u32>(0u, 8u, 16u, 24u)", b.pack(s.what))
		b.putWord(s.value, fmt.Sprintf("(u32(%s) / 4u)", s.at), "u32", fmt.Sprintf("(%s.x | %s.y | %s.z | %s.w)", raw, raw, raw, raw))
	}
}
