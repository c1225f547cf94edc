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
	Train   tokenizerTrain   `cmd:"" help:"Train a byte-level BPE tokenizer by a recipe."`
	Measure tokenizerMeasure `cmd:"" help:"Measure how short a tokenizer makes Tibetan, Chinese and English, and that nothing is lost."`
}

type tokenizerTrain struct {
	Recipe string `help:"Recipe: size and texts." required:"" type:"existingfile"`
	Out    string `help:"Folder that tokenizer.json is written to." required:"" type:"path"`
}

// Help is the command's example.
func (tokenizerTrain) Help() string {
	return "Example:\n\n  dongyur tokenizer train --recipe assets/recipes/bo-zh-en.json --out assets/models/small"
}

// Run trains the tokenizer.
func (c *tokenizerTrain) Run(cli *program) error {
	recipe, err := readRecipe(c.Recipe, train.ReadTokenizerRecipe)
	if err != nil {
		return err
	}
	reader, err := cli.sources()
	if err != nil {
		return err
	}
	texts, err := recipe.Texts(reader)
	if err != nil {
		return err
	}
	printCounts(reader)
	report := newReporter(cli.JSON, "tokenizer", 0, recipe.Size)
	tokenizer, err := token.Train(texts, token.TrainOptions{VocabSize: recipe.Size, Progress: report.at})
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
