package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/gomlx/compute/dtypes"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/encoder"
	"github.com/dongyur/dongyur/core/engine"
	"github.com/dongyur/dongyur/core/eval"
	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/token"
	"github.com/dongyur/dongyur/core/train"
)

type encoderCommand struct {
	Train encoderTrain `cmd:"" help:"Train a sentence encoder on bitext. Example: dongyur encoder train --recipe assets/recipes/nano-enc.json --tokenizer assets/models/nano/tokenizer.json --out assets/models/nano-enc"`
}

type encoderTrain struct {
	Recipe    string `help:"Recipe: shape, bitext and schedule." required:"" type:"existingfile"`
	Tokenizer string `help:"tokenizer.json to use; it is copied into the encoder's folder." required:"" type:"existingfile"`
	Out       string `help:"Folder of the encoder." required:"" type:"path"`
	SaveEvery int    `help:"Steps between states that a run resumes from." default:"500"`
}

// Run makes or goes on making the encoder.
func (c *encoderTrain) Run(ctx context.Context, cli *program) error {
	file, err := os.Open(c.Recipe)
	if err != nil {
		return err
	}
	defer file.Close()
	recipe, err := train.ReadEncoderRecipe(file)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Recipe, err)
	}
	catalogue, err := cli.catalogue()
	if err != nil {
		return err
	}
	pairs, err := recipe.Pairs(catalogue, data.Train)
	if err != nil {
		return err
	}
	tokenizer, err := token.LoadFile(c.Tokenizer)
	if err != nil {
		return err
	}
	config, err := recipe.Config()
	if err != nil {
		return err
	}
	backend, err := engine.Open(cli.Engine)
	if err != nil {
		return err
	}
	checkpoint, err := model.Random(config, recipe.Seed)
	if err != nil {
		return err
	}
	policy, err := model.NewPolicy(backend, checkpoint)
	if err != nil {
		return err
	}
	enc, err := encoder.New(policy, tokenizer, recipe.MaxTokens)
	if err != nil {
		return err
	}
	trainer, err := train.NewContrastive(enc, pairs, recipe.Contrastive())
	if err != nil {
		return err
	}
	if err := train.WriteFile(filepath.Join(c.Out, "tokenizer.json"), func(w io.Writer) error { return tokenizer.Save(w) }); err != nil {
		return err
	}
	if err := c.run(ctx, cli, recipe, policy, trainer); err != nil {
		return err
	}
	return reportRetrieval(cli, catalogue, enc)
}

// run trains to the end or to an interrupt, and saves state and model either way.
func (c *encoderTrain) run(ctx context.Context, cli *program, recipe *train.EncoderRecipe, policy *model.Policy, trainer *train.Contrastive) error {
	statePath := filepath.Join(c.Out, ".state.safetensors")
	done, err := resume(trainer.Updater, statePath, recipe)
	if err != nil {
		return err
	}
	save := func(step int) error {
		return train.WriteFile(statePath, func(w io.Writer) error { return trainer.WriteState(w, step, recipe) })
	}
	report := newReporter(cli.JSON, "encoder", done, recipe.Steps)
	done, err = trainer.Run(ctx, done, func(step int, u train.Update) error {
		fields := map[string]any{"step": step, "loss": u.Loss, "grad_norm": u.GradNorm, "learning_rate": u.LearningRate}
		report.step(fields, fmt.Sprintf("loss %.3f", u.Loss))
		if step%c.SaveEvery == 0 {
			return save(step)
		}
		return nil
	})
	report.done()
	if err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	if saveErr := save(done); saveErr != nil {
		return errors.Join(err, saveErr)
	}
	weights, readErr := policy.Checkpoint()
	if readErr != nil {
		return errors.Join(err, readErr)
	}
	return errors.Join(err, weights.Save(c.Out, dtypes.Float16))
}

// reportRetrieval prints how often the right translation is the nearest of all.
func reportRetrieval(cli *program, catalogue *data.Catalogue, enc *encoder.Encoder) error {
	for _, set := range []struct{ name, split string }{{"software_bo_zh_en", data.Test}, {"flores_bo_zh_en", data.Dev}} {
		examples, err := catalogue.Examples(set.name, data.Translate, "bo", "zh", set.split)
		if err != nil {
			return err
		}
		sources, references := make([]string, len(examples)), make([]string, len(examples))
		for i, e := range examples {
			sources[i], references[i] = e.Source, e.Reference
		}
		top1, err := eval.Retrieval(enc, sources, references)
		if err != nil {
			return err
		}
		if cli.JSON {
			printJSON(map[string]any{"set": set.name, "split": set.split, "count": len(examples), "retrieval_bo_zh_top1": top1})
			continue
		}
		fmt.Printf("%s %s bo→zh retrieval, top 1 of %d: %.1f %%\n", set.name, set.split, len(examples), 100*top1)
	}
	return nil
}
