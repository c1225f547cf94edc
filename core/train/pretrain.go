package train

import (
	"context"
	"fmt"
	"time"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/dongyur/dongyur/core/model"
)

// PretrainConfig sets a run of next-token prediction over packed rows (CPT in
// METHODS: token NLL on packed documents; attention crosses document borders). What a
// stream marks as given is read and not learnt.
type PretrainConfig struct {
	Optimizer  OptimizerConfig
	Steps      int
	Rows       int // rows a step
	MicroBatch int // rows a pass
	Time       int // tokens a row
	Recompute  bool
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

// Check tells what NewPretrainer would refuse, before anything is changed.
func (c PretrainConfig) Check(streams []Stream) error {
	if c.Rows < 1 || c.Rows%c.rowsAPass() != 0 {
		return fmt.Errorf("%d rows a step are no multiple of micro-batches of %d", c.Rows, c.MicroBatch)
	}
	return checkStreams(streams, c.Steps, c.Time)
}

// rowsAPass is MicroBatch, or all rows.
func (c PretrainConfig) rowsAPass() int {
	if c.MicroBatch <= 0 || c.MicroBatch > c.Rows {
		return max(1, c.Rows)
	}
	return c.MicroBatch
}

// Pretrainer runs next-token prediction.
type Pretrainer struct {
	*Updater
	config  PretrainConfig
	streams []Stream
}

// NewPretrainer prepares a run over streams.
func NewPretrainer(policy *model.Policy, streams []Stream, config PretrainConfig) (*Pretrainer, error) {
	if err := config.Check(streams); err != nil {
		return nil, err
	}
	config.MicroBatch = config.rowsAPass()
	config.Optimizer.Steps = config.Steps
	pass := forward{config: policy.Config, recompute: config.Recompute}
	updater, err := NewUpdater(policy, config.Optimizer, func(params, _ model.Params, inputs []*Node) (*Node, []*Node) {
		rows, pad, learnt, count := inputs[0], inputs[1], inputs[2], inputs[3]
		hidden := pass.hidden(params, Slice(rows, AxisRange(), AxisRange(0, config.Time)), pad) // [rows, time, dim]
		logp, entropy := pass.chosen(params, hidden, Slice(rows, AxisRange(), AxisRange(1)))    // [rows, time] both
		mean := func(x *Node) *Node { return Div(ReduceAllSum(Mul(x, learnt)), count) }
		return Neg(mean(logp)), []*Node{mean(entropy)}
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
	for step := done + 1; step <= p.config.Steps; step++ {
		if err := ctx.Err(); err != nil {
			return step - 1, err
		}
		start := time.Now()
		did, err := p.Step(step)
		if err != nil {
			return step - 1, err
		}
		speed := float64(did.Tokens) / time.Since(start).Seconds()
		if err := report(PretrainStep{step, did.Update.Loss, did.Update.GradNorm, did.Update.LearningRate, speed}); err != nil {
			return step, err
		}
	}
	return p.config.Steps, nil
}

// Step runs one step, counted from 1, on the windows that its number draws.
func (p *Pretrainer) Step(step int) (*TextStep, error) {
	c := p.config
	rows, learnt := windows(p.streams, c.Seed, step, c.Rows, c.Time)
	count := float32(0)
	for _, l := range learnt {
		count += l
	}
	for range c.Rows / c.MicroBatch {
		var batch []int32
		var which []float32
		batch, rows = cutAt(rows, c.MicroBatch*(c.Time+1))
		which, learnt = cutAt(learnt, c.MicroBatch*c.Time)
		if err := p.Accumulate(tensors.FromFlatDataAndDimensions(batch, c.MicroBatch, c.Time+1), make([]int32, c.MicroBatch),
			tensors.FromFlatDataAndDimensions(which, c.MicroBatch, c.Time), max(1, count)); err != nil {
			return nil, fmt.Errorf("step %d: %w", step, err)
		}
	}
	update, err := p.Apply(step)
	if err != nil {
		return nil, err
	}
	return &TextStep{Update: update, Tokens: c.Rows * c.Time, Entropy: update.Stats[0], Length: float64(c.Time)}, nil
}

func cutAt[T any](list []T, n int) (first, rest []T) { return list[:n], list[n:] }
