package token

import (
	"bytes"
	"testing"
	"unicode/utf8"
)

// FuzzLoad: any bytes give an error or a tokenizer that encodes, decodes, saves
// and loads again.
func FuzzLoad(f *testing.F) {
	// Small seeds: the fuzzer shortens what it finds, run by run.
	const model = `"model":{"type":"BPE","unk_token":"a","vocab":{"a":0,"b":1,"ab":2,"Ġ":4,"\u00e4":5},"merges":["a b"]}`
	for _, rest := range []string{
		`"pre_tokenizer":{"type":"ByteLevel"},"added_tokens":[{"id":3,"content":"<x>","rstrip":true,"lstrip":true,"single_word":true}]`,
		`"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"[a-c]++|\\s+(?!\\S)"},"behavior":"MergedWithPrevious","invert":true},{"type":"ByteLevel","use_regex":false},{"type":"Digits","individual_digits":true}]}`,
		`"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Punctuation"},{"type":"Split","pattern":{"String":" "},"behavior":"Removed"},{"type":"ByteLevel"}]},"normalizer":{"type":"Sequence","normalizers":[{"type":"NFKC"},{"type":"Replace","pattern":{"Regex":"a"},"content":"b"},{"type":"Strip","strip_left":true}]},"added_tokens":[{"id":6,"content":"b","normalized":true}]`,
		`"pre_tokenizer":{"type":"ByteLevel"},"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"a"}},{"Sequence":{"id":"A"}}],"special_tokens":{"a":{"ids":[0]}}},"decoder":{"type":"ByteLevel"}`,
		`"pre_tokenizer":{"type":"ByteLevel"},"post_processor":{"type":"RobertaProcessing","cls":["a",0],"sep":["b",1]}`,
	} {
		f.Add([]byte("{" + model + "," + rest + "}"))
	}
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
