package lang

import (
	"unicode"
	"unicode/utf8"
)

// UnitSpans cuts s into the units that lengths, overlaps and repetitions are counted
// in: tsheg syllables where the text is Tibetan, characters where it is Chinese or
// Japanese, words otherwise. Spaces, punctuation and symbols are left out. In text of a
// script that is spaceless, such as Thai, a letter with its marks is a unit.
func UnitSpans(s string, spaceless bool) []Span {
	var units []Span
	for i := 0; i < len(s); {
		end := unitEnd(s, i, spaceless)
		if end > i {
			units = append(units, Span{i, end})
			i = end
			continue
		}
		i += runeLen(s, i)
	}
	return units
}

// unitEnd returns the end of the unit that begins at byte i, or i.
func unitEnd(s string, i int, spaceless bool) int {
	if end := syllableEnd(s, i); end > i {
		return end
	}
	start := i
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case unicode.IsMark(r) && !inTibetanBlock(r) || isJoiner(r):
			// Marks and joiners go with the letter before them.
			if i == start {
				return i
			}
		case isIdeographic(r):
			if i == start {
				i += n
				return i + markLen(s, i)
			}
			return i
		case !unicode.IsLetter(r) && !unicode.IsNumber(r) || inTibetanBlock(r):
			return i
		case spaceless && i > start && unicode.IsLetter(r):
			return i
		}
		i += n
	}
	return i
}

// markLen returns the bytes of the combining marks at byte i.
func markLen(s string, i int) int {
	start := i
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		if !unicode.IsMark(r) || inTibetanBlock(r) {
			break
		}
		i += n
	}
	return i - start
}

// isIdeographic tells whether r is a character of Chinese or Japanese that is
// a unit by itself.
func isIdeographic(r rune) bool {
	if r < 0x2E80 {
		return false
	}
	if r == 0x30FC || r == 0xFF70 { // prolonged sound marks, common to two scripts
		return true
	}
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo) &&
		unicode.In(r, unicode.L, unicode.Nl)
}

// isJoiner tells whether r is a zero-width (non-)joiner, which Persian and the
// scripts of India write inside words.
func isJoiner(r rune) bool { return r == 0x200C || r == 0x200D }
