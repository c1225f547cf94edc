package data

import (
	"strings"
	"unicode"

	"github.com/dongyur/dongyur/core/lang"
	"github.com/dongyur/dongyur/core/language"
)

// normalUnits cuts a text into its units (tsheg syllables, Han characters, words)
// with case and the value of numbers taken away: what is left when two texts differ
// in nothing that a model could learn from.
func normalUnits(text string) []string {
	units := language.Units(strings.ToLower(lang.NFC(text)), "")
	for i, u := range units {
		if allDigits(u) {
			units[i] = "0"
		}
	}
	return units
}

func allDigits(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !unicode.IsDigit(r) }) < 0
}

// normalKey is the text that near-identical texts share. Punctuation, spaces, case
// and the value of numbers do not count; a text of nothing else keeps them.
func normalKey(text string) string {
	if units := normalUnits(text); len(units) > 0 {
		return strings.Join(units, " ")
	}
	return strings.TrimSpace(text)
}

// hashText hashes a text under a seed: FNV-1a, then the finaliser of SplitMix64
// (Steele, Lea and Flood 2014), because FNV alone leaves the high bits of short
// texts close together.
func hashText(text string, seed uint64) uint64 {
	const offset, prime = 14695981039346656037, 1099511628211
	h := uint64(offset)
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * prime
	}
	return mix(h ^ mix(seed+0x9e3779b97f4a7c15))
}

func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// unit is the hash as a number in [0, 1).
func unit(h uint64) float64 { return float64(h>>11) / (1 << 53) }
