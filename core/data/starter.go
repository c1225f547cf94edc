package data

import (
	_ "embed" // of the news
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/dongyur/dongyur/core/grammar"
	"github.com/dongyur/dongyur/core/task"
)

// The news of the starter set was written for this project and is given to the public
// domain (CC0-1.0). No native speaker has reviewed it: see starter/README.md.
//
//go:embed starter/news.jsonl
var starterNews string

const starterNewsFile = "starter/news.jsonl"

// What the starter set draws from the everyday grammar: short sentences of frames that a
// reader takes in at a glance, as the first two of each split are the page's fixed prompts.
var (
	starterFrames = []string{"ThisIs", "IsAt", "PersonIs", "PronIs", "AnimalIs", "Has", "HasKin", "Likes", "LivesIn", "Do", "DoingNow", "Often", "TherePeople", "ThereThing", "WhereIs", "AreYou"}
	starterDraws  = []struct {
		split string
		seed  uint64
		count int
	}{{Train, 1, 96}, {Test, 1, 32}}
)

var starterLanguages = []string{"bo", "zh", "en"}

// starterUnits is how long a starter sentence is at most, in the grammar's tokens.
const starterUnits = 10

// starterSentences are composed once: a page asks for them at every change of task.
var starterSentences = sync.OnceValues(func() ([]map[string]string, error) {
	var drawn []grammar.Sentence
	for _, d := range starterDraws {
		// Twice as many as are wanted, as those that nearly repeat another are left out.
		sentences, err := grammar.Everyday().Generate(d.seed, 2*d.count, grammar.Filter{Split: d.split, Frames: starterFrames, Languages: starterLanguages, MaxUnits: starterUnits})
		if err != nil {
			return nil, err
		}
		drawn = append(drawn, sentences...)
	}
	repeats := repeated(drawn)
	bySplit := map[string][]map[string]string{}
	for _, d := range starterDraws {
		n := 0
		for i, s := range drawn {
			if s.Split != d.split || repeats[i] || n == d.count {
				continue
			}
			n++
			row := map[string]string{"id": d.split + "-" + strconv.Itoa(n), "split": d.split, "reviewed": "no", meaningColumn: s.Meaning.String()}
			maps.Copy(row, s.Texts)
			bySplit[d.split] = append(bySplit[d.split], row)
		}
		if n < d.count {
			return nil, fmt.Errorf("the grammar gives %d of %d starter sentences of split %s that repeat no other", n, d.count, d.split)
		}
	}
	// Every fourth row is held out, so that any part of the table has both.
	var rows []map[string]string
	held := bySplit[Test]
	for i, row := range bySplit[Train] {
		if rows = append(rows, row); i%3 == 2 && i/3 < len(held) {
			rows = append(rows, held[i/3])
		}
	}
	return rows, nil
})

// repeated are the places of sentences that nearly repeat one before them in a language:
// what is held out would otherwise be half learned from.
func repeated(sentences []grammar.Sentence) map[int]bool {
	repeats := map[int]bool{}
	for _, tag := range starterLanguages {
		texts := make([]task.Example, len(sentences))
		for i, s := range sentences {
			texts[i].Source = s.Texts[tag]
		}
		for _, m := range Duplicates(texts) {
			repeats[m.Index] = true
		}
	}
	return repeats
}

// meaningColumn is where rows of a composed set, and the Meta of examples from it, have
// what they mean.
const meaningColumn = "meaning"

// Starter returns the built-in examples: 128 everyday sentences that the grammar
// composes, for translation between any two of bo, zh and en, or 24 short Tibetan news
// texts with their headlines. Translations between two other languages carry the English
// wording as their pivot. It is nil for languages that the set does not have. A quarter
// has the split Test, the rest Train. Meta has reviewed=no, and a sentence's meaning.
func Starter(name, sourceLang, targetLang string) []task.Example {
	sourceColumn, referenceColumn := sourceLang, targetLang
	switch {
	case name == task.Headline && sourceLang == "bo" && targetLang == "bo":
		sourceColumn, referenceColumn = "body", "title"
	case name == task.Translate && sourceLang != targetLang && slices.Contains(starterLanguages, sourceLang) && slices.Contains(starterLanguages, targetLang):
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
		if m := r.values[meaningColumn]; m != "" {
			e.Meta[meaningColumn] = m
		}
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
	sentences, err := starterSentences()
	if err != nil {
		yield(record{}, err)
		return
	}
	for i, values := range sentences {
		if !yield(record{i + 1, maps.Clone(values)}, nil) {
			return
		}
	}
	for i, line := range strings.Split(strings.TrimSpace(starterNews), "\n") {
		values, err := jsonValues(line)
		if !yield(record{i + 1, values}, at(starterNewsFile, i+1, err)) {
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
