package token

import "sync"

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
