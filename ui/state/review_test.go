package state

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
)

const markup = `<img src=x onerror=alert(1)>`

// answered is a finished comparison of a run, line by line with chrF before and after.
func (s *session) answered(run int, lines ...protocol.Compared) {
	s.Runs = append(s.Runs, &Run{Number: run, Config: protocol.Train{Method: "sft"}, Steps: []protocol.Step{{Step: run}}, Ended: true})
	s.Load.Status, s.Table.changed = Loaded, false
	s.RunComparison()
	c := s.last(protocol.CmdCompare)
	for i := range lines {
		s.Handle(protocol.Event{ReplyTo: c.ID, Type: protocol.EvCompared, Compared: &lines[i]})
	}
	s.done(c)
}

func lineOf(source, before, after string, chrfBefore, chrfAfter float64) protocol.Compared {
	return protocol.Compared{Example: task.Example{ID: source, Source: source, Reference: "ཀ།", TargetLang: "bo"}, Before: before, After: after,
		Metrics: map[string]float64{"chrf_before": chrfBefore, "chrf_after": chrfAfter, "similarity_before": 0.5, "similarity_after": 0.5}}
}

func (s *session) order() string {
	var ids []string
	for _, l := range s.Lines() {
		ids = append(ids, l.ID)
	}
	return strings.Join(ids, " ")
}

func TestAnswersOfSeveralRunsAreKept(t *testing.T) {
	s := newSession(t)
	s.answered(1, lineOf("a", "x", "y", 10, 20), lineOf("b", "x", "z", 30, 10), lineOf("c", "x", "x", 5, 5.001))
	s.answered(2, lineOf("a", "x", "w", 10, 12), lineOf("d", "x", "v", 1, 2))
	if got := s.order(); got != "a b c d" {
		t.Fatalf("lines %q", got)
	}
	a := s.Lines()[0]
	if len(a.After) != 2 || a.After[0].After != "y" || a.After[1].After != "w" || s.Lines()[1].After[1] != nil {
		t.Errorf("line a %+v", a)
	}
	s.Review.Run, s.Review.Metric = 1, "chrf"
	for _, test := range []struct {
		show Change
		sort Order
		want string
	}{
		{"", Best, "a c b d"}, {"", Worst, "b c a d"}, {"", ByAfter, "a b c d"}, {Improved, ByTable, "a"}, {Worsened, ByTable, "b"}, {Same, ByTable, "c"},
	} {
		s.Review.Show, s.Review.Sort = test.show, test.sort
		if got := s.order(); got != test.want {
			t.Errorf("%q sorted %q: %q, want %q", test.show, test.sort, got, test.want)
		}
	}
	s.Review.Show, s.Review.Sort = "", ByTable
	if n := s.Changes(); n[Improved] != 1 || n[Worsened] != 1 || n[Same] != 1 {
		t.Errorf("changes %v", n)
	}
	s.Reset()
	if len(s.Review.Answers) != 2 {
		t.Error("a reset takes the answers of finished runs away")
	}
	s.answered(2, lineOf("a", "x", "u", 10, 99))
	if len(s.Review.Answers) != 2 || s.Lines()[0].After[1].After != "u" {
		t.Errorf("a run's later answers do not take the place of its earlier ones: %+v", s.Review.Answers)
	}
	if s.ForgetAnswers(1); s.order() != "a" {
		t.Errorf("after run 1 was forgotten: %q", s.order())
	}
}

func TestNotesAndExport(t *testing.T) {
	s := newSession(t)
	s.answered(1, lineOf(markup, "one\ttwo", "three\n\"four\"", 10, 20), lineOf("b", "x", "y", 1, 2))
	key := s.Lines()[0].Key()
	s.SetNote(key, "བཟང་ "+markup)
	s.SetNote(s.Lines()[1].Key(), " ")
	if len(s.Review.Notes) != 1 {
		t.Errorf("notes %q", s.Review.Notes)
	}
	tsv := string(s.ExportLines("tsv").Data)
	rows, ok := Cells(tsv)
	if !ok || len(rows) != 3 || rows[1][1] != markup || rows[1][3] != "one\ttwo" || rows[1][6] != "three\n\"four\"" || rows[1][9] != "བཟང་ "+markup || rows[0][6] != "run_1_sft_step_1" {
		t.Errorf("TSV %q", rows)
	}
	file := s.ExportLines("jsonl")
	lines := strings.Split(strings.TrimSpace(string(file.Data)), "\n")
	var first map[string]any
	if err := json.Unmarshal([]byte(lines[0]), &first); err != nil {
		t.Fatal(err)
	}
	for field, want := range map[string]any{"source": markup, "before": "one\ttwo", "run_1_sft_step_1": "three\n\"four\"", "run_1_sft_step_1_chrf": 20.0, "before_chrf": 10.0, "note": "བཟང་ " + markup} {
		if first[field] != want {
			t.Errorf("%s is %q, want %q", field, first[field], want)
		}
	}
}

func TestTryIt(t *testing.T) {
	s := newSession(t)
	s.Try.Text, s.Try.Count, s.Try.Base = " 你好 ", 2, true
	s.TryIt()
	s.done(s.last(protocol.CmdLoad))
	c := s.last(protocol.CmdGenerate)
	if g := c.Generate; g.Examples[0].Source != "你好" || g.Count != 2 || !g.Base || !g.Score || g.Sampling.Temperature == 0 {
		t.Fatalf("generate %+v", g)
	}
	s.Handle(protocol.Event{ReplyTo: c.ID, Type: protocol.EvTokens, Tokens: &protocol.Tokens{Index: 1, Text: "བ"}})
	if s.Try.Candidates[1].Text != "བ" {
		t.Error("an answer does not stream")
	}
	for i, p := range []float64{-2, -1} {
		s.Handle(protocol.Event{ReplyTo: c.ID, Type: protocol.EvCompletion, Completion: &protocol.Completion{Index: i, Text: []string{"abཀ", "བདེ་མོ"}[i], Terms: map[string]float64{"log_prob": p, "similarity": 0.25}}})
	}
	s.done(c)
	first := s.Try.Candidates[0]
	if first.Text != "བདེ་མོ" || first.LogProb != -1 || first.Similarity != 0.25 || first.Share != 1 || s.Try.Candidates[1].Share == 1 || s.Try.Status != Loaded {
		t.Fatalf("candidates %+v", s.Try.Candidates)
	}
	before := len(s.Table.Rows)
	s.Correct(0)
	s.SetCorrection(0, "བདེ་མོ།")
	s.AddCandidate(0)
	s.AddCandidate(0) // once
	if n := len(s.Table.Rows); n != before+1 || s.Table.Rows[n-1].Example.Source != "你好" || s.Table.Rows[n-1].Example.Reference != "བདེ་མོ།" || s.Table.Rows[n-1].HeldOut {
		t.Errorf("%d rows, the last %+v", n, s.Table.Rows[n-1])
	}
	if s.Undo(); len(s.Table.Rows) != before {
		t.Error("adding cannot be undone")
	}
	s.Try.Count = 1
	s.TryIt()
	if again := s.last(protocol.CmdGenerate); again.Generate.Sampling.Temperature != 0 {
		t.Error("one answer is not the most likely one")
	} else {
		s.fail(again, "the text is too long")
	}
	if s.Try.Status != Failed || s.Try.Error == "" || s.Try.Text == "" {
		t.Errorf("after a failure %+v", s.Try)
	}
}
