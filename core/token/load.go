package token

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// tokenizerFile is the outer layer of tokenizer.json. Parts that only Save
// needs stay as they were read.
type tokenizerFile struct {
	Version       string          `json:"version"`
	Truncation    json.RawMessage `json:"truncation"`
	Padding       json.RawMessage `json:"padding"`
	AddedTokens   []addedJSON     `json:"added_tokens"`
	Normalizer    json.RawMessage `json:"normalizer"`
	PreTokenizer  json.RawMessage `json:"pre_tokenizer"`
	PostProcessor json.RawMessage `json:"post_processor"`
	Decoder       json.RawMessage `json:"decoder"`
	Model         json.RawMessage `json:"model"`

	settings modelSettings // Model without its vocabulary and merges
}

type addedJSON struct {
	ID         int    `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"`
	LStrip     bool   `json:"lstrip"`
	RStrip     bool   `json:"rstrip"`
	Normalized bool   `json:"normalized"`
	Special    bool   `json:"special"`
}

type modelSettings struct {
	Type         string   `json:"type"`
	Dropout      *float64 `json:"dropout"`
	UnkToken     *string  `json:"unk_token"`
	Prefix       *string  `json:"continuing_subword_prefix"`
	Suffix       *string  `json:"end_of_word_suffix"`
	FuseUnk      bool     `json:"fuse_unk"`
	ByteFallback bool     `json:"byte_fallback"`
	IgnoreMerges bool     `json:"ignore_merges"`
}

type modelTables struct {
	Vocab  map[string]int64 `json:"vocab"`
	Merges mergeList        `json:"merges"`
}

// mergeList reads both spellings: "a b", and since tokenizers 0.20 ["a","b"].
type mergeList [][2]string

func (l *mergeList) UnmarshalJSON(text []byte) error {
	var lists [][]string
	if first := bytes.TrimSpace(bytes.TrimPrefix(text, []byte("["))); len(first) > 0 && first[0] == '"' {
		var joined []string
		if err := json.Unmarshal(text, &joined); err != nil {
			return fmt.Errorf("merges: %w", err)
		}
		for _, line := range joined {
			if strings.HasPrefix(line, "#version") {
				continue // the first line of an old merges.txt
			}
			lists = append(lists, strings.Split(line, " "))
		}
	} else if err := json.Unmarshal(text, &lists); err != nil {
		return fmt.Errorf("merges: %w", err)
	}
	*l = make(mergeList, len(lists))
	for i, parts := range lists {
		if len(parts) != 2 {
			return fmt.Errorf("merge %d is %q: want two tokens", i, parts)
		}
		(*l)[i] = [2]string(parts)
	}
	return nil
}

// LoadFile reads a tokenizer.json; its errors name the file.
func LoadFile(path string) (*Tokenizer, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("load tokenizer: %w", err)
	}
	defer f.Close()
	t, err := Load(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

// Load reads a tokenizer.json of a byte-level BPE model. Anything the file asks
// for that would not give the ids of the `tokenizers` library is an error that
// names the field.
func Load(r io.Reader) (*Tokenizer, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("load tokenizer: %w", err)
	}
	t, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("load tokenizer: %w", err)
	}
	return t, nil
}

func parse(text []byte) (*Tokenizer, error) {
	var file tokenizerFile
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("not a tokenizer.json: %w", err)
	}
	if isNull(file.Model) {
		return nil, fmt.Errorf("not a tokenizer.json: no field model (a byte-level BPE model is wanted)")
	}
	if err := json.Unmarshal(file.Model, &file.settings); err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	if err := file.settings.check(); err != nil {
		return nil, err
	}
	var tables modelTables
	if err := json.Unmarshal(file.Model, &tables); err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	file.Model = nil

	t := &Tokenizer{file: file}
	if err := t.setModel(tables); err != nil {
		return nil, err
	}
	return t, t.setPipeline()
}

// check refuses the kinds of model that are not byte-level BPE.
func (s modelSettings) check() error {
	switch {
	case s.Type != "" && s.Type != "BPE":
		return fmt.Errorf("model.type is %q: only BPE is read", s.Type)
	case s.ByteFallback:
		return fmt.Errorf("model.byte_fallback is true: this is a SentencePiece-style BPE; only byte-level BPE is read")
	case s.Dropout != nil && *s.Dropout != 0:
		return fmt.Errorf("model.dropout is %v: ids would be random; set it to null", *s.Dropout)
	case s.Prefix != nil && *s.Prefix != "":
		return fmt.Errorf("model.continuing_subword_prefix is %q: byte-level BPE has none", *s.Prefix)
	case s.Suffix != nil && *s.Suffix != "":
		return fmt.Errorf("model.end_of_word_suffix is %q: byte-level BPE has none", *s.Suffix)
	}
	return nil
}

// maxID bounds ids so that a damaged file cannot ask for gigabytes.
const maxID = 1 << 20

func (t *Tokenizer) setModel(tables modelTables) error {
	t.vocab = make(map[string]int32, len(tables.Vocab))
	for token, id := range tables.Vocab {
		if id < 0 || id > maxID {
			return fmt.Errorf("model.vocab[%q] is %d: an id is between 0 and %d", token, id, maxID)
		}
		t.vocab[token] = int32(id)
	}
	m := &merger{rank: make(map[uint64]int32, len(tables.Merges)), unk: -1, fuse: t.file.settings.FuseUnk}
	for b := range m.byteID {
		m.byteID[b] = -1
		if id, ok := t.vocab[string(byteRune[b])]; ok {
			m.byteID[b] = id
		}
	}
	if unk := t.file.settings.UnkToken; unk != nil {
		id, ok := t.vocab[*unk]
		if !ok {
			return fmt.Errorf("model.unk_token is %q, which is not in model.vocab", *unk)
		}
		m.unk = id
	}
	for i, merge := range tables.Merges {
		var ids [3]int32
		for k, token := range []string{merge[0], merge[1], merge[0] + merge[1]} {
			id, ok := t.vocab[token]
			if !ok {
				return fmt.Errorf("model.merges[%d] %q: token %q is not in model.vocab", i, merge, token)
			}
			ids[k] = id
		}
		t.addMerge(m, ids[0], ids[1], ids[2])
	}
	t.bpe = m
	return nil
}

// addMerge gives a pair the next rank; a pair given twice keeps the later one,
// as in the reference.
func (t *Tokenizer) addMerge(m *merger, left, right, joined int32) {
	m.rank[pairKey(left, right)] = int32(len(m.joined))
	m.joined = append(m.joined, joined)
	t.pairs = append(t.pairs, pairKey(left, right))
}

// setPipeline reads everything round the model, then builds the tables by id.
func (t *Tokenizer) setPipeline() (err error) {
	f := &t.file
	if t.normalizer, err = parseNormalizer(f.Normalizer, "normalizer"); err != nil {
		return err
	}
	spelled, err := spellsBytes(f.Normalizer)
	if err != nil {
		return err
	}
	if t.preTokenizer, err = parsePreTokenizer(f.PreTokenizer, spelled); err != nil {
		return err
	}
	if err = checkDecoder(f.Decoder); err != nil {
		return err
	}
	if err = t.setAdded(f.AddedTokens); err != nil {
		return err
	}
	if err = t.index(); err != nil {
		return err
	}
	if t.template, err = parseTemplate(f.PostProcessor, "post_processor"); err != nil {
		return err
	}
	for _, id := range t.PostProcess(nil) {
		if id < 0 || id >= len(t.inUse) || !t.inUse[id] {
			return fmt.Errorf("post_processor: special token id %d is in neither model.vocab nor added_tokens", id)
		}
	}
	return nil
}

// index fills the tables by id from the vocabulary and the added tokens.
func (t *Tokenizer) index() error {
	size := 0
	for _, id := range t.vocab {
		size = max(size, int(id)+1)
	}
	for _, a := range t.added {
		size = max(size, a.id+1)
	}
	t.spell, t.bytes = make([]string, size), make([]string, size)
	t.inUse, t.isSpec = make([]bool, size), make([]bool, size)
	for token, id := range t.vocab {
		if t.inUse[id] {
			return fmt.Errorf("model.vocab: %q and %q share id %d", t.spell[id], token, id)
		}
		t.inUse[id], t.spell[id], t.bytes[id] = true, token, unspell(token)
	}
	for _, a := range t.added {
		if t.inUse[a.id] && t.spell[a.id] != a.content {
			return fmt.Errorf("added_tokens: %q has id %d, which is %q", a.content, a.id, t.spell[a.id])
		}
		// An added token is looked for in the text as it stands.
		t.inUse[a.id], t.spell[a.id], t.bytes[a.id] = true, a.content, a.content
		t.isSpec[a.id] = a.special
	}
	if t.file.settings.IgnoreMerges {
		t.bpe.whole = make(map[string]int32, len(t.vocab))
		for token, id := range t.vocab {
			t.bpe.whole[unspell(token)] = id
		}
	}
	return nil
}

func checkDecoder(raw json.RawMessage) error {
	if isNull(raw) {
		return nil
	}
	kind, err := component(raw, "decoder")
	if err != nil {
		return err
	}
	if kind.Type == "Sequence" && len(kind.Decoders) == 1 {
		return checkDecoder(kind.Decoders[0])
	}
	if kind.Type != "ByteLevel" {
		return fmt.Errorf("decoder.type is %q: only ByteLevel is read", kind.Type)
	}
	return nil
}

// componentJSON is the union of the fields of normalisers, pre-tokenizers,
// post-processors and decoders.
type componentJSON struct {
	Type          string            `json:"type"`
	Normalizers   []json.RawMessage `json:"normalizers"`
	PreTokenizers []json.RawMessage `json:"pretokenizers"`
	Processors    []json.RawMessage `json:"processors"`
	Decoders      []json.RawMessage `json:"decoders"`

	Pattern        json.RawMessage `json:"pattern"`
	Behavior       string          `json:"behavior"`
	Invert         bool            `json:"invert"`
	AddPrefixSpace *bool           `json:"add_prefix_space"`
	UseRegex       *bool           `json:"use_regex"`
	Individual     bool            `json:"individual_digits"`
	Delimiter      string          `json:"delimiter"`

	Prepend    string `json:"prepend"`
	Content    string `json:"content"`
	StripLeft  bool   `json:"strip_left"`
	StripRight bool   `json:"strip_right"`

	Single        []templateJSON           `json:"single"`
	SpecialTokens map[string]templateToken `json:"special_tokens"`
	Cls           []json.RawMessage        `json:"cls"`
	Sep           []json.RawMessage        `json:"sep"`
}

func component(raw json.RawMessage, where string) (componentJSON, error) {
	var c componentJSON
	if err := json.Unmarshal(raw, &c); err != nil {
		return c, fmt.Errorf("%s: %w", where, err)
	}
	return c, nil
}

func isNull(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) == 0 || string(raw) == "null"
}
