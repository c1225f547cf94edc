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
	SaveEvery int    `help:"Steps between states that a run resumes from; after 10 minutes one is written anyway." default:"200"`
}

// Help is the command's example.
func (pretrainCommand) Help() string {
	return "Example:\n\n  dongyur pretrain --recipe assets/recipes/nano.json --out assets/models/nano\n\n" +
		"A run that was ended goes on from its last state. Texts near those that models are measured on are left out.\n" +
		"`dongyur card` measures the model and writes its README.md."
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

// Run makes or goes on making the model.
func (c *pretrainCommand) Run(ctx context.Context, cli *program) error {
	recipe, err := readRecipe(c.Recipe, train.ReadRecipe)
	if err != nil {
		return err
	}
	tokenizer, err := token.LoadFile(filepath.Join(c.Out, "tokenizer.json"))
	if err != nil {
		return fmt.Errorf("%w; make one with `dongyur tokenizer train`, or copy the one that the recipe's vocab_size is of", err)
	}
	config, err := recipe.Config(tokenizer)
	if err != nil {
		return err
	}
	reader, err := cli.sources()
	if err != nil {
		return err
	}
	streams, err := recipe.Streams(reader, tokenizer, func(source string) { fmt.Fprintln(os.Stderr, "read", source) })
	if err != nil {
		return err
	}
	printCounts(reader)
	for _, s := range streams {
		fmt.Fprintf(os.Stderr, "steps %5d to %5d  %-44s %9d tokens, %5.1f %% of the rows\n", s.First, s.Last, s.Name, len(s.Tokens), 100*s.Weight)
	}
	backend, err := engine.Open(cli.Engine)
	if err != nil {
		return err
	}
	checkpoint, err := firstWeights(config, recipe.Seed, recipe.Init, tokenizer)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Recipe, err)
	}
	policy, err := model.NewPolicy(backend, checkpoint)
	if err != nil {
		return err
	}
	trainer, err := train.NewPretrainer(policy, streams, recipe.Pretrain())
	if err != nil {
		return err
	}
	m := c.making(recipe, policy, trainer)
	if m.header, err = newHeader("pretrain", c.Recipe, backend.Name(), recipe, reader); err != nil {
		return err
	}
	for i, s := range streams {
		read := &m.header.Sources[i]
		read.Phase, read.Share, read.Tokens = phaseOf(recipe, s), s.Weight, len(s.Tokens)
	}
	return orInterrupted(m.make(ctx, cli), goesOn)
}

// phaseOf names the phase that reads a stream.
func phaseOf(recipe *train.Recipe, stream train.Stream) string {
	last := 0
	for _, phase := range recipe.Phases {
		if last += phase.Steps; stream.Last <= last {
			return phase.Name
		}
	}
	return ""
}

// making is the run of a trainer in the command's folder.
func (c *pretrainCommand) making(recipe *train.Recipe, policy *model.Policy, trainer *train.Pretrainer) making {
	return making{what: "pretrain", dir: c.Out, recipe: recipe, steps: recipe.Steps(), saveEvery: c.SaveEvery, policy: policy, updater: trainer.Updater,
		run: func(ctx context.Context, done int, report func(trainingStep) error) (int, error) {
			return trainer.Run(ctx, done, func(s train.PretrainStep) error {
				return report(trainingStep{Step: s.Step, Loss: s.Loss, LearningRate: s.LearningRate, TokensPerSecond: s.TokensPerSecond})
			})
		}}
}
