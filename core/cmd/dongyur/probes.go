package main

import (
	"fmt"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/eval"
	"github.com/dongyur/dongyur/core/prompt"
	"github.com/dongyur/dongyur/core/protocol"
)

type probesCommand struct {
	Model     string `arg:"" help:"Folder of the model." type:"existingdir"`
	Adapter   string `help:"Folder of an adapter; it is measured beside the base model." type:"existingdir"`
	Lang      string `help:"Language of the probes: en, zh, id or sw; none: all." default:""`
	Limit     int    `help:"Probes of a paradigm; 0: all." default:"0"`
	Paradigms bool   `help:"Print every paradigm." default:"false"`
}

// Help is the command's example.
func (probesCommand) Help() string {
	return "Example:\n\n  dongyur probes assets/models/nano --adapter runs/grpo-1\n\n" +
		"Prints held-out loss and its drift, minimal pairs (BLiMP, SLING, ZhoBLiMP) and XCOPA: what a model still knows."
}

// probed is one system's figures.
type probed struct {
	Which string                    `json:"which"`
	NLL   map[string]float64        `json:"nll"`
	Drift map[string]protocol.Drift `json:"drift,omitempty"`
	eval.ProbeReport
}

// Run measures the base model and, if there is one, the adapter.
func (c *probesCommand) Run(cli *program) error {
	catalogue, err := cli.catalogue()
	if err != nil {
		return err
	}
	pairs, choices, err := catalogue.Probes(c.Lang)
	if err != nil {
		return err
	}
	pairs, choices = limited(pairs, choices, c.Limit)
	texts, err := cli.taxTexts()
	if err != nil {
		return err
	}
	m, err := openMeasured(cli.Engine, c.Model, c.Adapter, spokenFlags{Template: prompt.Auto})
	if err != nil {
		return err
	}
	defer m.policy.Finalize()
	tax, err := eval.NewTax(m.policy, m.tokenizer, texts)
	if err != nil {
		return err
	}
	defer tax.Finalize()
	likelihood, err := eval.NewLikelihood(m.policy, m.tokenizer)
	if err != nil {
		return err
	}
	defer likelihood.Finalize()
	for _, adapter := range []bool{false, true} {
		if adapter && c.Adapter == "" {
			break
		}
		p := probed{Which: "base"}
		if p.NLL, err = tax.NLL(adapter); err != nil {
			return err
		}
		if adapter {
			p.Which = "adapter"
			if _, p.Drift, err = tax.Drift(); err != nil {
				return err
			}
		}
		report := newReporter(cli.JSON, "probes", 0, 2*(len(pairs)+len(choices)))
		probes, err := eval.Probe(likelihood, m.tokenizer, pairs, choices, adapter, report.at)
		report.done()
		if err != nil {
			return err
		}
		p.ProbeReport = *probes
		c.print(cli, p)
	}
	return nil
}

// limited takes the first few of each paradigm.
func limited(pairs []data.MinimalPair, choices []data.CausalChoice, limit int) ([]data.MinimalPair, []data.CausalChoice) {
	if limit <= 0 {
		return pairs, choices
	}
	taken := map[string]int{}
	few := func(key string) bool {
		taken[key]++
		return taken[key] <= limit
	}
	var fewPairs []data.MinimalPair
	for _, p := range pairs {
		if few(p.Set + "/" + p.Paradigm) {
			fewPairs = append(fewPairs, p)
		}
	}
	var fewChoices []data.CausalChoice
	for _, choice := range choices {
		if few("xcopa " + choice.Lang + "/" + choice.Question) {
			fewChoices = append(fewChoices, choice)
		}
	}
	return fewPairs, fewChoices
}

// print shows one system's figures.
func (c *probesCommand) print(cli *program, p probed) {
	if cli.JSON {
		printJSON(p)
		return
	}
	fmt.Println(p.Which)
	for _, code := range []string{"en", "zh"} {
		fmt.Printf("  held-out loss %s  %.4f nats a token", code, p.NLL[code])
		if drift, ok := p.Drift[code]; ok {
			fmt.Printf(", drift %+.4f, 90th percentile %+.4f", drift.Mean, drift.P90)
		}
		fmt.Println()
	}
	printAccuracies(p.Sets)
	if c.Paradigms {
		printAccuracies(p.Paradigms)
	}
}

// printAccuracies prints one line a share.
func printAccuracies(list []eval.Accuracy) {
	for _, a := range list {
		fmt.Printf("  %-44s %s  %5.1f %%  [%.1f, %.1f]  %d of %d\n", a.Name, a.Lang, 100*a.Share.Value, 100*a.Share.Low, 100*a.Share.High, a.Right, a.Count)
	}
}
