package objective

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"
)

// LogProbOptions of ChosenLogProbs.
type LogProbOptions struct {
	// Temperature the tokens were drawn at: logits are divided by it, as TRL
	// does, so that the loss sees the distribution that was sampled. 0 means 1.
	Temperature float64
	// Chunk is how many rows have logits at the same time; 0 means all.
	Chunk int
	// EntropyGradient lets gradients through the entropy, for a bonus on it.
	EntropyGradient bool
}

// Logits that all fit into chunkAbove live at once; more are done in blocks of
// chunkElements: 32 and 16 MiB in float32.
const (
	chunkAbove    = 8 << 20
	chunkElements = 4 << 20
)

// Chunk returns a LogProbOptions.Chunk for so many rows of a vocabulary: 0 (no
// blocks, and no second forward pass) where all logits are few enough, else a block
// of 16 MiB.
func Chunk(rows, vocabulary int) int {
	if rows*vocabulary <= chunkAbove {
		return 0
	}
	return max(1, chunkElements/vocabulary)
}

// ChosenLogProbs returns the log-probability of each target and the entropy of
// the distribution it was drawn from, in nats, over the whole vocabulary.
//
//	logits:  the policy's head, [n, dim] → [n, vocabulary]
//	hidden:  [..., dim], the final hidden state from which a target is predicted
//	targets: [...], int32, in 0..vocabulary-1 (at masked places too)
//
// Both results are [...] in the logits' type. Gradients flow through logp, and
// through the entropy where the options ask for it.
//
// The log-probability is the chosen logit minus the logsumexp of its row, so
// nothing but the logits themselves is ever [n, vocabulary]. With a Chunk, rows
// are done in blocks, and the backward pass computes a block's logits again
// instead of keeping them: it needs the memory of one block, and one more
// product with the head.
func ChosenLogProbs(logits func(hidden *Node) *Node, hidden, targets *Node, opt LogProbOptions) (logp, entropy *Node) {
	if hidden.Rank() != targets.Rank()+1 {
		exceptions.Panicf("hidden %s and targets %s: hidden must have one axis more", hidden.Shape(), targets.Shape())
	}
	dims := targets.Shape().Dimensions
	dim := hidden.Shape().Dimensions[hidden.Rank()-1]
	hidden = Reshape(hidden, -1, dim) // [n, dim]
	targets = Reshape(targets, -1)    // [n]
	n := targets.Shape().Dimensions[0]
	if opt.Temperature == 0 {
		opt.Temperature = 1
	}
	if opt.Chunk <= 0 || opt.Chunk >= n {
		logp, entropy = opt.chosen(logits(hidden), targets)
		return Reshape(logp, dims...), Reshape(entropy, dims...)
	}
	var logps, entropies []*Node
	for start := 0; start < n; start += opt.Chunk {
		rows := AxisRange(start, min(start+opt.Chunk, n))
		block := Slice(hidden, rows, AxisRange()).Checkpoint() // [chunk, dim]
		l, e := opt.chosen(logits(block), Slice(targets, rows))
		logps = append(logps, l.StopCheckpoint())
		entropies = append(entropies, e.StopCheckpoint())
	}
	return Reshape(Concatenate(logps, 0), dims...), Reshape(Concatenate(entropies, 0), dims...)
}

// chosen works on logits [n, vocabulary] and targets [n]; it returns [n], [n].
func (o LogProbOptions) chosen(logits, targets *Node) (logp, entropy *Node) {
	g := logits.Graph()
	n := logits.Shape().Dimensions[0]
	if o.Temperature != 1 {
		logits = MulScalar(logits, 1/o.Temperature)
	}
	highest := StopGradient(ReduceAndKeep(logits, ReduceMax, -1)) // [n, 1]
	shifted := Sub(logits, highest)                               // [n, vocabulary]
	weights := Exp(shifted)                                       // [n, vocabulary]
	total := ReduceSum(weights, -1)                               // [n]
	logTotal := Log(total)

	row := Iota(g, shapes.Make(dtypes.Int32, n, 1), 0)
	column := ConvertDType(Reshape(targets, n, 1), dtypes.Int32)
	picked := Gather(shifted, Concatenate([]*Node{row, column}, 1), true) // [n]
	logp = Sub(picked, logTotal)

	// H = -Σ p log p = log Σ e^z - Σ e^z z / Σ e^z, with z the shifted logits.
	// A token that cannot be drawn, of a logit of -∞, adds 0 and not 0·-∞.
	finite := Where(GreaterThan(weights, ZerosLike(weights)), shifted, ZerosLike(shifted)) // [n, vocabulary]
	mean := Div(ReduceSum(Mul(weights, finite), -1), total)                                // [n]
	entropy = Sub(logTotal, mean)
	if !o.EntropyGradient {
		entropy = StopGradient(entropy)
	}
	return logp, entropy
}
