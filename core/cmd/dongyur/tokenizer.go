package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/dongyur/dongyur/core/token"
	"github.com/dongyur/dongyur/core/train"
)

type tokenizerCommand struct {
	Train tokenizerTrain `cmd:"" help:"Train a byte-level BPE tokenizer on a recipe's sources."`
}

type tokenizerTrain struct {
	Recipe string `help:"Recipe whose sources are read." required:"" type:"existingfile"`
	Size   int    `help:"Tokens wanted, the 256 bytes and the control tokens among them." default:"8192"`
	Out    string `help:"Folder that tokenizer.json is written to." required:"" type:"path"`
}

// Help is the command's example.
func (tokenizerTrain) Help() string {
	return "Example:\n\n  dongyur tokenizer train --recipe assets/recipes/nano.json --size 8192 --out assets/models/nano"
}

// Run trains the tokenizer.
func (c *tokenizerTrain) Run(cli *program) error {
	recipe, catalogue, err := cli.recipe(c.Recipe)
	if err != nil {
		return err
	}
	texts, err := recipe.Texts(catalogue)
	if err != nil {
		return err
	}
	report := newReporter(cli.JSON, "tokenizer", 0, c.Size)
	shown := 0
	tokenizer, err := token.Train(texts, token.TrainOptions{VocabSize: c.Size, Progress: func(done, _ int) {
		for ; shown < done && !cli.JSON; shown++ {
			report.step(nil, "tokenizer")
		}
	}})
	report.done()
	if err != nil {
		return err
	}
	path := filepath.Join(c.Out, "tokenizer.json")
	if err := train.WriteFile(path, func(w io.Writer) error { return tokenizer.Save(w) }); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%s: %d tokens\n", path, tokenizer.VocabSize())
	return nil
}
