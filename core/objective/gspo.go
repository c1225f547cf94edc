package objective

import (
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/dongyur/dongyur/core/protocol"
)

// GSPO: one ratio a completion, since its reward is one too. The clip range is the
// paper's: a mean over a sequence moves far less than one token does. Zheng et al.,
// Group Sequence Policy Optimization, arXiv 2507.18071.
var _ = Register(Method{
	Name: "gspo", Title: "GSPO", Help: protocol.Text{En: "GRPO with one ratio a completion", Zh: "整个回答取一个比值的 GRPO"},
	Paper: "arXiv 2507.18071",
	Scale: ScaleGroup, Level: Sequence, Surrogate: Clipped, Normalise: PerSequence, ClipLow: 3e-4, ClipHigh: 4e-4, DualClips: true,
})

// Sequence is one ratio for a whole completion.
var Sequence = &Level{sequence, protocol.Text{En: "The ratio is taken over the whole answer, as the mean of its tokens’ log-ratios.", Zh: "比值取自整个回答，即各词元对数比值的平均。"}}

// sequence is the mean of a completion's log-ratios, at each of its tokens:
// s = exp(mean_t log r_t).
func sequence(logRatio, mask *Node) *Node {
	mean := Div(ReduceAndKeep(logRatio, ReduceSum, 1), lengths(mask)) // [batch, 1]
	return BroadcastToShape(mean, logRatio.Shape())                   // [batch, time]
}
