package train

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/dongyur/dongyur/core/grammar"
	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/objective"
	"github.com/dongyur/dongyur/core/prompt"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/reward"
	"github.com/dongyur/dongyur/core/rollout"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/core/token"
)

// GroupTrainer is the loop of GRPO and its kin, S1's method where rewards are by meaning:
// each step samples a group of completions for some prompts, scores them, and updates
// the policy.
type GroupTrainer struct {
	*GroupUpdater
	sampler   *rollout.Sampler
	tokenizer *token.Tokenizer
	scorer    *reward.Scorer
	examples  []task.Example
	prompts   [][]int // of the examples
	asked     [][]int // indices of examples that a step takes together
	config    GroupTrainerConfig
}

// GroupTrainerConfig sets a run.
type GroupTrainerConfig struct {
	Update   GroupUpdaterConfig
	Prompts  int // prompts a step; a fact in all its languages counts as one
	Group    int // completions a prompt
	Sampling task.Sampling
	Seed     uint64
	Form     *prompt.Form // how the policy is spoken to; nil is our own models' form

	// Resample is how often a step draws prompts anew whose completions are all
	// rewarded the same, from other prompts (DAPO's dynamic sampling). What is left
	// without a spread then stays in the batch, with advantages of 0.
	Resample int
	// MaskTruncated leaves completions that the token limit cut off out of the update:
	// their reward says little (DAPO's overlong filtering).
	MaskTruncated bool
	// Overlong is the share of Sampling.MaxTokens, at its end, over which a
	// completion loses up to a point of its reward; see objective.SoftOverlong.
	Overlong float64
	// RewardBeta times the divergence of a completion from the reference is taken
	// off its reward, estimated by RewardKL; 0: nothing.
	RewardBeta float64
	RewardKL   objective.KL
}

// GroupStep is what one step sampled and did.
type GroupStep struct {
	Update     Update
	Groups     []protocol.Group
	Rows       [][]Row // of the groups' completions
	ZeroSpread float64 // share of groups whose rewards are all the same
	Resampled  int     // prompts drawn in place of others
	Reward     float64 // mean over completions
	Terms      map[string]float64
	Empty      float64 // share of completions with nothing in them
	Tokens     int     // sampled
	Length     float64 // tokens a completion
	Scaling    *protocol.Scaling
}

// check refuses settings that no run could start with.
func (c GroupTrainerConfig) check(config *model.Config) error {
	switch n := c.Sampling.MaxTokens; {
	case c.Group < 2:
		return fmt.Errorf("a group of %d: completions are compared with each other, so a group takes at least 2", c.Group)
	case n < 1 || n >= config.MaxPositions:
		return fmt.Errorf("max_tokens %d: it must be at least 1 and leave room for a prompt in the model's context of %d", n, config.MaxPositions)
	case c.Resample < 0:
		return fmt.Errorf("resample %d: it counts tries, 0 is none", c.Resample)
	case !(c.Overlong >= 0 && c.Overlong <= 1):
		return fmt.Errorf("overlong %g: it is a share of max_tokens, 0 to 1", c.Overlong)
	case !(c.RewardBeta >= 0):
		return fmt.Errorf("beta %g must not be negative", c.RewardBeta)
	}
	return c.Update.check()
}

// Encode gives the examples' prompts, and tells what NewGroupTrainer would refuse
// before anything is changed.
func (c GroupTrainerConfig) Encode(config *model.Config, tokenizer *token.Tokenizer, examples []task.Example) ([][]int, error) {
	if err := c.check(config); err != nil {
		return nil, err
	}
	if len(examples) == 0 {
		return nil, fmt.Errorf("no examples to train on; add some")
	}
	template := rollout.Template{Form: c.Form, Limit: config.MaxPositions - c.Sampling.MaxTokens, CutHeadlines: true}
	prompts := make([][]int, len(examples))
	for i, example := range examples {
		var err error
		if prompts[i], err = template.Prompt(tokenizer, example); err != nil {
			return nil, err
		}
	}
	return prompts, nil
}

// NewGroupTrainer prepares a run over examples; a reference may be missing, the source
// then stands in.
func NewGroupTrainer(policy *model.Policy, tokenizer *token.Tokenizer, scorer *reward.Scorer, sampler *rollout.Sampler,
	examples []task.Example, config GroupTrainerConfig) (*GroupTrainer, error) {
	prompts, err := config.Encode(policy.Config, tokenizer, examples)
	if err != nil {
		return nil, err
	}
	scorer.Learn(examples)
	s := &GroupTrainer{sampler: sampler, tokenizer: tokenizer, scorer: scorer, examples: examples, prompts: prompts, asked: together(examples), config: config}
	if s.GroupUpdater, err = NewGroupUpdater(policy, config.Update); err != nil {
		return nil, err
	}
	return s, nil
}

// drawn is one completion with its reward.
type drawn struct {
	example    int // index of the example it answers
	completion rollout.Completion
	result     reward.Result
}

// Step runs one step, counted from 1.
func (s *GroupTrainer) Step(ctx context.Context, step int) (*GroupStep, error) {
	c := s.config
	batch, report, err := s.sample(ctx, step)
	if err != nil {
		return nil, fmt.Errorf("step %d: %w", step, err)
	}
	advantages, zeroSpread, err := s.advantages(batch)
	if err != nil {
		return nil, fmt.Errorf("step %d: %w", step, err)
	}
	samples := s.samples(batch, advantages, zeroSpread)
	if report.Update, err = s.Update(step, samples); err != nil {
		return nil, err
	}
	for g, same := range zeroSpread {
		if same {
			report.ZeroSpread += 1 / float64(len(zeroSpread))
		}
		first := g * c.Group
		report.Groups = append(report.Groups, s.group(step, batch[first:first+c.Group], advantages[first:]))
		rows := make([]Row, c.Group)
		for i := range rows {
			rows[i] = samples[first+i].Row
		}
		report.Rows = append(report.Rows, rows)
	}
	report.Scaling, err = s.scaling(batch)
	return report, err
}

// samples are a batch as the update takes it. What teaches nothing is left out of the
// loss and of what that is divided by, where the run or its method asks for it: groups
// without a spread, and completions that were cut off.
func (s *GroupTrainer) samples(batch []drawn, advantages []float64, zeroSpread []bool) []Sample {
	c := s.config
	samples := make([]Sample, len(batch))
	for i, d := range batch {
		samples[i] = Sample{
			Row:      Row{Name: s.examples[d.example].ID, Prompt: s.prompts[d.example], Completion: d.completion.Tokens},
			LogProbs: d.completion.LogProbs, Advantage: advantages[i],
			Out: c.MaskTruncated && !d.completion.Finished || c.Update.Objective.Method.DropsFlat && zeroSpread[i/c.Group],
		}
	}
	return samples
}

// sample draws the step's completions, group by group, and scores them. Prompts
// whose groups all come out the same give their place to others, as often as
// Resample allows.
func (s *GroupTrainer) sample(ctx context.Context, step int) ([]drawn, *GroupStep, error) {
	c := s.config
	report := &GroupStep{Terms: map[string]float64{}}
	places := make([][]drawn, c.Prompts)
	open := make([]int, c.Prompts) // places that wait for a group with a spread
	for i := range open {
		open[i] = i
	}
	for try := 0; try <= c.Resample && len(open) > 0; try++ {
		// Each try goes through the prompts in an order of its own.
		units := Order(len(s.asked), c.Prompts, c.Seed+uint64(try)<<32, step)[:len(open)]
		if try > 0 {
			report.Resampled += len(units)
		}
		batch, err := s.draw(ctx, units, step, try)
		if err != nil {
			return nil, nil, err
		}
		var still []int
		for i, place := range open {
			n := len(s.asked[units[i]]) * c.Group
			unit := batch[:n]
			batch = batch[n:]
			for _, d := range unit {
				report.Tokens += len(d.completion.Tokens)
			}
			_, zeroSpread, err := s.advantages(unit)
			if err != nil {
				return nil, nil, err
			}
			flat := !slices.Contains(zeroSpread, false)
			if places[place] == nil || !flat {
				places[place] = unit
			}
			if flat {
				still = append(still, place)
			}
		}
		open = still
	}
	batch := slices.Concat(places...)
	report.add(batch)
	return batch, report, nil
}

// draw samples and scores a group for each example of some units.
func (s *GroupTrainer) draw(ctx context.Context, units []int, step, try int) ([]drawn, error) {
	c := s.config
	var chosen []int
	for _, unit := range units {
		chosen = append(chosen, s.asked[unit]...)
	}
	prompts := make([][]int, len(chosen))
	for i, index := range chosen {
		prompts[i] = s.prompts[index]
	}
	sampling := c.Sampling
	sampling.Seed = c.Seed
	// Sequence numbers must differ from one draw to the next, whatever it took.
	s.sampler.FirstSequence = uint32(((step-1)*(c.Resample+1) + try) * c.Prompts * largest(s.asked) * c.Group)
	completions, err := s.sampler.Run(ctx, prompts, c.Group, sampling, true, nil)
	if err != nil {
		return nil, fmt.Errorf("sample: %w", err)
	}
	results, err := s.score(chosen, completions)
	if err != nil {
		return nil, fmt.Errorf("score: %w", err)
	}
	batch := make([]drawn, len(completions))
	for i, completion := range completions {
		batch[i] = drawn{chosen[completion.Prompt], completion, results[i]}
	}
	return batch, s.charge(batch)
}

// score gives every completion its reward.
func (s *GroupTrainer) score(chosen []int, completions []rollout.Completion) ([]reward.Result, error) {
	inputs := make([]reward.Input, len(completions))
	for i, c := range completions {
		e := s.examples[chosen[c.Prompt]]
		inputs[i] = reward.Input{Source: e.Source, Reference: e.Reference, Output: s.tokenizer.DecodeSkipSpecial(c.Tokens),
			SourceLang: e.SourceLang, TargetLang: e.TargetLang, Task: e.Task, Finished: c.Finished,
			Fact: e.Fact, Sample: c.Index, Choices: e.Choices, Meaning: e.Meta[grammar.MeaningKey]}
	}
	return s.scorer.Score(inputs)
}

// charge takes off what depends on tokens and probabilities, which a scorer does
// not see. An answer with nothing in it is charged the most that any is, so that
// silence stays below every answer.
func (s *GroupTrainer) charge(batch []drawn) error {
	c := s.config
	if c.Overlong > 0 {
		for i := range batch {
			penalty := objective.SoftOverlong(len(batch[i].completion.Tokens), c.Sampling.MaxTokens, c.Overlong)
			if batch[i].result.Empty {
				penalty = -1
			}
			batch[i].add(TermOverlong, penalty, whyOverlong(penalty, c.Sampling.MaxTokens))
		}
	}
	if c.RewardBeta == 0 {
		return nil
	}
	rows := make([]Row, len(batch))
	for i, d := range batch {
		rows[i] = Row{Prompt: s.prompts[d.example], Completion: d.completion.Tokens}
	}
	divergences, err := s.Divergences(rows, c.RewardKL)
	if err != nil {
		return err
	}
	most := slices.Max(divergences)
	for i := range batch {
		if batch[i].result.Empty {
			divergences[i] = most
		}
		batch[i].add(TermKL, -c.RewardBeta*divergences[i], whyKL(divergences[i], c.RewardBeta))
	}
	return nil
}

// add puts one more term into the reward.
func (d *drawn) add(term string, value float64, why protocol.Text) {
	d.result.Terms[term] = value
	if why.En != "" {
		d.result.Why[term] = why
	}
	d.result.Total += value
}

// add takes the means over the batch into the report.
func (r *GroupStep) add(batch []drawn) {
	n := float64(len(batch))
	for _, d := range batch {
		r.Length += float64(len(d.completion.Tokens)) / n
		r.Reward += d.result.Total / n
		for name, value := range d.result.Terms {
			r.Terms[name] += value / n
		}
		if d.result.Empty {
			r.Empty += 1 / n
		}
	}
}

// group is one prompt's completions as sessions report them.
func (s *GroupTrainer) group(step int, members []drawn, advantages []float64) protocol.Group {
	group := protocol.Group{Step: step, Example: s.examples[members[0].example]}
	for i, d := range members {
		shown := Shown(s.tokenizer, d.completion)
		shown.Example, shown.Terms, shown.Why, shown.Reward, shown.Advantage = group.Example.ID, d.result.Terms, d.result.Why, d.result.Total, advantages[i]
		for _, logProb := range d.completion.FullLogProbs {
			shown.Before = append(shown.Before, float64(logProb))
		}
		group.Completions = append(group.Completions, shown)
	}
	group.Mean, group.Std = spread(group.Completions)
	return group
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
