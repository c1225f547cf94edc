// Command dongyur trains small language models on a low-resource language by
// meaning, measures what they gain and what they forget, and serves the page that
// does the same in a browser. `dongyur --help` lists its commands.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/prompt"
	"github.com/dongyur/dongyur/core/task"
)

// taskNames are what --task takes, wherever it stands.
func taskNames() kong.Vars { return kong.Vars{"tasks": strings.Join(task.Names(), ",")} }

// templateNames are the chat templates by name, for the help.
var templateNames = kong.Vars{"templates": strings.Join(prompt.Names(), ", ")}

// program is the command line.
type program struct {
	JSON   bool   `help:"Print one JSON object a line instead of text and bars."`
	Engine string `help:"Engine: go, or xla in a build with XLA=1; xla:PATH names a PJRT plugin." env:"DONGYUR_ENGINE" default:""`
	Folder string `name:"data-dir" help:"Folder of the data sets." env:"DONGYUR_DATA" type:"path"`

	tables map[string]*data.Table // of one's own that were read, by how

	Train     trainCommand     `cmd:"" help:"Train an adapter (or all weights) on examples, by SFT or GRPO."`
	Generate  generateCommand  `cmd:"" help:"Translate or headline a text."`
	Eval      evalCommand      `cmd:"" help:"Measure a model on held-out examples."`
	Compare   compareCommand   `cmd:"" help:"Compare a base model with its adapter, line by line."`
	Summary   summaryCommand   `cmd:"" help:"Average runs that differ by seed: change with its interval, and what was forgotten."`
	Facts     factsCommand     `cmd:"" help:"Ask a model facts in many languages: accuracy, total consistency, RankC."`
	Probes    probesCommand    `cmd:"" help:"Measure what a model still knows: held-out loss, minimal pairs, XCOPA."`
	Tax       taxCommand       `cmd:"" help:"Compare what runs forgot, at equal steps and at equal gain."`
	Reward    rewardCommand    `cmd:"" help:"Score given outputs, term by term, without training."`
	Report    reportCommand    `cmd:"" help:"Show runs as one page (or JSON, CSV): tables, curves, answers side by side."`
	Reproduce reproduceCommand `cmd:"" help:"Run a small version of a paper's table and compare directions."`
	Inside    insideCommand    `cmd:"" help:"Count neurons and heads that serve few languages, and how near translations are, layer by layer."`
	Pretrain  pretrainCommand  `cmd:"" help:"Make a base model from a recipe."`
	Tokenizer tokenizerCommand `cmd:"" help:"Train or measure a tokenizer."`
	Encoder   encoderCommand   `cmd:"" help:"Train or measure a sentence encoder."`
	Quantize  quantizeCommand  `cmd:"" help:"Write a model's weights in 8 or 4 bits, to be quicker to download."`
	Card      cardCommand      `cmd:"" help:"Measure a model and write its card."`
	Grammar   grammarCommand   `cmd:"" help:"Compose everyday sentences, read them back, and check both."`
	Sets      dataCommand      `cmd:"" name:"data" help:"List, show and download data sets."`
	Votes     votesCommand     `cmd:"" help:"Count blind votes: wins with their interval, and how far raters agree."`
	Serve     serveCommand     `cmd:"" help:"Serve the page, and with --hub what is shared."`
	Site      siteCommand      `cmd:"" help:"Write the page as files for a static host."`
}

// newProgram is a command line with the flags that registries hold.
func newProgram() *program {
	return &program{Train: trainCommand{settingFlags: newSettingFlags()}}
}

func main() {
	ctx, exitCode := notify(os.Stderr)
	cli := newProgram()
	parsed := kong.Parse(cli,
		kong.Name("dongyur"),
		kong.Description("Teach small language models a low-resource language by meaning."),
		kong.ShortUsageOnError(),
		taskNames(),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(cli),
		templateNames,
	)
	err := parsed.Run()
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "dongyur:", err)
	if code := exitCode(); code != 0 && errors.Is(err, context.Canceled) {
		os.Exit(code)
	}
	os.Exit(1)
}
