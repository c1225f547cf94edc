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
	"github.com/dongyur/dongyur/core/engine"
	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/token"
	"github.com/dongyur/dongyur/core/train"
)

type pretrainCommand struct {
	Recipe    string `help:"Recipe: shape, mixture and schedule." required:"" type:"existingfile"`
	Out       string `help:"Folder of the model; tokenizer.json must be there." required:"" type:"path"`
	SaveEvery int    `help:"Steps between states that a run resumes from." default:"200"`
}

// Help is the command's example.
func (pretrainCommand) Help() string {
	return "Example: dongyur pretrain --recipe assets/recipes/nano.json --out assets/models/nano\nA run that was ended goes on from its last state."
}

// catalogue opens the list of data sets that the program was started beside.
func (cli *program) catalogue() (*data.Catalogue, error) {
	if cli.Folder != "" {
		if err := os.Setenv("DONGYUR_DATA", cli.Folder); err != nil {
			return nil, err
		}
	}
	return data.OpenCatalogue("assets/datasets.json")
}

// recipe reads a recipe and the catalogue that its sources are in.
func (cli *program) recipe(path string) (*train.Recipe, *data.Catalogue, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	recipe, err := train.ReadRecipe(file)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	catalogue, err := cli.catalogue()
	return recipe, catalogue, err
}

// Run makes or goes on making the model.
func (c *pretrainCommand) Run(ctx context.Context, cli *program) error {
	recipe, catalogue, err := cli.recipe(c.Recipe)
	if err != nil {
		return err
	}
	tokenizer, err := token.LoadFile(filepath.Join(c.Out, "tokenizer.json"))
	if err != nil {
		return err
	}
	config, err := recipe.Config(tokenizer)
	if err != nil {
		return err
	}
	streams, err := recipe.Streams(catalogue, tokenizer, data.Train, func(source string) { fmt.Fprintln(os.Stderr, "read", source) })
	if err != nil {
		return err
	}
	for _, s := range streams {
		fmt.Fprintf(os.Stderr, "%-40s %9d tokens, %9d bytes, weight %g\n", s.Name, len(s.Tokens), s.Bytes, s.Weight)
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
	trainer, err := train.NewPretrainer(policy, streams, recipe.Pretrain())
	if err != nil {
		return err
	}
	if err := c.run(ctx, cli, recipe, policy, trainer); err != nil {
		return err
	}
	return writePolicyCard(c.Out, recipe, catalogue, policy, tokenizer, backend.Name())
}

// run trains to the end or to an interrupt, and saves state and model either way.
func (c *pretrainCommand) run(ctx context.Context, cli *program, recipe *train.Recipe, policy *model.Policy, trainer *train.Pretrainer) error {
	statePath := filepath.Join(c.Out, ".state.safetensors")
	done, err := resume(trainer.Updater, statePath, recipe)
	if err != nil {
		return err
	}
	save := func(step int) error {
		return train.WriteFile(statePath, func(w io.Writer) error { return trainer.WriteState(w, step, recipe) })
	}
	report := newReporter(cli.JSON, "pretrain", done, recipe.Steps)
	done, err = trainer.Run(ctx, done, func(s train.PretrainStep) error {
		report.step(s, fmt.Sprintf("loss %.3f, %.0f tokens/s", s.Loss, s.TokensPerSecond))
		if s.Step%c.SaveEvery == 0 {
			return save(s.Step)
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

// resume reads a run's state if there is one and tells the steps done.
func resume(updater *train.Updater, path string, config any) (int, error) {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	done, err := updater.ReadState(file, info.Size(), config)
	if err != nil {
		return 0, fmt.Errorf("%s: %w; remove it to start anew", path, err)
	}
	return done, nil
}
