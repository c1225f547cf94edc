package view

import (
	"strconv"
	"strings"

	"github.com/dongyur/dongyur/ui/state"
)

type tab struct {
	View    state.View
	Title   string
	Current bool
	Mark    string // aria-current
}

func (c *Page) tabs() []tab {
	list := []tab{{View: state.Train, Title: T("Train")}, {View: state.Inside, Title: T("Inside a step")}, {View: state.Compare, Title: T("Before / after")}}
	if c.Lessons != nil {
		list = append(list, tab{View: state.Lessons, Title: T("Lessons")})
	}
	for i := range list {
		list[i].Current = list[i].View == c.App.View
		list[i].Mark = truth(list[i].Current)
	}
	return list
}

type part struct {
	Part         state.Part
	Order, Title string // Order numbers the steps
	Class, Mark  string
}

func (c *Page) parts() []part {
	list := []part{{Part: state.PartExamples, Order: "1", Title: T("Examples")}, {Part: state.PartTune, Order: "2", Title: T("Fine-tune")},
		{Part: state.PartCompare, Order: "3", Title: T("Compare")}}
	if c.Vote != nil {
		list = append(list, part{Part: state.PartVote, Title: T("Blind vote")})
	}
	if c.Try != nil {
		list = append(list, part{Part: state.PartTry, Title: T("Try it")})
	}
	for i := range list {
		current := list[i].Part == c.App.Part
		list[i].Class, list[i].Mark = class(class("part", current, "current"), list[i].Order == "", "apart"), truth(current)
	}
	return list
}

// isShared tells that the project is somebody's on the hub.
func (c *Page) isShared() bool { return c.keeper != nil && c.App.Project.Keeping == state.Shared }

func (c *Page) open(d state.Dialog) bool { return c.App.Dialog == d }

func (c *Page) edited() []string { return c.App.Edited() }

// editedText says that the run goes on as it was started.
func (c *Page) editedText() string {
	list := c.edited()
	if more := len(list) - editsTold; more > 0 {
		list = append(list[:editsTold:editsTold], T("%d more", more))
	}
	return strings.Join(list, ", ") + ". " + T("The run goes on untouched.")
}

// editsTold is how many edits the notice spells out.
const editsTold = 6

func (c *Page) restartLabel() string {
	if n := len(c.edited()); n > 1 {
		return T("Restart with %d changes", n)
	}
	return T("Restart with 1 change")
}

func speedTitle(s state.Speed) string {
	switch s {
	case state.Slow:
		return T("slow")
	case state.Max:
		return T("fastest")
	}
	return "1×"
}

func (c *Page) playLabel() string { return playLabel(c.App) }

func playLabel(app *state.App) string {
	switch app.Phase() {
	case state.Training:
		if app.Pausing() {
			return T("Pausing…")
		}
		return T("Pause")
	case state.Paused:
		return T("Resume")
	}
	return T("Train")
}

func (c *Page) canPlay() bool { return canPlay(c.App) }

func canPlay(app *state.App) bool {
	return app.Worker == state.Ready && app.Load.Status != state.InProgress
}

func (c *Page) canStep() bool { return c.canPlay() && c.App.Phase() != state.Training }

// count tells the step, the phase and the time left.
func (c *Page) count() string {
	phase := T("ready")
	switch c.App.Phase() {
	case state.Training:
		phase = T("training")
	case state.Paused:
		phase = T("paused")
	}
	switch {
	case c.App.Worker == state.Starting:
		return T("starting the trainer…")
	case c.App.Worker == state.Broken:
		return T("the trainer did not start")
	case c.App.Load.Status == state.InProgress:
		return T("Loading") + " " + strconv.Itoa(percent(c.App.Load.Progress)) + " %"
	}
	r := c.App.Run()
	if r == nil {
		return phase
	}
	step := 0
	if n := len(r.Steps); n > 0 {
		step = r.Steps[n-1].Step
	}
	text := T("step %d/%d", step, r.Config.Steps) + " · " + phase
	if left := r.TimeLeft(); left > 0 && c.App.Phase() == state.Training {
		text += " · " + T("%s left", duration(left))
	}
	return text
}

func (c *Page) engine() string {
	if c.App.Engine == "" {
		return ""
	}
	return T("engine: %s", c.App.Engine)
}

// memory tells what the trainer holds, on a graphics device too.
func (c *Page) memory() string {
	if c.App.Memory == 0 {
		return ""
	}
	return T("memory: %s", megabytes(c.App.Memory+c.App.DeviceMemory))
}

// memoryParts tells where it is held.
func (c *Page) memoryParts() string {
	switch {
	case c.App.Memory == 0:
		return ""
	case c.App.DeviceMemory == 0:
		return T("%s in the trainer’s own memory", megabytes(c.App.Memory))
	}
	return T("%s in the trainer’s own memory, %s in buffers on the graphics device", megabytes(c.App.Memory), megabytes(c.App.DeviceMemory))
}

func (c *Page) noticeRole(isError bool) string {
	if isError {
		return "alert"
	}
	return "status"
}

func (c *Page) retryLabel(n state.Notice) string {
	switch {
	case n.Do != "":
		return n.Do
	case n.Undo:
		return T("Undo")
	}
	return T("Retry")
}

func (c *Page) retry(i int) {
	again := c.App.Notices[i].Retry
	c.App.Dismiss(i)
	again()
}

// Key is what a key does anywhere on the page but in a field.
func (c *Page) Key(key string) bool {
	if c.App.View == state.Lessons {
		return false // a reader's space bar scrolls
	}
	if c.App.VoteKey(key) {
		return true
	}
	switch key {
	case " ":
		if c.canPlay() {
			c.App.Play()
		}
	case "ArrowRight":
		if c.canStep() {
			c.App.Step()
		}
	case "r", "R":
		c.App.Reset()
	case "Escape":
		c.App.Help, c.App.Sheet = "", false
	default:
		return false
	}
	return true
}
