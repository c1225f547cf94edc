package token

import (
	"bufio"
	"bytes"
	"encoding/json"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// The reference trainer makes the same file from the same text and pattern.
func TestTrainEqualsReference(t *testing.T) {
	tok, err := Train(slices.Values(goldenTexts(t)), TrainOptions{VocabSize: 640})
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := tok.Save(&text); err != nil {
		t.Fatal(err)
	}
	var want, got any
	readJSON(t, "tibetan.tokenizer.json", &want)
	if err := json.Unmarshal(text.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if d := firstDifference("", want, got); d != "" {
		t.Errorf("differs from the reference at %s", d)
	}
}

func TestTrainOptions(t *testing.T) {
	texts := goldenTexts(t)
	var seen []int
	tok, err := Train(slices.Values(texts), TrainOptions{
		VocabSize: 400, Special: []string{"<zh>", "<|pad|>", "<bo>", "<zh>"}, Pattern: qwenPattern,
		Progress: func(done, total int) {
			if total != 400 {
				t.Errorf("total %d, want 400", total)
			}
			seen = append(seen, done)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if tok.VocabSize() != 400 || !slices.Equal(tok.Special(), []int{0, 1, 2, 3, 4, 5}) || tok.Token(4) != "<zh>" || tok.Token(5) != "<bo>" {
		t.Errorf("vocabulary of %d, special %v %q %q", tok.VocabSize(), tok.Special(), tok.Token(4), tok.Token(5))
	}
	if !slices.IsSorted(seen) || len(seen) == 0 || seen[len(seen)-1] != 400 {
		t.Errorf("progress %v", seen)
	}
	often, err := Train(slices.Values(texts), TrainOptions{VocabSize: 5000, MinFrequency: 50})
	if err != nil {
		t.Fatal(err)
	}
	seldom, err := Train(slices.Values(texts), TrainOptions{VocabSize: 5000})
	if err != nil {
		t.Fatal(err)
	}
	if often.VocabSize() >= seldom.VocabSize() || seldom.VocabSize() >= 5000 {
		t.Errorf("vocabularies of %d (pairs seen 50 times) and %d", often.VocabSize(), seldom.VocabSize())
	}
}

func TestTrainRefuses(t *testing.T) {
	text := []string{"བོད་ཡིག"}
	for _, c := range []struct {
		name  string
		texts []string
		opt   TrainOptions
		want  string
	}{
		{"too small", text, TrainOptions{VocabSize: 259}, "want between 260"},
		{"too large", text, TrainOptions{VocabSize: 1 << 30}, "want between"},
		{"no text", nil, TrainOptions{VocabSize: 300}, "no text"},
		{"empty text", []string{"", ""}, TrainOptions{VocabSize: 300}, "no text"},
		{"empty special", text, TrainOptions{VocabSize: 300, Special: []string{""}}, "special token is empty"},
		{"bad pattern", text, TrainOptions{VocabSize: 300, Pattern: "("}, "pattern"},
	} {
		if _, err := Train(slices.Values(c.texts), c.opt); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v does not say %q", c.name, err, c.want)
		}
	}
}

// No token goes past the end of a Tibetan syllable, and the tsheg stays with it.
func TestTibetanPieces(t *testing.T) {
	for text, want := range map[string][]string{
		"བོད་ཡིག་གི་":         {"བོད་", "ཡིག་", "གི་"},
		"བོད༌ཡིག":             {"བོད༌", "ཡིག"},
		"བཀྲ་ཤིས། །བདེ་ལེགས༎": {"བཀྲ་", "ཤིས", "། ", "།", "བདེ་", "ལེགས", "༎"},
		"ང་།": {"ང་", "།"},
		"ཨོཾ་མ་ཎི་པདྨེ་ཧཱུྃ་": {"ཨོཾ་", "མ་", "ཎི་", "པདྨེ་", "ཧཱུྃ་"},
		"༢༠༢༤ལོའི་":           {"༢", "༠", "༢", "༤", "ལོའི་"},
		"a བོད་ b":            {"a", " ", "བོད་", " b"},
		"བོད་abc中文のテスト":       {"བོད་", "abc", "中文", "のテスト"},
		"它说：“好” ok":           {"它说", "：“", "好", "”", " ok"},
		"he's 12.5":           {"he", "'s", " ", "1", "2", ".", "5"},
		"a\n\n  b\n":          {"a", "\n\n", " ", " b", "\n"},
		"é ñandú":             {"é", " ñandú"},
		"་་ང":                 {"་་", "ང"},
	} {
		var got []string
		scan(tibetanScanner{}, text, func(piece string) { got = append(got, piece) })
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestCutPiece(t *testing.T) {
	for _, text := range []string{strings.Repeat("中", 1000), strings.Repeat("a", 5000), strings.Repeat("\x80", 3000)} {
		var got []string
		cutPiece(text, func(piece string) { got = append(got, piece) })
		for _, piece := range got {
			if len(piece) > longestPiece || utf8.ValidString(text) && !utf8.ValidString(piece) {
				t.Errorf("piece of %d bytes, broken %v", len(piece), !utf8.ValidString(piece))
			}
		}
		if strings.Join(got, "") != text {
			t.Error("the pieces do not join to the text")
		}
	}
}

// dataLines reads a data set's lines, if this machine has it.
func dataLines(t testing.TB, name string) iter.Seq[string] {
	root := os.Getenv("DONGYUR_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	path := filepath.Join(root, name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no %s: set DONGYUR_DATA to the folder that holds it", path)
	}
	return func(yield func(string) bool) {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<26)
		for lines.Scan() && yield(lines.Text()) {
		}
		if err := lines.Err(); err != nil {
			t.Fatal(err)
		}
	}
}

// 8,192 ids from 45 MB of Tibetan, in under two minutes (some seconds, on two
// processors with nothing else to do).
func TestTrainOnData(t *testing.T) {
	if testing.Short() {
		t.Skip("trains on 45 MB; not with -short")
	}
	lines := dataLines(t, "mono_bo.tsv")
	start := time.Now()
	tok, err := Train(lines, TrainOptions{VocabSize: 8192})
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 2*time.Minute {
		t.Errorf("training took %v", took)
	}
	if tok.VocabSize() != 8192 {
		t.Errorf("vocabulary of %d, want 8192", tok.VocabSize())
	}
	n := 0
	for line := range lines {
		if n++; n%20 == 0 && tok.Decode(tok.EncodeOrdinary(line)) != line {
			t.Errorf("line %d does not come back", n)
		}
	}
}
