package lang

import "unicode"

// Script is a writing system by its four-letter ISO 15924 code.
type Script string

// The scripts that are told apart. Jpan stands for Han, Hiragana and Katakana
// together, as in ISO 15924; Other for letters of any other script.
const (
	Tibt  Script = "Tibt"
	Hani  Script = "Hani"
	Latn  Script = "Latn"
	Hira  Script = "Hira"
	Kana  Script = "Kana"
	Jpan  Script = "Jpan"
	Hang  Script = "Hang"
	Cyrl  Script = "Cyrl"
	Arab  Script = "Arab"
	Deva  Script = "Deva"
	Beng  Script = "Beng"
	Grek  Script = "Grek"
	Hebr  Script = "Hebr"
	Thai  Script = "Thai"
	Laoo  Script = "Laoo"
	Khmr  Script = "Khmr"
	Mymr  Script = "Mymr"
	Yiii  Script = "Yiii"
	Other Script = "Zyyy"
)

// tables holds the scripts in the order they are tried.
var tables = []struct {
	script Script
	table  *unicode.RangeTable
}{
	{Tibt, unicode.Tibetan}, {Hani, unicode.Han}, {Latn, unicode.Latin},
	{Hira, unicode.Hiragana}, {Kana, unicode.Katakana}, {Hang, unicode.Hangul},
	{Cyrl, unicode.Cyrillic}, {Arab, unicode.Arabic}, {Deva, unicode.Devanagari},
	{Beng, unicode.Bengali}, {Grek, unicode.Greek}, {Hebr, unicode.Hebrew},
	{Thai, unicode.Thai}, {Laoo, unicode.Lao}, {Khmr, unicode.Khmer},
	{Mymr, unicode.Myanmar}, {Yiii, unicode.Yi},
}

// languages gives the script a language is written in, by ISO 639 code.
// Korean is Hangul alone: Han letters in an answer meant to be Korean are, far
// more often, Chinese.
var languages = map[string]Script{
	"bo": Tibt, "dz": Tibt, "lbj": Tibt,
	"zh": Hani, "yue": Hani, "ja": Jpan, "ko": Hang,
	"ar": Arab, "fa": Arab, "ur": Arab, "ug": Arab,
	"he": Hebr, "el": Grek, "ru": Cyrl, "uk": Cyrl, "bg": Cyrl, "kk": Cyrl, "mn": Cyrl,
	"hi": Deva, "ne": Deva, "mr": Deva, "sa": Deva, "bn": Beng,
	"th": Thai, "lo": Laoo, "km": Khmr, "my": Mymr, "ii": Yiii,
	"en": Latn, "de": Latn, "fr": Latn, "es": Latn, "pt": Latn, "it": Latn,
	"ca": Latn, "nl": Latn, "hu": Latn, "tr": Latn, "vi": Latn, "id": Latn,
	"sw": Latn, "ms": Latn, "pl": Latn, "cs": Latn, "ro": Latn, "sv": Latn,
	"da": Latn, "fi": Latn, "no": Latn, "et": Latn, "qu": Latn, "ht": Latn,
}

// ScriptOf returns the script of a language, given by its ISO 639 code or a
// tag that begins with one ("zh-Hant"); ok is false for a language this
// package does not know.
func ScriptOf(lang string) (script Script, ok bool) {
	script, ok = languages[base(lang)]
	return script, ok
}

// Counts holds how many letters of each script a text has.
type Counts struct {
	Letters int            // all letters that belong to a script
	By      map[Script]int // letters by script; never holds Jpan
}

// Count counts the letters of s by script. A letter is a code point of general
// category L that belongs to one script: digits, marks, punctuation and letters
// common to several scripts are left out. So a Tibetan stack counts once.
func Count(s string) Counts {
	c := Counts{By: map[Script]int{}}
	for _, r := range s {
		if script, ok := scriptOfLetter(r); ok {
			c.By[script]++
			c.Letters++
		}
	}
	return c
}

// Shares returns the share of each script among the letters of s, each above 0
// and together 1; empty if s has no letters.
func Shares(s string) map[Script]float64 {
	c := Count(s)
	shares := make(map[Script]float64, len(c.By))
	for script, n := range c.By {
		shares[script] = float64(n) / float64(c.Letters)
	}
	return shares
}

// Share returns the share, 0 to 1, of the letters of s that are in the script
// of lang. It is 0 for text without letters and for a language that ScriptOf
// does not know.
func Share(s, lang string) float64 {
	script, ok := ScriptOf(lang)
	c := Count(s)
	if !ok || c.Letters == 0 {
		return 0
	}
	n := c.By[script]
	if script == Jpan {
		n = c.By[Hani] + c.By[Hira] + c.By[Kana]
	}
	return float64(n) / float64(c.Letters)
}

// scriptOfLetter returns the script of a letter; ok is false if r is no letter
// or one that several scripts share.
func scriptOfLetter(r rune) (script Script, ok bool) {
	switch {
	case r < 0x80:
		return Latn, r|0x20 >= 'a' && r|0x20 <= 'z'
	case r >= 0x4E00 && r <= 0x9FFF:
		return Hani, true
	case !unicode.IsLetter(r) || unicode.Is(unicode.Common, r):
		return "", false
	}
	for _, t := range tables {
		if unicode.Is(t.table, r) {
			return t.script, true
		}
	}
	return Other, true
}
