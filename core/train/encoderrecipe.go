package train

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/dongyur/dongyur/core/language"
	"github.com/dongyur/dongyur/core/model"
)

// EncoderRecipe is how a sentence encoder is made, as a JSON file.
type EncoderRecipe struct {
	Name         string          `json:"name"`
	Model        json.RawMessage `json:"model"` // a config.json with "is_causal": false
	Steps        int             `json:"steps"`
	Rows         int             `json:"rows"`
	MaxTokens    int             `json:"max_tokens"`
	Muon         bool            `json:"muon,omitempty"` // see OptimizerConfig
	LearningRate float64         `json:"learning_rate"`
	Warmup       int             `json:"warmup"`
	Temperature  float64         `json:"temperature"`
	Hard         int             `json:"hard,omitempty"`  // hard negatives a pair, see ContrastiveConfig
	Wrong        int             `json:"wrong,omitempty"` // wrong versions a pair, see ContrastiveConfig
	Seed         uint64          `json:"seed"`
	// Init is the folder of a model with the same tokenizer, a base model say, whose
	// weights the encoder starts from; of a deeper one, from its first layers. "": from
	// random ones.
	Init string `json:"init,omitempty"`
	// Sources are translations and names, whose two sides are pulled together, and
	// texts, whose neighbouring clauses are: what stands together is about one thing. Of
	// sentences that a grammar composed, "wordings" are pairs of one meaning in one
	// language.
	// Weights are the shares of the rows.
	Sources []Source `json:"sources"`
}

// ReadEncoderRecipe reads an encoder's recipe; see ReadRecipe.
func ReadEncoderRecipe(r io.Reader) (*EncoderRecipe, error) {
	var recipe EncoderRecipe
	if err := decodeRecipe(r, &recipe); err != nil {
		return nil, err
	}
	if recipe.Steps <= 0 || recipe.Rows < 2 || recipe.MaxTokens <= 0 || recipe.Temperature <= 0 || len(recipe.Sources) == 0 {
		return nil, fmt.Errorf("read encoder recipe: steps, rows (2 or more), max_tokens, temperature and sources must be set")
	}
	return &recipe, nil
}

// Config is the encoder's model.
func (r *EncoderRecipe) Config() (*model.Config, error) {
	return model.ParseConfig(strings.NewReader(string(r.Model)))
}

// Contrastive is the run's settings.
func (r *EncoderRecipe) Contrastive() ContrastiveConfig {
	optimizer := DefaultOptimizer()
	optimizer.LearningRate, optimizer.MinRate, optimizer.Warmup, optimizer.Muon = r.LearningRate, 0.02, r.Warmup, r.Muon
	return ContrastiveConfig{Optimizer: optimizer, Steps: r.Steps, Rows: r.Rows, MaxTokens: r.MaxTokens, Temperature: r.Temperature, Hard: r.Hard, Wrong: r.Wrong, Seed: r.Seed}
}

// PairSources reads the pairs of every source without those near held-out texts.
func (r *EncoderRecipe) PairSources(reader *SourceReader) ([]PairSource, error) {
	var sources []PairSource
	for _, s := range r.Sources {
		source, err := reader.encoderSource(s)
		if err != nil {
			return nil, fmt.Errorf("encoder recipe: %s: %w", s.Name(), err)
		}
		sources = append(sources, source)
	}
	return sources, nil
}

// encoderSource are a source's pairs; those of a text are its neighbouring clauses.
func (r *SourceReader) encoderSource(s Source) (PairSource, error) {
	set, err := r.Catalogue.Set(s.Set)
	if err != nil {
		return PairSource{}, err
	}
	if set.Composed != nil && (s.As == "translate" || s.As == "wordings") {
		return r.composedSource(s)
	}
	source := PairSource{Name: s.Name(), Weight: s.Weight}
	if s.As != "text" {
		source.Pairs, err = r.Pairs(s)
		return source, err
	}
	for text, err := range r.Texts(s) {
		if err != nil {
			return PairSource{}, err
		}
		clauses := clauses(text, s.Lang)
		for i := 1; i < len(clauses); i++ {
			source.Pairs = append(source.Pairs, Pair{clauses[i-1], clauses[i]})
		}
	}
	return source, nil
}

// clauses cuts a text after shads and stops. Parts too short to be about anything are
// left out.
func clauses(text, code string) []string {
	var parts []string
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("།༎.!?。！？；", r) }) {
		if part = strings.TrimSpace(part); len(language.Units(part, code)) >= minTitle {
			parts = append(parts, part)
		}
	}
	return parts
}
