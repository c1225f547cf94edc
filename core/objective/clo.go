package objective

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/dongyur/dongyur/core/protocol"
)

// CLO: a reference is learnt in the target language, while an answer in the
// language that was asked for is preferred to one in the other. Attention alone
// trains, as in the paper. Lee et al., Cross-Lingual Optimization for Language
// Transfer in Large Language Models, arXiv 2505.14297.
var _ = Register(Method{
	Name: "clo", Title: "CLO", Help: protocol.Text{En: "SFT on the target language and a preference for the language that was asked for", Zh: "对目标语言做 SFT，并偏好所要求的语言"},
	Paper:  "arXiv 2505.14297",
	Learns: Pairs,
	Own: []protocol.Setting{
		{Key: "sft-share", Path: "sft_share", Unset: DefaultCLO.SFTShare, Kind: protocol.Number, Place: "method", Most: 1, Paper: "arXiv 2505.14297",
			Title: protocol.Text{En: "Share of SFT λ", Zh: "SFT 份额 λ"},
			Help: protocol.Text{En: "How much of the loss is SFT on the target language; the rest prefers the language that was asked for.",
				Zh: "损失中目标语言 SFT 所占的份额；其余部分偏好所要求的语言。"}},
		{Key: "sharpness", Path: "sharpness", Unset: DefaultCLO.Sharpness, Kind: protocol.Number, Place: "method", Least: 1e-6, Paper: "arXiv 2505.14297",
			Title: protocol.Text{En: "Sharpness b", Zh: "锐度 b"},
			Help: protocol.Text{En: "How sharply the right language is preferred to the wrong one.",
				Zh: "对正确语言相对错误语言的偏好有多强。"}},
	},
	Defaults: func(t *protocol.Train) {
		t.Prompts, t.Targets = 4, protocol.TargetsAttention
	},
})

// Rows of a pair, in their order: an answer's language, then its prompt's. The
// target is the language to be learnt, the pivot the one that the model knows.
const (
	PivotOnPivot = iota // y_en | x_en
	TargetOnPivot
	TargetOnTarget // y_l | x_l
	PivotOnTarget
	CLORows // rows a pair
)

// CLOConfig are CLO's two constants. What the paper ran with is not in what we
// could read.
type CLOConfig struct {
	SFTShare  float64 // λ: weight of L_SFT, 1-λ that of L_CL
	Sharpness float64 // b: of the preference
}

// DefaultCLO is what DPO-like losses are usually run with.
var DefaultCLO = CLOConfig{SFTShare: 0.5, Sharpness: 0.1}

// Validate tells what is wrong with a configuration.
func (c CLOConfig) Validate() error {
	switch {
	case !(c.SFTShare >= 0 && c.SFTShare <= 1):
		return fmt.Errorf("the share of SFT (λ) is %v, not in 0..1", c.SFTShare)
	case !(c.Sharpness > 0):
		return fmt.Errorf("the sharpness (b) is %v: it must be above 0", c.Sharpness)
	}
	return nil
}

// CLOInputs are the tensors of a micro-batch: CLORows rows a pair, as the
// constants order them. A pair whose rows are all masked does not count.
type CLOInputs struct {
	LogP      *Node // [rows, time], of the policy
	Reference *Node // [rows, time], of the frozen reference
	Mask      *Node // [rows, time], 1 at the answer's tokens
	Pairs     *Node // scalar: pairs in the whole batch
	Tokens    *Node // scalar: tokens of the TargetOnTarget rows of the whole batch
}

// CLOStats are scalars for reports; those of micro-batches are added up. They let
// no gradient through.
type CLOStats struct {
	SFT        *Node // L_SFT, nats a token
	Contrast   *Node // L_CL, nats a pair
	Preferred  *Node // share of the two comparisons that the policy gets right
	Divergence *Node // k3 to the reference on the target's answers, nats a token
}

// CLOLoss returns the scalar to minimise,
//
//	λ·L_SFT + (1-λ)·L_CL
//	L_SFT = -log π(y_l|x_l), a mean over tokens
//	L_CL  = -log σ(b[Δ(y_en|x_en) - Δ(y_l|x_en)]) - log σ(b[Δ(y_l|x_l) - Δ(y_en|x_l)]), a mean over pairs
//	Δ     = log π/π_ref, summed over the answer
//
// and its figures. It panics, as graph building does, with Validate's error.
func CLOLoss(in CLOInputs, c CLOConfig) (loss *Node, stats CLOStats) {
	if err := c.Validate(); err != nil {
		panic(err)
	}
	time := in.Mask.Shape().Dimensions[1]
	mask := Reshape(in.Mask, -1, CLORows, time)                                       // [pairs, 4, time]
	logp := masked(Reshape(in.LogP, -1, CLORows, time), mask)                         // [pairs, 4, time]
	reference := StopGradient(masked(Reshape(in.Reference, -1, CLORows, time), mask)) // [pairs, 4, time]
	moved := ReduceSum(Sub(logp, reference), -1)                                      // [pairs, 4]
	row := func(x *Node, i int) *Node { return Squeeze(SliceAxis(x, 1, AxisElem(i)), 1) }

	sft := SFTLoss(row(logp, TargetOnTarget), row(mask, TargetOnTarget), in.Tokens)
	counts := ReduceMax(Reshape(mask, -1, CLORows*time), -1)               // [pairs]
	onPivot := Sub(row(moved, PivotOnPivot), row(moved, TargetOnPivot))    // [pairs]
	onTarget := Sub(row(moved, TargetOnTarget), row(moved, PivotOnTarget)) // [pairs]
	over := func(onPivot, onTarget *Node) *Node {
		return Div(ReduceAllSum(masked(Add(onPivot, onTarget), counts)), in.Pairs)
	}
	contrast := over(softMargin(MulScalar(onPivot, c.Sharpness)), softMargin(MulScalar(onTarget, c.Sharpness)))
	loss = Add(MulScalar(sft, c.SFTShare), MulScalar(contrast, 1-c.SFTShare))

	right := func(margin *Node) *Node { return indicator(GreaterThan(margin, ZerosLike(margin)), margin) }
	return loss, CLOStats{
		SFT:       StopGradient(sft),
		Contrast:  StopGradient(contrast),
		Preferred: StopGradient(MulScalar(over(right(onPivot), right(onTarget)), 0.5)),
		Divergence: StopGradient(TokenMean(Divergence(K3, row(logp, TargetOnTarget), row(reference, TargetOnTarget)),
			row(mask, TargetOnTarget), in.Tokens)),
	}
}

// softMargin is -log σ(x) = max(-x, 0) + log(1 + e^-|x|), which no x makes infinite.
func softMargin(x *Node) *Node {
	return Add(MaxScalar(Neg(x), 0), Log1P(Exp(Neg(Abs(x)))))
}
