package train

import (
	"context"
	"fmt"
	"time"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/dongyur/dongyur/core/eval"
	"github.com/dongyur/dongyur/core/model"
)

// PretrainConfig sets a run of next-token prediction over packed rows (CPT in
// METHODS: token NLL on packed documents; attention crosses document borders).
type PretrainConfig struct {
	Optimizer  OptimizerConfig
	Steps      int
	Rows       int // rows a step
	MicroBatch int // rows a pass
	Time       int // tokens a row
	Seed       uint64
}

// PretrainStep is one step's report. Loss is in nats a token.
type PretrainStep struct {
	Step            int     `json:"step"`
	Loss            float64 `json:"loss"`
	GradNorm        float64 `json:"grad_norm"`
	LearningRate    float64 `json:"learning_rate"`
	TokensPerSecond float64 `json:"tokens_per_second"`
}

// Pretrainer runs next-token prediction.
type Pretrainer struct {
	*Updater
	config  PretrainConfig
	streams []Stream
}

// NewPretrainer prepares a run over streams.
func NewPretrainer(policy *model.Policy, streams []Stream, config PretrainConfig) (*Pretrainer, error) {
	if err := checkStreams(streams, config.Time); err != nil {
		return nil, err
	}
	if config.MicroBatch <= 0 || config.MicroBatch > config.Rows {
		config.MicroBatch = config.Rows
	}
	if config.Rows%config.MicroBatch != 0 {
		return nil, fmt.Errorf("pretrain: %d rows a step are no multiple of micro-batches of %d", config.Rows, config.MicroBatch)
	}
	config.Optimizer.Steps = config.Steps
	passes := float64(config.Rows / config.MicroBatch)
	updater, err := NewUpdater(policy, config.Optimizer, func(params, _ model.Params, inputs []*Node) (*Node, []*Node) {
		return DivScalar(eval.PackedNLL(policy.Config, params, inputs[0]), passes), nil
	})
	if err != nil {
		return nil, err
	}
	return &Pretrainer{Updater: updater, config: config, streams: streams}, nil
}

// Run goes from the step after done to the last. Each step is reported; a
// cancelled context ends it between steps with the context's error and the number
// of steps done.
func (p *Pretrainer) Run(ctx context.Context, done int, report func(PretrainStep) error) (int, error) {
	c := p.config
	for step := done + 1; step <= c.Steps; step++ {
		if err := ctx.Err(); err != nil {
			return step - 1, err
		}
		start := time.Now()
		rows := windows(p.streams, c.Seed, step, c.Rows, c.Time)
		width := c.MicroBatch * (c.Time + 1)
		for ; len(rows) > 0; rows = rows[width:] {
			batch := tensors.FromFlatDataAndDimensions(rows[:width], c.MicroBatch, c.Time+1)
			if err := p.Accumulate(batch); err != nil {
				return step - 1, err
			}
		}
		update, err := p.Apply(step)
		if err != nil {
			return step - 1, err
		}
		speed := float64(c.Rows*c.Time) / time.Since(start).Seconds()
		if err := report(PretrainStep{step, update.Loss, update.GradNorm, update.LearningRate, speed}); err != nil {
			return step, err
		}
	}
	return c.Steps, nil
}
