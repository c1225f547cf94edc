package view

import (
	"reflect"
	"strings"
	"testing"

	"github.com/vugu/vugu"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/ui/state"
)

func TestScoresJoinRuns(t *testing.T) {
	app := state.New(func(protocol.Command) {})
	scores := func(after, change float64) []protocol.Scores {
		return []protocol.Scores{
			{Which: "base", Scores: []task.Score{{Name: "chrF2++", Value: 20, Low: 18, High: 22, Signature: "nrefs:1"}}},
			{Which: "adapter", Scores: []task.Score{{Name: "chrF2++", Value: after, Low: 19, High: 26}},
				Change: []task.Score{{Name: "chrF2++", Value: change, Low: change - 3, High: change + 3}}},
		}
	}
	app.Review.Answers = []state.Answers{
		{Run: 1, Method: "sft", Step: 2, Lines: make([]protocol.Compared, 12), Scores: scores(21, 1)},
		{Run: 2, Method: "grpo", Step: 4, Lines: make([]protocol.Compared, 12), Scores: scores(25, 5)},
	}
	c := &Comparison{App: app}
	want := []score{{Name: "chrF2++", Before: "20.0", BeforeInterval: "[18.0, 22.0]", After: []afterScore{
		{Value: "21.0", Interval: "[19.0, 26.0]", Change: "+1.000", ChangeInterval: "[−2.000, +4.000]"},
		{Value: "25.0", Interval: "[19.0, 26.0]", Change: "+5.000", ChangeInterval: "[+2.000, +8.000]", Sign: "plus"},
	}}}
	got := c.scores()
	if len(got) == 1 {
		got[0].Signature = ""
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("scores %+v, want %+v", got, want)
	}
	if titles := strings.Join(c.afterTitles(), " | "); titles != "run 1 · SFT · step 2 | run 2 · GRPO · step 4" {
		t.Errorf("titles %q", titles)
	}
	if !strings.Contains(c.caution(), "12 lines") {
		t.Errorf("caution %q", c.caution())
	}
}

// TestTextIsNeverMarkup puts markup into every field that a user, a file or a model
// fills, and looks for it in what the page would show.
func TestTextIsNeverMarkup(t *testing.T) {
	const markup = `<img src=x onerror=alert(1)>`
	app := state.New(func(protocol.Command) {})
	app.Handle(protocol.Event{Type: protocol.EvReady, Engine: markup, Message: markup, Formats: []protocol.TableFormat{{Name: markup, Title: markup, Extensions: []string{markup}, Reads: true, Writes: true}}})
	example := task.Example{ID: markup, Task: "translate", Source: markup, Reference: markup, SourceLang: "zh", TargetLang: "bo", Meta: map[string]string{markup: markup}}
	app.Handle(protocol.Event{Type: protocol.EvParsed, Parsed: &protocol.Parsed{Name: markup, Examples: []task.Example{example, example},
		Problems: []protocol.TableProblem{{Line: 1, Column: 2, Field: markup, Message: markup}}, Report: &protocol.TableReport{Format: markup, Encoding: markup, Notes: []string{markup}, Skipped: []protocol.ReasonCount{{Reason: markup, Count: 1}},
			Columns: []protocol.TableColumn{{Name: markup, Field: "source", Filled: 2, Sample: markup}}}}})
	app.Table.Matches = map[int][]protocol.Match{0: {{Of: 1, Field: "source", Leak: true}}}
	app.Fail(markup, nil)
	compared := protocol.Compared{Example: example, Before: markup, After: markup + "x", Metrics: map[string]float64{markup + "_before": 1, markup + "_after": 2}}
	app.Review.Answers = []state.Answers{{Run: 1, Method: markup, Lines: []protocol.Compared{compared}, Scores: []protocol.Scores{{Which: "base", Scores: []task.Score{{Name: markup, Signature: markup}}}}},
		{Run: 2, Lines: []protocol.Compared{compared}}}
	app.SetNote(state.LineKey(example), markup)
	app.Comparison.Error = markup
	app.Try = state.Try{Text: markup, Error: markup, Asked: example, Candidates: []state.Candidate{{Text: markup, Done: true, Editing: true, Correction: markup}}}
	page := New(app, Browser{Changed: func() {}})
	page.Examples.(*Examples).open, page.Examples.(*Examples).keymap, page.Examples.(*Examples).pasted = importPanel, true, markup
	page.Examples.(*Examples).warning = markup
	build, err := vugu.NewBuildEnv(nil)
	if err != nil {
		t.Fatal(err)
	}
	app.View = state.Compare
	for _, part := range []state.Part{state.PartExamples, state.PartCompare, state.PartTry} {
		app.Part = part
		results := build.RunBuild(page)
		shown := 0
		var walk func(n *vugu.VGNode)
		walk = func(n *vugu.VGNode) {
			for ; n != nil; n = n.NextSibling {
				if n.InnerHTML != nil {
					if strings.Contains(*n.InnerHTML, "<img") {
						t.Errorf("%s: <%s> has the content %s", part, n.Data, *n.InnerHTML)
					}
					shown += strings.Count(*n.InnerHTML, "&lt;img")
				}
				if n.Component != nil {
					for _, out := range results.ResultFor(n.Component).Out {
						walk(out)
					}
				}
				walk(n.FirstChild)
			}
		}
		for _, out := range results.Out.Out {
			walk(out)
		}
		if shown < 3 {
			t.Errorf("%s shows the markup as text %d times; the test does not reach what it should", part, shown)
		}
	}
}
