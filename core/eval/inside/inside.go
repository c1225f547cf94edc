// Package inside looks at what languages share inside a model and what each has to
// itself, before and after training, as S3 does (arXiv 2606.06586).
//
// In go a policy and texts by language; out come, with and without the adapter,
//
//	LAPE   the neurons of the MLPs that fire for few languages (Tang et al. 2024,
//	       Language-Specific Neurons, arXiv 2402.16438)
//	LAHIS  the attention heads that some languages lean on, by the gradient of the
//	       loss to a mask on heads (S3's measure, see METHODS)
//	MEXA   how often a sentence's translation is its nearest, layer by layer
//	       (Kargaran et al. 2024, MEXA, arXiv 2410.05873)
//
// Neurons and heads are counted under thresholds that are fixed on the base model:
// a rule that always takes the top 1 % cannot show that there are fewer.
package inside

import (
	"fmt"
	"maps"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	vars "github.com/gomlx/gomlx/ml/model"

	"github.com/dongyur/dongyur/core/encoder"
	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/token"
)

const (
	// MaxTokens is how much of a text is read.
	MaxTokens = 64
	batchRows = 16
)

// Look is a policy with the texts that it is looked at with.
type Look struct {
	policy    *model.Policy
	languages []string
	rows      map[string][][]int
	forward   map[bool]*vars.Exec // by "with the adapter"
	backward  map[bool]*vars.Exec
}

// New encodes texts by language. Text i of every language must say the same, and
// every text have two tokens or more.
func New(policy *model.Policy, tokenizer *token.Tokenizer, texts map[string][]string) (*Look, error) {
	rows := map[string][][]int{}
	for code, list := range texts {
		for _, text := range list {
			ids := tokenizer.EncodeOrdinary(text)
			rows[code] = append(rows[code], ids[:min(len(ids), MaxTokens, policy.Config.MaxPositions)])
		}
	}
	return NewRows(policy, rows)
}

// NewRows takes texts that are tokens already.
func NewRows(policy *model.Policy, rows map[string][][]int) (*Look, error) {
	languages := slices.Sorted(maps.Keys(rows))
	if len(languages) < 2 {
		return nil, fmt.Errorf("look inside: texts in %d languages: it takes two or more to compare", len(languages))
	}
	for _, code := range languages {
		if n, first := len(rows[code]), len(rows[languages[0]]); n != first || n < 2 {
			return nil, fmt.Errorf("look inside: %d texts in %s and %d in %s: give the same two or more in each", n, code, first, languages[0])
		}
		for i, row := range rows[code] {
			if len(row) < 2 {
				return nil, fmt.Errorf("look inside: text %d in %s has %d tokens: it takes two or more to have a loss", i+1, code, len(row))
			}
		}
	}
	return &Look{policy: policy, languages: languages, rows: rows, forward: map[bool]*vars.Exec{}, backward: map[bool]*vars.Exec{}}, nil
}

// Finalize frees the compiled graphs.
func (l *Look) Finalize() {
	for _, list := range []map[bool]*vars.Exec{l.forward, l.backward} {
		for key, exec := range list {
			exec.Finalize()
			delete(list, key)
		}
	}
}

// Measure looks with the adapter or (false) at the base model.
func (l *Look) Measure(adapter bool) (*Figures, error) {
	f := &Figures{Languages: l.languages, Layers: l.policy.Config.Layers, Active: map[string][][]float64{}, Heads: map[string][][]float64{}}
	pooled := map[string][][][]float32{} // by language: [layer][text][dim]
	for _, code := range l.languages {
		active, hidden, err := l.activity(code, adapter)
		if err != nil {
			return nil, fmt.Errorf("look inside, %s: %w", code, err)
		}
		f.Active[code], pooled[code] = active, hidden
		if f.Heads[code], err = l.importance(code, adapter); err != nil {
			return nil, fmt.Errorf("look inside, heads, %s: %w", code, err)
		}
	}
	for i, a := range l.languages {
		for _, b := range l.languages[i+1:] {
			shared := Shared{A: a, B: b}
			for layer := range f.Layers {
				shared.ByLayer = append(shared.ByLayer, mexa(pooled[a][layer], pooled[b][layer]))
			}
			f.Shared = append(f.Shared, shared)
		}
	}
	return f, nil
}

// batches hands a language's rows to run, a few at a time: tokens, pad, and a
// weight of 1 for rows that are texts and 0 for those that fill the batch up.
func (l *Look) batches(code string, run func(tokens, pad, weight *tensors.Tensor, texts int) error) error {
	for rows := l.rows[code]; len(rows) > 0; {
		n := min(batchRows, len(rows))
		tokens, pad := encoder.Batch(rows[:n], MaxTokens)
		weights := make([]float32, pad.Shape().Size())
		for i := range n {
			weights[i] = 1
		}
		if err := run(tokens, pad, tensors.FromFlatDataAndDimensions(weights, len(weights)), n); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// exec compiles a graph over the policy's weights once for each place that they
// come from.
func (l *Look) exec(kept map[bool]*vars.Exec, adapter bool, graph func(p model.Params, tokens, pad, weight *Node) []*Node) (*vars.Exec, error) {
	if exec, ok := kept[adapter]; ok {
		return exec, nil
	}
	exec, err := vars.NewExec(l.policy.Engine, l.policy.Vars, func(_ *vars.Scope, tokens, pad, weight *Node) []*Node {
		return graph(l.policy.Params(tokens.Graph(), adapter), tokens, pad, weight)
	})
	if err != nil {
		return nil, err
	}
	exec.SetMaxCache(-1)
	kept[adapter] = exec
	return exec, nil
}

// activity gives P(gate > 0) over the tokens of a language by layer and neuron, and
// each text's mean hidden state by layer.
func (l *Look) activity(code string, adapter bool) (active [][]float64, hidden [][][]float32, err error) {
	config := l.policy.Config
	exec, err := l.exec(l.forward, adapter, func(p model.Params, tokens, pad, weight *Node) []*Node {
		return activityGraph(config, p, tokens, pad, weight)
	})
	if err != nil {
		return nil, nil, err
	}
	active, hidden = make([][]float64, config.Layers), make([][][]float32, config.Layers)
	for layer := range active {
		active[layer] = make([]float64, config.IntermediateSize)
	}
	seen := 0
	for _, row := range l.rows[code] {
		seen += len(row)
	}
	err = l.batches(code, func(tokens, pad, weight *tensors.Tensor, texts int) error {
		values, err := flat(exec, tokens, pad, weight)
		if err != nil {
			return err
		}
		fired, pooled := values[0], values[1]
		width := config.IntermediateSize
		rows := len(pooled) / config.Layers / config.HiddenSize
		for layer := range active {
			for j, x := range fired[layer*width : (layer+1)*width] {
				active[layer][j] += float64(x) / float64(seen)
			}
			for i := range texts {
				at := (layer*rows + i) * config.HiddenSize
				hidden[layer] = append(hidden[layer], pooled[at:at+config.HiddenSize])
			}
		}
		return nil
	})
	return active, hidden, err
}

// flat runs a graph and copies its float32 outputs to the host.
func flat(exec *vars.Exec, inputs ...any) ([][]float32, error) {
	outputs, err := exec.Exec(inputs...)
	if err != nil {
		return nil, err
	}
	values := make([][]float32, len(outputs))
	for i, output := range outputs {
		if values[i], err = tensors.CopyFlatData[float32](output); err != nil {
			return nil, err
		}
		output.FinalizeAll()
	}
	return values, nil
}

// importance gives S3's measure by layer and head: mean(|∂L/∂m|·m·1000) times the
// share of texts for which ∂L/∂m·m < 0, at m = 1. L is a text's mean loss.
func (l *Look) importance(code string, adapter bool) ([][]float64, error) {
	config := l.policy.Config
	exec, err := l.exec(l.backward, adapter, func(p model.Params, tokens, pad, _ *Node) []*Node {
		return []*Node{headGradients(config, p, tokens, pad)}
	})
	if err != nil {
		return nil, err
	}
	heads := config.Layers * config.Heads
	size, helps := make([]float64, heads), make([]float64, heads)
	n := float64(len(l.rows[code]))
	err = l.batches(code, func(tokens, pad, weight *tensors.Tensor, texts int) error {
		values, err := flat(exec, tokens, pad, weight)
		if err != nil {
			return err
		}
		for i := range texts {
			for h, g := range values[0][i*heads : (i+1)*heads] {
				size[h] += 1000 * max(float64(g), -float64(g)) / n
				if g < 0 {
					helps[h] += 1 / n
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	byLayer := make([][]float64, config.Layers)
	for h := range size {
		byLayer[h/config.Heads] = append(byLayer[h/config.Heads], size[h]*helps[h])
	}
	return byLayer, nil
}
