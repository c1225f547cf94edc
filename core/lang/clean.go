package lang

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Clean mends what can be mended without guessing what was meant, and returns
// the text in NFC: it drops invisible and control characters, puts the signs
// of a Tibetan stack in order, and writes doubled and deprecated vowel signs
// the way Unicode recommends. What it cannot mend (lost characters, letters
// that hang in the air, private-use characters) stays, for Check to report;
// bytes that are not UTF-8 become U+FFFD.
func Clean(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	var b strings.Builder
	b.Grow(len(s))
	c := checker{s: s}
	for i, r := range s {
		n := utf8.RuneLen(r)
		switch c.kind(i, r, n) {
		case ByteOrderMark, ZeroWidth, Control:
			// The neighbours are to meet, so what was left of r stays so.
			continue
		}
		b.WriteRune(r)
		c.step(r)
	}
	return NFC(orderSigns(b.String()))
}

// respelled are the signs that Unicode deprecates, by what it recommends.
var respelled = strings.NewReplacer("\u0F77", "\u0FB2\u0F71\u0F80", "\u0F79", "\u0FB3\u0F71\u0F80")

// orderSigns puts the vowel signs of every Tibetan stack before its anusvara
// and visarga, and writes each sign once.
func orderSigns(s string) string {
	if strings.IndexFunc(s, isVowelSign) < 0 {
		return s
	}
	var out strings.Builder
	var signs []rune // of the stack being read
	flush := func() {
		for _, r := range ordered(signs) {
			out.WriteRune(r)
		}
		signs = signs[:0]
	}
	for _, r := range NFC(respelled.Replace(s)) {
		switch {
		case r == 0x034F: // put in by NFC where many signs follow each other
		case isTibetanMark(r) && !isSubjoined(r):
			signs = append(signs, r)
		default:
			flush()
			out.WriteRune(r)
		}
	}
	flush()
	return out.String()
}

// ordered returns the signs of one stack in canonical order, vowels before
// what follows vowels, and without repetitions.
func ordered(signs []rune) []rune {
	vowels := slices.DeleteFunc(slices.Clone(signs), func(r rune) bool { return !isVowelSign(r) })
	// Canonical order: the length mark, the signs above, then u.
	slices.SortStableFunc(vowels, func(a, b rune) int { return class(a) - class(b) })
	vowels = once(vowels)
	rest := slices.DeleteFunc(signs, isVowelSign)
	return append(vowels, rest...)
}

// class orders the vowel signs as their canonical combining classes do.
func class(r rune) int {
	switch r {
	case achungSub:
		return 129
	case 0x0F74:
		return 132
	}
	return 130
}

// once drops repeated vowel signs, and writes e or o twice as the one sign
// that Unicode has for it.
func once(vowels []rune) []rune {
	kept := vowels[:0]
	for _, r := range vowels {
		last := len(kept) - 1
		switch {
		case last < 0 || kept[last] != r:
			kept = append(kept, r)
		case r == 0x0F7A || r == 0x0F7C:
			kept[last] = r + 1
		}
	}
	return kept
}
