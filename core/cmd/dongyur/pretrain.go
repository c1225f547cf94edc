package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

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
	return "Example:\n\n  dongyur pretrain --recipe assets/recipes/nano.json --out assets/models/nano\n\nA run that was ended goes on from its last state."
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
	if err := c.making(recipe, policy, trainer).make(ctx, cli); err != nil {
		return orInterrupted(err, goesOn)
	}
	return writePolicyCard(c.Out, recipe, catalogue, policy, tokenizer, backend.Name())
}

// making is the run of a trainer in the command's folder.
func (c *pretrainCommand) making(recipe *train.Recipe, policy *model.Policy, trainer *train.Pretrainer) making {
	return making{what: "pretrain", dir: c.Out, recipe: recipe, steps: recipe.Steps, saveEvery: c.SaveEvery, policy: policy, updater: trainer.Updater,
		run: func(ctx context.Context, done int, report func(int, any, string) error) (int, error) {
			return trainer.Run(ctx, done, func(s train.PretrainStep) error {
				return report(s.Step, s, fmt.Sprintf("loss %.3f, %.0f tokens/s", s.Loss, s.TokensPerSecond))
			})
		}}
}
