// Package data holds what a model learns from and is measured on: examples, the
// tables people bring them in, splits that do not leak, few-shot samples and the
// catalogue of data sets.
//
// Input: tables in any of the Formats (each in a file of its own: delimited text, JSON
// Lines, workbooks, translators' files), and the files that assets/datasets.json
// describes. Output: examples for supervised and reinforcement learning with what was
// left out and why, and plain texts for pretraining. Every choice that looks
// random is a hash of the text and a seed, so it is the same on every platform and
// does not depend on the order of the rows.
//
// The package needs no tensors and no network, except Pull, which is left out of
// js/wasm builds.
package data

import (
	"github.com/dongyur/dongyur/core/language"
	"github.com/dongyur/dongyur/core/task"
)

// Split names as they stand in the data sets.
const (
	Train = "train"
	Dev   = "dev"
	Test  = "test"
)

// checkTask refuses a task that no prompt is known for.
func checkTask(t string) error {
	_, err := task.Find(t)
	return err
}

// CutSources leaves of each source its first n units, syllables in Tibetan; 0 leaves all.
func CutSources(examples []task.Example, n int) {
	if n <= 0 {
		return
	}
	for i, e := range examples {
		if spans := language.UnitSpans(e.Source, e.SourceLang); len(spans) > n {
			examples[i].Source = e.Source[:spans[n-1].End]
		}
	}
}
