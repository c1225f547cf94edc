package language

import (
	"github.com/dongyur/dongyur/core/lang"
	"slices"
)

// Share returns the share, 0 to 1, of the letters of s that are in a script of the
// language of a tag. It is 0 for text without letters, and for a language whose
// script nobody knows; see Written.
func Share(s, tag string) float64 { return Of(tag).Share(s) }

// Share is the share of the letters of s that are in a script of the language.
func (l *Language) Share(s string) float64 {
	c := lang.Count(s)
	if c.Letters == 0 {
		return 0
	}
	n := 0
	for _, code := range l.letters() {
		n += c.By[code]
	}
	return float64(n) / float64(c.Letters)
}

// Written is the language as some texts in it are written: where its script is not
// known, or it has several (Kazakh under the tag "kk"), it is that of most of the
// texts' letters. Texts without letters leave it as it is.
func (l *Language) Written(texts ...string) *Language {
	if len(l.letters()) == 1 {
		return l
	}
	letters := map[lang.Script]int{}
	for _, text := range texts {
		for code, n := range lang.Count(text).By {
			letters[code] += n
		}
	}
	var most lang.Script
	among := l.letters()
	for code, n := range letters {
		fits := len(among) == 0 || slices.Contains(among, code)
		if fits && (n > letters[most] || n == letters[most] && code < most) {
			most = code
		}
	}
	for _, code := range l.Scripts {
		if slices.Contains(scriptRow(code).parts, most) {
			return l // Japanese in Han letters is Japanese
		}
	}
	if most == "" {
		return l
	}
	written := *l
	written.Scripts, written.Unit, written.BLEU = []lang.Script{most}, "", ""
	return fill(written, subtags{})
}

// SameScript tells whether two languages share a script, so that letters alone do not
// tell one from the other.
func SameScript(a, b *Language) bool {
	return slices.ContainsFunc(a.letters(), func(s lang.Script) bool { return slices.Contains(b.letters(), s) })
}

// letters are the scripts that the language's letters are looked up by.
func (l *Language) letters() []lang.Script {
	var list []lang.Script
	for _, code := range l.Scripts {
		parts := scriptRow(code).parts
		if len(parts) == 0 {
			parts = []lang.Script{code}
		}
		for _, part := range parts {
			if !slices.Contains(list, part) {
				list = append(list, part)
			}
		}
	}
	return list
}

// WrittenIn tells whether the language has letters of a script, and of no other.
func (l *Language) WrittenIn(code lang.Script) bool {
	own := l.letters()
	return len(own) == 1 && own[0] == code
}
