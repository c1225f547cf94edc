package view

import (
	"html"
	"slices"
	"strconv"
	"strings"

	"github.com/vugu/vugu"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/state"
	"github.com/dongyur/dongyur/ui/words"
)

type lessonEntry struct {
	state.LessonEntry
	Title, Lang   string
	Current, Done bool
}

func (c *Lessons) entries() []lessonEntry {
	list := make([]lessonEntry, len(c.Course.Entries))
	for i, e := range c.Course.Entries {
		list[i] = lessonEntry{e, e.Title(words.Language()), e.In(words.Language()), e.Key == c.Course.App().LessonKey, c.Course.Done(e.Key)}
	}
	return list
}

// mark is a lesson's number, or a tick where it is done.
func (c *Lessons) mark(i int, e lessonEntry) string {
	if e.Done {
		return "✓"
	}
	return strconv.Itoa(i + 1)
}

func (c *Lessons) about(e lessonEntry) string {
	if e.Done {
		return T("%d min · done", e.Minutes)
	}
	return T("%d min", e.Minutes)
}

func (c *Lessons) open(key string, _ vugu.DOMEvent) { c.Course.Open(key) }

type lessonStep struct {
	Key, Title string
	Blocks     []state.Block
	Missing    string // what stands for numbers that are not there
	Choices    []offered
	Run        bool
}

type offered struct {
	Step, Place    int
	Value, Text    string
	Class, Verdict string
	Chosen         bool
}

func (c *Lessons) steps() []lessonStep {
	figures := c.Course.Figures()
	var list []lessonStep
	for i, s := range c.Course.Steps() {
		step := lessonStep{Key: strconv.Itoa(i), Title: kindTitle(s.Kind), Run: s.Kind == state.RunStep}
		for _, b := range s.Blocks {
			if shown, ok := figures.Show(b); ok {
				step.Blocks = append(step.Blocks, shown)
			}
		}
		if s.Kind == state.ExplainStep && !c.Course.Ran() {
			step.Missing = T("You have not run it, so what needs its numbers is left out here.")
		}
		for place, a := range s.Choices {
			step.Choices = append(step.Choices, c.offer(i, place, a))
		}
		list = append(list, step)
	}
	return list
}

func (c *Lessons) offer(step, place int, a state.Answer) offered {
	chosen, predicted := c.Course.Predicted(step)
	shown := offered{Step: step, Place: place, Value: strconv.Itoa(place), Text: a.Text, Chosen: predicted && chosen == place}
	shown.Class = class("choice", shown.Chosen, "chosen")
	holds, known := c.Course.Verdict(step, place)
	switch {
	case known && holds:
		shown.Verdict, shown.Class = T("✓ as it was in this run"), shown.Class+" holds"
	case known && shown.Chosen:
		shown.Verdict = T("✗ not in this run")
	}
	return shown
}

func kindTitle(kind state.LessonKind) string {
	switch kind {
	case state.PredictStep:
		return T("Predict")
	case state.RunStep:
		return T("Run")
	case state.ExplainStep:
		return T("Explain")
	}
	return T("Question")
}

// canRun tells whether a run can start now: there must be a model, and a prediction
// comes first.
func (c *Lessons) canRun() bool {
	_, model := c.Course.App().Chosen()
	return model
}

func (c *Lessons) runLabel() string {
	label := T("Run it")
	if c.Course.Ran() {
		label = T("Run it again")
	}
	if cost := c.Course.Cost(); cost > 0 {
		label += " · " + megabytes(cost)
	}
	return label
}

func (c *Lessons) nextLabel() string {
	steps := c.Course.Lesson.Steps
	at := steps[c.Course.Reached]
	switch {
	case at.Kind == state.PredictStep:
		if _, predicted := c.Course.Predicted(c.Course.Reached); !predicted {
			return T("Choose an answer to go on")
		}
	case at.Kind == state.RunStep && c.Course.Running():
		return T("Wait for the run")
	case at.Kind == state.RunStep && !c.Course.Ran():
		return T("Go on without running")
	}
	return T("Go on")
}

func (c *Lessons) goOn() { c.Course.GoOn() }

func (c *Lessons) following() string {
	if next, ok := c.Course.Next(); ok {
		return T("Next lesson: %s", next.Title(words.Language()))
	}
	return ""
}

func (c *Lessons) follow() {
	if next, ok := c.Course.Next(); ok {
		c.Course.Open(next.Key)
	}
}

// status tells how far the runs of the lesson are.
func (c *Lessons) status() string {
	tool := c.Course.Tool
	switch {
	case tool == nil:
		return ""
	case !c.Course.Running():
		if r := tool.Run(); r != nil && len(r.Steps) > 0 {
			return T("step %d of %d", len(r.Steps), r.Config.Steps)
		}
		return ""
	case tool.Load.Status == state.InProgress:
		return T("Loading") + " " + strconv.Itoa(percent(tool.Load.Progress)) + " %"
	case c.Course.UnderWay() == nil || tool.Load.Status != state.Loaded:
		return T("starting the trainer…")
	}
	r := c.Course.UnderWay()
	text := T("step %d of %d", len(r.Steps), r.Config.Steps)
	if n := len(c.Course.Runs()); n > 1 {
		text = T("run %d of %d", c.Course.Place(), n) + " · " + text
	}
	if r.Ended {
		return text + " · " + T("measuring…")
	}
	if left := r.TimeLeft(); left > 0 {
		text += " · " + T("%s left", duration(left))
	}
	return text
}

func (c *Lessons) percent() int {
	if r := c.Course.UnderWay(); r != nil && r.Config.Steps > 0 && !r.Ended {
		return 100 * len(r.Steps) / r.Config.Steps
	}
	return 0
}

func (c *Lessons) problems() []string {
	var list []string
	if tool := c.Course.Tool; tool != nil {
		if tool.Load.Status == state.Failed {
			list = append(list, tool.Load.Error)
		}
		for _, n := range tool.Notices {
			if n.Error {
				list = append(list, n.Text)
			}
		}
	}
	return list
}

// toolShown tells whether the reader has come to what is run.
func (c *Lessons) toolShown() bool {
	return slices.ContainsFunc(c.Course.Steps(), func(s state.LessonStep) bool { return s.Kind == state.RunStep })
}

type lessonRun struct{ Text, Link string }

// runs are the settings of the lesson's runs, each with the page's address that has
// the same settings.
func (c *Lessons) runs() []lessonRun {
	var list []lessonRun
	for i, r := range c.Course.Runs() {
		name := r.Name
		if name == "" {
			name = T("run %d", i+1)
		}
		list = append(list, lessonRun{name + ": " + strings.ReplaceAll(r.Address, "&", " · "), state.Link(r.Address)})
	}
	return list
}

// charts are those that the lesson shows, one line a run.
func (c *Lessons) charts() []plot {
	tool := c.Course.Tool
	if c.curves == nil || c.curves.App != tool {
		c.curves = &Curves{App: tool}
	}
	last := 1
	for _, r := range tool.Runs {
		last = max(last, r.Config.Steps)
	}
	var list []plot
	for _, name := range c.Course.Shows() {
		if name == state.AnswersPart {
			continue
		}
		m := state.LessonMeasure(name)
		p := plot{ID: "lesson-chart-" + name, Title: chartTitle(m), Last: last}
		for i, r := range tool.Runs {
			if points := m.Of(r); len(points) > 0 {
				p.series = append(p.series, c.curves.series(c.Course.Name(i), runClass(r), points))
			}
		}
		if p.points() > 0 {
			list = append(list, c.curves.finish(p, m.Share))
		}
	}
	return list
}

func chartTitle(m state.Measure) string {
	switch m.Key {
	case "term-language":
		return T("In the right script (share)")
	case "term-similarity":
		return T("Reward for meaning")
	}
	return m.Title()
}

func (c *Lessons) group() *protocol.Group {
	groups := c.Course.Groups()
	if len(groups) == 0 || !slices.Contains(c.Course.Shows(), state.AnswersPart) {
		return nil
	}
	return groups[len(groups)-1]
}

func (c *Lessons) groupTitle() string {
	g := c.group()
	return T("One group of step %d: %d answers, mean reward %s", g.Step, len(g.Completions), number(g.Mean))
}

// answers are the group's completions, the best reward first.
func (c *Lessons) answers() []protocol.Completion {
	rows := slices.Clone(c.group().Completions)
	slices.SortStableFunc(rows, func(a, b protocol.Completion) int {
		switch {
		case a.Reward > b.Reward:
			return -1
		case a.Reward < b.Reward:
			return 1
		}
		return 0
	})
	return rows
}

// parted puts what is Tibetan in a text of another language into an element of its
// own, so that it is set and spoken as Tibetan.
func parted(text string) vugu.HTML {
	var b strings.Builder
	runes := []rune(text)
	for start := 0; start < len(runes); {
		tibetan := isTibetan(runes[start])
		end := start + 1
		for end < len(runes) && isTibetan(runes[end]) == tibetan {
			end++
		}
		part := string(runes[start:end])
		if tibetan {
			b.WriteString(`<span lang="bo">` + string(syllables(part)) + `</span>`)
		} else {
			b.WriteString(html.EscapeString(part))
		}
		start = end
	}
	return vugu.HTML(b.String())
}

func isTibetan(r rune) bool { return r >= 0x0F00 && r <= 0x0FFF }
