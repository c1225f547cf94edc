package token

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"
)

// FuzzLoad: any bytes give an error or a tokenizer that encodes, decodes, saves
// and loads again.
func FuzzLoad(f *testing.F) {
	for _, name := range goldenTables {
		text, err := os.ReadFile(filepath.Join("testdata", name+".tokenizer.json"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"model":{"vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]},"pre_tokenizer":{"type":"ByteLevel"},"added_tokens":[{"id":3,"content":"<x>","rstrip":true}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		tok, err := Load(bytes.NewReader(text))
		if err != nil {
			return
		}
		tok.Decode(tok.PostProcess(tok.Encode("བོད་ab <x> 中1\xff\n")))
		var saved bytes.Buffer
		if err := tok.Save(&saved); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(&saved); err != nil {
			t.Errorf("what was saved does not load: %v", err)
		}
	})
}

// FuzzRoundTrip: any bytes come back, streamed text is valid UTF-8, and no text
// makes a special token.
func FuzzRoundTrip(f *testing.F) {
	for _, text := range append(goldenTexts(f), broken...) {
		f.Add(text)
	}
	tables := map[string]*Tokenizer{}
	for _, name := range exact {
		tables[name] = loadTable(f, name)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for name, tok := range tables {
			ids := tok.Encode(text)
			if got := tok.Decode(ids); got != text {
				t.Errorf("%s: %q comes back as %q", name, text, got)
			}
			for _, id := range tok.EncodeOrdinary(text) {
				if tok.IsSpecial(id) {
					t.Errorf("%s: %q makes %q", name, text, tok.Token(id))
				}
			}
			s, streamed := tok.Stream(), ""
			for _, id := range ids {
				streamed += s.Push(id)
			}
			streamed += s.Flush()
			if !utf8.ValidString(streamed) || utf8.ValidString(text) && streamed != text {
				t.Errorf("%s: %q streams as %q", name, text, streamed)
			}
		}
	})
}
