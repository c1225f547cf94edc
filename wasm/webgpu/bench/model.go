package main

import (
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers/attention"
)

// Letters of shapes: B batch, T time, N = B·T, D width, H heads, E = D/H, V vocabulary.

// block is the weights of one layer, in the order of parameters.
type block struct {
	gain1, bias1, wq, bq, wk, bk, wv, bv, wo, bo, gain2, bias2, w1, b1, w2, b2 *Node
}

// network is the model in a graph.
type network struct {
	gpt
	embedding, positions, gain, bias *Node
	blocks                           []block
}

func (c gpt) network(p []*Node) *network {
	n := &network{gpt: c, embedding: p[0], positions: p[1], gain: p[2], bias: p[3]}
	for l := range c.layers {
		w := p[4+16*l:]
		n.blocks = append(n.blocks, block{w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8], w[9], w[10], w[11], w[12], w[13], w[14], w[15]})
	}
	return n
}

func layerNorm(x, gain, bias *Node) *Node {
	centred := Sub(x, ReduceAndKeep(x, ReduceMean, -1))
	variance := ReduceAndKeep(Square(centred), ReduceMean, -1)
	y := Div(centred, Sqrt(AddScalar(variance, 1e-5)))
	return Add(Mul(y, ExpandLeftToRank(gain, x.Rank())), ExpandLeftToRank(bias, x.Rank()))
}

func linear(x, weight, bias *Node) *Node {
	return Add(DotGeneral(x, []int{-1}, nil, weight, []int{0}, nil), ExpandLeftToRank(bias, x.Rank()))
}

// gelu is the exact one: x · Φ(x).
func gelu(x *Node) *Node {
	return Mul(x, MulScalar(OnePlus(Erf(MulScalar(x, math.Sqrt2/2))), 0.5))
}

// run passes x [N, D] of batch rows through all layers; attend maps layer, query, key
// and value [B, T, H, E] to [B, T, H, E].
func (n *network) run(x *Node, batch int, attend func(layer int, q, k, v *Node) *Node) *Node {
	rows := x.Shape().Dimensions[0]
	split := func(y *Node) *Node { return Reshape(y, batch, rows/batch, n.heads, n.dim/n.heads) } // [B, T, H, E]
	for l, w := range n.blocks {
		y := layerNorm(x, w.gain1, w.bias1)
		mixed := attend(l, split(linear(y, w.wq, w.bq)), split(linear(y, w.wk, w.bk)), split(linear(y, w.wv, w.bv)))
		x = Add(x, linear(Reshape(mixed, rows, n.dim), w.wo, w.bo)) // [N, D]
		y = layerNorm(x, w.gain2, w.bias2)
		x = Add(x, linear(gelu(linear(y, w.w1, w.b1)), w.w2, w.b2))
	}
	return layerNorm(x, n.gain, n.bias)
}

// logits is [N, V] of hidden [N, D].
func (n *network) logits(hidden *Node) *Node {
	return DotGeneral(hidden, []int{1}, nil, n.embedding, []int{1}, nil)
}

// embed is the first hidden state [N, D] of tokens [N] at positions [1 or N].
func (n *network) embed(tokens, positions *Node) *Node {
	return Add(Gather(n.embedding, ExpandDims(tokens, -1)), positions)
}

func causal(_ int, q, k, v *Node) *Node {
	out, _ := attention.Core(q, k, v, attention.LayoutBSHD, attention.CoreOptions{UseCausalMask: true})
	return out
}

// loss is the mean cross-entropy of x and y [N].
func (n *network) loss(x, y *Node) *Node {
	rows := n.batch * n.time
	positions := BroadcastToDims(ExpandDims(Slice(n.positions, AxisRange(0, n.time)), 0), n.batch, n.time, n.dim)
	hidden := n.run(n.embed(x, Reshape(positions, rows, n.dim)), n.batch, causal)
	logits := n.logits(hidden) // [N, V]
	most := StopGradient(ReduceAndKeep(logits, ReduceMax, -1))
	sum := Add(Log(ReduceSum(Exp(Sub(logits, most)), -1)), Squeeze(most, -1)) // [N]
	g := logits.Graph()
	chosen := Equal(Iota(g, shapes.Make(y.DType(), rows, n.vocabulary), 1), BroadcastToDims(ExpandDims(y, -1), rows, n.vocabulary))
	picked := ReduceSum(Where(chosen, logits, ZerosLike(logits)), -1) // [N]
	return ReduceAllMean(Sub(sum, picked))
}

// AdamW as the peers have it: lr 1e-3, betas 0.9 and 0.95, eps 1e-8, decay 0.1 on
// matrices.
const (
	learningRate = 1e-3
	beta1        = 0.9
	beta2        = 0.95
	epsilon      = 1e-8
	decay        = 0.1
)

// step is one train step: in are x, y, lr/(1-β1^t), 1/(1-β2^t), then weights, first and
// second moments; out are the loss and those three anew.
func (c gpt) step(in []*Node) []*Node {
	count := len(c.parameters())
	x, y, scale1, scale2 := in[0], in[1], in[2], in[3]
	p, m, v := in[4:4+count], in[4+count:4+2*count], in[4+2*count:]
	loss := c.network(p).loss(x, y)
	gradients := Gradient(loss, p...)
	out := make([]*Node, 1+3*count)
	out[0] = loss
	for i, g := range gradients {
		m1 := Add(MulScalar(m[i], beta1), MulScalar(g, 1-beta1))
		v1 := Add(MulScalar(v[i], beta2), MulScalar(Square(g), 1-beta2))
		kept := p[i]
		if kept.Rank() == 2 {
			kept = MulScalar(kept, 1-learningRate*decay)
		}
		update := Div(Mul(m1, scale1), AddScalar(Sqrt(Mul(v1, scale2)), epsilon))
		out[1+i], out[1+count+i], out[1+2*count+i] = Sub(kept, update), m1, v1
	}
	return out
}

// prefill reads prompts: in are tokens [B, P] and the weights; out are the next tokens
// [B] and the caches, key and value a layer, [B, length, H, E].
func (c gpt) prefill(length int, in []*Node) []*Node {
	n, tokens := c.network(in[1:]), in[0]
	batch, prompt := tokens.Shape().Dimensions[0], tokens.Shape().Dimensions[1]
	var caches []*Node
	padded := func(x *Node) *Node {
		room := BroadcastToDims(Scalar(x.Graph(), x.DType(), 0), batch, length-prompt, n.heads, n.dim/n.heads)
		return Concatenate([]*Node{x, room}, 1) // [B, length, H, E]
	}
	positions := BroadcastToDims(ExpandDims(Slice(n.positions, AxisRange(0, prompt)), 0), batch, prompt, n.dim)
	hidden := n.run(n.embed(Reshape(tokens, -1), Reshape(positions, batch*prompt, n.dim)), batch, func(l int, q, k, v *Node) *Node {
		caches = append(caches, padded(k), padded(v))
		return causal(l, q, k, v)
	})
	last := Squeeze(Slice(Reshape(hidden, batch, prompt, n.dim), AxisRange(), AxisRange(prompt-1, prompt)), 1) // [B, D]
	return append([]*Node{ArgMax(n.logits(last), -1, dtypes.Int32)}, caches...)
}

// next makes one token: in are tokens [B], their position, the caches and the weights.
func (c gpt) next(length int, in []*Node) []*Node {
	tokens, position := in[0], in[1]
	caches, n := in[2:2+2*c.layers], c.network(in[2+2*c.layers:])
	batch := tokens.Shape().Dimensions[0]
	g := tokens.Graph()
	out := make([]*Node, 1+2*c.layers)
	seen := Reshape(LessOrEqual(Iota(g, shapes.Make(dtypes.Int32, length), 0), BroadcastToDims(position, length)), 1, 1, 1, length)
	at := Gather(n.positions, Reshape(position, 1, 1)) // [1, D]
	hidden := n.run(n.embed(tokens, BroadcastToDims(at, batch, n.dim)), batch, func(l int, q, k, v *Node) *Node {
		keys, values := written(caches[2*l], k, position), written(caches[2*l+1], v, position)
		out[1+2*l], out[2+2*l] = keys, values
		mixed, _ := attention.Core(q, keys, values, attention.LayoutBSHD, attention.CoreOptions{AttentionMask: seen})
		return mixed
	})
	out[0] = ArgMax(n.logits(hidden), -1, dtypes.Int32)
	return out
}

// written puts a token's keys or values [B, 1, H, E] into a cache [B, length, H, E]. An engine
// without DynamicUpdateSlice (the Go one) chooses between the two for all of the cache instead.
func written(cache, x, position *Node) *Node {
	g := cache.Graph()
	if g.Backend().Capabilities().Operations[compute.OpTypeDynamicUpdateSlice] {
		zero := ZerosLike(position)
		return DynamicUpdateSlice(cache, x, []*Node{zero, position, zero, zero})
	}
	dims := cache.Shape().Dimensions
	here := Equal(Iota(g, shapes.Make(dtypes.Int32, dims...), 1), BroadcastToDims(position, dims...))
	return Where(here, BroadcastToDims(x, dims...), cache)
}
