package train

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/task"
)

// toyCatalogue has a set to learn from, with copies of what another holds out.
func toyCatalogue(t *testing.T) *data.Catalogue {
	t.Helper()
	dir := t.TempDir()
	c := &data.Catalogue{Folder: dir}
	add := func(set data.Set, content string) {
		set.File = set.Name + "." + set.Format
		if err := os.WriteFile(filepath.Join(dir, set.File), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256([]byte(content))
		set.SHA256 = hex.EncodeToString(sum[:])
		c.Sets = append(c.Sets, set)
	}
	const tested = "དེ་རིང་རྫོང་གི་སློབ་འབྲིང་ལ་དཔེ་མཛོད་ཁང་གསར་པ་ཞིག་སྒོ་ཕྱེས་པ་རེད།"
	near := strings.Replace(tested, "ཞིག", "གཉིས", 1)
	fine := "ཁ་སང་གྲོང་ཚོའི་ནང་དུ་ཆར་པ་ཆེན་པོ་བབས་སོང་། "
	rest := strings.Repeat("ལམ་ཁག་ཡོངས་རྫོགས་བཀག་ནས་མི་རྣམས་ཁྱིམ་དུ་བསྡད་པ་རེད། ", 3)
	pairs := data.Set{Name: "pairs", Format: data.TSV, Class: data.Redistributable, Columns: []string{"split", "bo", "zh", "project"},
		Languages: []string{"bo", "zh"}, Tasks: []string{task.Translate}, Splits: []string{"train", "test"}}
	add(pairs, "split\tbo\tzh\tproject\n"+
		"train\tཡིག་ཆ།\t文件\ta\n"+
		"train\tཁ་ཕྱེ།\t今天县里的中学开了一所新图书馆\tb\n"+ // the other side is held out
		"train\tཉར་ཚགས།\t保存\tb\n"+
		"test\t"+tested+"\t今天县里的中学开了一所新图书馆。\ta\n")
	texts := data.Set{Name: "texts", Format: data.TSV, Class: data.Redistributable, Columns: []string{"register", "text"}, Languages: []string{"bo"}}
	add(texts, "register\ttext\nmodern\t"+near+"\nmodern\t"+fine+rest+"\nclassical\t"+rest+fine+"\n"+
		"modern\t"+rest+fine+tested+fine+rest+"\n")
	add(data.Set{Name: "measured", Format: data.TSV, Class: data.MeasureOnly, Columns: []string{"text"}, Languages: []string{"bo"}}, "text\n"+fine+"\n")
	return c
}

func newReader(t *testing.T) *SourceReader {
	t.Helper()
	reader, err := NewSourceReader(toyCatalogue(t))
	if err != nil {
		t.Fatal(err)
	}
	return reader
}

// A planted copy of what is held out is read by no source, and counted.
func TestSourceReaderLeavesOutCopies(t *testing.T) {
	reader := newReader(t)
	pairs, err := reader.Pairs(Source{Set: "pairs", As: "translate", From: "bo", To: "zh"})
	if err != nil || !slices.Equal(pairs, []Pair{{"ཡིག་ཆ།", "文件"}, {"ཉར་ཚགས།", "保存"}}) {
		t.Errorf("pairs %q, %v", pairs, err)
	}
	var texts []string
	for text, err := range reader.Texts(Source{Set: "texts", As: "text", Lang: "bo"}) {
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, text)
	}
	if len(texts) != 2 {
		t.Errorf("%d texts, want the two without a copy: %q", len(texts), texts)
	}
	counts := reader.Counts()
	if len(counts) != 2 || counts[0].Rows != 2 || counts[0].Dropped() != 1 || counts[0].Kinds[data.OverlapExact] != 1 || counts[0].Sets["pairs"] != 1 ||
		counts[1].Rows != 2 || counts[1].Kinds[data.OverlapNear] != 1 || counts[1].Kinds[data.OverlapContained] != 1 {
		t.Errorf("counts %+v", counts)
	}
}

func TestSourceReaderTakesOnlyWhatIsWanted(t *testing.T) {
	for _, test := range []struct {
		name   string
		source Source
		rows   int
		want   string
	}{
		{"a register", Source{Set: "texts", As: "text", Lang: "bo", Only: map[string]string{"register": "classical"}}, 1, ""},
		{"a project", Source{Set: "pairs", As: "translate", From: "bo", To: "zh", Only: map[string]string{"project": "a"}}, 1, ""},
		{"no such value", Source{Set: "pairs", As: "translate", From: "bo", To: "zh", Only: map[string]string{"project": "c"}}, 0, "project:c"},
		{"no such column", Source{Set: "texts", As: "text", Lang: "bo", Only: map[string]string{"source": "x"}}, 0, `no column "source"`},
		{"what is for measuring", Source{Set: "measured", As: "text", Lang: "bo"}, 0, "class M"},
		{"an unknown kind", Source{Set: "pairs", As: "poem", From: "bo", To: "zh"}, 0, `"poem"`},
		{"no facts", Source{Set: "pairs", As: "names", From: "bo", To: "zh"}, 0, "no facts"},
	} {
		reader := newReader(t)
		stream, err := reader.stream(test.source, newTokenizer(t), 64)
		if test.want != "" {
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: error %v, want one with %q", test.name, err, test.want)
			}
			continue
		}
		if err != nil || reader.Counts()[0].Rows != test.rows || len(stream.Tokens) == 0 {
			t.Errorf("%s: %+v, %d tokens, %v", test.name, reader.Counts(), len(stream.Tokens), err)
		}
	}
}

// A headline is found from its whole document, a lead from the rest of it.
func TestHeadlineSources(t *testing.T) {
	for as, whole := range map[string]bool{"headline": true, "lead": false} {
		reader := newReader(t)
		n := 0
		for e, err := range reader.examples(Source{Set: "texts", As: as, Lang: "bo", Only: map[string]string{"register": "modern"}}) {
			if err != nil {
				t.Fatal(err)
			}
			n++
			if e.Task != "headline" || strings.Contains(e.Source, e.Reference) != whole {
				t.Errorf("%s: %q from %q", as, e.Reference, e.Source)
			}
		}
		if n == 0 {
			t.Errorf("%s: no examples", as)
		}
	}
}

// Languages have shares like the roots of their sizes, sources in a language like
// their sizes; without a temperature shares are what the recipe says.
func TestPhaseWeighs(t *testing.T) {
	stream := func(tokens int, weight float64) Stream { return Stream{Weight: weight, Tokens: make([]int32, tokens)} }
	source := func(lang string, weight float64) Source { return Source{Lang: lang, Weight: weight} }
	for _, test := range []struct {
		phase   Phase
		streams []Stream
		want    []float64
	}{
		{Phase{Sources: []Source{source("bo", 1), source("zh", 3)}}, []Stream{stream(900, 1), stream(10, 3)}, []float64{0.25, 0.75}},
		{Phase{Temperature: 1, Sources: []Source{source("bo", 0), source("zh", 2)}}, []Stream{stream(600, 0), stream(100, 2)}, []float64{0.75, 0.25}},
		{Phase{Temperature: 2, Sources: []Source{source("bo", 0), source("bo", 0), source("zh", 0)}},
			[]Stream{stream(1200, 0), stream(400, 0), stream(100, 0)}, []float64{0.6, 0.2, 0.2}},
	} {
		test.phase.weigh(test.streams)
		for i, want := range test.want {
			if got := test.streams[i].Weight; math.Abs(got-want) > 1e-12 {
				t.Errorf("temperature %g, source %d: share %g, want %g", test.phase.Temperature, i, got, want)
			}
		}
	}
}

func TestTokenizerRecipe(t *testing.T) {
	recipe, err := ReadTokenizerRecipe(strings.NewReader(`{"name": "toy", "size": 300, "sources": [{"set": "texts", "as": "text", "lang": "bo", "weight": 1.5}]}`))
	if err != nil {
		t.Fatal(err)
	}
	texts, err := recipe.Texts(newReader(t))
	if err != nil || len(slices.Collect(texts)) != 3 {
		t.Errorf("two texts of weight 1.5 come %d times, %v; want 3", len(slices.Collect(texts)), err)
	}
	for _, test := range []struct{ recipe, want string }{
		{`{"name": "toy", "sources": [{"set": "texts", "as": "text", "lang": "bo", "weight": 1}]}`, "size"},
		{`{"name": "toy", "size": 300, "sources": [{"set": "texts", "as": "text", "lang": "bo"}]}`, "weight"},
		{`{"name": "toy", "size": 300, "sources": [{"set": "pairs", "as": "translate", "from": "bo", "to": "zh", "weight": 1}]}`, `"text"`},
	} {
		if _, err := ReadTokenizerRecipe(strings.NewReader(test.recipe)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", test.recipe, err, test.want)
		}
	}
}

// Composed sources take their count and seed, in sentences, texts and words.
func TestEverydaySources(t *testing.T) {
	catalogue, err := data.OpenCatalogue("")
	if err != nil {
		t.Fatal(err)
	}
	reader := &SourceReader{Catalogue: catalogue, HeldOut: data.NewHeldOut(), known: map[string]*data.Overlap{}}
	pairs, err := reader.Pairs(Source{Set: data.EverydaySet, As: "translate", From: "zh", To: "bo", Count: 30, Seed: 7})
	if err != nil || len(pairs) != 30 {
		t.Errorf("%d pairs of 30: %v", len(pairs), err)
	}
	words, err := reader.Pairs(Source{Set: data.EverydaySet, As: "words", From: "zh", To: "bo"})
	if err != nil || len(words) < 700 {
		t.Errorf("%d words: %v", len(words), err)
	}
	count := 0
	for _, err := range reader.Texts(Source{Set: data.EverydaySet, As: "text", Lang: "bo", Count: 20}) {
		if err != nil {
			t.Fatal(err)
		}
		count++
	}
	if count != 20 {
		t.Errorf("%d texts of 20", count)
	}
	seen := 0
	for e, err := range reader.examples(Source{Set: data.NewsSet, As: "headline", Lang: "bo", Count: 25}) {
		if err != nil {
			t.Fatal(err)
		}
		// Its own headlines, not the first clauses of its texts.
		if e.Task != task.Headline || e.Reference == "" || strings.HasPrefix(e.Source, e.Reference) || e.SourceLang != "bo" {
			t.Errorf("a headline of the set: %+v", e)
		}
		seen++
	}
	if seen != 25 {
		t.Errorf("%d headlines of 25", seen)
	}
	if _, err := reader.Pairs(Source{Set: data.StarterSet, As: "translate", From: "zh", To: "bo", Count: 3}); err == nil {
		t.Error("three rows were drawn of a set that is not composed")
	}
}
