package lang

import "unicode"

// Script is a writing system by its four-letter ISO 15924 code.
type Script string

// Scripts that the code speaks of; Other is for letters of a script that is not told
// apart. Hans, Hant, Jpan and Kore are made of others, as in ISO 15924: no letter is of
// them.
const (
	Tibt  Script = "Tibt"
	Hani  Script = "Hani"
	Latn  Script = "Latn"
	Hira  Script = "Hira"
	Kana  Script = "Kana"
	Hang  Script = "Hang"
	Cyrl  Script = "Cyrl"
	Arab  Script = "Arab"
	Mong  Script = "Mong"
	Hans  Script = "Hans"
	Hant  Script = "Hant"
	Jpan  Script = "Jpan"
	Kore  Script = "Kore"
	Other Script = "Zyyy"
)

// tables holds the scripts in the order they are tried.
var tables = []struct {
	script Script
	table  *unicode.RangeTable
}{
	{Tibt, unicode.Tibetan}, {Hani, unicode.Han}, {Latn, unicode.Latin}, {Hira, unicode.Hiragana},
	{Kana, unicode.Katakana}, {Hang, unicode.Hangul}, {Cyrl, unicode.Cyrillic}, {Arab, unicode.Arabic},
	{"Deva", unicode.Devanagari}, {"Beng", unicode.Bengali}, {"Grek", unicode.Greek}, {"Hebr", unicode.Hebrew},
	{"Thai", unicode.Thai}, {"Laoo", unicode.Lao}, {"Khmr", unicode.Khmer}, {"Mymr", unicode.Myanmar},
	{"Yiii", unicode.Yi}, {Mong, unicode.Mongolian}, {"Ethi", unicode.Ethiopic}, {"Geor", unicode.Georgian},
	{"Armn", unicode.Armenian}, {"Taml", unicode.Tamil}, {"Telu", unicode.Telugu}, {"Knda", unicode.Kannada},
	{"Mlym", unicode.Malayalam}, {"Gujr", unicode.Gujarati}, {"Guru", unicode.Gurmukhi}, {"Orya", unicode.Oriya},
	{"Sinh", unicode.Sinhala}, {"Thaa", unicode.Thaana}, {"Syrc", unicode.Syriac}, {"Nkoo", unicode.Nko},
	{"Adlm", unicode.Adlam}, {"Rohg", unicode.Hanifi_Rohingya}, {"Mand", unicode.Mandaic},
	{"Samr", unicode.Samaritan}, {"Tfng", unicode.Tifinagh}, {"Vaii", unicode.Vai}, {"Cher", unicode.Cherokee},
	{"Cans", unicode.Canadian_Aboriginal}, {"Olck", unicode.Ol_Chiki}, {"Mtei", unicode.Meetei_Mayek},
	{"Limb", unicode.Limbu}, {"Lepc", unicode.Lepcha}, {"Newa", unicode.Newa}, {"Phag", unicode.Phags_Pa},
	{"Lana", unicode.Tai_Tham}, {"Talu", unicode.New_Tai_Lue}, {"Tale", unicode.Tai_Le}, {"Cham", unicode.Cham},
	{"Java", unicode.Javanese}, {"Bali", unicode.Balinese}, {"Sund", unicode.Sundanese}, {"Lisu", unicode.Lisu},
	{"Plrd", unicode.Miao}, {"Bopo", unicode.Bopomofo}, {"Copt", unicode.Coptic},
}

// Counts holds how many letters of each script a text has.
type Counts struct {
	Letters int            // all letters that belong to a script
	By      map[Script]int // letters by script; never one that is made of others
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
