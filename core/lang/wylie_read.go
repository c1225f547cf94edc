package lang

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// FromWylie transliterates Extended Wylie into Tibetan, in NFC. A space becomes
// a tsheg, but a space after a shad stays one; [brackets] hold text that is not
// Tibetan. Warnings name what is not in the scheme, which is kept as it is, and
// syllables that break the rules of Tibetan spelling.
func FromWylie(wylie string) (tibetan string, warnings []Warning) {
	r := reader{s: wylie}
	for r.i < len(r.s) {
		r.next()
	}
	return NFC(r.out.String()), r.warnings
}

type reader struct {
	s        string
	i        int
	out      strings.Builder
	warnings []Warning
}

func (r *reader) warn(at int, format string, args ...any) {
	r.warnings = append(r.warnings, Warning{at, fmt.Sprintf(format, args...)})
}

func (r *reader) next() {
	if r.letterAt(r.i) || r.vowelAt(r.i) != "" {
		r.syllable()
		return
	}
	rest := r.s[r.i:]
	switch c := rest[0]; {
	case c == '[':
		r.bracket()
	case c == '\\':
		r.out.WriteString(r.escape())
	case c == '\n' || c == '\r' || c == '\t':
		r.out.WriteByte(c)
		r.i++
	case c == ' ' && (endsInShad(r.s[:r.i]) || strings.HasSuffix(r.s[:r.i], " ") && strings.HasSuffix(r.out.String(), " ")):
		r.out.WriteByte(' ')
		r.i++
	case c == ' ' && strings.HasSuffix(r.s[:r.i], " ") && strings.HasSuffix(r.out.String(), string(Tsheg)):
		r.i++ // several spaces are one tsheg
	case strings.HasPrefix(rest, "//"):
		r.out.WriteRune(NyisShad)
		r.i += 2
	case symbols[rest[:1]] != 0:
		r.out.WriteRune(symbols[rest[:1]])
		r.i++
	default:
		_, n := utf8.DecodeRuneInString(rest)
		r.warn(r.i, "%q is not Wylie: put text that is not Tibetan in [brackets]", rest[:n])
		r.out.WriteString(rest[:n])
		r.i += n
	}
}

// bracket copies what is between [ and ].
func (r *reader) bracket() {
	start := r.i
	for r.i++; r.i < len(r.s); {
		switch c := r.s[r.i]; c {
		case ']':
			r.i++
			return
		case '\\':
			r.out.WriteString(r.escape())
		default:
			r.out.WriteByte(c)
			r.i++
		}
	}
	r.warn(start, "bracket is not closed: add ] where the text that is not Tibetan ends")
}

// escape reads \uXXXX, \UXXXXXXXX or a backslash before any other character.
func (r *reader) escape() string {
	for _, form := range []struct {
		mark   byte
		digits int
	}{{'u', 4}, {'U', 8}} {
		end := r.i + 2 + form.digits
		if end > len(r.s) || r.s[r.i+1] != form.mark {
			continue
		}
		code, err := strconv.ParseUint(r.s[r.i+2:end], 16, 32)
		if err == nil && utf8.ValidRune(rune(code)) {
			r.i = end
			return string(rune(code))
		}
	}
	r.i++
	if r.i == len(r.s) {
		r.warn(r.i-1, `backslash at the end: write \\ for a backslash`)
		return `\`
	}
	_, n := utf8.DecodeRuneInString(r.s[r.i:])
	r.i += n
	return r.s[r.i-n : r.i]
}

// consonant is one letter of a run of them.
type consonant struct {
	name  string
	caret bool
	// How it is tied to the one before: '+' below it, '.' beside it, 0 as the
	// rules of stacking have it.
	link byte
}

// longest returns the longest key of table that s has at byte i.
func longest[V any](s string, i int, table map[string]V) string {
	for n := min(4, len(s)-i); n > 0; n-- {
		if _, ok := table[s[i:i+n]]; ok {
			return s[i : i+n]
		}
	}
	return ""
}

// consonantAt returns the consonant at byte i as written, or "".
func (r *reader) consonantAt(i int) string {
	written := longest(r.s, i, byWylie)
	if written == "a" {
		written = ""
	}
	if other := longest(r.s, i, spellings); len(other) > len(written) {
		return other
	}
	if written == "" {
		written = longest(r.s, i, capitals)
		if _, vowel := vowelSigns[capitals[written]]; vowel {
			written = ""
		}
	}
	return written
}

// vowelAt returns the vowel at byte i, or "".
func (r *reader) vowelAt(i int) string {
	if v := longest(r.s, i, vowelSigns); v != "" {
		return v
	}
	if i < len(r.s) && r.s[i] == 'a' {
		return "a"
	}
	if v := longest(r.s, i, capitals); vowelSigns[capitals[v]] != "" {
		return v
	}
	return ""
}

// plain is what a letter stands for that the scheme has no capital for; it warns.
func (r *reader) plain(at int, written string) string {
	name, ok := capitals[written]
	if !ok {
		return written
	}
	r.warn(at, "%s is not in the scheme: read as %s", written, name)
	return name
}

// letterAt tells whether a consonant begins at byte i, be it an a that carries
// others below.
func (r *reader) letterAt(i int) bool { return r.consonantAt(i) != "" || r.carrierAt(i) }

func (r *reader) carrierAt(i int) bool {
	return strings.HasPrefix(r.s[i:], "a+") && r.consonantAt(i+2) != "" ||
		strings.HasPrefix(r.s[i:], "a^")
}

// syllable reads consonants and vowels up to anything else.
func (r *reader) syllable() {
	start, vowelled := r.i, false
	first := true // nothing before but what a visarga ended
	for r.i < len(r.s) {
		at := r.i
		run := r.run()
		vowel := r.vowelAt(r.i)
		if len(run) == 0 && vowel == "" {
			break
		}
		if len(run) > 0 {
			r.lay(at, run, vowel != "", first, vowelled && !first)
		}
		if vowel != "" {
			if len(run) == 0 {
				r.out.WriteRune(byWylie["a"].base)
			}
			r.vowels(len(run) > 0 && run[len(run)-1].caret)
			vowelled = true
		}
		halted, visarga := r.finals()
		vowelled = vowelled || halted
		first = visarga
		for r.i < len(r.s) && r.s[r.i] == '.' {
			r.i++
		}
	}
	if !vowelled {
		r.warn(start, "%q has no vowel: write a after the root letter", r.s[start:r.i])
	}
}

// run reads consonants up to a vowel, a final sign or anything else.
func (r *reader) run() []consonant {
	var run []consonant
	var link byte
	for r.i < len(r.s) {
		c := r.s[r.i]
		written := r.consonantAt(r.i)
		switch {
		case written == "" && len(run) == 0 && r.carrierAt(r.i):
			run = append(run, consonant{name: "a"})
			r.i++
		case written != "":
			// A spelling such as dh stands for two letters.
			name := r.plain(r.i, written)
			if other, ok := spellings[written]; ok {
				name = other
			}
			for _, part := range strings.Split(name, "+") {
				plain := strings.TrimSuffix(part, "^")
				run = append(run, consonant{name: plain, caret: plain != part, link: link})
				link = '+'
			}
			r.i += len(written)
		case len(run) > 0 && (c == '+' || c == '.') && r.i+1 < len(r.s) && r.consonantAt(r.i+1) != "":
			link = c
			r.i++
			continue
		case c == '^' && len(run) > 0 && !run[len(run)-1].caret:
			run[len(run)-1].caret = true
			r.i++
		case c == '+' && len(run) > 0:
			r.warn(r.i, "+ has no consonant after it: take it out")
			r.i++
		default:
			return run
		}
		link = 0
	}
	return run
}

// lay writes a run of consonants as stacks. Before a vowel the last stack is
// the longest that the links and the rules of stacking allow; all other
// letters stand alone unless + ties them.
func (r *reader) lay(at int, run []consonant, beforeVowel, first, vowelled bool) {
	last := len(run)
	if beforeVowel {
		for last = 0; !isStack(run[last:]) || run[last].link == '+'; last++ {
		}
	}
	var alone [][]consonant
	for i := 0; i < last; {
		j := i + 1
		for j < last && run[j].link == '+' {
			j++
		}
		alone = append(alone, run[i:j])
		i = j
	}
	for _, s := range alone {
		r.write(s)
	}
	if beforeVowel {
		r.write(run[last:])
	}
	if untied := !slices.ContainsFunc(run[last:], func(c consonant) bool { return c.link == '+' }); untied && wBelow(run[last:]) {
		r.warn(at, "w is not written below %s: if it is meant, write + before it", strings.Join(names(run[last:len(run)-1]), ""))
	}
	switch {
	case first && beforeVowel:
		r.checkPrefix(at, alone, run[last:])
	case vowelled:
		r.checkSuffixes(at, alone)
	}
}

// isStack tells whether the letters can be one stack.
func isStack(run []consonant) bool {
	tied := false
	for _, c := range run[1:] {
		if c.link == '.' {
			return false
		}
		tied = tied || c.link == '+'
	}
	if !tied {
		return isNative(names(run)) || wBelow(run)
	}
	// Part of it is tied by +: the rest must be a head letter on top or one of
	// the letters that go below.
	for i, c := range run[1:] {
		below := strings.Contains("y r l w", c.name)
		if c.link == 0 && !below && !(i == 0 && isNative(names(run[:2]))) {
			return false
		}
	}
	return true
}

// wBelow tells whether a w stands below a stack that usually has none.
func wBelow(run []consonant) bool {
	last := len(run) - 1
	return last > 0 && run[last].name == "w" && !isNative(names(run)) && isNative(names(run[:last]))
}

func names(run []consonant) []string {
	all := make([]string, len(run))
	for i, c := range run {
		all[i] = c.name
	}
	return all
}

func (r *reader) write(run []consonant) {
	for i, c := range run {
		l := byWylie[c.name]
		if i == 0 {
			r.out.WriteRune(l.base)
		} else {
			r.out.WriteRune(l.join)
		}
		if c.caret {
			r.out.WriteRune(tsaPhru)
		}
	}
}

func (r *reader) checkPrefix(at int, alone [][]consonant, root []consonant) {
	switch {
	case len(alone) == 0:
	case len(alone) > 1 || len(alone[0]) > 1:
		r.warn(at, "%q is not a stack: join letters with + or add vowels", r.s[at:r.i])
	case !isPrefixOf(alone[0][0].name, names(root)):
		r.warn(at, "%s is not a prefix of %s: join them with + or add a vowel", alone[0][0].name, strings.Join(names(root), ""))
	}
}

func (r *reader) checkSuffixes(at int, alone [][]consonant) {
	for i, s := range alone {
		name := s[0].name
		ok := len(s) == 1 && (i == 0 && suffixes[name] || i == 1 && secondSuffixes[name][alone[0][0].name])
		if !ok {
			r.warn(at, "%s is not a suffix here: add a vowel, or a space before it", strings.Join(names(s), "+"))
		}
	}
}

// vowels reads a vowel and those tied to it by +. The mark that belongs to the letter
// before may come after them, unless it has one.
func (r *reader) vowels(marked bool) {
	for {
		v := r.vowelAt(r.i)
		r.out.WriteString(vowelSigns[r.plain(r.i, v)])
		r.i += len(v)
		if r.i < len(r.s) && r.s[r.i] == '^' && !marked {
			r.out.WriteRune(tsaPhru)
			r.i++
			marked = true
		}
		if r.i == len(r.s) || r.s[r.i] != '+' || r.vowelAt(r.i+1) == "" {
			return
		}
		r.i++
	}
}

// finals reads the signs that end a stack; halted is true if one of them says
// that it has no vowel, visarga if one is a visarga.
func (r *reader) finals() (halted, visarga bool) {
	for {
		sign := longest(r.s, r.i, finalSigns)
		if sign == "" {
			return halted, visarga
		}
		halted = halted || sign == "?"
		visarga = visarga || sign == "H"
		r.out.WriteRune(finalSigns[sign])
		r.i += len(sign)
	}
}
