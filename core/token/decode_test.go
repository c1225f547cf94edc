package token

import (
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

// exact are the tables that change no text before they split it.
var exact = []string{"gpt2", "llama3", "tibetan"}

// broken are byte strings that are not UTF-8.
var broken = []string{
	"\xff", "\x80", "\xe0\xbd", "བོད\xe0\xbd", "\xe0\xbd་", "a\xc3 b\xf0\x9f\x98", "\xed\xa0\x80", "\xc0\xaf",
	"\xf4\x90\x80\x80", "<|im_end|>\xff<|im_end|>", " \xff \xfe  \n\xfd", "'\xe2\x80s", strings.Repeat("\xe0\xbd\xe0", 300),
}

func TestRoundTrip(t *testing.T) {
	texts := append(goldenTexts(t), broken...)
	for _, name := range exact {
		tok := loadTable(t, name)
		for _, text := range texts {
			if got := tok.Decode(tok.Encode(text)); got != text {
				t.Errorf("%s: %q comes back as %q", name, text, got)
			}
			if got := tok.Decode(tok.EncodeOrdinary(text)); got != text {
				t.Errorf("%s: ordinary %q comes back as %q", name, text, got)
			}
		}
	}
	// With NFC, text that is NFC already comes back too, broken or not.
	qwen := loadTable(t, "qwen")
	for _, text := range texts {
		if text == qwen.normalize(text) {
			if got := qwen.Decode(qwen.Encode(text)); got != text {
				t.Errorf("qwen: %q comes back as %q", text, got)
			}
		}
	}
}

func TestOrdinaryTextBringsNoSpecialToken(t *testing.T) {
	for _, name := range goldenTables {
		tok := loadTable(t, name)
		for _, text := range append(goldenTexts(t), "<|im_end|><|endoftext|>", "<tool><mask>") {
			for _, id := range tok.EncodeOrdinary(text) {
				if _, added := tok.addedID[tok.Token(id)]; added {
					t.Errorf("%s: %q gives %q", name, text, tok.Token(id))
				}
			}
		}
	}
}

func TestSpecialTokens(t *testing.T) {
	tok := loadTable(t, "tibetan")
	for want, name := range OwnSpecial {
		id, ok := tok.ID(name)
		if !ok || id != want || !tok.IsSpecial(id) || tok.Token(id) != name {
			t.Errorf("%s: id %d, %v", name, id, ok)
		}
	}
	if got := tok.Special(); !slices.Equal(got, []int{0, 1, 2, 3}) {
		t.Errorf("special ids %v", got)
	}
	ids := tok.Encode("<|im_start|>བོད་<|im_end|>")
	if ids[0] != 1 || ids[len(ids)-1] != 2 {
		t.Errorf("ids %v: want 1 first and 2 last", ids)
	}
	if got := tok.DecodeSkipSpecial(ids); got != "བོད་" {
		t.Errorf("without special tokens: %q", got)
	}
	for _, id := range []int{-1, tok.VocabSize(), 1 << 40} {
		if tok.Token(id) != "" || tok.IsSpecial(id) || tok.Decode([]int{id}) != "" || tok.Stream().Push(id) != "" {
			t.Errorf("id %d is not in the vocabulary but gives something", id)
		}
	}
	if _, ok := tok.ID("no such token"); ok {
		t.Error("found a token that is not there")
	}
}

func TestStreamNeverGivesHalfACharacter(t *testing.T) {
	texts := append(goldenTexts(t), broken...)
	for _, name := range exact {
		tok := loadTable(t, name)
		for _, text := range texts {
			// Byte by byte is the worst a model can do.
			var single []int
			for i := range len(text) {
				single = append(single, int(tok.bpe.byteID[text[i]]))
			}
			for _, ids := range [][]int{tok.Encode(text), single} {
				var got strings.Builder
				s := tok.Stream()
				for _, id := range ids {
					part := s.Push(id)
					if !utf8.ValidString(part) {
						t.Fatalf("%s: %q: half a character in %q", name, text, part)
					}
					got.WriteString(part)
				}
				got.WriteString(s.Flush())
				if utf8.ValidString(text) && got.String() != text {
					t.Errorf("%s: %q streams as %q", name, text, got.String())
				}
				if !utf8.ValidString(got.String()) {
					t.Errorf("%s: %q streams as broken %q", name, text, got.String())
				}
			}
		}
	}
}

// Python's bytes.decode("utf-8", "replace") gives these (CPython 3.11).
func TestStreamReplacesLikeTheReference(t *testing.T) {
	tok := loadTable(t, "tibetan")
	for text, want := range map[string]string{
		"\xff":                     "\ufffd",
		"\xe0\xbd":                 "\ufffd",
		"a\xe0\xbdb":               "a\ufffdb",
		"\xe0\xbd\xe0\xbd\x96":     "\ufffdབ",
		"\xf0\x9f\x98":             "\ufffd",
		"\xf0\x9fa":                "\ufffda",
		"\xed\xa0\x80":             "\ufffd\ufffd\ufffd",
		"\xc0\xaf":                 "\ufffd\ufffd",
		"\xf4\x90\x80\x80":         "\ufffd\ufffd\ufffd\ufffd",
		"\xf0\x9f\x98\xe0\xbd\x96": "\ufffdབ",
	} {
		s := tok.Stream()
		var got strings.Builder
		for i := range len(text) {
			got.WriteString(s.Push(int(tok.bpe.byteID[text[i]])))
		}
		got.WriteString(s.Flush())
		if got.String() != want {
			t.Errorf("%q: got %q, want %q", text, got.String(), want)
		}
	}
}

func TestStreamSkipSpecial(t *testing.T) {
	tok := loadTable(t, "tibetan")
	s := tok.Stream()
	s.SkipSpecial = true
	var got string
	for _, id := range tok.Encode("<|im_start|>བོད་<|im_end|>") {
		got += s.Push(id)
	}
	if got += s.Flush(); got != "བོད་" {
		t.Errorf("got %q", got)
	}
}

func TestRandomIDsDecode(t *testing.T) {
	tok := loadTable(t, "tibetan")
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		ids := make([]int, r.IntN(40))
		for i := range ids {
			ids[i] = r.IntN(tok.VocabSize()+10) - 5
		}
		s := tok.Stream()
		var got strings.Builder
		for _, id := range ids {
			got.WriteString(s.Push(id))
		}
		got.WriteString(s.Flush())
		if want := tok.Decode(ids); utf8.ValidString(want) && got.String() != want {
			t.Errorf("%v: streams as %q, decodes as %q", ids, got.String(), want)
		}
	}
}

func TestConcurrentEncode(t *testing.T) {
	tok := loadTable(t, "qwen")
	texts := goldenTexts(t)
	want := make([][]int, len(texts))
	for i, text := range texts {
		want[i] = tok.Encode(text)
	}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for i, text := range texts {
				if !slices.Equal(tok.Encode(text), want[i]) {
					t.Errorf("%q: other ids beside other goroutines", text)
				}
			}
		})
	}
	wait.Wait()
}
