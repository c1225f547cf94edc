package state

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/words"
)

// Course is the view of the lessons: which there are, the one that is open and how
// far its reader is. What a lesson runs it runs on a page state and a session of its
// own, so the reader's examples, settings and runs are never touched.
type Course struct {
	app *App // the reader's

	Entries []LessonEntry // nil until they have arrived
	Lesson  *Lesson       // the open one; nil while it is on its way
	Tag     string        // language of Lesson
	Reached int           // place of the latest step that is shown
	Error   string        // why a file did not arrive

	kept     progress
	revision int // counts changes of what is kept
	opened   string

	Tool     *App // what the lesson runs on; nil before its first run
	begin    func(*Course) Trainer
	trainer  Trainer
	greeting *protocol.Event // of the trainer's session
	phase    rehearsal
	place    int  // of the run under way, among its step's
	before   *Run // the run of the place before
	outcomes []outcome
}

// Trainer is a session of a lesson's own.
type Trainer interface {
	Send(protocol.Command)
	End()
}

// progress is what is remembered of a reader.
type progress struct {
	Done      map[string]bool `json:"done"`      // by lesson
	Predicted map[string]int  `json:"predicted"` // by "lesson/step", from 0
}

// rehearsal is how far a lesson's runs are.
type rehearsal int

const (
	notRun  rehearsal = iota
	waiting           // for the session and its examples
	running
	ran
)

// NewCourse is the lessons' view beside a reader's page. begin starts a session whose
// events come to Handle and whose end comes to TrainerFailed.
func NewCourse(app *App, begin func(*Course) Trainer) *Course {
	return &Course{app: app, begin: begin, kept: progress{map[string]bool{}, map[string]int{}}}
}

const (
	lessonsFolder = "assets/lessons/"
	lessonsIndex  = lessonsFolder + "index.json"
)

// App is the reader's page state.
func (c *Course) App() *App { return c.app }

// Wants is the file that the view needs next, relative to the page; "": none.
func (c *Course) Wants() string {
	if c.Error != "" || c.app.View != Lessons {
		return ""
	}
	if c.Entries == nil {
		return lessonsIndex
	}
	if c.app.LessonKey == "" {
		return ""
	}
	if name := c.file(); name != c.opened {
		return name
	}
	return ""
}

// file is that of the lesson that is asked for, in the reader's language.
func (c *Course) file() string {
	e, _ := c.Entry()
	return lessonsFolder + e.In(words.Language()) + "/" + e.Key + ".json"
}

// Entry is the lesson that is asked for, and whether there is one.
func (c *Course) Entry() (LessonEntry, bool) {
	i := slices.IndexFunc(c.Entries, func(e LessonEntry) bool { return e.Key == c.app.LessonKey })
	if i < 0 {
		return LessonEntry{}, false
	}
	return c.Entries[i], true
}

// Arrived takes a file over that Wants named.
func (c *Course) Arrived(name string, data []byte) {
	if name == lessonsIndex {
		entries, err := ParseLessons(data)
		if err != nil {
			c.Failed(name, err.Error())
			return
		}
		c.Entries = entries
		if _, known := c.Entry(); !known && c.app.LessonKey != "" {
			c.app.Fail(words.T("There is no lesson “%s”.", c.app.LessonKey), nil)
			c.app.LessonKey = ""
		}
		return
	}
	if name != c.file() {
		return // another was opened meanwhile
	}
	lesson, err := ParseLesson(data)
	if err != nil {
		c.Failed(name, err.Error())
		return
	}
	tag, _, _ := strings.Cut(strings.TrimPrefix(name, lessonsFolder), "/")
	c.Lesson, c.Tag, c.opened = lesson, tag, name
}

// Failed says why a file did not arrive; Retry asks for it again.
func (c *Course) Failed(name, why string) { c.Error = name + ": " + why }

// Retry asks again for what failed.
func (c *Course) Retry() { c.Error = "" }

// Open opens a lesson at its beginning; "" closes the one that is open.
func (c *Course) Open(key string) {
	if key == c.app.LessonKey {
		return
	}
	c.rest()
	c.app.LessonKey = key
	c.Lesson, c.opened, c.Error, c.Reached = nil, "", "", 0
	c.Tool, c.outcomes, c.phase = nil, nil, notRun
}

// rest lets the lesson's own session go; what it showed stays.
func (c *Course) rest() {
	if c.trainer != nil {
		c.trainer.End()
	}
	c.trainer, c.greeting = nil, nil
}

// Follow lets the lesson's session go when the reader has turned to another view and
// nothing runs there any more.
func (c *Course) Follow() {
	if c.trainer != nil && c.app.View != Lessons && !c.Running() {
		c.rest()
	}
}

// Steps are those of the open lesson that are shown.
func (c *Course) Steps() []LessonStep {
	if c.Lesson == nil {
		return nil
	}
	return c.Lesson.Steps[:min(c.Reached+1, len(c.Lesson.Steps))]
}

// Last tells whether all steps are shown.
func (c *Course) Last() bool { return c.Lesson != nil && c.Reached >= len(c.Lesson.Steps)-1 }

// CanGoOn tells whether the next step may be shown: a prediction comes before what
// it predicts, and nothing goes on under a run.
func (c *Course) CanGoOn() bool {
	if c.Lesson == nil || c.Last() || c.Running() {
		return false
	}
	_, predicted := c.Predicted(c.Reached)
	return c.Lesson.Steps[c.Reached].Kind != PredictStep || predicted
}

// GoOn shows the next step. With the last one the lesson is done.
func (c *Course) GoOn() {
	if !c.CanGoOn() {
		return
	}
	c.Reached++
	if c.Last() && !c.kept.Done[c.app.LessonKey] {
		c.kept.Done[c.app.LessonKey] = true
		c.revision++
	}
}

// Next opens the lesson after this one, if there is one.
func (c *Course) Next() (LessonEntry, bool) {
	for i, e := range c.Entries {
		if e.Key == c.app.LessonKey && i+1 < len(c.Entries) {
			return c.Entries[i+1], true
		}
	}
	return LessonEntry{}, false
}

// Done tells whether a lesson was read to its end.
func (c *Course) Done(key string) bool { return c.kept.Done[key] }

func (c *Course) predictionKey(step int) string {
	return c.app.LessonKey + "/" + strconv.Itoa(step)
}

// Predicted is the answer chosen at a step.
func (c *Course) Predicted(step int) (choice int, predicted bool) {
	choice, predicted = c.kept.Predicted[c.predictionKey(step)]
	if c.Lesson == nil || step >= len(c.Lesson.Steps) || choice < 0 || choice >= len(c.Lesson.Steps[step].Choices) {
		return 0, false
	}
	return choice, predicted
}

// Predict chooses an answer. Once the lesson has run, the choice stands.
func (c *Course) Predict(step, choice int) {
	if c.phase == notRun {
		c.kept.Predicted[c.predictionKey(step)] = choice
		c.revision++
	}
}

// Committed tells whether predictions stand.
func (c *Course) Committed() bool { return c.phase != notRun }

// Verdict is what was run says of an answer of a step; known is false before that.
func (c *Course) Verdict(step, choice int) (holds, known bool) {
	if c.phase != ran || c.Lesson == nil {
		return false, false
	}
	return c.Figures().Holds(c.Lesson.Steps[step].Choices[choice].Holds)
}

// Kept is what to remember of the reader, and a number that changes with it.
func (c *Course) Kept() (text string, revision int) {
	data, err := json.Marshal(c.kept)
	if err != nil {
		return "", c.revision
	}
	return string(data), c.revision
}

// Remember takes over what Kept gave; what is damaged counts as nothing.
func (c *Course) Remember(text string) {
	var kept progress
	if json.Unmarshal([]byte(text), &kept) != nil {
		return
	}
	if kept.Done != nil {
		c.kept.Done = kept.Done
	}
	if kept.Predicted != nil {
		c.kept.Predicted = kept.Predicted
	}
}
