package state

import (
	"slices"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
)

// session stands at the other end: it keeps the commands and answers as told.
type session struct {
	t *testing.T
	*App
	sent      []protocol.Command
	inspected []protocol.Command // looks for duplicates, which follow every edit
	soon      []func()           // what was put off
}

func newSession(t *testing.T) *session {
	s := &session{t: t}
	s.App = New(func(c protocol.Command) {
		if c.Type == protocol.CmdInspect {
			s.inspected = append(s.inspected, c)
			return
		}
		s.sent = append(s.sent, c)
	})
	s.Later = func(_ int, f func()) { s.soon = append(s.soon, f) }
	s.Models = []Model{
		{Name: "nano", Path: "models/nano", Encoder: "models/enc", Tasks: []string{"zh-bo"}, Files: []ModelFile{{"model.safetensors", 4_000_000}}},
		{Name: "enc", Path: "models/enc", Files: []ModelFile{{"model.safetensors", 1_000_000}}},
	}
	s.Handle(greeting)
	s.takeParsed(&protocol.Parsed{Name: "t", Examples: lines(8)})
	return s
}

func lines(n int) []task.Example {
	list := make([]task.Example, n)
	for i := range list {
		list[i] = task.Example{Source: "这是一句话", Reference: "བོད་ཡིག", SourceLang: "zh", TargetLang: "bo"}
	}
	return list
}

// last is the latest command, which must be of a kind.
func (s *session) last(kind protocol.CommandType) protocol.Command {
	s.t.Helper()
	if len(s.sent) == 0 || s.sent[len(s.sent)-1].Type != kind {
		s.t.Fatalf("the latest command is not %s; sent: %v", kind, s.kinds())
	}
	return s.sent[len(s.sent)-1]
}

func (s *session) kinds() string {
	var kinds []string
	for _, c := range s.sent {
		kinds = append(kinds, string(c.Type))
	}
	return strings.Join(kinds, " ")
}

func (s *session) done(c protocol.Command) {
	s.Handle(protocol.Event{ReplyTo: c.ID, Type: protocol.EvDone})
}

func (s *session) fail(c protocol.Command, why string) {
	s.Handle(protocol.Event{ReplyTo: c.ID, Type: protocol.EvFailed, Message: why})
}

// begin plays until the Train command is out.
func (s *session) begin() protocol.Command {
	s.t.Helper()
	s.Play()
	s.done(s.last(protocol.CmdLoad))
	s.done(s.last(protocol.CmdExamples))
	return s.last(protocol.CmdTrain)
}

func (s *session) step(train protocol.Command, n int) {
	s.Handle(protocol.Event{ReplyTo: train.ID, Type: protocol.EvStep, Step: &protocol.Step{Step: n, Steps: train.Train.Steps, Seconds: 2}})
}

func (s *session) state(train protocol.Command, state string) {
	s.Handle(protocol.Event{ReplyTo: train.ID, Type: protocol.EvState, State: state})
}

func TestPlayLoadsThenSendsExamplesThenTrains(t *testing.T) {
	s := newSession(t)
	s.Play()
	load := s.last(protocol.CmdLoad)
	if load.Load.Model != "models/nano" || load.Load.Encoder != "models/enc" {
		t.Errorf("load %+v", *load.Load)
	}
	s.Handle(protocol.Event{ReplyTo: load.ID, Type: protocol.EvProgress, Progress: &protocol.Progress{Done: 1, Total: 2}})
	if s.Load.Progress.Done != 1 {
		t.Error("progress is not shown")
	}
	s.done(load)
	examples := s.last(protocol.CmdExamples)
	if len(examples.Examples.Train) != 6 || len(examples.Examples.HeldOut) != 2 {
		t.Errorf("%d to train on, %d held out; want 6, 2", len(examples.Examples.Train), len(examples.Examples.HeldOut))
	}
	s.done(examples)
	if s.last(protocol.CmdTrain).Train.Method != "grpo" || s.Phase() != Training {
		t.Errorf("phase %s", s.Phase())
	}
}

func TestPauseResumeStop(t *testing.T) {
	s := newSession(t)
	train := s.begin()
	s.Play()
	s.last(protocol.CmdPause)
	s.Handle(protocol.Event{ReplyTo: train.ID, Type: protocol.EvState, State: "paused"})
	if s.Phase() != Paused {
		t.Fatalf("phase %s", s.Phase())
	}
	s.Step()
	s.last(protocol.CmdStep)
	s.state(train, "training")
	s.state(train, "paused")
	s.Play()
	s.last(protocol.CmdResume)
	sent := len(s.sent)
	s.Step() // while it trains, a step has no meaning
	if len(s.sent) != sent {
		t.Error("Step sent a command during training")
	}
	s.step(train, 1)
	if s.Run().TimeLeft() != 2*float64(train.Train.Steps-1) {
		t.Errorf("time left %g", s.Run().TimeLeft())
	}
	s.Stop()
	s.last(protocol.CmdStop)
	s.done(train)
	if s.Busy() || !s.Trained() {
		t.Error("after the end: still busy, or nothing trained")
	}
	s.last(protocol.CmdCompare)
}

func TestFirstStepTrainsPaused(t *testing.T) {
	s := newSession(t)
	s.Step()
	s.done(s.last(protocol.CmdLoad))
	s.done(s.last(protocol.CmdExamples))
	s.last(protocol.CmdStep)
	if train := s.sent[len(s.sent)-2]; train.Type != protocol.CmdTrain || !train.Train.Paused {
		t.Errorf("sent %s", s.kinds())
	}
}

func TestResetDropsWhatWasLearned(t *testing.T) {
	s := newSession(t)
	train := s.begin()
	s.step(train, 1)
	s.Reset()
	s.last(protocol.CmdReset)
	s.done(train)
	s.last(protocol.CmdReset) // and no comparison of a model that is gone
	if s.Trained() {
		t.Error("the adapter is still offered")
	}
}

func TestRestartTrainsAgainWithTheEditedSettings(t *testing.T) {
	s := newSession(t)
	train := s.begin()
	s.step(train, 1)
	s.Change(func(c *protocol.Train) { c.Beta = 0.5 })
	if !slices.Equal(s.Edited(), []string{"KL weight β 0.02 → 0.5"}) {
		t.Errorf("edited %q", s.Edited())
	}
	s.Restart()
	s.done(train)
	if again := s.last(protocol.CmdTrain); again.Train.Beta != 0.5 {
		t.Errorf("beta %g", again.Train.Beta)
	}
	if s.Run().Changed != "KL weight β 0.02 → 0.5" || s.Run().Number != 2 {
		t.Errorf("run %+v", *s.Run())
	}
}

func TestFailures(t *testing.T) {
	s := newSession(t)
	s.LoadModel()
	s.fail(s.last(protocol.CmdLoad), "fetch model.safetensors: 404")
	if s.Load.Status != Failed || s.Load.Error == "" {
		t.Fatalf("load %+v", s.Load)
	}
	train := s.begin() // Play tries again
	s.fail(train, "loss is NaN")
	if n := len(s.Notices); n != 1 || !s.Notices[0].Error || s.Notices[0].Retry == nil {
		t.Fatalf("notices %+v", s.Notices)
	}
	s.Dismiss(0)
	s.Handle(protocol.Event{ReplyTo: 9999, Type: protocol.EvFailed, Message: "nobody asked"})
	if len(s.Notices) != 1 {
		t.Error("a failure that nobody waits for is not shown")
	}
	s.Clear()
	s.Play()
	if len(s.Notices) != 3 || !s.Notices[1].Undo || !strings.Contains(s.Notices[2].Text, "no examples") {
		t.Fatalf("notices %+v", s.Notices)
	}
	if s.Notices[1].Retry(); len(s.Table.Rows) != 8 {
		t.Errorf("undo brings %d rows back, want 8", len(s.Table.Rows))
	}
	s.WorkerFailed("out of memory", nil)
	if s.Worker != Broken || s.Busy() || s.Load.Status != NotLoaded {
		t.Error("a broken worker leaves a run or a model behind")
	}
}

func TestEditsReachTheSessionOnce(t *testing.T) {
	s := newSession(t)
	train := s.begin()
	s.done(train)
	s.Play()
	s.last(protocol.CmdTrain) // nothing was edited: no examples sent again
	s.done(s.sent[len(s.sent)-1])
	s.Type(0, Source, "新的句子")
	s.RemoveRow(1)
	s.Play()
	if got := s.last(protocol.CmdExamples).Examples.Train; got[0].Source != "新的句子" || len(got) != 5 {
		t.Errorf("examples %+v", got)
	}
}

func TestChooseTaskKeepsTheUsersRows(t *testing.T) {
	s := newSession(t)
	s.ChooseTask("bo-zh")
	if e := s.Table.Rows[0].Example; len(s.sent) != 0 || e.SourceLang != "bo" || e.Source != "བོད་ཡིག" || e.Reference != "这是一句话" {
		t.Errorf("sent %s, the first row is %+v; its sides must change places", s.kinds(), e)
	}
	s.Table.Starter = true
	s.ChooseTask("headline-bo")
	if c := s.last(protocol.CmdStarter); c.Starter.Task != "headline" || c.Starter.SourceLang != "bo" {
		t.Errorf("starter %+v", *c.Starter)
	}
}

func TestSaveAdapterGivesTheFiles(t *testing.T) {
	s := newSession(t)
	s.Load.Status = Loaded
	var got []protocol.File
	s.SaveAdapter(func(files []protocol.File) { got = files })
	save := s.last(protocol.CmdSave)
	for _, name := range []string{"adapter_config.json", "adapter_model.safetensors"} {
		s.Handle(protocol.Event{ReplyTo: save.ID, Type: protocol.EvFile, File: &protocol.File{Name: name, Data: []byte("x")}})
	}
	s.done(save)
	if len(got) != 2 {
		t.Errorf("%d files", len(got))
	}
}

func TestDownloadBytesCountsTheEncoder(t *testing.T) {
	if s := newSession(t); s.DownloadBytes() != 5_000_000 {
		t.Errorf("%d bytes", s.DownloadBytes())
	}
}

func TestDifferences(t *testing.T) {
	for _, test := range []struct{ before, after, tag, want string }{
		{"ང་བོད་ཡིན།", "ང་རྒྱ་ཡིན།", "bo", "ང་[རྒྱ་]ཡིན།"},
		{"", "ང་", "bo", "[ང་]"},
		{"ང་", "", "bo", ""},
		{"同じ", "同一", "zh", "同[一]"},
		{"ང་ང་", "ང་ང་", "bo", "ང་ང་"},
		{"بىر ئۆي", "بىر مەكتەپ", "ug", "بىر [مەكتەپ]"},
		{"a red house", "a red horse", "en", "a red [horse]"},
	} {
		var b strings.Builder
		plain := ""
		for _, p := range Differences(test.before, test.after, test.tag) {
			plain += p.Text
			if p.New {
				b.WriteString("[" + p.Text + "]")
			} else {
				b.WriteString(p.Text)
			}
		}
		if b.String() != test.want || plain != test.after {
			t.Errorf("Differences(%q, %q) = %q, want %q", test.before, test.after, b.String(), test.want)
		}
	}
}

func TestParseModels(t *testing.T) {
	if _, err := ParseModels([]byte("{")); err == nil {
		t.Error("half a list is read")
	}
}
