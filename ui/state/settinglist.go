package state

import (
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/words"
)

// The settings of the reward: what a good answer earns.
var rewardFields = []Setting{
	{Key: "similarity", Title: words.N("Similarity"), Place: Rewards, Reads: "reward", By: "0.1", at: func(t *protocol.Train) any { return &t.Reward.Similarity.Weight }},
	{Key: "tau", Title: words.N("Threshold τ"), Place: Rewards, Reads: "reward", Most: 0.99, By: "0.05", at: func(t *protocol.Train) any { return &t.Reward.Similarity.Tau }},
	{Key: "language", Title: words.N("Target script"), Place: Rewards, Reads: "reward", By: "0.1", at: func(t *protocol.Train) any { return &t.Reward.Language.Weight }},
	{Key: "length", Title: words.N("Length"), Place: Rewards, Reads: "reward", By: "0.1", at: func(t *protocol.Train) any { return &t.Reward.Length.Weight }},
	{Key: "repetition", Title: words.N("Repetition"), Place: Rewards, Reads: "reward", By: "0.1", at: func(t *protocol.Train) any { return &t.Reward.Repetition.Weight }},
	{Key: "copy", Title: words.N("Copying"), Place: Rewards, Reads: "reward", By: "0.1", at: func(t *protocol.Train) any { return &t.Reward.Copy.Weight }},
	{Key: "gate", Title: words.N("Script gate"), Place: MoreRewards, Reads: "reward", Most: 1, By: "0.05", at: func(t *protocol.Train) any { return &t.Reward.Language.Gate }},
	{Key: "anchor", Title: words.N("Meaning is compared with"), Place: MoreRewards, Reads: "reward", Choices: []Option{
		{string(protocol.AnchorReference), words.N("the reference")}, {string(protocol.AnchorSource), words.N("the source")}},
		at: func(t *protocol.Train) any { return (*string)(&t.Reward.Similarity.Anchor) }},
	{Key: "chrf", Title: "chrF++", Place: MoreRewards, Reads: "reward", By: "0.1", at: func(t *protocol.Train) any { return &t.Reward.ChrF.Weight }},
	{Key: "bleu", Title: "BLEU", Place: MoreRewards, Reads: "reward", By: "0.1", at: func(t *protocol.Train) any { return &t.Reward.BLEU.Weight }},
	{Key: "rouge", Title: "ROUGE-L", Place: MoreRewards, Reads: "reward", By: "0.1", at: func(t *protocol.Train) any { return &t.Reward.ROUGE.Weight }},
	{Key: "consistency", Title: words.N("Languages agree"), Place: MoreRewards, Reads: "reward", By: "0.1", at: func(t *protocol.Train) any { return &t.Reward.Consistency.Weight }},
	{Key: "combine", Title: words.N("Terms are combined"), Place: MoreRewards, Reads: "reward", Choices: []Option{
		{string(protocol.CombineSum), words.N("summed, then compared")}, {string(protocol.CombineGDPO), words.N("compared each, then summed")}},
		at: func(t *protocol.Train) any { return (*string)(&t.Reward.Combine) }},
}

// What every method reads.
var runFields = []Setting{
	{Key: "steps", Title: words.N("Steps"), Place: RunPlace, Least: 1, Most: 100_000, By: "1", at: func(t *protocol.Train) any { return &t.Steps }},
	{Key: "prompts", Title: words.N("Prompts a step"), Place: RunPlace, Least: 1, Most: 1024, By: "1", at: func(t *protocol.Train) any { return &t.Prompts }},
	{Key: "learning-rate", Title: words.N("Learning rate"), Place: RunPlace, Least: 1e-9, Most: 1, By: "any", at: func(t *protocol.Train) any { return &t.LearningRate }},
	{Key: "warmup", Title: words.N("Warm-up steps"), Place: RunPlace, By: "1", at: func(t *protocol.Train) any { return &t.Warmup }},
	{Key: "seed", Title: words.N("Seed"), Place: RunPlace, By: "1", at: func(t *protocol.Train) any { return &t.Seed }},
	{Key: "rank", Title: words.N("LoRA rank"), Place: RunPlace, Most: 1024, By: "1", at: func(t *protocol.Train) any { return &t.LoRARank }},
	{Key: "alpha", Title: words.N("LoRA alpha"), Place: RunPlace, Least: 0.01, By: "any", at: func(t *protocol.Train) any { return &t.LoRAAlpha }},
	{Key: "targets", Title: words.N("What trains"), Place: RunPlace, Choices: []Option{usual, {protocol.TargetsAttention, words.N("attention")},
		{protocol.TargetsMLP, words.N("feed-forward")}, {protocol.TargetsAll, words.N("both")}}, at: func(t *protocol.Train) any { return &t.Targets }},
	{Key: "weight-decay", Title: words.N("Weight decay"), Place: RunPlace, Most: 1, By: "any", at: func(t *protocol.Train) any { return &t.WeightDecay }},
	{Key: "clip-norm", Title: words.N("Gradient clip"), Place: RunPlace, By: "any", at: func(t *protocol.Train) any { return &t.ClipNorm }},
	{Key: "micro-batch", Title: words.N("Rows at once"), Place: RunPlace, Most: 4096, By: "1", at: func(t *protocol.Train) any { return &t.MicroBatch }},
	{Key: "recompute", Title: words.N("Recompute layers"), Place: RunPlace, at: func(t *protocol.Train) any { return &t.Recompute }},
}

// What methods read that learn from groups of completions.
var groupFields = []Setting{
	{Key: "group", Title: words.N("Group size"), Place: SamplingPlace, Reads: "group", Least: 2, Most: 64, By: "1", at: func(t *protocol.Train) any { return &t.Group }},
	{Key: "temperature", Title: words.N("Temperature"), Place: SamplingPlace, Reads: "sampling", Least: 0.01, Most: 10, By: "any", at: func(t *protocol.Train) any { return &t.Sampling.Temperature }},
	{Key: "top-p", Title: words.N("Top-p"), Place: SamplingPlace, Reads: "sampling", Least: 0.01, Most: 1, By: "any", at: func(t *protocol.Train) any { return &t.Sampling.TopP }},
	{Key: "top-k", Title: words.N("Top-k"), Place: SamplingPlace, Reads: "sampling", By: "1", at: func(t *protocol.Train) any { return &t.Sampling.TopK }},
	{Key: "tokens", Title: words.N("Tokens an answer"), Place: SamplingPlace, Least: 1, Most: 4096, By: "1", at: func(t *protocol.Train) any { return &t.Sampling.MaxTokens }},
	{Key: "beta", Title: words.N("KL weight β"), Place: ObjectivePlace, Reads: "beta", By: "any", at: func(t *protocol.Train) any { return &t.Beta }},
	{Key: "kl", Title: words.N("KL estimator"), Place: ObjectivePlace, Reads: "kl", Choices: []Option{usual, {"k3", "k3"}, {"k2", "k2"}, {"k1", "k1"}}, at: func(t *protocol.Train) any { return &t.KL }},
	{Key: "kl-in-reward", Title: words.N("KL in the reward"), Place: ObjectivePlace, Reads: "kl_in_reward", at: func(t *protocol.Train) any { return &t.KLInReward }},
	{Key: "clip-low", Title: words.N("Clip below"), Place: ObjectivePlace, Reads: "clip_low", Most: 1, By: "any", at: func(t *protocol.Train) any { return &t.ClipLow }},
	{Key: "clip-high", Title: words.N("Clip above"), Place: ObjectivePlace, Reads: "clip_high", Most: 100, By: "any", at: func(t *protocol.Train) any { return &t.ClipHigh }},
	{Key: "dual-clip", Title: words.N("Dual clip"), Place: ObjectivePlace, Reads: "dual_clip", By: "any", at: func(t *protocol.Train) any { return &t.DualClip }},
	{Key: "epochs", Title: words.N("Updates a batch"), Place: ObjectivePlace, Reads: "epochs", Least: 1, Most: 64, By: "1", at: func(t *protocol.Train) any { return &t.Epochs }},
	{Key: "entropy-bonus", Title: words.N("Entropy bonus"), Place: ObjectivePlace, Reads: "entropy_bonus", By: "any", at: func(t *protocol.Train) any { return &t.EntropyBonus }},
	{Key: "scale", Title: words.N("Divide rewards by"), Place: ObjectivePlace, Reads: "scale", Choices: []Option{usual, {"group", words.N("the group’s deviation")},
		{"batch", words.N("the batch’s deviation")}, {"none", words.N("nothing")}}, at: func(t *protocol.Train) any { return &t.Scale }},
	{Key: "population-std", Title: words.N("Deviation over n"), Place: ObjectivePlace, Reads: "population_std", at: func(t *protocol.Train) any { return &t.PopulationStd }},
	{Key: "support", Title: words.N("Weights of cut-off tokens"), Place: ObjectivePlace, Reads: "support", Choices: []Option{usual, {"cap", words.N("bounded")},
		{"drop", words.N("dropped")}, {"none", words.N("none")}}, at: func(t *protocol.Train) any { return &t.Support }},
	{Key: "support-limit", Title: words.N("Bound of weights"), Place: ObjectivePlace, Reads: "support_limit", Least: 1, By: "any", at: func(t *protocol.Train) any { return &t.SupportLimit }},
	{Key: "resample", Title: words.N("Draw flat groups again"), Place: ObjectivePlace, Reads: "resample", Most: 20, By: "1", zeroIsOff: true, at: func(t *protocol.Train) any { return &t.Resample }},
	{Key: "overlong", Title: words.N("Over-long penalty"), Place: ObjectivePlace, Reads: "overlong", Most: 1, By: "any", zeroIsOff: true, at: func(t *protocol.Train) any { return &t.Overlong }},
}

// What the other methods read, and what looks after a run.
var otherFields = []Setting{
	{Key: "sft-share", Title: words.N("Share of SFT λ"), Place: ObjectivePlace, Reads: "sft_share", Most: 1, By: "any", zeroIsOff: true, at: func(t *protocol.Train) any { return &t.SFTShare }},
	{Key: "sharpness", Title: words.N("Sharpness b"), Place: ObjectivePlace, Reads: "sharpness", Least: 1e-6, By: "any", at: func(t *protocol.Train) any { return &t.Sharpness }},
	{Key: "row-tokens", Title: words.N("Tokens a row"), Place: ObjectivePlace, Reads: "row_tokens", Most: 4096, By: "1", at: func(t *protocol.Train) any { return &t.RowTokens }},
	{Key: "reference", Title: words.N("Reference model"), Place: ReferencePlace, Reads: "reference", Choices: []Option{usual, {"base", words.N("the base model")},
		{"start", words.N("where the run starts")}}, at: func(t *protocol.Train) any { return &t.Reference }},
	{Key: "reference-every", Title: words.N("It follows every n steps"), Place: ReferencePlace, Reads: "reference_every", Most: 100_000, By: "1", at: func(t *protocol.Train) any { return &t.ReferenceEvery }},
	{Key: "reference-share", Title: words.N("by this share"), Place: ReferencePlace, Reads: "reference_share", Most: 1, By: "any", at: func(t *protocol.Train) any { return &t.ReferenceShare }},
	{Key: "dead-steps", Title: words.N("Warn after dead steps"), Place: WatchPlace, Reads: "dead_steps", Least: 1, By: "1", at: func(t *protocol.Train) any { return &t.DeadSteps }},
	{Key: "stop-when-dead", Title: words.N("End a dead run"), Place: WatchPlace, Reads: "stop_when_dead", at: func(t *protocol.Train) any { return &t.StopWhenDead }},
	{Key: "kl-limit", Title: words.N("Warn above this KL"), Place: WatchPlace, Reads: "kl_limit", Least: 0.001, By: "any", at: func(t *protocol.Train) any { return &t.KLLimit }},
}
