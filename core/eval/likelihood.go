package eval

import (
	"cmp"
	"fmt"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	vars "github.com/gomlx/gomlx/ml/model"

	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/objective"
	"github.com/dongyur/dongyur/core/token"
)

// Continuation is tokens after a prompt. An empty prompt is the beginning of a
// document.
type Continuation struct {
	Prompt []int
	Text   []int
}

// Likelihood measures how likely a policy finds texts, which models can be asked
// that are too small to generate an answer. It keeps compiled graphs.
type Likelihood struct {
	policy *model.Policy
	start  int // token before a document
	exec   map[bool]*vars.Exec
}

// likelihoodRows is how many continuations are in a pass; its columns are a
// multiple of likelihoodColumns, for every other shape is another graph.
const (
	likelihoodRows    = 32
	likelihoodColumns = 16
)

// NewLikelihood prepares measuring with a policy's tokens. It needs a token that
// stands before documents: token.EndOfText, or the model's own end.
func NewLikelihood(policy *model.Policy, tokenizer *token.Tokenizer) (*Likelihood, error) {
	start, err := documentEnd(policy.Config, tokenizer)
	if err != nil {
		return nil, fmt.Errorf("likelihood: %w", err)
	}
	return &Likelihood{policy: policy, start: start, exec: map[bool]*vars.Exec{}}, nil
}

// LogProbs gives the sum of the log-probabilities of each continuation's tokens, in
// nats, with the adapter or of the base model. progress, which may be nil, is told
// how many are done.
func (l *Likelihood) LogProbs(continuations []Continuation, adapter bool, progress func(done int)) ([]float64, error) {
	order := make([]int, len(continuations))
	for i, c := range continuations {
		order[i] = i
		if n := 1 + len(c.Prompt) + len(c.Text); len(c.Text) == 0 || n > l.policy.Config.MaxPositions {
			return nil, fmt.Errorf("likelihood: text %d has %d tokens after %d; it takes at least 1, and %d in all", i, len(c.Text), len(c.Prompt), l.policy.Config.MaxPositions)
		}
	}
	size := func(i int) int { return len(continuations[i].Prompt) + len(continuations[i].Text) }
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(size(a), size(b)) })
	sums := make([]float64, len(continuations))
	done := 0
	for part := range slices.Chunk(order, likelihoodRows) {
		if err := l.pass(continuations, part, adapter, sums); err != nil {
			return nil, fmt.Errorf("likelihood: %w", err)
		}
		if done += len(part); progress != nil {
			progress(done)
		}
	}
	return sums, nil
}

// pass measures the continuations that part names, of which the last is longest.
func (l *Likelihood) pass(continuations []Continuation, part []int, adapter bool, sums []float64) error {
	last := continuations[part[len(part)-1]]
	time := (len(last.Prompt) + len(last.Text) + likelihoodColumns - 1) / likelihoodColumns * likelihoodColumns
	tokens, targets := make([]int32, likelihoodRows*time), make([]int32, likelihoodRows*time)
	for row, i := range part {
		c := continuations[i]
		all := append(append([]int{l.start}, c.Prompt...), c.Text...)
		for j, id := range all[1:] {
			tokens[row*time+j], targets[row*time+j] = int32(all[j]), int32(id)
		}
	}
	exec, err := l.graph(adapter)
	if err != nil {
		return err
	}
	outputs, err := exec.Exec(tensors.FromFlatDataAndDimensions(tokens, likelihoodRows, time), tensors.FromFlatDataAndDimensions(targets, likelihoodRows, time))
	if err != nil {
		return err
	}
	logp, err := tensors.CopyFlatData[float32](outputs[0])
	outputs[0].FinalizeAll()
	if err != nil {
		return err
	}
	for row, i := range part {
		c := continuations[i]
		for _, value := range logp[row*time+len(c.Prompt):][:len(c.Text)] {
			sums[i] += float64(value)
		}
	}
	return nil
}

// graph gives each target's log-probability. Rows are padded on the right, where a
// causal model does not look from the left.
func (l *Likelihood) graph(adapter bool) (*vars.Exec, error) {
	if exec, ok := l.exec[adapter]; ok {
		return exec, nil
	}
	config := l.policy.Config
	exec, err := vars.NewExec(l.policy.Engine, l.policy.Vars, func(_ *vars.Scope, tokens, targets *Node) *Node {
		params := l.policy.Params(tokens.Graph(), adapter)
		rows, time := tokens.Shape().Dimensions[0], tokens.Shape().Dimensions[1]
		pad := ZerosLike(Reshape(Slice(tokens, AxisRange(), AxisRange(0, 1)), rows)) // [rows]
		hidden := config.Hidden(params, tokens, pad)                                 // [rows, time, dim]
		options := objective.LogProbOptions{Chunk: objective.Chunk(rows*time, config.VocabSize)}
		logp, _ := objective.ChosenLogProbs(func(h *Node) *Node { return config.Logits(params, h) }, hidden, targets, options)
		return logp // [rows, time]
	})
	if err != nil {
		return nil, err
	}
	exec.SetMaxCache(-1)
	l.exec[adapter] = exec
	return exec, nil
}

// Finalize frees the compiled graphs.
func (l *Likelihood) Finalize() {
	for _, exec := range l.exec {
		exec.Finalize()
	}
}
