package train

import (
	"fmt"
	"math/rand/v2"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/objective"
)

// Row is a prompt and what should follow or did follow it, in tokens.
type Row struct {
	Name               string // for errors
	Prompt, Completion []int
}

// Prompts are padded on the left and completions on the right, both to a
// multiple of widthStep, so that few graphs are compiled.
const widthStep = 16

// layout is a micro-batch of rows as the loss graphs read it.
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
	return (longest + widthStep - 1) / widthStep * widthStep
}

// newLayout lays rows out in count rows of prompt and completion columns; rows
// beyond the given ones hold token 0 and are masked.
func newLayout(rows []Row, count, prompt, completion int) layout {
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
			mask[i*completion+j] = 1
		}
	}
	return layout{
		tokens:  tensors.FromFlatDataAndDimensions(tokens, count, time),
		pad:     tensors.FromFlatDataAndDimensions(pad, count),
		mask:    tensors.FromFlatDataAndDimensions(mask, count, completion),
		columns: completion,
	}
}

// completionLogProbs gives log-probability and entropy of each completion column:
// float32 [rows, completion] both. tokens is i32 [rows, time], pad i32 [rows].
func completionLogProbs(config *model.Config, params model.Params, tokens, pad *Node, columns int, temperature float64) (logp, entropy *Node) {
	rows, time := tokens.Shape().Dimensions[0], tokens.Shape().Dimensions[1]
	hidden := config.Hidden(params, tokens, pad) // [rows, time, dim]
	// A column's token is predicted from the hidden state of the column before it.
	hidden = Slice(hidden, AxisRange(), AxisRange(time-columns-1, time-1), AxisRange()) // [rows, completion, dim]
	targets := Slice(tokens, AxisRange(), AxisRange(time-columns))                      // [rows, completion]
	options := objective.LogProbOptions{Temperature: temperature, Chunk: objective.Chunk(rows*columns, config.VocabSize)}
	return objective.ChosenLogProbs(func(h *Node) *Node { return config.Logits(params, h) }, hidden, targets, options)
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

// microBatches cuts rows into parts of at most size; 0 means one part.
func microBatches(count, size int) [][2]int {
	if size <= 0 || size > count {
		size = count
	}
	var parts [][2]int
	for start := 0; start < count; start += size {
		parts = append(parts, [2]int{start, min(start+size, count)})
	}
	return parts
}

// checkContext refuses a row that the model's context cannot hold. Padding does
// not count: positions are counted from a row's first token.
func checkContext(config *model.Config, row Row) error {
	if n := len(row.Prompt) + len(row.Completion); n > config.MaxPositions {
		return fmt.Errorf("example %q has %d prompt and %d completion tokens, together above the model's context of %d: shorten it or leave it out",
			row.Name, len(row.Prompt), len(row.Completion), config.MaxPositions)
	}
	return nil
}

// scalar is a float32 input of a graph.
func scalar(x float64) *tensors.Tensor { return tensors.FromScalar(float32(x)) }
