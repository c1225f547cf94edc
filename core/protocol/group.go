package protocol

import (
	"math"

	"github.com/dongyur/dongyur/core/task"
)

// Look asks for one group of a step whose groups the session keeps: those of the
// latest steps.
type Look struct {
	Step  int `json:"step,omitempty"` // 0: the latest
	Index int `json:"index"`          // which of the step's groups
	// Now also reports what the weights, as they are, make of each completion. It
	// costs a forward pass, so that nobody pays for it who does not look.
	Now bool `json:"now,omitempty"`
}

// Group is one prompt with its completions, sorted as they were sampled. The fields
// from Index on are set where a Look asked for it.
type Group struct {
	Step        int          `json:"step"`
	Example     task.Example `json:"example"`
	Prompt      string       `json:"prompt,omitempty"` // the example as the model reads it, control tokens by their names
	Mean        float64      `json:"mean"`
	Std         float64      `json:"std"`
	Completions []Completion `json:"completions"`

	Index   int       `json:"index,omitempty"`
	Groups  int       `json:"groups,omitempty"`  // of the step
	First   int       `json:"first,omitempty"`   // earliest step that is kept
	Last    int       `json:"last,omitempty"`    // latest
	Rewards []float64 `json:"rewards,omitempty"` // of all completions of the step
	Scaling *Scaling  `json:"scaling,omitempty"` // how rewards became advantages
	Update  Text      `json:"update"`            // how advantages move the weights
	Now     int       `json:"now,omitempty"`     // step after which Completion.Now was measured; 0: it was not
}

// Values of Scaling.Baseline and Scaling.Spread; see core/objective.
const (
	ScaleGroup  = "group"
	ScaleBatch  = "batch"
	ScaleOthers = "others" // the others of the group
	ScaleNone   = "none"
)

// Scaling is how a step's rewards became advantages, with the step's own numbers:
// enough to show the formula and to follow it by hand.
type Scaling struct {
	Combine    Combine            `json:"combine,omitempty"`
	Baseline   string             `json:"baseline"` // mean of the group, of the others or of the batch
	Spread     string             `json:"spread"`   // deviation of the group, of the batch, or none
	Epsilon    float64            `json:"epsilon"`
	Population bool               `json:"population,omitempty"` // deviations divide by n, not by n-1
	BatchMean  float64            `json:"batch_mean"`           // of the step's rewards; with GDPO, of the sums of its normalised terms
	BatchStd   float64            `json:"batch_std"`
	Weights    map[string]float64 `json:"weights,omitempty"` // of the terms, with GDPO
}

// flatStd is the deviation below which rewards count as equal; core/objective has
// the same one.
const flatStd = 1e-8

// MeanStd is the mean and the deviation of values as the scaling takes them.
func (s *Scaling) MeanStd(values []float64) (mean, std float64) {
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for _, v := range values {
		std += (v - mean) * (v - mean)
	}
	n := float64(len(values) - 1)
	if s.Population {
		n++
	}
	return mean, math.Sqrt(std / n)
}

// Advantages follows the formula from the group's rewards, or with GDPO from their
// terms. A group that needs no Scaling has none: nil.
func (g *Group) Advantages() []float64 {
	if g.Scaling == nil {
		return nil
	}
	if g.Scaling.Combine == CombineGDPO {
		return g.decoupled()
	}
	s := g.Scaling
	rewards := make([]float64, len(g.Completions))
	for i, c := range g.Completions {
		rewards[i] = c.Reward
	}
	mean, std := s.MeanStd(rewards)
	if std < flatStd && (s.Baseline != ScaleBatch || s.BatchStd < flatStd) {
		return make([]float64, len(rewards))
	}
	for i, reward := range rewards {
		rewards[i] = s.compare(reward, mean, std, len(rewards))
	}
	return rewards
}

// compare is one reward's advantage in a group of n with this mean and deviation.
func (s *Scaling) compare(reward, mean, std float64, n int) float64 {
	advantage := reward - mean
	switch s.Baseline {
	case ScaleOthers:
		advantage *= float64(n) / float64(n-1)
	case ScaleBatch:
		advantage = reward - s.BatchMean
	}
	switch s.Spread {
	case ScaleGroup:
		advantage /= std + s.Epsilon
	case ScaleBatch:
		advantage /= s.BatchStd + s.Epsilon
	}
	return advantage
}

// decoupled normalises each term over the group, adds them up by weight and whitens
// the sums over the batch.
func (g *Group) decoupled() []float64 {
	s := g.Scaling
	sums, values := make([]float64, len(g.Completions)), make([]float64, len(g.Completions))
	flat := true
	for name, weight := range s.Weights {
		for i, c := range g.Completions {
			values[i] = c.Terms[name] / weight
		}
		mean, std := s.MeanStd(values)
		if std < flatStd {
			continue
		}
		flat = false
		for i, v := range values {
			sums[i] += weight * (v - mean) / (std + s.Epsilon)
		}
	}
	if flat {
		return sums
	}
	for i := range sums {
		sums[i] = (sums[i] - s.BatchMean) / (s.BatchStd + s.Epsilon)
	}
	return sums
}
