package train

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/lang"
	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/rollout"
	"github.com/dongyur/dongyur/core/token"
)

// Recipe is how a base model is made: its shape, the mixture it reads and the
// schedule. It is a JSON file, so that a model can be made again.
type Recipe struct {
	Name         string          `json:"name"`
	Model        json.RawMessage `json:"model"` // a config.json; vocab_size comes from the tokenizer
	Steps        int             `json:"steps"`
	Rows         int             `json:"rows"`
	MicroBatch   int             `json:"micro_batch"`
	Time         int             `json:"time"`
	LearningRate float64         `json:"learning_rate"`
	MinRate      float64         `json:"min_rate"`
	Warmup       int             `json:"warmup"`
	WeightDecay  float64         `json:"weight_decay"`
	Seed         uint64          `json:"seed"`
	Sources      []Source        `json:"sources"`
}

// Source is one part of the mixture. As is "text" (documents), "headline" (the
// first clause of a document is to be found from the document) or "translate".
type Source struct {
	Set    string  `json:"set"`
	As     string  `json:"as"`
	Lang   string  `json:"lang,omitempty"` // of texts
	From   string  `json:"from,omitempty"` // of a translation
	To     string  `json:"to,omitempty"`
	Weight float64 `json:"weight"` // share of the rows, before normalising
}

// name tells a source apart in reports.
func (s Source) name() string {
	if s.As == "translate" {
		return s.Set + " " + s.From + "→" + s.To
	}
	return s.Set + " " + s.Lang + " " + s.As
}

// ReadRecipe reads a recipe; a field it does not know is an error, so that a
// misspelt one is not silently a default.
func ReadRecipe(r io.Reader) (*Recipe, error) {
	decoder := json.NewDecoder(r)
	decoder.DisallowUnknownFields()
	var recipe Recipe
	if err := decoder.Decode(&recipe); err != nil {
		return nil, fmt.Errorf("read recipe: %w", err)
	}
	if recipe.Steps <= 0 || recipe.Rows <= 0 || recipe.Time <= 1 || len(recipe.Sources) == 0 {
		return nil, fmt.Errorf("read recipe: steps, rows, time and sources must be set")
	}
	return &recipe, nil
}

// Config is the model's, for a tokenizer.
func (r *Recipe) Config(tokenizer *token.Tokenizer) (*model.Config, error) {
	config, err := model.ParseConfig(strings.NewReader(string(r.Model)))
	if err != nil {
		return nil, fmt.Errorf("recipe: model: %w", err)
	}
	if config.VocabSize != tokenizer.VocabSize() {
		return nil, fmt.Errorf("recipe: model: vocab_size is %d, the tokenizer has %d tokens", config.VocabSize, tokenizer.VocabSize())
	}
	return config, nil
}

// Pretrain is the run's settings.
func (r *Recipe) Pretrain() PretrainConfig {
	optimizer := DefaultOptimizer()
	optimizer.LearningRate, optimizer.MinRate = r.LearningRate, r.MinRate
	optimizer.Warmup, optimizer.WeightDecay = r.Warmup, r.WeightDecay
	return PretrainConfig{Optimizer: optimizer, Steps: r.Steps, Rows: r.Rows, MicroBatch: r.MicroBatch, Time: r.Time, Seed: r.Seed}
}

// Streams reads and encodes a split ("train" or "dev") of every source.
func (r *Recipe) Streams(catalogue *data.Catalogue, tokenizer *token.Tokenizer, split string, progress func(source string)) ([]Stream, error) {
	var streams []Stream
	for _, source := range r.Sources {
		progress(source.name())
		stream, err := source.stream(catalogue, tokenizer, split)
		if err != nil {
			return nil, fmt.Errorf("recipe: %s: %w", source.name(), err)
		}
		streams = append(streams, stream)
	}
	return streams, nil
}

// checkClass refuses text that trained weights could not be shipped with.
func (s Source) checkClass(catalogue *data.Catalogue) error {
	set, err := catalogue.Set(s.Set)
	if err == nil && set.Class != data.Redistributable {
		err = fmt.Errorf("the set is of class %s, for measuring only: weights trained on it may not be given to others; take it out of the recipe", set.Class)
	}
	return err
}

// stream encodes one source.
func (s Source) stream(catalogue *data.Catalogue, tokenizer *token.Tokenizer, split string) (Stream, error) {
	end, ok := tokenizer.ID(token.EndOfText)
	if !ok {
		return Stream{}, fmt.Errorf("the tokenizer has no token %s, which stands after each document; train one with `dongyur tokenizer train`", token.EndOfText)
	}
	if err := s.checkClass(catalogue); err != nil {
		return Stream{}, err
	}
	stream := Stream{Name: s.name(), Weight: s.Weight}
	add := func(text string, ids []int) {
		for _, id := range ids {
			stream.Tokens = append(stream.Tokens, int32(id))
		}
		stream.Tokens = append(stream.Tokens, int32(end))
		stream.Bytes += int64(len(text))
	}
	if s.As == "text" {
		stream.Lang = s.Lang
		for text, err := range catalogue.TextsSplit(s.Set, s.Lang, split) {
			if err != nil {
				return Stream{}, err
			}
			add(text, tokenizer.EncodeOrdinary(text))
		}
		return stream, nil
	}
	for example, err := range s.examples(catalogue, split) {
		if err != nil {
			return Stream{}, err
		}
		prompt, completion, err := rollout.Encode(tokenizer, example)
		if err != nil {
			return Stream{}, err
		}
		add(example.Source+example.Reference, append(prompt, completion...))
	}
	return stream, nil
}

// examples gives a source's prompts with their answers.
func (s Source) examples(catalogue *data.Catalogue, split string) iter.Seq2[protocol.Example, error] {
	return func(yield func(protocol.Example, error) bool) {
		switch s.As {
		case "translate":
			list, err := catalogue.Examples(s.Set, data.Translate, s.From, s.To, split)
			if err != nil {
				yield(protocol.Example{}, err)
				return
			}
			for _, e := range list {
				if !yield(e.Protocol(), nil) {
					return
				}
			}
		case "headline":
			for text, err := range catalogue.TextsSplit(s.Set, s.Lang, split) {
				title, ok := firstClause(text, s.Lang)
				if err == nil && !ok {
					continue
				}
				e := protocol.Example{Task: string(data.Headline), Source: text, Reference: title, SourceLang: s.Lang, TargetLang: s.Lang}
				if !yield(e, err) {
					return
				}
			}
		default:
			yield(protocol.Example{}, fmt.Errorf("\"as\" is %q; it must be text, headline or translate", s.As))
		}
	}
}

// Titles made from documents have this many syllables (words, characters).
const (
	minTitle = 4
	maxTitle = 24
)

// firstClause is a document's first clause, up to its first shad, if it could pass
// for a title and is not the whole document.
func firstClause(text, code string) (string, bool) {
	end := strings.IndexAny(text, "།.。")
	if end < 0 || len(text) < 3*end {
		return "", false
	}
	clause := text[:end]
	n := len(lang.Units(clause, code))
	return clause, n >= minTitle && n <= maxTitle
}

// Texts gives every text of the sources' training splits, both sides of
// translations, for a tokenizer to learn from. Sources that share texts give them
// once.
func (r *Recipe) Texts(catalogue *data.Catalogue) (iter.Seq[string], error) {
	type part struct{ set, lang string }
	seen := map[part]bool{}
	var texts []string
	for _, source := range r.Sources {
		for _, code := range []string{source.Lang, source.From, source.To} {
			if code == "" || seen[part{source.Set, code}] {
				continue
			}
			seen[part{source.Set, code}] = true
			for text, err := range catalogue.TextsSplit(source.Set, code, data.Train) {
				if err != nil {
					return nil, fmt.Errorf("recipe: %s: %w", source.name(), err)
				}
				texts = append(texts, text)
			}
		}
	}
	return slices.Values(texts), nil
}
