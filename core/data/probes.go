package data

import (
	"encoding/json"
	"fmt"
)

// ProbesSet is the set of probes of what a model knew before.
const ProbesSet = "probes"

// MinimalPair is two sentences that differ in one point of grammar (BLiMP, SLING,
// ZhoBLiMP): a model that knows the language finds the good one likelier.
type MinimalPair struct {
	Set        string // "blimp", "sling" or "zhoblimp"
	Lang       string
	Phenomenon string
	Paradigm   string
	Good, Bad  string
}

// CausalChoice is one item of XCOPA: which of two sentences is the cause or the
// effect of the premise.
type CausalChoice struct {
	Lang     string
	Question string // "cause" or "effect"
	Premise  string
	Choices  [2]string
	Label    int // the right choice
}

// Probes are the probes of a language, "" for all. Rows of MGSM, which want long
// generated answers, are left out.
func (c *Catalogue) Probes(language string) (pairs []MinimalPair, choices []CausalChoice, err error) {
	s, err := c.Set(ProbesSet)
	if err != nil {
		return nil, nil, err
	}
	err = c.jsonLines(s, func(line []byte) error {
		var row struct {
			Set, Lang, Phenomenon, Paradigm, Good, Bad, Premise string
			Choices                                             []string
			Label                                               int
		}
		if err := json.Unmarshal(line, &row); err != nil {
			return err
		}
		switch {
		case language != "" && language != row.Lang:
		case row.Set == "xcopa":
			if len(row.Choices) != 2 || row.Label < 0 || row.Label > 1 || row.Paradigm != "cause" && row.Paradigm != "effect" {
				return fmt.Errorf("xcopa: %d choices, label %d, %q: it takes two choices, label 0 or 1, and cause or effect", len(row.Choices), row.Label, row.Paradigm)
			}
			choices = append(choices, CausalChoice{row.Lang, row.Paradigm, row.Premise, [2]string(row.Choices), row.Label})
		case row.Good != "" && row.Bad != "":
			pairs = append(pairs, MinimalPair{row.Set, row.Lang, row.Phenomenon, row.Paradigm, row.Good, row.Bad})
		}
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("probes: %w", err)
	}
	return pairs, choices, nil
}
