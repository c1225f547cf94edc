package state

import (
	"strings"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/ui/words"
)

// What a lesson runs: each run on a page state that is new, as if the address of the
// run had just been opened, over one session of the lesson's own.

// factsTask is not for a table of one's own: its questions come in three languages, and it
// takes more than a table of two columns to bring one's own.
var factsTask = Task{Key: "facts", Name: task.Fact}

// runStep is the place of the step whose runs are made, -1 where the lesson has none.
func (c *Course) runStep() int {
	if c.Lesson == nil {
		return -1
	}
	for i, s := range c.Lesson.Steps {
		if s.Kind == RunStep {
			return i
		}
	}
	return -1
}

// Runs are those of the open lesson.
func (c *Course) Runs() []LessonRun {
	if i := c.runStep(); i >= 0 {
		return c.Lesson.Steps[i].Runs
	}
	return nil
}

// Shows are the parts of the tool for the open lesson.
func (c *Course) Shows() []string {
	if i := c.runStep(); i >= 0 {
		return c.Lesson.Steps[i].Show
	}
	return nil
}

// Running tells that a run of the lesson is under way or about to be.
func (c *Course) Running() bool { return c.phase == waiting || c.phase == running }

// Ran tells that the lesson's runs are over, to their end or stopped.
func (c *Course) Ran() bool { return c.phase == ran }

// Place counts the run under way from 1.
func (c *Course) Place() int { return c.place + 1 }

// Cost is what the tool has to download before it can run.
func (c *Course) Cost() int64 {
	if c.Tool != nil && c.Tool.Load.Status == Loaded {
		return 0
	}
	return c.app.DownloadBytes()
}

// Run makes the lesson's runs, from the first.
func (c *Course) Run() {
	if c.Running() || len(c.Runs()) == 0 {
		return
	}
	c.outcomes, c.place, c.Tool = nil, 0, nil
	if c.trainer == nil {
		c.trainer = c.begin(c)
	}
	c.nextRun()
}

// Stop ends the lesson's runs; what was measured by then stays.
func (c *Course) Stop() {
	if !c.Running() {
		return
	}
	c.place = len(c.Runs()) // no other one follows
	if c.phase == waiting {
		c.phase = ran
		return
	}
	c.Tool.Stop()
}

// nextRun opens the page state of the next run and brings its examples.
func (c *Course) nextRun() {
	before := c.Tool
	tool := New(c.trainer.Send)
	c.before = nil
	if before != nil {
		c.before = before.Run()
		tool.nextID, tool.Runs, tool.Load, tool.Model = before.nextID, before.Runs, before.Load, before.Model
	}
	c.Tool, c.phase = tool, waiting
	c.outcomes = append(c.outcomes, outcome{})
	run := c.Runs()[c.place]
	tool.Arrive(addressOf(run), words.Language())
	tool.ModelsArrived(c.app.Models)
	if c.greeting != nil {
		tool.Handle(*c.greeting)
	}
	if run.Facts {
		tool.Task = factsTask
	}
	tool.LoadStarter()
}

// UnderWay is the run of the place at hand, nil before it has begun: until then the
// tool still has the one before.
func (c *Course) UnderWay() *Run {
	if r := c.Tool.Run(); r != c.before {
		return r
	}
	return nil
}

// addressOf cuts a run's settings, as they stand in an address, into pairs.
func addressOf(r LessonRun) []KeyValue {
	var pairs []KeyValue
	for _, part := range strings.Split(r.Address, "&") {
		key, value, _ := strings.Cut(part, "=")
		pairs = append(pairs, KeyValue{key, value})
	}
	return pairs
}

// Handle takes an event of the lesson's own session.
func (c *Course) Handle(ev protocol.Event) {
	if ev.Type == protocol.EvReady {
		c.greeting = &ev
	}
	if c.Tool == nil {
		return
	}
	c.Tool.Handle(ev)
	c.observe(ev)
	c.proceed()
}

// observe keeps what the lesson's texts refer to.
func (c *Course) observe(ev protocol.Event) {
	if g := ev.Group; g != nil && c.phase == running && ev.ReplyTo == c.Tool.trainID {
		o := &c.outcomes[len(c.outcomes)-1]
		if n := len(o.groups); n == 0 || o.groups[n-1].Step < g.Step {
			o.groups = append(o.groups, g)
		}
	}
}

// proceed goes on as soon as what was waited for is there.
func (c *Course) proceed() {
	tool := c.Tool
	switch {
	case c.phase == waiting && tool.Worker == Ready && len(tool.Table.Rows) > 0 && !tool.Table.Reading:
		c.phase = running
		c.shorten()
		tool.Change(func(t *protocol.Train) { t.Groups = true })
		tool.Play()
	case c.phase == running && tool.Load.Status == Failed:
		c.phase = notRun
	case c.phase == running && c.UnderWay() != nil && c.UnderWay().Ended && tool.Comparison.Status != InProgress && !tool.Busy():
		o := &c.outcomes[len(c.outcomes)-1]
		o.run, o.scores, o.lines = tool.Run(), tool.Comparison.Scores, tool.Comparison.Lines
		if c.place++; c.place < len(c.Runs()) && len(o.run.Steps) > 0 {
			c.nextRun()
			return
		}
		c.phase = ran
	}
}

// shorten leaves as many examples to learn from as the run is given.
func (c *Course) shorten() {
	limit := c.Runs()[c.place].Examples
	if limit == 0 {
		return
	}
	var rows []Row
	for _, r := range c.Tool.Table.Rows {
		if r.HeldOut || limit > 0 {
			rows = append(rows, r)
			if !r.HeldOut {
				limit--
			}
		}
	}
	c.Tool.Table.Rows, c.Tool.Table.changed = rows, true
}

// TrainerFailed ends what runs: the lesson's session is gone.
func (c *Course) TrainerFailed(text string) {
	c.trainer, c.greeting = nil, nil
	if c.Tool != nil {
		c.Tool.WorkerFailed(text, c.Run)
	}
	if c.Running() {
		c.phase = notRun
	}
}

// Figures are what the lesson's texts refer to, of what has run by now.
func (c *Course) Figures() Figures {
	outcomes := c.outcomes
	if c.phase == running && c.UnderWay() != nil && len(outcomes) > 0 {
		outcomes = append([]outcome(nil), outcomes...)
		outcomes[len(outcomes)-1].run = c.UnderWay()
	}
	return figuresOf(outcomes)
}

// Groups are the first groups of the steps of the run under way or the last one.
func (c *Course) Groups() []*protocol.Group {
	if len(c.outcomes) == 0 {
		return nil
	}
	return c.outcomes[len(c.outcomes)-1].groups
}

// AnswersPart is the part of the tool that shows a group's answers.
const AnswersPart = "answers"

// LessonCharts are the charts that a lesson may show beside those of the reward's terms,
// which are called by their names after termChart.
var LessonCharts = []string{"reward", "loss", "kl", "entropy", "length", "zero-spread", "exact", "slots", "meaning", "surface", "tax-en", "tax-zh"}

const termChart = "term-"

// LessonMeasure is one of LessonCharts.
func LessonMeasure(key string) Measure {
	for _, m := range charts {
		if m.Key == key {
			return m
		}
	}
	name := strings.TrimPrefix(key, termChart)
	return Measure{Key: key, Share: true, Of: func(r *Run) []Point {
		var points []Point
		for _, s := range r.Steps {
			if v, has := s.Terms[name]; has {
				points = append(points, Point{s.Step, v})
			}
		}
		return points
	}}
}

// Name is what the lesson calls a run, counted from 0.
func (c *Course) Name(run int) string {
	if runs := c.Runs(); run < len(runs) {
		return runs[run].Name
	}
	return ""
}
