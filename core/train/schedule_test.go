package train

import (
	"math"
	"testing"
)

func TestRate(t *testing.T) {
	cosine := OptimizerConfig{LearningRate: 2, MinRate: 0.1, Warmup: 4, Steps: 14}
	for _, test := range []struct {
		name   string
		config OptimizerConfig
		step   int
		want   float64
	}{
		{"first step of the warm-up", cosine, 1, 0.5},
		{"half of the warm-up", cosine, 2, 1},
		{"end of the warm-up", cosine, 4, 2},
		{"a quarter of the cosine", OptimizerConfig{LearningRate: 2, Warmup: 4, Steps: 12}, 6, 1 + math.Sqrt2/2},
		{"half of the cosine", cosine, 9, 2 * (0.1 + 0.9/2)},
		{"last step", cosine, 14, 0.2},
		{"past the last step", cosine, 100, 0.2},
		{"down to nothing", OptimizerConfig{LearningRate: 2, Steps: 10}, 10, 0},
		{"no warm-up", OptimizerConfig{LearningRate: 2, MinRate: 1, Steps: 10}, 1, 2},
		{"constant", OptimizerConfig{LearningRate: 2, Warmup: 2}, 50, 2},
		{"a warm-up longer than the run", OptimizerConfig{LearningRate: 2, Warmup: 8, Steps: 4}, 4, 1},
	} {
		if have := test.config.rate(test.step); math.Abs(have-test.want) > 1e-12 {
			t.Errorf("%s: rate %g, want %g", test.name, have, test.want)
		}
	}
}
