package state

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/core/vote"
)

// compared has n lines to vote on, and one whose answers are the same.
func compared(t *testing.T, n int) *App {
	t.Helper()
	a, _ := kept(t, "p1")
	var lines []protocol.Compared
	for i := range n {
		lines = append(lines, protocol.Compared{
			Example: task.Example{ID: fmt.Sprint(i), Source: fmt.Sprintf("原文 %d", i), SourceLang: "zh", TargetLang: "bo"},
			Before:  fmt.Sprintf("སྔོན་%d", i), After: fmt.Sprintf("རྗེས་%d", i),
		})
	}
	lines = append(lines, protocol.Compared{Before: "གཅིག", After: "གཅིག"})
	a.Review.Answers = []Answers{{Run: 3, Method: "grpo", Step: 20, Lines: lines}}
	a.Runs = []*Run{{Number: 3, model: "m/nano", folder: 1, Ended: true}}
	return a
}

// UI.md's check 23: over 200 seeded pairs "after" is left 40 to 60 % of the time.
func TestSidesAreEven(t *testing.T) {
	for seed := range uint64(50) {
		a := compared(t, 200)
		a.StartVote(seed)
		left, changes := 0, 0
		for i, p := range a.Vote.Round.Pairs {
			if strings.HasPrefix(p.Shown(0), "རྗེས") {
				left++
			}
			if i > 0 && p.Flipped != a.Vote.Round.Pairs[i-1].Flipped {
				changes++
			}
			if p.Shown(0) == p.Shown(1) {
				t.Fatalf("seed %d: a pair with twice the same", seed)
			}
		}
		if left < 80 || left > 120 {
			t.Errorf("seed %d: after is left %d of 200 times", seed, left)
		}
		if changes < 70 || changes > 130 { // 100 ± 4 deviations
			t.Errorf("seed %d: the side changes %d times in 200 pairs", seed, changes)
		}
		if a.Vote.Round.Identical != 1 {
			t.Errorf("%d identical lines, want 1", a.Vote.Round.Identical)
		}
	}
	a, b := compared(t, 9), compared(t, 9)
	a.StartVote(4)
	b.StartVote(4)
	if diff := cmp.Diff(a.Vote.Round, b.Vote.Round); diff != "" {
		t.Errorf("one seed, two orders:\n%s", diff)
	}
}

// Before the end nothing that is stored or handed out tells which answer is which.
func TestNothingTellsBeforeTheVote(t *testing.T) {
	s := newShelf()
	a := compared(t, 20)
	a.StartVote(7)
	a.Vote.Choose(vote.ChooseA)
	if err := a.Keep(s, "2026-01-02T03:04:05Z"); err != nil {
		t.Fatal(err)
	}
	handed, err := a.Vote.VotesFile()
	if err != nil {
		t.Fatal(err)
	}
	s.files["handed out"] = handed
	for name, data := range s.files {
		for _, word := range []string{`"before`, `"after`, "run 3", "flipped", "seed\":7", "system_a"} {
			if strings.Contains(string(data), word) {
				t.Errorf("%s says %s", name, word)
			}
		}
		// One letter of the sides' pattern must not stand in the open either.
		if strings.Contains(string(data), "སྔོན་3") && name != "projects/p1/votes.json" && name != "handed out" {
			t.Errorf("%s holds an answer", name)
		}
	}
	// The answers stand there by side, and the sides differ from pair to pair.
	var f keptVotes
	if err := json.Unmarshal(s.files["projects/p1/votes.json"], &f); err != nil {
		t.Fatal(err)
	}
	left := 0
	for _, row := range f.Mine.Pairs {
		if strings.HasPrefix(row.A, "རྗེས") {
			left++
		}
	}
	if left < 8 || left > 12 {
		t.Errorf("stored A is after in %d of 20", left)
	}
	// And it comes back as it was.
	b, _ := reopened(t, s, "p1")
	if diff := cmp.Diff(a.Vote, b.Vote, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the round (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(a.Review, b.Review, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the comparison (-before +after):\n%s", diff)
	}
}

func TestVotesByKeys(t *testing.T) {
	a := compared(t, 5)
	a.StartVote(1)
	if a.VoteKey("1") {
		t.Error("a key voted while another view was shown")
	}
	a.ShowPart(PartVote)
	a.Vote.Rate(0, vote.FluencyOf, 140)
	a.Vote.Select(1, 0, 4)
	a.Vote.Mark(1, "omission")
	for i, key := range []string{"4", "2", "3", "1"} {
		if !a.VoteKey(key) || len(a.Vote.Round.Votes) != i+1 {
			t.Fatalf("after key %s: %d votes", key, len(a.Vote.Round.Votes))
		}
	}
	if a.VoteKey("5") || a.VoteKey(" ") {
		t.Error("another key was taken")
	}
	for range 4 {
		a.VoteKey("u")
	}
	want := Vote{Ratings: [2][2]int{{-1, 100}, {-1, -1}}, Spans: []Span{{Side: 1, Start: 0, End: 4, Text: string([]rune(a.Vote.Round.Pairs[0].Shown(1))[:4]), Category: "omission"}}}
	if diff := cmp.Diff(want, a.Vote.Draft); diff != "" || len(a.Vote.Round.Votes) != 0 {
		t.Errorf("after the undoing (-want +got):\n%s", diff)
	}
	a.Vote.Undo() // nothing to undo
	for range 7 {
		a.VoteKey("2")
	}
	if len(a.Vote.Round.Votes) != 5 || a.Vote.Round.Pair() != nil {
		t.Errorf("%d votes of 5", len(a.Vote.Round.Votes))
	}
	a.Vote.Reveal()
	if a.VoteKey("u") || a.Vote.Round.Open() {
		t.Error("a vote was taken back after the result was shown")
	}
}

// Browsers count UTF-16 units, files count code points.
func TestSelectCountsCodePoints(t *testing.T) {
	a := compared(t, 1)
	first := &a.Review.Answers[0].Lines[0]
	first.Before, first.After = "a𝄞བོད", "a𝄞བོད"+"།"
	a.StartVote(1)
	for _, test := range []struct {
		start, end         int
		text               string
		wantStart, wantEnd int
	}{{0, 1, "a", 0, 1}, {1, 3, "𝄞", 1, 2}, {3, 6, "བོད", 2, 5}, {2, 2, "", 0, 0}} {
		a.Vote.Select(0, test.start, test.end)
		if got := a.Vote.Selected; got.Text != test.text || got.Start != test.wantStart || got.End != test.wantEnd {
			t.Errorf("%d to %d selects %+v, want %q at %d to %d", test.start, test.end, got, test.text, test.wantStart, test.wantEnd)
		}
	}
	a.Vote.Selected = Span{}
	a.Vote.Mark(0, "grammar")
	if got := a.Vote.Draft.Spans[0]; got.Text != a.Vote.Round.Pair().Shown(0) || got.End != len([]rune(got.Text)) {
		t.Errorf("without a selection %+v is marked", got)
	}
	a.Vote.Unmark(0)
	if len(a.Vote.Draft.Spans) != 0 {
		t.Error("the mark stays")
	}
}

// prefer votes for "after" in the first wins pairs, then for "before", then ties.
func prefer(a *App, wins, losses, ties int) {
	for i := range a.Vote.Round.Pairs {
		after := strings.HasPrefix(a.Vote.Round.Pairs[i].Shown(0), "རྗེས")
		switch {
		case i >= wins+losses+ties:
			a.Vote.Choose(vote.ChooseBad)
		case i >= wins+losses:
			a.Vote.Choose(vote.ChooseTie)
		case (i < wins) == after:
			a.Vote.Choose(vote.ChooseA)
		default:
			a.Vote.Choose(vote.ChooseB)
		}
	}
	a.Vote.Reveal()
}

func TestOutcome(t *testing.T) {
	a := compared(t, 20)
	a.StartVote(3)
	a.Vote.Rate(0, vote.AdequacyOf, 40)
	first := a.Vote.Round.Pairs[0].system(0)
	a.Vote.Mark(0, "other")
	prefer(a, 9, 7, 3)
	out := a.Vote.Outcome()
	got := out.Pooled
	if got.Win != 9 || got.Loss != 7 || got.Tie != 3 || got.Bad != 1 || got.N() != 20 {
		t.Errorf("%+v", got)
	}
	// 9 + 4/2 = 11 of 20: UI.md's example, 34 to 74 %.
	if math.Round(100*got.Rate.Value) != 55 || math.Round(100*got.Rate.Low) != 34 || math.Round(100*got.Rate.High) != 74 {
		t.Errorf("win rate %+v, want 55 %% (34 to 74)", got.Rate)
	}
	if got.Adequacy[first] != 40 || got.AdequacyN[first] != 1 || got.AdequacyN[1-first] != 0 || got.Errors[first]["other"] != 1 {
		t.Errorf("ratings %+v", got)
	}
	if out.Agreed {
		t.Error("one rater agrees with nobody")
	}
}

func TestSeveralRaters(t *testing.T) {
	a := compared(t, 12)
	a.StartVote(3)
	handed, err := a.Vote.VotesFile()
	if err != nil {
		t.Fatal(err)
	}
	a.Vote.Rater = "Dolma"
	prefer(a, 12, 0, 0)

	other := New(func(protocol.Command) {})
	other.Vote.ImportVotes("round.json", handed, 99)
	if other.Vote.Problem != "" || len(other.Vote.Round.Pairs) != 12 || !other.Vote.Round.Open() {
		t.Fatalf("%q, %+v", other.Vote.Problem, other.Vote.Round)
	}
	if cmp.Equal(a.Vote.Round.Pairs, other.Vote.Round.Pairs) {
		t.Error("both raters have one order")
	}
	other.Vote.Rater = "Tashi"
	prefer(other, 12, 0, 0)
	theirs, err := other.Vote.VotesFile()
	if err != nil {
		t.Fatal(err)
	}
	a.Vote.ImportVotes("tashi.json", theirs, 0)
	out := a.Vote.Outcome()
	if len(out.Raters) != 2 || out.Raters[1].Rater != "Tashi" || out.Raters[1].Win != 12 || out.Pooled.N() != 24 || !out.Agreed || out.Alpha != 1 {
		t.Errorf("%q: %+v", a.Vote.Problem, out)
	}

	for _, test := range []struct{ name, data, want string }{
		{"text", "votes", "no JSON"},
		{"another file", `{"format":"x"}`, "format"},
		{"a later version", `{"format":"dongyur-votes","version":9,"pairs":[{}]}`, "version"},
		{"no pairs", `{"format":"dongyur-votes","version":1}`, "pairs"},
		{"changed texts", strings.Replace(string(theirs), `"a": "`, `"a": "ཀ`, 1), "pairs[0]"},
		{"a broken seal", strings.Replace(string(handed), `"sealed": "`, `"sealed": "AA`, 1), "sealed"},
		{"one system", `{"format":"dongyur-votes","version":1,"pairs":[{}],"systems":[{}]}`, "systems"},
	} {
		a.Vote.ImportVotes(test.name, []byte(test.data), 0)
		if !strings.Contains(a.Vote.Problem, test.want) || len(a.Vote.Others) != 1 {
			t.Errorf("%s: %q, want %q", test.name, a.Vote.Problem, test.want)
		}
	}
}

// UI.md's check 24: the export keeps prompts, texts byte for byte, sides, votes, seeds.
func TestVotesFileKeepsAll(t *testing.T) {
	a := compared(t, 6)
	a.StartVote(11)
	a.Vote.Rater = "Dolma"
	pairs := a.Vote.Round.Pairs
	prefer(a, 3, 2, 1)
	a.Vote.Round.Systems[1].AdapterHash = "abc"
	data, err := a.Vote.VotesFile()
	if err != nil {
		t.Fatal(err)
	}
	files, err := vote.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	f := files[0]
	if f.Seed != 11 || f.Rater != "Dolma" || f.Systems[1].AdapterHash != "abc" || f.Systems[1].Step != 20 || f.Systems[0].Model != "m/nano" || f.Identical != 1 {
		t.Errorf("%+v", f)
	}
	for i, row := range f.Pairs {
		if row.Example.Source != pairs[i].Example.Source || row.A != pairs[i].Shown(0) || row.B != pairs[i].Shown(1) || row.Vote == nil {
			t.Errorf("pair %d: %+v", i, row)
		}
		if after := strings.HasPrefix(row.A, "རྗེས"); (row.SystemA == "run 3") != after || (row.SystemB == "run 3") == after {
			t.Errorf("pair %d: A %q is said to be %s", i, row.A, row.SystemA)
		}
	}
}
