package train

import (
	"context"
	"fmt"
	"math"

	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/objective"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/reward"
	"github.com/dongyur/dongyur/core/rollout"
	"github.com/dongyur/dongyur/core/token"
)

// Semantic is GRPO on rewards by meaning, S1's method: each step samples a group
// of completions for some prompts, scores them, and updates the policy.
type Semantic struct {
	*GRPO
	sampler   *rollout.Sampler
	tokenizer *token.Tokenizer
	scorer    *reward.Scorer
	examples  []protocol.Example
	prompts   [][]int // of the examples
	asked     [][]int // indices of examples that a step takes together
	config    SemanticConfig
}

// SemanticConfig sets a run.
type SemanticConfig struct {
	GRPO     GRPOConfig
	Prompts  int // prompts a step; a fact in all its languages counts as one
	Group    int // completions a prompt
	Sampling protocol.Sampling
	Seed     uint64
}

// GroupStep is what one step sampled and did.
type GroupStep struct {
	Update     Update
	Groups     []protocol.Group
	ZeroSpread float64 // share of groups whose rewards are all the same
	Reward     float64 // mean over completions
	Terms      map[string]float64
	Empty      float64 // share of completions with nothing in them
	Tokens     int     // sampled
}

// Encode gives the examples' prompts, and tells what NewSemantic would refuse
// before anything is changed.
func (c SemanticConfig) Encode(config *model.Config, tokenizer *token.Tokenizer, examples []protocol.Example) ([][]int, error) {
	if err := c.GRPO.check(); err != nil {
		return nil, err
	}
	if len(examples) == 0 {
		return nil, fmt.Errorf("grpo: no examples to train on; add some")
	}
	if c.Group < 2 {
		return nil, fmt.Errorf("grpo: a group of %d: completions are compared with each other, so a group takes at least 2", c.Group)
	}
	if n := c.Sampling.MaxTokens; n < 1 || n >= config.MaxPositions {
		return nil, fmt.Errorf("grpo: max_tokens %d: it must be at least 1 and leave room for a prompt in the model's context of %d", n, config.MaxPositions)
	}
	template := rollout.Template{Limit: config.MaxPositions - c.Sampling.MaxTokens, CutHeadlines: true}
	prompts := make([][]int, len(examples))
	for i, example := range examples {
		var err error
		if prompts[i], err = template.Prompt(tokenizer, example); err != nil {
			return nil, fmt.Errorf("grpo: %w", err)
		}
	}
	return prompts, nil
}

// NewSemantic prepares a run over examples; a reference may be missing, the source
// then stands in.
func NewSemantic(policy *model.Policy, tokenizer *token.Tokenizer, scorer *reward.Scorer, sampler *rollout.Sampler,
	examples []protocol.Example, config SemanticConfig) (*Semantic, error) {
	prompts, err := config.Encode(policy.Config, tokenizer, examples)
	if err != nil {
		return nil, err
	}
	s := &Semantic{sampler: sampler, tokenizer: tokenizer, scorer: scorer, examples: examples, prompts: prompts, asked: together(examples), config: config}
	if s.GRPO, err = NewGRPO(policy, config.GRPO); err != nil {
		return nil, err
	}
	return s, nil
}

// Step runs one step, counted from 1.
func (s *Semantic) Step(ctx context.Context, step int) (*GroupStep, error) {
	c := s.config
	chosen, most := takeUnits(s.asked, c.Prompts, c.Seed, step)
	prompts := make([][]int, len(chosen))
	for i, index := range chosen {
		prompts[i] = s.prompts[index]
	}
	sampling := c.Sampling
	sampling.Seed = c.Seed
	s.sampler.FirstSequence = uint32((step - 1) * most * c.Group)
	completions, err := s.sampler.Run(ctx, prompts, c.Group, sampling, true, nil)
	if err != nil {
		return nil, fmt.Errorf("grpo step %d: sample: %w", step, err)
	}
	results, err := s.score(chosen, completions)
	if err != nil {
		return nil, fmt.Errorf("grpo step %d: score: %w", step, err)
	}
	rewards := make([]float64, len(results))
	for i, r := range results {
		rewards[i] = r.Total
	}
	advantages, zeroSpread, err := objective.Advantages(rewards, c.Group, c.GRPO.Objective.Method.Scale)
	if err != nil {
		return nil, fmt.Errorf("grpo step %d: %w", step, err)
	}
	samples := make([]Sample, len(completions))
	for i, completion := range completions {
		samples[i] = Sample{
			Row:      Row{s.examples[chosen[completion.Prompt]].ID, prompts[completion.Prompt], completion.Tokens},
			LogProbs: completion.LogProbs, Advantage: advantages[i],
		}
	}
	update, err := s.Update(step, samples)
	if err != nil {
		return nil, err
	}
	report := s.report(step, chosen, completions, results, advantages, zeroSpread)
	report.Update = update
	return report, nil
}

// score gives every completion its reward.
func (s *Semantic) score(chosen []int, completions []rollout.Completion) ([]reward.Result, error) {
	inputs := make([]reward.Input, len(completions))
	for i, c := range completions {
		e := s.examples[chosen[c.Prompt]]
		inputs[i] = reward.Input{Source: e.Source, Reference: e.Reference, Output: s.tokenizer.DecodeSkipSpecial(c.Tokens),
			SourceLang: e.SourceLang, TargetLang: e.TargetLang, Task: e.Task, Finished: c.Finished,
			Fact: e.Fact, Sample: c.Index, Choices: e.Choices}
	}
	return s.scorer.Score(inputs)
}

// report gathers a step's groups and means.
func (s *Semantic) report(step int, chosen []int, completions []rollout.Completion, results []reward.Result, advantages []float64, zeroSpread []bool) *GroupStep {
	r := &GroupStep{Terms: map[string]float64{}}
	n := float64(len(completions))
	for i, c := range completions {
		if c.Index == 0 {
			r.Groups = append(r.Groups, protocol.Group{Step: step, Example: s.examples[chosen[c.Prompt]]})
		}
		group := &r.Groups[len(r.Groups)-1]
		shown := Shown(s.tokenizer, c)
		shown.Example, shown.Terms, shown.Reward, shown.Advantage = group.Example.ID, results[i].Terms, results[i].Total, advantages[i]
		group.Completions = append(group.Completions, shown)
		r.Tokens += len(c.Tokens)
		r.Reward += results[i].Total / n
		for name, value := range results[i].Terms {
			r.Terms[name] += value / n
		}
		if results[i].Empty {
			r.Empty += 1 / n
		}
	}
	for i := range r.Groups {
		r.Groups[i].Mean, r.Groups[i].Std = spread(r.Groups[i].Completions)
		if zeroSpread[i] {
			r.ZeroSpread += 1 / float64(len(r.Groups))
		}
	}
	return r
}

// spread is the mean and Bessel-corrected deviation of a group's rewards.
func spread(group []protocol.Completion) (mean, std float64) {
	for _, c := range group {
		mean += c.Reward / float64(len(group))
	}
	for _, c := range group {
		std += (c.Reward - mean) * (c.Reward - mean) / float64(len(group)-1)
	}
	return mean, math.Sqrt(std)
}

// Shown is a completion as sessions report it: text, text by token, log-probs.
// Bytes that are no UTF-8 show as U+FFFD, as in a stream.
func Shown(tokenizer *token.Tokenizer, c rollout.Completion) protocol.Completion {
	shown := protocol.Completion{Index: c.Index, Finished: c.Finished}
	stream, text := tokenizer.Stream(), tokenizer.Stream()
	text.SkipSpecial = true
	for i, id := range c.Tokens {
		shown.Text += text.Push(id)
		shown.Pieces = append(shown.Pieces, stream.Push(id))
		shown.LogProbs = append(shown.LogProbs, float64(c.LogProbs[i]))
	}
	shown.Text += text.Flush()
	shown.Pieces[len(shown.Pieces)-1] += stream.Flush()
	return shown
}
