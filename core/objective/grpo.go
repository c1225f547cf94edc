package objective

import . "github.com/gomlx/gomlx/core/graph"

// GRPO: a completion is compared with the others of its group, which takes the
// place of PPO's value model. Shao et al., DeepSeekMath: Pushing the Limits of
// Mathematical Reasoning in Open Language Models, arXiv 2402.03300.
var grpo = Method{
	Name: "grpo", Help: "group-relative policy optimisation", Paper: "arXiv 2402.03300",
	Scale: ScaleGroup, Surrogate: Clipped, Normalise: PerSequence, ClipLow: 0.2, ClipHigh: 0.2, DualClips: true,
}

// Clipped is PPO's surrogate: min(r A, clip(r) A), with a bound below for tokens
// of a negative advantage where DualClip is set.
func Clipped(c GRPOConfig, _, ratio, advantage *Node) (objective, clipped *Node) {
	free, bounded := Mul(ratio, advantage), Mul(c.inRange(ratio), advantage)
	objective = Min(free, bounded)
	clipped = indicator(LessThan(bounded, free), ratio)
	if c.DualClip > 0 {
		floor := MulScalar(advantage, c.DualClip) // [batch, 1]
		negative := BroadcastToShape(LessThan(advantage, ZerosLike(advantage)), clipped.Shape())
		floored := Max(objective, floor)
		clipped = Where(LogicalAnd(negative, LessThan(objective, floored)), OnesLike(clipped), clipped)
		objective = Where(negative, floored, objective)
	}
	return objective, clipped
}

// inRange is the ratio inside the clip range.
func (c GRPOConfig) inRange(ratio *Node) *Node { return ClipScalar(ratio, 1-c.ClipLow, 1+c.ClipHigh) }

// PerSequence is the mean over a completion's tokens, then over completions.
func PerSequence(_ GRPOConfig, x *Node, in GRPOInputs) *Node {
	return Div(ReduceAllSum(Div(x, lengths(in.Mask))), in.Sequences)
}
