package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/eval/inside"
	"github.com/dongyur/dongyur/core/prompt"
	"github.com/dongyur/dongyur/core/task"
)

type insideCommand struct {
	Model   string   `arg:"" help:"Folder of the model." type:"existingdir"`
	Adapter string   `help:"Folder of an adapter; it is looked at beside the base model." type:"existingdir"`
	Set     string   `name:"data" help:"Set that says the same in several languages." default:"starter"`
	Split   string   `help:"Split of the set; none: all of it." default:""`
	Langs   []string `help:"Languages." default:"bo,zh,en"`
	Limit   int      `help:"Texts of each language; 0: all." default:"200"`
}

// Help is the command's example.
func (insideCommand) Help() string {
	return "Example:\n\n  dongyur inside assets/models/nano --adapter runs/grpo-1 --data flores_bo_zh_en\n\n" +
		"Counts neurons (LAPE) and attention heads (LAHIS) that serve few languages, under thresholds fixed on the base model, " +
		"and how often a sentence's translation is its nearest, by layer (MEXA)."
}

// insideFigures are one system's, counted under the base model's thresholds.
type insideFigures struct {
	Which      string            `json:"which"`
	Texts      int               `json:"texts"`
	Thresholds inside.Thresholds `json:"thresholds"`
	Neurons    []inside.Neuron   `json:"neurons"`
	Heads      []inside.Head     `json:"specific_heads"`
	*inside.Figures
}

// Run looks at the base model and, if there is one, at the adapter.
func (c *insideCommand) Run(cli *program) error {
	texts, err := c.texts(cli)
	if err != nil {
		return err
	}
	m, err := openMeasured(cli.Engine, c.Model, c.Adapter, spokenFlags{Template: prompt.Auto})
	if err != nil {
		return err
	}
	defer m.policy.Finalize()
	look, err := inside.New(m.policy, m.tokenizer, texts)
	if err != nil {
		return err
	}
	defer look.Finalize()
	base, err := look.Measure(false)
	if err != nil {
		return err
	}
	thresholds := base.Thresholds()
	systems := []insideFigures{{Which: "base", Figures: base}}
	if c.Adapter != "" {
		after, err := look.Measure(true)
		if err != nil {
			return err
		}
		systems = append(systems, insideFigures{Which: "adapter", Figures: after})
	}
	for i := range systems {
		s := &systems[i]
		s.Texts, s.Thresholds = len(texts[c.Langs[0]]), thresholds
		s.Neurons, s.Heads = s.Figures.Neurons(thresholds), s.SpecificHeads(thresholds)
		if cli.JSON {
			printJSON(s)
		}
	}
	if !cli.JSON {
		c.print(systems)
	}
	return nil
}

// texts are those that every language has, in one order.
func (c *insideCommand) texts(cli *program) (map[string][]string, error) {
	if len(c.Langs) < 2 {
		return nil, fmt.Errorf("--langs %s: give two languages or more to compare", strings.Join(c.Langs, ","))
	}
	catalogue, err := cli.catalogue()
	if err != nil {
		return nil, err
	}
	byID := map[string]map[string]string{}
	var first []task.Example
	for _, code := range c.Langs[1:] {
		examples, err := catalogue.Examples(c.Set, task.Translate, c.Langs[0], code, c.Split)
		if err != nil {
			return nil, err
		}
		for _, e := range examples {
			if byID[e.ID] == nil {
				byID[e.ID] = map[string]string{c.Langs[0]: e.Source}
				first = append(first, e)
			}
			byID[e.ID][code] = e.Reference
		}
	}
	first = slices.DeleteFunc(first, func(e task.Example) bool { return len(byID[e.ID]) < len(c.Langs) })
	if c.Limit > 0 {
		first = data.Shots(first, c.Limit, 0)
	}
	texts := map[string][]string{}
	for _, e := range first {
		for code, text := range byID[e.ID] {
			texts[code] = append(texts[code], text)
		}
	}
	return texts, nil
}

// print shows tables, before and after.
func (c *insideCommand) print(systems []insideFigures) {
	first := systems[0]
	fmt.Printf("%s, %d texts in %s, the first %d tokens of each; thresholds of the base model\n",
		c.Set, first.Texts, strings.Join(first.Languages, ", "), inside.MaxTokens)
	counts := func(s insideFigures, total, all int, of func(code string) int) {
		fmt.Printf("  %-8s %5d of %d", s.Which, total, all)
		for _, code := range s.Languages {
			fmt.Printf("  %s %d", code, of(code))
		}
		fmt.Println()
	}
	fmt.Printf("neurons of few languages (LAPE: entropy below %.4f, active %.1f %% of the time)\n", first.Thresholds.Entropy, 100*first.Thresholds.Active)
	for _, s := range systems {
		all := s.Layers * len(s.Active[s.Languages[0]][0])
		counts(s, len(s.Neurons), all, func(code string) int {
			return count(s.Neurons, func(n inside.Neuron) bool { return slices.Contains(n.Languages, code) })
		})
	}
	fmt.Println("heads of few languages (LAHIS: importance above the base model's .96 quantile)")
	for _, s := range systems {
		all := s.Layers * len(s.Figures.Heads[s.Languages[0]][0])
		counts(s, len(s.Heads), all, func(code string) int {
			return count(s.Heads, func(h inside.Head) bool { return slices.Contains(h.Languages, code) })
		})
	}
	fmt.Println("translations nearest to each other, by layer (MEXA)")
	for _, s := range systems {
		for _, shared := range s.Shared {
			fmt.Printf("  %-8s %s-%s", s.Which, shared.A, shared.B)
			for _, share := range shared.ByLayer {
				fmt.Printf("  %5.1f %%", 100*share)
			}
			fmt.Println()
		}
	}
}

func count[T any](list []T, holds func(T) bool) int {
	n := 0
	for _, x := range list {
		if holds(x) {
			n++
		}
	}
	return n
}
