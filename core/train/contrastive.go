package train

import (
	"context"
	"fmt"
	"math/rand/v2"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/dongyur/dongyur/core/encoder"
	"github.com/dongyur/dongyur/core/model"
)

// Pair is two texts that mean the same.
type Pair struct{ A, B string }

// ContrastiveConfig sets an encoder's training on bitext with in-batch negatives.
type ContrastiveConfig struct {
	Optimizer   OptimizerConfig
	Steps       int
	Rows        int // pairs a step: each has Rows-1 negatives in either direction
	MaxTokens   int
	Temperature float64
	Seed        uint64
}

// Contrastive trains an encoder.
type Contrastive struct {
	*Updater
	config  ContrastiveConfig
	encoder *encoder.Encoder
	pairs   []Pair
}

// NewContrastive prepares a run over pairs.
func NewContrastive(e *encoder.Encoder, pairs []Pair, config ContrastiveConfig) (*Contrastive, error) {
	if len(pairs) < config.Rows || config.Rows < 2 {
		return nil, fmt.Errorf("train encoder: %d pairs for batches of %d; a batch takes at least 2 pairs and no more than there are", len(pairs), config.Rows)
	}
	config.Optimizer.Steps = config.Steps
	updater, err := NewUpdater(e.Policy(), config.Optimizer, func(params, _ model.Params, inputs []*Node) (*Node, []*Node) {
		// A batch is filled up to a power of two; what fills it is no negative.
		pairs := AxisRange(0, config.Rows)
		a := Slice(encoder.Embedding(e.Policy().Config, params, inputs[0], inputs[1]), pairs)
		b := Slice(encoder.Embedding(e.Policy().Config, params, inputs[2], inputs[3]), pairs)
		return encoder.Contrastive(a, b, inputs[4], config.Temperature), nil
	})
	if err != nil {
		return nil, err
	}
	return &Contrastive{Updater: updater, config: config, encoder: e, pairs: pairs}, nil
}

// Run goes from the step after done to the last; see Pretrainer.Run.
func (t *Contrastive) Run(ctx context.Context, done int, report func(step int, update Update) error) (int, error) {
	for step := done + 1; step <= t.config.Steps; step++ {
		if err := ctx.Err(); err != nil {
			return step - 1, err
		}
		if err := t.Accumulate(t.batch(step)...); err != nil {
			return step - 1, err
		}
		update, err := t.Apply(step)
		if err != nil {
			return step - 1, err
		}
		if err := report(step, update); err != nil {
			return step, err
		}
	}
	return t.config.Steps, nil
}

// batch is the step's inputs: both sides' tokens and padding, and which pairs are
// alike and so no negatives of each other.
func (t *Contrastive) batch(step int) []any {
	random := rand.New(rand.NewPCG(t.config.Seed, uint64(step)))
	rows := t.config.Rows
	left, right := make([][]int, rows), make([][]int, rows)
	chosen := make([]Pair, rows)
	for i := range rows {
		chosen[i] = t.pairs[random.IntN(len(t.pairs))]
		left[i], right[i] = t.cut(chosen[i].A), t.cut(chosen[i].B)
	}
	same := make([]bool, rows*rows)
	for i := range rows {
		for j := range rows {
			same[i*rows+j] = i != j && (chosen[i].A == chosen[j].A || chosen[i].B == chosen[j].B)
		}
	}
	a, padA := encoder.Batch(left, t.config.MaxTokens)
	b, padB := encoder.Batch(right, t.config.MaxTokens)
	return []any{a, padA, b, padB, tensors.FromFlatDataAndDimensions(same, rows, rows)}
}

func (t *Contrastive) cut(text string) []int {
	ids := t.encoder.Tokens(text)
	return ids[:min(len(ids), t.config.MaxTokens)]
}
