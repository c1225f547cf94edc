package grammar

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// english forms:
//
//	pl          a noun's plural
//	gen         a noun's or a pronoun's genitive: mother's, my
//	subj obj    a pronoun's case; other words do not change
//	3sg past pp ing   forms of a verb
//	when        a time with its preposition: in the morning
//	er est      an adjective's comparative and superlative: bigger, most beautiful
//
// Features: a (the article before the word: a, an), mass (1: no plural, no article).
var english = &Language{
	Tag:      "en",
	Form:     englishForm,
	Features: englishFeatures,
	Tokens:   englishTokens,
	Join:     englishJoin,
}

func englishForm(e *Entry, form string) []string {
	if notes := e.notes("en", form); notes != nil && form != "" {
		return notes
	}
	words := e.Texts("en")
	switch form {
	case "", "subj", "obj":
		return words
	case "when":
		if prep := e.Note("en", "prep"); prep != "" {
			return each(words, func(s string) string { return prep + " " + s })
		}
		return words
	case "pl":
		if e.Note("en", "mass") == "1" {
			return nil
		}
		return each(words, onLast(plural))
	case "gen":
		return each(words, func(s string) string {
			if strings.HasSuffix(s, "s") && e.Note("en", "pl") == s {
				return s + "'"
			}
			return s + "'s"
		})
	case "3sg":
		return each(words, onFirst(third))
	case "past", "pp":
		if past := e.notes("en", "past"); past != nil {
			return past
		}
		return each(words, onFirst(past))
	case "ing":
		return each(words, onFirst(participle))
	case "er":
		if cmp := e.notes("en", "cmp"); cmp != nil {
			return cmp
		}
		return each(words, comparative)
	case "est":
		return each(englishForm(e, "er"), superlative)
	}
	return nil
}

// onLast changes the last word of a phrase, the head of a noun.
func onLast(of func(string) string) func(string) string {
	return func(s string) string {
		i := strings.LastIndexByte(s, ' ') + 1
		return s[:i] + of(s[i:])
	}
}

// onFirst changes the first word of a phrase, the verb.
func onFirst(of func(string) string) func(string) string {
	return func(s string) string {
		first, rest, more := strings.Cut(s, " ")
		if more {
			return of(first) + " " + rest
		}
		return of(first)
	}
}

func isVowel(c byte) bool { return strings.IndexByte("aeiou", c) >= 0 }

// consonantY tells whether a word ends in y after a consonant.
func consonantY(s string) bool {
	return len(s) > 1 && s[len(s)-1] == 'y' && !isVowel(s[len(s)-2])
}

// doubles tells whether the last consonant is doubled before an ending: one syllable of
// consonant, vowel, consonant.
func doubles(s string) bool {
	n := len(s)
	if n < 3 || isVowel(s[n-1]) || strings.IndexByte("wxy", s[n-1]) >= 0 || !isVowel(s[n-2]) || isVowel(s[n-3]) {
		return false
	}
	return strings.IndexFunc(s[:n-2], func(r rune) bool { return isVowel(byte(r)) }) < 0
}

// third is a verb's third person.
func third(s string) string {
	if strings.HasSuffix(s, "o") {
		return s + "es"
	}
	return plural(s)
}

// superlative makes biggest of bigger, best of better.
func superlative(more string) string {
	switch rest, ok := strings.CutPrefix(more, "more "); {
	case ok:
		return "most " + rest
	case more == "better":
		return "best"
	case more == "worse":
		return "worst"
	}
	return strings.TrimSuffix(more, "r") + "st"
}

func plural(s string) string {
	switch {
	case consonantY(s):
		return s[:len(s)-1] + "ies"
	case strings.HasSuffix(s, "s"), strings.HasSuffix(s, "x"), strings.HasSuffix(s, "z"), strings.HasSuffix(s, "ch"), strings.HasSuffix(s, "sh"):
		return s + "es"
	}
	return s + "s"
}

func past(s string) string {
	switch {
	case strings.HasSuffix(s, "e"):
		return s + "d"
	case consonantY(s):
		return s[:len(s)-1] + "ied"
	case doubles(s):
		return s + s[len(s)-1:] + "ed"
	}
	return s + "ed"
}

func participle(s string) string {
	switch {
	case strings.HasSuffix(s, "ie"):
		return s[:len(s)-2] + "ying"
	case strings.HasSuffix(s, "e") && !strings.HasSuffix(s, "ee"):
		return s[:len(s)-1] + "ing"
	case doubles(s):
		return s + s[len(s)-1:] + "ing"
	}
	return s + "ing"
}

func comparative(s string) string {
	vowels := 0
	for i := range len(s) {
		if isVowel(s[i]) && (i == 0 || !isVowel(s[i-1])) {
			vowels++
		}
	}
	silent := strings.HasSuffix(s, "e") && vowels == 2
	switch {
	case consonantY(s) && vowels <= 1:
		return s[:len(s)-1] + "ier"
	case vowels > 1 && !silent:
		return "more " + s
	case strings.HasSuffix(s, "e"):
		return s + "r"
	case doubles(s):
		return s + s[len(s)-1:] + "er"
	}
	return s + "er"
}

func englishFeatures(e *Entry) map[string]string {
	words := e.Texts("en")
	if len(words) == 0 {
		return nil
	}
	features := map[string]string{"a": "a", "mass": "0"}
	if isVowel(words[0][0] | 0x20) {
		features["a"] = "an"
	}
	if a := e.Note("en", "a"); a != "" {
		features["a"] = a
	}
	if e.Note("en", "mass") == "1" {
		features["mass"] = "1"
	}
	if pl := e.Note("en", "pl"); pl != "" && pl == words[0] && e.Note("en", "only") == "pl" {
		features["mass"] = "pl"
	}
	return features
}

// apostrophes are the ways to write one.
var apostrophes = strings.NewReplacer("’", "'", "‘", "'", "ʼ", "'")

func englishTokens(text string) []string {
	text = apostrophes.Replace(strings.ToLower(width.Fold.String(text)))
	var tokens []string
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool {
		return r != '\'' && !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r)
	}) {
		if word = strings.TrimLeft(word, "'"); word != "" {
			tokens = append(tokens, word)
		}
	}
	return tokens
}

// englishJoin puts spaces between words, a capital at the beginning of each sentence and
// a full stop at the end.
func englishJoin(pieces []string) string {
	var b strings.Builder
	begins := true
	for _, p := range pieces {
		if b.Len() > 0 && !strings.ContainsAny(p[:1], ",.?!") {
			b.WriteByte(' ')
		}
		if r, n := utf8.DecodeRuneInString(p); begins {
			p = string(unicode.ToUpper(r)) + p[n:]
		}
		b.WriteString(p)
		begins = strings.ContainsAny(p[len(p)-1:], ".?!")
	}
	if !begins {
		b.WriteByte('.')
	}
	return b.String()
}
