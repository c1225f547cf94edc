package view

import (
	"strconv"

	"github.com/vugu/vugu"

	"github.com/dongyur/dongyur/ui/state"
)

func runClass(r *state.Run) string { return "run-" + strconv.Itoa(r.Slot) }

func runName(r *state.Run) string { return T("run %d", r.Number) }

func runTitle(app *state.App, r *state.Run) string {
	return runName(r) + " · " + methodTitle(app, r.Config.Method) + " · " + r.Changed
}

func pinLabel(r *state.Run) string {
	if r.Pinned {
		return T("Unpin")
	}
	return T("Pin")
}

func pinName(r *state.Run) string { return pinLabel(r) + ": " + runName(r) }

func (c *Curves) canClear() bool {
	for i, r := range c.App.Runs {
		if !r.Pinned && (r.Ended || i < len(c.App.Runs)-1) {
			return true
		}
	}
	return false
}

func (c *Curves) canCompare() bool { return canPlay(c.App) && !c.App.Busy() }

func (c *Curves) sideTitle() string {
	return T("One after the other, on the same examples, with the same number of steps and the same seed.")
}

func (c *Curves) waiting() string {
	text := ""
	for _, method := range c.App.Waiting() {
		text += " " + methodTitle(c.App, method)
	}
	return T("then:") + text
}

var everyChoices = []int{0, 1, 2, 5, 10, 20}

func everyTitle(n int) string {
	switch n {
	case 0:
		return T("never")
	case 1:
		return T("each step")
	}
	return T("every %d steps", n)
}

func (c *Curves) every(e vugu.DOMEvent) {
	if n, err := strconv.Atoi(e.PropString("target", "value")); err == nil {
		c.App.Curves.Every = n
	}
}

func (c *Curves) smoothingLabel() string {
	if c.App.Curves.Smoothing == 0 {
		return T("Smoothing: none")
	}
	return T("Smoothing %s", setting(c.App.Curves.Smoothing))
}

func (c *Curves) smooth(e vugu.DOMEvent) {
	if v, ok := typedNumber(e); ok {
		c.App.SetSmoothing(v)
	}
}

func (c *Curves) toggleLog() { c.App.Curves.Log = !c.App.Curves.Log }

func (c *Curves) point(p plot, e vugu.DOMEvent) {
	width := e.PropFloat64("target", "clientWidth")
	if width > 0 {
		c.App.Hover = p.stepAt(e.PropFloat64("offsetX") / width)
	}
}

func (c *Curves) leave() { c.App.Hover = 0 }

func (c *Curves) key(p plot, e vugu.DOMEvent) {
	at := p.at(c.App.Hover)
	switch e.PropString("key") {
	case "ArrowLeft", "ArrowDown":
		at = max(at-1, 1)
	case "ArrowRight", "ArrowUp":
		at = min(at+1, p.Last)
	case "Home":
		at = 1
	case "End":
		at = p.Last
	case "Escape":
		at = 0
	default:
		return
	}
	c.App.Hover = at
	e.PreventDefault()
	e.StopPropagation() // the page's arrow key would train a step
}

func (c *Curves) table() { c.Save("dongyur-curves.csv", "text/csv", c.App.CurvesTable()) }

func (c *Curves) picture() {
	svg, width, height := c.sheet()
	c.Picture("dongyur-curves.png", svg, width, height)
}
