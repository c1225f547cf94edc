package data

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/task"
)

func TestHeldOutFindsCopies(t *testing.T) {
	const (
		sentence = "དེ་རིང་རྫོང་གི་སློབ་འབྲིང་ལ་དཔེ་མཛོད་ཁང་གསར་པ་ཞིག་སྒོ་ཕྱེས་པ་རེད།"
		changed  = "དེ་རིང་རྫོང་གི་སློབ་འབྲིང་ལ་དཔེ་མཛོད་ཁང་གསར་པ་གཉིས་སྒོ་ཕྱེས་པ་རེད"
		other    = "ཁ་སང་གྲོང་ཚོའི་ནང་དུ་ཆར་པ་ཆེན་པོ་བབས་ནས་ལམ་ཁག་ཡོངས་རྫོགས་བཀག་སོང་།"
	)
	h := NewHeldOut()
	h.Add("news", sentence)
	h.Add("news", "The council opened a new library in the town on Monday, and 300 people came to see it.")
	h.Add("messages", "Save 3 files")
	h.Add("news", "Nothing")
	for _, test := range []struct{ name, text, set, kind string }{
		{"the same", sentence, "news", OverlapExact},
		{"another number", "save 12 files!", "messages", OverlapExact},
		{"one unit of it changed", changed, "news", OverlapNear},
		{"inside a document", other + other + sentence + other, "news", OverlapContained},
		{"a long piece of it", "a new library in the town on Monday, and 300 people came to see", "news", OverlapNear},
		{"a piece in another sentence", "They told us on the telephone that nobody opened a new library in the town on Monday and 300 people came to nothing at all for once", "news", OverlapContained},
		{"a common phrase", "in the town on Monday", "", ""},
		{"another text", other, "", ""},
		{"a word of one", "library", "", ""},
		{"nothing", "", "", ""},
	} {
		got, found := h.Find(test.text)
		if want := (Overlap{test.set, test.kind}); found != (test.set != "") || got != want {
			t.Errorf("%s: %v, %v; want %v", test.name, got, found, want)
		}
	}
}

// Every set gives what it holds out, and one whose file is not here is named.
func TestCatalogueHeldOut(t *testing.T) {
	dir := t.TempDir()
	sums := map[string]string{}
	write := func(name, content string) {
		sum := sha256.Sum256([]byte(content))
		sums[name] = hex.EncodeToString(sum[:])
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("pairs.tsv", "id\tsplit\tbo\ten\n1\ttrain\tཀ་ཁ\tlearn this\n2\ttest\tག་ང\thold this out\n")
	write("news.jsonl", `{"id":"1","split":"dev","title":"ཅ་ཆ་ཇ","body":"ཉ་ཏ་ཐ་ད"}`+"\n")
	write("probes.jsonl", `{"set":"blimp","lang":"en","good":"Dogs bark.","bad":"Dogs barks."}`+"\n"+
		`{"set":"xcopa","lang":"en","paradigm":"cause","premise":"It rained.","choices":["a","b"],"label":1}`+"\n")
	write("facts.jsonl", `{"id":"c|FR","relation":"capital","split":"test","subject":{"en":"France","zh":"法国"},"object":{"en":"Paris","zh":"巴黎"},`+
		`"rel_label":{"en":"capital","zh":"首都"},"leak":[],"langs":["en","zh"],"distractors":[]}`+"\n")
	c := &Catalogue{Folder: dir, Sets: []Set{
		{Name: "pairs", File: "pairs.tsv", Format: TSV, Languages: []string{"bo", "en"}, Tasks: []string{task.Translate}, Splits: []string{Train, Dev, Test}},
		{Name: "news", File: "news.jsonl", Format: JSONL, Languages: []string{"bo"}, Tasks: []string{task.Headline}, Splits: []string{Train, Dev}},
		{Name: ProbesSet, File: "probes.jsonl", Format: JSONL, Languages: []string{"en"}, EvaluationOnly: true},
		{Name: GeoSet, File: "facts.jsonl", Format: JSONL, Languages: []string{"en", "zh"}, Splits: []string{Train, Dev, Test}},
		{Name: "absent", File: "absent.tsv", Format: TSV, Languages: []string{"bo"}, Columns: []string{"text"}, Held: 0.1},
	}}
	for i, s := range c.Sets[:4] {
		c.Sets[i].SHA256 = sums[s.File]
	}
	h, err := c.HeldOut()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(h.Missing, []string{"absent"}) {
		t.Errorf("missing: %v", h.Missing)
	}
	for text, set := range map[string]string{
		"Hold this out.": "pairs", "ག་ང་།": "pairs", "ཅ་ཆ་ཇ": "news", "ཉ་ཏ་ཐ་ད": "news", "dogs bark": ProbesSet,
		"It rained": ProbesSet, "France — capital: Paris": GeoSet, "learn this": "", "France": "",
	} {
		if got, _ := h.Find(text); got.Set != set {
			t.Errorf("%q is of %q, want %q", text, got.Set, set)
		}
	}
	c.Sets[0].SHA256 = strings.Repeat("0", 64)
	if _, err := c.HeldOut(); err == nil || !strings.Contains(err.Error(), "pairs.tsv") {
		t.Errorf("a damaged file: %v", err)
	}
}
