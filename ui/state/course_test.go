package state

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
)

// classroom is a course with the other end of its session: commands are kept and
// answered as told.
type classroom struct {
	t *testing.T
	*Course
	reader *session
	sent   []protocol.Command
	begun  int
	ended  int
}

func (c *classroom) Send(command protocol.Command) { c.sent = append(c.sent, command) }
func (c *classroom) End()                          { c.ended++ }

func newClassroom(t *testing.T) *classroom {
	c := &classroom{t: t, reader: newSession(t)}
	c.Course = NewCourse(c.reader.App, func(*Course) Trainer { c.begun++; return c })
	c.reader.Show(Lessons)
	return c
}

// bring answers what the course wants until it wants nothing more.
func (c *classroom) bring() {
	c.t.Helper()
	for name := c.Wants(); name != ""; name = c.Wants() {
		data, err := os.ReadFile(filepath.Join("../..", name))
		if err != nil {
			c.t.Fatal(err)
		}
		c.Arrived(name, data)
		if c.Error != "" {
			c.t.Fatal(c.Error)
		}
	}
}

// last is the lesson's latest command of a kind.
func (c *classroom) last(kind protocol.CommandType) protocol.Command {
	c.t.Helper()
	for i := len(c.sent) - 1; i >= 0; i-- {
		if c.sent[i].Type == kind {
			return c.sent[i]
		}
	}
	c.t.Fatalf("no %s among %d commands", kind, len(c.sent))
	return protocol.Command{}
}

func (c *classroom) done(command protocol.Command) {
	c.Handle(protocol.Event{ReplyTo: command.ID, Type: protocol.EvDone})
}

// examples answers the request for the starter set.
func (c *classroom) examples(n int) {
	c.t.Helper()
	starter := c.last(protocol.CmdStarter)
	c.Handle(protocol.Event{ReplyTo: starter.ID, Type: protocol.EvParsed, Parsed: &protocol.Parsed{Name: "starter", Examples: lines(n)}})
	c.done(starter)
}

// train answers a run with as many steps as were asked for, and its comparison.
func (c *classroom) train(kl float64) protocol.Command {
	c.t.Helper()
	c.done(c.last(protocol.CmdExamples))
	train := c.last(protocol.CmdTrain)
	for i := range train.Train.Steps {
		c.Handle(protocol.Event{ReplyTo: train.ID, Type: protocol.EvStep, Step: &protocol.Step{Step: i + 1, Steps: train.Train.Steps, KL: kl, Terms: map[string]float64{}}})
		c.Handle(protocol.Event{ReplyTo: train.ID, Type: protocol.EvGroup, Group: &protocol.Group{Step: i + 1, Completions: []protocol.Completion{{Text: "x"}, {Text: "y"}}}})
		c.Handle(protocol.Event{ReplyTo: train.ID, Type: protocol.EvGroup, Group: &protocol.Group{Step: i + 1}})
	}
	c.done(train)
	c.done(c.last(protocol.CmdCompare))
	return train
}

func TestALessonIsWalkedToItsEnd(t *testing.T) {
	c := newClassroom(t)
	c.bring()
	if len(c.Entries) != 6 || c.Lesson != nil {
		t.Fatalf("%d lessons, open: %v", len(c.Entries), c.Lesson)
	}
	before, sent := *c.reader.App, len(c.reader.sent)
	table := append([]Row(nil), c.reader.Table.Rows...)
	config := c.reader.Settings()

	c.Open("clip")
	c.bring()
	if c.Lesson == nil || len(c.Steps()) != 1 || c.Tag != "en" {
		t.Fatalf("the lesson is open: %v, with %d steps in %q", c.Lesson != nil, len(c.Steps()), c.Tag)
	}
	c.GoOn()
	if c.CanGoOn() {
		t.Error("one can go on without a prediction")
	}
	c.Predict(1, 2)
	c.GoOn()
	c.Run()
	if c.begun != 1 || !c.Running() || c.CanGoOn() {
		t.Fatalf("begun %d times, running: %v", c.begun, c.Running())
	}
	c.Handle(greeting)
	c.examples(8)
	c.done(c.last(protocol.CmdLoad))
	first := c.train(20)
	if first.Train.LearningRate != 0.01 || first.Train.Beta != 0 || !first.Train.Groups {
		t.Errorf("the first run is %+v", *first.Train)
	}
	if !c.Running() || c.Place() != 2 {
		t.Fatalf("after the first run: running %v, run %d", c.Running(), c.Place())
	}
	c.examples(8)
	c.done(c.last(protocol.CmdInspect)) // what comes before the second run begins is not its end
	if !c.Running() {
		t.Fatal("the second run is over before it began")
	}
	second := c.train(0.5)
	if second.Train.Beta != 0.2 || second.ID == first.ID {
		t.Errorf("the second run is %+v", *second.Train)
	}
	if c.Running() || !c.Ran() {
		t.Fatal("the runs do not end")
	}
	if v, _ := c.Figures().Number("1.kl.most"); v != 20 {
		t.Errorf("the first run's KL is %g", v)
	}
	if v, _ := c.Figures().Number("2.kl.most"); v != 0.5 {
		t.Errorf("the second run's KL is %g", v)
	}
	if n := len(c.Groups()); n != second.Train.Steps {
		t.Errorf("%d groups, want one a step", n)
	}
	if holds, known := c.Verdict(1, 2); !holds || !known {
		t.Errorf("the run agrees with the prediction: %v (known: %v)", holds, known)
	}
	c.Predict(1, 0)
	if choice, _ := c.Predicted(1); choice != 2 {
		t.Error("a prediction can be changed after the run")
	}
	c.GoOn()
	if !c.Last() || !c.Done("clip") {
		t.Error("the lesson is not done at its end")
	}

	if len(c.reader.sent) != sent || !reflect.DeepEqual(table, c.reader.Table.Rows) || !reflect.DeepEqual(config, c.reader.Settings()) ||
		len(c.reader.Runs) != 0 || c.reader.Task != before.Task || c.reader.Method != before.Method {
		t.Error("the lesson touched what is the reader's")
	}
	c.reader.Show(Train)
	if c.Follow(); c.ended != 1 {
		t.Errorf("the lesson's session was ended %d times, want once", c.ended)
	}

	other := newClassroom(t)
	text, _ := c.Kept()
	other.Remember(text)
	other.Open("clip")
	other.bring()
	if choice, predicted := other.Predicted(1); !other.Done("clip") || choice != 2 || !predicted {
		t.Errorf("what was kept, %s, is not remembered", text)
	}
	other.Remember("{")
	if !other.Done("clip") {
		t.Error("damaged memory takes away what was known")
	}
}

func TestFewerExamplesAndFacts(t *testing.T) {
	c := newClassroom(t)
	c.bring()
	c.Open("shots")
	c.bring()
	c.Run()
	c.Handle(greeting)
	c.examples(16)
	c.done(c.last(protocol.CmdLoad))
	if set := c.last(protocol.CmdExamples).Examples; len(set.Train) != 4 || len(set.HeldOut) != 4 {
		t.Errorf("%d examples to learn from and %d held out, want 4 and 4", len(set.Train), len(set.HeldOut))
	}
	c.Open("languages")
	c.bring()
	c.Run()
	if starter := c.last(protocol.CmdStarter).Starter; starter.Task != "fact" {
		t.Errorf("the lesson on languages asks for %+v", *starter)
	}
}

func TestWhatCanGoWrongInALesson(t *testing.T) {
	c := newClassroom(t)
	c.Failed(c.Wants(), "503")
	if c.Wants() != "" || !strings.Contains(c.Error, "503") {
		t.Errorf("a file that failed is asked for again: %q, %q", c.Wants(), c.Error)
	}
	c.Retry()
	c.reader.LessonKey = "nothing"
	c.bring()
	if c.reader.LessonKey != "" || len(c.reader.Notices) != 1 {
		t.Errorf("an unknown lesson stays open: %q, %v", c.reader.LessonKey, c.reader.Notices)
	}
	c.Open("group")
	c.Arrived(c.Wants(), []byte("{"))
	if c.Error == "" {
		t.Error("half a lesson is read")
	}
	c.Retry()
	c.bring()
	c.Run()
	c.Handle(greeting)
	c.examples(8)
	load := c.last(protocol.CmdLoad)
	c.Handle(protocol.Event{ReplyTo: load.ID, Type: protocol.EvFailed, Message: "fetch model.safetensors: 503"})
	if c.Running() || c.Tool.Load.Status != Failed || len(c.Steps()) == 0 {
		t.Error("a model that does not arrive takes the lesson with it")
	}
	c.Run()
	c.examples(8)
	c.done(c.last(protocol.CmdLoad))
	c.done(c.last(protocol.CmdExamples))
	c.TrainerFailed("out of memory")
	if c.Running() {
		t.Error("a session that is gone still runs")
	}
	c.Run()
	if c.begun != 2 {
		t.Errorf("%d sessions were begun, want another after the first is gone", c.begun)
	}
	c.Stop()
	if c.Running() {
		t.Error("a run that waits cannot be stopped")
	}
}

func TestStoppedEarlyALessonKeepsWhatItHas(t *testing.T) {
	c := newClassroom(t)
	c.bring()
	c.Open("tax")
	c.bring()
	c.Run()
	c.Handle(greeting)
	c.examples(8)
	c.done(c.last(protocol.CmdLoad))
	c.done(c.last(protocol.CmdExamples))
	train := c.last(protocol.CmdTrain)
	c.Handle(protocol.Event{ReplyTo: train.ID, Type: protocol.EvStep, Step: &protocol.Step{Step: 1, Steps: 12, Loss: 3}})
	c.Stop()
	c.last(protocol.CmdStop)
	c.done(train)
	c.done(c.last(protocol.CmdCompare))
	if c.Running() || !c.Ran() {
		t.Error("a stop does not end the lesson's runs")
	}
	if v, known := c.Figures().Number("1.loss.last"); !known || v != 3 {
		t.Errorf("the loss is %g, known: %v", v, known)
	}
}
