package objective

import (
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/dongyur/dongyur/core/protocol"
)

// CISPO: the ratio is a bounded weight and no token loses its gradient. A lower
// range of 1 leaves that side open, as the paper does. MiniMax-M1: Scaling
// Test-Time Compute Efficiently with Lightning Attention, arXiv 2506.13585.
var _ = Register(Method{
	Name: "cispo", Title: "CISPO", Help: protocol.Text{En: "clipped importance weights, a gradient at every token", Zh: "裁剪重要性权重，每个词元都有梯度"},
	Paper: "arXiv 2506.13585",
	Scale: ScaleGroup, Surrogate: Weighted, Normalise: PerToken, ClipLow: 1, ClipHigh: 0.2,
})

// Weighted is sg[clip(r)] A log π; clipped counts the bounded weights.
var Weighted = &Surrogate{Of: weightedLog, Ratio: true, Says: func(c GRPOConfig) protocol.Text {
	return protocol.Say("Each token’s log-probability is raised by its answer’s advantage, weighted by the ratio of new to old probability kept within %s to %s; no token loses its gradient.",
		"每个词元的对数概率按回答的优势提高，权重为限制在 %s 到 %s 之间的新旧概率之比；没有词元失去梯度。", decimal(1-c.ClipLow), decimal(1+c.ClipHigh))
}}

func weightedLog(c GRPOConfig, logp, ratio, advantage *Node) (objective, clipped *Node) {
	inRange := c.inRange(ratio)
	return Mul(Mul(StopGradient(inRange), advantage), logp), indicator(NotEqual(ratio, inRange), ratio)
}
