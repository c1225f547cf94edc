package data

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Counts of facts and questions are those of a Python script over the same files,
// with İ in lower case as i.
func TestFactsOfTheSets(t *testing.T) {
	c := shared(t, GeoSet)
	shared(t, KLARSet)
	three := []string{"bo", "zh", "en"}
	for _, test := range []struct {
		set, split       string
		languages        []string
		facts, questions int
	}{
		{GeoSet, Train, three, 436, 955}, {GeoSet, Dev, three, 50, 113}, {GeoSet, Test, three, 126, 278},
		{GeoSet, Train, nil, 565, 6570}, {GeoSet, Test, nil, 165, 1922}, {KLARSet, "", nil, 2546, 39932},
	} {
		facts, err := c.Facts(test.set, test.split, test.languages, 0)
		if err != nil {
			t.Fatal(err)
		}
		questions := 0
		for _, f := range facts {
			questions += len(f.Languages)
			for _, code := range f.Languages {
				prompt, _ := f.Prompt(code)
				answers := f.Answers(code)
				if !strings.Contains(prompt, f.Subject[code]) || strings.Contains(prompt, "<") || len(answers) < 3 || slices.Contains(answers, "") {
					t.Errorf("%s in %s asks %q with %q", f.ID, code, prompt, answers)
				}
				if len(test.languages) > 0 && !slices.Contains(test.languages, code) {
					t.Errorf("%s is asked in %s", f.ID, code)
				}
			}
		}
		if len(facts) != test.facts || questions != test.questions {
			t.Errorf("%s %s in %v: %d facts and %d questions, want %d and %d", test.set, test.split, test.languages, len(facts), questions, test.facts, test.questions)
		}
	}
	// Every wording can be asked for.
	for template := range 5 {
		facts, err := c.Facts(KLARSet, "", []string{"en", "zh"}, template)
		if err != nil {
			t.Fatal(err)
		}
		if len(facts) == 0 {
			t.Errorf("no facts in wording %d", template)
		}
	}
}

func TestProbesOfTheSet(t *testing.T) {
	c := shared(t, ProbesSet)
	for language, want := range map[string][2]int{"": {4380, 1800}, "en": {1860, 0}, "zh": {2520, 600}, "sw": {0, 600}} {
		pairs, choices, err := c.Probes(language)
		if err != nil {
			t.Fatal(err)
		}
		if len(pairs) != want[0] || len(choices) != want[1] {
			t.Errorf("%q: %d pairs and %d choices, want %v", language, len(pairs), len(choices), want)
		}
	}
}

// invented is a catalogue with one file of its own for a set of facts or probes.
func invented(t *testing.T, set, file, format, content string, languages ...string) *Catalogue {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, file), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(content))
	return &Catalogue{Folder: folder, Sets: []Set{{Name: set, File: file, Format: format, SHA256: hex.EncodeToString(sum[:]),
		Class: Redistributable, Languages: languages, Splits: []string{Train, Test}}}}
}

const inventedFact = `{"id": "f1", "relation": "capital", "split": "train", "subject": {"en": "Utopia", "zh": "乌托邦", "bo": "ཨུ"}, "object": {"en": "Amaurot", "zh": "亚马罗", "bo": "Amaurot"}, "leak": [], "distractors": [{"name": {"en": "Lima", "zh": "利马", "bo": "ལི་མ"}}], "rel_label": {"en": "Capital", "zh": "首都", "bo": "རྒྱལ་ས"}, "langs": ["zh", "en", "bo"]}
{"id": "f2", "relation": "capital", "split": "test", "subject": {"en": "Mexico", "zh": "墨西哥"}, "object": {"en": "Mexico City", "zh": "墨西哥城"}, "leak": ["en"], "distractors": [{"name": {"en": "Lima", "zh": "利马"}}], "rel_label": {"en": "Capital", "zh": "首都"}, "langs": ["zh", "en"]}
`

func TestInventedFacts(t *testing.T) {
	c := invented(t, GeoSet, "facts.jsonl", JSONL, inventedFact, "bo", "en", "zh")
	facts, err := c.Facts(GeoSet, "", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	// The second can be asked in Chinese only, and the first not in Tibetan, where
	// its answer is in Latin letters.
	if len(facts) != 1 || !slices.Equal(facts[0].Languages, []string{"en", "zh"}) {
		t.Fatalf("facts %+v", facts)
	}
	e := facts[0].Example("en", true)
	if e.Source != "Utopia — Capital:" || e.Reference != "Amaurot" || !slices.Equal(e.Choices, []string{"Lima"}) || e.Fact != "f1" || e.ID != "f1|en" {
		t.Errorf("example %+v", e)
	}
	if prompt, space := facts[0].Prompt("zh"); prompt != "乌托邦 — 首都:" || space != " " {
		t.Errorf("prompt %q and %q", prompt, space)
	}
	// Asked in one language alone, a fact needs no other.
	if facts, err = c.Facts(GeoSet, Test, []string{"zh"}, 0); err != nil || len(facts) != 1 || facts[0].ID != "f2" {
		t.Errorf("in Chinese: %+v, %v", facts, err)
	}
	for _, test := range []struct {
		set, split string
		languages  []string
		want       string
	}{
		{GeoSet, "all", nil, `no split "all"`}, {GeoSet, "", []string{"xx"}, `language "xx"`}, {"nothing", "", nil, "not in the catalogue"},
	} {
		if _, err := c.Facts(test.set, test.split, test.languages, 0); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s %s %v: error %v, want one with %q", test.set, test.split, test.languages, err, test.want)
		}
	}
	if _, err := invented(t, "other", "f.jsonl", JSONL, inventedFact, "en").Facts("other", "", nil, 0); err == nil || !strings.Contains(err.Error(), "has no facts") {
		t.Errorf("a set without facts: %v", err)
	}
	broken := invented(t, GeoSet, "facts.jsonl", JSONL, inventedFact+"{\n", "en")
	if _, err := broken.Facts(GeoSet, "", nil, 0); err == nil || !strings.Contains(err.Error(), "facts.jsonl line 3") {
		t.Errorf("a broken line: %v", err)
	}
}

func TestInventedProbes(t *testing.T) {
	const rows = `{"set": "blimp", "lang": "en", "paradigm": "p", "phenomenon": "q", "good": "a b", "bad": "b a"}
{"set": "xcopa", "lang": "zh", "paradigm": "cause", "premise": "甲。", "choices": ["乙。", "丙。"], "label": 1}
{"set": "mgsm", "lang": "en", "question": "1+1?", "answer": "2"}
`
	pairs, choices, err := invented(t, ProbesSet, "p.jsonl", JSONL, rows, "en").Probes("")
	if err != nil || len(pairs) != 1 || len(choices) != 1 || pairs[0] != (MinimalPair{"blimp", "en", "q", "p", "a b", "b a"}) ||
		choices[0] != (CausalChoice{"zh", "cause", "甲。", [2]string{"乙。", "丙。"}, 1}) {
		t.Errorf("%+v %+v, %v", pairs, choices, err)
	}
	for _, bad := range []string{
		`{"set": "xcopa", "lang": "zh", "paradigm": "cause", "choices": ["乙。"], "label": 0}`,
		`{"set": "xcopa", "lang": "zh", "paradigm": "why", "choices": ["乙。", "丙。"], "label": 0}`,
		`{"set": "xcopa", "lang": "zh", "paradigm": "cause", "choices": ["乙。", "丙。"], "label": 2}`, `nothing`,
	} {
		if _, _, err := invented(t, ProbesSet, "p.jsonl", JSONL, rows+bad, "en").Probes(""); err == nil || !strings.Contains(err.Error(), "p.jsonl line 4") {
			t.Errorf("%s: error %v", bad, err)
		}
	}
}
