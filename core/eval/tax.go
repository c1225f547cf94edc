package eval

import (
	"fmt"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	vars "github.com/gomlx/gomlx/ml/model"

	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/objective"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/token"
)

// Tax measures the alignment tax: how the loss on texts of other languages, which
// nobody trains on, moves while a policy learns a task.
type Tax struct {
	policy *model.Policy
	rows   map[string][]*tensors.Tensor // by language: i32 [taxRows, taxTime+1]
	loss   map[bool]*vars.Exec          // by "with the adapter"
	base   map[string][]float64         // by language: the base model's loss of each row
}

// A language's texts are read as rows of taxTime tokens, taxRows a pass.
const (
	taxRows = 8
	taxTime = 128
)

// NewTax packs texts by language. A language whose texts fill no row is an error.
func NewTax(policy *model.Policy, tokenizer *token.Tokenizer, texts map[string][]string) (*Tax, error) {
	if len(texts) == 0 {
		return nil, fmt.Errorf("alignment tax: there are no texts to measure it on; give some by language, or measure none")
	}
	end, err := documentEnd(policy.Config, tokenizer)
	if err != nil {
		return nil, fmt.Errorf("alignment tax: %w", err)
	}
	t := &Tax{policy: policy, rows: map[string][]*tensors.Tensor{}, loss: map[bool]*vars.Exec{}}
	for code, list := range texts {
		var ids []int32
		for _, text := range list {
			for _, id := range tokenizer.EncodeOrdinary(text) {
				ids = append(ids, int32(id))
			}
			ids = append(ids, int32(end))
		}
		const block = taxRows * (taxTime + 1)
		if len(ids) < block {
			return nil, fmt.Errorf("alignment tax: the %s texts have %d tokens; give %d or more", code, len(ids), block)
		}
		for ; len(ids) >= block; ids = ids[block:] {
			t.rows[code] = append(t.rows[code], tensors.FromFlatDataAndDimensions(slices.Clone(ids[:block]), taxRows, taxTime+1))
		}
	}
	return t, nil
}

// documentEnd is the token between documents: token.EndOfText, or the model's own end.
func documentEnd(config *model.Config, tokenizer *token.Tokenizer) (int, error) {
	if id, ok := tokenizer.ID(token.EndOfText); ok {
		return id, nil
	}
	if len(config.EOS) > 0 {
		return config.EOS[0], nil
	}
	return 0, fmt.Errorf("neither does tokenizer.json have %s nor config.json an eos_token_id, and texts need a token between them: add one to config.json", token.EndOfText)
}

// Rows gives the mean negative log-likelihood of each row by language, nats a
// token, with the adapter or (false) of the reference.
func (t *Tax) Rows(adapter bool) (map[string][]float64, error) {
	exec, ok := t.loss[adapter]
	if !ok {
		var err error
		exec, err = vars.NewExec(t.policy.Engine, t.policy.Vars, func(_ *vars.Scope, rows *Node) *Node {
			return rowNLL(t.policy.Config, t.policy.Params(rows.Graph(), adapter), rows)
		})
		if err != nil {
			return nil, fmt.Errorf("alignment tax: %w", err)
		}
		t.loss[adapter] = exec
	}
	losses := map[string][]float64{}
	for code, blocks := range t.rows {
		for _, block := range blocks {
			outputs, err := exec.Exec(block)
			if err != nil {
				return nil, fmt.Errorf("alignment tax: %s: %w", code, err)
			}
			values, err := tensors.CopyFlatData[float32](outputs[0])
			outputs[0].FinalizeAll()
			if err != nil {
				return nil, fmt.Errorf("alignment tax: %s: %w", code, err)
			}
			for _, value := range values {
				losses[code] = append(losses[code], float64(value))
			}
		}
	}
	return losses, nil
}

// NLL gives the mean negative log-likelihood by language, nats a token, with the
// adapter or (false) of the reference.
func (t *Tax) NLL(adapter bool) (map[string]float64, error) {
	rows, err := t.Rows(adapter)
	if err != nil {
		return nil, err
	}
	means := map[string]float64{}
	for code, losses := range rows {
		means[code] = mean(losses)
	}
	return means, nil
}

// Drift gives the loss now and, for each language, how the loss of its rows has
// moved: in the mean, and in the worst tenth (the 90th percentile). The first call
// measures what it has moved from: the reference as it stands then.
func (t *Tax) Drift() (nll map[string]float64, drift map[string]protocol.Drift, err error) {
	if t.base == nil {
		if t.base, err = t.Rows(false); err != nil {
			return nil, nil, err
		}
	}
	rows, err := t.Rows(true)
	if err != nil {
		return nil, nil, err
	}
	nll, drift = map[string]float64{}, map[string]protocol.Drift{}
	for code, losses := range rows {
		moved := make([]float64, len(losses))
		for i := range losses {
			moved[i] = losses[i] - t.base[code][i]
		}
		nll[code] = mean(losses)
		drift[code] = protocol.Drift{Mean: mean(moved), P90: percentile(moved, 0.9)}
	}
	return nll, drift, nil
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, value := range values {
		sum += value
	}
	return sum / float64(len(values))
}

// percentile of at least one value, in a line between neighbours, as numpy's is.
func percentile(values []float64, share float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	at := share * float64(len(sorted)-1)
	below := int(at)
	above := min(below+1, len(sorted)-1)
	return sorted[below] + (at-float64(below))*(sorted[above]-sorted[below])
}

// Finalize frees the compiled graphs.
func (t *Tax) Finalize() {
	for _, exec := range t.loss {
		exec.Finalize()
	}
}

// rowNLL is the mean negative log-likelihood of each packed row, nats a token:
// i32 [rows, time+1] → [rows]. Each token is predicted from those before it.
func rowNLL(config *model.Config, params model.Params, rows *Node) *Node {
	count, time := rows.Shape().Dimensions[0], rows.Shape().Dimensions[1]-1
	tokens := Slice(rows, AxisRange(), AxisRange(0, time))
	targets := Slice(rows, AxisRange(), AxisRange(1)) // [rows, time]
	pad := ZerosLike(Reshape(Slice(rows, AxisRange(), AxisRange(0, 1)), count))
	hidden := config.Hidden(params, tokens, pad) // [rows, time, dim]
	options := objective.LogProbOptions{Chunk: objective.Chunk(count*time, config.VocabSize)}
	logp, _ := objective.ChosenLogProbs(func(h *Node) *Node { return config.Logits(params, h) }, hidden, targets, options)
	return Neg(ReduceMean(logp, -1)) // [rows]
}
