// Package rollout samples completions of prompts, in groups.
//
// In go a policy on an engine, prompts in tokens and how to sample; out come
// completions, each token with its log-probability over the tokens that sampling
// kept and over the whole vocabulary. Top-p is Holtzman et al. 2020; random
// numbers are counter-based (Salmon et al. 2011), so a seed gives the same tokens
// on every engine and in every batch.
//
// A prompt is run once, as one block, and its keys and values are shared out to
// its completions; after that one graph call makes one token of every row, from
// the tensors that the call before left on the engine. They are read back every
// few tokens.
package rollout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"
	vars "github.com/gomlx/gomlx/ml/model"

	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/prompt"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/core/token"
)

// Options of a Sampler; the zero value is fine.
type Options struct {
	// FirstSequence is the number of the first completion. Completion j of prompt i
	// is number FirstSequence + i·count + j, and the seed, that number and a token's
	// place decide the token. Advance it from one Run to the next.
	FirstSequence uint32
	// MaxRows is how many completions are in one batch, 0: 64. A group is never split.
	MaxRows int
	// ReadEvery is how many tokens are made between two reads, 0: 1 where the
	// engine shares memory with the host, else 8.
	ReadEvery int
	// Form is how the model is spoken to; it says what ends an answer.
	Form *prompt.Form
	// Yield, if set, is called between tokens, for hosts that must be let in.
	Yield func()
}

// Completion is one sampled continuation. Log-probabilities are natural, one a
// token, at the temperature that was sampled at (greedy: 1).
type Completion struct {
	Prompt int // index of the prompt
	Index  int // which of the prompt's completions
	// Tokens has the end token as its last if Finished.
	Tokens       []int
	LogProbs     []float32 // over the tokens that top-k and top-p kept; greedy: 0
	FullLogProbs []float32 // over the whole vocabulary
	Entropy      []float32 // of the whole vocabulary's distribution, nats
	Finished     bool      // it ended by itself and not for want of room
}

// ErrNotFinite says that a token could not be drawn.
var ErrNotFinite = errors.New("the model gives no probabilities (NaN or infinite logits); its weights are damaged or training has diverged")

// Sampler samples from a policy, with the weights it has at the time. It keeps
// compiled graphs and is used by one goroutine at a time.
type Sampler struct {
	Options
	policy *model.Policy
	tok    *token.Tokenizer
	end    []int

	graphs map[graphKey]*vars.Exec
	built  weights // what graphs were built for
}

// New makes a sampler. Completions end at one of the model's own end tokens or where
// the form says, without one at our own models' <|im_end|>.
func New(policy *model.Policy, tok *token.Tokenizer, opt Options) *Sampler {
	s := &Sampler{Options: opt, policy: policy, tok: tok, graphs: map[graphKey]*vars.Exec{}}
	s.end = append(s.end, policy.Config.EOS...)
	if opt.Form != nil {
		s.end = append(s.end, opt.Form.Stop()...)
	} else if id, ok := tok.ID("<|im_end|>"); ok {
		s.end = append(s.end, id)
	}
	return s
}

// Finalize frees the compiled graphs.
func (s *Sampler) Finalize() {
	for key, exec := range s.graphs {
		exec.Finalize()
		delete(s.graphs, key)
	}
}

// Run samples count completions of every prompt and returns them prompt by
// prompt. onToken, which may be nil, is told each token as it is read, with its
// probability over the whole vocabulary; row is prompt·count + index.
//
// When ctx ends, Run returns what there is so far and ctx.Err(). A prompt that is
// too long for the context, a token outside the vocabulary and a model that
// gives NaN are errors.
func (s *Sampler) Run(ctx context.Context, prompts [][]int, count int, sampling task.Sampling, useAdapter bool,
	onToken func(row int, token int, prob float64)) ([]Completion, error) {
	if err := s.check(prompts, count, sampling); err != nil {
		return nil, err
	}
	s.dropStaleGraphs()
	completions := make([]Completion, len(prompts)*count)
	for i := range completions {
		completions[i].Prompt, completions[i].Index = i/count, i%count
	}
	r := &run{Sampler: s, sampling: sampling, mode: modeOf(sampling), adapter: useAdapter, count: count,
		completions: completions, onToken: onToken}
	// Prompts of like length share a batch, so that little of it is padding.
	order := make([]int, len(prompts))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(len(prompts[a]), len(prompts[b])) })
	batches := (len(prompts)*count + s.maxRows() - 1) / s.maxRows()
	size := max(1, (len(prompts)+max(1, batches)-1)/max(1, batches))
	for start := 0; start < len(order); start += size {
		if err := r.batch(ctx, prompts, order[start:min(start+size, len(order))], size); err != nil {
			return completions, err
		}
	}
	return completions, nil
}

func (s *Sampler) maxRows() int { return cmp.Or(max(0, s.MaxRows), 64) }

// check refuses what cannot be sampled.
func (s *Sampler) check(prompts [][]int, count int, sampling task.Sampling) error {
	config := s.policy.Config
	switch {
	case count < 1:
		return fmt.Errorf("sample %d completions a prompt: the count must be 1 or more", count)
	case !(sampling.Temperature >= 0) || math.IsInf(sampling.Temperature, 1):
		return fmt.Errorf("sample at temperature %g: it must be 0 (greedy) or above", sampling.Temperature)
	case !(sampling.TopP >= 0 && sampling.TopP <= 1):
		return fmt.Errorf("sample with top_p %g: it must lie between 0 and 1", sampling.TopP)
	case sampling.TopK < 0:
		return fmt.Errorf("sample with top_k %d: it must be 0 (off) or above", sampling.TopK)
	case sampling.MaxTokens < 1:
		return fmt.Errorf("sample max_tokens %d: it must be 1 or more", sampling.MaxTokens)
	case s.tok.VocabSize() > config.VocabSize:
		return fmt.Errorf("the tokenizer has %d tokens and the model %d: they do not belong together", s.tok.VocabSize(), config.VocabSize)
	}
	for i, prompt := range prompts {
		if len(prompt) == 0 {
			return fmt.Errorf("prompt %d is empty", i)
		}
		if len(prompt)+sampling.MaxTokens > config.MaxPositions {
			return fmt.Errorf("prompt %d has %d tokens and max_tokens is %d, together above the model's context of %d: shorten the prompt or lower max_tokens",
				i, len(prompt), sampling.MaxTokens, config.MaxPositions)
		}
		for _, id := range prompt {
			if id < 0 || id >= config.VocabSize {
				return fmt.Errorf("prompt %d holds token %d and the model's vocabulary ends at %d: the tokenizer is another model's", i, id, config.VocabSize-1)
			}
		}
	}
	return nil
}

// run is one call of Run.
type run struct {
	*Sampler
	sampling    task.Sampling
	mode        mode
	adapter     bool
	count       int
	completions []Completion
	onToken     func(row int, token int, prob float64)
}

// batch samples the completions of the prompts that order names. A batch shorter
// than size is filled up with copies of its last prompt, so that it needs no graph
// of its own; what they give is dropped.
func (r *run) batch(ctx context.Context, prompts [][]int, order []int, size int) error {
	rows := make([][]int, size)
	for i := range rows {
		rows[i] = prompts[order[min(i, len(order)-1)]]
	}
	d := &decoding{run: r, layout: newBatch(rows, r.sampling.MaxTokens)}
	for i := range rows {
		for j := range r.count {
			next := row{target: fill, pad: d.layout.Pad[i]}
			if i < len(order) {
				next.target = order[i]*r.count + j
				next.sequence = r.FirstSequence + uint32(next.target)
				d.open++
			}
			d.rows = append(d.rows, next)
		}
	}
	defer d.finalize()
	if err := d.prefill(); err != nil {
		return err
	}
	every := r.ReadEvery
	if every <= 0 {
		every = 8
		if r.policy.Engine.HasSharedBuffers() {
			every = 1
		}
	}
	for made := 1; ; made++ {
		if made%every == 0 || made == r.sampling.MaxTokens {
			if err := d.read(); err != nil {
				return err
			}
			if err := d.shrink(); err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil {
			return cmp.Or(d.read(), err)
		}
		if d.open == 0 || made == r.sampling.MaxTokens {
			return nil
		}
		if r.Yield != nil {
			r.Yield()
		}
		if err := d.step(made); err != nil {
			return err
		}
	}
}

// row is one row of a batch.
type row struct {
	target   int // index in completions, or fill
	sequence uint32
	pad      int32
}

// fill is the target of rows that only fill a batch up.
const fill = -1

// decoding is a batch under way.
type decoding struct {
	*run
	layout Batch
	rows   []row
	open   int // rows that have not ended

	pad, seed, sequence, parameters *tensors.Tensor
	token                           *tensors.Tensor   // i32 [rows], the latest
	cache                           []*tensors.Tensor // two a layer
	records                         []*tensors.Tensor // f32 [rows, 4] each, not read yet
	readCount                       int               // tokens read a row
}

// read takes what was drawn since the last read into the completions.
func (d *decoding) read() error {
	for _, record := range d.records {
		values, err := tensors.CopyFlatData[float32](record)
		if err != nil {
			return fmt.Errorf("read token %d: %w", d.readCount+1, err)
		}
		d.readCount++
		if err := d.take(values); err != nil {
			return err
		}
	}
	finalize(d.records...)
	d.records = nil
	return nil
}

// take adds one token to every completion that has not ended.
func (d *decoding) take(values []float32) error {
	for i, row := range d.rows {
		if !d.isOpen(row) {
			continue
		}
		c := &d.completions[row.target]
		id, logProb, full, entropy := int(values[4*i]), values[4*i+1], values[4*i+2], values[4*i+3]
		if math.IsNaN(float64(logProb)) || math.IsNaN(float64(full)) || math.IsInf(float64(full), 0) {
			return fmt.Errorf("token %d of prompt %d, completion %d: %w", d.readCount, c.Prompt, c.Index, ErrNotFinite)
		}
		c.Tokens = append(c.Tokens, id)
		c.LogProbs = append(c.LogProbs, logProb)
		c.FullLogProbs = append(c.FullLogProbs, full)
		c.Entropy = append(c.Entropy, entropy)
		if slices.Contains(d.end, id) {
			c.Finished = true
			d.open--
		}
		if d.onToken != nil {
			d.onToken(row.target, id, math.Exp(float64(full)))
		}
	}
	return nil
}

// isOpen tells whether a row has not ended and matters to anybody.
func (d *decoding) isOpen(r row) bool { return r.target != fill && !d.completions[r.target].Finished }
