package metric

import (
	"math"
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		tok  Tokenization
		in   string
		want string // joined by |
	}{
		{None, " a  b. ", "a|b."},
		{"", "a, b.", "a|,|b|."},
		{V13a, "3,5 2.50 a.b 10-20 well-known don't", "3,5|2.50|a|.|b|10|-|20|well-known|don't"},
		{V13a, "x &quot;y&quot; <skipped>z", `x|"|y|"|z`},
		{V13a, "", ""},
		{Zh, "我有GPU，2.5个。", "我|有|GPU|，|2.5|个|。"},
		{Char, "ab 中", "a|b|中"},
		{Tsheg, "བོད་ཡིག། ༢༠ GPU, 中文", "བོད|ཡིག|།|༢༠|GPU|,|中|文"},
		{Tsheg, "བོད་ཡིག་།།", "བོད|ཡིག|།|།"},
	} {
		if got := strings.Join(c.tok.Split(c.in), "|"); got != c.want {
			t.Errorf("%s of %q: %s, want %s", c.tok, c.in, got, c.want)
		}
	}
}

func TestTokenizationFor(t *testing.T) {
	for tag, want := range map[string]Tokenization{
		"bo": Tsheg, "dz": Tsheg, "zh": Zh, "zh-Hant": Zh, "ja": Char, "th": Char, "en": V13a, "ru": V13a, "xx": V13a,
	} {
		if got := TokenizationFor(tag); got != want {
			t.Errorf("%s: %s, want %s", tag, got, want)
		}
	}
}

// TestExtremes holds that a perfect match scores the most a metric gives, and
// that no text, broken text and no match score 0.
func TestExtremes(t *testing.T) {
	for _, m := range append(ForLanguage("bo"), PlainChrF, ForLanguage("zh")[1]) {
		most := 100.0
		if m.Name() == "ROUGE-L" {
			most = 1
		}
		for _, c := range []struct {
			hyp, ref string
			want     float64
		}{
			{"བོད་ཡིག་གི་སྐད།", "བོད་ཡིག་གི་སྐད།", most},
			{"", "བོད་", 0},
			{"བོད་", "", 0},
			{"", "", 0},
			{"\xff\xfe", "བོད་", 0},
			{"abc", "བོད་", 0},
		} {
			if got := Sentence(m, c.hyp, c.ref); math.Abs(got-c.want) > 1e-9 {
				t.Errorf("%s of %q against %q: %g, want %g", m.Name(), c.hyp, c.ref, got, c.want)
			}
		}
	}
}

func TestCorpusErrors(t *testing.T) {
	for _, c := range []struct {
		name     string
		hyp, ref []string
		want     string
	}{
		{"lengths", []string{"a"}, []string{"a", "b"}, "1 hypotheses for 2 references"},
		{"none", nil, nil, "no segments"},
	} {
		if _, err := Corpus(ChrFPlusPlus, c.hyp, c.ref); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if _, err := CorpusInterval(ChrFPlusPlus, c.hyp, c.ref, 10, 1); err == nil {
			t.Errorf("%s: an interval without segments", c.name)
		}
		if _, err := PairedBootstrap(ChrFPlusPlus, c.hyp, c.hyp, c.ref, 10, 1); err == nil {
			t.Errorf("%s: a comparison without segments", c.name)
		}
	}
	if _, err := PairedMeans([]float64{1}, nil, 10, 1); err == nil {
		t.Error("paired means of unequal lengths")
	}
}

func TestSignatures(t *testing.T) {
	for _, c := range []struct {
		m               Metric
		name, signature string
	}{
		{ChrFPlusPlus, "chrF2++", "nrefs:1|case:mixed|eff:yes|nc:6|nw:2|space:no|version:dongyur-1"},
		{PlainChrF, "chrF2", "nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:dongyur-1"},
		{BLEU{Tokenize: Tsheg}, "BLEU", "nrefs:1|case:mixed|eff:no|tok:tsheg|smooth:exp|version:dongyur-1"},
		{BLEU{Effective: true}, "BLEU", "nrefs:1|case:mixed|eff:yes|tok:13a|smooth:exp|version:dongyur-1"},
		{ROUGEL{Lang: "bo"}, "ROUGE-L", "nrefs:1|case:lc|unit:tsheg|f:1|agg:mean|version:dongyur-1"},
		{ROUGEL{Lang: "zh"}, "ROUGE-L", "nrefs:1|case:lc|unit:char|f:1|agg:mean|version:dongyur-1"},
		{ROUGEL{Lang: "en"}, "ROUGE-L", "nrefs:1|case:lc|unit:word|f:1|agg:mean|version:dongyur-1"},
	} {
		if c.m.Name() != c.name || c.m.Signature() != c.signature {
			t.Errorf("%s %s, want %s %s", c.m.Name(), c.m.Signature(), c.name, c.signature)
		}
	}
}

func FuzzSentence(f *testing.F) {
	f.Add("བོད་ཡིག།", "བོད་སྐད།")
	f.Add("a-\nb &amp;lt; 1-2,3.", "中\u2001文\x1c")
	f.Add("\xff", "")
	metrics := append(ForLanguage("bo"), ForLanguage("zh")...)
	metrics = append(metrics, ForLanguage("en")...)
	f.Fuzz(func(t *testing.T, hyp, ref string) {
		for _, m := range metrics {
			most := 100 + 1e-9
			if m.Name() == "ROUGE-L" {
				most = 1 + 1e-9
			}
			if got := Sentence(m, hyp, ref); !(got >= 0 && got <= most) {
				t.Fatalf("%s of %q against %q: %g", m.Signature(), hyp, ref, got)
			}
		}
	})
}

func BenchmarkChrF(b *testing.B) {
	hyp := strings.Repeat("བོད་ཡིག་གི་སྐད་ཆ་", 10)
	ref := strings.Repeat("བོད་སྐད་ཀྱི་ཡི་གེ་", 10)
	for b.Loop() {
		Sentence(ChrFPlusPlus, hyp, ref)
	}
}
