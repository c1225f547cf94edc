package train

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/token"
)

// Recipe is how a base model is made: its shape, the mixtures it reads one after the
// other, and the schedule. It is a JSON file, so that a model can be made again.
type Recipe struct {
	Name         string          `json:"name"`
	Model        json.RawMessage `json:"model"` // a config.json; vocab_size is the tokenizer's
	Rows         int             `json:"rows"`  // a step
	MicroBatch   int             `json:"micro_batch"`
	Time         int             `json:"time"`           // tokens a row
	Muon         bool            `json:"muon,omitempty"` // see OptimizerConfig
	LearningRate float64         `json:"learning_rate"`
	MinRate      float64         `json:"min_rate"`
	Warmup       int             `json:"warmup"`
	WeightDecay  float64         `json:"weight_decay"`
	Seed         uint64          `json:"seed"`
	// Init is the folder of a model of the same shape and tokenizer whose weights the run
	// starts from; "": random ones.
	Init   string  `json:"init,omitempty"`
	Phases []Phase `json:"phases"`
}

// Phase is a stretch of a recipe's steps that reads one mixture. One schedule of the
// learning rate goes over all phases.
//
// Without a temperature the weights of the sources are their shares of the rows. With a
// temperature T, 1 or more, a source counts weight times its tokens (weight 0: once),
// and languages have shares in proportion to the T-th root of their sources' tokens
// (Devlin et al. 2019; Arivazhagan et al. 2019), so that large ones do not crowd
// small ones out. A direction of translation is a language of its own.
type Phase struct {
	Name        string  `json:"name"`
	Steps       int     `json:"steps"`
	Temperature float64 `json:"temperature,omitempty"`
	// Answers leaves the loss of prompts out: of translations, headlines and words only
	// what is to be answered is learnt. Texts are learnt whole.
	Answers bool     `json:"answers,omitempty"`
	Sources []Source `json:"sources"`
}

// ReadRecipe reads a recipe; a field it does not know is an error, so that a
// misspelt one is not silently a default.
func ReadRecipe(r io.Reader) (*Recipe, error) {
	var recipe Recipe
	if err := decodeRecipe(r, &recipe); err != nil {
		return nil, err
	}
	if recipe.Rows <= 0 || recipe.Time <= 1 || len(recipe.Phases) == 0 {
		return nil, fmt.Errorf("read recipe: rows, time and phases must be set")
	}
	for i, phase := range recipe.Phases {
		if phase.Steps <= 0 || len(phase.Sources) == 0 {
			return nil, fmt.Errorf("read recipe: phase %d (%q): steps and sources must be set", i+1, phase.Name)
		}
		if phase.Temperature != 0 && phase.Temperature < 1 {
			return nil, fmt.Errorf("read recipe: phase %d (%q): temperature is %g; it is 1 or more, or 0 for shares as they are", i+1, phase.Name, phase.Temperature)
		}
	}
	return &recipe, nil
}

// decodeRecipe reads one JSON object without unknown fields.
func decodeRecipe(r io.Reader, to any) error {
	decoder := json.NewDecoder(r)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(to); err != nil {
		return fmt.Errorf("read recipe: %w", err)
	}
	return nil
}

// Steps are those of all phases.
func (r *Recipe) Steps() int {
	steps := 0
	for _, phase := range r.Phases {
		steps += phase.Steps
	}
	return steps
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
	optimizer.Warmup, optimizer.WeightDecay, optimizer.Muon = r.Warmup, r.WeightDecay, r.Muon
	return PretrainConfig{Optimizer: optimizer, Steps: r.Steps(), Rows: r.Rows, MicroBatch: r.MicroBatch, Time: r.Time, Seed: r.Seed}
}

// Streams reads and encodes every source of every phase. Their weights are the shares
// of the rows of their phase.
func (r *Recipe) Streams(reader *SourceReader, tokenizer *token.Tokenizer, progress func(source string)) ([]Stream, error) {
	var streams []Stream
	first := 1
	for _, phase := range r.Phases {
		from := len(streams)
		for _, source := range phase.Sources {
			progress(phase.Name + ": " + source.Name())
			stream, err := reader.stream(source, tokenizer, r.Time)
			if err != nil {
				return nil, fmt.Errorf("recipe: phase %q: %s: %w", phase.Name, source.Name(), err)
			}
			if !phase.Answers {
				stream.Given = nil
			}
			stream.First, stream.Last = first, first+phase.Steps-1
			streams = append(streams, stream)
		}
		phase.weigh(streams[from:])
		first += phase.Steps
	}
	return streams, nil
}

// weigh sets the weights of the phase's streams, which are those of its sources.
func (p Phase) weigh(streams []Stream) {
	language := func(i int) string { return p.Sources[i].Lang + p.Sources[i].From + p.Sources[i].To }
	tokens := map[string]float64{}
	for i := range streams {
		if p.Temperature > 0 {
			streams[i].Weight = float64(len(streams[i].Tokens))
			if w := p.Sources[i].Weight; w > 0 {
				streams[i].Weight *= w
			}
			tokens[language(i)] += streams[i].Weight
		}
	}
	var total float64
	for i := range streams {
		if n := tokens[language(i)]; n > 0 {
			streams[i].Weight *= math.Pow(n, 1/p.Temperature-1)
		}
		total += streams[i].Weight
	}
	if total > 0 { // else NewPretrainer says what is wrong
		for i := range streams {
			streams[i].Weight /= total
		}
	}
}
