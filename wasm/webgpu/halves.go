package webgpu

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
)

// Float16 is stored as the adapter's own f16 where it has shader-f16 and a kernel
// touches the value as nothing else: a number is then one element, and storing one
// needs no atomics on the word that it shares. Kernels compute in f32 all the same, and
// round as they do elsewhere, to the nearest: WGSL leaves it open which neighbour f16()
// takes, so it is given numbers that are one.

// native notes an access of Float16 numbers as f16, and says whether the value's array
// turned out to be of them.
func (b *scope) native(value int, t dtypes.DType, four, write bool) (name string, u *use, ok bool) {
	if t != dtypes.Float16 || !b.s.c.adapter.Float16 {
		return "", nil, false
	}
	name, u = b.touch(value, "f16", four)
	if !b.s.settled {
		u.write = u.write || write
		u.parted = u.parted || write && !four
		return name, u, true
	}
	if ok = u.element == "f16" || u.element == "vec4<f16>"; ok {
		b.s.enable("f16")
	}
	return name, u, ok
}

// half reads a number of an array of f16.
func (b *scope) half(name string, u *use, at string) string {
	if u.element == "vec4<f16>" {
		return fmt.Sprintf("f32(%s[u32(%s) & 3u])", b.s.get(name, u, "u32("+at+") >> 2u"), at)
	}
	return fmt.Sprintf("f32(%s)", b.s.get(name, u, at))
}

// halves reads four neighbours, the first at a multiple of four.
func (b *scope) halves(name string, u *use, at string) string {
	if u.element == "vec4<f16>" {
		return fmt.Sprintf("vec4<f32>(%s)", b.s.get(name, u, "u32("+at+") >> 2u"))
	}
	first := b.let("u32(%s)", at)
	var parts [4]any
	for i := range parts {
		parts[i] = b.half(name, u, fmt.Sprintf("%s + %du", first, i))
	}
	return fmt.Sprintf("vec4<f32>(%s, %s, %s, %s)", parts[:]...)
}

// putHalf writes a number to an array of f16, and putHalves four neighbours.
func (b *scope) putHalf(name string, u *use, at, text string) {
	b.line("%s", b.s.set(name, u, at, fmt.Sprintf("f16(%s(%s))", b.s.helper("round_half", 1), text)))
}

func (b *scope) putHalves(name string, u *use, at, text string) {
	four := b.let("vec4<f16>(%s(%s))", b.s.helper("round_half", 4), text)
	if u.element == "vec4<f16>" {
		b.line("%s", b.s.set(name, u, "u32("+at+") >> 2u", four))
		return
	}
	first := b.let("u32(%s)", at)
	for i, component := range []string{"x", "y", "z", "w"} {
		b.line("%s", b.s.set(name, u, fmt.Sprintf("%s + %du", first, i), four+"."+component))
	}
}
