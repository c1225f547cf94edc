package session

import (
	"context"
	"errors"
	"fmt"

	"github.com/dongyur/dongyur/core/eval"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/rollout"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/core/token"
	"github.com/dongyur/dongyur/core/train"
)

// defaultTokens is a completion's length where a command sets none.
const defaultTokens = 64

// evaluationBatch is how many held-out examples are generated between two reports.
const evaluationBatch = 16

// generate streams completions of examples. When ctx ends they are cut off.
func (s *Session) generate(ctx context.Context, id int, command protocol.Generate) error {
	if g := s.loaded.generation; command.Usual {
		command.Sampling.Temperature, command.Sampling.TopK, command.Sampling.TopP = g.Temperature, g.TopK, g.TopP
	}
	prompts, sampling, err := s.prompts(command.Examples, command.Sampling)
	if err != nil {
		return fmt.Errorf("generate: %w", err)
	}
	count := max(command.Count, 1)
	streams := make([]*token.Stream, len(prompts)*count)
	probabilities := make([][]float64, len(streams))
	for i := range streams {
		streams[i] = s.loaded.tokenizer.Stream()
		streams[i].SkipSpecial = true
	}
	s.loaded.sampler.FirstSequence = 0
	completions, err := s.loaded.sampler.Run(ctx, prompts, count, sampling, !command.Base, func(row, id2 int, probability float64) {
		probabilities[row] = append(probabilities[row], probability)
		// Half a character waits for its other half, and its probability with it.
		if text := streams[row].Push(id2); text != "" {
			s.emit(id, protocol.Event{Type: protocol.EvTokens, Tokens: &protocol.Tokens{
				Example: command.Examples[row/count].ID, Index: row % count, Text: text, Probabilities: probabilities[row]}})
			probabilities[row] = nil
		}
	})
	if errors.Is(err, context.Canceled) {
		s.warn(id, "generate: stopped; answers that had not ended are cut off")
	} else if err != nil {
		return fmt.Errorf("generate: %w", err)
	}
	for row, stream := range streams {
		// What is left ended in half a character or in a token that shows nothing.
		if text := stream.Flush(); text != "" || len(probabilities[row]) > 0 {
			s.emit(id, protocol.Event{Type: protocol.EvTokens, Tokens: &protocol.Tokens{
				Example: command.Examples[row/count].ID, Index: row % count, Text: text, Probabilities: probabilities[row]}})
		}
	}
	var scores []map[string]float64
	if command.Score {
		if scores, err = s.scored(command.Examples, completions); err != nil {
			return fmt.Errorf("generate: %w", err)
		}
	}
	for i, c := range completions {
		shown := train.Shown(s.loaded.tokenizer, c)
		shown.Example = command.Examples[c.Prompt].ID
		if command.Score {
			shown.Terms = scores[i]
		}
		s.emit(id, protocol.Event{Type: protocol.EvCompletion, Completion: &shown})
	}
	return nil
}

// scored measures completions for a choice among them: how near each one's meaning is
// to its source's, by the encoder that judges, and its mean log-probability over the
// whole vocabulary, nats a token.
func (s *Session) scored(examples []task.Example, completions []rollout.Completion) ([]map[string]float64, error) {
	if len(completions) == 0 {
		return nil, nil
	}
	texts := make([]string, len(completions))
	sources := make([]task.Example, len(completions))
	for i, c := range completions {
		texts[i] = s.loaded.tokenizer.DecodeSkipSpecial(c.Tokens)
		sources[i] = examples[c.Prompt]
		sources[i].Reference = "" // an example without one is compared with its source
	}
	judge, _ := s.judge()
	measured, err := eval.Measure(judge, sources, texts)
	if err != nil {
		return nil, err
	}
	scores := make([]map[string]float64, len(completions))
	for i, c := range completions {
		scores[i] = map[string]float64{eval.Similarity: measured.Line(i)[eval.Similarity]}
		sum := 0.0
		for _, p := range c.FullLogProbs {
			sum += float64(p)
		}
		if n := len(c.FullLogProbs); n > 0 {
			scores[i]["log_prob"] = sum / float64(n)
		}
	}
	return scores, nil
}

// prompts encodes examples for sampling and fills the sampling's defaults.
func (s *Session) prompts(examples []task.Example, sampling task.Sampling) ([][]int, task.Sampling, error) {
	if len(examples) == 0 {
		return nil, sampling, fmt.Errorf("there are no examples; give some")
	}
	if sampling.MaxTokens == 0 {
		sampling.MaxTokens = defaultTokens
	}
	template := rollout.Template{Form: s.loaded.form, Limit: s.loaded.policy.Config.MaxPositions - sampling.MaxTokens, CutHeadlines: true}
	prompts := make([][]int, len(examples))
	for i, example := range examples {
		var err error
		if prompts[i], err = template.Prompt(s.loaded.tokenizer, example); err != nil {
			return nil, sampling, err
		}
	}
	return prompts, sampling, nil
}

// answer generates one completion for each example by each system: the base model
// (true) or the policy with its adapter (false). They take turns, so that all have
// answered the same examples if ctx ends the work; the texts, by system, are of those
// examples, and the error is then ctx's.
func (s *Session) answer(ctx context.Context, id int, what string, examples []task.Example, sampling task.Sampling, systems ...bool) ([][]string, error) {
	prompts, sampling, err := s.prompts(examples, sampling)
	if err != nil {
		return nil, fmt.Errorf("held-out examples: %w", err)
	}
	texts := make([][]string, len(systems))
	for start := 0; start < len(prompts); start += evaluationBatch {
		part := prompts[start:min(start+evaluationBatch, len(prompts))]
		for i, base := range systems {
			s.loaded.sampler.FirstSequence = uint32(start)
			completions, err := s.loaded.sampler.Run(ctx, part, 1, sampling, !base, nil)
			if err != nil {
				for i := range texts {
					texts[i] = texts[i][:start]
				}
				return texts, err
			}
			for _, c := range completions {
				texts[i] = append(texts[i], s.loaded.tokenizer.DecodeSkipSpecial(c.Tokens))
			}
			s.emit(id, protocol.Event{Type: protocol.EvProgress, Progress: &protocol.Progress{
				What: what, Done: int64(len(systems)*start + (i+1)*len(part)), Total: int64(len(systems) * len(prompts)), Unit: "answers"}})
		}
	}
	return texts, nil
}

// measured answers held-out examples by each system and measures the answers. What a
// stop leaves unanswered is left out, with a warning; nothing at all is an error.
func (s *Session) measured(ctx context.Context, id int, what string, examples []task.Example, sampling task.Sampling, systems ...bool) ([][]string, []*eval.Outputs, error) {
	texts, err := s.answer(ctx, id, what, examples, sampling, systems...)
	if err != nil && !errors.Is(err, context.Canceled) {
		return nil, nil, fmt.Errorf("%s: %w", what, err)
	}
	if err != nil {
		count := len(texts[0])
		if count == 0 {
			return nil, nil, fmt.Errorf("%s: stopped before the first %d examples were answered; nothing was measured", what, min(evaluationBatch, len(examples)))
		}
		s.warn(id, "%s: stopped after %d of %d examples; the scores are of those", what, count, len(examples))
		examples = examples[:count]
	}
	judge, _ := s.judge()
	outputs := make([]*eval.Outputs, len(systems))
	for i := range systems {
		if outputs[i], err = eval.Measure(judge, examples, texts[i]); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", what, err)
		}
	}
	return texts, outputs, nil
}

// judge is the encoder that measures; without one of its own, the rewarding one
// with a name that says so.
func (s *Session) judge() (eval.Encoder, string) {
	if s.loaded.judge == nil {
		return s.loaded.encoder, s.loaded.encoderName + " (also the reward)"
	}
	return s.loaded.judge, s.loaded.judgeName
}

// heldOut is at most limit of the held-out examples; 0: all.
func (s *Session) heldOut(limit int) []task.Example {
	examples := s.examples.HeldOut
	if limit > 0 && limit < len(examples) {
		examples = examples[:limit]
	}
	return examples
}

// evaluate measures one system.
func (s *Session) evaluate(ctx context.Context, id int, command protocol.Evaluate) error {
	_, outputs, err := s.measured(ctx, id, "evaluate", s.heldOut(command.Limit), command.Sampling, command.Base)
	if err != nil {
		return err
	}
	return s.scores(id, outputs[0], which(command.Base), nil)
}

// compare measures base and adapter on the same examples, line by line.
func (s *Session) compare(ctx context.Context, id int, command protocol.Compare) error {
	examples := s.heldOut(command.Limit)
	texts, outputs, err := s.measured(ctx, id, "compare", examples, command.Sampling, true, false)
	if err != nil {
		return err
	}
	before, after := outputs[0], outputs[1]
	for i := range texts[0] {
		line := &protocol.Compared{Example: examples[i], Before: texts[0][i], After: texts[1][i], Metrics: map[string]float64{}}
		for name, value := range before.Line(i) {
			line.Metrics[name+"_before"] = value
		}
		for name, value := range after.Line(i) {
			line.Metrics[name+"_after"] = value
		}
		s.emit(id, protocol.Event{Type: protocol.EvCompared, Compared: line})
	}
	if err := s.scores(id, before, which(true), nil); err != nil {
		return err
	}
	_, judgeName := s.judge()
	change, err := eval.Change(before, after, judgeName)
	if err != nil {
		return err
	}
	return s.scores(id, after, which(false), change)
}

// which names a system in Scores.
func which(base bool) string {
	if base {
		return "base"
	}
	return "adapter"
}

// scores reports a system's metrics.
func (s *Session) scores(id int, outputs *eval.Outputs, which string, change []task.Score) error {
	_, judgeName := s.judge()
	scores, err := outputs.Scores(judgeName)
	if err != nil {
		return err
	}
	s.emit(id, protocol.Event{Type: protocol.EvScores, Scores: &protocol.Scores{Which: which, Count: outputs.Len(), Scores: scores, Change: change}})
	return nil
}
