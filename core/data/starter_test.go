package data

import (
	"slices"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/lang"
	"github.com/dongyur/dongyur/core/language"
	"github.com/dongyur/dongyur/core/task"
)

func TestStarterTranslate(t *testing.T) {
	for _, pair := range [][2]string{{"bo", "zh"}, {"zh", "bo"}, {"bo", "en"}, {"en", "bo"}, {"zh", "en"}, {"en", "zh"}} {
		examples := Starter(task.Translate, pair[0], pair[1])
		if len(examples) != 128 {
			t.Fatalf("%v: %d pairs, want 128", pair, len(examples))
		}
		test := inSplit(slices.Clone(examples), Test)
		if len(test) != 32 {
			t.Errorf("%v: %d held out, want 32", pair, len(test))
		}
		for _, e := range examples {
			if language.Share(e.Source, pair[0]) != 1 || language.Share(e.Reference, pair[1]) != 1 {
				t.Errorf("%s: not wholly in the scripts of %v", e.ID, pair)
			}
			pivot := e.Pivot
			if want := !slices.Contains(pair[:], "en"); want != (pivot != nil) {
				t.Errorf("%s: pivot %+v; want one: %v", e.ID, pivot, want)
			}
			if pivot != nil && (pivot.Lang != "en" || language.Share(pivot.Reference, "en") != 1) {
				t.Errorf("%s: pivot %+v is not English", e.ID, *pivot)
			}
		}
		checkStarter(t, examples)
	}
}

func TestStarterHeadlines(t *testing.T) {
	examples := Starter(task.Headline, "bo", "bo")
	if len(examples) != 24 {
		t.Fatalf("%d news texts, want 24", len(examples))
	}
	for _, e := range examples {
		title, body := len(lang.Syllables(e.Reference)), len(lang.Syllables(e.Source))
		if title < 6 || title > 20 || body < 20 || body > 80 {
			t.Errorf("%s: a headline of %d syllables over %d", e.ID, title, body)
		}
		if strings.Contains(e.Source, strings.TrimRight(e.Reference, "།")) {
			t.Errorf("%s: the headline is a span of the text, so copying would be right", e.ID)
		}
	}
	checkStarter(t, examples)
}

// checkStarter checks what holds for every starter example.
func checkStarter(t *testing.T, examples []task.Example) {
	t.Helper()
	for _, e := range examples {
		if e.Meta["reviewed"] != "no" || e.Split != Train && e.Split != Test {
			t.Errorf("%s: reviewed %q, split %q", e.ID, e.Meta["reviewed"], e.Split)
		}
		for _, s := range []string{e.Source, e.Reference} {
			if problems := lang.Check(s); len(problems) > 0 || !lang.IsNFC(s) {
				t.Errorf("%s: %q has %v", e.ID, s, problems)
			}
		}
	}
	if d := Duplicates(examples); len(d) > 0 {
		for _, m := range d {
			t.Errorf("%q nearly repeats %q", examples[m.Index].Source, examples[m.Of].Source)
		}
	}
}

func TestStarterOtherLanguages(t *testing.T) {
	for _, x := range [][3]string{{"translate", "bo", "ja"}, {"translate", "bo", "bo"}, {"headline", "zh", "zh"}, {"headline", "bo", "zh"}, {"poem", "bo", "id"}} {
		if got := Starter(x[0], x[1], x[2]); len(got) != 0 {
			t.Errorf("%v gives %d examples", x, len(got))
		}
	}
}

func TestStarterInTheCatalogue(t *testing.T) {
	c := &Catalogue{Sets: []Set{{Name: StarterSet, Class: Redistributable, Languages: []string{"bo", "zh", "en"}, Tasks: []string{task.Translate, task.Headline}, Splits: []string{Train, Test}}}}
	train, err := c.Examples(StarterSet, task.Translate, "bo", "en", Train)
	if err != nil || len(train) != 96 {
		t.Errorf("%d to train on, %v; want 96", len(train), err)
	}
	texts := 0
	for text, err := range c.TextsSplit(StarterSet, "bo", Train) {
		if err != nil || language.Share(text, "bo") != 1 {
			t.Errorf("%q, %v", text, err)
		}
		texts++
	}
	if texts != 96+18 {
		t.Errorf("%d Tibetan texts, want 114", texts)
	}
	if _, err := c.Path(StarterSet, ""); err == nil {
		t.Error("the built-in set has a path")
	}
}
