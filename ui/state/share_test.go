package state

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
)

func TestShareable(t *testing.T) {
	a := threeRuns(t, 12)
	a.ChooseSide(0, 1)
	a.ChooseSide(1, 2)
	a.Review.Answers[len(a.Review.Answers)-1].Scores = []protocol.Scores{
		{Which: "before", Scores: []task.Score{{Name: "chrf", Value: 10}, {Name: "similarity", Value: 0.2}, {Name: "exact", Value: 1}}},
		{Which: "after", Scores: []task.Score{{Name: "chrf", Value: 30}, {Name: "similarity", Value: 0.6}}},
	}
	a.Runs[len(a.Runs)-1].Tax = []protocol.Tax{{NLL: map[string]float64{"en": 2, "zh": 4}}, {NLL: map[string]float64{"en": 3, "zh": 4}}}
	o := a.Shareable()
	if o.Axes["surface"] != (Axis{"chrf", 10, 30}) || o.Axes["meaning"] != (Axis{"similarity", 0.2, 0.6}) || o.Axes["retained"].Before != 3 || o.Axes["retained"].After != 3.5 || len(o.Axes) != 3 {
		t.Errorf("%+v", o.Axes)
	}
	pairs, identical := a.CanVote()
	if o.Votes == nil || len(o.Votes.Items) != pairs || o.Votes.Identical != identical || o.Votes.Systems[1].Name != "run 2" {
		t.Errorf("%+v", o.Votes)
	}
	a.StartVote(3)
	o = a.Shareable()
	o.Votes = nil // what others are asked names the systems to the hub, not to the rater here
	data, err := json.Marshal(o)
	if err != nil || len(o.Axes) > 0 || strings.Contains(string(data), "grpo") {
		t.Errorf("while a round is open: %s, %v", data, err)
	}
}

// A shared project is looked at and not written anywhere.
func TestSharedIsNotKept(t *testing.T) {
	a := threeRuns(t, 4)
	files, err := a.Files("2026-01-02T03:04:05Z", nil)
	if err != nil {
		t.Fatal(err)
	}
	other, shelf := New(func(protocol.Command) {}), newShelf()
	other.Project.Keeping = Shared
	if err := other.Replace(files); err != nil {
		t.Fatal(err)
	}
	other.Table.Rows = append(other.Table.Rows, Row{})
	if err := other.Keep(shelf, "2026-01-02T03:04:06Z"); err != nil || len(shelf.files) > 0 || other.Project.Keeping != Shared || len(other.Runs) != len(a.Runs) {
		t.Errorf("%v, wrote %d files, %d runs", err, len(shelf.files), len(other.Runs))
	}
}
