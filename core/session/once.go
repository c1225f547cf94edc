package session

import (
	"context"
	"fmt"

	"github.com/dongyur/dongyur/core/task"
)

// once is what a run's policy has answered without randomness after a step. What is
// followed, scored and mapped at that step shares it.
type once struct {
	step  int
	texts map[string]string // by prompt, as token ids
}

// answerOnce has the run's policy answer examples without randomness. A prompt that it
// answered after this step already, or that stands here twice, is not generated again.
func (s *Session) answerOnce(ctx context.Context, what string, examples []task.Example) ([]string, error) {
	r := s.run
	sampling := task.Sampling{MaxTokens: r.config.Sampling.MaxTokens}
	prompts, _, err := s.prompts(examples, sampling)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	if r.answered.texts == nil || r.answered.step != r.done {
		r.answered = once{step: r.done, texts: map[string]string{}}
	}
	keys := make([]string, len(prompts))
	var missing []task.Example
	place := map[string]int{} // in missing
	for i, prompt := range prompts {
		keys[i] = fmt.Sprint(prompt)
		_, known := r.answered.texts[keys[i]]
		if _, listed := place[keys[i]]; !known && !listed {
			place[keys[i]] = len(missing)
			missing = append(missing, examples[i])
		}
	}
	if len(missing) > 0 {
		fresh, err := s.answer(ctx, r.id, what, missing, sampling, false)
		if err != nil {
			return nil, err
		}
		for key, i := range place {
			r.answered.texts[key] = fresh[0][i]
		}
	}
	texts := make([]string, len(keys))
	for i, key := range keys {
		texts[i] = r.answered.texts[key]
	}
	return texts, nil
}
