package attest

import (
	"bytes"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/grammar"
)

func TestCounter(t *testing.T) {
	for _, x := range []struct {
		wording, text string
		want          int
	}{
		{"བོད་ཡིག", "ངས་བོད་ཡིག་སློབ། བོད་ཡིག", 2},
		{"བོད་ཡིག", "བོད། ཡིག", 0},      // a clause ends between
		{"བོད་ཡིག", "བོད་ཡིགས", 0},      // another syllable
		{"བོད་ཡིག", "བོད ཡིག", 0},       // a space is no tsheg
		{"ཡིག", "བོད་ཡིག་དང་ཡིག་ཆ", 2},  // also inside a longer word
		{"ཨ་མ", "ཨ་མའི་ཨ་མས་ཨ་མར", 3},   // particles on an open syllable
		{"ནམ་མཁའ", "ནམ་མཁའི་ནམ་མཁར", 2}, // འ goes when they come
		{"ལམ", "ལམས", 0}, // none on a closed one
		{"ང", "ངའང་ངའོ་ངའམ", 3},
		{"བོད་ཡིག", "", 0},
	} {
		c := NewCounter([]string{x.wording, x.wording, "མེད་པ"})
		c.Add(x.text)
		if got := c.Count(x.wording); got != x.want {
			t.Errorf("%s in %q: %d, want %d", x.wording, x.text, got, x.want)
		}
	}
}

func TestTableIsReadBack(t *testing.T) {
	texts := func(set string) iter.Seq2[string, error] {
		return func(yield func(string, error) bool) {
			_ = set == "a" && yield("ང་འགྲོ", nil) && yield("ང་ཡོང", nil)
		}
	}
	made, err := Make([]string{"ང", "ཁོ"}, []string{"a", "b"}, texts)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := made.Write(&b); err != nil {
		t.Fatal(err)
	}
	read, err := Read(&b)
	if err != nil || cmp.Diff(made, read) != "" {
		t.Error(err, cmp.Diff(made, read))
	}
	if sets, counted := read.In("ང"); !counted || !slices.Equal(sets, []string{"a"}) {
		t.Error(sets, counted)
	}
	if sets, counted := read.In("ཁོ"); !counted || sets != nil {
		t.Error(sets, counted)
	}
	if _, counted := read.In("ཁྱོད"); counted {
		t.Error("counted what was not")
	}
	for _, damaged := range []string{"wording\ta\nང\tx\n", "wording\ta\nང\t1\t2\n"} {
		if _, err := Read(bytes.NewReader([]byte(damaged))); err == nil {
			t.Errorf("%q was read", damaged)
		}
	}
}

// The kept table is what the texts say, and knows every wording of the grammar.
func TestKeptTable(t *testing.T) {
	kept, err := Kept()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(kept.Sets, Sets) {
		t.Errorf("the table has the sets %v, want %v", kept.Sets, Sets)
	}
	c, err := data.OpenCatalogue("")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range Sets {
		if s, err := c.Set(name); err != nil || s.EvaluationOnly || s.Class != data.Redistributable {
			t.Errorf("%s: %v, %+v; no set for evaluation or measuring bears witness", name, err, s)
		}
	}
	if _, err := os.Stat(filepath.Join(data.Dir(), "mono_bo.tsv")); err != nil {
		t.Skip("no data sets here: set DONGYUR_DATA")
	}
	made, err := Make(Wordings(Everyday()), Sets, FromCatalogue(c))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(made.Counts, kept.Counts); d != "" {
		t.Errorf("the table differs from the texts (-texts +table); make it anew with: dongyur grammar check --count\n%s", d)
	}
}

func TestPieces(t *testing.T) {
	pieces := Everyday()
	for _, want := range []grammar.Piece{
		{Text: "བཟས", Of: "eat", Cat: "verb"}, {Text: "ཟོས", Of: "eat", Cat: "verb"}, {Text: "བཞེས", Of: "eat", Cat: "verb"},
		{Text: "ཆེ", Of: "big", Cat: "adj"}, {Text: "མང་པོ", Of: "Many", Cat: "frame"}, {Text: "ཡོད་པ་རེད", Of: "table there", Cat: "frame"},
	} {
		if !slices.Contains(pieces, want) {
			t.Errorf("%+v is not among the %d pieces", want, len(pieces))
		}
	}
}
