package metric

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dongyur/dongyur/core/lang"
	"github.com/dongyur/dongyur/core/language"
)

// Tokenization says how BLEU cuts text into tokens. The zero value is V13a.
type Tokenization string

// The tokenizations. All but Tsheg are sacreBLEU's, under its names.
const (
	None  Tokenization = "none"  // at white space
	V13a  Tokenization = "13a"   // mteval-v13a: words and ASCII punctuation
	Zh    Tokenization = "zh"    // Chinese characters, 13a for the rest
	Char  Tokenization = "char"  // every character
	Tsheg Tokenization = "tsheg" // Tibetan syllables and marks, Chinese characters, 13a for the rest
)

// TokenizationFor returns the tokenization reported for text in a language.
func TokenizationFor(tag string) Tokenization { return Tokenization(language.Of(tag).BLEU) }

func (t Tokenization) orDefault() Tokenization {
	if t == "" {
		return V13a
	}
	return t
}

// Split returns the tokens of s.
func (t Tokenization) Split(s string) []string {
	s = strings.TrimRightFunc(s, isSpace)
	switch t.orDefault() {
	case Zh:
		return fields(westernTokens(spacedChinese(strings.TrimFunc(s, isSpace))))
	case Char:
		var chars []string
		for i, r := range s {
			if !isSpace(r) {
				_, n := utf8.DecodeRuneInString(s[i:])
				chars = append(chars, s[i:i+n])
			}
		}
		return chars
	case Tsheg:
		return fields(westernTokens(" " + spacedTibetan(s) + " "))
	case V13a:
		return fields(westernTokens(" " + unescaped.Replace(s) + " "))
	}
	return fields(s)
}

// spacedTibetan sets off Tibetan syllables, marks of the Tibetan block and
// Chinese characters by spaces, and drops the tshegs.
func spacedTibetan(s string) string {
	var b strings.Builder
	syllables := lang.SyllableSpans(s)
	for i := 0; i < len(s); {
		if len(syllables) > 0 && syllables[0].Start == i {
			b.WriteString(" " + s[i:syllables[0].End] + " ")
			i = syllables[0].End
			syllables = syllables[1:]
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case lang.IsTsheg(r):
			b.WriteByte(' ')
		case r >= 0x0F00 && r <= 0x0FFF || unicode.Is(unicode.Han, r) || r >= 0x3000 && r <= 0x303F:
			b.WriteString(" " + s[i:i+n] + " ")
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

func spacedChinese(s string) string {
	var b strings.Builder
	for i, r := range s {
		_, n := utf8.DecodeRuneInString(s[i:])
		if isChinese(r) {
			b.WriteString(" " + s[i:i+n] + " ")
		} else {
			b.WriteString(s[i : i+n])
		}
	}
	return b.String()
}

// isChinese is sacreBLEU's test, with its two slips: the ranges meant for
// U+20000-2A6D6 and U+2F800-2FA1D are written with too few digits there, and
// so mean U+2001-2A6D and U+2F81-2FA1. Scores would differ without them.
func isChinese(r rune) bool {
	for _, c := range chinese {
		if r >= c[0] && r <= c[1] {
			return true
		}
	}
	return false
}

var chinese = [][2]rune{
	{0x4E00, 0x9FBB}, {0x3400, 0x4DB5}, {0xF900, 0xFA2D}, {0xFA30, 0xFA6A}, {0xFA70, 0xFAD9},
	{0x2001, 0x2A6D}, {0x2F81, 0x2FA1}, {0xFF00, 0xFFEF}, {0x2E80, 0x2EFF}, {0x3000, 0x303F},
	{0x31C0, 0x31EF}, {0x2F00, 0x2FDF}, {0x2FF0, 0x2FFF}, {0x3100, 0x312F}, {0x31A0, 0x31BF},
	{0xFE10, 0xFE1F}, {0xFE30, 0xFE4F}, {0x2600, 0x27BF}, {0x3200, 0x33FF},
}

// unescaped does the language-independent part of mteval-v13a. The replacements
// are made one after the other, so "&amp;lt;" becomes "<".
var unescaped = chain{
	{"<skipped>", ""}, {"-\n", ""}, {"\n", " "},
	{"&quot;", `"`}, {"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"},
}

type chain [][2]string

// Replace makes every replacement of the chain in turn.
func (c chain) Replace(s string) string {
	for _, pair := range c {
		s = strings.ReplaceAll(s, pair[0], pair[1])
	}
	return s
}

// westernTokens does the language-dependent part of mteval-v13a: it sets off
// ASCII punctuation by spaces, but for periods and commas between digits,
// apostrophes, and dashes that do not follow a digit.
func westernTokens(s string) string {
	var spaced []rune
	for _, r := range s {
		if r < 0x80 && (isASCIIPunctuation(byte(r)) && !strings.ContainsRune("',-.", r)) {
			spaced = append(spaced, ' ', r, ' ')
		} else {
			spaced = append(spaced, r)
		}
	}
	spaced = rewritePairs(spaced, func(a, b rune) bool { return !isDigit(a) && isStop(b) }, "1 2 ")
	spaced = rewritePairs(spaced, func(a, b rune) bool { return isStop(a) && !isDigit(b) }, " 1 2")
	spaced = rewritePairs(spaced, func(a, b rune) bool { return isDigit(a) && b == '-' }, "1 2 ")
	return string(spaced)
}

// rewritePairs writes each pair of runes that match accepts by form, in which
// 1 and 2 stand for the pair. Pairs do not overlap, as in a regexp's replace.
func rewritePairs(in []rune, match func(a, b rune) bool, form string) []rune {
	out := make([]rune, 0, len(in)+len(in)/4)
	for i := 0; i < len(in); i++ {
		if i+1 == len(in) || !match(in[i], in[i+1]) {
			out = append(out, in[i])
			continue
		}
		for _, f := range form {
			switch f {
			case '1':
				out = append(out, in[i])
			case '2':
				out = append(out, in[i+1])
			default:
				out = append(out, f)
			}
		}
		i++
	}
	return out
}

func isStop(r rune) bool  { return r == '.' || r == ',' }
func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// fields splits s at white space as Python's str.split does, which sacreBLEU
// relies on: the separators U+001C to U+001F are white space there.
func fields(s string) []string { return strings.FieldsFunc(s, isSpace) }

func isSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1C && r <= 0x1F }
