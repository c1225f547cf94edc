package objective

import (
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/dongyur/dongyur/core/protocol"
)

// GRPO: a completion is compared with the others of its group, which takes the
// place of PPO's value model. Shao et al., DeepSeekMath: Pushing the Limits of
// Mathematical Reasoning in Open Language Models, arXiv 2402.03300.
var grpo = Register(Method{
	Name: "grpo", Title: "GRPO", Help: protocol.Text{En: "group-relative policy optimisation: answers above the mean of their group become likelier", Zh: "组相对策略优化：高于本组均值的回答变得更可能"},
	Paper: "arXiv 2402.03300",
	Scale: ScaleGroup, Surrogate: Clipped, Normalise: PerSequence, ClipLow: 0.2, ClipHigh: 0.2, DualClips: true,
})

// Clipped is PPO's surrogate: min(r A, clip(r) A), with a bound below for tokens
// of a negative advantage where DualClip is set.
var Clipped = &Surrogate{Of: clippedRatio, Ratio: true, Says: func(c GRPOConfig) protocol.Text {
	return protocol.Say("For each token the ratio of new to old probability, times the answer’s advantage, is maximised; outside %s to %s it is clipped.",
		"最大化每个词元的新旧概率之比乘以回答的优势；超出 %s 到 %s 则裁剪。", decimal(1-c.ClipLow), decimal(1+c.ClipHigh))
}}

func clippedRatio(c GRPOConfig, _, ratio, advantage *Node) (objective, clipped *Node) {
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
var PerSequence = &Normaliser{perSequence, protocol.Text{En: "Each answer counts the same, however long.", Zh: "每个回答无论长短权重相同。"}}

func perSequence(_ GRPOConfig, x *Node, in GRPOInputs) *Node {
	return Div(ReduceAllSum(Div(x, lengths(in.Mask))), in.Sequences)
}
