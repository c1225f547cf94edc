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
	Seed       uint64
}

// Check tells what NewSFT would refuse, before anything is changed.
func (c SFTConfig) Check(config *model.Config, rows []Row) error {
	if len(rows) == 0 {
		return fmt.Errorf("sft: no examples with a reference; add some or choose a method that needs none")
	}
	if c.Rows < 1 {
		return fmt.Errorf("sft: %d examples a step; it takes 1 or more", c.Rows)
	}
	for _, row := range rows {
		if err := checkContext(config, row); err != nil {
			return fmt.Errorf("sft: %w", err)
		}
	}
	return nil
}

// NewSFT prepares a run over rows.
func NewSFT(policy *model.Policy, rows []Row, config SFTConfig) (*SFT, error) {
	if err := config.Check(policy.Config, rows); err != nil {
		return nil, err
	}
	updater, err := NewUpdater(policy, config.Optimizer, func(params, _ model.Params, in []*Node) (*Node, []*Node) {
		tokens, pad, mask, count := in[0], in[1], in[2], in[3]
		logp, entropy := completionLogProbs(policy.Config, params, tokens, pad, mask.Shape().Dimensions[1], 1)
		return objective.SFTLoss(logp, mask, count), []*Node{objective.TokenMean(entropy, mask, count)}
	})
	if err != nil {
		return nil, err
	}
	return &SFT{Updater: updater, rows: rows, config: config}, nil
}

// Step runs one step, counted from 1, over the next examples. Its statistic is the
// mean entropy; Tokens is how many completion tokens were learnt from.
func (s *SFT) Step(step int) (update Update, tokens int, err error) {
	var rows []Row
	for _, i := range Order(len(s.rows), s.config.Rows, s.config.Seed, step) {
		rows = append(rows, s.rows[i])
		tokens += len(s.rows[i].Completion)
	}
	prompt := width(rows, func(r Row) int { return len(r.Prompt) })
	completion := width(rows, func(r Row) int { return len(r.Completion) })
	parts := microBatches(len(rows), s.config.MicroBatch)
	size := parts[0][1]
	for _, part := range parts {
		l := newLayout(rows[part[0]:part[1]], size, prompt, completion)
		if err := s.Accumulate(l.tokens, l.pad, l.mask, scalar(float64(tokens))); err != nil {
			return Update{}, 0, fmt.Errorf("sft step %d: %w", step, err)
		}
	}
	update, err = s.Apply(step)
	return update, tokens, err
}
