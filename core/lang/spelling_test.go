package lang

import (
	"slices"
	"sort"
	"strings"
	"testing"
)

func TestSpelling(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []ProblemKind
	}{
		{"བཀྲ་ཤིས་བདེ་ལེགས།", nil},
		{"བསྒྲུབས་པའི་གྲྭ་པ་དག་གིས་བརྒྱད་དུ།", nil},
		{"ང་ཚོའི་མིའུའིའོ། །དེའང་ཡིན་ནམ།", nil},
		{"དངས་དྭངས་དམངས་འབངས་དག་གང་དགའ།", nil},
		{"སངས་རྒྱས་ཀྱི་པདྨེ་ཧཱུྃ་ཊཱི་ཀ།", nil},
		{"༢༠༠༨ལོར་ལོ་༣༠ཡི།", nil},
		{"གཅིག་དང་ལྟག ལྟོས་ཤིག", nil},
		{"", nil},
		{"中文 text", nil},
		{"བོད་ཀྱཁ་ཡིག།", []ProblemKind{BadSyllable}},
		{"དེ་རེདཡོད།", []ProblemKind{MissingTsheg}},
		{"ང་ཚོསློབ་གྲྭ་ལ།", []ProblemKind{MissingTsheg}},
		{"ང།", []ProblemKind{MissingTsheg}},
		{"བོད་་ཡིག།", []ProblemKind{DoubledTsheg}},
		{"བོད ཡིན།", []ProblemKind{MissingEnd}},
		{"བོད་ཡིན", []ProblemKind{NoShad}},
		{"བོད་ཡིན་", nil},
		{"བོདyin།", []ProblemKind{HasLatin}},
	} {
		var got []ProblemKind
		for _, p := range Spelling(c.in) {
			got = append(got, p.Kind)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.in, got, c.want)
		}
	}
}

// TestSpellingOnData holds that published text is nearly free of syllables that are
// reported, so that a report means something.
func TestSpellingOnData(t *testing.T) {
	all, kinds, examples := 0, map[ProblemKind]int{}, map[string]int{}
	for i, s := range readColumn(t, "mono_bo.tsv", "text") {
		if i%8 != 0 {
			continue // all of them take too long
		}
		all += len(SyllableSpans(s))
		for _, p := range Spelling(s) {
			kinds[p.Kind]++
			if p.Kind == BadSyllable || p.Kind == MissingTsheg {
				examples[string(p.Kind)+" "+s[p.Start:p.End]]++
			}
		}
	}
	var most []string
	for e := range examples {
		most = append(most, e)
	}
	sort.Slice(most, func(i, j int) bool { return examples[most[i]] > examples[most[j]] })
	t.Logf("%d syllables, %v; most often %s", all, kinds, strings.Join(most[:min(40, len(most))], ", "))
	if share := float64(kinds[BadSyllable]+kinds[MissingTsheg]) / float64(all); share > 0.005 {
		t.Errorf("%.4f of published syllables are reported, want 0.005 at most", share)
	}
}

func TestTypeWylie(t *testing.T) {
	for _, c := range []struct{ keys, want string }{
		{"bod yig/ ", "བོད་ཡིག། "},
		{"bkra shis bde legs/", "བཀྲ་ཤིས་བདེ་ལེགས།"},
		{"nga / /", "ང་། །"},
		{"བོད་yig ", "བོད་ཡིག་"},
		{"中文 bod ", "中文་བོད་"},
		{"[New York] la ", "New York་ལ་"},
		{"[New York ", "[New York "},
		{"2008 lo ", "༢༠༠༨་ལོ་"},
		{"bo", "bo"},
		{"oM maNi pad+me hU~M/", "ཨོཾ་མཎི་པདྨེ་ཧཱུྃ།"},
	} {
		text := ""
		for _, key := range c.keys {
			text += string(key)
			if n, tibetan, _, ok := TypeWylie(text); ok {
				text = text[:len(text)-n] + tibetan
			}
		}
		if text != c.want {
			t.Errorf("typing %q gives %q, want %q", c.keys, text, c.want)
		}
	}
	if n, tibetan, _, ok := EndWylie("བོད་yig"); !ok || n != 3 || tibetan != "ཡིག" {
		t.Errorf("at the end of typing: %d, %q, %v", n, tibetan, ok)
	}
	if _, _, warnings, _ := TypeWylie("blah "); len(warnings) == 0 {
		t.Error("a syllable against the rules gives no warning")
	}
	consonants, vowels, sanskrit, signs := WylieKeys()
	if len(consonants) != 30 || consonants[0] != (WylieKey{"k", "ཀ"}) || consonants[29] != (WylieKey{"a", "ཨ"}) || vowels[1] != (WylieKey{"ki", "ཀི"}) {
		t.Errorf("key map %v %v", consonants, vowels)
	}
	for _, key := range slices.Concat(sanskrit, signs) {
		if key.Tibetan == "" || key.Tibetan == key.Wylie {
			t.Errorf("key %+v", key)
		}
	}
}

func TestPlaceholdersAndNumbers(t *testing.T) {
	for _, c := range []struct {
		in                    string
		placeholders, numbers []string
	}{
		{"%1 and %s, %2$d: 50% of {0} {name} ${x} %(who)s", []string{"%1", "%s", "%2$d", "{0}", "{name}", "${x}", "%(who)s"}, []string{"50"}},
		{"<b>ཀ</b> 3 < 4 > 2 <img src=x onerror=alert(1)>", []string{"<b>", "</b>"}, []string{"3", "4", "2", "1"}},
		{"༢༠༠༨ལོ་ 1,000 ３．５ 3.14.", nil, []string{"2008", "1000", "3", "5", "3.14"}},
		{"1, 2, 30", nil, []string{"1", "2", "30"}},
		{"100%", nil, []string{"100"}},
		{"", nil, nil},
	} {
		if got := Placeholders(c.in); !slices.Equal(got, c.placeholders) {
			t.Errorf("placeholders of %q: %q, want %q", c.in, got, c.placeholders)
		}
		if got := Numbers(c.in); !slices.Equal(got, c.numbers) {
			t.Errorf("numbers of %q: %q, want %q", c.in, got, c.numbers)
		}
	}
	a, b := OnlyIn([]string{"1", "2", "2"}, []string{"2", "3"})
	if !slices.Equal(a, []string{"1", "2"}) || !slices.Equal(b, []string{"3"}) {
		t.Errorf("only in one: %q, %q", a, b)
	}
}
