package train

import (
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/reward"
)

// Terms of the reward that the update adds to the scorer's, since they depend on tokens
// and probabilities.
const (
	TermOverlong = "overlong"
	TermKL       = "kl"
)

var (
	_ = reward.Register(reward.Term{Name: TermOverlong, Title: protocol.Text{En: "Overlong", Zh: "超长"}, Paper: "arXiv 2503.14476", Tint: 11, Least: -1,
		Help: protocol.Text{En: "Taken off over the last share of the length allowed, growing to 1 (DAPO).", Zh: "在允许长度的最后一部分逐渐扣分，直至 1（DAPO）。"}})
	_ = reward.Register(reward.Term{Name: TermKL, Title: protocol.Text{En: "Distance from the reference model", Zh: "与参考模型的距离"}, Paper: "arXiv 1909.08593", Tint: 12, Least: -1,
		Help: protocol.Text{En: "The divergence from the reference model, taken off the reward instead of added to the loss.", Zh: "与参考模型的偏离，从奖励中扣除，而不加入损失。"}})
)

// whyOverlong says why a completion was charged for its length; nothing where it was not.
func whyOverlong(penalty float64, longest int) protocol.Text {
	if penalty == 0 {
		return protocol.Text{}
	}
	return protocol.Say("It comes near the %d tokens at which it is cut off.", "它接近 %d 个词元的截断长度。", longest)
}

func whyKL(divergence, beta float64) protocol.Text {
	return protocol.Say("Taken off for leaving the reference model, %.3f nats times β %g.", "因偏离参考模型而扣分：%.3f 奈特乘以 β %g。", divergence, beta)
}
