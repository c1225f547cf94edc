package objective

import . "github.com/gomlx/gomlx/core/graph"

// CISPO: the ratio is a bounded weight and no token loses its gradient. A lower
// range of 1 leaves that side open, as the paper does. MiniMax-M1: Scaling
// Test-Time Compute Efficiently with Lightning Attention, arXiv 2506.13585.
var cispo = Method{
	Name: "cispo", Help: "clipped importance weights, a gradient at every token", Paper: "arXiv 2506.13585",
	Scale: ScaleGroup, Surrogate: Weighted, Normalise: PerToken, ClipLow: 1, ClipHigh: 0.2,
}

// Weighted is sg[clip(r)] A log π; clipped counts the bounded weights.
func Weighted(c GRPOConfig, logp, ratio, advantage *Node) (objective, clipped *Node) {
	inRange := c.inRange(ratio)
	return Mul(Mul(StopGradient(inRange), advantage), logp), indicator(NotEqual(ratio, inRange), ratio)
}
