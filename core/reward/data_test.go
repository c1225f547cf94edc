package reward

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/task"
)

func answerTo(e task.Example, output string) Input {
	return Input{
		Task: e.Task, Source: e.Source, Reference: e.Reference, Output: output,
		SourceLang: e.SourceLang, TargetLang: e.TargetLang, Finished: true,
	}
}

// A reference beats every shortcut around it, on each example of the starter set.
func TestReferencesBeatShortcuts(t *testing.T) {
	s := scorer(t, Hashed{})
	for _, set := range []struct {
		task     string
		from, to string
	}{{task.Translate, "bo", "zh"}, {task.Translate, "zh", "bo"}, {task.Translate, "bo", "en"}, {task.Headline, "bo", "bo"}} {
		examples := data.Starter(set.task, set.from, set.to)
		if len(examples) < 24 {
			t.Fatalf("the starter set has %d examples of %v", len(examples), set)
		}
		for i, e := range examples {
			other := examples[(i+1)%len(examples)].Reference
			outputs := []string{e.Reference, e.Source, other, strings.Repeat(e.Reference+" ", 8), "???", ""}
			var group []Input
			for _, output := range outputs {
				group = append(group, answerTo(e, output))
			}
			results, err := s.Score(group)
			if err != nil {
				t.Fatal(err)
			}
			for j := 1; j < len(results); j++ {
				if !(results[j].Total < results[0].Total) {
					t.Errorf("%s: %q scores %.3f, its reference %.3f: %v", e.ID, outputs[j], results[j].Total, results[0].Total, results[0].Terms)
				}
			}
		}
	}
}

// The guards leave real references alone: no length penalty, little for
// repetition or script, and a headline's own overlap with its text is far from a copy.
func TestGuardsOnRealReferences(t *testing.T) {
	catalogue, err := data.OpenCatalogue(filepath.Join("..", "..", "assets", "datasets.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range []struct {
		name     string
		task     string
		from, to string
		copied   float64 // greatest mean share of a reference that is copied
	}{
		{"software_bo_zh_en", task.Translate, "zh", "bo", 0},
		{"software_bo_zh_en", task.Translate, "bo", "zh", 0},
		{"tibettimes", task.Headline, "bo", "bo", 0.6},
	} {
		t.Run(set.name+" "+set.to, func(t *testing.T) {
			examples, err := catalogue.Examples(set.name, set.task, set.from, set.to, "dev")
			if errors.Is(err, fs.ErrNotExist) {
				t.Skipf("no %s: set DONGYUR_DATA to the folder of data sets: %v", set.name, err)
			} else if err != nil {
				t.Fatal(err)
			}
			var inputs []Input
			for _, e := range examples {
				inputs = append(inputs, answerTo(e, e.Reference))
			}
			results, err := scorer(t, Hashed{}).Score(inputs)
			if err != nil {
				t.Fatal(err)
			}
			n, copied := float64(len(results)), 0.0
			count := func(bad func(Result) bool) float64 {
				return float64(len(slices.DeleteFunc(slices.Clone(results), func(r Result) bool { return !bad(r) }))) / n
			}
			for _, r := range results {
				copied -= r.Terms[Copy] / weights.Weight(Copy) / n
			}
			empty := count(func(r Result) bool { return r.Empty })
			long := count(func(r Result) bool { return r.Terms[Length] < 0 })
			repeated := count(func(r Result) bool { return r.Terms[Repetition] < 0 })
			gated := count(func(r Result) bool { return r.Terms[Similarity] == 0 })
			t.Logf("%d references: empty %.3f, long %.3f, repeated %.3f, gated %.3f, copied %.3f", len(results), empty, long, repeated, gated, copied)
			if empty != 0 || long != 0 || repeated > 0.05 || gated > 0.05 || copied > set.copied {
				t.Errorf("of %d references: empty %.3f, long %.3f, repeated %.3f, gated %.3f, copied %.3f", len(results), empty, long, repeated, gated, copied)
			}
		})
	}
}
