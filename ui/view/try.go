package view

import (
	"strconv"

	"github.com/vugu/vugu"

	"github.com/dongyur/dongyur/core/lang"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/ui/state"
)

func (c *Try) status() string {
	t := &c.App.Try
	switch {
	case t.Status == state.InProgress:
		return T("answering…")
	case len(t.Candidates) > 0 && t.OfBase:
		return T("the model as it was; the most likely answer first")
	case len(t.Candidates) > 0:
		return T("the model with the adapter; the most likely answer first")
	}
	return ""
}

func (c *Try) canTry() bool {
	return c.App.Worker == state.Ready && c.App.Try.Status != state.InProgress && c.App.Load.Status != state.InProgress && c.App.Try.Text != ""
}

func (c *Try) goLabel() string {
	if task.Is(c.App.TryTask().Name, task.Summary) {
		return T("Write headlines")
	}
	return T("Translate")
}

func (c *Try) which() string {
	if c.App.Try.Base {
		return "base"
	}
	return "adapter"
}

func (c *Try) setWhich(e vugu.DOMEvent) { c.App.Try.Base = e.PropString("target", "value") == "base" }

// tasks are that of the page, its other direction, and those that stay in its source's
// language.
func (c *Try) tasks() []state.Task {
	t := c.App.Task
	list := []state.Task{t}
	for _, row := range c.App.TaskRows() {
		other := state.TaskOf(row.Name, t.SourceLang, t.TargetLang)
		if row.Name == t.Name {
			other = state.TaskOf(row.Name, t.TargetLang, t.SourceLang)
		}
		if !task.Is(row.Name, task.Choices) && other.Key != t.Key && (row.OneLanguage || t.SourceLang != t.TargetLang) {
			list = append(list, other)
		}
	}
	return list
}

func (c *Try) setTask(e vugu.DOMEvent) { c.App.Try.Task = e.PropString("target", "value") }

func (c *Try) candidates() int {
	if c.App.Try.Count < 1 {
		return 4
	}
	return c.App.Try.Count
}

func (c *Try) setCount(e vugu.DOMEvent) {
	if v, ok := typedNumber(e); ok {
		c.App.Try.Count = max(1, min(8, int(v)))
	}
}

func (c *Try) setWylieText(e vugu.DOMEvent) { c.wylieText = e.PropBool("target", "checked") }

func (c *Try) setWylieAnswer(e vugu.DOMEvent) { c.wylieAnswer = e.PropBool("target", "checked") }

func (c *Try) write(e vugu.DOMEvent) {
	text := e.PropString("target", "value")
	if c.wylieText && keyboardOf(c.App.TryTask().SourceLang) != "" && !e.PropBool("isComposing") {
		text, c.warning = wylie(e, lang.TypeWylie)
	}
	c.App.Try.Text = text
}

// key asks with Ctrl+Enter.
func (c *Try) key(e vugu.DOMEvent) {
	if e.PropString("key") == "Enter" && (e.PropBool("ctrlKey") || e.PropBool("metaKey")) && c.canTry() {
		e.PreventDefault()
		c.App.TryIt()
	}
}

func (c *Try) correct(i int, e vugu.DOMEvent) {
	text := e.PropString("target", "value")
	if c.wylieAnswer && keyboardOf(c.App.Try.Asked.TargetLang) != "" && !e.PropBool("isComposing") {
		text, c.warning = wylie(e, lang.TypeWylie)
	}
	c.App.SetCorrection(i, text)
}

func (c *Try) endCorrection(i int, e vugu.DOMEvent) {
	if c.wylieAnswer && keyboardOf(c.App.Try.Asked.TargetLang) != "" {
		var text string
		text, c.warning = wylie(e, lang.EndWylie)
		c.App.SetCorrection(i, text)
	}
}

func (c *Try) id(name string, i int) string { return name + "-" + strconv.Itoa(i+1) }

func (c *Try) addLabel(added bool) string {
	if added {
		return T("Added")
	}
	return T("Add to the examples")
}

func percentOf(share float64) int { return int(100*share + 0.5) }
