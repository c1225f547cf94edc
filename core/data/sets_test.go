package data

import (
	"bufio"
	"os"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/language"
	"github.com/dongyur/dongyur/core/task"
)

// shared returns the project's catalogue if the data folder has the set's file.
func shared(t *testing.T, set string) *Catalogue {
	t.Helper()
	c, err := OpenCatalogue("")
	if err != nil {
		t.Fatal(err)
	}
	path, err := c.Path(set, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Skipf("needs %s; set DONGYUR_DATA to the folder of the data sets", path)
	}
	return c
}

func TestSharedExamples(t *testing.T) {
	cases := []struct {
		set      string
		task     string
		from, to string
		counts   map[string]int // by split; for division by hash what this package made of it
	}{
		{"software_bo_zh_en", task.Translate, "bo", "zh", map[string]int{"": 29209, Train: 28575, Dev: 253, Test: 381}},
		{"software_bo_zh_en", task.Translate, "en", "bo", map[string]int{"": 29196}},
		{"flores_bo_zh_en", task.Translate, "zh", "bo", map[string]int{"": 1515, Dev: 509, Test: 1006}},
		{"tibettimes", task.Headline, "bo", "bo", map[string]int{"": 3381, Train: 3181, Dev: 200}},
		{"en_zh", task.Translate, "en", "zh", map[string]int{"": 52028, Train: 51016, Dev: 521, Test: 491}},
		{"udhr", task.Translate, "bo", "en", map[string]int{"": 69, Test: 10}},
		{"words_en_bo", task.Translate, "en", "bo", map[string]int{"": 5247, Train: 5247}},
	}
	for _, x := range cases {
		t.Run(x.set+" "+x.from+" "+x.to, func(t *testing.T) {
			c := shared(t, x.set)
			examples, err := c.Examples(x.set, x.task, x.from, x.to, "")
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]int{"": len(examples)}
			for _, e := range examples {
				if e.Source == "" || e.Reference == "" || e.ID == "" || e.Split == "" {
					t.Fatalf("incomplete: %+v", e)
				}
				got[e.Split]++
			}
			for split, want := range x.counts {
				if got[split] != want {
					t.Errorf("split %q has %d examples, want %d", split, got[split], want)
				}
			}
			if x.set == "en_zh" {
				checkDivision(t, examples)
			}
		})
	}
}

// checkDivision checks that no text is trained on in one split and held out in another.
func checkDivision(t *testing.T, examples []task.Example) {
	t.Helper()
	seen := map[string]string{}
	for _, e := range examples {
		for _, key := range exampleKeys(e) {
			if split, known := seen[key]; known && split != e.Split {
				t.Fatalf("%s is in %s and in %s", e.ID, split, e.Split)
			}
			seen[key] = e.Split
		}
	}
}

// Real references pass the check of their script, so the check does not refuse good
// tables.
func TestSharedReferencesPassTheScriptCheck(t *testing.T) {
	for _, set := range []string{"software_bo_zh_en", "flores_bo_zh_en"} {
		c := shared(t, set)
		for _, pair := range [][2]string{{"bo", "zh"}, {"en", "bo"}} {
			examples, err := c.Examples(set, task.Translate, pair[0], pair[1], "")
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range examples {
				if msg := wrongScript(e); msg != "" {
					t.Errorf("%s %v: %s", e.ID, pair, msg)
				}
			}
		}
	}
}

// ReadTable reads the sets' files as they are.
func TestSharedFilesAsTables(t *testing.T) {
	cases := []struct {
		set  string
		opt  ReadOptions
		want int
	}{
		{"flores_bo_zh_en", ReadOptions{SourceLang: "bo", TargetLang: "zh"}, 1515},
		{"udhr", ReadOptions{SourceLang: "en", TargetLang: "bo"}, 69},
		{"tibettimes", ReadOptions{SourceLang: "bo"}, 3381},
	}
	for _, x := range cases {
		t.Run(x.set, func(t *testing.T) {
			c := shared(t, x.set)
			f, err := c.Open(x.set, "")
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			x.opt.Name = f.Name()
			got, err := ReadTable(f, x.opt)
			if err != nil || len(got.Examples) != x.want {
				t.Errorf("%d examples, %v; want %d", len(got.Examples), err, x.want)
			}
		})
	}
}

func TestSharedTexts(t *testing.T) {
	cases := []struct {
		set, lang, split string
		want             int
	}{
		{"mono_en_zh", "zh", "", 7035}, {"mono_en_zh", "en", "", 2651}, {"mono_en_zh", "en", Test, 12},
		{"software_bo_zh_en", "bo", Dev, 253}, {"flores_bo_zh_en", "zh", Test, 1006}, {"tibettimes", "bo", Dev, 200},
	}
	for _, x := range cases {
		c := shared(t, x.set)
		n := 0
		for text, err := range c.TextsSplit(x.set, x.lang, x.split) {
			if err != nil {
				t.Fatal(err)
			}
			if text == "" {
				t.Fatalf("%+v: an empty text", x)
			}
			n++
		}
		if n != x.want {
			t.Errorf("%+v: %d texts", x, n)
		}
	}
}

// Dev of a monolingual set is 0.5 % of its texts.
func TestSharedMonolingualSplits(t *testing.T) {
	c := shared(t, "mono_bo")
	count, share := 0, 0.0
	for text, err := range c.TextsSplit("mono_bo", "bo", Dev) {
		if err != nil {
			t.Fatal(err)
		}
		count++
		share += language.Share(text, "bo")
	}
	if count != 435 || share < 0.98*float64(count) {
		t.Errorf("%d texts held out of 90,347, Tibetan to %.2f", count, share/float64(count))
	}
}

// Every file of the catalogue is there with its sum and its number of rows.
func TestSharedFilesMatchTheCatalogue(t *testing.T) {
	c := shared(t, "udhr")
	for _, s := range c.Sets {
		if s.File == "" || s.Format == "json" {
			continue
		}
		f, err := c.Open(s.Name, "")
		if err != nil {
			t.Error(err)
			continue
		}
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<20)
		rows := 0
		for lines.Scan() {
			if rows == 0 && s.Format == TSV && strings.Join(s.Columns, "\t") != lines.Text() {
				t.Errorf("%s has the columns %s, the catalogue %v", s.Name, lines.Text(), s.Columns)
			}
			rows++
		}
		f.Close()
		if s.Format == TSV {
			rows--
		}
		if lines.Err() != nil || rows != s.Rows {
			t.Errorf("%s has %d rows (%v), the catalogue %d", s.Name, rows, lines.Err(), s.Rows)
		}
	}
}
