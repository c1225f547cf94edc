package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/encoder"
	"github.com/dongyur/dongyur/core/engine"
	"github.com/dongyur/dongyur/core/grammar"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/reward"
	"github.com/dongyur/dongyur/core/task"
)

type rewardCommand struct {
	tableFlags
	File    string `arg:"" help:"Table (TSV or CSV with a row of names, or JSONL) of source, reference and output; fact, sample, choices (between |) and finished (true or false) may follow." type:"existingfile"`
	Config  string `help:"JSON file of terms and weights; none: S1's." type:"existingfile"`
	Explain bool   `help:"Say below each output what every term found."`
	Encoder string `help:"Encoder of the similarity: a folder, hashed, or openai:MODEL@URL." default:""`
	Task    string `help:"What the answers are to: ${tasks}." default:"translate" enum:"${tasks}"`
	From    tag    `help:"Language of the sources: a tag such as yo, zh-Hant or kk-Arab, or a name." default:"bo"`
	To      tag    `help:"Language of the outputs; without it the one that the starter set has beside --from."`
}

// Help is the command's example and the config's form: a line a term, by its row.
func (rewardCommand) Help() string {
	return "Example:\n\n  dongyur reward answers.tsv --config reward.json --encoder assets/models/nano-enc --from zh --to bo\n\n" +
		"A config names terms; what is left out is off, or has its usual value. Terms, with their weight in S1's reward and their parameters:\n\n" + indented(reward.Help())
}

// Run scores the outputs and prints every term.
func (c *rewardCommand) Run(cli *program) error {
	config, err := readReward(c.Config)
	if err != nil {
		return err
	}
	inputs, err := c.inputs(cli)
	if err != nil {
		return err
	}
	enc, err := c.encoder(cli)
	if err != nil {
		return err
	}
	scorer, err := reward.New(enc, config)
	if err != nil {
		return fmt.Errorf("%w (--encoder assets/models/nano-enc, or hashed)", err)
	}
	results, err := scorer.Score(inputs)
	if err != nil {
		return err
	}
	printRewards(cli.JSON, c.Explain, inputs, results)
	return nil
}

// readReward reads a reward's file; without one it is S1's reward.
func readReward(path string) (protocol.Reward, error) {
	if path == "" {
		return reward.Default(), nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return protocol.Reward{}, err
	}
	return reward.ReadConfig(path, content)
}

// inputs reads the table.
func (c *rewardCommand) inputs(cli *program) ([]reward.Input, error) {
	name := c.Task
	if t := task.Named(name); t != nil && t.ReadsAs != "" {
		name = t.ReadsAs // a table of questions reads as one of pairs
	}
	flags := exampleFlags{Task: c.Task, From: c.From, To: c.To}
	if err := flags.checkLanguages(); err != nil {
		return nil, err
	}
	target := flags.target()
	table, err := c.readTable(cli, data.ReadOptions{Name: c.File, Task: name, SourceLang: string(c.From), TargetLang: target, ReferenceFree: true})
	if err != nil {
		return nil, err
	}
	var inputs []reward.Input
	outputs := 0
	for _, e := range table.Examples {
		in := reward.Input{Task: c.Task, Source: e.Source, Reference: e.Reference, Output: e.Meta["output"],
			SourceLang: e.SourceLang, TargetLang: e.TargetLang, Finished: e.Meta["finished"] != "false", Fact: e.Meta["fact"], Meaning: e.Meta[grammar.MeaningKey]}
		if choices := e.Meta["choices"]; choices != "" {
			in.Choices = strings.Split(choices, "|")
		}
		if in.Sample, err = strconv.Atoi(e.Meta["sample"]); err != nil && e.Meta["sample"] != "" {
			return nil, fmt.Errorf("%s: %s: sample %q is not a whole number", c.File, e.ID, e.Meta["sample"])
		}
		if in.Output != "" {
			outputs++
		}
		inputs = append(inputs, in)
	}
	if outputs == 0 {
		return nil, fmt.Errorf("%s: no row has an output: the table needs a column (or field) called output", c.File)
	}
	return inputs, nil
}

// encoder opens the encoder; none if none is named.
func (c *rewardCommand) encoder(cli *program) (reward.Encoder, error) {
	if c.Encoder == "" {
		return nil, nil
	}
	if c.Encoder == "hashed" {
		return reward.Hashed{}, nil
	}
	if enc, ok, err := servedEncoder(c.Encoder); ok || err != nil {
		return enc, err
	}
	backend, err := engine.Open(cli.Engine)
	if err != nil {
		return nil, err
	}
	enc, err := encoder.Load(backend, os.DirFS(c.Encoder))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Encoder, err)
	}
	return enc, nil
}

// printRewards prints one line an output and the means.
func printRewards(asJSON, explain bool, inputs []reward.Input, results []reward.Result) {
	names := []string{}
	mean := map[string]float64{}
	total := 0.0
	for _, r := range results {
		total += r.Total / float64(len(results))
		for name, value := range r.Terms {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
			mean[name] += value / float64(len(results))
		}
	}
	slices.Sort(names)
	if asJSON {
		for i, r := range results {
			printJSON(map[string]any{"row": i + 1, "output": inputs[i].Output, "total": r.Total, "terms": r.Terms, "why": r.Why, "empty": r.Empty})
		}
		printJSON(map[string]any{"rows": len(results), "total": total, "terms": mean})
		return
	}
	fmt.Printf("%5s %8s", "row", "total")
	for _, name := range names {
		fmt.Printf(" %11s", name)
	}
	fmt.Println("  output")
	line := func(label string, total float64, terms map[string]float64, output string) {
		fmt.Printf("%5s %8.4f", label, total)
		for _, name := range names {
			fmt.Printf(" %11.4f", terms[name])
		}
		fmt.Println(" ", short(output))
	}
	for i, r := range results {
		line(strconv.Itoa(i+1), r.Total, r.Terms, inputs[i].Output)
		for _, name := range names {
			if why, ok := r.Why[name]; ok && explain {
				fmt.Printf("      %-12s %+.4f  %s\n", name, r.Terms[name], why)
			}
		}
	}
	line("mean", total, mean, "")
}
