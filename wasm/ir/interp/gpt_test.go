package interp_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// gpt is the training step by which backends are compared: pre-LayerNorm with biases,
// exact GELU, learned positions, tied embeddings, AdamW with decay on matrices.
type gpt struct{ layers, dim, heads, vocab, time, batch int }

type parameter struct {
	name string
	dims []int
}

func (c gpt) parameters() []parameter {
	d, m := c.dim, 4*c.dim
	list := []parameter{{"wte", []int{c.vocab, d}}, {"wpe", []int{c.time, d}}, {"lnf.g", []int{d}}, {"lnf.b", []int{d}}}
	for l := range c.layers {
		add := func(name string, dims ...int) { list = append(list, parameter{fmt.Sprintf("h%d.%s", l, name), dims}) }
		add("ln1.g", d)
		add("ln1.b", d)
		for _, x := range "qkvo" {
			add("w"+string(x), d, d)
			add("b"+string(x), d)
		}
		add("ln2.g", d)
		add("ln2.b", d)
		add("w1", d, m)
		add("b1", m)
		add("w2", m, d)
		add("b2", d)
	}
	return list
}

// inputs are random tokens, targets, the step's number, then parameters and moments.
func (c gpt) inputs(seed uint64) []any {
	r := rand.New(rand.NewPCG(seed, 0))
	ids := func() *tensors.Tensor {
		list := make([]int32, c.batch*c.time)
		for i := range list {
			list[i] = int32(r.IntN(c.vocab))
		}
		return tensors.FromFlatDataAndDimensions(list, c.batch, c.time)
	}
	inputs := []any{ids(), ids(), float32(1)}
	for moment := range 3 {
		for _, p := range c.parameters() {
			list := make([]float32, shapes.Make(dtypes.Float32, p.dims...).Size())
			for i := range list {
				switch {
				case moment > 0:
				case strings.HasSuffix(p.name, ".g"):
					list[i] = 1
				default:
					list[i] = float32(r.NormFloat64()) * .1
				}
			}
			inputs = append(inputs, tensors.FromFlatDataAndDimensions(list, p.dims...))
		}
	}
	return inputs
}

// step is one update: from tokens, targets, the step's number, parameters and
// moments to the loss, parameters and moments.
func (c gpt) step(inputs []*Node) []*Node {
	specs := c.parameters()
	tokens, targets, number := inputs[0], inputs[1], inputs[2]
	values, first, second := inputs[3:3+len(specs)], inputs[3+len(specs):3+2*len(specs)], inputs[3+2*len(specs):]
	named := map[string]*Node{}
	for i, p := range specs {
		named[p.name] = values[i]
	}
	loss := c.loss(named, tokens, targets)
	gradients := Gradient(loss, values...)

	const rate, beta1, beta2, epsilon, decay = 1e-3, .9, .95, 1e-8, .1
	g := loss.Graph()
	correct1 := OneMinus(Pow(Const(g, float32(beta1)), number))
	correct2 := OneMinus(Pow(Const(g, float32(beta2)), number))
	outputs := make([]*Node, 1+3*len(specs))
	outputs[0] = loss
	for i, p := range specs {
		m := Add(MulScalar(first[i], beta1), MulScalar(gradients[i], 1-beta1))
		v := Add(MulScalar(second[i], beta2), MulScalar(Square(gradients[i]), 1-beta2))
		update := Div(Div(m, correct1), AddScalar(Sqrt(Div(v, correct2)), epsilon))
		if len(p.dims) == 2 {
			update = Add(update, MulScalar(values[i], decay))
		}
		outputs[1+i] = Sub(values[i], MulScalar(update, rate))
		outputs[1+len(specs)+i], outputs[1+2*len(specs)+i] = m, v
	}
	return outputs
}

func (c gpt) loss(p map[string]*Node, tokens, targets *Node) *Node {
	x := Gather(p["wte"], ExpandAxes(tokens, -1)) // [batch, time, dim]
	x = Add(x, ExpandAxes(p["wpe"], 0))
	for l := range c.layers {
		at := func(name string) *Node { return p[fmt.Sprintf("h%d.%s", l, name)] }
		x = Add(x, c.attention(at, norm(x, at("ln1.g"), at("ln1.b"))))
		h := linear(norm(x, at("ln2.g"), at("ln2.b")), at("w1"), at("b1")) // [batch, time, 4·dim]
		h = Mul(MulScalar(h, .5), AddScalar(Erf(MulScalar(h, math.Sqrt(.5))), 1))
		x = Add(x, linear(h, at("w2"), at("b2")))
	}
	x = norm(x, p["lnf.g"], p["lnf.b"])
	logits := Einsum("btd,vd->btv", x, p["wte"])
	chosen := Mul(LogSoftmax(logits, -1), OneHot(targets, c.vocab, dtypes.Float32))
	return Neg(ReduceAllMean(ReduceSum(chosen, -1)))
}

func (c gpt) attention(at func(string) *Node, x *Node) *Node {
	heads := func(which string) *Node {
		y := linear(x, at("w"+which), at("b"+which))
		y = Reshape(y, c.batch, c.time, c.heads, c.dim/c.heads)
		return TransposeAllAxes(y, 0, 2, 1, 3) // [batch, heads, time, dim/heads]
	}
	scores := Einsum("bhqd,bhkd->bhqk", heads("q"), heads("k"))
	scores = MulScalar(scores, 1/math.Sqrt(float64(c.dim/c.heads)))
	mask := BroadcastToShape(Reshape(LowerTriangular(x.Graph(), c.time), 1, 1, c.time, c.time), shapes.Make(dtypes.Bool, scores.Shape().Dimensions...))
	scores = Where(mask, scores, BroadcastToShape(Const(x.Graph(), float32(-1e30)), scores.Shape()))
	y := Einsum("bhqk,bhkd->bhqd", Softmax(scores, -1), heads("v"))
	y = Reshape(TransposeAllAxes(y, 0, 2, 1, 3), c.batch, c.time, c.dim)
	return linear(y, at("wo"), at("bo"))
}

func linear(x, w, b *Node) *Node {
	return Add(Einsum("btd,df->btf", x, w), Reshape(b, 1, 1, -1))
}

// norm is LayerNorm over the last axis.
func norm(x, gain, bias *Node) *Node {
	centred := Sub(x, ReduceAndKeep(x, ReduceMean, -1))
	variance := ReduceAndKeep(Square(centred), ReduceMean, -1)
	y := Div(centred, Sqrt(AddScalar(variance, 1e-5)))
	return Add(Mul(y, Reshape(gain, 1, 1, -1)), Reshape(bias, 1, 1, -1))
}
