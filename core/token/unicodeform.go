package token

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// unicodeForm normalises to form. x/text puts a grapheme joiner (U+034F) into
// runs of more than 30 combining marks (Unicode's stream-safe format); the
// reference library does not, so such rare text is normalised here, by the
// definition (Unicode Standard Annex 15).
func unicodeForm(form norm.Form) normalizer {
	const joiner = "\u034F"
	return func(s string) string {
		out := form.String(s)
		if strings.Count(out, joiner) == strings.Count(s, joiner) {
			return out
		}
		return unboundedForm(form, s)
	}
}

// unboundedForm decomposes, sorts marks by combining class, and composes.
func unboundedForm(form norm.Form, s string) string {
	decompose := norm.NFD
	if form == norm.NFKC || form == norm.NFKD {
		decompose = norm.NFKD
	}
	var parts []string // one character each; a byte that is not UTF-8 is one too
	for i := 0; i < len(s); {
		_, width := utf8.DecodeRuneInString(s[i:])
		for whole := decompose.String(s[i : i+width]); whole != ""; {
			_, n := utf8.DecodeRuneInString(whole)
			parts = append(parts, whole[:n])
			whole = whole[n:]
		}
		i += width
	}
	for i := 0; i < len(parts); {
		end := i + 1
		for end < len(parts) && combining(parts[i]) > 0 && combining(parts[end]) > 0 {
			end++
		}
		slices.SortStableFunc(parts[i:end], func(a, b string) int { return int(combining(a)) - int(combining(b)) })
		i = end
	}
	if form == norm.NFC || form == norm.NFKC {
		parts = compose(parts)
	}
	return strings.Join(parts, "")
}

func combining(char string) uint8 { return norm.NFD.PropertiesString(char).CCC() }

// compose joins each character to the last starter where one character stands
// for both and nothing of its combining class or a higher one is between.
func compose(parts []string) []string {
	out := parts[:0]
	starter, last := -1, uint8(0) // where out's last starter is; class of what follows it
	for _, part := range parts {
		class := combining(part)
		adjacent := starter == len(out)-1
		if starter >= 0 && (adjacent || last != 0 && last < class) {
			joined := norm.NFC.String(out[starter] + part)
			if utf8.RuneCountInString(joined) == 1 {
				out[starter] = joined
				continue
			}
		}
		if class == 0 {
			starter = len(out)
		}
		last = class
		out = append(out, part)
	}
	return out
}
