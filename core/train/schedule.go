// Package train changes a policy's weights: by next-token prediction on packed
// text (pretraining, CPT), on completions (SFT), or by GRPO on the rewards of
// sampled groups. Examples and a policy go in; updates, statistics and
// checkpoints that resume bit for bit come out. Nothing is random but by the
// run's seed and the step's number, so no generator state is kept.
package train

import "math"

// OptimizerConfig sets AdamW (Loshchilov and Hutter 2019) and its schedule:
// linear warm-up, then a cosine down to MinRate of the peak.
type OptimizerConfig struct {
	LearningRate float64
	MinRate      float64 // share of LearningRate at the last step
	Warmup       int     // steps
	Steps        int     // planned; the cosine ends there. 0: constant after the warm-up
	Beta1, Beta2 float64
	Epsilon      float64
	WeightDecay  float64
	ClipNorm     float64 // of the whole gradient; 0: off
	Muon         bool    `json:",omitempty"` // the layers' matrices move by Muon, all else by AdamW
}

// DefaultOptimizer is AdamW as fine-tuning uses it.
func DefaultOptimizer() OptimizerConfig {
	return OptimizerConfig{LearningRate: 1e-3, MinRate: 0.1, Warmup: 2, Beta1: 0.9, Beta2: 0.95, Epsilon: 1e-8, ClipNorm: 1}
}

// rate is the learning rate of a step, counted from 1.
func (c OptimizerConfig) rate(step int) float64 {
	if step <= c.Warmup {
		return c.LearningRate * float64(step) / float64(c.Warmup)
	}
	if c.Steps <= c.Warmup {
		return c.LearningRate
	}
	done := math.Min(float64(step-c.Warmup)/float64(c.Steps-c.Warmup), 1)
	return c.LearningRate * (c.MinRate + (1-c.MinRate)*(1+math.Cos(math.Pi*done))/2)
}
