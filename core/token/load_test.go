package token

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// edited gives a golden tokenizer.json with one field, named by its path,
// replaced.
func edited(t testing.TB, name string, value any, path ...string) string {
	t.Helper()
	var file map[string]any
	readJSON(t, name+".tokenizer.json", &file)
	at := file
	for _, key := range path[:len(path)-1] {
		at = at[key].(map[string]any)
	}
	at[path[len(path)-1]] = value
	text, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

type object = map[string]any

func TestLoadRefuses(t *testing.T) {
	with := func(value any, path ...string) string { return edited(t, "tibetan", value, path...) }
	whole := with("1.0", "version")
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "not a tokenizer.json"},
		{"not JSON", "PK\x03\x04", "not a tokenizer.json"},
		{"cut short", whole[:len(whole)/2], "not a tokenizer.json"},
		{"another file", `{"hidden_size": 3}`, "no field model"},
		{"a list", `[]`, "not a tokenizer.json"},
		{"WordPiece", with("WordPiece", "model", "type"), `model.type is "WordPiece"`},
		{"Unigram", `{"model":{"type":"Unigram","vocab":[["a",0.0]]}}`, `model.type is "Unigram"`},
		{"byte fallback", with(true, "model", "byte_fallback"), "model.byte_fallback"},
		{"dropout", with(0.1, "model", "dropout"), "model.dropout is 0.1"},
		{"word prefix", with("##", "model", "continuing_subword_prefix"), "continuing_subword_prefix"},
		{"word suffix", with("</w>", "model", "end_of_word_suffix"), "end_of_word_suffix"},
		{"unknown unk", with("<unk>", "model", "unk_token"), `model.unk_token is "<unk>"`},
		{"merge of no token", with([]any{"a b c"}, "model", "merges"), "want two tokens"},
		{"merge outside", with([]any{[]string{"a", "\u0f40"}}, "model", "merges"), "model.merges[0]"},
		{"merge of a number", with([]any{7}, "model", "merges"), "merges: "},
		{"merges of both kinds", with([]any{"a b", []string{"a", "b"}}, "model", "merges"), "merges: "},
		{"negative id", with(object{"a": -1}, "model", "vocab"), `model.vocab["a"] is -1`},
		{"huge id", with(object{"a": 1 << 30}, "model", "vocab"), `model.vocab["a"]`},
		{"shared id", `{"model":{"type":"BPE","vocab":{"a":0,"b":0},"merges":[]},"pre_tokenizer":{"type":"ByteLevel"}}`, "share id 0"},
		{"no pre-tokenizer", with(nil, "pre_tokenizer"), "pre_tokenizer is null"},
		{"Metaspace", with(object{"type": "Metaspace"}, "pre_tokenizer"), `pre_tokenizer.type "Metaspace"`},
		{"no ByteLevel", with(object{"type": "Digits"}, "pre_tokenizer"), "no ByteLevel"},
		{"ByteLevel twice", with(object{"type": "Sequence", "pretokenizers": []any{object{"type": "ByteLevel"}, object{"type": "ByteLevel"}}}, "pre_tokenizer"), "pre_tokenizer.pretokenizers[1]"},
		{"bad pattern", with(object{"type": "Split", "pattern": object{"Regex": "("}, "behavior": "Isolated"}, "pre_tokenizer"), "pre_tokenizer.pattern.Regex"},
		{"class intersection", with(object{"type": "Split", "pattern": object{"Regex": "[a-z&&b]"}, "behavior": "Isolated"}, "pre_tokenizer"), "&&"},
		{"no pattern", with(object{"type": "Split", "behavior": "Isolated"}, "pre_tokenizer"), "pre_tokenizer.pattern"},
		{"bad behaviour", with(object{"type": "Split", "pattern": object{"String": " "}, "behavior": "Cut"}, "pre_tokenizer"), `behavior is "Cut"`},
		{"normaliser", with(object{"type": "BertNormalizer"}, "normalizer"), `normalizer.type "BertNormalizer"`},
		{"inner normaliser", with(object{"type": "Sequence", "normalizers": []any{object{"type": "Nmt"}}}, "normalizer"), "normalizer.normalizers[0]"},
		{"decoder", with(object{"type": "Metaspace"}, "decoder"), `decoder.type is "Metaspace"`},
		{"post-processor", with(object{"type": "Other"}, "post_processor"), `post_processor.type "Other"`},
		{"template without text", with(object{"type": "TemplateProcessing", "single": []any{}}, "post_processor"), "post_processor.single"},
		{"template token", with(object{"type": "TemplateProcessing", "single": []any{object{"SpecialToken": object{"id": "<s>"}}}}, "post_processor"), `"<s>" is not in special_tokens`},
		{"template id", with(object{"type": "RobertaProcessing", "cls": []any{"<s>", 1}, "sep": []any{"</s>", 70000}}, "post_processor"), "special token id 70000"},
		{"added: empty", with([]any{object{"id": 1, "content": ""}}, "added_tokens"), "added_tokens[0]"},
		{"added: bad id", with([]any{object{"id": -4, "content": "x"}}, "added_tokens"), "id -4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tok, err := Load(strings.NewReader(c.text))
			if err == nil {
				t.Fatalf("loaded, vocabulary of %d", tok.VocabSize())
			}
			if !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "load tokenizer: ") {
				t.Errorf("error %q does not say %q", err, c.want)
			}
		})
	}
}

func TestLoadFileNamesTheFile(t *testing.T) {
	if _, err := LoadFile(filepath.Join(t.TempDir(), "tokenizer.json")); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "tokenizer.json") {
		t.Errorf("error %v", err)
	}
	path := filepath.Join(t.TempDir(), "half.json")
	if err := os.WriteFile(path, []byte(`{"model":`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadFile(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v does not name %s", err, path)
	}
}

// Older files write merges as "a b" and leave out what is null.
func TestLoadOldSpelling(t *testing.T) {
	var file struct {
		Model struct{ Merges [][2]string }
	}
	readJSON(t, "tibetan.tokenizer.json", &file)
	var joined []string
	for _, m := range file.Model.Merges {
		joined = append(joined, m[0]+" "+m[1])
	}
	old, err := Load(strings.NewReader(edited(t, "tibetan", joined, "model", "merges")))
	if err != nil {
		t.Fatal(err)
	}
	now := loadTable(t, "tibetan")
	for _, text := range goldenTexts(t) {
		if !slices.Equal(old.Encode(text), now.Encode(text)) {
			t.Errorf("%q: other ids", text)
		}
	}
}

func TestUnknownBytes(t *testing.T) {
	load := func(unk any, fuse bool) *Tokenizer {
		text, err := json.Marshal(object{
			"pre_tokenizer": object{"type": "ByteLevel", "add_prefix_space": false, "use_regex": false},
			"model":         object{"type": "BPE", "unk_token": unk, "fuse_unk": fuse, "vocab": object{"a": 0, "<unk>": 1}, "merges": []any{}},
		})
		if err != nil {
			t.Fatal(err)
		}
		tok, err := Load(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return tok
	}
	// Ids by tokenizers 0.23.3.
	for _, c := range []struct {
		unk  any
		fuse bool
		want []int
	}{
		{nil, false, []int{0, 0}},
		{"<unk>", false, []int{0, 1, 1, 0, 1}},
		{"<unk>", true, []int{0, 1, 0, 1}},
	} {
		if got := load(c.unk, c.fuse).Encode("abcad"); !slices.Equal(got, c.want) {
			t.Errorf("unk_token %v, fuse_unk %v: got %v, want %v", c.unk, c.fuse, got, c.want)
		}
	}
}

func TestSaveLoadSave(t *testing.T) {
	for _, name := range goldenTables {
		tok := loadTable(t, name)
		var first, second bytes.Buffer
		if err := tok.Save(&first); err != nil {
			t.Fatal(err)
		}
		again, err := Load(bytes.NewReader(first.Bytes()))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := again.Save(&second); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("%s: the second save differs", name)
		}
		var want, got any
		readJSON(t, name+".tokenizer.json", &want)
		if err := json.Unmarshal(first.Bytes(), &got); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if d := firstDifference("", want, got); d != "" {
			t.Errorf("%s: saved file differs from the reference's at %s", name, d)
		}
	}
}

// firstDifference names the first field in which two JSON values differ.
func firstDifference(path string, want, got any) string {
	if w, ok := want.(object); ok {
		g, _ := got.(object)
		for key := range w {
			if d := firstDifference(path+"."+key, w[key], g[key]); d != "" {
				return d
			}
		}
		if len(w) == len(g) {
			return ""
		}
	}
	w, _ := json.Marshal(want)
	g, _ := json.Marshal(got)
	if bytes.Equal(w, g) {
		return ""
	}
	return path
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestSaveSaysWhatFailed(t *testing.T) {
	if err := loadTable(t, "tibetan").Save(fullDisk{}); err == nil || !strings.Contains(err.Error(), "save tokenizer: no space left") {
		t.Errorf("error %v", err)
	}
}
