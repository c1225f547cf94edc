package data

import (
	"testing"

	"github.com/dongyur/dongyur/core/grammar"
	"github.com/dongyur/dongyur/core/task"
)

// The everyday set needs no file: its examples carry a meaning that the reference has,
// the counts are the catalogue's, and all directions are of the same meanings.
func TestEverydayExamples(t *testing.T) {
	catalogue, err := OpenCatalogue("")
	if err != nil {
		t.Fatal(err)
	}
	catalogue.Folder = t.TempDir()
	for _, split := range []string{Dev, Test, grammar.TestWords, grammar.TestFrames} {
		there, err := catalogue.Examples(EverydaySet, task.Translate, "zh", "bo", split)
		if err != nil {
			t.Fatal(err)
		}
		back, err := catalogue.Examples(EverydaySet, task.Translate, "bo", "zh", split)
		if err != nil {
			t.Fatal(err)
		}
		if len(there) != 1000 || len(back) != 1000 {
			t.Fatalf("%s: %d and %d examples, want 1000", split, len(there), len(back))
		}
		for i, e := range there {
			if e.Source != back[i].Reference || e.Reference != back[i].Source || e.Meta["meaning"] != back[i].Meta["meaning"] || e.Split != split {
				t.Fatalf("%s: %v and %v are not one pair", split, e, back[i])
			}
			if e.Pivot == nil || e.Pivot.Lang != "en" || e.Pivot.Reference == "" {
				t.Fatalf("%s: no English beside %v", split, e)
			}
			m, err := grammar.ParseMeaning(e.Meta["meaning"])
			if err != nil {
				t.Fatal(err)
			}
			if exact, _, _ := grammar.Everyday().Score(m, "bo", e.Reference); !exact {
				t.Errorf("%s does not mean %s", e.Reference, m)
			}
		}
	}
}

// Short news in each language with a headline that the judge takes for right, the English
// beside it, and nothing of a test in training.
func TestNewsExamples(t *testing.T) {
	catalogue, err := OpenCatalogue("")
	if err != nil {
		t.Fatal(err)
	}
	catalogue.Folder = t.TempDir()
	titles := map[string]string{}
	for _, split := range []string{Train, Dev, Test, grammar.TestWords} {
		for _, code := range []string{"bo", "zh", "en"} {
			examples, err := catalogue.Examples(NewsSet, task.Headline, code, code, split)
			if err != nil {
				t.Fatal(err)
			}
			set, _ := catalogue.Set(NewsSet)
			if len(examples) != set.Composed[split] {
				t.Errorf("%s %s: %d examples of %d", split, code, len(examples), set.Composed[split])
			}
			for i, e := range examples {
				if before, ok := titles[e.Reference]; ok && before != split {
					t.Errorf("%q is in %s and in %s", e.Reference, before, split)
				}
				titles[e.Reference] = split
				if (e.Pivot == nil) != (code == "en") || e.Pivot != nil && (e.Pivot.Source == "" || e.Pivot.Reference == "") {
					t.Errorf("the English of %+v: %+v", e, e.Pivot)
				}
				if i >= 50 {
					continue
				}
				m, err := grammar.ParseMeaning(e.Meta["meaning"])
				if err != nil {
					t.Fatal(err)
				}
				if score, err := grammar.News().ScoreHeadline(m, code, e.Source, e.Reference); err != nil || !score.Exact || score.Copied {
					t.Errorf("%s is not the headline of %s: %+v %v", e.Reference, e.Source, score, err)
				}
			}
		}
	}
	if _, err := catalogue.Examples(NewsSet, task.Translate, "zh", "bo", Test); err == nil {
		t.Error("news was given for translation")
	}
}

// Another draw has another count and other sentences, all of training; what is held out
// stays.
func TestDrawn(t *testing.T) {
	catalogue, err := OpenCatalogue("")
	if err != nil {
		t.Fatal(err)
	}
	texts := func(count int, seed uint64, split string) []string {
		drawn, err := catalogue.Drawn(EverydaySet, count, seed)
		if err != nil {
			t.Fatal(err)
		}
		var texts []string
		for text, err := range drawn.TextsSplit(EverydaySet, "en", split) {
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, text)
		}
		return texts
	}
	one, two := texts(50, 1, Train), texts(50, 2, Train)
	if len(one) != 50 || len(two) != 50 || one[0] == two[0] && one[1] == two[1] {
		t.Errorf("%d and %d sentences, beginning %q and %q", len(one), len(two), one[0], two[0])
	}
	if a, b := texts(50, 1, Dev), texts(60, 2, Dev); a[0] != b[0] || len(a) != 1000 {
		t.Errorf("another draw changed what is held out: %q, %q, %d", a[0], b[0], len(a))
	}
	if _, err := catalogue.Drawn(StarterSet, 50, 1); err == nil {
		t.Error("the starter set was drawn")
	}
}

// The word list has every concept of both languages, whatever training leaves out.
func TestWords(t *testing.T) {
	catalogue, err := OpenCatalogue("")
	if err != nil {
		t.Fatal(err)
	}
	words, err := catalogue.Words(EverydaySet, "en", "bo")
	if err != nil {
		t.Fatal(err)
	}
	if len(words) < 700 {
		t.Errorf("%d words, want 700", len(words))
	}
	if _, err := catalogue.Words(StarterSet, "en", "bo"); err == nil {
		t.Error("the starter set has words")
	}
	if _, err := catalogue.Words(EverydaySet, "en", "fr"); err == nil {
		t.Error("there are French words")
	}
}
