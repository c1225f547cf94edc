package objective

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"
)

// GRPOConfig chooses a member of the family and its constants.
type GRPOConfig struct {
	Method   Method
	ClipLow  float64 // ratios are clipped to 1-ClipLow … 1+ClipHigh
	ClipHigh float64
	Beta     float64 // weight of the divergence from the reference; 0: none
	KL       KL      // estimator inside the loss: K3 or K2
	// DualClip bounds the loss of a token with a negative advantage at
	// -DualClip·A (Ye et al., arXiv 1912.09729; 3 is usual); 0: no bound.
	DualClip float64
	// MaxLength is Dr.GRPO's constant divisor: the longest completion allowed.
	MaxLength int
}

// Config returns the method's published constants, with no divergence term.
func (m Method) Config() GRPOConfig {
	return GRPOConfig{Method: m, ClipLow: m.ClipLow, ClipHigh: m.ClipHigh}
}

// Validate tells what is wrong with a configuration.
func (c GRPOConfig) Validate() error {
	switch {
	case !(c.ClipLow >= 0 && c.ClipLow <= 1):
		return fmt.Errorf("clip range: low is %v, not in 0..1", c.ClipLow)
	case !(c.ClipHigh >= 0):
		return fmt.Errorf("clip range: high is %v, below 0", c.ClipHigh)
	case !(c.Beta >= 0):
		return fmt.Errorf("beta is %v: the weight of the divergence cannot be negative", c.Beta)
	case c.Beta > 0 && c.KL == K1:
		return fmt.Errorf("KL estimator k1 inside the loss does not regularise (its expected gradient is 0): use k3 or k2, or put k1 into the reward")
	case c.DualClip != 0 && !(c.DualClip > 1+c.ClipHigh):
		return fmt.Errorf("dual clip is %v: it must be above the clip range, %v (3 is usual)", c.DualClip, 1+c.ClipHigh)
	case c.Method.Normalise == PerMaxLength && c.MaxLength <= 0:
		return fmt.Errorf("%s divides by the longest completion allowed: set MaxLength", c.Method.Name)
	}
	return nil
}

// GRPOInputs are the tensors of a micro-batch. Log-probabilities are natural
// logs over the whole vocabulary at the sampling temperature, as ChosenLogProbs
// gives them; all floats have one type.
//
// Old is the trainer's own computation at the start of the step, before the
// first update: the same graph on the same weights, so a ratio is exactly 1
// then, at every temperature and every truncation. What sampling with top-k or
// top-p changes is carried by Weight; see SupportWeight.
type GRPOInputs struct {
	LogP      *Node // [batch, time], of the policy as it is
	Old       *Node // [batch, time], at the start of the step
	Reference *Node // [batch, time], of the frozen reference; nil if Beta is 0 and KL is not reported
	Mask      *Node // [batch, time], 1 at the completion's tokens, else 0
	Advantage *Node // [batch]
	Weight    *Node // [batch, time], importance weight of each token; nil: 1
	Sequences *Node // scalar: completions in the whole batch
	Tokens    *Node // scalar: tokens (ones of Mask) in the whole batch
}

// GRPOStats are scalars for reports, each a mean over the whole batch's tokens:
// like the loss, those of the micro-batches are added up. They let no gradient
// through.
type GRPOStats struct {
	KL        *Node // k3 to the reference, nats a token; 0 without Reference
	ClipShare *Node // share of tokens whose gradient the clip range cut off
	Ratio     *Node // new over old probability
}

// GRPOLoss returns the scalar to minimise over a micro-batch, and its figures.
// It panics, as graph building does, with Validate's error on a bad
// configuration. For the table of methods see the package documentation.
func GRPOLoss(in GRPOInputs, cfg GRPOConfig) (loss *Node, stats GRPOStats) {
	if err := cfg.Validate(); err != nil {
		panic(err)
	}
	if cfg.Beta > 0 && in.Reference == nil {
		exceptions.Panicf("beta is %v but there are no reference log-probabilities", cfg.Beta)
	}
	mask := in.Mask
	logp := masked(in.LogP, mask)                          // [batch, time]
	old := StopGradient(masked(in.Old, mask))              // [batch, time]
	advantage := StopGradient(InsertAxes(in.Advantage, 1)) // [batch, 1]
	ratio := cfg.ratio(logp, old, mask)                    // [batch, time]

	objective, clipped := cfg.surrogate(logp, ratio, advantage) // [batch, time] both
	if in.Weight != nil {
		objective = Mul(objective, StopGradient(masked(in.Weight, mask)))
	}
	stats = GRPOStats{
		KL:        ScalarZero(logp.Graph(), logp.DType()),
		ClipShare: StopGradient(TokenMean(clipped, mask, in.Tokens)),
		Ratio:     StopGradient(TokenMean(ratio, mask, in.Tokens)),
	}
	if in.Reference != nil {
		reference := StopGradient(masked(in.Reference, mask))
		stats.KL = StopGradient(TokenMean(Divergence(K3, logp, reference), mask, in.Tokens))
		if cfg.Beta > 0 {
			objective = Sub(objective, MulScalar(Divergence(cfg.KL, logp, reference), cfg.Beta))
		}
	}
	return Neg(cfg.normalise(masked(objective, mask), mask, in)), stats
}

// ratio is new over old probability, [batch, time]; a sequence's ratio stands
// at each of its tokens.
func (c GRPOConfig) ratio(logp, old, mask *Node) *Node {
	logRatio := Sub(logp, old) // [batch, time], 0 where masked
	if c.Method.Level == Sequence {
		mean := Div(ReduceAndKeep(logRatio, ReduceSum, 1), lengths(mask)) // [batch, 1]
		logRatio = BroadcastToShape(mean, logRatio.Shape())               // [batch, time]
	}
	return Exp(ClipScalar(logRatio, -logRatioLimit, logRatioLimit))
}

// surrogate is what is maximised at each token, and 1 where clipping cut the
// gradient off. advantage is [batch, 1], the rest [batch, time].
func (c GRPOConfig) surrogate(logp, ratio, advantage *Node) (objective, clipped *Node) {
	low, high := 1-c.ClipLow, 1+c.ClipHigh
	inRange := ClipScalar(ratio, low, high)
	switch c.Method.Surrogate {
	case Reinforce:
		return Mul(logp, advantage), ZerosLike(ratio)
	case Weighted:
		// Every token keeps its gradient; clipped counts the bounded weights.
		return Mul(Mul(StopGradient(inRange), advantage), logp), indicator(NotEqual(ratio, inRange), ratio)
	}
	free, bounded := Mul(ratio, advantage), Mul(inRange, advantage)
	objective = Min(free, bounded)
	clipped = indicator(LessThan(bounded, free), ratio)
	if c.DualClip > 0 {
		floor := MulScalar(advantage, c.DualClip) // [batch, 1]
		negative := BroadcastToShape(LessThan(advantage, ZerosLike(advantage)), clipped.Shape())
		floored := Max(objective, floor)
		clipped = Where(LogicalAnd(negative, LessThan(objective, floored)), OnesLike(clipped), clipped)
		objective = Where(negative, floored, objective)
	}
	return objective, clipped
}

// normalise sums x [batch, time], 0 where masked, to a scalar.
func (c GRPOConfig) normalise(x, mask *Node, in GRPOInputs) *Node {
	switch c.Method.Normalise {
	case PerToken:
		return Div(ReduceAllSum(x), in.Tokens)
	case PerMaxLength:
		return Div(ReduceAllSum(x), MulScalar(in.Sequences, float64(c.MaxLength)))
	case SumOverSequence:
		return Div(ReduceAllSum(x), in.Sequences)
	}
	return Div(ReduceAllSum(Div(x, lengths(mask))), in.Sequences)
}

// lengths is the number of tokens of each completion, at least 1: [batch, 1].
func lengths(mask *Node) *Node {
	return MaxScalar(ReduceAndKeep(mask, ReduceSum, 1), 1)
}

// indicator is 1 where condition holds, in x's type.
func indicator(condition, x *Node) *Node { return ConvertDType(condition, x.DType()) }
