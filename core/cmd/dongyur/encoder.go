package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/encoder"
	"github.com/dongyur/dongyur/core/engine"
	"github.com/dongyur/dongyur/core/eval"
	"github.com/dongyur/dongyur/core/grammar"
	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/core/token"
	"github.com/dongyur/dongyur/core/train"
)

type encoderCommand struct {
	Train   encoderTrain   `cmd:"" help:"Train a sentence encoder on bitext."`
	Measure encoderMeasure `cmd:"" help:"Measure retrieval: how often a translation is the nearest of all."`
}

type encoderTrain struct {
	Recipe    string `help:"Recipe: shape, bitext and schedule." required:"" type:"existingfile"`
	Tokenizer string `help:"tokenizer.json to use; it is copied into the encoder's folder." required:"" type:"existingfile"`
	Out       string `help:"Folder of the encoder." required:"" type:"path"`
	SaveEvery int    `help:"Steps between states that a run resumes from; after 10 minutes one is written anyway." default:"500"`
}

// Help is the command's example.
func (encoderTrain) Help() string {
	return "Example:\n\n  dongyur encoder train --recipe assets/recipes/nano-enc.json --tokenizer assets/models/nano/tokenizer.json --out assets/models/nano-enc\n\n" +
		"A run that was ended goes on from its last state."
}

// Run makes or goes on making the encoder.
func (c *encoderTrain) Run(ctx context.Context, cli *program) error {
	recipe, err := readRecipe(c.Recipe, train.ReadEncoderRecipe)
	if err != nil {
		return err
	}
	reader, err := cli.sources()
	if err != nil {
		return err
	}
	sources, err := recipe.PairSources(reader)
	if err != nil {
		return err
	}
	printCounts(reader)
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
	checkpoint, err := firstWeights(config, recipe.Seed, recipe.Init, tokenizer)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Recipe, err)
	}
	policy, err := model.NewPolicy(backend, checkpoint)
	if err != nil {
		return err
	}
	enc, err := encoder.New(policy, tokenizer, recipe.MaxTokens)
	if err != nil {
		return err
	}
	trainer, err := train.NewContrastive(enc, sources, recipe.Contrastive())
	if err != nil {
		return err
	}
	if err := train.WriteFile(filepath.Join(c.Out, "tokenizer.json"), func(w io.Writer) error { return tokenizer.Save(w) }); err != nil {
		return err
	}
	m := c.making(recipe, policy, trainer)
	if m.header, err = newHeader("encoder train", c.Recipe, backend.Name(), recipe, reader); err != nil {
		return err
	}
	var total float64
	for _, s := range sources {
		total += s.Weight
	}
	for i, s := range sources {
		m.header.Sources[i].Share = s.Weight / total
	}
	return orInterrupted(m.make(ctx, cli), goesOn)
}

// firstWeights are those that a run starts from: random ones, or those of the model in
// the folder init; of a deeper one, its first layers.
func firstWeights(config *model.Config, seed uint64, init string, tokenizer *token.Tokenizer) (*model.Checkpoint, error) {
	checkpoint, err := model.Random(config, seed)
	if err != nil || init == "" {
		return checkpoint, err
	}
	if err := startFrom(checkpoint, tokenizer, init); err != nil {
		return nil, fmt.Errorf("init: %w", err)
	}
	return checkpoint, nil
}

// startFrom takes the weights of the model in dir, which must have the tokenizer.
func startFrom(checkpoint *model.Checkpoint, tokenizer *token.Tokenizer, dir string) error {
	other, err := token.LoadFile(filepath.Join(dir, "tokenizer.json"))
	if err != nil {
		return err
	}
	var here, there bytes.Buffer
	if err := errors.Join(tokenizer.Save(&here), other.Save(&there)); err != nil {
		return err
	}
	if !bytes.Equal(here.Bytes(), there.Bytes()) {
		return fmt.Errorf("the model in %s has another tokenizer; give its tokenizer.json with --tokenizer", dir)
	}
	from, err := model.Load(os.DirFS(dir))
	if err != nil {
		return err
	}
	return checkpoint.StartFrom(from)
}

// making is the run of a trainer in the command's folder.
func (c *encoderTrain) making(recipe *train.EncoderRecipe, policy *model.Policy, trainer *train.Contrastive) making {
	return making{what: "encoder", dir: c.Out, recipe: recipe, steps: recipe.Steps, saveEvery: c.SaveEvery, policy: policy, updater: trainer.Updater,
		run: func(ctx context.Context, done int, report func(trainingStep) error) (int, error) {
			return trainer.Run(ctx, done, func(step int, u train.Update) error {
				return report(trainingStep{Step: step, Loss: u.Loss, LearningRate: u.LearningRate})
			})
		}}
}

// retrieval is how often the right translation is the nearest of all.
type retrieval struct {
	Set    string  `json:"set"`
	Split  string  `json:"split"`
	Count  int     `json:"count"`
	Decoys int     `json:"decoys,omitempty"` // wrong references among which to search besides
	Top1   float64 `json:"retrieval_bo_zh_top1"`
}

type encoderMeasure struct {
	Dir   string `arg:"" help:"Folder of the encoder." type:"existingdir"`
	Split string `help:"dev or test." default:"test" enum:"dev,test"`
}

// Help is the command's example.
func (encoderMeasure) Help() string {
	return "Example:\n\n  dongyur encoder measure assets/models/nano-enc\n\n" +
		"Prints the share of Tibetan texts whose Chinese reference is the nearest by cosine of all of the split: software messages, everyday sentences (with as many wrong references in the pool) and FLORES.\n" +
		"Then, for everyday sentences, the cosine of a reference with another right wording and with answers that have one mistake."
}

// Run measures and prints.
func (c *encoderMeasure) Run(cli *program) error {
	catalogue, err := cli.catalogue()
	if err != nil {
		return err
	}
	backend, err := engine.Open(cli.Engine)
	if err != nil {
		return err
	}
	enc, err := encoder.Load(backend, os.DirFS(c.Dir))
	if err != nil {
		return fmt.Errorf("%s: %w", c.Dir, err)
	}
	defer enc.Finalize()
	results, err := measureRetrieval(catalogue, enc, c.Split)
	if err != nil {
		return err
	}
	for _, r := range results {
		if cli.JSON {
			printJSON(r)
		} else {
			fmt.Printf("%s %s bo→zh retrieval, top 1 of %d: %.1f %%\n", r.Set, r.Split, r.Count+r.Decoys, 100*r.Top1)
		}
	}
	for _, tag := range []string{"bo", "zh"} {
		mistakes, err := measureMistakes(enc, c.Split, tag)
		if err != nil {
			return err
		}
		for _, m := range mistakes {
			if cli.JSON {
				printJSON(struct {
					Lang string `json:"lang"`
					eval.Mistake
				}{tag, m})
			} else {
				fmt.Printf("everyday %s %s, mistake %-9s of %4d: cosine %.3f, below the right wording %5.1f %%; judged wrong by meaning %5.1f %%\n",
					c.Split, tag, m.Kind, m.Count, m.Cosine, 100*m.Below, 100*m.Judged)
			}
		}
	}
	return nil
}

// everydaySentences is how many everyday sentences an encoder is measured on.
const everydaySentences = 1000

// measureMistakes compares everyday sentences with answers that have one mistake.
func measureMistakes(enc *encoder.Encoder, split, tag string) ([]eval.Mistake, error) {
	sentences, err := grammar.Everyday().Generate(1, everydaySentences, grammar.Filter{Split: split})
	if err != nil {
		return nil, err
	}
	return eval.Mistakes(enc, sentences, tag, 1)
}

// decoys are everyday references with one mistake each, which a search must not find.
func decoys(examples []task.Example) ([]string, error) {
	g, random := grammar.Everyday(), rand.New(rand.NewPCG(1, 5))
	var wrong []string
	for _, e := range examples {
		if e.Meta["meaning"] == "" {
			continue
		}
		meaning, err := grammar.ParseMeaning(e.Meta["meaning"])
		if err != nil {
			return nil, err
		}
		if other, ok := g.Wrong(meaning, "", random); ok {
			if text, err := g.Say(other, e.TargetLang, random); err == nil {
				wrong = append(wrong, text)
			}
		}
	}
	return wrong, nil
}

// measureRetrieval measures retrieval from Tibetan to Chinese.
func measureRetrieval(catalogue *data.Catalogue, enc *encoder.Encoder, split string) ([]retrieval, error) {
	results := []retrieval{{Set: "software_bo_zh_en", Split: split}, {Set: data.EverydaySet, Split: split}, {Set: "flores_bo_zh_en", Split: split}}
	for i := range results {
		r := &results[i]
		examples, err := catalogue.Examples(r.Set, task.Translate, "bo", "zh", r.Split)
		if err != nil {
			return nil, err
		}
		sources, references := make([]string, len(examples)), make([]string, len(examples))
		for j, e := range examples {
			sources[j], references[j] = e.Source, e.Reference
		}
		wrong, err := decoys(examples)
		if err != nil {
			return nil, err
		}
		r.Count, r.Decoys = len(examples), len(wrong)
		if r.Top1, err = eval.Retrieval(enc, sources, references, wrong); err != nil {
			return nil, err
		}
	}
	return results, nil
}
