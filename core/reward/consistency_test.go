package reward

import (
	"fmt"
	"math"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
)

func TestJudge(t *testing.T) {
	cities := []string{"New York", "York", "Lima"}
	for _, test := range []struct {
		output, name, lang string
		choices            []string
		want               Verdict
	}{
		{"Paris", "Paris", "en", cities, Right},
		{"It is PARIS.", "paris", "en", cities, Right},
		{"Parisian", "Paris", "en", cities, Unparseable}, // not the whole word
		{"Lima", "Paris", "en", cities, Wrong},
		{"Paris or Lima", "Paris", "en", cities, Unparseable},
		{"Paris, Paris", "Paris", "en", cities, Right},
		{"New York", "York", "en", []string{"New York"}, Wrong}, // the longer name takes it
		{"New York", "New York", "en", []string{"York"}, Right},
		{"York and New York", "York", "en", []string{"New York"}, Unparseable},
		{"Berlin", "Paris", "en", cities, Unparseable}, // none of those offered
		{"Berlin", "Paris", "en", nil, Wrong},          // nothing was offered
		{"柏林", "Paris", "en", nil, Unparseable},
		{"", "Paris", "en", cities, Unparseable},
		{"?!", "Paris", "en", nil, Unparseable},
		{"答案是巴黎。", "巴黎", "zh", []string{"柏林"}, Right},
		{"བོད་ལྗོངས།", "བོད་ལྗོངས", "bo", []string{"བོད"}, Right},
	} {
		if have := Judge(test.output, test.name, test.choices, test.lang); have != test.want {
			t.Errorf("%q for %q beside %q: %d, want %d", test.output, test.name, test.choices, have, test.want)
		}
	}
}

// By hand from R = Σ(+1 right, -.5 unparseable) + bonus·1[all right]; the ladder
// pays k(k+1)/(L(L+1)) of the bonus.
func TestConsistency(t *testing.T) {
	all := Values{"unparseable": 0.5, "bonus": 1.0, "shape": ShapeAll}
	ladder := Values{"unparseable": 0.5, "bonus": 3.0, "shape": ShapeLadder}
	for _, test := range []struct {
		right, unparseable, all int
		c                       Values
		want                    float64
	}{
		{0, 0, 3, all, 0}, {3, 0, 3, all, 4}, {2, 0, 3, all, 2}, {2, 1, 3, all, 1.5}, {0, 3, 3, all, -1.5},
		{1, 0, 1, all, 2}, {12, 0, 12, all, 13}, {11, 1, 12, all, 10.5},
		{0, 0, 3, ladder, 0}, {1, 0, 3, ladder, 1.5}, {2, 0, 3, ladder, 3.5}, {3, 0, 3, ladder, 6}, {2, 1, 3, ladder, 3},
	} {
		if have := consistency(test.right, test.unparseable, test.all, test.c); math.Abs(have-test.want) > 1e-12 {
			t.Errorf("%d right and %d unparseable of %d, %s: %v, want %v", test.right, test.unparseable, test.all, test.c.Word("shape"), have, test.want)
		}
	}
}

// askedIn is a fact's sample in three languages.
func askedIn(fact string, sample int, outputs [3]string) []Input {
	inputs := make([]Input, 3)
	for i, lang := range []string{"en", "zh", "bo"} {
		inputs[i] = Input{Task: "fact", Fact: fact, Sample: sample, Source: fact, Reference: []string{"Paris", "巴黎", "པ་རི"}[i],
			Choices: []string{[]string{"Lima", "利马", "ལི་མ"}[i]}, Output: outputs[i], SourceLang: lang, TargetLang: lang, Finished: true}
	}
	return inputs
}

// The reward is the same in all languages of a sample, so that advantages within
// each language's own group are too; facts do not mix; silence is unparseable.
func TestConsistencyIsShared(t *testing.T) {
	config := protocol.Reward{}.With(Consistency, 2)
	s, err := New(nil, config)
	if err != nil {
		t.Fatal(err)
	}
	samples := [][3]string{{"Paris", "巴黎", "པ་རི"}, {"Paris", "利马", "པ་རི"}, {"Lima", "利马", "ལི་མ"}, {"", "", ""}}
	want := []float64{2 * 4, 2 * 2, 0, 2 * -1.5}
	var batch []Input
	for language := range 3 { // as a trainer gives them: each prompt's group in a row
		for _, fact := range []string{"one", "two"} {
			for i := range samples {
				outputs := samples[i]
				if fact == "two" {
					outputs = samples[len(samples)-1-i]
				}
				batch = append(batch, askedIn(fact, i, outputs)[language])
			}
		}
	}
	results, err := s.Score(batch)
	if err != nil {
		t.Fatal(err)
	}
	rewards := make([]float64, len(results))
	for i, r := range results {
		rewards[i] = r.Total
		expected := want[i%4]
		if i/4%2 == 1 {
			expected = want[3-i%4]
		}
		if math.Abs(r.Total-expected) > 1e-12 || r.Terms[Consistency] != r.Total || r.Terms[Empty] != 0 {
			t.Errorf("completion %d: %v of %v, want %v", i, r.Total, r.Terms, expected)
		}
		if silent := batch[i].Output == ""; r.Empty != silent {
			t.Errorf("completion %d: Empty is %v", i, r.Empty)
		}
	}
	for i := range 8 {
		if rewards[i] != rewards[8+i] || rewards[i] != rewards[16+i] {
			t.Errorf("rewards differ between languages: %v", []float64{rewards[i], rewards[8+i], rewards[16+i]})
		}
	}
	// A fact that comes twice in a batch is two facts.
	twice, err := s.Score(append(askedIn("one", 0, samples[0]), askedIn("one", 0, samples[2])...))
	if err != nil {
		t.Fatal(err)
	}
	if twice[0].Total != want[0] || twice[3].Total != want[2] {
		t.Errorf("a fact asked twice: %v and %v, want %v and %v", twice[0].Total, twice[3].Total, want[0], want[2])
	}
	batch[3].Reference = ""
	if _, err := s.Score(batch); err == nil {
		t.Error("a fact without its answer is scored")
	}
}

// Silence scores lowest, however the terms are weighed.
func TestSilentFactScoresLowest(t *testing.T) {
	config := Default().With(Consistency, 1).WithParameter(Consistency, "shape", ShapeLadder)
	s, err := New(Hashed{}, config)
	if err != nil {
		t.Fatal(err)
	}
	for i, outputs := range [][3]string{{"Lima", "利马", "ལི་མ"}, {"abc", "abc", "abc"}, {"巴黎", "Paris", "Paris"}} {
		batch := append(askedIn("one", 0, [3]string{}), askedIn("one", 1, outputs)...)
		results, err := s.Score(batch)
		if err != nil {
			t.Fatal(err)
		}
		for language := range 3 {
			if silent, said := results[language].Total, results[3+language].Total; !(silent < said) {
				t.Errorf("%s: silence scores %v, %q %v", fmt.Sprint(i, language), silent, outputs[language], said)
			}
		}
	}
}
