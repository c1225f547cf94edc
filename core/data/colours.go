package data

import (
	_ "embed"
	"strings"

	"github.com/dongyur/dongyur/core/task"
)

// The questions were written for this project and are given to the public domain
// (CC0-1.0): see starter/README.md.
//
//go:embed starter/colours.tsv
var starterColours string

// StarterFacts are built-in questions with choices: the colours of 12 things, each
// asked in bo, zh and en. A quarter has the split Test, so that each of their facts is
// learnt in the other two languages. Meta has reviewed=no.
func StarterFacts() []task.Example {
	lines := strings.Split(strings.TrimSpace(starterColours), "\n")
	header := strings.Split(lines[0], "\t")
	examples := make([]task.Example, len(lines)-1)
	for i, line := range lines[1:] {
		v := map[string]string{}
		if err := tsvValues(v, header, line); err != nil {
			panic("the embedded questions are damaged: " + at("starter/colours.tsv", i+2, err).Error())
		}
		examples[i] = task.Example{ID: v["id"], Task: task.Fact, Source: v["source"], Reference: v["reference"],
			SourceLang: v["lang"], TargetLang: v["lang"], Split: v["split"], Fact: v["fact"],
			Choices: strings.Split(v["choices"], " | "), Meta: map[string]string{"reviewed": "no"}}
	}
	return examples
}
