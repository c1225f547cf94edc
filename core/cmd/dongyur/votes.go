package main

import (
	"fmt"
	"os"

	"github.com/dongyur/dongyur/core/vote"
)

// votesCommand counts blind votes as the page and the hub do.
type votesCommand struct {
	Files []string `arg:"" help:"Files of votes: the page's, one for each rater, or the hub's dongyur-votes.jsonl." type:"existingfile"`
}

// Help is the command's example.
func (votesCommand) Help() string {
	return "Example: dongyur votes dongyur-votes.jsonl"
}

// Run prints the outcome.
func (c *votesCommand) Run(cli *program) error {
	var files []vote.File
	for _, name := range c.Files {
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		list, err := vote.Read(data)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		files = append(files, list...)
	}
	for _, f := range files {
		if f.Sealed != "" {
			return fmt.Errorf("a round of %d pairs is still open: vote on it in the page, show its result and export it", len(f.Pairs))
		}
	}
	out := vote.Count(files)
	if cli.JSON {
		printJSON(out)
		return nil
	}
	systems := files[0].Systems
	fmt.Printf("%s against %s\n%-24s %5s %5s %5s %9s  %s\n", systems[1].Name, systems[0].Name, "rater", "win", "loss", "tie", "both bad", "share of wins, 95 % interval")
	for _, t := range append(out.Raters, out.Pooled) {
		name := t.Rater
		if name == "" {
			name = "all"
		}
		fmt.Printf("%-24s %5d %5d %5d %9d  %.3f  %.3f–%.3f\n", name, t.Win, t.Loss, t.Tie, t.Bad, t.Rate.Value, t.Rate.Low, t.Rate.High)
	}
	if out.Agreed {
		fmt.Printf("agreement: Krippendorff's alpha %.3f\n", out.Alpha)
	}
	return nil
}
