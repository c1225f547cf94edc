package lang

import (
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
	return NFC(orderStacks(b.String()))
}

// orderStacks moves the vowel signs of every Tibetan stack before its
// anusvara or visarga, and rewrites vowel signs that have a better spelling.
func orderStacks(s string) string {
	if strings.IndexFunc(s, isVowelSign) < 0 {
		return s
	}
	var out, after strings.Builder
	flush := func() {
		out.WriteString(after.String())
		after.Reset()
	}
	var last rune // the vowel sign just written, if any
	runes := []rune(NFC(s))
	for i, r := range runes {
		switch {
		case r == 0x034F:
			continue // put in by NFC where many signs follow each other
		case isAfterVowel(r):
			// Kept back until the vowels that belong before it are out.
			after.WriteRune(r)
			continue
		case isVowelSign(r):
			r, keep := spell(last, r)
			if !keep {
				continue
			}
			out.WriteString(r)
			last = runes[i]
			continue
		}
		flush()
		out.WriteRune(r)
		last = 0
	}
	flush()
	return respell.Replace(out.String())
}

// respell joins a sign written twice into the one sign that Unicode has for it.
var respell = strings.NewReplacer(
	"\u0F7A\u0F7A", "\u0F7B", // e e is ai
	"\u0F7C\u0F7C", "\u0F7D", // o o is au
)

// spell returns how to write the vowel sign r after the sign last; keep is
// false if r only repeats last.
func spell(last, r rune) (text string, keep bool) {
	switch {
	case r == 0x0F77:
		return "\u0FB2\u0F71\u0F80", true
	case r == 0x0F79:
		return "\u0FB3\u0F71\u0F80", true
	case r == last && r != 0x0F7A && r != 0x0F7C:
		return "", false
	}
	return string(r), true
}
