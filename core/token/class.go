package token

import (
	"unicode"
	"unicode/utf8"
)

// A class is the set of pattern classes one character belongs to.
type class uint8

const (
	letter  class = 1 << iota // \p{L}
	mark                      // \p{M}
	number                    // \p{N}
	space                     // \s, Unicode's White_Space
	newline                   // [\r\n]
	tibetan                   // what a Tibetan syllable is written with
	han                       // Chinese characters of the basic plane
	shad                      // Tibetan sentence and clause marks
)

// planeZero holds the class of every character below U+10000: one load in
// place of several binary searches.
var planeZero = func() *[1 << 16]class {
	table := new([1 << 16]class)
	set := func(ranges *unicode.RangeTable, c class) {
		for _, r := range ranges.R16 {
			for x := int(r.Lo); x <= int(r.Hi); x += int(r.Stride) {
				table[x] |= c
			}
		}
	}
	set(unicode.L, letter)
	set(unicode.M, mark)
	set(unicode.N, number)
	set(unicode.White_Space, space)
	table['\r'] |= newline
	table['\n'] |= newline
	set(tibetanTable, tibetan)
	set(hanTable, han)
	set(shadTable, shad)
	return table
}()

func classOf(r rune) class {
	if r < 1<<16 {
		return planeZero[r]
	}
	switch {
	case unicode.Is(unicode.L, r):
		return letter
	case unicode.Is(unicode.M, r):
		return mark
	case unicode.Is(unicode.N, r):
		return number
	}
	return 0
}

// classAt gives the class and width in bytes of the character at s[i:]. A byte
// that is not UTF-8 is one character of no class, like a symbol. Past the end
// the width is 0.
func classAt(s string, i int) (class, int) {
	if i >= len(s) {
		return 0, 0
	}
	if b := s[i]; b < utf8.RuneSelf {
		return planeZero[b], 1
	}
	r, width := utf8.DecodeRuneInString(s[i:])
	return classOf(r), width
}

// run gives the end of the longest run from i of characters that have any of
// the classes.
func run(s string, i int, any class) int {
	for {
		c, width := classAt(s, i)
		if width == 0 || c&any == 0 {
			return i
		}
		i += width
	}
}

// runWithout gives the end of the longest run from i of characters that have
// none of the classes.
func runWithout(s string, i int, none class) int {
	for {
		c, width := classAt(s, i)
		if width == 0 || c&none != 0 {
			return i
		}
		i += width
	}
}
