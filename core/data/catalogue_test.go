package data

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/task"
)

// small makes a catalogue of one set, whose file it writes.
func small(t *testing.T, s Set, content string) *Catalogue {
	t.Helper()
	sum := sha256.Sum256([]byte(content))
	s.Name, s.SHA256, s.Class = "small", hex.EncodeToString(sum[:]), Redistributable
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, s.File), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return &Catalogue{Sets: []Set{s}, Folder: dir}
}

func TestLoadCatalogueErrors(t *testing.T) {
	cases := map[string]string{
		"no JSON":         `sets`,
		"without a name":  `{"sets":[{"class":"R"}]}`,
		"two sets":        `{"sets":[{"name":"a","class":"R"},{"name":"a","class":"R"}]}`,
		`class "X"`:       `{"sets":[{"name":"a","class":"X"}]}`,
		"needs a plain":   `{"sets":[{"name":"a","class":"R","file":"../a.tsv"}]}`,
		"its sha256":      `{"sets":[{"name":"a","class":"R","file":"a.tsv","sha256":"12"}]}`,
		"unknown field":   `{"sets":[{"name":"a","class":"R","colour":"red"}]}`,
		"unexpected EOF":  `{"sets":[`,
		"cannot unmarsha": `{"sets":[{"name":1}]}`,
	}
	for name, text := range cases {
		_, err := LoadCatalogue(strings.NewReader(text))
		if err == nil || name != "no JSON" && !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestOpenChecksTheSum(t *testing.T) {
	c := small(t, Set{File: "a.tsv", Format: TSV, Languages: []string{"bo"}, Columns: []string{"text"}}, "text\nཇ།\n")
	f, err := c.Open("small", "")
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	if err := os.WriteFile(filepath.Join(c.Folder, "a.tsv"), []byte("text\nཆུ།\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Open("small", ""); err == nil || !strings.Contains(err.Error(), "sha256") {
		t.Errorf("a changed file: %v", err)
	}
	if _, err := c.Examples("small", task.Translate, "bo", "zh", ""); err == nil {
		t.Error("a set without tasks gives examples")
	}
	for _, err := range c.Texts("small", "bo") {
		if err == nil || !strings.Contains(err.Error(), "sha256") {
			t.Errorf("texts of a changed file: %v", err)
		}
	}
	if _, err := c.Open("small", t.TempDir()); err == nil || !strings.Contains(err.Error(), "DONGYUR_DATA") {
		t.Errorf("a missing file: %v, want what to do", err)
	}
	if _, err := c.Open("large", ""); err == nil || !strings.Contains(err.Error(), "small") {
		t.Errorf("an unknown set: %v, want the known ones", err)
	}
}

func TestExamplesRefuse(t *testing.T) {
	c := &Catalogue{Sets: []Set{
		{Name: "eval", File: "a.tsv", Languages: []string{"bo", "zh"}, Tasks: []string{task.Translate}, Splits: []string{Dev, Test}, EvaluationOnly: true},
	}, Folder: t.TempDir()}
	cases := []struct {
		task            string
		from, to, split string
		says            string
	}{
		{task.Translate, "bo", "zh", Train, "evaluation only"},
		{task.Translate, "bo", "zh", "validation", `no split "validation"`},
		{task.Translate, "bo", "en", Test, `language "en"`},
		{task.Translate, "bo", "bo", Test, "does not fit"},
		{task.Headline, "bo", "bo", Test, "not for the task"},
		{"poem", "bo", "bo", Test, `"poem" is not known`},
		{task.Translate, "bo", "zh", Test, "a.tsv"}, // the file is missing
	}
	for _, x := range cases {
		_, err := c.Examples("eval", x.task, x.from, x.to, x.split)
		if err == nil || !strings.Contains(err.Error(), x.says) {
			t.Errorf("%+v: %v", x, err)
		}
	}
	for _, split := range []string{Train, ""} {
		for _, err := range c.TextsSplit("eval", "bo", split) {
			if err == nil || !strings.Contains(err.Error(), "evaluation only") {
				t.Errorf("texts of split %q: %v", split, err)
			}
		}
	}
}

func TestTextsOfASetWithoutText(t *testing.T) {
	c := small(t, Set{File: "a.jsonl", Format: JSONL, Languages: []string{"bo"}, Columns: []string{"subject"}}, "{}\n")
	for text, err := range c.Texts("small", "bo") {
		if err == nil || !strings.Contains(err.Error(), "no column of text") {
			t.Errorf("%q, %v", text, err)
		}
	}
}

func TestExamplesNameABadLine(t *testing.T) {
	set := Set{File: "a.tsv", Format: TSV, Languages: []string{"bo", "zh"}, Tasks: []string{task.Translate}, Splits: []string{Train}}
	c := small(t, set, "bo\tzh\tsplit\nཇ།\t茶\ttrain\nཆུ།\t水\n")
	if _, err := c.Examples("small", task.Translate, "bo", "zh", ""); err == nil || !strings.Contains(err.Error(), "a.tsv: line 3") {
		t.Errorf("error %v, want file and line", err)
	}
	set.File, set.Format = "a.jsonl", JSONL
	c = small(t, set, "{\"bo\":\"ཇ།\",\"zh\":\"茶\"}\n{\n")
	if _, err := c.Examples("small", task.Translate, "bo", "zh", ""); err == nil || !strings.Contains(err.Error(), "a.jsonl: line 2") {
		t.Errorf("error %v, want file and line", err)
	}
}

// Both directions, and the texts, agree about the division by hash.
func TestDivisionByHashAgrees(t *testing.T) {
	var b strings.Builder
	b.WriteString("en\tzh\n")
	for _, e := range numbered(400) {
		b.WriteString(e.Source + "\t" + "译" + e.Reference + "\n")
	}
	c := small(t, Set{File: "a.tsv", Format: TSV, Languages: []string{"en", "zh"}, Tasks: []string{task.Translate}, Held: 0.1}, b.String())
	total := 0
	for _, split := range []string{Train, Dev, Test} {
		there, err := c.Examples("small", task.Translate, "en", "zh", split)
		if err != nil {
			t.Fatal(err)
		}
		back, err := c.Examples("small", task.Translate, "zh", "en", split)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(ids(there), ids(back)) {
			t.Errorf("%s: the two directions have different examples", split)
		}
		var texts []string
		for text, err := range c.TextsSplit("small", "en", split) {
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, text)
		}
		for i, e := range there {
			if len(texts) != len(there) || texts[i] != e.Source || e.Split != split {
				t.Fatalf("%s: texts and examples differ", split)
			}
		}
		if split != Train && (len(there) < 20 || len(there) > 60) {
			t.Errorf("%s has %d of 400, want about 40", split, len(there))
		}
		total += len(there)
	}
	if total != 400 {
		t.Errorf("the splits have %d examples together, want 400", total)
	}
}

func TestDir(t *testing.T) {
	t.Setenv("DONGYUR_DATA", "/elsewhere")
	if got := Dir(); got != "/elsewhere" {
		t.Errorf("Dir() = %s with DONGYUR_DATA=/elsewhere", got)
	}
	t.Setenv("DONGYUR_DATA", "")
	root := t.TempDir()
	deep := filepath.Join(root, "module", "core", "data")
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "module", "go.mod"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Chdir(deep)
	if got, want := Dir(), filepath.Join(root, "shared", "data"); got != want {
		t.Errorf("Dir() = %s, want %s", got, want)
	}
}

// The catalogue of the project is complete, and the sets that may be trained on for
// shipped weights are the ones of class R.
func TestProjectCatalogue(t *testing.T) {
	c, err := OpenCatalogue("")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range c.Sets {
		if s.Licence == "" || s.Description == "" || s.Rows == 0 || len(s.Sources) == 0 || len(s.Languages) == 0 || s.Reviewed != "no" {
			t.Errorf("%s lacks a field: %+v", s.Name, s)
		}
		for _, src := range s.Sources {
			if src.Name == "" || src.Commit == "" {
				t.Errorf("%s: source %+v lacks its name or commit", s.Name, src)
			}
		}
	}
	for name, class := range map[string]Class{"software_bo_zh_en": "R", "tibettimes": "M", "mono_bo_tibetcm": "M", "klar": "M", "mono_bo": "R", StarterSet: "R"} {
		if s, err := c.Set(name); err != nil || s.Class != class {
			t.Errorf("%s: class %q, %v; want %q", name, s.Class, err, class)
		}
	}
}

func TestCatalogueRoundTrips(t *testing.T) {
	c, err := OpenCatalogue("")
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := LoadCatalogue(strings.NewReader(string(text))); err != nil {
		t.Error(err)
	}
}
