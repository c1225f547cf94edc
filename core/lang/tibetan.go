package lang

import "strings"

// Code points of the Tibetan block that have a part of their own here.
const (
	Tsheg        = '\u0F0B' // ་ ends a syllable; a line may break after it
	TshegNoBreak = '\u0F0C' // ༌ the same without the line break
	Shad         = '\u0F0D' // ། ends a clause
	NyisShad     = '\u0F0E' // ༎ ends a topic

	tsaPhru   = '\u0F39' // mark that turns tsa into dza, pha into fa
	achungSub = '\u0F71' // vowel length
	halanta   = '\u0F84' // no inherent vowel
)

func inTibetanBlock(r rune) bool { return r >= 0x0F00 && r <= 0x0FFF }

// isBaseLetter tells whether r can be the top of a stack.
func isBaseLetter(r rune) bool {
	return r == 0x0F00 || r >= 0x0F40 && r <= 0x0F6C || r >= 0x0F88 && r <= 0x0F8C
}

// startsStack tells whether signs can hang on r: a letter, or the dotted circle
// and no-break space that stand for one.
func startsStack(r rune) bool { return isBaseLetter(r) || r == 0x25CC || r == 0x00A0 }

// isSubjoined tells whether r is a letter that hangs below another.
func isSubjoined(r rune) bool { return r >= 0x0F8D && r <= 0x0FBC }

// isVowelSign tells whether r is one of the vowel signs U+0F71-0F7D, 0F80, 0F81.
func isVowelSign(r rune) bool {
	return r >= 0x0F71 && r <= 0x0F7D || r == 0x0F80 || r == 0x0F81
}

// isAfterVowel tells whether r is a sign that follows the vowels of its stack
// and has no combining class that would move it there: anusvara, visarga and
// the candrabindus.
func isAfterVowel(r rune) bool {
	return r == 0x0F7E || r == 0x0F7F || r == 0x0F82 || r == 0x0F83
}

// isLooseMark tells whether r is a mark that may stand under digits and
// symbols as well as letters (emphasis, astrological and digit signs).
func isLooseMark(r rune) bool {
	switch r {
	case 0x0F18, 0x0F19, 0x0F35, 0x0F37, 0x0F3E, 0x0F3F, 0x0FC6:
		return true
	}
	return false
}

// isTibetanMark tells whether r is any combining mark of the Tibetan block.
func isTibetanMark(r rune) bool {
	return isVowelSign(r) || isSubjoined(r) || isLooseMark(r) || isAfterVowel(r) ||
		r == tsaPhru || r == halanta || r == 0x0F86 || r == 0x0F87
}

// isSyllableRune tells whether r is a letter or mark, the stuff of syllables.
func isSyllableRune(r rune) bool { return isBaseLetter(r) || isTibetanMark(r) }

// IsTibetanDigit tells whether r is a Tibetan digit, ༠ to ༩.
func IsTibetanDigit(r rune) bool { return r >= 0x0F20 && r <= 0x0F29 }

// IsTsheg tells whether r ends a syllable: ་ or ༌.
func IsTsheg(r rune) bool { return r == Tsheg || r == TshegNoBreak }

// IsShad tells whether r is one of the strokes that end a clause: ། ༎ ༏ ༐ ༑ ༔
// and the rgya gram shad ༒.
func IsShad(r rune) bool { return r >= 0x0F0D && r <= 0x0F12 || r == 0x0F14 }

// ToTibetanDigits writes the ASCII digits of s as Tibetan ones.
func ToTibetanDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r - '0' + 0x0F20
		}
		return r
	}, s)
}

// ToASCIIDigits writes the Tibetan digits of s as ASCII ones. The half digits
// ༪ to ༳ stay: they have no ASCII counterpart.
func ToASCIIDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if IsTibetanDigit(r) {
			return r - 0x0F20 + '0'
		}
		return r
	}, s)
}
