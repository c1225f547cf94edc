package objective

import "fmt"

// Term is one part of a reward, of every completion of a step.
type Term struct {
	Name   string
	Weight float64
	Values []float64 // before weighting, or weighted: scale does not matter
}

// DecoupledAdvantages normalises each term of the reward over its group, adds the
// terms up by their weights and whitens the sum over the batch (GDPO: Liu et al.,
// Group reward-Decoupled Normalization Policy Optimization, arXiv 2601.05242). A
// term of small numbers then counts as much as its weight says, where Advantages of
// the sum would lose it beside one of large numbers.
//
// A group whose terms are each the same for all its completions has no spread; its
// advantages are 0. tokens are as for Advantages; of scale, the constants count; errors are Advantages'.
func DecoupledAdvantages(terms []Term, tokens []int, group int, scale Scale) (advantages []float64, zeroSpread []bool, err error) {
	sums, zeroSpread, err := DecoupledSums(terms, group, scale)
	if err != nil {
		return nil, nil, err
	}
	// Each group's sums have mean 0, so the batch's baseline is 0 too.
	scale.Baseline, scale.Spread = BatchMean, BatchStd
	advantages, _, err = Advantages(sums, tokens, group, scale)
	for i := range advantages {
		if zeroSpread[i/group] {
			advantages[i] = 0
		}
	}
	return advantages, zeroSpread, err
}

// DecoupledSums are the normalised terms added up by their weights, before the sum is
// whitened over the batch.
func DecoupledSums(terms []Term, group int, scale Scale) (sums []float64, zeroSpread []bool, err error) {
	if len(terms) == 0 {
		return nil, nil, fmt.Errorf("a reward without terms: give it at least one")
	}
	scale.Baseline, scale.Spread = GroupMean, GroupStd
	sums = make([]float64, len(terms[0].Values))
	for i, term := range terms {
		if len(term.Values) != len(sums) {
			return nil, nil, fmt.Errorf("reward term %q has %d values, %q has %d", term.Name, len(term.Values), terms[0].Name, len(sums))
		}
		part, same, err := Advantages(term.Values, nil, group, scale)
		if err != nil {
			return nil, nil, fmt.Errorf("reward term %q: %w", term.Name, err)
		}
		for j := range part {
			sums[j] += term.Weight * part[j]
		}
		if i == 0 {
			zeroSpread = same
		}
		for g := range same {
			zeroSpread[g] = zeroSpread[g] && same[g]
		}
	}
	return sums, zeroSpread, nil
}
