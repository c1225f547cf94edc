package lang

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Clean mends what can be mended without guessing what was meant, and returns
// the text in NFC: it drops invisible and control characters, puts the signs
// of a Tibetan stack in order, writes a vowel sign once that is there twice, and
// deprecated signs the way Unicode recommends. What it cannot mend (lost characters, letters
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
	text := b.String()
	clean := NFC(orderSigns(text))
	for len(clean) < len(text) { // NFC cuts runs of over 30 marks: where some were written once, it can join others
		text, clean = clean, NFC(orderSigns(clean))
	}
	return clean
}

// respelled are the signs that Unicode deprecates, by what it recommends.
var respelled = strings.NewReplacer("\u0F77", "\u0FB2\u0F71\u0F80", "\u0F79", "\u0FB3\u0F71\u0F80")

// orderSigns puts the letters of every Tibetan stack before its vowel signs,
// these before its anusvara and visarga, and writes each vowel sign once.
func orderSigns(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return isVowelSign(r) || isAfterVowel(r) }) < 0 {
		return s
	}
	var out strings.Builder
	var signs []rune // of the stack being read
	onStack := false
	flush := func() {
		for _, r := range ordered(signs) {
			out.WriteRune(r)
		}
		signs = signs[:0]
	}
	for _, r := range NFC(respelled.Replace(s)) {
		switch {
		case r == 0x034F: // put in by NFC where many signs follow each other
		case isTibetanMark(r) && (onStack || !isSubjoined(r)):
			signs = append(signs, r)
		default:
			flush()
			out.WriteRune(r)
			onStack = startsStack(r)
		}
	}
	flush()
	return out.String()
}

// ordered returns what hangs on one letter in order: letters, vowel signs in
// canonical order, the rest. What comes before the first vowel stays as it is.
func ordered(signs []rune) []rune {
	first := slices.IndexFunc(signs, func(r rune) bool { return isVowelSign(r) || isAfterVowel(r) })
	if first < 0 {
		return signs
	}
	var below, vowels, rest []rune
	for _, r := range signs[first:] {
		switch {
		case isSubjoined(r):
			below = append(below, r)
		case isVowelSign(r):
			vowels = append(vowels, r)
		default:
			rest = append(rest, r)
		}
	}
	// The length mark, the signs above, then u, as their combining classes say.
	slices.SortStableFunc(vowels, func(a, b rune) int { return class(a) - class(b) })
	return slices.Concat(signs[:first], below, slices.CompactFunc(vowels, repeats), rest)
}

// repeats tells whether the sign b after a only says a again. For e and o that
// is a guess: twice, they are a slip in ཆེེས but stand for ai in བེེཌཱུརྱ.
func repeats(a, b rune) bool { return a == b && a != 0x0F7A && a != 0x0F7C }

// class is the canonical combining class of a vowel sign.
func class(r rune) int {
	switch r {
	case achungSub:
		return 129
	case 0x0F74:
		return 132
	}
	return 130
}
