package main

import (
	"math"
	"slices"
)

// gpt is the size of one model: a decoder with LayerNorm before each part (gain and
// bias, eps 1e-5), biases on every projection, exact GELU, an MLP of four times the
// width, learned positions, and the embedding as output projection.
type gpt struct {
	name                                        string
	layers, dim, heads, vocabulary, time, batch int
}

var gpts = []gpt{
	{"tiny", 2, 32, 2, 64, 16, 2},
	{"w1", 4, 128, 4, 2048, 64, 4},
	{"w2", 4, 256, 4, 8192, 128, 8},
	{"w3", 6, 384, 6, 8192, 256, 8},
}

// context is how many positions the model knows. The smallest one knows more than it
// is trained on, so that it can be decoded.
func (c gpt) context() int { return max(c.time, 64) }

const seed = 1234

// mulberry is the generator mulberry32: numbers in [0, 1).
type mulberry uint32

func (s *mulberry) next() float64 {
	*s += 0x6d2b79f5
	t := uint32(*s)
	t = (t ^ t>>15) * (t | 1)
	t ^= t + (t^t>>7)*(t|61)
	return float64(t^t>>14) / 4294967296
}

// parameter is one weight: [in, out] for projections.
type parameter struct {
	name  string
	dims  []int
	scale float64 // of a normal distribution; 0: all are fill
	fill  float32
}

func (p *parameter) size() int {
	n := 1
	for _, d := range p.dims {
		n *= d
	}
	return n
}

// parameters lists the weights in the order in which their numbers are drawn.
func (c gpt) parameters() []parameter {
	const scale = 0.02
	residual := scale / math.Sqrt(2*float64(c.layers))
	d, m := c.dim, 4*c.dim
	list := []parameter{
		{"wte", []int{c.vocabulary, d}, scale, 0}, {"wpe", []int{c.context(), d}, scale, 0},
		{"lnf.g", []int{d}, 0, 1}, {"lnf.b", []int{d}, 0, 0},
	}
	for range c.layers {
		list = append(list,
			parameter{"ln1.g", []int{d}, 0, 1}, parameter{"ln1.b", []int{d}, 0, 0},
			parameter{"wq", []int{d, d}, scale, 0}, parameter{"bq", []int{d}, 0, 0},
			parameter{"wk", []int{d, d}, scale, 0}, parameter{"bk", []int{d}, 0, 0},
			parameter{"wv", []int{d, d}, scale, 0}, parameter{"bv", []int{d}, 0, 0},
			parameter{"wo", []int{d, d}, residual, 0}, parameter{"bo", []int{d}, 0, 0},
			parameter{"ln2.g", []int{d}, 0, 1}, parameter{"ln2.b", []int{d}, 0, 0},
			parameter{"w1", []int{d, m}, scale, 0}, parameter{"b1", []int{m}, 0, 0},
			parameter{"w2", []int{m, d}, residual, 0}, parameter{"b2", []int{d}, 0, 0})
	}
	return list
}

// weights draws the numbers of all parameters.
func (c gpt) weights() [][]float32 {
	u := mulberry(seed)
	var all [][]float32
	for _, p := range c.parameters() {
		numbers := make([]float32, p.size())
		for i := range numbers {
			numbers[i] = p.fill
			if p.scale != 0 {
				r := math.Sqrt(-2 * math.Log(max(1e-9, u.next())))
				numbers[i] = float32(r * math.Cos(2*math.Pi*u.next()) * p.scale)
			}
		}
		all = append(all, numbers)
	}
	return all
}

// batches gives batch after batch of text with something to learn: half of the tokens
// follow a fixed map from the token before, half are Zipf-like. x and y are
// [batch · time].
func (c gpt) batches() func() (x, y []int32) {
	u, token := mulberry(seed+1), 1
	next := func() int32 {
		if u.next() < 0.5 {
			token = (31*token + 7) % c.vocabulary
		} else {
			token = min(c.vocabulary-1, int(math.Pow(float64(c.vocabulary), u.next()))-1)
		}
		return int32(token)
	}
	return func() (x, y []int32) {
		for range c.batch {
			t := next()
			for range c.time {
				x = append(x, t)
				t = next()
				y = append(y, t)
			}
		}
		return x, y
	}
}

// prompts are one prompt a row, [rows · length].
func (c gpt) prompts(rows, length int) []int32 {
	u := mulberry(seed + 2)
	x := make([]int32, rows*length)
	for i := range x {
		x[i] = int32(u.next() * float64(c.vocabulary))
	}
	return x
}

// flops are the multiply-adds of a train step, forwards and backwards, counted twice:
// 6 · weights in products · tokens, and attention.
func (c gpt) flops() float64 {
	tokens := c.batch * c.time
	products := c.layers*12*c.dim*c.dim + c.vocabulary*c.dim
	return 6*float64(products)*float64(tokens) + float64(c.layers*12)*float64(tokens)*float64(c.time*c.dim)
}

// hash is FNV-1a over token ids.
func hash(ids []int32) uint32 {
	h := uint32(2166136261)
	for _, id := range ids {
		h = (h ^ uint32(id)) * 16777619
	}
	return h
}

func median(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(x))
	n := len(s)
	return (s[(n-1)/2] + s[n/2]) / 2
}
