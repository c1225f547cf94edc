package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/encoder"
	"github.com/dongyur/dongyur/core/engine"
	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/token"
	"github.com/dongyur/dongyur/core/train"
)

// makers start what `dongyur pretrain` and `dongyur encoder train` make, at a size
// for tests, in a folder and by a seed.
var makers = []struct {
	name string
	open func(t *testing.T, dir string, seed uint64) making
}{
	{"pretrain", func(t *testing.T, dir string, seed uint64) making {
		policy, tokenizer := tinyPolicy(t)
		recipe := &train.Recipe{Name: "tiny", Phases: []train.Phase{{Name: "all", Steps: 6}}, Rows: 2, MicroBatch: 1, Time: 8, LearningRate: 0.01, Seed: seed}
		stream := train.Pack("text", tokenizer, []string{strings.Repeat("open the file; save the file; ", 4)})
		trainer, err := train.NewPretrainer(policy, []train.Stream{stream}, recipe.Pretrain())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(trainer.Finalize)
		return (&pretrainCommand{Out: dir, SaveEvery: 2}).making(recipe, policy, trainer)
	}},
	{"encoder", func(t *testing.T, dir string, seed uint64) making {
		policy, tokenizer := tinyPolicy(t)
		e, err := encoder.New(policy, tokenizer, 8)
		if err != nil {
			t.Fatal(err)
		}
		recipe := &train.EncoderRecipe{Name: "tiny", Steps: 6, Rows: 2, MaxTokens: 8, LearningRate: 0.01, Temperature: 0.1, Seed: seed}
		pairs := []train.Pair{{A: "open", B: "the file"}, {A: "save", B: "it"}, {A: "file", B: "open it"}}
		trainer, err := train.NewContrastive(e, []train.PairSource{{Name: "menu", Weight: 1, Pairs: pairs}}, recipe.Contrastive())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(trainer.Finalize)
		return (&encoderTrain{Out: dir, SaveEvery: 2}).making(recipe, policy, trainer)
	}},
}

func tinyPolicy(t *testing.T) (*model.Policy, *token.Tokenizer) {
	t.Helper()
	tokenizer, err := token.Train(slices.Values([]string{"open the file; save the file"}), token.TrainOptions{VocabSize: 270})
	if err != nil {
		t.Fatal(err)
	}
	checkpoint, err := model.Random(&model.Config{
		ModelType: "qwen3", VocabSize: tokenizer.VocabSize(), HiddenSize: 8, IntermediateSize: 8, Layers: 1,
		Heads: 1, KVHeads: 1, HeadDim: 8, MaxPositions: 32, RMSNormEps: 1e-6, RopeTheta: 10000, TieEmbeddings: true,
	}, 1)
	if err != nil {
		t.Fatal(err)
	}
	backend, err := engine.Open("go")
	if err != nil {
		t.Fatal(err)
	}
	policy, err := model.NewPolicy(backend, checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(policy.Finalize)
	return policy, tokenizer
}

// endAt runs m's own loop and ends it after a step, by cancelling or by an error.
func (m making) endAt(step int, cancel func(), failure error) making {
	run := m.run
	m.run = func(ctx context.Context, done int, report func(trainingStep) error) (int, error) {
		return run(ctx, done, func(at trainingStep) error {
			err := report(at)
			if at.Step == step {
				cancel()
				err = errors.Join(err, failure)
			}
			return err
		})
	}
	return m
}

// A model that was interrupted is saved, and goes on to the same bits as one that
// was not; after an error, such as a loss that is no number, the last state stays.
func TestMakingEndsAndGoesOn(t *testing.T) {
	failure := errors.New("no space")
	for _, maker := range makers {
		t.Run(maker.name, func(t *testing.T) {
			cli := newProgram()
			cli.JSON = true
			whole, parts := t.TempDir(), t.TempDir()
			if err := maker.open(t, whole, 1).make(t.Context(), cli); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if err := maker.open(t, parts, 1).endAt(3, cancel, nil).make(ctx, cli); !errors.Is(err, context.Canceled) {
				t.Fatalf("interrupted: %v", err)
			}
			if bytes.Equal(content(t, whole, "model.safetensors"), content(t, parts, "model.safetensors")) {
				t.Error("after 3 of 6 steps the model is finished")
			}
			// Step 5 is done and lost: the state is that of step 4.
			if err := maker.open(t, parts, 1).endAt(5, func() {}, failure).make(t.Context(), cli); !errors.Is(err, failure) {
				t.Fatalf("failed: %v", err)
			}
			steps := 0
			last := maker.open(t, parts, 1)
			run := last.run
			last.run = func(ctx context.Context, done int, report func(trainingStep) error) (int, error) {
				if done != 4 {
					t.Errorf("it goes on after step %d, want 4", done)
				}
				return run(ctx, done, func(at trainingStep) error {
					steps++
					return report(at)
				})
			}
			if err := last.make(t.Context(), cli); err != nil || steps != 2 {
				t.Fatalf("%d steps, %v; want 2", steps, err)
			}
			for _, name := range []string{"model.safetensors", ".state.safetensors", "config.json"} {
				if !bytes.Equal(content(t, whole, name), content(t, parts, name)) {
					t.Errorf("%s differs from that of a run that was not ended", name)
				}
			}
			if err := maker.open(t, parts, 2).make(t.Context(), cli); err == nil || !strings.Contains(err.Error(), "start anew") {
				t.Errorf("another recipe's state: %v", err)
			}
		})
	}
}

func content(t *testing.T, dir, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// A model or an encoder starts from a base model with its own tokenizer only.
func TestStartFrom(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tiny")
	tinyFolder(t, dir, false)
	tokenizer, err := token.LoadFile(filepath.Join(dir, "tokenizer.json"))
	if err != nil {
		t.Fatal(err)
	}
	base, err := model.Load(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	config := *base.Config
	config.Bidirectional = true
	fresh, err := firstWeights(&config, 77, "", tokenizer)
	if err != nil {
		t.Fatal(err)
	}
	if w := fresh.Weights["model.embed_tokens.weight"]; w.Equal(base.Weights["model.embed_tokens.weight"]) {
		t.Error("without init the embedding is the base model's")
	}
	if fresh, err = firstWeights(&config, 77, dir, tokenizer); err != nil {
		t.Fatal(err)
	}
	if w := fresh.Weights["model.embed_tokens.weight"]; !w.Equal(base.Weights["model.embed_tokens.weight"]) {
		t.Error("the embedding is not the base model's")
	}
	other, err := token.Train(slices.Values([]string{"another text, other tokens"}), token.TrainOptions{VocabSize: 262})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := firstWeights(&config, 77, dir, other); err == nil || !strings.Contains(err.Error(), "another tokenizer") {
		t.Errorf("with another tokenizer: %v", err)
	}
}
