package train

import (
	"maps"
	"slices"

	"github.com/dongyur/dongyur/core/objective"
	"github.com/dongyur/dongyur/core/protocol"
)

// advantages compares each completion with its group.
func (s *GroupTrainer) advantages(batch []drawn) ([]float64, []bool, error) {
	scale := s.config.Update.Objective.Method.Scale
	if s.scorer.Combine() != protocol.CombineGDPO {
		return objective.Advantages(totals(batch), tokensOf(batch), s.config.Group, scale)
	}
	return objective.DecoupledAdvantages(s.terms(batch), tokensOf(batch), s.config.Group, scale)
}

// tokensOf are the completions' lengths.
func tokensOf(batch []drawn) []int {
	tokens := make([]int, len(batch))
	for i, d := range batch {
		tokens[i] = len(d.completion.Tokens)
	}
	return tokens
}

func totals(batch []drawn) []float64 {
	rewards := make([]float64, len(batch))
	for i, d := range batch {
		rewards[i] = d.result.Total
	}
	return rewards
}

// weights are those of the reward's terms, the update's own among them.
func (s *GroupTrainer) weights() map[string]float64 {
	weights := s.scorer.Weights()
	weights[TermOverlong], weights[TermKL] = 1, 1
	return weights
}

// terms are the reward's, before weighting.
func (s *GroupTrainer) terms(batch []drawn) []objective.Term {
	weights := s.weights()
	var terms []objective.Term
	for _, name := range slices.Sorted(maps.Keys(batch[0].result.Terms)) {
		term := objective.Term{Name: name, Weight: weights[name]}
		for _, d := range batch {
			term.Values = append(term.Values, d.result.Terms[name]/weights[name])
		}
		terms = append(terms, term)
	}
	return terms
}

var (
	baselines = map[objective.Baseline]string{
		objective.GroupMean: protocol.ScaleGroup, objective.OthersMean: protocol.ScaleOthers, objective.BatchMean: protocol.ScaleBatch}
	spreads = map[objective.Spread]string{
		objective.GroupStd: protocol.ScaleGroup, objective.BatchStd: protocol.ScaleBatch, objective.Unscaled: protocol.ScaleNone}
)

// scaling says how advantages made theirs of the batch, for people to follow.
func (s *GroupTrainer) scaling(batch []drawn) (*protocol.Scaling, error) {
	scale := s.config.Update.Objective.Method.Scale
	shown := &protocol.Scaling{Combine: s.scorer.Combine(), Baseline: baselines[scale.Baseline], Spread: spreads[scale.Spread],
		Epsilon: scale.Added(), Population: scale.Population}
	values := totals(batch)
	if shown.Combine == protocol.CombineGDPO {
		terms := s.terms(batch)
		sums, _, err := objective.DecoupledSums(terms, s.config.Group, scale)
		if err != nil {
			return nil, err
		}
		values, shown.Weights = sums, map[string]float64{}
		for _, term := range terms {
			shown.Weights[term.Name] = term.Weight
		}
	}
	shown.BatchMean, shown.BatchStd = scale.Batch(values, tokensOf(batch))
	return shown, nil
}
