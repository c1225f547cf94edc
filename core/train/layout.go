package train

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/objective"
	"github.com/dongyur/dongyur/core/rollout"
)

// Row is a prompt and what should follow or did follow it, in tokens.
type Row struct {
	Name               string // for errors
	Prompt, Completion []int
	masked             bool // no token of it counts
}

// layout is a micro-batch of rows as the loss graphs read it. Prompts are padded
// on the left and completions on the right, both to one of few widths
// (rollout.Bucket), so that few graphs are compiled.
type layout struct {
	tokens  *tensors.Tensor // i32 [rows, prompt+completion]
	pad     *tensors.Tensor // i32 [rows]
	mask    *tensors.Tensor // f32 [rows, completion], 1 at a completion's tokens
	columns int             // completion columns
}

// width is the columns that the longest of lengths takes.
func width(rows []Row, length func(Row) int) int {
	longest := 1
	for _, row := range rows {
		longest = max(longest, length(row))
	}
	return rollout.Bucket(longest)
}

// newLayout lays rows out in count rows; those beyond the given ones hold token 0
// and are masked.
func newLayout(rows []Row, count int) layout {
	prompt := width(rows, func(r Row) int { return len(r.Prompt) })
	completion := width(rows, func(r Row) int { return len(r.Completion) })
	time := prompt + completion
	tokens, pad, mask := make([]int32, count*time), make([]int32, count), make([]float32, count*completion)
	for i := range count {
		pad[i] = int32(prompt - 1)
		if i >= len(rows) {
			continue
		}
		pad[i] = int32(prompt - len(rows[i].Prompt))
		for j, id := range rows[i].Prompt {
			tokens[i*time+int(pad[i])+j] = int32(id)
		}
		for j, id := range rows[i].Completion {
			tokens[i*time+prompt+j] = int32(id)
			if !rows[i].masked {
				mask[i*completion+j] = 1
			}
		}
	}
	return layout{
		tokens:  tensors.FromFlatDataAndDimensions(tokens, count, time),
		pad:     tensors.FromFlatDataAndDimensions(pad, count),
		mask:    tensors.FromFlatDataAndDimensions(mask, count, completion),
		columns: completion,
	}
}

// forward is how log-probabilities of completions are computed.
type forward struct {
	config          *model.Config
	temperature     float64 // 0: 1
	recompute       bool    // the backward pass computes layers again
	entropyGradient bool
}

// logProbs gives log-probability and entropy of each completion column: float32
// [rows, columns] both. tokens is i32 [rows, time], pad i32 [rows].
func (f forward) logProbs(params model.Params, tokens, pad *Node, columns int) (logp, entropy *Node) {
	time := tokens.Shape().Dimensions[1]
	hidden := f.hidden(params, tokens, pad) // [rows, time, dim]
	// A column's token is predicted from the hidden state of the column before it.
	hidden = Slice(hidden, AxisRange(), AxisRange(time-columns-1, time-1), AxisRange()) // [rows, columns, dim]
	targets := Slice(tokens, AxisRange(), AxisRange(time-columns))                      // [rows, columns]
	return f.chosen(params, hidden, targets)
}

// chosen gives log-probability and entropy of targets [rows, columns] from the
// hidden states [rows, columns, dim] that predict them.
func (f forward) chosen(params model.Params, hidden, targets *Node) (logp, entropy *Node) {
	options := objective.LogProbOptions{Temperature: f.temperature, EntropyGradient: f.entropyGradient,
		Chunk: objective.Chunk(targets.Shape().Size(), f.config.VocabSize)}
	return objective.ChosenLogProbs(func(h *Node) *Node { return f.config.Logits(params, h) }, hidden, targets, options)
}

func (f forward) hidden(params model.Params, tokens, pad *Node) *Node {
	if f.recompute {
		return f.config.HiddenRecomputed(params, tokens, pad)
	}
	return f.config.Hidden(params, tokens, pad)
}

// Order is the examples of one step: each epoch goes through all of them in a new
// order, and the same seed and step give the same ones. n examples, count a step.
func Order(n, count int, seed uint64, step int) []int {
	chosen := make([]int, 0, count)
	for at := (step - 1) * count; len(chosen) < count; at++ {
		epoch := rand.New(rand.NewPCG(seed, uint64(at/n))).Perm(n)
		chosen = append(chosen, epoch[at%n])
	}
	return chosen
}

// microBatches cuts items into parts of at most size, each of items of like
// length, so that little of a part is padding; 0 means one part, in the order
// given. What it returns are indices.
func microBatches(count, size int, length func(i int) int) [][]int {
	order := make([]int, count)
	for i := range order {
		order[i] = i
	}
	if size <= 0 || size >= count {
		return [][]int{order}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(length(a), length(b)) })
	return slices.Collect(slices.Chunk(order, size))
}

// length is what a row takes of a batch.
func (r Row) length() int { return len(r.Prompt) + len(r.Completion) }

// checkContext refuses a row that the model's context cannot hold. Padding does
// not count: positions are counted from a row's first token.
func checkContext(config *model.Config, row Row) error {
	if n := row.length(); n > config.MaxPositions {
		return fmt.Errorf("example %q has %d prompt and %d completion tokens, together above the model's context of %d: shorten it or leave it out",
			row.Name, len(row.Prompt), len(row.Completion), config.MaxPositions)
	}
	return nil
}

// scalar is a float32 input of a graph.
func scalar(x float64) *tensors.Tensor { return tensors.FromScalar(float32(x)) }
