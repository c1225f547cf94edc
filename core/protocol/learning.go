package protocol

// Learning are a run's settings that belong to its method; see core/objective.
// A zero is the method's own value, which for most means off. Where zero is not
// off already, a negative number is.
type Learning struct {
	// Which projections train: "attention", "mlp" or "all"; "": the method's own, mostly all.
	Targets string `json:"targets,omitempty"`

	// FromAdapter goes on from the adapter at hand, loaded or just trained, with its
	// rank and targets, instead of a new one: a cold start by SFT, then GRPO.
	FromAdapter bool `json:"from_adapter,omitempty"`

	// Methods that learn from groups of completions.

	Scale         string  `json:"scale,omitempty"`          // rewards are divided by the deviation of the "group", of the "batch", or "none"
	Epsilon       float64 `json:"epsilon,omitempty"`        // added to that deviation; 0: 1e-4
	PopulationStd bool    `json:"population_std,omitempty"` // the deviation divides by n, not by n-1
	DualClip      float64 `json:"dual_clip,omitempty"`      // bound on the loss of bad completions, 3 is usual; 0: none
	KL            string  `json:"kl,omitempty"`             // estimator of beta's divergence: "k3", "k2", "k1"
	KLInReward    bool    `json:"kl_in_reward,omitempty"`   // beta's divergence is taken off the reward and not added to the loss
	EntropyBonus  float64 `json:"entropy_bonus,omitempty"`  // weight of the policy's entropy; 0: none
	Support       string  `json:"support,omitempty"`        // weights of tokens drawn with top-k or top-p: "cap" above the limit, "drop" above it, or "none"
	SupportLimit  float64 `json:"support_limit,omitempty"`  // that limit; 0: 3
	Resample      int     `json:"resample,omitempty"`       // how often groups whose rewards are all the same are drawn again from other prompts
	MaskTruncated bool    `json:"mask_truncated,omitempty"` // leave answers that the token limit cut off out of the update
	Overlong      float64 `json:"overlong,omitempty"`       // share of max_tokens, at its end, over which a penalty grows to 1

	// What the policy is held to: the "base" model, or the policy as it is at the
	// "start" of the run; "": the start where the run goes on from an adapter, else
	// the base. It moves towards the policy every so many steps, by this share: 1
	// copies it. 0 steps: it stays.
	Reference      string  `json:"reference,omitempty"`
	ReferenceEvery int     `json:"reference_every,omitempty"`
	ReferenceShare float64 `json:"reference_share,omitempty"` // 0: 1

	// CLO.

	SFTShare  float64 `json:"sft_share,omitempty"` // λ: share of the SFT term
	Sharpness float64 `json:"sharpness,omitempty"` // b: of the preference for the language asked for

	// CPT.

	RowTokens int `json:"row_tokens,omitempty"` // tokens a packed row; 0: 128, or the model's context where that is shorter

	// Memory.

	Recompute bool `json:"recompute,omitempty"` // the backward pass computes each layer again instead of keeping it

	// A run whose divergence from the reference passes this, in nats a token, is
	// reported as collapsed; 0: 4.
	KLLimit float64 `json:"kl_limit,omitempty"`
}

// Values of Learning.Targets.
const (
	TargetsAttention = "attention"
	TargetsMLP       = "mlp"
	TargetsAll       = "all"
)
