package lang

import (
	"unicode"
	"unicode/utf8"
)

// ProblemKind says what is wrong with a sequence of code points.
type ProblemKind string

// What Check looks for. Clean mends the kinds marked so.
const (
	InvalidUTF8   ProblemKind = "invalid UTF-8"               // bytes that are no text; becomes U+FFFD
	Replacement   ProblemKind = "replacement character"       // U+FFFD: text was lost before it came here
	ByteOrderMark ProblemKind = "byte order mark"             // U+FEFF; mended
	ZeroWidth     ProblemKind = "zero-width character"        // invisible, and splits what looks whole; mended
	Control       ProblemKind = "control character"           // other than tab and line ends; mended
	PrivateUse    ProblemKind = "private-use character"       // text in an old font's own encoding
	LoneSubjoined ProblemKind = "subjoined letter alone"      // no letter above it
	LoneMark      ProblemKind = "combining mark alone"        // no letter to sit on
	MarkOrder     ProblemKind = "signs out of order"          // a vowel sign after anusvara or visarga, a letter below after vowels; mended
	DoubledVowel  ProblemKind = "vowel sign twice"            // the same sign twice on a stack; mended but for e and o
	Deprecated    ProblemKind = "deprecated vowel sign"       // U+0F77, U+0F79; mended
	NotNFC        ProblemKind = "not in normalization form C" // at the first place; mended
)

// Problem is one damaged or doubtful sequence: s[Start:End].
type Problem struct {
	Kind ProblemKind
	Span
}

// Check finds damaged sequences in s, in order of position: lost characters,
// invisible ones, Tibetan letters and signs that hang in the air. It reports
// nothing for well-formed text in any script: joiners inside words of Arabic
// and Indian scripts and inside emoji, direction marks beside right-to-left
// letters, and signs on a dotted circle are in order.
func Check(s string) []Problem {
	var found []Problem
	c := checker{s: s, notNFC: firstNotNFC(s)}
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if i == c.notNFC {
			found = append(found, Problem{NotNFC, Span{i, i + n}})
		}
		if kind := c.kind(i, r, n); kind != "" {
			found = append(found, Problem{kind, Span{i, i + n}})
		}
		c.step(r)
		i += n
	}
	return found
}

// checker holds what is to the left of the place that is looked at.
type checker struct {
	s         string
	notNFC    int  // first byte that NFC would change, or -1
	prev      rune // the rune before, 0 at the start
	onStack   bool // a Tibetan letter is open to take letters and signs
	vowels    bool // the stack has a vowel sign already
	after     bool // the stack has a sign that follows vowels already
	rightLeft int8 // whether s has right-to-left letters: 0 not looked yet, 1 yes, -1 no
}

// kind names the problem with the rune r of n bytes at byte i, or is empty.
func (c *checker) kind(i int, r rune, n int) ProblemKind {
	switch {
	case r == utf8.RuneError && n == 1:
		return InvalidUTF8
	case r == utf8.RuneError:
		return Replacement
	case r == 0xFEFF:
		return ByteOrderMark
	case isInvisible(r):
		if c.invisibleInOrder(i, r, n) {
			return ""
		}
		return ZeroWidth
	case unicode.Is(unicode.Cc, r) && r != '\t' && r != '\n' && r != '\r':
		return Control
	case unicode.Is(unicode.Co, r):
		return PrivateUse
	case isSubjoined(r):
		if !c.onStack {
			return LoneSubjoined
		}
		if c.vowels || c.after {
			return MarkOrder
		}
	case r == 0x0F77 || r == 0x0F79:
		return Deprecated
	case isVowelSign(r) || isAfterVowel(r) || r == halanta || r == tsaPhru:
		return c.signKind(r)
	case unicode.IsMark(r) && !isTibetanMark(r):
		if c.prev == 0 || !canCarryMark(c.prev) {
			return LoneMark
		}
	case isTibetanMark(r):
		if c.prev == 0 || unicode.IsSpace(c.prev) {
			return LoneMark
		}
	}
	return ""
}

// signKind judges a Tibetan sign that needs a letter to sit on.
func (c *checker) signKind(r rune) ProblemKind {
	switch {
	case !c.onStack:
		return LoneMark
	case isVowelSign(r) && c.after:
		return MarkOrder
	case isVowelSign(r) && c.prev == r:
		return DoubledVowel
	}
	return ""
}

func (c *checker) step(r rune) {
	switch {
	case isSubjoined(r):
		c.vowels, c.after = false, false // it was out of place, and that is said
	case isVowelSign(r):
		c.vowels = true
	case isAfterVowel(r):
		c.after = true
	case !isTibetanMark(r):
		c.onStack = startsStack(r)
		c.vowels, c.after = false, false
	}
	c.prev = r
}

// invisibleInOrder tells whether the invisible rune r of n bytes at byte i is
// one that the orthography of the text around it asks for.
func (c *checker) invisibleInOrder(i int, r rune, n int) bool {
	next, _ := utf8.DecodeRuneInString(c.s[i+n:])
	switch r {
	case 0x200C, 0x200D:
		return joins(c.prev) && (joins(next) || i+n == len(c.s) || !unicode.IsLetter(next))
	case 0x180E: // sets the last vowel of a Mongolian word apart
		return unicode.Is(unicode.Mongolian, c.prev) && unicode.Is(unicode.Mongolian, next)
	case 0x200E, 0x200F, 0x061C, 0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069:
		return c.hasRightLeft()
	}
	return false
}

func (c *checker) hasRightLeft() bool {
	if c.rightLeft == 0 {
		c.rightLeft = -1
		for _, r := range c.s {
			if unicode.In(r, unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana) {
				c.rightLeft = 1
				break
			}
		}
	}
	return c.rightLeft > 0
}

// joins tells whether zero-width joiners and non-joiners have a use beside r.
func joins(r rune) bool {
	return unicode.In(r, unicode.Arabic, unicode.Syriac, unicode.Mongolian, unicode.Devanagari,
		unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya, unicode.Tamil,
		unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala) ||
		unicode.Is(unicode.So, r) || unicode.Is(unicode.Sk, r) || r == 0xFE0F
}

// isInvisible tells whether r takes no room and shows nothing.
func isInvisible(r rune) bool {
	switch {
	case r >= 0x200B && r <= 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2060 && r <= 0x2069:
		return true
	case r == 0x00AD, r == 0x034F, r == 0x061C, r == 0x180E:
		return true
	}
	return false
}

// canCarryMark tells whether a combining mark can follow r.
func canCarryMark(r rune) bool {
	return !unicode.IsSpace(r) && !unicode.IsControl(r) || r == 0x00A0
}

// firstNotNFC returns the first byte of s that its NFC form has different, or
// -1 if there is none.
func firstNotNFC(s string) int {
	if IsNFC(s) || !utf8.ValidString(s) {
		return -1
	}
	n := NFC(s)
	for i, r := range s {
		if i >= len(n) {
			return i
		}
		if q, _ := utf8.DecodeRuneInString(n[i:]); q != r {
			return i
		}
	}
	return -1
}
