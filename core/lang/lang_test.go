package lang

import (
	"testing"
)

func TestNFC(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"aspirated letters come apart", "\u0F43\u0F4D\u0F52\u0F57\u0F5C\u0F69", "\u0F42\u0FB7\u0F4C\u0FB7\u0F51\u0FB7\u0F56\u0FB7\u0F5B\u0FB7\u0F40\u0FB5"},
		{"and below others", "\u0F40\u0F93\u0F9D\u0FA2\u0FA7\u0FAC\u0FB9", "\u0F40\u0F92\u0FB7\u0F9C\u0FB7\u0FA1\u0FB7\u0FA6\u0FB7\u0FAB\u0FB7\u0F90\u0FB5"},
		{"long vowels come apart", "\u0F40\u0F73\u0F40\u0F75\u0F40\u0F81", "\u0F40\u0F71\u0F72\u0F40\u0F71\u0F74\u0F40\u0F71\u0F80"},
		{"vocalic letters come apart", "\u0F40\u0F76\u0F40\u0F78", "\u0F40\u0FB2\u0F80\u0F40\u0FB3\u0F80"},
		{"length mark first, u last", "\u0F40\u0F74\u0F7A\u0F71", "\u0F40\u0F71\u0F7A\u0F74"},
		{"tsa phru behind vowels", "\u0F55\u0F39\u0F7C", "\u0F55\u0F7C\u0F39"},
		{"anusvara stays", "\u0F68\u0F7E\u0F7C", "\u0F68\u0F7E\u0F7C"},
		{"Latin composes", "e\u0301", "\u00E9"},
	} {
		if got := NFC(c.in); got != c.want {
			t.Errorf("%s: %+q gives %+q, want %+q", c.name, c.in, got, c.want)
		}
		if IsNFC(c.in) != (c.in == c.want) {
			t.Errorf("%s: IsNFC(%+q) is %t", c.name, c.in, IsNFC(c.in))
		}
	}
}

func TestSyllables(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []string
	}{
		{"", nil},
		{"་ །", nil},
		{"བཀྲ་ཤིས་བདེ་ལེགས།", []string{"བཀྲ", "ཤིས", "བདེ", "ལེགས"}},
		{"ང༌ཁྱོད ཁོ།མོ", []string{"ང", "ཁྱོད", "ཁོ", "མོ"}},
		{"༢༠༠༨ལོར།", []string{"༢༠༠༨", "ལོར"}},
		{"abc ཀ 中文", []string{"ཀ"}},
		{"ཨོཾ་ཨཱཿ༔ཀྵ", []string{"ཨོཾ", "ཨཱཿ", "ཀྵ"}},
		{"༼ཀ༽༄༅།།", []string{"ཀ"}},
		{"ཀ\xffཁ", []string{"ཀ", "ཁ"}},
	} {
		got := Syllables(c.in)
		if !equal(got, c.want) {
			t.Errorf("%q gives %q, want %q", c.in, got, c.want)
		}
		for i, span := range SyllableSpans(c.in) {
			if c.in[span.Start:span.End] != got[i] {
				t.Errorf("%q: span %d is %v", c.in, i, span)
			}
		}
	}
}

func TestClauses(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []string
	}{
		{"", nil},
		{" \n", nil},
		{"ཀ་ཁ། ག་ང།། །ཅ", []string{"ཀ་ཁ།", "ག་ང།། །", "ཅ"}},
		{"།ཀ།", []string{"།ཀ།"}},
		{"no shad", []string{"no shad"}},
	} {
		if got := Clauses(c.in); !equal(got, c.want) {
			t.Errorf("%q gives %q, want %q", c.in, got, c.want)
		}
	}
}

func TestDigits(t *testing.T) {
	for _, c := range []struct{ ascii, tibetan string }{
		{"", ""}, {"0123456789", "༠༡༢༣༤༥༦༧༨༩"}, {"2008 ལོ", "༢༠༠༨ ལོ"}, {"-1.5%", "-༡.༥%"},
	} {
		if got := ToTibetanDigits(c.ascii); got != c.tibetan {
			t.Errorf("%q gives %q, want %q", c.ascii, got, c.tibetan)
		}
		if got := ToASCIIDigits(c.tibetan); got != c.ascii {
			t.Errorf("%q gives %q, want %q", c.tibetan, got, c.ascii)
		}
	}
	if got := ToASCIIDigits("༪"); got != "༪" {
		t.Errorf("half digit becomes %q", got)
	}
}

func TestShares(t *testing.T) {
	got := Shares("བོད abc 中 𐌰")
	want := map[Script]float64{Tibt: 2. / 7, Latn: 3. / 7, Hani: 1. / 7, Other: 1. / 7}
	if len(got) != len(want) {
		t.Fatalf("%v, want %v", got, want)
	}
	for script, share := range want {
		if got[script] != share {
			t.Errorf("%s: %g, want %g", script, got[script], share)
		}
	}
	if len(Shares("1")) > 0 {
		t.Error("text without letters has shares")
	}
}

func equal(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
