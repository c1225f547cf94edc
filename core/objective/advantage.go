package objective

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Baseline is what a reward is compared with.
type Baseline int

const (
	GroupMean  Baseline = iota // mean of the completion's own group
	OthersMean                 // mean of the other completions of its group
	BatchMean                  // mean of the whole batch
)

// Spread is what the difference from the baseline is divided by.
type Spread int

const (
	GroupStd Spread = iota // standard deviation of the completion's own group
	BatchStd               // standard deviation of the whole batch
	Unscaled               // nothing
)

// DefaultEpsilon is what TRL adds to a standard deviation; verl adds 1e-6.
const DefaultEpsilon = 1e-4

// Scale says how rewards become advantages. The zero Scale is GRPO's.
type Scale struct {
	Baseline   Baseline
	Spread     Spread
	Epsilon    float64 // added to a standard deviation; 0: DefaultEpsilon
	Population bool    // deviations divide by n and not, after Bessel, by n-1
	PerToken   bool    // the batch's mean and deviation are over tokens, not over completions
}

var (
	ScaleGroup       = Scale{Baseline: GroupMean, Spread: GroupStd}  // GRPO
	ScaleBatch       = Scale{Baseline: GroupMean, Spread: BatchStd}  // TRL's scale_rewards="batch"
	ScaleNone        = Scale{Baseline: GroupMean, Spread: Unscaled}  // Dr.GRPO
	ScaleLeaveOneOut = Scale{Baseline: OthersMean, Spread: Unscaled} // RLOO
	// REINFORCE++: whitened over the batch's tokens, so a completion counts as often as
	// it has tokens.
	ScaleWhiten = Scale{Baseline: BatchMean, Spread: BatchStd, PerToken: true}
)

// ErrNotFinite says that a reward is NaN or infinite.
var ErrNotFinite = errors.New("not a finite number")

// flat is the standard deviation below which a group counts as having none; it
// is the tolerance of TRL's count.
const flat = 1e-8

// Advantages compares each reward with its group. Rewards come group by group,
// group of them to each prompt. It returns one advantage a reward, and for each
// group whether all its rewards are the same: such a group teaches nothing, and
// with a group's own baseline its advantages are exactly 0.
//
// tokens are the completions' lengths, for a scale that is PerToken; nil: all the same.
//
// Standard deviations are Bessel-corrected, as in TRL and torch, unless scale says
// otherwise. It is an error if group is below 2, if the rewards are not whole
// groups, or if one of them is not a finite number.
func Advantages(rewards []float64, tokens []int, group int, scale Scale) (advantages []float64, zeroSpread []bool, err error) {
	if err := checkGroups(rewards, group); err != nil {
		return nil, nil, err
	}
	batchMean, batchStd := scale.Batch(rewards, tokens)
	advantages = make([]float64, len(rewards))
	zeroSpread = make([]bool, len(rewards)/group)
	for g := range zeroSpread {
		members := rewards[g*group : (g+1)*group]
		mean, std := scale.MeanStd(members)
		zeroSpread[g] = std < flat
		if zeroSpread[g] && (scale.Baseline != BatchMean || batchStd < flat) {
			continue // a rounding error divided by epsilon is not an advantage
		}
		for i, reward := range members {
			advantage := reward - mean
			switch scale.Baseline {
			case OthersMean: // R - mean of the others = G/(G-1) (R - mean)
				advantage *= float64(group) / float64(group-1)
			case BatchMean:
				advantage = reward - batchMean
			}
			switch scale.Spread {
			case GroupStd:
				advantage /= std + scale.Added()
			case BatchStd:
				advantage /= batchStd + scale.Added()
			}
			advantages[g*group+i] = advantage
		}
	}
	return advantages, zeroSpread, nil
}

func checkGroups(rewards []float64, group int) error {
	switch {
	case group < 2:
		return fmt.Errorf("group size %d: an advantage compares completions of one prompt, so a group needs at least 2: raise the group size (8 is usual)", group)
	case len(rewards) == 0 || len(rewards)%group != 0:
		return fmt.Errorf("%d rewards are not whole groups of %d", len(rewards), group)
	}
	for i, reward := range rewards {
		if math.IsNaN(reward) || math.IsInf(reward, 0) {
			return fmt.Errorf("group %d, completion %d: reward is %v, %w: look at its terms", i/group, i%group, reward, ErrNotFinite)
		}
	}
	return nil
}

// Added is what is added to a standard deviation.
func (s Scale) Added() float64 {
	if s.Epsilon == 0 {
		return DefaultEpsilon
	}
	return s.Epsilon
}

// Batch returns the mean and the standard deviation of a batch of completions with so
// many tokens each.
func (s Scale) Batch(rewards []float64, tokens []int) (mean, std float64) {
	if !s.PerToken || tokens == nil {
		return s.MeanStd(rewards)
	}
	var values []float64 // by token
	for i, reward := range rewards {
		values = append(values, slices.Repeat([]float64{reward}, tokens[i])...)
	}
	return s.MeanStd(values)
}

// MeanStd returns the mean and the standard deviation.
func (s Scale) MeanStd(values []float64) (mean, std float64) {
	for _, v := range values {
		mean += v
	}
	mean /= float64(len(values))
	for _, v := range values {
		std += (v - mean) * (v - mean)
	}
	if s.Population {
		return mean, math.Sqrt(std / float64(len(values)))
	}
	return mean, math.Sqrt(std / float64(len(values)-1))
}
