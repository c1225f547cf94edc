package state

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
)

// shelf is Storage in memory; its writes fail with broken where that is set.
type shelf struct {
	files  map[string][]byte
	broken error
	writes []string
}

func newShelf() *shelf { return &shelf{files: map[string][]byte{}} }

func (s *shelf) Write(name string, data []byte) error {
	if s.broken != nil {
		return s.broken
	}
	s.writes = append(s.writes, name)
	s.files[name] = slices.Clone(data)
	return nil
}

func (s *shelf) Read(name string) ([]byte, error) {
	if data, ok := s.files[name]; ok {
		return data, nil
	}
	return nil, fmt.Errorf("read %s: %w", name, fs.ErrNotExist)
}

func (s *shelf) List(folder string) ([]string, error) {
	found := map[string]bool{}
	for name := range s.files {
		if rest, ok := strings.CutPrefix(name, folder+"/"); ok {
			first, _, deeper := strings.Cut(rest, "/")
			if deeper {
				first += "/"
			}
			found[first] = true
		}
	}
	return slices.Sorted(maps.Keys(found)), nil
}

func (s *shelf) Remove(name string) error {
	maps.DeleteFunc(s.files, func(file string, _ []byte) bool { return file == name || strings.HasPrefix(file, name+"/") })
	return nil
}

// kept is an app whose project is kept, and what it sends.
func kept(t *testing.T, id string) (*App, *[]protocol.Command) {
	t.Helper()
	var sent []protocol.Command
	a := New(func(c protocol.Command) { sent = append(sent, c) })
	a.Models = []Model{{Name: "nano", Path: "m/nano", Tasks: []string{"zh-bo"}}}
	a.Worker = Ready
	a.Project.ID, a.Project.Name, a.Project.Keeping = id, "First", Kept
	return a, &sent
}

// last is the latest command of a kind.
func last(t *testing.T, sent []protocol.Command, kind protocol.CommandType) protocol.Command {
	t.Helper()
	for i := len(sent) - 1; i >= 0; i-- {
		if sent[i].Type == kind {
			return sent[i]
		}
	}
	t.Fatalf("no %s among %d commands", kind, len(sent))
	return protocol.Command{}
}

// ends answers the latest command of a kind.
func ends(t *testing.T, a *App, sent []protocol.Command, kind protocol.CommandType) {
	t.Helper()
	a.Handle(protocol.Event{ReplyTo: last(t, sent, kind).ID, Type: protocol.EvDone})
}

// worked has two rows of its own, a run that was kept at step 2 of 4 and went on to 3,
// and a comparison.
func worked(t *testing.T, s *shelf) *App {
	t.Helper()
	a, sent := kept(t, "p1")
	a.Handle(protocol.Event{Type: protocol.EvParsed, Parsed: &protocol.Parsed{Name: "mine.tsv", Examples: []task.Example{
		{ID: "1", Task: "translate", Source: "你好", Reference: "བདེ་མོ།", SourceLang: "zh", TargetLang: "bo"},
		{ID: "2", Task: "translate", Source: "谢谢", Reference: "ཐུགས་རྗེ་ཆེ།", SourceLang: "zh", TargetLang: "bo"}}}})
	a.SetHeldOut(1, true)
	a.Change(func(c *protocol.Train) { c.Steps, c.Seed = 4, 7 })
	a.Comparison = Comparison{Status: Loaded, Answers: Answers{Step: 4, Lines: []protocol.Compared{{Before: "ཀ", After: "ཁ"}}}}
	a.Play()
	ends(t, a, *sent, protocol.CmdLoad)
	ends(t, a, *sent, protocol.CmdExamples)
	train := last(t, *sent, protocol.CmdTrain)
	if want := "projects/p1/runs/1"; train.Train.Dir != want || train.Train.SaveEvery != keepEvery {
		t.Errorf("the run is kept in %q every %d steps, want %q", train.Train.Dir, train.Train.SaveEvery, want)
	}
	log := ""
	for step := 1; step <= 3; step++ {
		a.Handle(protocol.Event{ReplyTo: train.ID, Type: protocol.EvStep, Step: &protocol.Step{Step: step, Steps: 4, Reward: float64(step)}})
		log += fmt.Sprintf(`{"type":"step","step":{"step":%d,"steps":4,"reward":%d}}`+"\n", step, step)
	}
	a.Handle(protocol.Event{ReplyTo: train.ID, Type: protocol.EvSaved, Saved: &protocol.Saved{Dir: train.Train.Dir, Step: 2}})
	s.files[path.Join(train.Train.Dir, "run.json")] = []byte(`{"step": 2}`)
	s.files[path.Join(train.Train.Dir, "state.safetensors")] = []byte("weights and moments")
	s.files[path.Join(train.Train.Dir, "metrics.jsonl")] = []byte(log + `{"type":"st`)
	if err := a.Keep(s, "2026-01-02T03:04:05Z"); err != nil {
		t.Fatal(err)
	}
	return a
}

// reopened is the project in a page that has just been opened.
func reopened(t *testing.T, s *shelf, id string) (*App, *[]protocol.Command) {
	t.Helper()
	a, sent := kept(t, id)
	files, err := ReadProject(s, id)
	if err != nil {
		t.Fatal(err)
	}
	damaged, err := a.TakeProject(files)
	if err != nil {
		t.Fatal(err)
	}
	if err := SetAside(s, id, damaged, files); err != nil {
		t.Fatal(err)
	}
	return a, sent
}

func TestProjectComesBack(t *testing.T) {
	s := newShelf()
	before := worked(t, s)
	a, sent := reopened(t, s, "p1")
	if diff := cmp.Diff(before.keptExamples(), a.keptExamples()); diff != "" {
		t.Errorf("examples (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(before.keptConfig(), a.keptConfig()); diff != "" {
		t.Errorf("config (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(before.Comparison, a.Comparison); diff != "" {
		t.Errorf("comparison (-before +after):\n%s", diff)
	}
	r := a.Run()
	if r == nil || len(r.Steps) != 2 || r.Steps[1].Reward != 2 || r.Ended || a.Phase() != Paused || a.Busy() {
		t.Fatalf("the run came back as %+v, phase %q", r, a.Phase())
	}
	if len(a.Notices) != 1 || !strings.Contains(a.Notices[0].Text, "step 2 of 4") {
		t.Errorf("notices %+v, want one that names step 2 of 4", a.Notices)
	}

	a.Play()
	restore := last(t, *sent, protocol.CmdRestore)
	if restore.Restore.Dir != "projects/p1/runs/1" {
		t.Errorf("restores %q", restore.Restore.Dir)
	}
	a.Handle(protocol.Event{ReplyTo: restore.ID, Type: protocol.EvRestored, Restored: &protocol.Restored{Step: 2}})
	ends(t, a, *sent, protocol.CmdRestore)
	resume := last(t, *sent, protocol.CmdResume)
	a.Handle(protocol.Event{ReplyTo: resume.ID, Type: protocol.EvState, State: "training"})
	a.Handle(protocol.Event{ReplyTo: resume.ID, Type: protocol.EvStep, Step: &protocol.Step{Step: 3, Steps: 4}})
	if a.Phase() != Training || len(r.Steps) != 3 {
		t.Errorf("after the resume: phase %q, %d steps", a.Phase(), len(r.Steps))
	}
	ends(t, a, *sent, protocol.CmdResume)
	if !r.Ended || a.Busy() {
		t.Errorf("the run did not end: %+v", r)
	}
}

func TestOneStepOfAnInterruptedRun(t *testing.T) {
	s := newShelf()
	worked(t, s)
	a, sent := reopened(t, s, "p1")
	a.Step()
	ends(t, a, *sent, protocol.CmdRestore)
	step := last(t, *sent, protocol.CmdStep)
	a.Handle(protocol.Event{ReplyTo: step.ID, Type: protocol.EvStep, Step: &protocol.Step{Step: 3, Steps: 4}})
	a.Handle(protocol.Event{ReplyTo: step.ID, Type: protocol.EvState, State: "paused"})
	if a.Phase() != Paused || !a.Busy() || len(a.Run().Steps) != 3 {
		t.Errorf("phase %q, %d steps", a.Phase(), len(a.Run().Steps))
	}
}

// What the latest run learned is read again before anything asks the model.
func TestModelComesBackAsTheRunLeftIt(t *testing.T) {
	s := newShelf()
	a := worked(t, s)
	a.Run().Ended = true
	s.files["projects/p1/runs/1/run.json"] = []byte(`{"step": 4}`)
	if err := a.Keep(s, "2026-01-02T03:04:06Z"); err != nil {
		t.Fatal(err)
	}
	a, sent := reopened(t, s, "p1")
	if a.Phase() != Idle || !a.Trained() {
		t.Errorf("phase %q, trained %v", a.Phase(), a.Trained())
	}
	a.RunComparison()
	ends(t, a, *sent, protocol.CmdRestore)
	ends(t, a, *sent, protocol.CmdExamples)
	last(t, *sent, protocol.CmdCompare)

	// A run that cannot be read again is given up, and the model is loaded without it.
	a, sent = reopened(t, s, "p1")
	a.LoadModel()
	a.Handle(protocol.Event{ReplyTo: last(t, *sent, protocol.CmdRestore).ID, Type: protocol.EvFailed, Message: "state.safetensors is damaged"})
	last(t, *sent, protocol.CmdLoad)
	if a.Trained() || len(a.Notices) == 0 || !strings.Contains(a.Notices[0].Text, "damaged") {
		t.Errorf("trained %v, notices %+v", a.Trained(), a.Notices)
	}
}

func TestWorkerThatDiesCostsNoRun(t *testing.T) {
	a := worked(t, newShelf())
	a.WorkerFailed("The trainer stopped", nil)
	if r := a.Run(); a.Phase() != Paused || a.Busy() || len(r.Steps) != 2 || r.Ended {
		t.Errorf("phase %q, run %+v", a.Phase(), r)
	}
	a.Reset()
	if a.Phase() != Idle || !a.Run().Ended {
		t.Errorf("after a reset: phase %q, %+v", a.Phase(), a.Run())
	}
}

func TestOnlyWhatChangedIsWritten(t *testing.T) {
	s := newShelf()
	a := worked(t, s)
	for _, test := range []struct {
		name string
		do   func()
		want []string
	}{
		{"nothing", func() {}, nil},
		{"a row", func() { a.Type(0, Source, "再见") }, []string{"examples.json", "project.json"}},
		{"a setting", func() { a.Change(func(c *protocol.Train) { c.Seed = 9 }) }, []string{"config.json", "project.json"}},
		{"the name", func() { a.Rename(" Second ") }, []string{"project.json"}},
		{"runs taken away", func() { a.trainID = 0; a.ClearRuns() }, []string{"runs.json", "project.json"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s.writes = nil
			test.do()
			if err := a.Keep(s, "2026-01-02T03:04:07Z"); err != nil {
				t.Fatal(err)
			}
			var want []string
			for _, name := range test.want {
				want = append(want, "projects/p1/"+name)
			}
			if diff := cmp.Diff(want, s.writes); diff != "" {
				t.Errorf("written (-want +got):\n%s", diff)
			}
		})
	}
	if _, err := s.Read("projects/p1/runs/1/run.json"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder of a run that was taken away: %v, want it gone", err)
	}
	if list, err := Projects(s); err != nil || len(list) != 1 || list[0].Name != "Second" {
		t.Errorf("projects %+v, %v", list, err)
	}
}

func TestNothingIsWrittenBeforeAnythingIsDone(t *testing.T) {
	s := newShelf()
	a, _ := kept(t, "p1")
	a.Table = Table{Starter: true, Rows: []Row{{}}}
	for range 2 {
		if err := a.Keep(s, "2026-01-02T03:04:05Z"); err != nil || len(s.files) > 0 {
			t.Fatalf("%v; files %v", err, slices.Collect(maps.Keys(s.files)))
		}
	}
}

func TestKeepThatFailsIsToldOnceAndTriedAgain(t *testing.T) {
	s := newShelf()
	a := worked(t, s)
	s.broken = errors.New("the storage is full")
	a.Type(0, Source, "再见")
	for range 2 {
		if err := a.Keep(s, "2026-01-02T03:04:07Z"); err == nil {
			t.Fatal("no error")
		}
	}
	told := 0
	for _, n := range a.Notices {
		if strings.Contains(n.Text, "the storage is full") && strings.Contains(n.Text, "export") {
			told++
		}
	}
	if told != 1 || a.Project.Problem == "" {
		t.Errorf("told %d times: %+v", told, a.Notices)
	}
	s.broken = nil
	if err := a.Keep(s, "2026-01-02T03:04:08Z"); err != nil || a.Project.Problem != "" {
		t.Errorf("%v, problem %q", err, a.Project.Problem)
	}
	if again, _ := reopened(t, s, "p1"); again.Table.Rows[0].Example.Source != "再见" {
		t.Errorf("the row is %q", again.Table.Rows[0].Example.Source)
	}
}

// A document that a crash or another program damaged costs that document alone, and
// not even that.
func TestDamagedDocument(t *testing.T) {
	for _, name := range []string{"config.json", "examples.json", "runs.json", "comparison.json"} {
		t.Run(name, func(t *testing.T) {
			s := newShelf()
			worked(t, s)
			s.files["projects/p1/"+name] = []byte(`{"rows": [`)
			a, _ := reopened(t, s, "p1")
			if string(s.files["projects/p1/"+name+".damaged"]) != `{"rows": [` {
				t.Error("what was in it is gone")
			}
			if len(a.Notices) == 0 || !strings.Contains(a.Notices[0].Text, name) {
				t.Errorf("notices %+v, want one that names %s", a.Notices, name)
			}
			if name != "examples.json" && len(a.Table.Rows) != 2 {
				t.Errorf("%d rows", len(a.Table.Rows))
			}
		})
	}
}

// renaming is a shelf during whose writes the project gets another name.
type renaming struct {
	*shelf
	rename func()
}

func (r renaming) Write(name string, data []byte) error {
	r.rename()
	return r.shelf.Write(name, data)
}

func TestNameThatChangesDuringAWriteIsWrittenNext(t *testing.T) {
	s := newShelf()
	a := worked(t, s)
	a.Type(0, Source, "再见")
	if err := a.Keep(renaming{s, func() { a.Rename("Second") }}, "2026-01-02T03:04:07Z"); err != nil {
		t.Fatal(err)
	}
	if err := a.Keep(s, "2026-01-02T03:04:08Z"); err != nil {
		t.Fatal(err)
	}
	if again, _ := reopened(t, s, "p1"); again.Project.Name != "Second" {
		t.Errorf("the project is called %q", again.Project.Name)
	}
}
