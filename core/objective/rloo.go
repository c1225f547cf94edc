package objective

import . "github.com/gomlx/gomlx/core/graph"

// RLOO: REINFORCE with the mean of the group's other completions for a baseline.
// Ahmadian et al., Back to Basics: Revisiting REINFORCE Style Optimization for
// Learning from Human Feedback in LLMs, arXiv 2402.14740.
var rloo = Method{
	Name: "rloo", Help: "REINFORCE against the mean of a group's others", Paper: "arXiv 2402.14740",
	Scale: ScaleLeaveOneOut, Surrogate: Reinforce, Normalise: SumOverSequence,
}

// Reinforce is A log π; nothing is clipped.
func Reinforce(_ GRPOConfig, logp, ratio, advantage *Node) (objective, clipped *Node) {
	return Mul(logp, advantage), ZerosLike(ratio)
}

// SumOverSequence is the sum over a completion's tokens, mean over completions.
func SumOverSequence(_ GRPOConfig, x *Node, in GRPOInputs) *Node {
	return Div(ReduceAllSum(x), in.Sequences)
}
