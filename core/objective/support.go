package objective

import . "github.com/gomlx/gomlx/core/graph"

// DefaultWeightLimit is where TRL and verl cap importance weights.
const DefaultWeightLimit = 3

// Bound says what happens to an importance weight above the limit.
type Bound int

const (
	Cap  Bound = iota // it becomes the limit (truncated importance sampling)
	Drop              // it becomes 0: the token teaches nothing (masked importance sampling)
)

// SupportWeight is the importance weight of tokens that were drawn from a
// truncated distribution.
//
// Top-k and top-p keep the likeliest tokens and give them the mass of all, so a
// token was drawn with probability μ = π/M, M the mass kept, not with π. There
// are two ways to put that right. One is to take both sides of the ratio over
// the kept tokens; but which tokens are kept changes with every update, and a
// token that leaves the set has no log-probability left. So this package takes
// the other: ratios are over the whole vocabulary on both sides, and the loss
// of each token is weighted by
//
//	w = π_full / μ = exp(full - truncated)
//
// which is M up to the difference between sampling's arithmetic and training's,
// and is bounded for the cases where that difference is large (Yao et al., Your
// Efficient RL Framework Secretly Brings You Off-Policy Training, 2025; TRL's
// vllm_importance_sampling_correction, with the same limit).
//
//	full:      [batch, time], GRPOInputs.Old
//	truncated: [batch, time], the rollout's own log-probabilities over what it kept
//
// Without truncation the weight is 1 up to rounding. No gradient goes through.
func SupportWeight(full, truncated *Node, limit float64, bound Bound) *Node {
	d := ClipScalar(Sub(full, truncated), -logRatioLimit, logRatioLimit)
	weight := StopGradient(Exp(d)) // [batch, time]
	capped := MinScalar(weight, limit)
	if bound == Drop {
		return Where(GreaterThan(weight, capped), ZerosLike(weight), weight)
	}
	return capped
}
