package objective

// REINFORCE++: REINFORCE with advantages whitened over the whole batch. Hu,
// REINFORCE++: Stabilizing Critic-Free Policy Optimization, arXiv 2501.03262.
var reinforcePP = Method{
	Name: "reinforce++", Help: "REINFORCE with advantages whitened over the batch", Paper: "arXiv 2501.03262",
	Scale: ScaleWhiten, Surrogate: Reinforce, Normalise: PerToken,
}
