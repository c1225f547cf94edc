package eval

import (
	"maps"
	"testing"

	"github.com/dongyur/dongyur/core/grammar"
	"github.com/dongyur/dongyur/core/task"
)

// composed is an example of each kind that carries a meaning.
func composed(t *testing.T) (sentence, headline task.Example) {
	t.Helper()
	sentences, err := grammar.Everyday().Generate(1, 1, grammar.Filter{Frames: []string{"Is"}})
	if err != nil {
		t.Fatal(err)
	}
	stories, err := grammar.News().Stories(1, 1, grammar.Filter{Frames: []string{"Accident"}})
	if err != nil {
		t.Fatal(err)
	}
	s, n := sentences[0], stories[0]
	return task.Example{Task: task.Translate, Source: s.Texts["zh"], Reference: s.Texts["bo"], SourceLang: "zh", TargetLang: "bo", Meta: map[string]string{"meaning": s.Meaning.String()}},
		task.Example{Task: task.Headline, Source: n.Texts["zh"], Reference: n.Headlines["zh"], SourceLang: "zh", TargetLang: "zh", Meta: map[string]string{"meaning": n.Report.String()}}
}

func TestJudgeMeaning(t *testing.T) {
	sentence, headline := composed(t)
	change := func(e task.Example, of func(*task.Example)) task.Example {
		e.Meta = maps.Clone(e.Meta)
		of(&e)
		return e
	}
	for _, row := range []struct {
		name    string
		example task.Example
		answer  string
		want    map[string]float64 // nil: not judged; figures that are not named may be anything
	}{
		{"the reference", sentence, sentence.Reference, map[string]float64{Meaning: 1, Slots: 1, WellFormed: 1}},
		{"nothing", sentence, "", map[string]float64{Meaning: 0, Slots: 0, WellFormed: 0}},
		{"the source", sentence, sentence.Source, map[string]float64{Meaning: 0, WellFormed: 0}},
		{"a headline", headline, headline.Reference, map[string]float64{Meaning: 1, Event: 1, Slots: 1, Copied: 0}},
		{"a copy", headline, headline.Source, map[string]float64{Meaning: 0, Event: 0, Copied: 1}},
		{"no meaning", change(sentence, func(e *task.Example) { e.Meta = nil }), sentence.Reference, nil},
		{"somebody's own column", change(sentence, func(e *task.Example) { e.Meta["meaning"] = "to go home" }), sentence.Reference, nil},
		{"another grammar", change(sentence, func(e *task.Example) { e.Meta["meaning"] = "Flies(who=dog)" }), sentence.Reference, nil},
		{"a sentence as a headline", change(sentence, func(e *task.Example) { e.Task = task.Headline }), sentence.Reference, nil},
		{"a language without a grammar", change(sentence, func(e *task.Example) { e.TargetLang = "sw" }), sentence.Reference, nil},
	} {
		have := judgeMeaning(row.example, row.answer)
		if (have == nil) != (row.want == nil) {
			t.Errorf("%s: %v", row.name, have)
		}
		for name, want := range row.want {
			if figure, ok := have[name]; !ok || figure != want {
				t.Errorf("%s: %s is %g, want %g", row.name, name, figure, want)
			}
		}
	}
}

// Scores and their change name what the meaning judge counts, of the examples alone that
// carry a meaning.
func TestMeaningScores(t *testing.T) {
	sentence, headline := composed(t)
	lines := []task.Example{sentence, headline, {Task: task.Translate, Source: "ཤར", Reference: "east", TargetLang: "en"}}
	measured := func(answers ...string) *Outputs {
		o, err := Measure(judge, lines, answers)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	before, after := measured("", headline.Source, "east"), measured(sentence.Reference, headline.Reference, "east")
	change, err := Change(before, after, "table")
	if err != nil {
		t.Fatal(err)
	}
	scores, err := after.Scores("table")
	if err != nil {
		t.Fatal(err)
	}
	find := func(list []task.Score, name string) float64 {
		for _, s := range list {
			if s.Name == name {
				if s.Signature == "" || !Fraction(name) {
					t.Errorf("%s has signature %q and is a fraction: %v", name, s.Signature, Fraction(name))
				}
				return s.Value
			}
		}
		t.Errorf("no %s among %v", name, list)
		return -2
	}
	for name, want := range map[string][2]float64{Meaning: {1, 1}, Slots: {1, 0}, WellFormed: {1, 1}, Event: {1, 1}, Copied: {0, -1}} {
		if have := find(scores, name); have != want[0] {
			t.Errorf("%s is %g, want %g", name, have, want[0])
		}
		if have := find(change, name); name != Slots && have != want[1] {
			t.Errorf("%s changed by %g, want %g", name, have, want[1])
		}
	}
	if line := after.Line(1); line[Event] != 1 || line[Copied] != 0 {
		t.Errorf("the headline's line: %v", line)
	}
	if _, ok := after.Line(2)[Meaning]; ok {
		t.Error("an example without a meaning was judged")
	}
}
