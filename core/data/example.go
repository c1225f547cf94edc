// Package data holds what a model learns from and is measured on: examples, the
// tables people bring them in, splits that do not leak, few-shot samples and the
// catalogue of data sets.
//
// In go tables (TSV, CSV after RFC 4180, JSON Lines), translators' files (XLIFF 1.2 and
// 2.0, TMX 1.4b) and the files that
// assets/datasets.json describes; out come Examples for supervised and
// reinforcement learning, and plain texts for pretraining. Every choice that looks
// random is a hash of the text and a seed, so it is the same on every platform and
// does not depend on the order of the rows.
//
// The package needs no tensors and no network, except Pull, which is left out of
// js/wasm builds.
package data

import (
	"fmt"

	"github.com/dongyur/dongyur/core/lang"
)

// Task names what the model is asked to do with a source text.
type Task string

const (
	// Translate asks for the source in the target language.
	Translate Task = "translate"
	// Headline asks for the headline of a news text, in the text's own language.
	Headline Task = "headline"
	// FactTask asks for the name that answers a question; see Fact and its Examples.
	FactTask Task = "fact"
)

// Split names as they stand in the data sets.
const (
	Train = "train"
	Dev   = "dev"
	Test  = "test"
)

// Example is one thing to learn: a source text and, unless the task is
// reference-free, what a person wrote for it.
type Example struct {
	ID         string            `json:"id"`
	Task       Task              `json:"task"`
	Source     string            `json:"source"`
	Reference  string            `json:"reference"` // empty when no one has written one
	SourceLang string            `json:"source_lang"`
	TargetLang string            `json:"target_lang"`
	Split      string            `json:"split"`             // Train, Dev, Test or "" when nobody has divided the set
	Fact       string            `json:"fact,omitempty"`    // of a fact: its id, the same in every language
	Choices    []string          `json:"choices,omitempty"` // wrong answers that are offered beside the reference
	Meta       map[string]string `json:"meta,omitempty"`
}

// checkTask refuses a task that no prompt is known for.
func checkTask(t Task) error {
	switch t {
	case Translate, Headline:
		return nil
	}
	return fmt.Errorf("task %q is not known; use %q or %q", t, Translate, Headline)
}

// CutSources leaves of each source its first n units, syllables in Tibetan; 0 leaves all.
func CutSources(examples []Example, n int) {
	if n <= 0 {
		return
	}
	for i, e := range examples {
		if spans := lang.UnitSpans(e.Source, e.SourceLang); len(spans) > n {
			examples[i].Source = e.Source[:spans[n-1].End]
		}
	}
}
