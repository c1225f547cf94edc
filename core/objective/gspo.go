package objective

import . "github.com/gomlx/gomlx/core/graph"

// GSPO: one ratio a completion, since its reward is one too. The clip range is the
// paper's: a mean over a sequence moves far less than one token does. Zheng et al.,
// Group Sequence Policy Optimization, arXiv 2507.18071.
var gspo = Method{
	Name: "gspo", Help: "GRPO with one ratio a completion", Paper: "arXiv 2507.18071",
	Scale: ScaleGroup, Level: Sequence, Surrogate: Clipped, Normalise: PerSequence, ClipLow: 3e-4, ClipHigh: 4e-4, DualClips: true,
}

// Sequence is the mean of a completion's log-ratios, at each of its tokens:
// s = exp(mean_t log r_t).
func Sequence(logRatio, mask *Node) *Node {
	mean := Div(ReduceAndKeep(logRatio, ReduceSum, 1), lengths(mask)) // [batch, 1]
	return BroadcastToShape(mean, logRatio.Shape())                   // [batch, time]
}
