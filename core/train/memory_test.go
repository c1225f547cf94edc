package train

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/objective"
)

// peak gives the most heap that a step needed beyond what was there before it, in
// bytes. The collector is kept at work, so that little garbage counts.
func peak(t testing.TB, step func() error) uint64 {
	t.Helper()
	defer debug.SetGCPercent(debug.SetGCPercent(2)) // of what other tests keep too
	// Read without stopping the world, as runtime.ReadMemStats would.
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	heap := func() uint64 {
		metrics.Read(sample)
		return sample[0].Value.Uint64()
	}
	runtime.GC()
	runtime.GC() // the second also clears the engine's pools
	before := heap()
	most := before
	done := make(chan error)
	go func() { done <- step() }()
	for {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			return most - before
		case <-time.After(time.Millisecond):
			most = max(most, heap())
		}
	}
}

// wide is a policy with the vocabulary of Qwen and little else, its adapter to be
// trained; rows are examples for it.
func wide(t testing.TB, layers int) (*model.Policy, []Row) {
	t.Helper()
	policy := policyOf(t, &model.Config{
		ModelType: "qwen3", VocabSize: 151_936, HiddenSize: 32, IntermediateSize: 64, Layers: layers,
		Heads: 2, KVHeads: 1, HeadDim: 16, MaxPositions: 256, RMSNormEps: 1e-6, RopeTheta: 10000,
		TieEmbeddings: true, InitializerRange: 0.3,
	}, 3)
	attach(t, policy, 2)
	rows := make([]Row, 5)
	for i := range rows {
		rows[i] = Row{Prompt: make([]int, 16), Completion: make([]int, 64)}
		for j := range rows[i].Completion {
			rows[i].Completion[j] = (7919*i + 104_729*j) % 151_936
		}
	}
	return policy, rows
}

// A step with 152 thousand tokens to choose from needs at most a quarter of the
// memory that it takes to write all their log-probabilities out.
func TestVocabularyPeak(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a gigabyte")
	}
	policy, rows := wide(t, 1)
	fused, err := NewSFT(policy, rows, SFTConfig{Optimizer: testOptimizer(5), Rows: len(rows)})
	if err != nil {
		t.Fatal(err)
	}
	chunked := peak(t, func() error { _, err := fused.Step(1); return err })
	fused.Finalize()

	unfused, err := NewUpdater(policy, testOptimizer(5), func(params, _ model.Params, in []*Node) (*Node, []*Node) {
		tokens, pad, mask := in[0], in[1], in[2]
		time, columns := tokens.Shape().Dimensions[1], mask.Shape().Dimensions[1]
		hidden := policy.Config.Hidden(params, tokens, pad)
		hidden = Slice(hidden, AxisRange(), AxisRange(time-columns-1, time-1)) // [rows, columns, dim]
		all := LogSoftmax(policy.Config.Logits(params, hidden), -1)            // [rows, columns, vocabulary]
		all = Reshape(all, -1, policy.Config.VocabSize)
		targets := Reshape(Slice(tokens, AxisRange(), AxisRange(time-columns)), -1, 1)
		place := Concatenate([]*Node{Iota(tokens.Graph(), targets.Shape(), 0), targets}, 1)
		return objective.SFTLoss(Reshape(Gather(all, place, true), mask.Shape().Dimensions...), mask, in[3]), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	defer unfused.Finalize()
	l := newLayout(rows, len(rows))
	whole := peak(t, func() error {
		if err := unfused.Accumulate(l.tokens, l.pad, l.mask, scalar(320)); err != nil {
			return err
		}
		_, err := unfused.Apply(1)
		return err
	})
	t.Logf("peak of a step, 320 tokens by 151,936: %d MiB in blocks, %d MiB unfused: %.2f", chunked>>20, whole>>20, float64(chunked)/float64(whole))
	if chunked*4 > whole {
		t.Errorf("%d bytes are above a quarter of %d", chunked, whole)
	}
}

// deep is a policy of many layers whose activations are most of what a step needs.
func deep(t testing.TB) (*model.Policy, []Row) {
	t.Helper()
	policy := policyOf(t, &model.Config{
		ModelType: "qwen3", VocabSize: 64, HiddenSize: 48, IntermediateSize: 128, Layers: 12,
		Heads: 4, KVHeads: 2, HeadDim: 12, MaxPositions: 256, RMSNormEps: 1e-6, RopeTheta: 10000,
		TieEmbeddings: true, InitializerRange: 0.1,
	}, 3)
	rows := make([]Row, 4)
	for i := range rows {
		rows[i] = Row{Prompt: make([]int, 16), Completion: make([]int, 112)}
		for j := range rows[i].Completion {
			rows[i].Completion[j] = (7*i + 11*j) % 64
		}
	}
	return policy, rows
}

// Layers that are computed again give the same gradient in less memory.
func TestRecompute(t *testing.T) {
	run := func(recompute bool) (uint64, map[string][]float32, float64) {
		policy, rows := deep(t)
		s, err := NewSFT(policy, rows, SFTConfig{Optimizer: testOptimizer(5), Rows: len(rows), Recompute: recompute})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Finalize()
		var did *TextStep
		needed := peak(t, func() (err error) { did, err = s.Step(1); return err })
		return needed, gradients(t, policy), did.Update.Loss
	}
	kept, want, loss := run(false)
	again, have, sameLoss := run(true)
	t.Logf("peak of a step, 12 layers, 512 tokens: %d MiB kept, %d MiB computed again: %.2f", kept>>20, again>>20, float64(again)/float64(kept))
	if sameLoss != loss {
		t.Errorf("loss %v, %v with layers kept", sameLoss, loss)
	}
	near(t, have, want, 1e-6)
	// js/wasm has one thread: nobody can look while a step runs.
	if runtime.GOOS != "js" && again*2 > kept {
		t.Errorf("%d bytes are above half of %d", again, kept)
	}
}
