package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/eval"
	"github.com/dongyur/dongyur/core/rollout"
	"github.com/dongyur/dongyur/core/task"
)

type factsCommand struct {
	Model     string   `arg:"" help:"Folder of the model." type:"existingdir"`
	Adapter   string   `help:"Folder of an adapter; it is measured beside the base model." type:"existingdir"`
	Set       string   `name:"data" help:"facts_geo or klar." default:"facts_geo" enum:"facts_geo,klar"`
	Split     string   `help:"Split of facts_geo, by country: train, dev, test; all of klar." default:"test"`
	Langs     []string `help:"Languages that are asked; none: all of the set's."`
	Seen      []string `help:"Languages that were trained on; the others are summed up apart."`
	Limit     int      `help:"Facts; 0: all." default:"0"`
	By        string   `help:"likelihood ranks the answers, generation lets the model write one." default:"likelihood" enum:"likelihood,generation"`
	Offer     bool     `help:"Name the answers to choose from in the question (generation)." default:"true" negatable:""`
	AsText    bool     `help:"Put the answer behind the question as a text goes on, not in a turn of its own (likelihood)."`
	Sum       bool     `help:"Rank by the whole log-probability instead of its mean over tokens."`
	Wording   int      `help:"Which of KLAR's wordings, from 0." default:"0"`
	MaxTokens int      `help:"Longest answer, in tokens (generation)." default:"32"`
	spokenFlags
}

// Help is the command's example.
func (factsCommand) Help() string {
	return "Example:\n\n  dongyur facts assets/models/nano --langs bo,zh,en --split test\n\n" +
		"Prints accuracy by language, total consistency (right in every language) and RankC (how alike languages rank the answers)."
}

// factFigures are one system's figures.
type factFigures struct {
	Which string `json:"which"`
	Set   string `json:"set"`
	Split string `json:"split,omitempty"`
	By    string `json:"by"`
	Facts int    `json:"facts"`
	*eval.FactReport
}

// Run measures the base model and, if there is one, the adapter.
func (c *factsCommand) Run(ctx context.Context, cli *program) error {
	split := c.Split
	if c.Set == data.KLARSet {
		split = ""
	}
	facts, err := cli.facts(c.Set, split, c.Langs, c.Wording, c.Limit, 0)
	if err != nil {
		return err
	}
	m, err := openMeasured(cli.Engine, c.Model, c.Adapter, c.spokenFlags)
	if err != nil {
		return err
	}
	defer m.policy.Finalize()
	for _, which := range []string{"base", "adapter"} {
		if which == "adapter" && c.Adapter == "" {
			break
		}
		answers, err := c.answers(ctx, cli, m, facts, which == "adapter")
		if err != nil {
			return err
		}
		c.print(cli, factFigures{which, c.Set, split, c.By, len(facts), eval.SummariseFacts(answers, c.Seen)})
	}
	return nil
}

// facts reads facts of a set; limit above 0 draws some by seed.
func (cli *program) facts(set, split string, languages []string, template, limit int, seed uint64) ([]*data.Fact, error) {
	catalogue, err := cli.catalogue()
	if err != nil {
		return nil, err
	}
	facts, err := catalogue.Facts(set, split, languages, template)
	if err != nil || limit <= 0 {
		return facts, err
	}
	// A fact is drawn by its first question.
	byID := map[string]*data.Fact{}
	var first []task.Example
	for _, f := range facts {
		byID[f.ID] = f
		first = append(first, f.Example(f.Languages[0], false))
	}
	var drawn []*data.Fact
	for _, e := range data.Shots(first, limit, seed) {
		drawn = append(drawn, byID[e.Fact])
	}
	return drawn, nil
}

// answers asks the model.
func (c *factsCommand) answers(ctx context.Context, cli *program, m *measured, facts []*data.Fact, adapter bool) ([]eval.FactAnswers, error) {
	if c.By == "generation" {
		return c.generated(ctx, cli, m, facts, adapter)
	}
	likelihood, err := eval.NewLikelihood(m.policy, m.tokenizer)
	if err != nil {
		return nil, err
	}
	defer likelihood.Finalize()
	total := 0
	for _, f := range facts {
		total += len(f.Languages) * len(f.Names)
	}
	report := newReporter(cli.JSON, "answers", 0, total)
	defer report.done()
	return eval.RankFacts(likelihood, m.tokenizer, facts, eval.RankOptions{Adapter: adapter, AsText: c.AsText, Sum: c.Sum, Form: m.form, Progress: report.at})
}

// factBatch is how many questions are answered between two reports.
const factBatch = 64

// generated lets the model answer greedily.
func (c *factsCommand) generated(ctx context.Context, cli *program, m *measured, facts []*data.Fact, adapter bool) ([]eval.FactAnswers, error) {
	questions := eval.Questions(facts, c.Offer)
	template := rollout.Template{Form: m.form, Limit: m.policy.Config.MaxPositions - c.MaxTokens}
	sampler := rollout.New(m.policy, m.tokenizer, rollout.Options{Form: m.form})
	defer sampler.Finalize()
	report := newReporter(cli.JSON, "answers", 0, len(questions))
	defer report.done()
	var outputs []string
	for start := 0; start < len(questions); start += factBatch {
		var prompts [][]int
		for _, q := range questions[start:min(start+factBatch, len(questions))] {
			prompt, err := template.Prompt(m.tokenizer, q)
			if err != nil {
				return nil, err
			}
			prompts = append(prompts, prompt)
		}
		completions, err := sampler.Run(ctx, prompts, 1, task.Sampling{MaxTokens: c.MaxTokens}, adapter, nil)
		if err != nil {
			return nil, err
		}
		for _, completion := range completions {
			outputs = append(outputs, m.tokenizer.DecodeSkipSpecial(completion.Tokens))
		}
		report.at(len(outputs), len(questions))
	}
	return eval.JudgeFacts(facts, outputs, c.Offer)
}

// print shows one system's figures.
func (c *factsCommand) print(cli *program, f factFigures) {
	if cli.JSON {
		printJSON(f)
		return
	}
	fmt.Printf("%s, %d facts of %s %s, by %s\n", f.Which, f.Facts, f.Set, f.Split, f.By)
	printAccuracies(f.Languages)
	line := func(name string, s *eval.Consistent) {
		if s == nil {
			return
		}
		fmt.Printf("  %-16s accuracy %.1f %% [%.1f, %.1f], right in all languages %.1f %% [%.1f, %.1f] of %d", name,
			100*s.Accuracy.Value, 100*s.Accuracy.Low, 100*s.Accuracy.High, 100*s.Total.Value, 100*s.Total.Low, 100*s.Total.High, s.Facts)
		if s.RankC != nil {
			fmt.Printf(", RankC %.4f", *s.RankC)
		}
		if f.By == "generation" {
			fmt.Printf(", unparseable %.1f %%", 100*s.Unparseable)
		}
		fmt.Println()
	}
	line("all languages", &f.All)
	line("seen", f.Seen)
	line("unseen", f.Unseen)
	if len(c.Seen) > 0 {
		fmt.Printf("  seen are %s\n", strings.Join(c.Seen, ", "))
	}
}
