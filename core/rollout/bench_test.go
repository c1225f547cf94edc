package rollout

import (
	"testing"

	"github.com/dongyur/dongyur/core/engine"
	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/task"
)

// BenchmarkRollout is one step's rollout in the page: 4 prompts, groups of 4, 32
// tokens each, with a model of the nano size (about 2 M parameters).
func BenchmarkRollout(b *testing.B) {
	tok := testTokenizer(b)
	checkpoint, err := model.Random(&model.Config{
		ModelType: "qwen3", VocabSize: 8192, HiddenSize: 128, IntermediateSize: 384, Layers: 4,
		Heads: 4, KVHeads: 2, HeadDim: 32, MaxPositions: 256, RMSNormEps: 1e-6, RopeTheta: 10000, TieEmbeddings: true,
	}, 1)
	if err != nil {
		b.Fatal(err)
	}
	backend, err := engine.Open("go")
	if err != nil {
		b.Fatal(err)
	}
	policy, err := model.NewPolicy(backend, checkpoint)
	if err != nil {
		b.Fatal(err)
	}
	prompts := testPrompts(b, tok)
	for name, sampling := range map[string]task.Sampling{
		"greedy": {MaxTokens: 32},
		"plain":  {MaxTokens: 32, Temperature: 0.8},
		"top_p":  {MaxTokens: 32, Temperature: 0.8, TopP: 0.9},
	} {
		b.Run(name, func(b *testing.B) {
			s := New(policy, tok, Options{})
			s.end = nil
			mustRun(b, s, prompts, 4, sampling)
			for b.Loop() {
				mustRun(b, s, prompts, 4, sampling)
			}
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N)/32, "ms/token")
			b.ReportMetric(float64(b.N)*32*16/b.Elapsed().Seconds(), "tokens/s")
		})
	}
}
