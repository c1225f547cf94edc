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

func TestShare(t *testing.T) {
	for _, c := range []struct {
		text, lang string
		want       float64
	}{
		{"", "bo", 0},
		{"123 །", "bo", 0},
		{"བོད་", "bo", 1},
		{"བོད abc ", "bo", 0.4}, // བ ད against a b c
		{"བོད abc ", "en", 0.6},
		{"中文", "zh-Hant", 1},
		{"中文", "zh", 1},
		{"中a文b", "zh", 0.5},
		{"漢字かなカナー", "ja", 1}, // ー belongs to no script alone
		{"かな", "zh", 0},
		{"漢字", "ko", 0},
		{"한국어", "ko", 1},
		{"Привет", "ru", 1},
		{"نص", "fa", 1},
		{"हिन्दी", "hi", 1},
		{"বাংলা", "bn", 1},
		{"Ελλάδα", "el", 1},
		{"עברית", "he", 1},
		{"Türkiye", "tr", 1},
		{"ꆈꌠ", "ii", 1},
		{"abc", "xx", 0},
		{"\xff\xfe", "en", 0},
	} {
		if got := Share(c.text, c.lang); got != c.want {
			t.Errorf("Share(%q, %s) = %g, want %g", c.text, c.lang, got, c.want)
		}
	}
}

func TestShares(t *testing.T) {
	got := Shares("བོད abc 中 ጀ")
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

func TestScriptOf(t *testing.T) {
	// The languages of the two sets of facts.
	for _, tag := range []string{"en", "zh", "bo", "de", "fr", "es", "pt", "ru", "ar", "ja", "id", "bn",
		"sw", "hi", "ca", "el", "fa", "he", "hu", "ko", "nl", "tr", "uk", "vi"} {
		if _, ok := ScriptOf(tag); !ok {
			t.Errorf("%s has no script", tag)
		}
	}
	if s, ok := ScriptOf("BO_cn"); s != Tibt || !ok {
		t.Errorf("BO_cn is %s, %t", s, ok)
	}
	if _, ok := ScriptOf(""); ok {
		t.Error("no language has a script")
	}
}

func TestUnits(t *testing.T) {
	for _, c := range []struct {
		text, lang string
		want       []string
	}{
		{"", "bo", nil},
		{"བོད་ཡིག ༢༠ GPU།", "bo", []string{"བོད", "ཡིག", "༢༠", "GPU"}},
		{"我有GPU，2个。", "zh", []string{"我", "有", "GPU", "2", "个"}},
		{"カナー漢字", "ja", []string{"カ", "ナ", "ー", "漢", "字"}},
		{"Don't stop, naïve e\u0301.", "en", []string{"Don", "t", "stop", "naïve", "e\u0301"}},
		{"हिन्दी में", "hi", []string{"हिन्दी", "में"}},
		{"می\u200cروم", "fa", []string{"می\u200cروم"}},
		{"ภาษา", "th", []string{"ภ", "า", "ษ", "า"}},
		{"答案 is བོད", "en", []string{"答", "案", "is", "བོད"}},
		{"\u0301 ...", "en", nil},
	} {
		if got := Units(c.text, c.lang); !equal(got, c.want) {
			t.Errorf("Units(%q, %s) = %q, want %q", c.text, c.lang, got, c.want)
		}
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
