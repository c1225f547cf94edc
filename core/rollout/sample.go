package rollout

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/dongyur/dongyur/core/task"
)

// One token a row is drawn inside the graph, so logits [batch, vocab] never
// leave the engine:
//
//  1. p = softmax(logits/temperature).
//  2. Top-k and top-p (Holtzman et al. 2020) keep p ≥ t. Instead of sorting, t is
//     found by bisection: twelve passes of compare and sum. t is the
//     largest bfloat16 number that still keeps k tokens, or the mass top_p, so
//     the kept set is the smallest one but for near ties: a token is kept too
//     if its probability is less than 1/128 below that of the last one needed.
//  3. The inverse of the cumulative distribution at u·mass, u uniform in [0, 1).
//     Cumulative sums go over blocks of about √vocab first and then inside the
//     one block that was hit.

// mode is what of sampling changes the graph; the rest are inputs.
type mode struct{ greedy, topK, topP bool }

func modeOf(s task.Sampling) mode {
	if s.Temperature == 0 {
		return mode{greedy: true}
	}
	return mode{topK: s.TopK > 0, topP: s.TopP > 0 && s.TopP < 1}
}

// settings gives a graph's sampling parameters: 1/temperature, top_k, top_p.
func settings(s task.Sampling) []float32 {
	inverse := 1.0
	if s.Temperature != 0 {
		inverse = 1 / s.Temperature
	}
	return []float32{float32(inverse), float32(s.TopK), float32(s.TopP)}
}

// draw is one token a row with what is known about it; all are [batch].
type draw struct {
	token   *Node // i32
	logProb *Node // f32, over the tokens that were kept (greedy: 0)
	full    *Node // f32, over the whole vocabulary at the same temperature (greedy: 1)
	entropy *Node // f32, nats, of the whole vocabulary's distribution
}

// sample draws from logits [batch, vocab]; u is f32 [batch] in [0, 1), parameters
// are f32 [3] as settings gives them.
func sample(m mode, logits, parameters, u *Node) draw {
	parameter := func(i int) *Node { return Reshape(Slice(parameters, AxisElem(i))) } // []
	if !m.greedy {
		logits = Mul(logits, parameter(0))
	}
	p := Softmax(logits, -1) // [batch, vocab]

	kept := p
	if m.topK {
		kept = keep(kept, threshold(kept, OnesLike(kept), parameter(1)))
	}
	if m.topP {
		kept = keep(kept, threshold(kept, kept, Mul(ReduceSum(kept, -1), parameter(2))))
	}

	var d draw
	var chosen, mass *Node // probability of the token, sum of kept; [batch]
	if m.greedy {
		d.token = ArgMax(logits, -1, dtypes.Int32)
		chosen = at(p, d.token)
	} else {
		d.token, chosen, mass = invert(kept, u)
	}
	d.full = Log(chosen)
	switch {
	case m.greedy:
		// 0, but NaN where the model gave NaN.
		d.logProb = Sub(d.full, d.full)
	case m.topK || m.topP:
		d.logProb = Log(Div(chosen, mass))
	default:
		d.logProb = d.full
	}
	// H = -Σ p log p = log Z - Σ p·logit, and log Z = logit - log p at the token.
	mean := DotGeneral(p, []int{1}, []int{0}, logits, []int{1}, []int{0}) // [batch]
	d.entropy = Sub(Sub(at(logits, d.token), d.full), mean)
	return d
}

// The bisection goes over bfloat16 numbers, which are the upper halves of float32
// and in the same order as whole numbers: from 2⁻³² (no vocabulary has a tail
// that matters below it) to 1 there are 2¹² of them.
const (
	thresholdLow    = 0x2F80 // 2⁻³²
	thresholdHigh   = 0x3F80 // 1
	thresholdPasses = 12
)

// threshold is the largest bfloat16 number t with Σ weights[p ≥ t] ≥ want, or 2⁻³²
// if there is none: p and weights are [batch, vocab], want [batch] or a scalar,
// t f32 [batch].
//
// Its sums over [batch, vocab] are most of sampling's cost, and the Go engine is
// several times faster at them as products. A GPU may round a product's inputs
// to fewer bits: a threshold has only eight, a mask one, and nothing but the
// choice of the threshold hangs on the sum.
func threshold(p, weights, want *Node) *Node {
	g := p.Graph()
	batch := p.Shape().Dimensions[0]
	low := BroadcastToDims(Const(g, uint32(thresholdLow)), batch)
	high := BroadcastToDims(Const(g, uint32(thresholdHigh)), batch)
	for range thresholdPasses {
		middle := BitwiseShiftRightLogical(Add(low, high), Const(g, uint32(1)))
		mask := ConvertDType(GreaterOrEqual(p, spread(upper(middle), p)), dtypes.Float32) // [batch, vocab]
		sum := DotGeneral(mask, []int{1}, []int{0}, weights, []int{1}, []int{0})          // [batch]
		enough := GreaterOrEqual(sum, want)
		low, high = Where(enough, middle, low), Where(enough, high, middle)
	}
	return upper(low)
}

// spread repeats t [batch] along the rows of p [batch, vocab], as a product with ones.
func spread(t, p *Node) *Node {
	batch, vocab := p.Shape().Dimensions[0], p.Shape().Dimensions[1]
	return DotGeneral(Reshape(t, batch, 1), []int{1}, nil, Ones(p.Graph(), shapes.Make(dtypes.Float32, 1, vocab)), []int{0}, nil)
}

// upper is the float32 with the given upper half.
func upper(half *Node) *Node {
	return Bitcast(BitwiseShiftLeft(half, Const(half.Graph(), uint32(16))), dtypes.Float32)
}

// keep is p where it is at least t [batch], else 0.
func keep(p, t *Node) *Node {
	return Where(GreaterOrEqual(p, spread(t, p)), p, ScalarZero(p.Graph(), dtypes.Float32))
}

// invert finds the token at u·mass of the cumulative sum of weights [batch, vocab],
// which need not sum to one: the token i32, its weight and the mass, all [batch].
// A token of weight 0 is never chosen.
func invert(weights, u *Node) (token, weight, mass *Node) {
	g := weights.Graph()
	batch, vocab := weights.Shape().Dimensions[0], weights.Shape().Dimensions[1]
	size := 1
	for size*size < vocab {
		size *= 2
	}
	blocks := (vocab + size - 1) / size
	if rest := blocks*size - vocab; rest > 0 {
		weights = Pad(weights, ScalarZero(g, dtypes.Float32), PadAxis{}, PadAxis{End: rest})
	}
	weights = Reshape(weights, batch, blocks, size)

	sums := ReduceSum(weights, -1)  // [batch, blocks]
	totals := cumulative(sums)      // [batch, blocks]
	mass = column(totals, blocks-1) // [batch]
	target := Mul(u, mass)          // [batch]
	block := crossing(sums, totals, target)
	before := Sub(pick(totals, block), pick(sums, block)) // [batch]

	row := Iota(g, shapes.Make(dtypes.Int32, batch, 1), 0)
	inside := Gather(weights, Concatenate([]*Node{row, ExpandDims(block, -1)}, 1)) // [batch, size]
	within := crossing(inside, cumulative(inside), Sub(target, before))
	token = Add(MulScalar(block, size), within)
	return token, pick(inside, within), mass
}

// crossing is the first column whose cumulative sum is above target [batch] and
// whose weight is not 0; if rounding leaves none, the last that is not 0. i32 [batch].
func crossing(weights, totals, target *Node) *Node {
	g := weights.Graph()
	batch, n := weights.Shape().Dimensions[0], weights.Shape().Dimensions[1]
	column := Iota(g, shapes.Make(dtypes.Int32, batch, n), 1)
	some := GreaterThan(weights, ScalarZero(g, dtypes.Float32))
	above := LogicalAnd(some, GreaterThan(totals, ExpandDims(target, -1)))
	first := ReduceMin(Where(above, column, Const(g, int32(n))), -1)
	last := ReduceMax(Where(some, column, Const(g, int32(0))), -1)
	return Min(first, last)
}

// cumulative sums along the last axis of x [batch, n] by doubling steps, which is
// exact to float32 on every engine, as a product with a triangle may not be.
func cumulative(x *Node) *Node {
	zero := ScalarZero(x.Graph(), x.DType())
	n := x.Shape().Dimensions[1]
	for step := 1; step < n; step *= 2 {
		x = Add(x, Pad(Slice(x, AxisRange(), AxisRange(0, n-step)), zero, PadAxis{}, PadAxis{Start: step}))
	}
	return x
}

// column is x[:, i] of x [batch, n].
func column(x *Node, i int) *Node {
	return Reshape(Slice(x, AxisRange(), AxisElem(i)), x.Shape().Dimensions[0])
}

// at is x[row, index[row]] of x [batch, n] by a gather, for wide rows.
func at(x, index *Node) *Node {
	row := Iota(x.Graph(), shapes.Make(dtypes.Int32, x.Shape().Dimensions[0], 1), 0)
	return Gather(x, Concatenate([]*Node{row, ExpandDims(index, -1)}, 1))
}

// pick is x[row, index[row]] of x [batch, n] by a masked sum, for narrow rows.
func pick(x, index *Node) *Node {
	g := x.Graph()
	hit := Equal(Iota(g, shapes.Make(dtypes.Int32, x.Shape().Dimensions...), 1), ExpandDims(index, -1))
	return ReduceSum(Where(hit, x, ScalarZero(g, x.DType())), -1)
}

// seedKey gives the two halves of a seed from u32 [2] as scalars.
func seedKey(seed *Node) [2]*Node {
	return [2]*Node{Reshape(Slice(seed, AxisElem(0))), Reshape(Slice(seed, AxisElem(1)))}
}
