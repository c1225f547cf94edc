package token

import (
	"strings"
	"sync"
	"unicode/utf8"
)

var works = sync.Pool{New: func() any { return new(work) }}

// Encode gives the ids of text. Added tokens written in the text ("<|im_end|>")
// become their single ids, as `tokenizers` does; text from a user goes through
// EncodeOrdinary. No special tokens are put round the ids: PostProcess does.
func (t *Tokenizer) Encode(text string) []int {
	w := works.Get().(*work)
	defer works.Put(w)
	ids := make([]int, 0, len(text)/3+1)
	found := func(id int) { ids = append(ids, id) }
	t.raw.split(text, func(s string) {
		t.normalized.split(t.normalize(s), func(s string) { ids = t.encode(ids, s, w) }, found)
	}, found)
	return ids
}

// EncodeOrdinary gives the ids of text in which an added token's name is only
// its letters: no text can bring a control token in.
func (t *Tokenizer) EncodeOrdinary(text string) []int {
	w := works.Get().(*work)
	defer works.Put(w)
	return t.encode(make([]int, 0, len(text)/3+1), t.normalize(text), w)
}

// guard keeps an added token's name in a user's text from being one. It is a
// noncharacter of Unicode, which no text to be exchanged holds.
const guard = "\uFDD0"

// Guard marks a user's text so that EncodeGuarded takes the names of added tokens in
// it as letters, whatever the text is put into. White space that a tokenizer has tokens
// for stays as it is.
func (t *Tokenizer) Guard(text string) string {
	var out strings.Builder
	for i := 0; i < len(text); {
		_, width := utf8.DecodeRuneInString(text[i:])
		char := text[i : i+width]
		if char == guard {
			char = "\uFFFD"
		}
		out.WriteString(char)
		if t.namesToken(text[i:]) {
			out.WriteString(guard)
		}
		i += width
	}
	return out.String()
}

// namesToken tells whether an added token of more than a character or a space starts s.
func (t *Tokenizer) namesToken(s string) bool {
	for _, m := range []*addedMatcher{t.raw, t.normalized} {
		if len(m.nodes) == 0 {
			continue
		}
		_, end := m.longest(s, 0)
		if utf8.RuneCountInString(s[:end]) > 1 && strings.TrimSpace(s[:end]) != "" {
			return true
		}
	}
	return false
}

// EncodeGuarded is Encode of a text that holds texts which went through Guard.
func (t *Tokenizer) EncodeGuarded(text string) []int {
	w := works.Get().(*work)
	defer works.Put(w)
	ids := make([]int, 0, len(text)/3+1)
	found := func(id int) { ids = append(ids, id) }
	t.raw.split(text, func(s string) {
		t.normalized.split(t.normalize(s), func(s string) {
			ids = t.encode(ids, strings.ReplaceAll(s, t.normalize(guard), ""), w)
		}, found)
	}, found)
	return ids
}

func (t *Tokenizer) normalize(s string) string {
	if t.normalizer == nil {
		return s
	}
	return t.normalizer(s)
}

// encode appends the ids of normalised text without added tokens.
func (t *Tokenizer) encode(ids []int, s string, w *work) []int {
	if s == "" {
		return ids
	}
	t.preTokenizer.split(s, func(piece string) { ids = t.bpe.encode(ids, piece, w) })
	return ids
}
