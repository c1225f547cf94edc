package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/dongyur/dongyur/core/train"
)

// readRecipe reads a recipe's file; an error names it.
func readRecipe[R any](path string, read func(io.Reader) (R, error)) (R, error) {
	file, err := os.Open(path)
	if err != nil {
		var none R
		return none, err
	}
	defer file.Close()
	recipe, err := read(file)
	if err != nil {
		return recipe, fmt.Errorf("%s: %w", path, err)
	}
	return recipe, nil
}

// sources opens what recipes read, and says what it is compared with.
func (cli *program) sources() (*train.SourceReader, error) {
	catalogue, err := cli.catalogue()
	if err != nil {
		return nil, err
	}
	reader, err := train.NewSourceReader(catalogue)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(os.Stderr, "texts near any of %d held-out ones are left out\n", reader.HeldOut.Texts())
	if missing := reader.HeldOut.Missing; len(missing) > 0 {
		fmt.Fprintf(os.Stderr, "dongyur: warning: nothing is compared with %s: no file (see `dongyur data list`)\n", strings.Join(missing, ", "))
	}
	return reader, nil
}

// printCounts says what was read of each source and left out.
func printCounts(reader *train.SourceReader) {
	for _, c := range reader.Counts() {
		fmt.Fprintf(os.Stderr, "%-44s %7d rows, %d left out%s\n", c.Source.Name(), c.Rows, c.Dropped(), bracketed(counted(c.Kinds)))
	}
}

// counted lists counts by name: "3 exact, 1 near".
func counted(counts map[string]int) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%d %s", counts[name], name))
	}
	return strings.Join(parts, ", ")
}

// bracketed puts a text behind another, if there is one.
func bracketed(text string) string {
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}
