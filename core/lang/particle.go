package lang

import (
	"strings"
	"unicode/utf8"
)

// Particles of Tibetan change with the end of the word before them. The rules are those
// of the Thirty Verses (sum cu pa), as every school grammar gives them.

// openEnd is the final of a syllable that ends in a vowel.
const openEnd = rune(0)

// Final gives the letter that the last syllable of s ends in by spelling: one of the ten
// suffixes, or 0 for a vowel. Final འ, which only marks where the vowel is, counts as a
// vowel.
func Final(s string) rune {
	spans := SyllableSpans(s)
	if len(spans) == 0 {
		return openEnd
	}
	last := spans[len(spans)-1]
	syllable := s[last.Start:last.End]
	stacks := stacksOf(syllable)
	if len(stacks) < 2 {
		return openEnd
	}
	end := stacks[len(stacks)-1]
	r, _ := utf8.DecodeLastRuneInString(syllable)
	if end.vowel || len(end.names) > 1 || r == 'འ' || !strings.ContainsRune("གངདནབམརལས", r) {
		return openEnd
	}
	return r
}

// byFinal picks the form of a particle: groups of finals and their forms in turn. The
// final "འ" stands for a vowel.
func byFinal(s string, groups ...string) string {
	final := Final(s)
	if final == openEnd {
		final = 'འ'
	}
	for i := 0; i < len(groups); i += 2 {
		if strings.ContainsRune(groups[i], final) {
			return groups[i+1]
		}
	}
	return ""
}

// fuse writes a particle that begins with འ or is a single letter onto an open syllable;
// a final འ, which only marks where the vowel is, goes: མཐའ and ར is མཐར.
func fuse(s, particle string) string {
	return strings.TrimSuffix(strings.TrimRight(s, "་"), "འ") + particle
}

// follow writes a particle after s as a syllable of its own.
func follow(s, particle string) string { return strings.TrimRight(s, "་") + "་" + particle }

// Genitive gives s with the genitive particle: གི ཀྱི གྱི, fused འི after a vowel.
func Genitive(s string) string {
	if particle := byFinal(s, "དབས", "ཀྱི", "གང", "གི", "ནམརལ", "གྱི"); particle != "" {
		return follow(s, particle)
	}
	return fuse(s, "འི")
}

// Ergative gives s with the agentive particle: གིས ཀྱིས གྱིས, fused ས after a vowel.
func Ergative(s string) string {
	if particle := byFinal(s, "དབས", "ཀྱིས", "གང", "གིས", "ནམརལ", "གྱིས"); particle != "" {
		return follow(s, particle)
	}
	return fuse(s, "ས")
}

// Terminative gives s with the la-don particle that follows its final: སུ ཏུ དུ, fused
// ར after a vowel. The particle ལ, which follows any word, is no form of it.
func Terminative(s string) string {
	if particle := byFinal(s, "ས", "སུ", "གབ", "ཏུ", "ངདནམརལ", "དུ"); particle != "" {
		return follow(s, particle)
	}
	return fuse(s, "ར")
}

// Indefinite gives s with the indefinite article: ཅིག ཞིག ཤིག.
func Indefinite(s string) string {
	return follow(s, byFinal(s, "གདབ", "ཅིག", "ངནམའརལ", "ཞིག", "ས", "ཤིག"))
}

// Quoted gives s with the particle that ends a quotation: ཅེས ཞེས. After ས both ཤེས and
// ཞེས are written; modern texts prefer ཞེས.
func Quoted(s string) string {
	return follow(s, byFinal(s, "གདབ", "ཅེས", "ངནམའརལས", "ཞེས"))
}

// Also gives s with the particle "also, even": ཀྱང ཡང, fused འང after a vowel.
func Also(s string) string {
	if particle := byFinal(s, "གདབས", "ཀྱང", "ངནམརལ", "ཡང"); particle != "" {
		return follow(s, particle)
	}
	return fuse(s, "འང")
}

// Nominal gives a verb stem with པ, or བ after ང ར ལ and vowels.
func Nominal(s string) string {
	return follow(s, byFinal(s, "གདནབམས", "པ", "ངརལའ", "བ"))
}

// Continuing gives a verb stem with the particle of the spoken and modern written present
// and future, before auxiliaries: ཀྱི གི གྱི; གི after a vowel.
func Continuing(s string) string {
	return follow(s, byFinal(s, "དབས", "ཀྱི", "གངའ", "གི", "ནམརལ", "གྱི"))
}

// Terminated gives s with the particle that ends a written sentence: the final again with
// the vowel o, fused འོ after a vowel.
func Terminated(s string) string {
	final := Final(s)
	if final == openEnd {
		return fuse(s, "འོ")
	}
	return follow(s, string(final)+"ོ")
}

// Asked gives s with the written question particle: the final again and མ, fused འམ
// after a vowel.
func Asked(s string) string {
	final := Final(s)
	if final == openEnd {
		return fuse(s, "འམ")
	}
	return follow(s, string(final)+"མ")
}

// Ended gives a clause with its shad as the rules of writing want it: a tsheg between ང
// and the shad, none after ཀ ག ཤ without a vowel sign.
func Ended(s string) string {
	s = strings.TrimRight(s, "་ ")
	last, _ := utf8.DecodeLastRuneInString(s)
	switch {
	case endsWithoutShad(last):
		return s
	case last == 'ང':
		return s + "་།"
	}
	return s + "།"
}
