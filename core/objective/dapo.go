package objective

import (
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/dongyur/dongyur/core/protocol"
)

// DAPO: a wider range upwards, a mean over all tokens, no divergence, groups
// without a spread drawn again, and a penalty that grows towards the longest
// completion allowed. Yu et al., DAPO: An Open-Source LLM Reinforcement Learning
// System at Scale, arXiv 2503.14476.
var dapo = Register(Method{
	Name: "dapo", Title: "DAPO", Help: protocol.Text{En: "GRPO a token, clipped higher, with groups drawn until they have a spread", Zh: "逐词元的 GRPO，上侧裁剪更宽，并重抽奖励全同的组"},
	Paper: "arXiv 2503.14476",
	Scale: ScaleGroup, Surrogate: Clipped, Normalise: PerToken, ClipLow: 0.2, ClipHigh: 0.28, DualClips: true, DropsFlat: true,
	Defaults: func(t *protocol.Train) {
		t.Beta = 0
		t.Own = t.Own.With("resample", 3.0).With("overlong", 0.2) // the paper's 4,096 of 20,480 tokens
	},
})

// PerToken divides by the tokens of the whole batch.
var PerToken = &Normaliser{perToken, protocol.Text{En: "Every token of the step counts the same.", Zh: "这一步的每个词元权重相同。"}}

func perToken(_ GRPOConfig, x *Node, in GRPOInputs) *Node { return Div(ReduceAllSum(x), in.Tokens) }

// SoftOverlong is what a completion of length tokens gains for its length: 0 up to
// the last zone (a share of longest, the most that is allowed), falling to -1 at
// longest and beyond.
func SoftOverlong(length, longest int, zone float64) float64 {
	soft := zone * float64(longest)
	if soft <= 0 {
		return 0
	}
	return -min(1, max(0, (float64(length)-(float64(longest)-soft))/soft))
}
