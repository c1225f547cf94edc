package lang

import (
	"unicode"
	"unicode/utf8"
)

// Span is a range of bytes: s[Start:End].
type Span struct{ Start, End int }

// SyllableSpans returns where the Tibetan syllables of s lie, without their
// tshegs. A syllable is a longest run of Tibetan letters and signs; a run of
// Tibetan digits is a syllable of its own, so ༢༠༠༨ལོར is two. Text in other
// scripts gives none.
func SyllableSpans(s string) []Span {
	var spans []Span
	for i := 0; i < len(s); {
		end := syllableEnd(s, i)
		if end > i {
			spans = append(spans, Span{i, end})
			i = end
			continue
		}
		_, n := utf8.DecodeRuneInString(s[i:])
		i += n
	}
	return spans
}

// Syllables returns the Tibetan syllables of s without their tshegs. See
// SyllableSpans for what counts as one.
func Syllables(s string) []string { return cut(s, SyllableSpans(s)) }

// Clauses returns the parts of s that end in a shad, with their shads and
// without the spaces around them. What follows the last shad is the last part.
func Clauses(s string) []string { return cut(s, ClauseSpans(s)) }

// ClauseSpans returns where the clauses of s lie; see Clauses.
func ClauseSpans(s string) []Span {
	var spans []Span
	start, end, ended := -1, 0, false
	for i, r := range s {
		switch {
		case unicode.IsSpace(r):
			continue
		case IsShad(r):
			ended = start >= 0
		case ended:
			spans = append(spans, Span{start, end})
			start, ended = -1, false
		}
		if start < 0 {
			start = i
		}
		end = i + runeLen(s, i)
	}
	if start >= 0 {
		spans = append(spans, Span{start, end})
	}
	return spans
}

// syllableEnd returns the end of the syllable that begins at byte i, or i.
func syllableEnd(s string, i int) int {
	start, digits := i, false
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		// A loose mark belongs to whatever it follows, digit or letter.
		isDigit := IsTibetanDigit(r) || digits && isLooseMark(r)
		if !isDigit && !isSyllableRune(r) {
			break
		}
		if i == start {
			digits = isDigit
		} else if isDigit != digits {
			break
		}
		i += n
	}
	return i
}

func runeLen(s string, i int) int {
	_, n := utf8.DecodeRuneInString(s[i:])
	return n
}

func cut(s string, spans []Span) []string {
	parts := make([]string, len(spans))
	for i, p := range spans {
		parts[i] = s[p.Start:p.End]
	}
	return parts
}
