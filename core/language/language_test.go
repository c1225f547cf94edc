package language

import (
	"slices"
	"strings"
	"testing"

	xtext "golang.org/x/text/language"

	"github.com/dongyur/dongyur/core/lang"
)

// Tags in the spellings that people, data sets and models use.
func TestTags(t *testing.T) {
	for _, c := range []struct {
		tag, want string
		scripts   string
		direction string
		unit      Unit
		bleu      string
	}{
		{"bo", "bo", "Tibt", "ltr", Syllable, "tsheg"},
		{"bod_Tibt", "bo", "Tibt", "ltr", Syllable, "tsheg"},
		{"bo-IN", "bo", "Tibt", "ltr", Syllable, "tsheg"},
		{"tib", "bo", "Tibt", "ltr", Syllable, "tsheg"},
		{"dz", "dz", "Tibt", "ltr", Syllable, "tsheg"},
		{"zh_Hans", "zh", "Hans Hant", "ltr", Character, "zh"},
		{"zh-TW", "zh-Hant", "Hant", "ltr", Character, "zh"},
		{"cmn", "zh", "Hans Hant", "ltr", Character, "zh"},
		{"zh-yue", "yue", "Hant Hans", "ltr", Character, "zh"},
		{"ja", "ja", "Jpan", "ltr", Character, "char"},
		{"ko", "ko", "Kore", "ltr", Word, "13a"},
		{"en", "en", "Latn", "ltr", Word, "13a"},
		{"am", "am", "Ethi", "ltr", Word, "13a"},
		{"amh_Ethi", "am", "Ethi", "ltr", Word, "13a"},
		{"ka", "ka", "Geor", "ltr", Word, "13a"},
		{"hy", "hy", "Armn", "ltr", Word, "13a"},
		{"ta", "ta", "Taml", "ltr", Word, "13a"},
		{"te", "te", "Telu", "ltr", Word, "13a"},
		{"kn", "kn", "Knda", "ltr", Word, "13a"},
		{"ml", "ml", "Mlym", "ltr", Word, "13a"},
		{"gu", "gu", "Gujr", "ltr", Word, "13a"},
		{"pa", "pa", "Guru Arab", "ltr", Word, "13a"},
		{"pa-PK", "pa-Arab", "Arab", "rtl", Word, "13a"},
		{"or", "or", "Orya", "ltr", Word, "13a"},
		{"si", "si", "Sinh", "ltr", Word, "13a"},
		{"yo", "yo", "Latn", "ltr", Word, "13a"},
		{"ig", "ig", "Latn", "ltr", Word, "13a"},
		{"ha", "ha", "Latn Arab", "ltr", Word, "13a"},
		{"zu", "zu", "Latn", "ltr", Word, "13a"},
		{"xh", "xh", "Latn", "ltr", Word, "13a"},
		{"uz", "uz", "Latn Arab Cyrl", "ltr", Word, "13a"},
		{"ky", "ky", "Cyrl Arab Latn", "ltr", Word, "13a"},
		{"kk-Arab", "kk-Arab", "Arab", "rtl", Word, "13a"},
		{"kk-CN", "kk-Arab", "Arab", "rtl", Word, "13a"},
		{"mn-Mong", "mn-Mong", "Mong", "ltr", Word, "13a"},
		{"mn-CN", "mn-Mong", "Mong", "ltr", Word, "13a"},
		{"mn", "mn", "Cyrl Mong", "ltr", Word, "13a"},
		{"ug", "ug", "Arab Cyrl", "rtl", Word, "13a"},
		{"ug-CN", "ug", "Arab", "rtl", Word, "13a"},
		{"ur", "ur", "Arab", "rtl", Word, "13a"},
		{"ps", "ps", "Arab", "rtl", Word, "13a"},
		{"dv", "dv", "Thaa", "rtl", Word, "13a"},
		{"yi", "yi", "Hebr", "rtl", Word, "13a"},
		{"nqo", "nqo", "Nkoo", "rtl", Word, "13a"},
		{"th", "th", "Thai", "ltr", Character, "char"},
		{"my", "my", "Mymr", "ltr", Character, "char"},
		{"cy", "cy", "Latn", "ltr", Word, "13a"},
		{"ga", "ga", "Latn", "ltr", Word, "13a"},
		{"eu", "eu", "Latn", "ltr", Word, "13a"},
		{"qu", "qu", "Latn", "ltr", Word, "13a"},
		{"mi", "mi", "Latn", "ltr", Word, "13a"},
		{"ii", "ii", "Yiii", "ltr", Word, "13a"},
		{"za", "za", "Latn", "ltr", Word, "13a"},
		{"khk", "mn", "Cyrl Mong", "ltr", Word, "13a"},
		{"Yoruba", "yo", "Latn", "ltr", Word, "13a"},
		{"维吾尔语", "ug", "Arab Cyrl", "rtl", Word, "13a"},
		{"བོད་སྐད་", "bo", "Tibt", "ltr", Syllable, "tsheg"},
		{"qaa", "qaa", "", "ltr", Word, "13a"},
		{"x-klingon", "x-klingon", "", "ltr", Word, "13a"},
	} {
		tag, err := Parse(c.tag)
		if err != nil || tag != c.want {
			t.Errorf("%s is read as %q, %v; want %q", c.tag, tag, err, c.want)
			continue
		}
		asked := c.tag
		if _, err := parse(asked); err != nil {
			asked = tag
		}
		l := Of(asked)
		var scripts []string
		for _, s := range l.Scripts {
			scripts = append(scripts, string(s))
		}
		if got := strings.Join(scripts, " "); got != c.scripts || l.Direction() != c.direction || l.Unit != c.unit || l.BLEU != c.bleu || l.Names.En == "" {
			t.Errorf("%s: %q %s %s %s %q; want %q %s %s %s", c.tag, got, l.Direction(), l.Unit, l.BLEU, l.Names.En, c.scripts, c.direction, c.unit, c.bleu)
		}
	}
	for _, bad := range []string{"", "e", "klingons", "bo--IN", "zh!", "12", "x"} {
		if tag, err := Parse(bad); err == nil || !strings.Contains(err.Error(), "BCP 47") {
			t.Errorf("%q is read as %q, %v", bad, tag, err)
		}
	}
}

// cldr.txt says what x/text says.
func TestTableAgreesWithCLDR(t *testing.T) {
	checked := 0
	for code, entry := range cldr() {
		if code != entry.code {
			continue
		}
		script, confidence := xtext.Make(code).Script()
		want := lang.Script(script.String())
		if confidence == xtext.No || want == "Zzzz" {
			want = ""
		}
		if entry.usual != want {
			t.Errorf("%s is written in %q, want %q", code, entry.usual, want)
		}
		checked++
	}
	if checked < 1300 {
		t.Errorf("the table has %d languages", checked)
	}
}

// A language whose script nobody knows, or that has several, is written as its texts are.
func TestWritten(t *testing.T) {
	for _, c := range []struct{ tag, text, want string }{
		{"qaa", "ᐃᓄᒃᑎᑐᑦ", "Cans"},
		{"qaa", "12", ""},
		{"mn", "ᠮᠣᠩᠭᠣᠯ ᠬᠡᠯᠡ abc", "Mong"},
		{"mn", "монгол", "Cyrl"},
		{"kk", "قازاق", "Arab"},
		{"bo", "English only", "Tibt"},
		{"ja", "漢字", "Jpan"},
		{"ug", "English only", "Arab Cyrl"},
	} {
		var got []string
		for _, s := range Of(c.tag).Written(c.text).Scripts {
			got = append(got, string(s))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s %q is written in %q, want %q", c.tag, c.text, got, c.want)
		}
	}
}

// A row that is registered is what its tag is, in every spelling, and goes again.
func TestRegister(t *testing.T) {
	remove := Register(Language{Tag: "tlh", Scripts: []lang.Script{lang.Latn}, Names: Names{En: "Klingon as spoken", Own: "tlhIngan"}, Also: []string{"Warrior"}, BLEU: "char"})
	if l := Of("tlh-Latn"); l.BLEU != "char" || l.Names.Own != "tlhIngan" || !slices.ContainsFunc(Rows(), func(o *Language) bool { return o.Tag == "tlh" }) || Known()[len(Rows())-1] == "" {
		t.Errorf("%+v", l)
	}
	if tag, err := Parse("warrior"); err != nil || tag != "tlh" {
		t.Errorf("Warrior is %q, %v", tag, err)
	}
	remove()
	if l := Of("tlh-Latn"); l.BLEU != "13a" {
		t.Errorf("after it was taken away: %+v", l)
	}
}

// The English names that prompts say.
func TestNames(t *testing.T) {
	for tag, name := range map[string]string{"ar": "Arabic", "bn": "Bengali", "bo": "Tibetan", "ca": "Catalan", "de": "German", "el": "Greek",
		"en": "English", "es": "Spanish", "fa": "Persian", "fr": "French", "he": "Hebrew", "hi": "Hindi", "hu": "Hungarian", "id": "Indonesian",
		"ja": "Japanese", "ko": "Korean", "nl": "Dutch", "pt": "Portuguese", "ru": "Russian", "sw": "Swahili", "tr": "Turkish", "uk": "Ukrainian",
		"vi": "Vietnamese", "zh": "Chinese", "zh-TW": "Traditional Chinese", "yo": "Yoruba", "kk-Arab": "Kazakh (Arabic script)", "qaa": "qaa"} {
		if got := Of(tag).Names.En; got != name {
			t.Errorf("%s is called %q, want %q", tag, got, name)
		}
	}
	if n := Of("ug").Names; n.Zh != "维吾尔语" || n.Own != "ئۇيغۇرچە" || n.In("zh") != n.Zh || n.In("bo") != "Uyghur" {
		t.Errorf("%+v", n)
	}
}
