package token

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
)

// Where a pattern ignores case, Oniguruma compares by Unicode's full case folding, in
// which ſ is s, ß is ss and ﬆ is st; the general engine compares lower-case letters.
// So the letters are written out as classes and alternatives, and the engine is never
// told to ignore case.

// foldedToMany gives, by what they fold to, the characters that fold to more than one.
var foldedToMany = sync.OnceValue(func() map[string][]string {
	caser, many := cases.Fold(), map[string][]string{}
	for r := rune(utf8.RuneSelf); r < 0x20000; r++ {
		char := string(r)
		if folded := caser.String(char); utf8.RuneCountInString(folded) > 1 {
			many[folded] = append(many[folded], char)
		}
	}
	return many
})

// longestFold is the most characters that one folds to.
const longestFold = 3

// foldedLiteral writes out the literal characters at the front of rest: one, or a few
// that are together one character's folding. size is how many bytes it took.
func foldedLiteral(rest string) (atom string, size int) {
	_, width := utf8.DecodeRuneInString(rest)
	if folded := cases.Fold().String(rest[:width]); utf8.RuneCountInString(folded) > 1 {
		return foldedSequence(folded), width
	}
	for n := longestFold; n > 1; n-- {
		size, ok := literals(rest, n)
		if !ok {
			continue
		}
		if folded := cases.Fold().String(rest[:size]); foldedToMany()[folded] != nil {
			return foldedSequence(folded), size
		}
	}
	return anyCaseOf(rest[:width]), width
}

// foldedSequence matches a folding of several characters, and the ones that fold to it.
func foldedSequence(folded string) string {
	return "(?:" + anyCaseOf(folded) + "|" + strings.Join(foldedToMany()[folded], "|") + ")"
}

// anyCaseOf writes each character of text as a class of what folds to the same.
func anyCaseOf(text string) string {
	var out strings.Builder
	for _, r := range text {
		if same := sameFold(r); len(same) > 1 {
			out.WriteString("[" + string(same) + "]")
		} else {
			out.WriteRune(r)
		}
	}
	return out.String()
}

// sameFold lists the characters that fold to the same one, r first.
func sameFold(r rune) []rune {
	list := []rune{r}
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		list = append(list, other)
	}
	return list
}

// literals is the length of n characters that stand for themselves, with no count
// after the last.
func literals(rest string, n int) (size int, ok bool) {
	const meta = `\^$.|?*+()[{`
	for range n {
		if size >= len(rest) || strings.IndexByte(meta, rest[size]) >= 0 {
			return 0, false
		}
		_, width := utf8.DecodeRuneInString(rest[size:])
		size += width
	}
	return size, size == len(rest) || strings.IndexByte("?*+{", rest[size]) < 0
}

// span is a range of characters in a class.
type span struct{ from, to rune }

// foldedSpans gives what a class of these ranges matches besides: characters that fold
// to one in it, to be written into it, and the foldings of several, as alternatives.
func foldedSpans(spans []span) (more, many string) {
	var chars, alternatives strings.Builder
	for _, s := range spans {
		for r := s.from; r <= s.to; r++ {
			for _, other := range sameFold(r) {
				if other < s.from || other > s.to {
					chars.WriteRune(other)
				}
			}
			if folded := cases.Fold().String(string(r)); utf8.RuneCountInString(folded) > 1 {
				alternatives.WriteString("|" + anyCaseOf(folded))
			}
		}
	}
	return chars.String(), alternatives.String()
}

// caseProperties are the properties that a class with case ignored widens.
var caseProperties = map[string]func(rune) bool{
	`\p{Lu}`: func(r rune) bool { return unicode.Is(unicode.Lu, r) },
	`\p{Ll}`: func(r rune) bool { return unicode.Is(unicode.Ll, r) },
	`\p{Lt}`: func(r rune) bool { return unicode.Is(unicode.Lt, r) },
}

// flags takes (?imx-imx) or (?imx-imx: at the front of rest, after the bracket, and
// tells whether case is ignored from there on. Oniguruma's m is .NET's s.
func flags(rest string, ignored bool) (out string, size int, ignores bool) {
	end := strings.IndexAny(rest, ":)")
	if end < 1 || rest[0] != '?' || strings.Trim(rest[1:end], "imx-") != "" {
		return "", 0, ignored
	}
	on, off, _ := strings.Cut(rest[1:end], "-")
	ignores = (ignored || strings.Contains(on, "i")) && !strings.Contains(off, "i")
	out = strings.NewReplacer("m", "s", "i", "").Replace(rest[:end])
	return strings.TrimSuffix(out, "-"), end, ignores
}
