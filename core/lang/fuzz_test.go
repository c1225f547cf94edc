package lang

import (
	"strings"
	"testing"
	"unicode/utf8"
)

var seeds = []string{"", "བཀྲ་ཤིས།", "bkra shis/ [a\\]", "ཨཱཾུ\u0F39ྱ\u200B", "\xff\u0F77\u0F7A\u0F7A", "༢༠a中ー\u0301",
	"k+Sh~M`^?\\u0f00", strings.Repeat("\u0F72", 40), strings.Repeat("\u0F72", 28) + "\u0F75\u0F72", "བཀྱ྄ཱཨཱ",
	"\uFEFFa\u034F", "ka.i.+^bh-I", "\u07F2" + strings.Repeat("\u0F72", 30)}

func addSeeds(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
}

// FuzzFromWylie holds that any input gives valid text that ToWylie writes and
// FromWylie reads again.
func FuzzFromWylie(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, s string) {
		tibetan, _ := FromWylie(s)
		if !utf8.ValidString(s) {
			return
		}
		if !utf8.ValidString(tibetan) {
			t.Fatalf("%q gives %q, not UTF-8", s, tibetan)
		}
		wylie, _ := ToWylie(tibetan)
		if back, _ := FromWylie(wylie); oneShad(back) != oneShad(tibetan) {
			t.Fatalf("%+q gives %q, which gives %+q", tibetan, wylie, back)
		}
	})
}

// FuzzToWylie holds that any text comes back from Wylie, in NFC.
func FuzzToWylie(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, s string) {
		wylie, _ := ToWylie(s)
		if !utf8.ValidString(s) {
			return
		}
		if back, _ := FromWylie(wylie); oneShad(back) != oneShad(NFC(s)) {
			t.Fatalf("%+q gives %q, which gives %+q", s, wylie, back)
		}
	})
}

// FuzzSyllables holds that spans lie in the text, in order, and that units
// and clauses are cut from it.
func FuzzSyllables(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, s string) {
		for _, spans := range [][]Span{SyllableSpans(s), ClauseSpans(s), UnitSpans(s, false), UnitSpans(s, true)} {
			end := 0
			for _, p := range spans {
				if p.Start < end || p.End <= p.Start || p.End > len(s) {
					t.Fatalf("%q: spans %v", s, spans)
				}
				end = p.End
			}
		}
	})
}

// FuzzClean holds that Clean changes nothing the second time, mends what it
// says, and that NFC is stable.
func FuzzClean(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, s string) {
		if n := NFC(s); NFC(n) != n {
			t.Fatalf("NFC(%+q) is not stable", s)
		}
		clean := Clean(s)
		if again := Clean(clean); again != clean {
			t.Fatalf("%+q is cleaned to %+q, then to %+q", s, clean, again)
		}
		for _, p := range Check(clean) {
			switch p.Kind {
			case InvalidUTF8, ByteOrderMark, Control, MarkOrder, Deprecated, NotNFC:
				t.Fatalf("%+q is cleaned to %+q, which has %v", s, clean, p)
			}
		}
	})
}
