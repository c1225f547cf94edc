package train

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	vars "github.com/gomlx/gomlx/ml/model"

	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/objective"
)

// GRPO updates a policy from groups of completions and their rewards.
type GRPO struct {
	*Updater
	policy   *model.Policy
	config   GRPOConfig
	logProbs *vars.Exec // of the weights at the start of a step; only with several epochs
}

// GRPOConfig sets the update. Temperature is the sampler's: log-probabilities are
// taken at it, so that the loss sees the distribution that was drawn from.
type GRPOConfig struct {
	Optimizer   OptimizerConfig
	Objective   objective.GRPOConfig
	Epochs      int // updates on one batch of completions
	MicroBatch  int // rows a pass; 0: all
	Temperature float64
	Truncated   bool // top-k or top-p was on: tokens are weighted by objective.SupportWeight
}

// Sample is a completion with what the update needs of it.
type Sample struct {
	Row
	LogProbs  []float32 // over the truncated support, as they were drawn
	Advantage float64
}

// Statistics of GRPO's Update, in their order.
const (
	StatKL = iota
	StatClipShare
	StatRatio
	StatEntropy
)

// check refuses settings that no policy could train with.
func (c GRPOConfig) check() error {
	if err := c.Objective.Validate(); err != nil {
		return fmt.Errorf("grpo: %w", err)
	}
	if !(c.Temperature > 0) {
		return fmt.Errorf("grpo: temperature %g: a group sampled greedily is one completion many times; use 0.8 or so", c.Temperature)
	}
	return nil
}

// NewGRPO prepares updates of what is trainable in policy now. A divergence
// weight above 0 needs a reference: an adapter (the base is the reference) or
// Policy.KeepReference.
func NewGRPO(policy *model.Policy, config GRPOConfig) (*GRPO, error) {
	if err := config.check(); err != nil {
		return nil, err
	}
	if config.Objective.Beta > 0 && !policy.HasReference() {
		return nil, fmt.Errorf("grpo: beta %g needs a reference: train an adapter (lora_rank above 0), keep a copy, or set beta to 0", config.Objective.Beta)
	}
	config.Epochs = max(config.Epochs, 1)
	t := &GRPO{policy: policy, config: config}
	var err error
	if t.Updater, err = NewUpdater(policy, config.Optimizer, t.loss); err != nil {
		return nil, err
	}
	t.logProbs, err = vars.NewExec(policy.Engine, policy.Vars, func(_ *vars.Scope, tokens, pad, mask *Node) *Node {
		logp, _ := completionLogProbs(policy.Config, policy.Params(tokens.Graph(), true), tokens, pad, mask.Shape().Dimensions[1], config.Temperature)
		return logp
	})
	if err != nil {
		return nil, fmt.Errorf("grpo: prepare log-probabilities: %w", err)
	}
	t.logProbs.SetMaxCache(-1)
	return t, nil
}

// loss reads tokens, pad, mask, truncated log-probs, advantage, sequences, tokens
// in the batch and, with several epochs, the log-probs at the start of the step.
func (t *GRPO) loss(params, base model.Params, in []*Node) (*Node, []*Node) {
	tokens, pad, mask, truncated, advantage, sequences, count := in[0], in[1], in[2], in[3], in[4], in[5], in[6]
	columns := mask.Shape().Dimensions[1]
	logp, entropy := completionLogProbs(t.policy.Config, params, tokens, pad, columns, t.config.Temperature)
	inputs := objective.GRPOInputs{LogP: logp, Mask: mask, Advantage: advantage, Sequences: sequences, Tokens: count}
	// The first and only update of a step starts from the weights that sampled.
	inputs.Old = StopGradient(logp)
	if len(in) > 7 {
		inputs.Old = in[7]
	}
	if t.policy.HasReference() {
		inputs.Reference, _ = completionLogProbs(t.policy.Config, base, tokens, pad, columns, t.config.Temperature)
	}
	if t.config.Truncated {
		inputs.Weight = objective.SupportWeight(inputs.Old, truncated, objective.DefaultWeightLimit, objective.Cap)
	}
	loss, stats := objective.GRPOLoss(inputs, t.config.Objective)
	return loss, []*Node{stats.KL, stats.ClipShare, stats.Ratio, objective.TokenMean(entropy, mask, count)}
}

// Update runs the epochs of one step, counted from 1, on its samples. The reported
// figures are those of the last epoch. A batch whose advantages are all 0 still
// pulls towards the reference when beta is above 0.
func (t *GRPO) Update(step int, samples []Sample) (Update, error) {
	rows := make([]Row, len(samples))
	tokens := 0
	for i, s := range samples {
		if err := checkContext(t.policy.Config, s.Row); err != nil {
			return Update{}, fmt.Errorf("grpo: %w", err)
		}
		rows[i] = s.Row
		tokens += len(s.Completion)
	}
	if tokens == 0 {
		return Update{}, fmt.Errorf("grpo step %d: every completion is empty; restore an earlier checkpoint or raise the temperature", step)
	}
	prompt := width(rows, func(r Row) int { return len(r.Prompt) })
	completion := width(rows, func(r Row) int { return len(r.Completion) })
	parts := microBatches(len(rows), t.config.MicroBatch)
	size := parts[0][1]
	batches := make([][]any, len(parts))
	for i, part := range parts {
		inputs, err := t.inputs(samples[part[0]:part[1]], size, prompt, completion, len(samples), tokens)
		if err != nil {
			return Update{}, fmt.Errorf("grpo step %d: %w", step, err)
		}
		batches[i] = inputs
	}
	var update Update
	for epoch := range t.config.Epochs {
		for _, inputs := range batches {
			if err := t.Accumulate(inputs...); err != nil {
				return Update{}, fmt.Errorf("grpo step %d, epoch %d: %w", step, epoch+1, err)
			}
		}
		var err error
		if update, err = t.Apply(step); err != nil {
			return Update{}, err
		}
	}
	return update, nil
}

// inputs lays one micro-batch out.
func (t *GRPO) inputs(samples []Sample, size, prompt, completion, sequences, tokens int) ([]any, error) {
	rows := make([]Row, len(samples))
	truncated, advantage := make([]float32, size*completion), make([]float32, size)
	for i, s := range samples {
		rows[i] = s.Row
		advantage[i] = float32(s.Advantage)
		copy(truncated[i*completion:], s.LogProbs)
	}
	l := newLayout(rows, size, prompt, completion)
	inputs := []any{l.tokens, l.pad, l.mask,
		tensors.FromFlatDataAndDimensions(truncated, size, completion), tensors.FromFlatDataAndDimensions(advantage, size),
		scalar(float64(sequences)), scalar(float64(tokens))}
	if t.config.Epochs == 1 {
		return inputs, nil
	}
	old, err := t.logProbs.Exec(l.tokens, l.pad, l.mask)
	if err != nil {
		return nil, fmt.Errorf("log-probabilities at the start of the step: %w", err)
	}
	return append(inputs, old[0]), nil
}

// Finalize frees the compiled graphs.
func (t *GRPO) Finalize() {
	t.Updater.Finalize()
	t.logProbs.Finalize()
}
