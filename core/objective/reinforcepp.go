package objective

import "github.com/dongyur/dongyur/core/protocol"

// REINFORCE++: REINFORCE with advantages whitened over the tokens of the whole batch. Hu,
// REINFORCE++: Stabilizing Critic-Free Policy Optimization, arXiv 2501.03262.
var _ = Register(Method{
	Name: "reinforce++", Title: "REINFORCE++", Help: protocol.Text{En: "REINFORCE with advantages whitened over the batch", Zh: "在整个批次上白化优势的 REINFORCE"},
	Paper: "arXiv 2501.03262",
	Scale: ScaleWhiten, Surrogate: Reinforce, Normalise: PerToken,
})
