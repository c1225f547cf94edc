package data

import (
	"embed"
	"slices"
	"strings"

	"github.com/dongyur/dongyur/core/task"
)

// The starter set was written for this project and is given to the public domain
// (CC0-1.0). No native speaker has reviewed it: see starter/README.md.
//
//go:embed starter/sentences.tsv starter/news.jsonl
var starterFiles embed.FS

const (
	starterSentences = "starter/sentences.tsv"
	starterNews      = "starter/news.jsonl"
)

// Starter returns the built-in examples: 48 sentences in bo, zh and en for
// translation between any two of them, or 24 short Tibetan news texts with their
// headlines. Translations between bo and zh carry the English one as their pivot. It is nil for languages that the set does not have. A quarter has the
// split Test, the rest Train. Meta has reviewed=no.
func Starter(name, sourceLang, targetLang string) []task.Example {
	languages := []string{"bo", "zh", "en"}
	sourceColumn, referenceColumn := sourceLang, targetLang
	switch {
	case name == task.Headline && sourceLang == "bo" && targetLang == "bo":
		sourceColumn, referenceColumn = "body", "title"
	case name == task.Translate && sourceLang != targetLang && slices.Contains(languages, sourceLang) && slices.Contains(languages, targetLang):
	default:
		return nil
	}
	var examples []task.Example
	yieldStarter(func(r record, err error) bool {
		if err != nil {
			panic("the embedded starter set is damaged: " + err.Error())
		}
		e := task.Example{ID: r.values["id"], Task: name, Source: r.values[sourceColumn], Reference: r.values[referenceColumn],
			SourceLang: sourceLang, TargetLang: targetLang, Split: r.values["split"], Meta: map[string]string{"reviewed": r.values["reviewed"]}}
		if name == task.Translate && sourceLang != "en" && targetLang != "en" {
			e.Pivot = &task.Pivot{Reference: r.values["en"], Lang: "en"}
		}
		if e.Source != "" && e.Reference != "" {
			examples = append(examples, e)
		}
		return true
	})
	return examples
}

// Starters are the pairs of languages that Starter has examples of a task in, those of
// a page that has just opened first.
func Starters(name string) []task.Pair {
	switch {
	case task.Is(name, task.Choices):
		return []task.Pair{{From: "bo", To: "bo"}, {From: "zh", To: "zh"}, {From: "en", To: "en"}}
	case name == task.Headline:
		return []task.Pair{{From: "bo", To: "bo"}}
	case name == task.Translate:
		return []task.Pair{{From: "zh", To: "bo"}, {From: "bo", To: "zh"}, {From: "en", To: "bo"}, {From: "bo", To: "en"}, {From: "en", To: "zh"}, {From: "zh", To: "en"}}
	}
	return nil
}

// yieldStarter yields the rows of the starter set, sentences before news.
func yieldStarter(yield func(record, error) bool) {
	sentences, err := starterFiles.ReadFile(starterSentences)
	if err != nil {
		yield(record{}, err)
		return
	}
	news, err := starterFiles.ReadFile(starterNews)
	if err != nil {
		yield(record{}, err)
		return
	}
	lines := strings.Split(strings.TrimSpace(string(sentences)), "\n")
	header := strings.Split(lines[0], "\t")
	for i, line := range lines[1:] {
		values := map[string]string{}
		err := tsvValues(values, header, line)
		if !yield(record{i + 2, values}, at(starterSentences, i+2, err)) {
			return
		}
	}
	for i, line := range strings.Split(strings.TrimSpace(string(news)), "\n") {
		values, err := jsonValues(line)
		if !yield(record{i + 1, values}, at(starterNews, i+1, err)) {
			return
		}
	}
}

// at names the file and line of an error.
func at(file string, line int, err error) error {
	if err == nil {
		return nil
	}
	return &TableError{Name: file, Line: line, Column: 1, Msg: err.Error()}
}
