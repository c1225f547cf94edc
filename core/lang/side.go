package lang

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What language.CheckSide looks for besides damaged sequences: a whole text that is not what its
// language's texts are.
const (
	Mojibake    ProblemKind = "mojibake"     // UTF-8 read as Latin-1 or Windows-1252; MendBytes undoes it
	LatinWylie  ProblemKind = "Wylie"        // Tibetan in Latin letters; FromWylie writes it in Tibetan ones
	WrongScript ProblemKind = "wrong script" // hardly a letter of the language's script
)

// windows1252 are the characters that Windows-1252 has in place of Latin-1's controls.
var windows1252 = map[rune]byte{
	'€': 0x80, '‚': 0x82, 'ƒ': 0x83, '„': 0x84, '…': 0x85, '†': 0x86, '‡': 0x87, 'ˆ': 0x88, '‰': 0x89, 'Š': 0x8a, '‹': 0x8b,
	'Œ': 0x8c, 'Ž': 0x8e, '‘': 0x91, '’': 0x92, '“': 0x93, '”': 0x94, '•': 0x95, '–': 0x96, '—': 0x97, '˜': 0x98, '™': 0x99,
	'š': 0x9a, '›': 0x9b, 'œ': 0x9c, 'ž': 0x9e, 'Ÿ': 0x9f,
}

// latin1Bytes are the bytes of a text if each character of it stood for one.
func latin1Bytes(text string) ([]byte, bool) {
	raw := make([]byte, 0, len(text))
	for _, r := range text {
		b, special := windows1252[r]
		switch {
		case special:
			raw = append(raw, b)
		case r <= 0xff:
			raw = append(raw, byte(r))
		default:
			return nil, false
		}
	}
	return raw, true
}

// IsMojibake tells whether a text is UTF-8 that was read as Latin-1 or Windows-1252: most
// of its letters beyond ASCII come in the pairs that the bytes of UTF-8 then make.
func IsMojibake(text string) bool {
	var before byte
	pairs, beyond := 0, 0
	for _, r := range text {
		b := windows1252[r]
		if b == 0 && r >= 0x80 && r <= 0xff {
			b = byte(r)
		}
		if r >= 0x80 {
			beyond++
		}
		if before >= 0xc2 && before <= 0xf4 && b >= 0x80 && b <= 0xbf {
			pairs++
		}
		before = b
	}
	return pairs > 0 && 3*pairs >= beyond
}

// IsWylie tells whether a text in Latin letters is Tibetan in Wylie: it has no capitals
// but those of the scheme, reads without a warning, and gives syllables that Tibetan has.
func IsWylie(text string) bool {
	c := Count(text)
	if c.Letters < 2 || c.By[Latn] < c.Letters {
		return false
	}
	tibetan, warnings := FromWylie(strings.TrimSpace(text))
	odd := slices.ContainsFunc(Spelling(tibetan), func(p Problem) bool { return p.Kind == BadSyllable || p.Kind == MissingTsheg })
	return len(warnings) == 0 && !odd && strings.IndexFunc(tibetan, unicode.IsLetter) >= 0 && Count(tibetan).By[Latn] == 0
}

// MendBytes undoes Mojibake.
func MendBytes(text string) string {
	if IsMojibake(text) {
		if raw, ok := latin1Bytes(text); ok && utf8.Valid(raw) {
			return string(raw)
		}
	}
	return text
}
