package session

import (
	"context"
	"fmt"

	"github.com/dongyur/dongyur/core/objective"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/reward"
	"github.com/dongyur/dongyur/core/rollout"
	"github.com/dongyur/dongyur/core/train"
)

// learner is a method at work.
type learner interface {
	step(number int) (*stepResult, error)
	updater() *train.Updater
	Finalize()
}

// stepResult is what a step did.
type stepResult struct {
	report  *protocol.Step
	groups  []protocol.Group
	rows    [][]train.Row // of the groups' completions
	scaling *protocol.Scaling
	tokens  int
	empty   float64 // share of completions with nothing in them
}

// fromTexts is a method that learns from given texts.
type fromTexts struct {
	texts interface {
		Step(step int) (*train.TextStep, error)
		Finalize()
	}
	*train.Updater
}

func (l fromTexts) updater() *train.Updater { return l.Updater }
func (l fromTexts) Finalize()               { l.texts.Finalize() }

func (l fromTexts) step(number int) (*stepResult, error) {
	t, err := l.texts.Step(number)
	if err != nil {
		return nil, err
	}
	return &stepResult{tokens: t.Tokens, report: &protocol.Step{
		Loss: t.Update.Loss, KL: t.KL, Entropy: t.Entropy, Length: t.Length, Figures: t.Figures,
		GradNorm: t.Update.GradNorm, LearningRate: t.Update.LearningRate,
	}}, nil
}

// fromGroups is a method that learns from rewarded completions.
type fromGroups struct{ *train.GroupTrainer }

func (l fromGroups) updater() *train.Updater { return l.Updater }

func (l fromGroups) step(number int) (*stepResult, error) {
	g, err := l.Step(context.Background(), number)
	if err != nil {
		return nil, err
	}
	stats := g.Update.Stats
	return &stepResult{groups: g.Groups, rows: g.Rows, scaling: g.Scaling, tokens: g.Tokens, empty: g.Empty, report: &protocol.Step{
		Loss: g.Update.Loss, Reward: g.Reward, Terms: g.Terms, KL: stats[train.StatKL], Entropy: stats[train.StatEntropy],
		ClipShare: stats[train.StatClipShare], ZeroSpreadShare: g.ZeroSpread, Resampled: g.Resampled, Length: g.Length,
		GradNorm: g.Update.GradNorm, LearningRate: g.Update.LearningRate,
	}}, nil
}

// plan checks a run by what its method learns from; what it returns makes the
// learner once the policy is ready.
func (s *Session) plan(c protocol.Train) (start func() (learner, error), err error) {
	method, err := objective.MethodNamed(c.Method)
	if err != nil {
		return nil, err
	}
	plans := map[objective.Material]func(protocol.Train, objective.Method) (func() (learner, error), error){
		objective.Groups: s.planGroups, objective.References: s.planReferences,
		objective.Pairs: s.planPairs, objective.Documents: s.planDocuments,
	}
	if start, err = plans[method.Learns](c, method); err != nil {
		return nil, fmt.Errorf("%s: %w", c.Method, err)
	}
	return start, nil
}

// template is how a run's examples become prompts.
func (s *Session) template(c protocol.Train) rollout.Template {
	return rollout.Template{Form: s.loaded.form, Limit: s.loaded.policy.Config.MaxPositions - c.Sampling.MaxTokens, CutHeadlines: true}
}

// planReferences is SFT.
func (s *Session) planReferences(c protocol.Train, _ objective.Method) (func() (learner, error), error) {
	policy := s.loaded.policy
	var rows []train.Row
	for _, example := range s.examples.Train {
		if example.Reference == "" {
			continue
		}
		prompt, completion, err := s.template(c).Encode(s.loaded.tokenizer, example)
		if err != nil {
			return nil, err
		}
		rows = append(rows, train.Row{Name: example.ID, Prompt: prompt, Completion: completion})
	}
	config := train.SFTConfig{Optimizer: optimizer(c), Rows: c.Prompts, MicroBatch: c.MicroBatch, Recompute: c.Recompute, Seed: c.Seed}
	if err := config.Check(policy.Config, rows); err != nil {
		return nil, err
	}
	return func() (learner, error) {
		t, err := train.NewSFT(policy, rows, config)
		if err != nil {
			return nil, err
		}
		return fromTexts{t, t.Updater}, nil
	}, nil
}

// planPairs is CLO.
func (s *Session) planPairs(c protocol.Train, _ objective.Method) (func() (learner, error), error) {
	policy := s.loaded.policy
	pairs, err := train.Bilinguals(s.loaded.tokenizer, s.template(c), s.examples.Train)
	if err != nil {
		return nil, err
	}
	config := train.CLOConfig{Optimizer: optimizer(c), Objective: objective.CLOConfig{SFTShare: c.Own.Number("sft_share"), Sharpness: c.Own.Number("sharpness")},
		Pairs: c.Prompts, MicroBatch: c.MicroBatch, Recompute: c.Recompute, Seed: c.Seed}
	if config.Reference, err = referenceOf(c); err != nil {
		return nil, err
	}
	if err := config.Check(policy.Config, pairs); err != nil {
		return nil, err
	}
	return func() (learner, error) {
		t, err := train.NewCLO(policy, pairs, config)
		if err != nil {
			return nil, err
		}
		return fromTexts{t, t.Updater}, nil
	}, nil
}

// usualRow is how long a packed row is where a run does not say; a model of a shorter
// context takes what it can.
const usualRow = 128

// planDocuments is CPT. Without texts of its own it reads those of the examples.
func (s *Session) planDocuments(c protocol.Train, _ objective.Method) (func() (learner, error), error) {
	policy := s.loaded.policy
	texts := s.examples.Texts
	if len(texts) == 0 {
		for _, example := range s.examples.Train {
			texts = append(texts, example.Source)
			if example.Reference != "" {
				texts = append(texts, example.Reference)
			}
		}
	}
	if len(texts) == 0 {
		return nil, fmt.Errorf("no examples and no texts to read; add some")
	}
	length := int(c.Own.Number("row_tokens"))
	if length == usualRow {
		length = min(length, policy.Config.MaxPositions)
	}
	if length < 2 || length > policy.Config.MaxPositions {
		return nil, fmt.Errorf("row_tokens %d: a row takes at least 2 tokens and no more than the model's context of %d", length, policy.Config.MaxPositions)
	}
	streams := []train.Stream{train.Pack("texts", s.loaded.tokenizer, texts)}
	config := train.PretrainConfig{Optimizer: optimizer(c), Steps: c.Steps, Rows: c.Prompts, MicroBatch: c.MicroBatch, Time: length,
		Recompute: c.Recompute, Seed: c.Seed}
	if err := config.Check(streams); err != nil {
		return nil, err
	}
	return func() (learner, error) {
		t, err := train.NewPretrainer(policy, streams, config)
		if err != nil {
			return nil, err
		}
		return fromTexts{t, t.Updater}, nil
	}, nil
}

// planGroups is the family of GRPO.
func (s *Session) planGroups(c protocol.Train, method objective.Method) (func() (learner, error), error) {
	l := s.loaded
	config, err := groupsConfig(c, method)
	if err != nil {
		return nil, err
	}
	config.Form = s.loaded.form
	scorer, err := reward.New(l.encoder, c.Reward)
	if err != nil {
		return nil, err
	}
	if _, err := config.Encode(l.policy.Config, l.tokenizer, s.examples.Train); err != nil {
		return nil, err
	}
	return func() (learner, error) {
		t, err := train.NewGroupTrainer(l.policy, l.tokenizer, scorer, l.sampler, s.examples.Train, config)
		if err != nil {
			return nil, err
		}
		return fromGroups{t}, nil
	}, nil
}

// groupsConfig turns a run's settings into the update's.
func groupsConfig(c protocol.Train, method objective.Method) (config train.GroupTrainerConfig, err error) {
	if method.Scale, err = scaled(method.Scale, c); err != nil {
		return config, err
	}
	loss := method.Config()
	loss.ClipLow, loss.ClipHigh = c.ClipLow, c.ClipHigh
	loss.DualClip, loss.Entropy, loss.MaxLength = c.DualClip, c.EntropyBonus, c.Sampling.MaxTokens
	config = train.GroupTrainerConfig{Prompts: c.Prompts, Group: c.Group, Sampling: c.Sampling, Seed: c.Seed,
		Resample: int(c.Own.Number("resample")), Overlong: c.Own.Number("overlong"), MaskTruncated: c.MaskTruncated}
	estimator := objective.K3
	if c.KLInReward {
		estimator = objective.K1 // unbiased, and no gradient goes through it there
	}
	if c.KL != "" {
		if estimator, err = objective.KLNamed(c.KL); err != nil {
			return config, err
		}
	}
	if c.KLInReward {
		config.RewardBeta, config.RewardKL = c.Beta, estimator
	} else {
		loss.Beta, loss.KL = c.Beta, estimator
	}
	support, err := supportOf(c)
	if err != nil {
		return config, err
	}
	config.Update = train.GroupUpdaterConfig{Optimizer: optimizer(c), Objective: loss, Epochs: c.Epochs, MicroBatch: c.MicroBatch, Recompute: c.Recompute,
		Temperature: c.Sampling.Temperature, Support: support}
	config.Update.Reference, err = referenceOf(c)
	return config, err
}

// referenceOf says what the policy is held to.
func referenceOf(c protocol.Train) (train.ReferenceConfig, error) {
	reference := train.ReferenceConfig{Every: c.ReferenceEvery, Share: c.ReferenceShare}
	switch c.Reference {
	case "":
		reference.Start = c.FromAdapter
	case "base":
	case "start":
		reference.Start = true
	default:
		return reference, fmt.Errorf("reference %q is unknown: choose base or start", c.Reference)
	}
	return reference, nil
}

// scaled is a method's scale with what the run changes of it.
func scaled(scale objective.Scale, c protocol.Train) (objective.Scale, error) {
	switch c.Scale {
	case "":
	case "group":
		scale.Spread = objective.GroupStd
	case "batch":
		scale.Spread = objective.BatchStd
	case "none":
		scale.Spread = objective.Unscaled
	default:
		return scale, fmt.Errorf("scale %q is unknown: choose group, batch or none", c.Scale)
	}
	if !(c.Epsilon >= 0) {
		return scale, fmt.Errorf("epsilon %g must not be negative", c.Epsilon)
	}
	scale.Epsilon, scale.Population = c.Epsilon, c.PopulationStd
	return scale, nil
}

// supportOf says how tokens of a truncated distribution are weighted.
func supportOf(c protocol.Train) (train.SupportConfig, error) {
	truncated := c.Sampling.TopK > 0 || (c.Sampling.TopP > 0 && c.Sampling.TopP < 1)
	support := train.SupportConfig{Weighted: truncated, Limit: c.SupportLimit}
	switch c.Support {
	case "", "cap":
		support.Bound = objective.Cap
	case "drop":
		support.Bound = objective.Drop
	case "none":
		support.Weighted = false
	default:
		return support, fmt.Errorf("support %q is unknown: choose cap, drop or none", c.Support)
	}
	return support, nil
}
