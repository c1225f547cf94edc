package state

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/core/vote"
)

// threeRuns have answered n lines: run 2 says of each what run 1 says in the first
// line, and run 5 answered half of them only, in the other order.
func threeRuns(t *testing.T, n int) *App {
	t.Helper()
	a, _ := kept(t, "p1")
	line := func(i int, after string) protocol.Compared {
		return protocol.Compared{Example: task.Example{Source: fmt.Sprintf("原文 %d", i), SourceLang: "zh", TargetLang: "bo"},
			Before: fmt.Sprintf("སྔོན་%d", i), After: after}
	}
	var first, second, fifth []protocol.Compared
	for i := range n {
		first = append(first, line(i, fmt.Sprintf("གཅིག་%d", i)))
		second = append(second, line(i, fmt.Sprintf("གཉིས་%d", i)))
		if i%2 == 0 {
			fifth = append(fifth, line(i, fmt.Sprintf("ལྔ་%d", i)))
		}
	}
	second[0].After = first[0].After
	slices.Reverse(fifth)
	a.Review.Answers = []Answers{{Run: 1, Method: "sft", Step: 10, Lines: first}, {Run: 0, Lines: first},
		{Run: 2, Method: "grpo", Step: 20, Lines: second}, {Run: 5, Method: "clo", Step: 30, Lines: fifth}}
	for i, number := range []int{1, 2, 5} {
		a.Runs = append(a.Runs, &Run{Number: number, model: "m/nano", folder: 10 + i, Ended: true})
	}
	return a
}

func names(list []System) (all []string) {
	for _, s := range list {
		all = append(all, s.Name)
	}
	return all
}

func TestRivals(t *testing.T) {
	a := threeRuns(t, 8)
	if diff := cmp.Diff([]string{"before", "run 1", "run 2", "run 5"}, names(a.Rivals())); diff != "" {
		t.Errorf("the untrained model's answers are no run's (-want +got):\n%s", diff)
	}
	type choice struct{ side, run int }
	for _, test := range []struct {
		name             string
		choices          []choice
		want             string
		pairs, identical int
	}{
		{"nobody chose", nil, "before, run 5", 4, 0},
		{"two runs", []choice{{0, 1}, {1, 2}}, "run 1, run 2", 7, 1},
		{"half of the lines in common", []choice{{0, 2}}, "run 2, run 5", 4, 0},
		{"before and an older run", []choice{{1, 1}}, "before, run 1", 8, 0},
		{"before on the second side", []choice{{0, 2}, {1, 0}}, "run 2, before", 8, 0},
		{"the same twice changes places", []choice{{0, 5}}, "run 5, before", 4, 0},
		{"a run that is not there", []choice{{1, 7}}, "before, run 5", 4, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := threeRuns(t, 8)
			for _, c := range test.choices {
				a.ChooseSide(c.side, c.run)
			}
			sides, ok := a.Sides()
			if got := strings.Join(names(sides[:]), ", "); !ok || got != test.want {
				t.Errorf("compares %s, want %s", got, test.want)
			}
			if pairs, identical := a.CanVote(); pairs != test.pairs || identical != test.identical {
				t.Errorf("%d pairs and %d identical, want %d and %d", pairs, identical, test.pairs, test.identical)
			}
			if sides[0].Model != "m/nano" || sides[1].Model != "m/nano" {
				t.Errorf("models %q and %q", sides[0].Model, sides[1].Model)
			}
		})
	}
	a.ChooseSide(0, 1)
	a.ForgetAnswers(1)
	if sides, _ := a.Sides(); sides[0].Name != "before" {
		t.Errorf("run 1 is forgotten and is compared: %v", sides)
	}
	a.Review.Answers = a.Review.Answers[:1] // the untrained model's
	if _, ok := a.Sides(); ok {
		t.Error("nothing was trained and there are two systems")
	}
	a.StartVote(1)
	if a.Vote.Round != nil {
		t.Error("a round on nothing began")
	}
}

// Two runs are voted on, kept, handed to another rater and counted together.
func TestRunsAgainstEachOther(t *testing.T) {
	s := newShelf()
	a := threeRuns(t, 12)
	a.ChooseSide(0, 1)
	a.ChooseSide(1, 2)
	a.StartVote(5)
	a.Vote.Round.Systems[0].AdapterHash, a.Vote.Round.Systems[1].AdapterHash = "aa", "bb"
	handed, err := a.Vote.VotesFile()
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Keep(s, "2026-01-02T03:04:05Z"); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"the kept votes": s.files["projects/p1/votes.json"], "the round": handed} {
		for _, word := range []string{"run 1", "run 2", "sft", "grpo"} {
			if strings.Contains(string(data), word) {
				t.Errorf("%s tell %q", name, word)
			}
		}
	}
	a, _ = reopened(t, s, "p1")
	adapters := func(a *App) [2]string {
		return [2]string{a.AdapterFile(&a.Vote.Round.Systems[0]), a.AdapterFile(&a.Vote.Round.Systems[1])}
	}
	if got := adapters(a); got != [2]string{"projects/p1/runs/10/adapter_model.safetensors", "projects/p1/runs/11/adapter_model.safetensors"} {
		t.Errorf("the runs' adapters are %v after reopening", got)
	}

	voteAll := func(v *Voting, second int) { // for run 2 in so many pairs, then for run 1
		for i := range v.Round.Pairs {
			isA := strings.HasPrefix(v.Round.Pairs[i].Shown(0), "གཉིས")
			v.Choose(map[bool]Choice{true: vote.ChooseA, false: vote.ChooseB}[isA == (i < second)])
		}
		v.Reveal()
	}
	other := New(func(protocol.Command) {})
	other.Vote.ImportVotes("round.json", handed, 77)
	if got := adapters(other); got != [2]string{} {
		t.Errorf("a page without runs has their adapters %v", got)
	}
	other.Vote.Rater = "Tashi"
	voteAll(&other.Vote, 8)
	theirs, err := other.Vote.VotesFile()
	if err != nil {
		t.Fatal(err)
	}
	files, err := vote.Read(theirs)
	if err != nil {
		t.Fatal(err)
	}
	f := files[0]
	want := []System{{Name: "run 1", Model: "m/nano", Run: 1, Method: "sft", Step: 10, AdapterHash: "aa"}, {Name: "run 2", Model: "m/nano", Run: 2, Method: "grpo", Step: 20, AdapterHash: "bb"}}
	if diff := cmp.Diff(want, f.Systems); diff != "" {
		t.Errorf("the export's systems (-want +got):\n%s", diff)
	}
	for i, row := range f.Pairs {
		if row.Preferred != map[bool]string{true: "run 2", false: "run 1"}[i < 8] || row.SystemA == row.SystemB {
			t.Errorf("pair %d: %+v", i, row)
		}
	}
	voteAll(&a.Vote, 4)
	a.Vote.ImportVotes("tashi.json", theirs, 0)
	out := a.Vote.Outcome()
	if len(out.Raters) != 2 || out.Raters[0].Win != 4 || out.Raters[0].Loss != 7 || out.Raters[1].Win != 8 || out.Raters[1].Loss != 3 || out.Pooled.Win != 12 || !out.Agreed {
		t.Errorf("%q: %+v", a.Vote.Problem, out)
	}

	// The same texts under other names are another comparison.
	renamed := strings.ReplaceAll(string(theirs), `"run 1"`, `"run 4"`)
	a.Vote.ImportVotes("renamed.json", []byte(renamed), 0)
	if !strings.Contains(a.Vote.Problem, "run 4") || !strings.Contains(a.Vote.Problem, "run 1") || len(a.Vote.Others) != 1 {
		t.Errorf("%q, %d other raters", a.Vote.Problem, len(a.Vote.Others))
	}
}
