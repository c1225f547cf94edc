package lang

import (
	"testing"
)

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     []Problem
		clean    string
	}{
		{"empty", "", nil, ""},
		{"Tibetan", "༄༅། །བསྒྲུབས་ཀྱི་ཨོཾ་ཨཱཿཧཱུྃ་ཀྵ་ཕ༹་༢༠༠༨༔", nil, ""},
		{"emoji joined", "👩\u200D👩\u200D👧 ❤\uFE0F\u200D🔥", nil, ""},
		{"Persian, Hindi", "می\u200Cروم क्\u200Dष", nil, ""},
		{"direction marks in Arabic", "نص\u200F (a)", nil, ""},
		{"sign on a dotted circle", "\u25CC\u0F72 \u25CC\u0301", nil, ""},
		{"lines", "a\tb\r\nc", nil, ""},
		{"not UTF-8", "ཀ\xff", []Problem{{InvalidUTF8, Span{3, 4}}}, "ཀ\uFFFD"},
		{"lost", "ཀ\uFFFDཁ", []Problem{{Replacement, Span{3, 6}}}, "ཀ\uFFFDཁ"},
		{"byte order mark", "\uFEFFཀ", []Problem{{ByteOrderMark, Span{0, 3}}}, "ཀ"},
		{"zero-width space", "ཀ\u200Bི", []Problem{{ZeroWidth, Span{3, 6}}, {LoneMark, Span{6, 9}}}, "ཀི"},
		{"joiner in Tibetan", "ཀ\u200Dཁ", []Problem{{ZeroWidth, Span{3, 6}}}, "ཀཁ"},
		{"soft hyphen", "a\u00ADb", []Problem{{ZeroWidth, Span{1, 3}}}, "ab"},
		{"direction mark in Latin", "a\u200Eb", []Problem{{ZeroWidth, Span{1, 4}}}, "ab"},
		{"control", "a\x00b\u0085", []Problem{{Control, Span{1, 2}}, {Control, Span{3, 5}}}, "ab"},
		{"old font", "\uF300", []Problem{{PrivateUse, Span{0, 3}}}, "\uF300"},
		{"subjoined first", "ྱཀ", []Problem{{LoneSubjoined, Span{0, 3}}}, "ྱཀ"},
		{"subjoined after tsheg", "ཀ་ྱ", []Problem{{LoneSubjoined, Span{6, 9}}}, "ཀ་ྱ"},
		{"subjoined after a vowel", "ཀིྱ", []Problem{{MarkOrder, Span{6, 9}}}, "ཀྱི"},
		{"subjoined after anusvara", "ཨཾྱ", []Problem{{MarkOrder, Span{6, 9}}}, "ཨྱཾ"},
		{"vowel before and after", "གིྲིན", []Problem{{MarkOrder, Span{6, 9}}}, "གྲིན"},
		{"tsa phru above a letter below", "ཕ༹ྱ", nil, ""},
		{"vowel first", "ིཀ", []Problem{{LoneMark, Span{0, 3}}}, "ིཀ"},
		{"vowel on Latin", "aི", []Problem{{LoneMark, Span{1, 4}}}, "aི"},
		{"accent after space", " \u0301", []Problem{{LoneMark, Span{1, 3}}}, " \u0301"},
		{"vowel after anusvara", "ཨཾོ", []Problem{{MarkOrder, Span{6, 9}}}, "ཨོཾ"},
		{"vowel twice", "ཀིི", []Problem{{DoubledVowel, Span{6, 9}}}, "ཀི"},
		{"e twice may be ai", "ཆེེས", []Problem{{DoubledVowel, Span{6, 9}}}, "ཆེེས"},
		{"deprecated", "ཀ\u0F77", []Problem{{Deprecated, Span{3, 6}}}, "ཀ\u0FB2\u0F71\u0F80"},
		{"vowel separator of Mongolian", "ᠵᠠᠬ\u180eᠠ", nil, ""},
		{"vowel separator elsewhere", "ཀ\u180eཁ", []Problem{{ZeroWidth, Span{3, 6}}}, "ཀཁ"},
		{"not NFC", "ཀ\u0F43", []Problem{{NotNFC, Span{3, 6}}}, "ཀ\u0F42\u0FB7"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Check(c.in)
			if len(got) != len(c.want) {
				t.Fatalf("%v, want %v", got, c.want)
			}
			for i := range got {
				if got[i] != c.want[i] {
					t.Errorf("%v, want %v", got[i], c.want[i])
				}
			}
			want := c.clean
			if c.want == nil {
				want = c.in
			}
			if clean := Clean(c.in); clean != want {
				t.Errorf("Clean gives %+q, want %+q", clean, want)
			}
		})
	}
}

// TestCheckOnData holds that published text is nearly free of problems, so
// that a report means something.
func TestCheckOnData(t *testing.T) {
	texts := readColumn(t, "mono_bo.tsv", "text")
	damaged := 0
	for _, s := range texts {
		if len(Check(s)) > 0 {
			damaged++
		}
	}
	t.Logf("%d of %d texts have problems", damaged, len(texts))
	if share := float64(damaged) / float64(len(texts)); share > 0.01 {
		t.Errorf("problems in %.4f of the texts, want 0.01 at most", share)
	}
}
