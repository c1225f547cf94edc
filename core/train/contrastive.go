package train

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/dongyur/dongyur/core/encoder"
	"github.com/dongyur/dongyur/core/model"
)

// Pair is two texts that mean the same.
type Pair struct{ A, B string }

// PairSource is pairs that are drawn from together, for a share of the rows.
type PairSource struct {
	Name   string
	Weight float64
	Pairs  []Pair
	// Wrong gives wrong versions of a pair's sides, drawn by random; nil: one thing is
	// changed in each of the texts, by script alone (see wrongVersion).
	Wrong func(pair int, random *rand.Rand) Pair
}

// ContrastiveConfig sets an encoder's training on bitext with in-batch negatives.
type ContrastiveConfig struct {
	Optimizer   OptimizerConfig
	Steps       int
	Rows        int // pairs a step: each has Rows-1 negatives in either direction
	MaxTokens   int
	Temperature float64
	Hard        int // hard negatives that join a batch with each pair: the pairs of its source most like it
	Wrong       int // wrong versions of both its sides that each pair brings along as negatives
	Seed        uint64
}

// Contrastive trains an encoder.
type Contrastive struct {
	*Updater
	config  ContrastiveConfig
	encoder *encoder.Encoder
	sources []PairSource
	like    []*likeness // by source
}

// NewContrastive prepares a run over sources of pairs.
func NewContrastive(e *encoder.Encoder, sources []PairSource, config ContrastiveConfig) (*Contrastive, error) {
	pairs := 0
	for _, s := range sources {
		if len(s.Pairs) == 0 || s.Weight <= 0 {
			return nil, fmt.Errorf("train encoder: source %q has %d pairs and weight %g; it takes both above 0", s.Name, len(s.Pairs), s.Weight)
		}
		pairs += len(s.Pairs)
	}
	if pairs < config.Rows || config.Rows < 2 {
		return nil, fmt.Errorf("train encoder: %d pairs for batches of %d; a batch takes at least 2 pairs and no more than there are", pairs, config.Rows)
	}
	like := make([]*likeness, len(sources))
	if config.Hard > 0 {
		for i, s := range sources {
			like[i] = newLikeness(s.Pairs)
		}
	}
	config.Optimizer.Steps = config.Steps
	updater, err := NewUpdater(e.Policy(), config.Optimizer, func(params, _ model.Params, inputs []*Node) (*Node, []*Node) {
		// A batch is filled up to a power of two; what fills it is no negative.
		pairs := AxisRange(0, config.Rows)
		a := Slice(encoder.Embedding(e.Policy().Config, params, inputs[0], inputs[1]), pairs) // [rows, dim]
		b := Slice(encoder.Embedding(e.Policy().Config, params, inputs[2], inputs[3]), pairs) // [rows, dim]
		var wrong *Node
		if config.Wrong > 0 {
			versions := AxisRange(0, 2*config.Wrong*config.Rows)
			wrong = Slice(encoder.Embedding(e.Policy().Config, params, inputs[5], inputs[6]), versions) // [2·wrong·rows, dim]
		}
		return encoder.Contrastive(a, b, inputs[4], wrong, config.Temperature), nil
	})
	if err != nil {
		return nil, err
	}
	return &Contrastive{Updater: updater, config: config, encoder: e, sources: sources, like: like}, nil
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
	rows := t.config.Rows
	left, right := make([][]int, rows), make([][]int, rows)
	chosen, wrong := t.draw(step)
	for i, pair := range chosen {
		left[i], right[i] = t.cut(pair.A), t.cut(pair.B)
	}
	same := make([]bool, rows*rows)
	for i := range rows {
		for j := range rows {
			same[i*rows+j] = i != j && (chosen[i].A == chosen[j].A || chosen[i].B == chosen[j].B)
		}
	}
	a, padA := encoder.Batch(left, t.config.MaxTokens)
	b, padB := encoder.Batch(right, t.config.MaxTokens)
	inputs := []any{a, padA, b, padB, tensors.FromFlatDataAndDimensions(same, rows, rows)}
	if len(wrong) > 0 {
		versions := make([][]int, 0, 2*len(wrong))
		for _, pair := range wrong {
			versions = append(versions, t.cut(pair.A), t.cut(pair.B))
		}
		w, padW := encoder.Batch(versions, t.config.MaxTokens)
		inputs = append(inputs, w, padW)
	}
	return inputs
}

// draw takes the step's pairs, each followed by its hard negatives as long as there is
// room, and the wrong versions that they bring along. The same seed and step give the
// same ones.
func (t *Contrastive) draw(step int) (chosen, wrong []Pair) {
	random := rand.New(rand.NewPCG(t.config.Seed, uint64(step)))
	var total float64
	for _, s := range t.sources {
		total += s.Weight
	}
	add := func(source, pair int) {
		chosen = append(chosen, t.sources[source].Pairs[pair])
		for range t.config.Wrong {
			wrong = append(wrong, t.sources[source].wrong(pair, random))
		}
	}
	for len(chosen) < t.config.Rows {
		i, at := 0, random.Float64()*total
		for at -= t.sources[i].Weight; at >= 0 && i+1 < len(t.sources); at -= t.sources[i].Weight {
			i++
		}
		drawn := random.IntN(len(t.sources[i].Pairs))
		add(i, drawn)
		if t.config.Hard > 0 {
			for _, j := range t.like[i].nearest(drawn, t.config.Hard) {
				add(i, j)
			}
		}
	}
	return slices.Clip(chosen[:t.config.Rows]), wrong[:t.config.Rows*t.config.Wrong]
}

// wrong is a pair's sides with something wrong in each.
func (s PairSource) wrong(pair int, random *rand.Rand) Pair {
	if s.Wrong != nil {
		return s.Wrong(pair, random)
	}
	return Pair{wrongVersion(s.Pairs[pair].A, random), wrongVersion(s.Pairs[pair].B, random)}
}

func (t *Contrastive) cut(text string) []int {
	ids := t.encoder.Tokens(text)
	return ids[:min(len(ids), t.config.MaxTokens)]
}
