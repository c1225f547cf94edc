package objective

import (
	"fmt"
	"math"

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
	// Entropy is the weight of the bonus for the policy's mean entropy a token,
	// the same whatever the method divides by (as in TRL); 0: none.
	Entropy float64
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
		return fmt.Errorf("KL estimator k1 inside the loss does not regularise (its expected gradient is 0): use k3 or k2, or put k1 into the reward (kl_in_reward)")
	case c.DualClip != 0 && !c.Method.DualClips:
		return fmt.Errorf("dual clip is %v, and %s has nothing that it could bound: set it to 0", c.DualClip, c.Method.Name)
	case c.DualClip != 0 && !(c.DualClip > 1+c.ClipHigh):
		return fmt.Errorf("dual clip is %v: it must be above the clip range, %v (3 is usual)", c.DualClip, 1+c.ClipHigh)
	case c.Method.ClipHigh == 0 && (c.ClipLow != 0 || c.ClipHigh != 0):
		return fmt.Errorf("clip range: %s has no ratio to clip: leave the range at 0", c.Method.Name)
	case math.IsNaN(c.Entropy) || math.IsInf(c.Entropy, 0):
		return fmt.Errorf("entropy bonus is %v, not a finite number", c.Entropy)
	}
	if c.Method.Check != nil {
		return c.Method.Check(c)
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
	Entropy   *Node // [batch, time], of the policy, with its gradient; nil if there is no bonus for it
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
	if cfg.Entropy != 0 && in.Entropy == nil {
		exceptions.Panicf("the entropy bonus is %v but there are no entropies", cfg.Entropy)
	}
	mask := in.Mask
	logp := masked(in.LogP, mask)                          // [batch, time]
	old := StopGradient(masked(in.Old, mask))              // [batch, time]
	advantage := StopGradient(InsertAxes(in.Advantage, 1)) // [batch, 1]
	ratio := cfg.ratio(logp, old, mask)                    // [batch, time]

	objective, clipped := cfg.Method.Surrogate.Of(cfg, logp, ratio, advantage) // [batch, time] both
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
	loss = Neg(cfg.Method.Normalise.Of(cfg, masked(objective, mask), in))
	if cfg.Entropy != 0 {
		loss = Sub(loss, MulScalar(TokenMean(in.Entropy, mask, in.Tokens), cfg.Entropy))
	}
	return loss, stats
}

// ratio is new over old probability, [batch, time].
func (c GRPOConfig) ratio(logp, old, mask *Node) *Node {
	logRatio := Sub(logp, old) // [batch, time], 0 where masked
	if c.Method.Level != nil {
		logRatio = c.Method.Level.Of(logRatio, mask)
	}
	return Exp(ClipScalar(logRatio, -logRatioLimit, logRatioLimit))
}

// lengths is the number of tokens of each completion, at least 1: [batch, 1].
func lengths(mask *Node) *Node {
	return MaxScalar(ReduceAndKeep(mask, ReduceSum, 1), 1)
}

// indicator is 1 where condition holds, in x's type.
func indicator(condition, x *Node) *Node { return ConvertDType(condition, x.DType()) }
