// Package encoder turns sentences into vectors whose cosine says how close their
// meanings are. Texts go in; L2-normalised rows come out. An encoder is a
// transformer of core/model whose hidden states are averaged over the tokens
// (mean pooling, Reimers and Gurevych 2019) and scaled to length 1.
//
// Two kinds: a trained one, with attention both ways, opened from a folder; and
// the frozen policy's own hidden states, which cost no download.
package encoder

import (
	"fmt"
	"io/fs"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	vars "github.com/gomlx/gomlx/ml/model"

	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/token"
)

// Encoder embeds texts. It is not safe for concurrent use.
type Encoder struct {
	policy    *model.Policy
	tokenizer *token.Tokenizer
	maxTokens int
	owned     bool                // the policy is this encoder's alone
	embed     map[bool]*vars.Exec // by "all weights train, and a kept reference is the base model"
}

// Rows are embedded a batch at a time; lengths are rounded up so that few graphs
// are compiled.
const (
	batchRows     = 32
	lengthStep    = 16
	defaultTokens = 128
)

// New makes an encoder of a model's hidden states, without its adapter. Texts are
// cut at maxTokens (0: 128, or the model's context if that is shorter). A tokenizer
// with more tokens than the model embeds is an error.
func New(policy *model.Policy, tokenizer *token.Tokenizer, maxTokens int) (*Encoder, error) {
	if maxTokens <= 0 {
		maxTokens = defaultTokens
	}
	maxTokens = min(maxTokens, policy.Config.MaxPositions)
	if have, want := tokenizer.VocabSize(), policy.Config.VocabSize; have > want {
		return nil, fmt.Errorf("tokenizer.json has %d tokens, the model embeds %d: they do not belong together", have, want)
	}
	return &Encoder{policy: policy, tokenizer: tokenizer, maxTokens: maxTokens, embed: map[bool]*vars.Exec{}}, nil
}

// graph is the compiled Embedding. A compiled graph holds the variables that it
// was built with, so there is one for each place where the base weights may be:
// what an encoder says must not change while the policy trains.
func (e *Encoder) graph() (*vars.Exec, error) {
	kept := e.policy.HasReference() && !e.policy.HasAdapter()
	if exec, ok := e.embed[kept]; ok {
		return exec, nil
	}
	exec, err := vars.NewExec(e.policy.Engine, e.policy.Vars, func(_ *vars.Scope, tokens, pad *Node) *Node {
		return Embedding(e.policy.Config, e.policy.Params(tokens.Graph(), false), tokens, pad)
	})
	if err != nil {
		return nil, fmt.Errorf("prepare encoder: %w", err)
	}
	exec.SetMaxCache(-1)
	e.embed[kept] = exec
	return exec, nil
}

// Finalize frees the compiled graphs and, of an encoder that was loaded, the model.
func (e *Encoder) Finalize() {
	for key, exec := range e.embed {
		exec.Finalize()
		delete(e.embed, key)
	}
	if e.owned {
		e.policy.Finalize()
	}
}

// Load opens a trained encoder: config.json, model.safetensors and tokenizer.json.
func Load(engine compute.Backend, fsys fs.FS) (*Encoder, error) {
	checkpoint, err := model.Load(fsys)
	if err != nil {
		return nil, fmt.Errorf("load encoder: %w", err)
	}
	file, err := fsys.Open("tokenizer.json")
	if err != nil {
		return nil, fmt.Errorf("load encoder: %w", err)
	}
	defer file.Close()
	tokenizer, err := token.Load(file)
	if err != nil {
		return nil, fmt.Errorf("load encoder: tokenizer.json: %w", err)
	}
	policy, err := model.NewPolicy(engine, checkpoint)
	if err != nil {
		return nil, fmt.Errorf("load encoder: %w", err)
	}
	e, err := New(policy, tokenizer, 0)
	if err != nil {
		return nil, fmt.Errorf("load encoder: %w", err)
	}
	e.owned = true
	return e, nil
}

// Policy is the model inside.
func (e *Encoder) Policy() *model.Policy { return e.policy }

// Dim is the width of an embedding.
func (e *Encoder) Dim() int { return e.policy.Config.HiddenSize }

// Embed gives one row of length 1 for each text; a text without tokens gets zeros,
// which are similar to nothing.
func (e *Encoder) Embed(texts []string) ([][]float32, error) {
	encoded := make([][]int, len(texts))
	order := make([]int, 0, len(texts))
	rows := make([][]float32, len(texts))
	for i, text := range texts {
		encoded[i] = e.Tokens(text)
		rows[i] = make([]float32, e.Dim())
		if len(encoded[i]) > 0 {
			order = append(order, i)
		}
	}
	// Texts of like length share a batch, so little is padding.
	slices.SortStableFunc(order, func(a, b int) int { return len(encoded[a]) - len(encoded[b]) })
	for len(order) > 0 {
		n := min(batchRows, len(order))
		if err := e.embedBatch(encoded, order[:n], rows); err != nil {
			return nil, fmt.Errorf("embed %d texts: %w", len(texts), err)
		}
		order = order[n:]
	}
	return rows, nil
}

// Tokens is a text as Embed reads it.
func (e *Encoder) Tokens(text string) []int {
	ids := e.tokenizer.EncodeOrdinary(text)
	return ids[:min(len(ids), e.maxTokens)]
}

// embedBatch embeds the texts that chosen names into rows.
func (e *Encoder) embedBatch(encoded [][]int, chosen []int, rows [][]float32) error {
	batch := make([][]int, len(chosen))
	for i, index := range chosen {
		batch[i] = encoded[index]
	}
	tokens, pad := Batch(batch, e.maxTokens)
	graph, err := e.graph()
	if err != nil {
		return err
	}
	outputs, err := graph.Exec(tokens, pad)
	if err != nil {
		return err
	}
	defer outputs[0].FinalizeAll()
	flat, err := tensors.CopyFlatData[float32](outputs[0])
	if err != nil {
		return err
	}
	for i, index := range chosen {
		copy(rows[index], flat[i*e.Dim():(i+1)*e.Dim()])
	}
	return nil
}

// Batch lays rows of tokens out for Embedding: tokens i32 [rows, time], padded on
// the left to a rounded length of at most limit, and pad i32 [rows]. Their number
// is rounded up to a power of two with rows that hold token 0.
func Batch(rows [][]int, limit int) (tokens, pad *tensors.Tensor) {
	time, count := 1, 1
	for _, row := range rows {
		time = max(time, len(row))
	}
	time = min((time+lengthStep-1)/lengthStep*lengthStep, max(limit, time))
	for count < len(rows) {
		count *= 2
	}
	flat, pads := make([]int32, count*time), make([]int32, count)
	for i := range count {
		pads[i] = int32(time - 1)
		if i < len(rows) && len(rows[i]) > 0 {
			pads[i] = int32(time - len(rows[i]))
			for j, id := range rows[i] {
				flat[i*time+int(pads[i])+j] = int32(id)
			}
		}
	}
	return tensors.FromFlatDataAndDimensions(flat, count, time), tensors.FromFlatDataAndDimensions(pads, count)
}

// Embedding is the forward graph: tokens i32 [rows, time] and pad i32 [rows] to
// rows of length 1, float32 [rows, dim].
func Embedding(config *model.Config, params model.Params, tokens, pad *Node) *Node {
	hidden := config.Hidden
	if config.PoolBeforeNorm {
		hidden = config.Residual
	}
	x := hidden(params, tokens, pad) // [rows, time, dim]
	rows, time := tokens.Shape().Dimensions[0], tokens.Shape().Dimensions[1]
	column := Iota(tokens.Graph(), shapes.Make(dtypes.Int32, rows, time), 1)
	real := ConvertDType(GreaterOrEqual(column, Reshape(pad, rows, 1)), dtypes.Float32) // [rows, time]
	mean := Div(ReduceSum(Mul(x, ExpandAxes(real, -1)), 1), ReduceAndKeep(real, ReduceSum, -1))
	return L2NormalizeWithEpsilon(mean, 1e-12, -1) // [rows, dim]
}

// Contrastive is the symmetric InfoNCE loss (van den Oord et al. 2018) of aligned
// rows of length 1, float32 [rows, dim]: row i of a belongs to row i of b, and every
// other row is a negative for both. It is a mean over 2·rows choices, in nats.
// Negatives that say the same thing as the positive (same true at [i, j]) are left out;
// same is bool [rows, rows] with a false diagonal. wrong are further negatives for
// both sides, float32 [any, dim]: texts that say what no row says; nil: none.
func Contrastive(a, b, same, wrong *Node, temperature float64) *Node {
	rows := a.Shape().Dimensions[0]
	scores := cosines(a, b, temperature) // [rows, rows]
	floor := BroadcastToShape(Scalar(a.Graph(), dtypes.Float32, -1e30), scores.Shape())
	scores = Where(same, floor, scores)
	diagonal := ConvertDType(Diagonal(a.Graph(), rows), dtypes.Float32)
	forward, backward := scores, Transpose(scores, 0, 1) // [rows, rows] both
	if wrong != nil {
		forward = Concatenate([]*Node{forward, cosines(a, wrong, temperature)}, 1) // [rows, rows + wrong]
		backward = Concatenate([]*Node{backward, cosines(b, wrong, temperature)}, 1)
	}
	right := func(scores *Node) *Node {
		return ReduceAllSum(Mul(Slice(LogSoftmax(scores, -1), AxisRange(), AxisRange(0, rows)), diagonal))
	}
	return DivScalar(Neg(Add(right(forward), right(backward))), 2*float64(rows))
}

// cosines of rows of length 1, divided by the temperature: [rows of a, rows of b].
func cosines(a, b *Node, temperature float64) *Node {
	return DivScalar(DotGeneral(a, []int{1}, nil, b, []int{1}, nil), temperature)
}
