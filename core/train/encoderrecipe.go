package train

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/model"
)

// EncoderRecipe is how a sentence encoder is made, as a JSON file.
type EncoderRecipe struct {
	Name         string          `json:"name"`
	Model        json.RawMessage `json:"model"` // a config.json with "is_causal": false
	Steps        int             `json:"steps"`
	Rows         int             `json:"rows"`
	MaxTokens    int             `json:"max_tokens"`
	LearningRate float64         `json:"learning_rate"`
	Warmup       int             `json:"warmup"`
	Temperature  float64         `json:"temperature"`
	Seed         uint64          `json:"seed"`
	Sources      []Source        `json:"sources"` // translations: the two sides are pulled together
}

// ReadEncoderRecipe reads an encoder's recipe; see ReadRecipe.
func ReadEncoderRecipe(r io.Reader) (*EncoderRecipe, error) {
	decoder := json.NewDecoder(r)
	decoder.DisallowUnknownFields()
	var recipe EncoderRecipe
	if err := decoder.Decode(&recipe); err != nil {
		return nil, fmt.Errorf("read encoder recipe: %w", err)
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
	optimizer.LearningRate, optimizer.MinRate, optimizer.Warmup = r.LearningRate, 0.02, r.Warmup
	return ContrastiveConfig{Optimizer: optimizer, Steps: r.Steps, Rows: r.Rows, MaxTokens: r.MaxTokens, Temperature: r.Temperature, Seed: r.Seed}
}

// Pairs reads a split of every source. A source of weight w counts w times.
func (r *EncoderRecipe) Pairs(catalogue *data.Catalogue, split string) ([]Pair, error) {
	var pairs []Pair
	for _, source := range r.Sources {
		if err := source.checkClass(catalogue); err != nil {
			return nil, fmt.Errorf("encoder recipe: %s: %w", source.name(), err)
		}
		list, err := catalogue.Examples(source.Set, data.Translate, source.From, source.To, split)
		if err != nil {
			return nil, fmt.Errorf("encoder recipe: %s: %w", source.name(), err)
		}
		for range max(1, int(source.Weight)) {
			for _, e := range list {
				pairs = append(pairs, Pair{e.Source, e.Reference})
			}
		}
	}
	return pairs, nil
}
