package lang

import (
	"strings"
	"unicode/utf8"
)

// TypeWylie turns Wylie into Tibetan as it is typed. before is what stands left of the
// caret after a key; when that key ended a syllable (a space, a shad or another sign
// that stands between syllables), the Latin letters and signs before it are written
// in Tibetan: it returns how many bytes at the end of before give way, and to what.
// ok is false where there is nothing to do; Tibetan, Chinese and [brackets] stay.
func TypeWylie(before string) (bytes int, tibetan string, warnings []Warning, ok bool) {
	if before == "" || !endsSyllable(before[len(before)-1]) {
		return 0, "", nil, false
	}
	return convertEnd(before)
}

// EndWylie is TypeWylie for the last syllable, when typing has ended.
func EndWylie(before string) (bytes int, tibetan string, warnings []Warning, ok bool) {
	return convertEnd(before)
}

// endsSyllable tells whether a key stands between syllables.
func endsSyllable(key byte) bool {
	_, symbol := symbols[string(key)]
	return symbol && (key < '0' || key > '9') && key != '(' && key != '<'
}

func convertEnd(before string) (bytes int, tibetan string, warnings []Warning, ok bool) {
	start := len(before)
	for start > 0 && before[start-1] < utf8.RuneSelf && before[start-1] >= ' ' {
		start--
	}
	run := before[start:]
	open := strings.LastIndexByte(run, '[')
	switch {
	case run == "":
		return 0, "", nil, false
	case open > strings.LastIndexByte(run, ']'): // text in brackets is still being typed
		return 0, "", nil, false
	case afterShad(before[:start]) && run[0] == ' ':
		// A space after a shad stays one, and the reader sees no shad here.
		spaces := len(run) - len(strings.TrimLeft(run, " "))
		tibetan, warnings = FromWylie(run[spaces:])
		tibetan = run[:spaces] + tibetan
	default:
		tibetan, warnings = FromWylie(run)
	}
	return len(run), tibetan, warnings, tibetan != run
}

func afterShad(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return IsShad(r)
}

// WylieKey is what to type for a sign.
type WylieKey struct{ Wylie, Tibetan string }

// WylieKeys are what a key map shows: the letters in their order in the alphabet, the
// vowels and signs on ཀ, the letters for Sanskrit, and the signs between syllables.
func WylieKeys() (consonants, vowels, sanskrit, signs []WylieKey) {
	for _, l := range letters {
		key := WylieKey{l.wylie, string(l.base)}
		switch l.wylie {
		case "T", "Th", "D", "N", "Sh":
			sanskrit = append(sanskrit, key)
		case "R", "W", "Y":
		default:
			consonants = append(consonants, key)
		}
	}
	for _, w := range []string{"ka", "ki", "ku", "ke", "ko"} {
		vowels = append(vowels, keyOf(w))
	}
	for _, w := range []string{"kA", "kI", "kU", "kai", "kau", "k-i", "kaM", "kaH", "k?", "k+Sh"} {
		sanskrit = append(sanskrit, keyOf(w))
	}
	for _, w := range []string{" ", "/", "//", "_", "*", ":", ";", "|", "@#", "0", "9"} {
		signs = append(signs, keyOf(w))
	}
	return consonants, vowels, sanskrit, signs
}

func keyOf(wylie string) WylieKey {
	tibetan, _ := FromWylie(wylie)
	return WylieKey{wylie, tibetan}
}
