package language

import (
	"slices"
	"testing"
)

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
		{"ሰላም", "am", 1},
		{"қазақ", "kk", 1},
		{"قازاق", "kk", 1},
		{"قازاق", "kk-Cyrl", 0},
		{"ᠮᠣᠩᠭᠣᠯ", "mn-CN", 1},
		{"\xff\xfe", "en", 0},
	} {
		if got := Share(c.text, c.lang); got != c.want {
			t.Errorf("Share(%q, %s) = %g, want %g", c.text, c.lang, got, c.want)
		}
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
		if got := Units(c.text, c.lang); !slices.Equal(got, c.want) {
			t.Errorf("Units(%q, %s) = %q, want %q", c.text, c.lang, got, c.want)
		}
	}
}
