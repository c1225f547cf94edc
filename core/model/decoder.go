package model

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"
)

// The decoder's forward graph, driven by Config. Two block shapes are covered:
//
//   - pre-norm (Qwen2, Qwen3, Llama): x + attn(norm(x)), then x + mlp(norm(x));
//   - post-sublayer norm (OLMo-2):    x + norm(attn(x)), then x + norm(mlp(x)).
//
// Rows are padded on the left: row b has pad[b] columns that count for nothing,
// its positions start at 0 after them, and completions start at the same column
// in every row. RMSNorm and softmax run in float32.

// Params gives a weight by its Hugging Face name as a node of the graph at hand,
// or nil if the model has none of that name. With an adapter attached it also
// answers NAME.lora_A.weight [rank, in], NAME.lora_B.weight [out, rank] and
// NAME.lora_scale [] for the projections that the adapter trains.
type Params func(name string) *Node

// Hidden runs the decoder over whole rows.
//
// tokens is i32 [batch, time], pad is i32 [batch]. The result is the final-normed
// hidden state, float32 [batch, time, dim]. Columns before pad hold finite
// numbers that mean nothing.
func (c *Config) Hidden(p Params, tokens, pad *Node) *Node {
	return c.HiddenTapped(p, tokens, pad, nil)
}

// Tap sees a value inside the decoder by its name and gives what goes on in its
// place, mostly the value itself. The names, for layer N:
//
//	model.embed_tokens              [batch, time, dim]              what goes into the first layer
//	model.layers.N.self_attn.heads  [batch, heads, time, head dim]  what each head gives, before o_proj
//	model.layers.N.mlp.gate         [batch, time, intermediate]     the gate before its SiLU
//	model.layers.N                  [batch, time, dim]              the residual stream after the layer
type Tap func(name string, x *Node) *Node

// HiddenTapped is Hidden that shows tap what happens inside; nil is no tap.
func (c *Config) HiddenTapped(p Params, tokens, pad *Node, tap Tap) *Node {
	return c.norm(p, "model.norm", c.residual(p, tokens, pad, tap))
}

// Residual is Hidden before the final norm.
func (c *Config) Residual(p Params, tokens, pad *Node) *Node {
	return c.residual(p, tokens, pad, nil)
}

func (c *Config) residual(p Params, tokens, pad *Node, tap Tap) *Node {
	x, _ := c.run(p, tokens, pad, nil, nil, tap)
	return x
}

// Extend runs the decoder over the next columns of rows whose earlier columns
// are in the cache, and writes theirs into it.
//
// tokens is i32 [batch, time], pad is i32 [batch], start is a scalar i32: the
// column of tokens' first one. cache holds two tensors a layer as CacheShapes
// gives them, zero where nothing was written yet; start+time must not pass their
// length. It returns the final-normed
// hidden state [batch, time, dim] and the cache with the new columns.
func (c *Config) Extend(p Params, tokens, pad, start *Node, cache []*Node) (hidden *Node, next []*Node) {
	if len(cache) != 2*c.Layers {
		exceptions.Panicf("decoder: a cache of %d tensors for %d layers; it takes two a layer", len(cache), c.Layers)
	}
	x, next := c.run(p, tokens, pad, start, cache, nil)
	return c.norm(p, "model.norm", x), next
}

// CacheShapes gives the shapes of an empty cache: key and value of each layer in
// turn, float32 [batch, kv heads, length, head dim].
func (c *Config) CacheShapes(batch, length int) []shapes.Shape {
	list := make([]shapes.Shape, 2*c.Layers)
	for i := range list {
		list[i] = shapes.Make(dtypes.Float32, batch, c.KVHeads, length, c.HeadDim)
	}
	return list
}

// Logits is the output head: hidden [..., dim] to float32 [..., vocab].
func (c *Config) Logits(p Params, hidden *Node) *Node {
	head := p("lm_head.weight")
	if c.TieEmbeddings {
		head = p("model.embed_tokens.weight")
	}
	return adapted(p, headModule, hidden, matmulTransposed(hidden, head))
}

// run is Hidden (cache nil) and Extend in one, but for the final norm.
func (c *Config) run(p Params, tokens, pad, start *Node, cache []*Node, tap Tap) (*Node, []*Node) {
	if tap == nil {
		tap = func(_ string, x *Node) *Node { return x }
	}
	g := tokens.Graph()
	batch, time := tokens.Shape().Dimensions[0], tokens.Shape().Dimensions[1]
	column := Iota(g, shapes.Make(dtypes.Int32, 1, time), 1)
	length := time
	if cache != nil {
		column = Add(column, start)
		length = cache[0].Shape().Dimensions[2]
	}
	pad = Reshape(pad, batch, 1)               // [batch, 1]
	position := MaxScalar(Sub(column, pad), 0) // [batch, time]
	at := &place{
		sees:  c.sees(column, pad, length, cache != nil),
		start: start,
		tap:   tap,
	}
	at.cos, at.sin = c.rope(ConvertDType(position, dtypes.Float32)) // [batch, 1, time, head dim/2]

	x := Gather(p("model.embed_tokens.weight"), ExpandAxes(tokens, -1)) // [batch, time, dim]
	x = tap("model.embed_tokens", x)
	next := make([]*Node, len(cache))
	for layer := range c.Layers {
		var key, value *Node
		if cache != nil {
			key, value = cache[2*layer], cache[2*layer+1]
		}
		x, key, value = c.block(p, layer, x, at, key, value)
		x = tap(fmt.Sprintf("model.layers.%d", layer), x)
		if cache != nil {
			next[2*layer], next[2*layer+1] = key, value
		}
	}
	return x, next
}

// place is what every layer shares about where the columns stand.
type place struct {
	sees     seen
	cos, sin *Node // [batch, 1, time, head dim/2]
	start    *Node // scalar i32; nil without a cache
	tap      Tap
}

// block is one decoder layer; key and value are its cache, or nil.
func (c *Config) block(p Params, layer int, x *Node, at *place, key, value *Node) (*Node, *Node, *Node) {
	prefix := fmt.Sprintf("model.layers.%d.", layer)
	if c.PostNorm() {
		attended, key, value := c.attention(p, prefix+"self_attn.", x, at, key, value)
		x = Add(x, c.norm(p, prefix+"post_attention_layernorm", attended))
		fed := c.feedForward(p, prefix+"mlp.", x, at.tap)
		return Add(x, c.norm(p, prefix+"post_feedforward_layernorm", fed)), key, value
	}
	attended, key, value := c.attention(p, prefix+"self_attn.", c.norm(p, prefix+"input_layernorm", x), at, key, value)
	x = Add(x, attended)
	fed := c.feedForward(p, prefix+"mlp.", c.norm(p, prefix+"post_attention_layernorm", x), at.tap)
	return Add(x, fed), key, value
}

// feedForward is SwiGLU.
func (c *Config) feedForward(p Params, prefix string, x *Node, tap Tap) *Node {
	gate := tap(prefix+"gate", linear(p, prefix+"gate_proj", x))
	gate = Mul(gate, Logistic(gate)) // SiLU
	return linear(p, prefix+"down_proj", Mul(gate, linear(p, prefix+"up_proj", x)))
}

// norm is RMSNorm over the last axis, with the weight NAME.weight.
func (c *Config) norm(p Params, name string, x *Node) *Node {
	mean := ReduceAndKeep(Square(x), ReduceMean, -1)
	// Rsqrt has no gradient in GoMLX.
	return Mul(Div(x, Sqrt(AddScalar(mean, c.RMSNormEps))), expandTo(p(name+".weight"), x))
}

// linear is x·Wᵀ (+ bias), plus scale·(x·Aᵀ)·Bᵀ where an adapter trains the projection.
func linear(p Params, name string, x *Node) *Node {
	y := matmulTransposed(x, p(name+".weight"))
	if bias := p(name + ".bias"); bias != nil {
		y = Add(y, expandTo(bias, y))
	}
	return adapted(p, name, x, y)
}

// adapted adds to y, what a module makes of x, what an adapter changes of it.
func adapted(p Params, name string, x, y *Node) *Node {
	a := p(name + loraA)
	if a == nil {
		return y
	}
	low := matmulTransposed(x, a) // [..., rank]
	return Add(y, Mul(matmulTransposed(low, p(name+loraB)), p(name+loraScale)))
}

// matmulTransposed multiplies x [..., in] by the transpose of weight [out, in].
func matmulTransposed(x, weight *Node) *Node {
	return DotGeneral(x, []int{-1}, nil, weight, []int{-1}, nil)
}

// expandTo gives a vector [n] as many leading axes as x has, to be broadcast.
func expandTo(vector, x *Node) *Node { return ExpandLeftToRank(vector, x.Rank()) }
