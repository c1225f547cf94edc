package lang

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// ToWylie transliterates Tibetan into Extended Wylie. A tsheg becomes a space
// and a space an underscore; text that is not Tibetan goes into [brackets], and
// Tibetan signs without a letter in the scheme become \u escapes.
//
// FromWylie gives back NFC(s), with one exception: a run of shads is written as
// so many strokes, and comes back with a nyis shad for every two. Warnings name
// signs that hang in the air.
func ToWylie(s string) (wylie string, warnings []Warning) {
	s = NFC(s)
	w := writer{s: s}
	for w.i < len(w.s) {
		w.next()
	}
	return w.out.String(), w.warnings
}

type writer struct {
	s        string
	i        int
	out      strings.Builder
	warnings []Warning
}

func (w *writer) next() {
	r, n := utf8.DecodeRuneInString(w.s[w.i:])
	switch {
	case r == '\n' || r == '\r' || r == '\t':
		w.out.WriteRune(r)
	case baseNames[r] != "":
		w.syllable()
		return
	case r == Tsheg && (endsInShad(w.out.String()) || strings.HasSuffix(w.out.String(), " ")):
		w.escape(r) // a space after a shad is read as a space, and several spaces as one tsheg
	case symbolNames[r] != "":
		w.out.WriteString(symbolNames[r])
	case inTibetanBlock(r):
		if isTibetanMark(r) && !isLooseMark(r) {
			w.warnings = append(w.warnings, Warning{w.i, fmt.Sprintf("sign U+%04X has no letter to sit on: check the text here", r)})
		}
		w.escape(r)
	default:
		w.bracket()
		return
	}
	w.i += n
}

func (w *writer) escape(r rune) { writeEscape(&w.out, r) }

func writeEscape(out *strings.Builder, r rune) {
	if r > 0xFFFF {
		fmt.Fprintf(out, `\U%08x`, r)
		return
	}
	fmt.Fprintf(out, `\u%04x`, r)
}

// bracket writes text that is not Tibetan, up to the next that is or the line's
// end, without the spaces at its end.
func (w *writer) bracket() {
	end := w.i
	for j := w.i; j < len(w.s); {
		r, n := utf8.DecodeRuneInString(w.s[j:])
		if inTibetanBlock(r) || r == '\n' || r == '\r' || r == '\t' {
			break
		}
		j += n
		if r != ' ' {
			end = j
		}
	}
	w.out.WriteByte('[')
	for _, r := range w.s[w.i:end] {
		switch {
		case r == '[' || r == ']' || r == '\\':
			w.out.WriteByte('\\')
			w.out.WriteRune(r)
		case isInvisible(r) || r == 0xFEFF:
			w.escape(r)
		default:
			w.out.WriteRune(r)
		}
	}
	w.out.WriteByte(']')
	w.i = end
}

// syllable writes the stacks up to the next tsheg or other break. A visarga
// ends a syllable too: what follows it takes prefixes again.
func (w *writer) syllable() {
	start := w.i
	var stacks []stack
	for w.i < len(w.s) && baseNames[firstRune(w.s[w.i:])] != "" {
		var st stack
		w.i, st = readStack(w.s, w.i)
		stacks = append(stacks, st)
		if slices.Contains(st.finals, "H") {
			break
		}
	}
	wylie := spellSyllable(stacks)
	// The usual spelling of letters that are no Tibetan syllable may be read in
	// another way.
	if back, _ := FromWylie(wylie); back != w.s[start:w.i] {
		wylie = spellStacks(stacks)
	}
	w.out.WriteString(wylie)
}

// stack is one pile of letters and its signs.
type stack struct {
	names  []string // consonants from top to bottom, ^ behind those with a tsa phru
	vowels []string // in Wylie
	finals []string // in Wylie
	rest   []rune   // signs the scheme has no place for

	prefix, suffix bool // carries no vowel
}

// plain tells whether the stack is a single letter without signs, and so could
// be a prefix or suffix.
func (st stack) plain() bool {
	return len(st.names) == 1 && st.names[0] != "a" && !strings.HasSuffix(st.names[0], "^") &&
		len(st.vowels)+len(st.finals)+len(st.rest) == 0
}

func (st stack) silent() bool { return st.prefix || st.suffix }

// readStack reads the stack that begins at byte i of s, where a letter is.
func readStack(s string, i int) (end int, st stack) {
	for first := true; i < len(s); first = false {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case first:
			st.names = append(st.names, baseNames[r])
		case !isTibetanMark(r):
			return i, st
		case len(st.rest) > 0:
			st.rest = append(st.rest, r)
		case joinNames[r] != "" && len(st.vowels)+len(st.finals) == 0:
			st.names = append(st.names, joinNames[r])
		case r == tsaPhru && len(st.finals) == 0 && !strings.HasSuffix(st.names[len(st.names)-1], "^"):
			st.names[len(st.names)-1] += "^"
		case vowelNames[r] != "" && len(st.finals) == 0:
			st.addVowel(vowelNames[r])
		case finalNames[r] != "":
			st.finals = append(st.finals, finalNames[r])
		default:
			st.rest = append(st.rest, r)
		}
		i += n
	}
	return i, st
}

// addVowel adds a vowel, joining the length mark to the vowel after it. Signs
// below the stack come first, as the scheme's rule 5 has it.
func (st *stack) addVowel(name string) {
	if len(st.vowels) == 1 && st.vowels[0] == "A" {
		switch name {
		case "i", "u":
			st.vowels[0] = strings.ToUpper(name)
			return
		case "-i":
			st.vowels[0] = "-I"
			return
		}
	}
	if name == "u" && len(st.vowels) > 0 && st.vowels[0] != "A" && st.vowels[0] != "u" {
		st.vowels = append([]string{name}, st.vowels...)
		return
	}
	st.vowels = append(st.vowels, name)
}

// spellSyllable writes a syllable the usual way: a vowel for the root, none
// for prefix and suffixes.
func spellSyllable(stacks []stack) string {
	markSilent(stacks)
	var b strings.Builder
	for i, st := range stacks {
		if i == 1 && stacks[0].prefix && isNative(append(bare(stacks[0].names), bare(st.names)...)) {
			b.WriteByte('.') // g.yag is not gyag
		}
		st.spell(&b, isNative(bare(st.names)))
	}
	return b.String()
}

// spellStacks writes a syllable so that it can be read one way only: every
// stack with + and a vowel, and dots between stacks.
func spellStacks(stacks []stack) string {
	var b strings.Builder
	for i, st := range stacks {
		if i > 0 && len(stacks[i-1].rest) == 0 { // an escape parts them already
			b.WriteByte('.')
		}
		st.prefix, st.suffix = false, false
		st.spell(&b, false)
	}
	return b.String()
}

// markSilent finds the prefix and suffixes: the stacks that carry no vowel.
func markSilent(stacks []stack) {
	n := len(stacks)
	if n < 2 {
		return
	}
	name := func(i int) string { return stacks[i].names[0] }
	prefix := stacks[0].plain() && isPrefixOf(name(0), bare(stacks[1].names))
	suffix := stacks[n-1].plain() && suffixes[name(n-1)]
	second := n > 2 && stacks[n-1].plain() && stacks[n-2].plain() &&
		suffixes[name(n-2)] && secondSuffixes[name(n-1)][name(n-2)]
	switch {
	case n == 2 && prefix && suffix:
		prefix = false // དག is dag: a root takes a suffix before it takes a prefix
	case n == 3 && prefix && second:
		if rootFirst[name(0)+"+"+name(1)+"+"+name(2)] {
			prefix = false
		} else {
			second = false
		}
	}
	stacks[0].prefix = prefix
	stacks[n-1].suffix = suffix || second
	if second {
		stacks[n-2].suffix = true
	}
}

// spell writes one stack; native ones need no +.
func (st stack) spell(b *strings.Builder, native bool) {
	names := st.names
	if len(names) == 1 && names[0] == "a" && len(st.vowels) > 0 {
		names = nil
	}
	for i, name := range names {
		if i > 0 && !native {
			b.WriteByte('+')
		}
		switch name {
		case "ph^":
			name = "f"
		case "b^":
			name = "v"
		}
		b.WriteString(name)
	}
	switch {
	case len(st.vowels) > 0:
		b.WriteString(strings.Join(st.vowels, "+"))
	case !st.silent() && !(len(names) == 1 && names[0] == "a") && !(len(st.finals) > 0 && st.finals[0] == "?"):
		b.WriteByte('a')
	}
	b.WriteString(strings.Join(st.finals, ""))
	for _, r := range st.rest {
		writeEscape(b, r)
	}
}

// bare returns the names without tsa phru.
func bare(names []string) []string {
	plain := make([]string, len(names))
	for i, name := range names {
		plain[i] = strings.TrimSuffix(name, "^")
	}
	return plain
}

// endsInShad tells whether Wylie text ends in a mark after which a space is
// read as a space.
func endsInShad(wylie string) bool {
	return wylie != "" && strings.IndexByte("/;|:", wylie[len(wylie)-1]) >= 0
}
