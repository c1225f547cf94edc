package token

import (
	"cmp"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"unicode/utf8"
)

// EndOfText stands after each document that our own models read; many other
// tokenizers have it too (GPT-2, Qwen, OLMo).
const EndOfText = "<|endoftext|>"

// OwnSpecial are the control tokens every tokenizer of ours has, at ids 0 to 3:
// end of text, the start and end of a chat turn, padding.
var OwnSpecial = []string{EndOfText, "<|im_start|>", "<|im_end|>", "<|pad|>"}

// TrainOptions says what to learn.
type TrainOptions struct {
	VocabSize    int                   // ids wanted, special tokens and the 256 bytes among them
	Special      []string              // control tokens after OwnSpecial
	MinFrequency int                   // a pair seen less often is not merged; 0: 2
	Pattern      string                // pre-tokenizer pattern; "": TibetanPattern
	Progress     func(done, total int) // ids made so far, of VocabSize; may be nil
}

// Train learns a byte-level BPE vocabulary from texts, one document or line
// each. Ids: special tokens, the 256 bytes in the order of their spelling, then
// merges, most frequent pair first and the smaller ids of equals, as the
// reference trainer does. With little text there may be fewer ids than asked
// for: VocabSize tells.
func Train(texts iter.Seq[string], opt TrainOptions) (*Tokenizer, error) {
	special := slices.Clone(OwnSpecial)
	for _, s := range opt.Special {
		if s == "" {
			return nil, fmt.Errorf("train tokenizer: a special token is empty")
		}
		if !slices.Contains(special, s) {
			special = append(special, s)
		}
	}
	if least := len(special) + 256; opt.VocabSize < least || opt.VocabSize > maxID {
		return nil, fmt.Errorf("train tokenizer: vocabulary of %d: want between %d (%d special tokens and 256 bytes) and %d", opt.VocabSize, least, len(special), maxID)
	}
	pattern := cmp.Or(opt.Pattern, TibetanPattern)
	words, err := compilePattern(pattern)
	if err != nil {
		return nil, fmt.Errorf("train tokenizer: pattern %w", err)
	}
	pieces, err := newPatternSplitter(words, "Isolated", false, "pattern")
	if err != nil {
		return nil, fmt.Errorf("train tokenizer: %w", err)
	}
	t := &Tokenizer{file: trainedFile(pattern, special)}
	t.vocab = make(map[string]int32, opt.VocabSize)
	m := &merger{rank: map[uint64]int32{}, unk: -1}
	t.bpe = m
	for i, s := range special {
		t.vocab[s] = int32(i)
	}
	alphabet := byteRune
	slices.Sort(alphabet[:])
	for i, r := range alphabet {
		id := int32(len(special) + i)
		t.vocab[string(r)] = id
		m.byteID[runeByte[r]] = id
	}
	if err := t.learn(countPieces(texts, pieces), opt); err != nil {
		return nil, err
	}
	return t, t.setPipeline()
}

// learn merges until the vocabulary is full or no pair is frequent enough.
func (t *Tokenizer) learn(counts map[string]int, opt TrainOptions) error {
	if len(counts) == 0 {
		return fmt.Errorf("train tokenizer: no text")
	}
	least := cmp.Or(opt.MinFrequency, 2)
	spell := make([]string, len(t.vocab), opt.VocabSize)
	for token, id := range t.vocab {
		spell[id] = token
	}
	c := newPairCounts(counts, &t.bpe.byteID)
	for len(spell) < opt.VocabSize {
		p, ok := c.best(least)
		if !ok {
			break
		}
		left, right := int32(p>>32), int32(uint32(p))
		// Two pairs may spell the same token: then it keeps one id.
		token := spell[left] + spell[right]
		id, seen := t.vocab[token]
		if !seen {
			id = int32(len(spell))
			t.vocab[token] = id
			spell = append(spell, token)
		}
		t.addMerge(t.bpe, left, right, id)
		c.merge(left, right, id)
		if opt.Progress != nil {
			opt.Progress(len(spell), opt.VocabSize)
		}
	}
	return nil
}

// trainedFile is the pipeline of a tokenizer trained here: no normaliser, so
// that any text comes back as it went in.
func trainedFile(pattern string, special []string) tokenizerFile {
	f := tokenizerFile{
		Version:      "1.0",
		PreTokenizer: json.RawMessage(`{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":` + quote(pattern) + `},"behavior":"Isolated","invert":false},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}]}`),
		Decoder:      json.RawMessage(`{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true}`),
	}
	f.settings.Type = "BPE"
	for i, s := range special {
		f.AddedTokens = append(f.AddedTokens, addedJSON{ID: i, Content: s, Special: true})
	}
	return f
}

// longestPiece bounds what a piece costs while merges are learned; no pattern
// of ours makes longer ones from ordinary text. Longer ones are cut, at a
// character's end.
const longestPiece = 1024

func cutPiece(piece string, emit func(string)) {
	for len(piece) > longestPiece {
		end := longestPiece
		for end > longestPiece-utf8.UTFMax && !utf8.RuneStart(piece[end]) {
			end--
		}
		emit(piece[:end])
		piece = piece[end:]
	}
	emit(piece)
}
