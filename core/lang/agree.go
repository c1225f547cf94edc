package lang

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Placeholders are the parts of a text that a program fills in and a translation must
// keep: %1, %s, %(name)s, {0}, {name}, ${name}, <b>, </b>. They come in their order.
func Placeholders(s string) []string {
	var found []string
	for i := 0; i < len(s); {
		if n := placeholderAt(s[i:]); n > 0 {
			found = append(found, s[i:i+n])
			i += n
			continue
		}
		_, n := utf8.DecodeRuneInString(s[i:])
		i += n
	}
	return found
}

// placeholderAt is the length of the placeholder that s begins with, or 0.
func placeholderAt(s string) int {
	closed := func(from int, end byte, allowed string) int {
		for i := from; i < len(s); i++ {
			c := s[i]
			switch {
			case c == end && i > from:
				return i + 1
			case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte(allowed, c) >= 0:
			default:
				return 0
			}
		}
		return 0
	}
	switch {
	case strings.HasPrefix(s, "%("):
		if n := closed(2, ')', "_.- "); n > 0 && n < len(s) && isASCIILetter(s[n]) {
			return n + 1
		}
	case strings.HasPrefix(s, "%"):
		return formatVerb(s)
	case strings.HasPrefix(s, "${"):
		return closed(2, '}', "_.-")
	case strings.HasPrefix(s, "{"):
		return closed(1, '}', "_.-")
	case strings.HasPrefix(s, "</"):
		return closed(2, '>', "")
	case strings.HasPrefix(s, "<") && len(s) > 1 && isASCIILetter(s[1]):
		return closed(1, '>', " _-=\"'/.:#")
	}
	return 0
}

// formatVerb is the length of %1, %s, %2$d, %.3f; a percent sign after a number is none.
func formatVerb(s string) int {
	i := 1
	for i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] == '.' || s[i] == '$') {
		i++
	}
	switch {
	case i < len(s) && strings.IndexByte("sdifgxeqvuc@", s[i]) >= 0 && (i+1 == len(s) || !isASCIILetter(s[i+1])):
		return i + 1
	case i > 1 && s[i-1] >= '0' && s[i-1] <= '9':
		return i
	}
	return 0
}

func isASCIILetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// Numbers are the numbers that a text writes with digits, in ASCII digits and without
// the signs that group them, so that ༢༠༠༨ and 2008, 1,000 and 1000 are the same.
// Placeholders are none.
func Numbers(s string) []string {
	var found []string
	var number strings.Builder
	end := func() {
		if number.Len() > 0 {
			found = append(found, strings.TrimRight(number.String(), "."))
			number.Reset()
		}
	}
	for i := 0; i < len(s); {
		if n := placeholderAt(s[i:]); n > 0 && number.Len() == 0 {
			i += n
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		next, _ := utf8.DecodeRuneInString(s[i+n:])
		switch digit, ok := digitOf(r); {
		case ok:
			number.WriteByte(digit)
		case (r == ',' || r == '，' || r == '\u00a0') && number.Len() > 0 && groupOfThree(s[i+n:]):
		case r == '.' && number.Len() > 0 && isDigit(next):
			number.WriteByte('.')
		default:
			end()
		}
		i += n
	}
	end()
	return found
}

func isDigit(r rune) bool { _, ok := digitOf(r); return ok }

// groupOfThree tells whether exactly three digits come next.
func groupOfThree(s string) bool {
	count := 0
	for _, r := range s {
		if !isDigit(r) {
			break
		}
		count++
	}
	return count == 3
}

// digitOf is the ASCII digit of a decimal digit in ASCII, Tibetan or full width.
func digitOf(r rune) (byte, bool) {
	switch {
	case r >= '0' && r <= '9':
		return byte(r), true
	case IsTibetanDigit(r):
		return byte(r - 0x0F20 + '0'), true
	case r >= 0xFF10 && r <= 0xFF19:
		return byte(r - 0xFF10 + '0'), true
	case unicode.Is(unicode.Nd, r) && r >= 0x0966 && r <= 0x096F:
		return byte(r - 0x0966 + '0'), true
	}
	return 0, false
}

// OnlyIn gives what of a and of b has no counterpart in the other, sorted.
func OnlyIn(a, b []string) (onlyA, onlyB []string) {
	count := map[string]int{}
	for _, s := range a {
		count[s]++
	}
	for _, s := range b {
		count[s]--
	}
	for s, n := range count {
		for ; n > 0; n-- {
			onlyA = append(onlyA, s)
		}
		for ; n < 0; n++ {
			onlyB = append(onlyB, s)
		}
	}
	sort.Strings(onlyA)
	sort.Strings(onlyB)
	return onlyA, onlyB
}
