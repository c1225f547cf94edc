package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/encoder"
	"github.com/dongyur/dongyur/core/engine"
	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/token"
	"github.com/dongyur/dongyur/core/train"
)

// A model card is the README.md of a model's folder: what it was made from and
// how, what it scores, what it must not be taken for. Its figures are measured
// when it is written.

type cardCommand struct {
	Dir       string `arg:"" help:"Folder of the model or encoder, with its training.jsonl." type:"existingdir"`
	Limit     int    `help:"Examples of each test set, and probes of each paradigm; 0: all." default:"0"`
	MaxTokens int    `help:"Longest answer, in tokens." default:"64"`
	Name      string `help:"Name of the model; none: the folder's." default:""`
}

// Help is the command's example.
func (cardCommand) Help() string {
	return "Example:\n\n  dongyur card assets/models/small\n\n" +
		"Measures a model that `dongyur pretrain` or `dongyur encoder train` made and writes its README.md: how it was made, what was left out\n" +
		"of its data, held-out loss, translation, headlines, minimal pairs or retrieval, and what it must not be taken for.\n" +
		"Sets whose files are not here are left out, and the card says so."
}

// card is a model card being written.
type card struct {
	strings.Builder
	command *cardCommand
	cli     *program
	header  trainingHeader
	steps   []trainingStep
}

// Run measures and writes the card.
func (c *cardCommand) Run(ctx context.Context, cli *program) error {
	out := &card{command: c, cli: cli}
	var err error
	if out.header, out.steps, err = readTraining(c.Dir); err != nil {
		return fmt.Errorf("%w; the card is written from the log that the training commands keep", err)
	}
	checkpoint, err := model.Load(os.DirFS(c.Dir))
	if err != nil {
		return fmt.Errorf("%s: %w", c.Dir, err)
	}
	catalogue, err := cli.catalogue()
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "# %s\n\n", out.name())
	if checkpoint.Config.Bidirectional {
		err = out.encoder(catalogue, checkpoint)
	} else {
		err = out.policy(ctx, catalogue, checkpoint)
	}
	if err != nil {
		return orInterrupted(fmt.Errorf("model card: %w", err), "no card was written")
	}
	out.WriteString(weaknesses)
	return writeText(filepath.Join(c.Dir, "README.md"), out.String())
}

func (c *card) name() string { return cmp.Or(c.command.Name, filepath.Base(c.command.Dir)) }

// weaknesses stand on every card.
const weaknesses = `## Limits

No native speaker has reviewed the data or the output. The model is small and
trained on little: it is for learning how training works, not for translating
anything that matters. Most of its translations come from software messages;
outside of them it is worse. It repeats what its sources say, rightly or wrongly.
`

// policy writes the card of a base model.
func (c *card) policy(ctx context.Context, catalogue *data.Catalogue, checkpoint *model.Checkpoint) error {
	var recipe train.Recipe
	if err := json.Unmarshal(c.header.Recipe, &recipe); err != nil {
		return fmt.Errorf("%s: %w", trainingFile, err)
	}
	config := checkpoint.Config
	fmt.Fprintf(c, "A %s decoder of %.2f M parameters (%d layers, width %d, %d tokens of vocabulary, context %d) in Hugging Face's format.\n",
		config.ModelType, float64(config.Parameters())/1e6, config.Layers, config.HiddenSize, config.VocabSize, config.MaxPositions)
	c.WriteString("It translates between Tibetan, Chinese and English and finds headlines for Tibetan texts, as a base to train further.\n\n")
	seen := float64(recipe.Steps() * recipe.Rows * recipe.Time)
	fmt.Fprintf(c, "## Training\n\n%d steps of %d × %d tokens (%.1f M tokens), %s, peak learning rate %g after %d steps, a cosine to %g of it, weight decay %g, seed %d.\n",
		recipe.Steps(), recipe.Rows, recipe.Time, seen/1e6, optimizer(recipe.Muon), recipe.LearningRate, recipe.Warmup, recipe.MinRate, recipe.WeightDecay, recipe.Seed)
	c.compute(6 * float64(config.Parameters()) * seen)
	fmt.Fprintf(c, "Made by `dongyur pretrain --recipe assets/recipes/%s`.\n\n", c.header.RecipeFile)
	c.curve()
	c.data(catalogue)
	tokenizer, err := token.LoadFile(filepath.Join(c.command.Dir, "tokenizer.json"))
	if err != nil {
		return err
	}
	return c.scores(ctx, catalogue, checkpoint, tokenizer)
}

// encoder writes the card of a sentence encoder.
func (c *card) encoder(catalogue *data.Catalogue, checkpoint *model.Checkpoint) error {
	var recipe train.EncoderRecipe
	if err := json.Unmarshal(c.header.Recipe, &recipe); err != nil {
		return fmt.Errorf("%s: %w", trainingFile, err)
	}
	config := checkpoint.Config
	pooling := "mean pooling"
	if config.PoolBeforeNorm {
		pooling = "mean pooling before the final norm (in transformers: of the last layer's output, not of last_hidden_state)"
	}
	fmt.Fprintf(c, "A sentence encoder of %.2f M parameters (%d layers, width %d, attention both ways, %s, length 1) in Hugging Face's format.\n\n",
		float64(config.Parameters())/1e6, config.Layers, config.HiddenSize, pooling)
	fmt.Fprintf(c, "## Training\n\n%d steps of %d pairs cut at %d tokens, symmetric InfoNCE at temperature %g with in-batch negatives and %d hard ones a pair, %s, peak learning rate %g, seed %d.\n",
		recipe.Steps, recipe.Rows, recipe.MaxTokens, recipe.Temperature, recipe.Hard, optimizer(recipe.Muon), recipe.LearningRate, recipe.Seed)
	if recipe.Init != "" {
		fmt.Fprintf(c, "It started from the embedding and the first layers of `%s`.\n", recipe.Init)
	}
	c.compute(0)
	fmt.Fprintf(c, "Made by `dongyur encoder train --recipe assets/recipes/%s`.\n\n", c.header.RecipeFile)
	c.curve()
	c.data(catalogue)
	backend, err := engine.Open(c.cli.Engine)
	if err != nil {
		return err
	}
	enc, err := encoder.Load(backend, os.DirFS(c.command.Dir))
	if err != nil {
		return err
	}
	defer enc.Finalize()
	results, err := measureRetrieval(catalogue, enc, data.Test)
	if err != nil {
		return err
	}
	c.WriteString("## Retrieval\n\nThe nearest Chinese reference to a Tibetan source, by cosine, among all of the set (`dongyur encoder measure`).\n\n| set | split | texts | top 1 |\n|---|---|---|---|\n")
	for _, r := range results {
		fmt.Fprintf(c, "| %s | %s | %d | %.1f %% |\n", r.Set, r.Split, r.Count+r.Decoys, 100*r.Top1)
	}
	c.WriteString("\n")
	return nil
}

// compute says what training cost; flops is 0 where nobody counts them.
func (c *card) compute(flops float64) {
	if len(c.steps) == 0 {
		return
	}
	seconds := c.steps[len(c.steps)-1].Seconds
	fmt.Fprintf(c, "It took %s on the engine %s", span(seconds), c.header.Engine)
	if flops > 0 {
		fmt.Fprintf(c, ", about %.2g floating-point operations (6 a parameter and token)", flops)
	}
	c.WriteString(".\n")
}

// optimizer names what moved the weights.
func optimizer(muon bool) string {
	if muon {
		return "Muon for the layers' matrices and AdamW for the rest"
	}
	return "AdamW"
}

// span is a time for people.
func span(seconds float64) string {
	switch {
	case seconds < 120:
		return fmt.Sprintf("%.0f seconds", seconds)
	case seconds < 7200:
		return fmt.Sprintf("%.0f minutes", seconds/60)
	}
	return fmt.Sprintf("%.1f hours", seconds/3600)
}

// curvePoints is how many points of the loss a card shows.
const curvePoints = 12

// curve shows the training loss, each point the mean of the logged steps since the last.
func (c *card) curve() {
	if len(c.steps) == 0 {
		return
	}
	fmt.Fprintf(c, "Training loss (`%s` has about %d steps of it), nats a choice:\n\n| step | loss | learning rate |\n|---|---|---|\n", trainingFile, loggedSteps)
	from := 0
	for i := range min(curvePoints, len(c.steps)) {
		to := (i + 1) * len(c.steps) / min(curvePoints, len(c.steps))
		var sum float64
		for _, s := range c.steps[from:to] {
			sum += s.Loss
		}
		last := c.steps[to-1]
		fmt.Fprintf(c, "| %d | %.3f | %.2g |\n", last.Step, sum/float64(to-from), last.LearningRate)
		from = to
	}
	c.WriteString("\n")
}

// data is the table of what was read and left out.
func (c *card) data(catalogue *data.Catalogue) {
	c.WriteString("## Data\n\nOnly texts that may be redistributed (class R) were read; each row's own licence and source stand in the data sets. ")
	fmt.Fprintf(c, "Left out is what is, exactly or nearly, one of the %d texts that models are measured on, or shares a passage with one (`go doc ./core/data HeldOut`).", c.header.Compared)
	if len(c.header.Missing) > 0 {
		fmt.Fprintf(c, " Nothing was compared with %s, whose files were not there.", strings.Join(c.header.Missing, ", "))
	}
	c.WriteString("\n\n| phase | source | share of rows | rows | tokens | left out | near texts of | licence |\n|---|---|---|---|---|---|---|---|\n")
	for _, s := range c.header.Sources {
		licence := ""
		if set, err := catalogue.Set(s.Set); err == nil {
			licence = set.Licence
		}
		fmt.Fprintf(c, "| %s | %s | %.1f %% | %d | %s | %s | %s | %s |\n", cmp.Or(s.Phase, "–"), s.Name, 100*s.Share, s.Rows,
			cmp.Or(zeroless(s.Tokens), "–"), cmp.Or(counted(s.LeftOut), "0"), cmp.Or(counted(s.Near), "–"), licence)
	}
	c.WriteString("\n")
}

// zeroless writes a count, and nothing for none.
func zeroless(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

// absent tells a set whose file is not here, which the card then says.
func (c *card) absent(what string, err error) bool {
	if !errors.Is(err, fs.ErrNotExist) {
		return false
	}
	fmt.Fprintf(c, "%s: not measured, the data set is not on the machine that wrote this card.\n\n", what)
	return true
}
