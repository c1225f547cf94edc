package language

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dongyur/dongyur/core/lang"
)

// asLatin1 is UTF-8 read as Latin-1.
func asLatin1(s string) string {
	var runes []rune
	for i := range len(s) {
		runes = append(runes, rune(s[i]))
	}
	return string(runes)
}

func TestCheckSide(t *testing.T) {
	for _, test := range []struct {
		name, text, tag string
		want            []lang.ProblemKind
		mended          string // "": as it is
	}{
		{"Tibetan", "ཡིག་ཆ།", "bo", nil, ""},
		{"mojibake", asLatin1("བོད་ཡིག"), "bo", []lang.ProblemKind{lang.Mojibake}, "བོད་ཡིག"},
		{"mojibake of Chinese", asLatin1("文件 %1"), "zh", []lang.ProblemKind{lang.Mojibake}, "文件 %1"},
		{"mojibake in Windows-1252", "â€œJaâ€\u009d", "de", []lang.ProblemKind{lang.Mojibake}, "“Ja”"},
		{"French", "Café à la crème", "fr", nil, ""},
		{"Wylie", "bod yig", "bo", []lang.ProblemKind{lang.LatinWylie}, "བོད་ཡིག"},
		{"Wylie with a shad", "yig cha/", "bo", []lang.ProblemKind{lang.LatinWylie}, "ཡིག་ཆ།"},
		{"English in a Tibetan column", "File name", "bo", []lang.ProblemKind{lang.WrongScript}, ""},
		{"Wylie where English is meant", "bod yig", "en", nil, ""},
		{"English that Wylie could spell", "hello", "bo", []lang.ProblemKind{lang.WrongScript}, ""},
		{"Chinese in a Tibetan column", "文件", "bo", []lang.ProblemKind{lang.WrongScript}, ""},
		{"numbers", "12 %", "bo", nil, ""},
		{"a name in Tibetan", "LibreOffice གསར་པ།", "bo", []lang.ProblemKind{lang.WrongScript}, ""},
		{"a language nobody knows", "abc", "xx", nil, ""},
		{"a sign in the air", "ིཡིག", "bo", []lang.ProblemKind{lang.LoneMark}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			var kinds []lang.ProblemKind
			for _, p := range CheckSide(test.text, test.tag) {
				if len(kinds) == 0 || kinds[len(kinds)-1] != p.Kind {
					kinds = append(kinds, p.Kind)
				}
			}
			if diff := cmp.Diff(test.want, kinds); diff != "" {
				t.Error(diff)
			}
			want := test.mended
			if want == "" {
				want = test.text
			}
			if got := Mend(test.text, test.tag); got != want {
				t.Errorf("mended to %q, want %q", got, want)
			}
		})
	}
}
