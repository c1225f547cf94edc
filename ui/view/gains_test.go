package view

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/ui/state"
)

func TestGainsAreDrawnAboutZero(t *testing.T) {
	app := newApp()
	change := func(run int, method string, changes ...task.Score) {
		app.Review.Answers = append(app.Review.Answers, state.Answers{Run: run, Method: method, Step: 4, Scores: []protocol.Scores{{Which: "adapter", Change: changes}}})
	}
	change(1, "sft", task.Score{Name: "chrF2++", Value: 5, Low: 1, High: 10}, task.Score{Name: "BLEU"})
	change(2, "grpo", task.Score{Name: "chrF2++", Value: -2.5, Low: -5, High: 0})
	app.Runs = []*state.Run{{Number: 2, Slot: 4}} // run 1 is off the list: its place gives its colour
	got := (&Comparison{App: app}).gains()
	want := []gainRow{
		{Name: "chrF2++", Box: "0 0 100 28", Below: "28", Least: "−10.0", Most: "+10.0", Marks: []gainMark{
			{Class: "run-1", At: "74.0", Low: "54.8", High: "98.0", Y: "7.0", Above: "2.0", Below: "12.0"},
			{Class: "run-4", At: "38.0", Low: "26.0", High: "50.0", Y: "21.0", Above: "16.0", Below: "26.0"}}},
		{Name: "BLEU", Box: "0 0 100 14", Below: "14", Least: "0.000", Most: "0.000", Marks: []gainMark{
			{Class: "run-1", At: "50", Low: "50", High: "50", Y: "7.0", Above: "2.0", Below: "12.0"}}},
	}
	for i := range got {
		if !strings.Contains(got[i].Text, "run 1 · SFT · step 4: "+signed(app.Review.Answers[0].Scores[0].Change[i].Value)) {
			t.Errorf("%s says %q", got[i].Name, got[i].Text)
		}
		got[i].Text = ""
	}
	if svg := string(got[1].drawing()); svg != `<line class="axis" x1="50" x2="50" y1="0" y2="14"></line>`+
		`<line class="reach run-1" x1="50" x2="50" y1="7.0" y2="7.0"></line><line class="value run-1" x1="50" x2="50" y1="2.0" y2="12.0"></line>` {
		t.Errorf("BLEU is drawn as %s", svg)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("gains (-want +got):\n%s", diff)
	}
}

func TestLinesAreCountedByWhatChanged(t *testing.T) {
	app := newApp()
	c := &Comparison{App: app}
	if shares := c.changeShares(); shares != nil {
		t.Errorf("without lines %+v", shares)
	}
	lines := make([]protocol.Compared, 10)
	for i := range lines {
		after := []float64{3, 3, 3, 3, 3, 2, 2, 1, 1, 1}[i]
		lines[i] = protocol.Compared{Example: task.Example{Source: strings.Repeat("字", i+1)}, Metrics: map[string]float64{"chrF2++_before": 2, "chrF2++_after": after}}
	}
	app.Review.Answers = []state.Answers{{Run: 1, Method: "sft", Lines: lines}}
	want := []changeShare{{"plus", "0.0", "50.0", "+ improved (5)"}, {"even", "50.0", "20.0", "= the same (2)"}, {"minus", "70.0", "30.0", "− worsened (3)"}}
	if diff := cmp.Diff(want, c.changeShares()); diff != "" {
		t.Errorf("shares (-want +got):\n%s", diff)
	}
	if got := c.changeTitle(); got != "Lines by chrF2++" {
		t.Errorf("one run: %q", got)
	}
	app.Review.Answers = append(app.Review.Answers, state.Answers{Run: 2, Method: "grpo", Step: 3, Lines: lines})
	if got := c.changeTitle(); got != "Lines by chrF2++ · run 2 · GRPO · step 3" {
		t.Errorf("two runs: %q", got)
	}
}
