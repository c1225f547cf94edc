package lang

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// What Spelling looks for.
const (
	BadSyllable  ProblemKind = "no Tibetan syllable"           // its letters cannot stand together
	MissingTsheg ProblemKind = "tsheg missing"                 // two syllables that run into each other, or ང before a shad
	DoubledTsheg ProblemKind = "tsheg twice"                   // ་་
	MissingEnd   ProblemKind = "no tsheg or shad at a space"   // a space inside a clause
	NoShad       ProblemKind = "no shad at the end"            // of a text that has Tibetan at its end
	HasLatin     ProblemKind = "Wylie or Latin inside Tibetan" // letters that touch Tibetan ones
)

// Spelling finds what breaks the rules of Tibetan spelling in well-formed text, in
// order of position: syllables whose letters cannot stand together (by the rules of
// prefixes, stacks and suffixes of Tibetan grammar), and missing or doubled tshegs and
// shads. Sanskrit and other loans, which follow rules of their own, are left alone:
// a syllable with a long vowel, a retroflex letter, a sign above or a stack that
// Tibetan does not have is not judged.
func Spelling(s string) []Problem {
	var found []Problem
	spans := SyllableSpans(s)
	for i, span := range spans {
		found = append(found, judge(s, span)...)
		next := len(s)
		if i+1 < len(spans) {
			next = spans[i+1].Start
		}
		found = append(found, judgeEnd(s, span, next)...)
	}
	return found
}

// judge judges one syllable.
func judge(s string, span Span) []Problem {
	syllable := s[span.Start:span.End]
	if r := firstRune(syllable); IsTibetanDigit(r) || legal(syllable) {
		return nil
	}
	if at := runTogether(syllable); at > 0 {
		return []Problem{{MissingTsheg, span}}
	}
	return []Problem{{BadSyllable, span}}
}

// runTogether is the byte at which a syllable falls into two that are legal, each of
// two letters or more; 0 if it does not.
func runTogether(syllable string) int {
	for i, r := range syllable {
		if i > 0 && isBaseLetter(r) && utf8.RuneCountInString(syllable[:i]) > 1 && utf8.RuneCountInString(syllable[i:]) > 1 &&
			legal(syllable[:i]) && legal(syllable[i:]) {
			return i
		}
	}
	return 0
}

// judgeEnd judges what stands between a syllable and the next one, which begins at
// byte next.
func judgeEnd(s string, span Span, next int) []Problem {
	between := s[span.End:next]
	syllable := s[span.Start:span.End]
	last, _ := utf8.DecodeLastRuneInString(syllable)
	digits := IsTibetanDigit(firstRune(syllable))
	at := func(kind ProblemKind) []Problem { return []Problem{{kind, Span{span.Start, span.End}}} }
	first := firstRune(between)
	switch {
	case strings.Contains(between, "་་"):
		return at(DoubledTsheg)
	case digits:
		return nil
	case between != "" && first < utf8.RuneSelf && unicode.IsLetter(first):
		return at(HasLatin)
	case strings.TrimSpace(between) == "" && next == len(s):
		if endsWithoutShad(last) {
			return nil
		}
		return at(NoShad)
	case last == 'ང' && IsShad(first):
		return at(MissingTsheg)
	case next < len(s) && between != "" && strings.Trim(between, " \u00a0") == "" && !endsWithoutShad(last):
		return at(MissingEnd)
	}
	return nil
}

// endsWithoutShad tells whether no shad is written after a syllable that ends so: the
// stroke of these letters stands for it.
func endsWithoutShad(last rune) bool { return last == 'ཀ' || last == 'ག' || last == 'ཤ' }

// pile is a letter with those below it and its vowels.
type pile struct {
	names []string
	vowel bool
	loan  bool // Tibetan itself has no such stack
}

// particles follow a syllable that ends in a vowel without a tsheg: འི of the genitive,
// འོ that ends a sentence, འུ of the diminutive, འང, འམ.
var particles = set("' '+ng '+m '+s '+r")

// legal tells whether the letters of a syllable can stand together in Tibetan; loans
// are taken as legal.
func legal(syllable string) bool {
	stacks := stacksOf(syllable)
	for _, s := range stacks {
		if s.loan {
			return true
		}
	}
	if len(stacks) == 0 {
		return true // a sign by itself: Check judges it
	}
	for end := 1; end <= len(stacks); end++ {
		if core(stacks[:end]) && tail(stacks[end:]) {
			return true
		}
	}
	return false
}

// core tells whether the stacks are a root with its suffixes, after a prefix or not.
func core(stacks []pile) bool {
	if !stacks[0].vowel && len(stacks) > 1 && len(stacks[0].names) == 1 && isPrefixOf(stacks[0].names[0], stacks[1].names) && canEnd(stacks[2:]) {
		return true
	}
	return canEnd(stacks[1:])
}

// canEnd tells whether stacks are a suffix and, perhaps, a second one.
func canEnd(rest []pile) bool {
	for _, s := range rest {
		if len(s.names) != 1 || s.vowel {
			return false
		}
	}
	switch len(rest) {
	case 0:
		return true
	case 1:
		return suffixes[rest[0].names[0]]
	case 2:
		return secondSuffixes[rest[1].names[0]][rest[0].names[0]]
	}
	return false
}

// tail tells whether stacks are particles: each begins with འ and may have a vowel,
// and the last may end in a letter.
func tail(stacks []pile) bool {
	for len(stacks) > 0 {
		if len(stacks[0].names) != 1 || stacks[0].names[0] != "'" {
			return false
		}
		length := 1
		if len(stacks) > 1 && !stacks[1].vowel && len(stacks[1].names) == 1 && particles["'+"+stacks[1].names[0]] {
			length = 2
		}
		stacks = stacks[length:]
	}
	return true
}

// retroflex are letters of loans; T and N, which shorten a suffix, are not among them.
var retroflex = set("Th D Sh R")

// stacksOf takes a syllable apart.
func stacksOf(syllable string) []pile {
	var stacks []pile
	for _, r := range syllable {
		last := len(stacks) - 1
		switch {
		case isBaseLetter(r):
			name, known := baseNames[r]
			stacks = append(stacks, pile{names: []string{name}, loan: !known || retroflex[name]})
		case last < 0:
			return nil
		case isSubjoined(r):
			name, known := joinNames[r]
			stacks[last].names = append(stacks[last].names, name)
			stacks[last].loan = stacks[last].loan || !known
		case r == 0x0F72 || r == 0x0F74 || r == 0x0F7A || r == 0x0F7C:
			stacks[last].vowel = true
		case isLooseMark(r):
		default: // long vowels, anusvara and the other signs of loans
			stacks[last].loan = true
		}
	}
	for i, s := range stacks {
		if !isNative(s.names) {
			stacks[i].loan = true
		}
	}
	return stacks
}
