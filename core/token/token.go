// Package token turns text into token ids and back with byte-level BPE.
//
// In: a tokenizer.json as Hugging Face's `tokenizers` library writes it, or
// raw text to train one on. Out: ids for a model, text from a model's ids, and
// a tokenizer.json that `tokenizers` loads with the same ids.
//
// Text goes through the library's four steps: added tokens are cut out, the
// rest is normalised, the pre-tokenizer splits it into pieces, and each piece
// is merged byte pair by byte pair in the order the merges were learned
// (Sennrich et al. 2016, on bytes as in GPT-2, Radford et al. 2019). Pieces are
// found by hand-written linear scanners for the patterns of GPT-2, Llama 3,
// OLMo 2, Qwen and our own, and by a backtracking engine for any other.
//
// Round trip: where no normaliser, prefix space or removed piece changes the
// text, Decode(Encode(x)) == x for every byte string x, valid UTF-8 or not; a
// byte that is not UTF-8 counts as one symbol when pieces are found.
//
// Only byte-level BPE is read. WordPiece, Unigram and BPE with byte fallback
// (SentencePiece) are refused by name.
package token

// Tokenizer holds one vocabulary and how text is split before it is looked up.
// It does not change after it is made and may be used by many goroutines.
type Tokenizer struct {
	vocab  map[string]int32 // the model's tokens, in the byte alphabet's spelling
	pairs  []uint64         // merges in the order they are tried, left<<32 | right
	bpe    *merger
	added  []addedToken
	spell  []string // by id, as in tokenizer.json
	bytes  []string // by id, the bytes the token stands for
	inUse  []bool   // by id; files may leave gaps
	isSpec []bool   // by id

	addedID    map[string]int
	raw        *addedMatcher // found in the text as given
	normalized *addedMatcher // found after normalisation

	normalizer   normalizer // nil: none
	preTokenizer splitter
	template     template
	file         tokenizerFile // what Save repeats as it was read
}

// VocabSize is the largest id plus one: the rows an embedding needs.
func (t *Tokenizer) VocabSize() int { return len(t.spell) }

// ID finds a token by its spelling in tokenizer.json ("<|im_end|>", "Ġthe").
func (t *Tokenizer) ID(token string) (int, bool) {
	if id, ok := t.addedID[token]; ok {
		return id, true
	}
	id, ok := t.vocab[token]
	return int(id), ok
}

// Token is the spelling of id in tokenizer.json, "" for an id the tokenizer
// does not have. Decode gives the text instead.
func (t *Tokenizer) Token(id int) string {
	if id < 0 || id >= len(t.spell) {
		return ""
	}
	return t.spell[id]
}

// IsSpecial says whether id is a control token such as "<|im_end|>", which
// DecodeSkipSpecial leaves out.
func (t *Tokenizer) IsSpecial(id int) bool {
	return id >= 0 && id < len(t.isSpec) && t.isSpec[id]
}

// Special lists the ids of the special tokens, in the order of the file.
func (t *Tokenizer) Special() []int {
	var ids []int
	for _, a := range t.added {
		if a.special {
			ids = append(ids, a.id)
		}
	}
	return ids
}
