package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/encoder"
	"github.com/dongyur/dongyur/core/engine"
	"github.com/dongyur/dongyur/core/eval"
	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/token"
	"github.com/dongyur/dongyur/core/train"
)

type encoderCommand struct {
	Train encoderTrain `cmd:"" help:"Train a sentence encoder on bitext."`
}

type encoderTrain struct {
	Recipe    string `help:"Recipe: shape, bitext and schedule." required:"" type:"existingfile"`
	Tokenizer string `help:"tokenizer.json to use; it is copied into the encoder's folder." required:"" type:"existingfile"`
	Out       string `help:"Folder of the encoder." required:"" type:"path"`
	SaveEvery int    `help:"Steps between states that a run resumes from." default:"500"`
}

// Help is the command's example.
func (encoderTrain) Help() string {
	return "Example:\n\n  dongyur encoder train --recipe assets/recipes/nano-enc.json --tokenizer assets/models/nano/tokenizer.json --out assets/models/nano-enc\n\n" +
		"A run that was ended goes on from its last state."
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
	if err := c.making(recipe, policy, trainer).make(ctx, cli); err != nil {
		return orInterrupted(err, goesOn)
	}
	results, err := measureRetrieval(cli, catalogue, enc)
	if err != nil {
		return err
	}
	return writeEncoderCard(c.Out, recipe, catalogue, config, backend.Name(), results)
}

// making is the run of a trainer in the command's folder.
func (c *encoderTrain) making(recipe *train.EncoderRecipe, policy *model.Policy, trainer *train.Contrastive) making {
	return making{what: "encoder", dir: c.Out, recipe: recipe, steps: recipe.Steps, saveEvery: c.SaveEvery, policy: policy, updater: trainer.Updater,
		run: func(ctx context.Context, done int, report func(int, any, string) error) (int, error) {
			return trainer.Run(ctx, done, func(step int, u train.Update) error {
				fields := map[string]any{"step": step, "loss": u.Loss, "grad_norm": u.GradNorm, "learning_rate": u.LearningRate}
				return report(step, fields, fmt.Sprintf("loss %.3f", u.Loss))
			})
		}}
}

// retrieval is how often the right translation is the nearest of all.
type retrieval struct {
	Set   string  `json:"set"`
	Split string  `json:"split"`
	Count int     `json:"count"`
	Top1  float64 `json:"retrieval_bo_zh_top1"`
}

// measureRetrieval measures and prints retrieval from Tibetan to Chinese.
func measureRetrieval(cli *program, catalogue *data.Catalogue, enc *encoder.Encoder) ([]retrieval, error) {
	results := []retrieval{{Set: "software_bo_zh_en", Split: data.Test}, {Set: "flores_bo_zh_en", Split: data.Test}}
	for i := range results {
		r := &results[i]
		examples, err := catalogue.Examples(r.Set, data.Translate, "bo", "zh", r.Split)
		if err != nil {
			return nil, err
		}
		sources, references := make([]string, len(examples)), make([]string, len(examples))
		for j, e := range examples {
			sources[j], references[j] = e.Source, e.Reference
		}
		r.Count = len(examples)
		if r.Top1, err = eval.Retrieval(enc, sources, references); err != nil {
			return nil, err
		}
		if cli.JSON {
			printJSON(r)
		} else {
			fmt.Printf("%s %s bo→zh retrieval, top 1 of %d: %.1f %%\n", r.Set, r.Split, r.Count, 100*r.Top1)
		}
	}
	return results, nil
}
