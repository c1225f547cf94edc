package rollout

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	vars "github.com/gomlx/gomlx/ml/model"
)

// graphKey is what a graph depends on besides its inputs' shapes. count and length
// are prefill's: completions a prompt, columns of the cache.
type graphKey struct {
	mode          mode
	adapter       bool
	count, length int
	shrink        bool
}

// weights tells which of the policy's variables its graphs read: another adapter
// has other variables, and a kept reference stands in for the base.
type weights struct {
	trainable *vars.Variable
	reference bool
}

// dropStaleGraphs forgets graphs that read other variables than the policy has now.
func (s *Sampler) dropStaleGraphs() {
	now := weights{reference: s.policy.HasReference()}
	if list := s.policy.Trainable(); len(list) > 0 {
		now.trainable = list[0]
	}
	if now != s.built {
		s.Finalize()
		s.built = now
	}
}

// graph gives the compiled function for key, built by build at its first use.
func (s *Sampler) graph(key graphKey, build func(inputs []*Node) []*Node) (*vars.Exec, error) {
	if exec, ok := s.graphs[key]; ok {
		return exec, nil
	}
	exec, err := vars.NewExec(s.policy.Engine, s.policy.Vars, func(_ *vars.Scope, inputs []*Node) []*Node { return build(inputs) })
	if err != nil {
		return nil, err
	}
	exec.SetMaxCache(-1)
	s.graphs[key] = exec
	return exec, nil
}

// prefill runs the prompts and draws the first token of every row.
//
// The graph takes tokens i32 [prompts, time], pad i32 [prompts], seed u32 [2],
// sequence u32 [prompts·count] and parameters f32 [3].
func (d *decoding) prefill() error {
	key := graphKey{mode: d.mode, adapter: d.adapter, count: d.count, length: d.layout.Time}
	policy, config := d.policy, d.policy.Config
	exec, err := d.graph(key, func(in []*Node) []*Node {
		tokens, pad, seed, sequence, parameters := in[0], in[1], in[2], in[3], in[4]
		g := tokens.Graph()
		params := policy.Params(g, key.adapter)
		rows, time := tokens.Shape().Dimensions[0], tokens.Shape().Dimensions[1]
		var cache []*Node
		for _, shape := range config.CacheShapes(rows, key.length) {
			cache = append(cache, Zeros(g, shape))
		}
		hidden, cache := config.Extend(params, tokens, pad, Const(g, int32(0)), cache)
		last := Reshape(Slice(hidden, AxisRange(), AxisElem(time-1)), rows, config.HiddenSize)
		logits := repeatRows(config.Logits(params, last), key.count) // [prompts·count, vocab]
		for i := range cache {
			cache[i] = repeatRows(cache[i], key.count) // [prompts·count, kv heads, length, head dim]
		}
		u := uniform(seedKey(seed), sequence, Const(g, uint32(0)))
		return append(outputs(sample(key.mode, logits, parameters, u)), cache...)
	})
	if err != nil {
		return fmt.Errorf("sample: %w", err)
	}
	d.seed = tensors.FromValue([]uint32{uint32(d.sampling.Seed), uint32(d.sampling.Seed >> 32)})
	d.place()
	d.parameters = tensors.FromValue(settings(d.sampling))
	tokens := tensors.FromFlatDataAndDimensions(d.layout.Tokens, d.layout.Rows, d.layout.Prompt)
	promptPad := tensors.FromValue(d.layout.Pad)
	defer finalize(tokens, promptPad)
	out, err := exec.Call(tokens, promptPad, d.seed, d.sequence, d.parameters)
	if err != nil {
		return fmt.Errorf("sample: run %d prompts of %d tokens: %w", d.layout.Rows, d.layout.Prompt, err)
	}
	d.accept(out)
	return nil
}

// step draws token number made, counted from 0, of every row.
//
// The graph takes tokens i32 [rows], pad i32 [rows], seed, sequence and parameters
// as in prefill, start i32 [] (the column it writes), step u32 [], and the cache.
func (d *decoding) step(made int) error {
	key := graphKey{mode: d.mode, adapter: d.adapter}
	policy, config := d.policy, d.policy.Config
	exec, err := d.graph(key, func(in []*Node) []*Node {
		tokens, pad, seed, sequence, parameters, start, step, cache := in[0], in[1], in[2], in[3], in[4], in[5], in[6], in[7:]
		rows := tokens.Shape().Dimensions[0]
		params := policy.Params(tokens.Graph(), key.adapter)
		hidden, cache := config.Extend(params, Reshape(tokens, rows, 1), pad, start, cache)
		logits := config.Logits(params, Reshape(hidden, rows, config.HiddenSize)) // [rows, vocab]
		u := uniform(seedKey(seed), sequence, step)
		return append(outputs(sample(key.mode, logits, parameters, u)), cache...)
	})
	if err != nil {
		return fmt.Errorf("sample: %w", err)
	}
	given, err := d.give()
	if err != nil {
		return fmt.Errorf("sample token %d: %w", made+1, err)
	}
	start := int32(d.layout.Prompt + made - 1)
	args := append([]any{given[0], d.pad, d.seed, d.sequence, d.parameters, start, uint32(made)}, given[1:]...)
	out, err := exec.Call(args...)
	if err != nil {
		return fmt.Errorf("sample token %d: %w", made+1, err)
	}
	d.accept(out)
	return nil
}

// shrink goes on with the rows that have not ended once they are half of all, or
// a quarter, and so on: what is left takes as much less time.
func (d *decoding) shrink() error {
	size := len(d.rows)
	for d.open > 0 && size >= 2*smallestBatch && d.open <= size/2 {
		size /= 2
	}
	if size == len(d.rows) {
		return nil
	}
	exec, err := d.graph(graphKey{shrink: true}, func(in []*Node) []*Node {
		kept := ExpandDims(in[0], -1) // [rows, 1]
		var out []*Node
		for _, x := range in[1:] {
			out = append(out, Gather(x, kept))
		}
		return out
	})
	if err != nil {
		return fmt.Errorf("sample: %w", err)
	}
	var kept []int32
	var rows []row
	for _, open := range []bool{true, false} {
		for i, row := range d.rows {
			if d.isOpen(row) == open && len(kept) < size {
				kept, rows = append(kept, int32(i)), append(rows, row)
			}
		}
	}
	given, err := d.give()
	if err != nil {
		return fmt.Errorf("sample: %w", err)
	}
	out, err := exec.Call(append([]any{kept}, given...)...)
	if err != nil {
		return fmt.Errorf("sample: go on with %d rows of %d: %w", size, len(d.rows), err)
	}
	d.token, d.cache = out[0], out[1:]
	d.rows = rows
	finalize(d.sequence, d.pad)
	d.place()
	return nil
}

// smallestBatch is the fewest rows that shrink leaves: below it a step's time is
// that of reading the weights.
const smallestBatch = 4

// give hands the latest tokens and the cache to the next graph call, which may
// write in their place.
func (d *decoding) give() ([]any, error) {
	list := append([]*tensors.Tensor{d.token}, d.cache...)
	d.token, d.cache = nil, nil
	given := make([]any, len(list))
	for i, t := range list {
		var err error
		if given[i], err = DonateTensorBuffer(t, d.policy.Engine, 0); err != nil {
			finalize(list[i:]...)
			return nil, err
		}
	}
	return given, nil
}

// place makes the inputs that depend on which rows there are.
func (d *decoding) place() {
	sequence, pad := make([]uint32, len(d.rows)), make([]int32, len(d.rows))
	for i, row := range d.rows {
		sequence[i], pad[i] = row.sequence, row.pad
	}
	d.sequence, d.pad = tensors.FromValue(sequence), tensors.FromValue(pad)
}

// outputs lays a draw out as the graphs return it: token i32 [rows] to be fed
// back, and the record f32 [rows, 4] to be read. float32 holds ids up to 2²⁴.
func outputs(d draw) []*Node {
	record := Stack([]*Node{ConvertDType(d.token, d.full.DType()), d.logProb, d.full, d.entropy}, -1)
	return []*Node{d.token, record}
}

// repeatRows turns [rows, ...] into [rows·count, ...], each row count times in turn.
func repeatRows(x *Node, count int) *Node {
	if count == 1 {
		return x
	}
	dims := x.Shape().Dimensions
	wide := append([]int{dims[0], count}, dims[1:]...)
	flat := append([]int{dims[0] * count}, dims[1:]...)
	return Reshape(BroadcastToDims(ExpandDims(x, 1), wide...), flat...)
}

// accept keeps what a graph returned.
func (d *decoding) accept(out []*tensors.Tensor) {
	d.token, d.cache = out[0], out[2:]
	d.records = append(d.records, out[1])
}

// finalize frees the engine's memory.
func (d *decoding) finalize() {
	finalize(d.pad, d.seed, d.sequence, d.parameters, d.token)
	finalize(d.cache...)
	finalize(d.records...)
}

// finalize frees tensors; nil ones are passed over.
func finalize(list ...*tensors.Tensor) {
	for _, t := range list {
		if t != nil {
			// Only a tensor that is gone already fails, and then there is nothing to free.
			_ = t.FinalizeAll()
		}
	}
}
