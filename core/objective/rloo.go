package objective

import (
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/dongyur/dongyur/core/protocol"
)

// RLOO: REINFORCE with the mean of the group's other completions for a baseline.
// Ahmadian et al., Back to Basics: Revisiting REINFORCE Style Optimization for
// Learning from Human Feedback in LLMs, arXiv 2402.14740.
var _ = Register(Method{
	Name: "rloo", Title: "RLOO", Help: protocol.Text{En: "REINFORCE against the mean of a group’s others", Zh: "以同组其他回答的均值为基线的 REINFORCE"},
	Paper: "arXiv 2402.14740",
	Scale: ScaleLeaveOneOut, Surrogate: Reinforce, Normalise: SumOverSequence,
})

// Reinforce is A log π: no ratio is taken and nothing is clipped.
var Reinforce = &Surrogate{Of: reinforce, Says: func(GRPOConfig) protocol.Text {
	return protocol.Text{En: "Each token’s log-probability is raised by its answer’s advantage; no ratio is taken and nothing is clipped.",
		Zh: "每个词元的对数概率按回答的优势提高；不取比值，也不裁剪。"}
}}

func reinforce(_ GRPOConfig, logp, ratio, advantage *Node) (objective, clipped *Node) {
	return Mul(logp, advantage), ZerosLike(ratio)
}

// SumOverSequence is the sum over a completion's tokens, mean over completions.
var SumOverSequence = &Normaliser{sumOverSequence, protocol.Text{En: "A long answer counts for more than a short one, by its tokens; answers are averaged.", Zh: "回答越长权重越大（按词元计）；再对回答取平均。"}}

func sumOverSequence(_ GRPOConfig, x *Node, in GRPOInputs) *Node {
	return Div(ReduceAllSum(x), in.Sequences)
}
