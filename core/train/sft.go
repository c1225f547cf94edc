package train

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/objective"
)

// SFT is supervised fine-tuning: the loss is the negative log-likelihood of the
// references' tokens, nats a token.
type SFT struct {
	*Updater
	rows   []Row
	config SFTConfig
}

// SFTConfig sets an SFT run.
type SFTConfig struct {
	Optimizer  OptimizerConfig
	Rows       int // examples a step
	MicroBatch int // rows a pass; 0: all
	Recompute  bool
	Seed       uint64
}

// Check tells what NewSFT would refuse, before anything is changed.
func (c SFTConfig) Check(config *model.Config, rows []Row) error {
	if len(rows) == 0 {
		return fmt.Errorf("no examples with a reference; add some or choose a method that needs none")
	}
	if c.Rows < 1 {
		return fmt.Errorf("%d examples a step; it takes 1 or more", c.Rows)
	}
	for _, row := range rows {
		if err := checkContext(config, row); err != nil {
			return err
		}
	}
	return nil
}

// NewSFT prepares a run over rows.
func NewSFT(policy *model.Policy, rows []Row, config SFTConfig) (*SFT, error) {
	if err := config.Check(policy.Config, rows); err != nil {
		return nil, err
	}
	pass := forward{config: policy.Config, recompute: config.Recompute}
	updater, err := NewUpdater(policy, config.Optimizer, func(params, _ model.Params, in []*Node) (*Node, []*Node) {
		tokens, pad, mask, count := in[0], in[1], in[2], in[3]
		logp, entropy := pass.logProbs(params, tokens, pad, mask.Shape().Dimensions[1])
		return objective.SFTLoss(logp, mask, count), []*Node{objective.TokenMean(entropy, mask, count)}
	})
	if err != nil {
		return nil, err
	}
	return &SFT{Updater: updater, rows: rows, config: config}, nil
}

// Step runs one step, counted from 1, over the next examples.
func (s *SFT) Step(step int) (*TextStep, error) {
	chosen := Order(len(s.rows), s.config.Rows, s.config.Seed, step)
	row := func(i int) Row { return s.rows[chosen[i]] }
	tokens := 0
	for i := range chosen {
		tokens += len(row(i).Completion)
	}
	parts := microBatches(len(chosen), s.config.MicroBatch, func(i int) int { return row(i).length() })
	for _, part := range parts {
		var rows []Row
		for _, i := range part {
			rows = append(rows, row(i))
		}
		l := newLayout(rows, len(parts[0]))
		if err := s.Accumulate(l.tokens, l.pad, l.mask, scalar(float64(tokens))); err != nil {
			return nil, fmt.Errorf("step %d: %w", step, err)
		}
	}
	update, err := s.Apply(step)
	if err != nil {
		return nil, err
	}
	return &TextStep{Update: update, Tokens: tokens, Entropy: update.Stats[0], Length: float64(tokens) / float64(len(chosen))}, nil
}

// TextStep is what one step on given texts did.
type TextStep struct {
	Update  Update
	Tokens  int                // learnt from
	Entropy float64            // of the policy, nats a token; 0 where it is not measured
	KL      float64            // to the reference, nats a token; 0 where it is not measured
	Length  float64            // tokens an example
	Figures map[string]float64 // what the method measures besides, by name
}
