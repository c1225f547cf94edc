package train

import (
	"fmt"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	vars "github.com/gomlx/gomlx/ml/model"

	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/objective"
)

// GroupUpdater updates a policy from groups of completions and their rewards.
type GroupUpdater struct {
	*Updater
	policy   *model.Policy
	config   GroupUpdaterConfig
	follower *follower
	// Log-probabilities of the policy and of its reference with the weights as they
	// are, for what is needed before a step's first update.
	logProbs, referenceLogProbs *vars.Exec
}

// GroupUpdaterConfig sets the update. Temperature is the sampler's: log-probabilities are
// taken at it, so that the loss sees the distribution that was drawn from.
type GroupUpdaterConfig struct {
	Optimizer   OptimizerConfig
	Objective   objective.GRPOConfig
	Epochs      int // updates on one batch of completions
	MicroBatch  int // rows a pass; 0: all
	Recompute   bool
	Temperature float64
	Support     SupportConfig
	Reference   ReferenceConfig
}

// SupportConfig says how tokens are weighted that were drawn with top-k or top-p;
// see objective.SupportWeight. The zero value weights none.
type SupportConfig struct {
	Weighted bool
	Bound    objective.Bound
	Limit    float64
}

// Sample is a completion with what the update needs of it.
type Sample struct {
	Row
	LogProbs  []float32 // over the truncated support, as they were drawn
	Advantage float64
	// Out leaves it out of the update: of the loss and of what that is divided by.
	Out bool
}

// Statistics of GRPO's Update, in their order.
const (
	StatKL = iota
	StatClipShare
	StatRatio
	StatEntropy
)

// check refuses settings that no policy could train with.
func (c GroupUpdaterConfig) check() error {
	if err := c.Objective.Validate(); err != nil {
		return err
	}
	if !(c.Temperature > 0) {
		return fmt.Errorf("temperature %g: a group sampled greedily is one completion many times; use 0.8 or so", c.Temperature)
	}
	if c.Epochs > 1 && !c.Objective.Method.Surrogate.Ratio {
		return fmt.Errorf("epochs %d: %s takes no ratio of new to old probability, so a second update on the same completions would be biased; set epochs to 1 or choose grpo", c.Epochs, c.Objective.Method.Name)
	}
	if c.Support.Weighted && !(c.Support.Limit >= 1) {
		return fmt.Errorf("support_limit %g: importance weights are bounded at 1 or above (3 is usual)", c.Support.Limit)
	}
	return c.Reference.check()
}

// NewGroupUpdater prepares updates of what is trainable in policy now. A divergence
// weight above 0 needs a reference: an adapter (the base is the reference),
// Policy.KeepReference, or one that follows the policy.
func NewGroupUpdater(policy *model.Policy, config GroupUpdaterConfig) (*GroupUpdater, error) {
	if err := config.check(); err != nil {
		return nil, err
	}
	config.Epochs = max(config.Epochs, 1)
	t := &GroupUpdater{policy: policy, config: config}
	var err error
	if t.follower, err = newFollower(policy, config.Reference); err != nil {
		return nil, err
	}
	if config.Objective.Beta > 0 && !policy.HasReference() {
		return nil, fmt.Errorf("beta %g needs a reference: train an adapter (lora_rank above 0), keep a copy, or set beta to 0", config.Objective.Beta)
	}
	if t.Updater, err = NewUpdater(policy, config.Optimizer, t.loss); err != nil {
		return nil, err
	}
	if t.logProbs, err = t.scoring(func(g *Graph) model.Params { return policy.Params(g, true) }); err != nil {
		return nil, err
	}
	if t.referenceLogProbs, err = t.scoring(policy.ReferenceParams); err != nil {
		return nil, err
	}
	return t, nil
}

// scoring prepares log-probabilities of tokens, pad and mask under some weights.
func (t *GroupUpdater) scoring(params func(*Graph) model.Params) (*vars.Exec, error) {
	exec, err := vars.NewExec(t.policy.Engine, t.policy.Vars, func(_ *vars.Scope, tokens, pad, mask *Node) *Node {
		logp, _ := t.pass().logProbs(params(tokens.Graph()), tokens, pad, mask.Shape().Dimensions[1])
		return logp
	})
	if err != nil {
		return nil, fmt.Errorf("prepare log-probabilities: %w", err)
	}
	exec.SetMaxCache(-1)
	return exec, nil
}

// pass is the forward pass where no gradient is taken.
func (t *GroupUpdater) pass() forward {
	return forward{config: t.policy.Config, temperature: t.config.Temperature}
}

// loss reads tokens, pad, mask, truncated log-probs, advantage, sequences, tokens
// in the batch and, with several epochs, the log-probs at the start of the step.
func (t *GroupUpdater) loss(params, base model.Params, in []*Node) (*Node, []*Node) {
	tokens, pad, mask, truncated, advantage, sequences, count := in[0], in[1], in[2], in[3], in[4], in[5], in[6]
	columns := mask.Shape().Dimensions[1]
	learning := t.pass()
	learning.recompute, learning.entropyGradient = t.config.Recompute, t.config.Objective.Entropy != 0
	logp, entropy := learning.logProbs(params, tokens, pad, columns)
	inputs := objective.GRPOInputs{LogP: logp, Mask: mask, Advantage: advantage, Sequences: sequences, Tokens: count, Entropy: entropy}
	// The first and only update of a step starts from the weights that sampled.
	inputs.Old = StopGradient(logp)
	if len(in) > 7 {
		inputs.Old = in[7]
	}
	if t.policy.HasReference() {
		inputs.Reference, _ = t.pass().logProbs(base, tokens, pad, columns)
	}
	if s := t.config.Support; s.Weighted {
		inputs.Weight = objective.SupportWeight(inputs.Old, truncated, s.Limit, s.Bound)
	}
	loss, stats := objective.GRPOLoss(inputs, t.config.Objective)
	return loss, []*Node{stats.KL, stats.ClipShare, stats.Ratio, objective.TokenMean(StopGradient(entropy), mask, count)}
}

// Update runs the epochs of one step, counted from 1, on its samples. The reported
// figures are those of the last epoch. A batch whose advantages are all 0 still
// pulls towards the reference when beta is above 0.
func (t *GroupUpdater) Update(step int, samples []Sample) (Update, error) {
	tokens, sequences := 0, 0
	for _, s := range samples {
		if err := checkContext(t.policy.Config, s.Row); err != nil {
			return Update{}, err
		}
		if !s.Out {
			sequences++
			tokens += len(s.Completion)
		}
	}
	if sequences == 0 { // the whole batch is pulled towards the reference, and no more
		samples = slices.Clone(samples)
		for i := range samples {
			samples[i].Out, samples[i].Advantage = false, 0
			tokens += len(samples[i].Completion)
		}
		sequences = len(samples)
	}
	if tokens == 0 {
		return Update{}, fmt.Errorf("step %d: every completion is empty; restore an earlier checkpoint or raise the temperature", step)
	}
	parts := microBatches(len(samples), t.config.MicroBatch, func(i int) int { return samples[i].length() })
	batches := make([][]any, len(parts))
	for i, part := range parts {
		inputs, err := t.inputs(samples, part, len(parts[0]), sequences, tokens)
		if err != nil {
			return Update{}, fmt.Errorf("step %d: %w", step, err)
		}
		batches[i] = inputs
	}
	var update Update
	for epoch := range t.config.Epochs {
		for _, inputs := range batches {
			if err := t.Accumulate(inputs...); err != nil {
				return Update{}, fmt.Errorf("step %d, epoch %d: %w", step, epoch+1, err)
			}
		}
		var err error
		if update, err = t.Apply(step); err != nil {
			return Update{}, err
		}
	}
	return update, t.follower.after(step)
}

// inputs lays the micro-batch of some samples out, in size rows; sequences and tokens
// are those of all samples that take part.
func (t *GroupUpdater) inputs(samples []Sample, part []int, size, sequences, tokens int) ([]any, error) {
	rows := make([]Row, len(part))
	for i, index := range part {
		rows[i] = samples[index].Row
		rows[i].masked = samples[index].Out
	}
	l := newLayout(rows, size)
	truncated, advantage := make([]float32, size*l.columns), make([]float32, size)
	for i, index := range part {
		advantage[i] = float32(samples[index].Advantage)
		copy(truncated[i*l.columns:], samples[index].LogProbs)
	}
	inputs := []any{l.tokens, l.pad, l.mask,
		tensors.FromFlatDataAndDimensions(truncated, size, l.columns), tensors.FromFlatDataAndDimensions(advantage, size),
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

// LogProbs gives each token's log-probability under the policy as it is, over the
// whole vocabulary at the sampler's temperature.
func (t *GroupUpdater) LogProbs(rows []Row) ([][]float64, error) {
	logProbs := make([][]float64, len(rows))
	err := t.eachPart(rows, []*vars.Exec{t.logProbs}, func(i int, values [][]float32) {
		for j := range rows[i].Completion {
			logProbs[i] = append(logProbs[i], float64(values[0][j]))
		}
	})
	return logProbs, err
}

// Divergences estimates how far the policy, as it is, has left the reference on
// each completion: the sum over its tokens, in nats.
func (t *GroupUpdater) Divergences(rows []Row, kind objective.KL) ([]float64, error) {
	sums := make([]float64, len(rows))
	err := t.eachPart(rows, []*vars.Exec{t.logProbs, t.referenceLogProbs}, func(i int, values [][]float32) {
		for j := range rows[i].Completion {
			sums[i] += kind.Estimate(float64(values[0][j]), float64(values[1][j]))
		}
	})
	return sums, err
}

// eachPart computes log-probabilities under several weights, by micro-batches, and
// gives those of each row to take.
func (t *GroupUpdater) eachPart(rows []Row, execs []*vars.Exec, take func(row int, values [][]float32)) error {
	parts := microBatches(len(rows), t.config.MicroBatch, func(i int) int { return rows[i].length() })
	for _, part := range parts {
		chosen := make([]Row, len(part))
		for i, index := range part {
			chosen[i] = rows[index]
		}
		l := newLayout(chosen, len(parts[0]))
		values := make([][][]float32, len(execs))
		for i, exec := range execs {
			outputs, err := exec.Exec(l.tokens, l.pad, l.mask)
			if err != nil {
				return fmt.Errorf("log-probabilities of completions: %w", err)
			}
			values[i] = outputs[0].Value().([][]float32)
			outputs[0].FinalizeAll()
		}
		for i, index := range part {
			row := make([][]float32, len(execs))
			for e := range execs {
				row[e] = values[e][i]
			}
			take(index, row)
		}
	}
	return nil
}

// Finalize frees the compiled graphs.
func (t *GroupUpdater) Finalize() {
	t.Updater.Finalize()
	t.logProbs.Finalize()
	t.referenceLogProbs.Finalize()
	t.follower.finalize()
}
