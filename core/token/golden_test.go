package token

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Goldens are made by testdata/make_goldens.py with the program and version
// named in their made_by field.

// goldenTables are the tokenizers the reference library trained.
var goldenTables = []string{"gpt2", "qwen", "llama3", "general", "tibetan"}

func readJSON(t testing.TB, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func goldenTexts(t testing.TB) (texts []string) {
	readJSON(t, "texts.json", &texts)
	return texts
}

func loadTable(t testing.TB, name string) *Tokenizer {
	t.Helper()
	tok, err := LoadFile(filepath.Join("testdata", name+".tokenizer.json"))
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// spelled writes ids as tokens, for messages.
func spelled(t *Tokenizer, ids []int) string {
	var out []string
	for _, id := range ids {
		out = append(out, t.Token(id))
	}
	return strings.Join(out, " ")
}

func checkIDs(t *testing.T, tok *Tokenizer, texts []string, want [][]int) {
	t.Helper()
	if len(texts) != 200 || len(want) != len(texts) {
		t.Fatalf("%d texts, %d goldens: want 200 of each", len(texts), len(want))
	}
	for i, text := range texts {
		if got := tok.Encode(text); !slices.Equal(got, want[i]) {
			t.Errorf("text %d %q\n got %v %s\nwant %v %s", i, text, got, spelled(tok, got), want[i], spelled(tok, want[i]))
		}
	}
}

func TestEncodeEqualsReference(t *testing.T) {
	var file struct {
		Goldens map[string]struct {
			IDs         [][]int
			WithSpecial []int `json:"with_special"`
		}
	}
	readJSON(t, "ids.json", &file)
	texts := goldenTexts(t)
	for _, name := range goldenTables {
		t.Run(name, func(t *testing.T) {
			tok, golden := loadTable(t, name), file.Goldens[name]
			checkIDs(t, tok, texts, golden.IDs)
			if got := tok.PostProcess(tok.Encode("བོད་ཡིག")); !slices.Equal(got, golden.WithSpecial) {
				t.Errorf("with special tokens: got %v, want %v", got, golden.WithSpecial)
			}
		})
	}
}

// qwenFile finds Qwen2.5's tokenizer.json, which this repository does not hold.
func qwenFile(t testing.TB) string {
	root := os.Getenv("DONGYUR_NPM")
	if root == "" {
		root = filepath.Join("..", "..", ".cache", "npm", "node_modules")
	}
	path := filepath.Join(root, "@lenml", "tokenizer-qwen2_5", "models", "tokenizer.json")
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no %s: `make test` installs the development packages it belongs to", path)
	}
	return path
}

func TestQwenEqualsReference(t *testing.T) {
	tok, err := LoadFile(qwenFile(t))
	if err != nil {
		t.Fatal(err)
	}
	var golden struct{ IDs [][]int }
	readJSON(t, "qwen2_5.ids.json", &golden)
	checkIDs(t, tok, goldenTexts(t), golden.IDs)
	if tok.VocabSize() != 151665 {
		t.Errorf("vocabulary of %d, want 151665", tok.VocabSize())
	}
}

func TestPartsEqualReference(t *testing.T) {
	var parts struct {
		Pieces []struct {
			PreTokenizer json.RawMessage `json:"pre_tokenizer"`
			Texts        []string
			Want         [][]string
		}
		Normalized []struct {
			Normalizer  json.RawMessage
			Texts, Want []string
		}
	}
	readJSON(t, "parts.json", &parts)
	for _, p := range parts.Pieces {
		s, err := parsePreTokenizer(p.PreTokenizer, false)
		if err != nil {
			t.Errorf("%s: %v", p.PreTokenizer, err)
			continue
		}
		for i, text := range p.Texts {
			var got []string
			s.split(text, func(piece string) { got = append(got, spellBytes(piece)) })
			if !slices.Equal(got, p.Want[i]) {
				t.Errorf("%s of %q\n got %q\nwant %q", p.PreTokenizer, text, got, p.Want[i])
			}
		}
	}
	for _, p := range parts.Normalized {
		n, err := parseNormalizer(p.Normalizer, "normalizer")
		if err != nil {
			t.Errorf("%s: %v", p.Normalizer, err)
			continue
		}
		for i, text := range p.Texts {
			if got := n(text); got != p.Want[i] {
				t.Errorf("%s of %q\n got %q\nwant %q", p.Normalizer, text, got, p.Want[i])
			}
		}
	}
}

// Files that say things as other programs do are read as the reference reads them.
func TestOddFilesEqualReference(t *testing.T) {
	var odd struct {
		Files map[string]struct {
			File  json.RawMessage
			Texts []string
			IDs   [][]int
		}
	}
	readJSON(t, "odd.json", &odd)
	if len(odd.Files) != 6 {
		t.Fatalf("%d files, want 6", len(odd.Files))
	}
	for name, golden := range odd.Files {
		tok, err := Load(bytes.NewReader(golden.File))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var saved bytes.Buffer
		if err := tok.Save(&saved); err != nil {
			t.Fatal(err)
		}
		again, err := Load(&saved)
		if err != nil {
			t.Errorf("%s, saved: %v", name, err)
			continue
		}
		for i, text := range golden.Texts {
			if got := tok.Encode(text); !slices.Equal(got, golden.IDs[i]) {
				t.Errorf("%s: %q\n got %v %s\nwant %v %s", name, text, got, spelled(tok, got), golden.IDs[i], spelled(tok, golden.IDs[i]))
			}
			if got := again.Encode(text); !slices.Equal(got, golden.IDs[i]) {
				t.Errorf("%s, saved: %q: got %v, want %v", name, text, got, golden.IDs[i])
			}
		}
	}
}
