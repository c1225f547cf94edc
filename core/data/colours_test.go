package data

import (
	"slices"
	"testing"

	"github.com/dongyur/dongyur/core/lang"
	"github.com/dongyur/dongyur/core/language"
	"github.com/dongyur/dongyur/core/task"
)

func TestStarterFacts(t *testing.T) {
	examples := StarterFacts()
	languages := map[string][]string{} // in which each fact is learnt
	facts := map[string]int{}
	names := map[string][]string{} // answers by language
	for _, e := range examples {
		names[e.TargetLang] = append(names[e.TargetLang], e.Reference)
		facts[e.Fact]++
		if e.Split == Train {
			languages[e.Fact] = append(languages[e.Fact], e.TargetLang)
		}
	}
	if len(examples) != 36 || len(facts) != 12 {
		t.Fatalf("%d questions to %d facts, want 36 to 12", len(examples), len(facts))
	}
	for _, e := range examples {
		if facts[e.Fact] != 3 || len(languages[e.Fact]) < 2 {
			t.Errorf("%s is asked in %d languages and learnt in %v", e.Fact, facts[e.Fact], languages[e.Fact])
		}
		if e.Task != task.Fact || e.SourceLang != e.TargetLang || len(e.Choices) != 2 || slices.Contains(e.Choices, e.Reference) || e.Choices[0] == e.Choices[1] {
			t.Errorf("%+v is no question with three choices", e)
		}
		for _, text := range append([]string{e.Source, e.Reference}, e.Choices...) {
			if language.Share(text, e.TargetLang) != 1 || !lang.IsNFC(text) || len(lang.Check(text)) > 0 {
				t.Errorf("%s: %q is not clean %s", e.ID, text, e.TargetLang)
			}
		}
		for _, choice := range e.Choices {
			if !slices.Contains(names[e.TargetLang], choice) {
				t.Errorf("%s: %q is no colour of the others", e.ID, choice)
			}
		}
	}
}
