package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/eval"
	"github.com/dongyur/dongyur/core/grammar"
	"github.com/dongyur/dongyur/core/lang"
)

// checkedGrammar is what grammar check finds.
type checkedGrammar struct {
	Counts     grammar.Counts            `json:"counts"`
	Events     int                       `json:"events"`     // kinds of news
	Attested   map[string]*tally         `json:"attested"`   // by category
	Unattested []grammar.Piece           `json:"unattested"` // wordings
	Rules      []lang.RuleUse            `json:"rules"`
	Parsed     []grammar.Property        `json:"parsed"`
	Mistakes   map[string][]eval.Mistake `json:"mistakes"`
}

// wanted is the share of planted mistakes that the judge must find.
const wanted = .99

// failed is an error if the parser loses a meaning or the judge misses mistakes.
func (c checkedGrammar) failed() error {
	for _, p := range c.Parsed {
		if p.Lost > 0 {
			return fmt.Errorf("grammar check: %d of %d sentences in %s do not have the meaning that they were made of", p.Lost, p.Sentences, p.Language)
		}
	}
	for tag, mistakes := range c.Mistakes {
		for _, m := range mistakes {
			if m.Count > 0 && m.Kind != "none" && m.Judged < wanted {
				return fmt.Errorf("grammar check: the judge finds only %.1f %% of the mistakes %s in %s", 100*m.Judged, m.Kind, tag)
			}
		}
	}
	return nil
}

// rules counts how mono_bo keeps the rules of particles and of the shad.
func (c *grammarCheck) rules(ctx context.Context, cli *program, checked *checkedGrammar) error {
	catalogue, err := cli.catalogue()
	if err != nil {
		return err
	}
	count := lang.NewRuleCount()
	for text, err := range catalogue.TextsSplit("mono_bo", "bo", data.Train) {
		if errors.Is(err, fs.ErrNotExist) {
			if !cli.JSON {
				fmt.Println("rules       mono_bo is not here: dongyur data pull mono_bo")
			}
			return nil
		}
		if err = cmp.Or(err, ctx.Err()); err != nil {
			return err
		}
		count.Read(text)
	}
	checked.Rules = count.Uses()
	if cli.JSON {
		return nil
	}
	for _, use := range checked.Rules {
		fmt.Printf("rule        %-36s kept in %5.1f %% of %d places of mono_bo\n", use.Rule, 100*float64(use.Kept)/float64(max(1, use.Seen)), use.Seen)
	}
	return nil
}

// parse composes sentences and reads them back.
func (c *grammarCheck) parse(ctx context.Context, cli *program, checked *checkedGrammar) error {
	report := newReporter(cli.JSON, "sentences", 0, c.Sentences)
	found, err := grammar.Everyday().CheckParse(c.Seed, c.Sentences, func(done int) { report.at(done, c.Sentences) })
	report.done()
	if err != nil {
		return err
	}
	checked.Parsed = found
	if cli.JSON {
		return nil
	}
	for _, p := range found {
		fmt.Printf("parsed      %s %d of %d have their meaning, %.2f %% another one too; %.0f parses a second\n",
			p.Language, p.Sentences-p.Lost, p.Sentences, 100*float64(p.Ambiguous)/float64(max(1, p.Sentences)), p.Rate())
		for _, example := range p.Examples {
			fmt.Printf("            lost: %s\n", example)
		}
	}
	return nil
}

// planted is how many sentences mistakes are planted in.
const planted = 1000

// plant puts mistakes into sentences and asks the judge.
func (c *grammarCheck) plant(ctx context.Context, cli *program, checked *checkedGrammar) error {
	sentences, err := grammar.Everyday().Generate(c.Seed, planted, grammar.Filter{Split: grammar.Dev})
	if err != nil {
		return err
	}
	checked.Mistakes = map[string][]eval.Mistake{}
	for _, tag := range grammar.Everyday().Languages() {
		mistakes, err := eval.Mistakes(nil, sentences, tag, c.Seed)
		if err != nil {
			return err
		}
		checked.Mistakes[tag] = mistakes
		if cli.JSON {
			continue
		}
		for _, m := range mistakes {
			if m.Kind != "none" {
				fmt.Printf("mistakes    %s %-10s the judge finds %.1f %% of %d\n", tag, m.Kind, 100*m.Judged, m.Count)
			} else {
				fmt.Printf("mistakes    %s %-10s the judge finds wrong %.1f %% of %d right answers\n", tag, "none", 100*m.Judged, m.Count)
			}
		}
	}
	return nil
}
