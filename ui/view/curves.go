package view

import (
	"slices"
	"strconv"

	"github.com/vugu/vugu"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/state"
)

func runClass(i int) string { return "run-" + strconv.Itoa(i+1) }

func runTitle(r *state.Run) string {
	text := "run " + strconv.Itoa(r.Number) + " · " + r.Config.Method
	if r.Changed != "" {
		text += " · " + r.Changed
	} else if r.Number > 1 {
		text += " · nothing changed"
	}
	return text
}

// charts lists what the current run has measured.
func (c *Curves) charts() []plot {
	run := c.App.Run()
	if run == nil || len(run.Steps) == 0 {
		return nil
	}
	runs := func(id, title string, half bool, value func(protocol.Step) float64) plot {
		p := plot{ID: id, Title: title, Half: half}
		for i, r := range c.App.Runs {
			if r.Config.Method == run.Config.Method {
				p.Series = append(p.Series, lineOf("run "+strconv.Itoa(r.Number), runClass(i), r.Steps, value))
			}
		}
		if len(p.Series) == 1 {
			p.Series[0].Name = ""
		}
		return p
	}
	gradient := runs("chart-gradient", "Gradient norm", true, func(s protocol.Step) float64 { return s.GradNorm })
	if run.Config.Method == "sft" {
		return []plot{
			runs("chart-loss", "Loss (nats a token)", false, func(s protocol.Step) float64 { return s.Loss }),
			gradient,
			runs("chart-rate", "Learning rate", true, func(s protocol.Step) float64 { return s.LearningRate }),
		}
	}
	return []plot{
		runs("chart-reward", "Reward", false, func(s protocol.Step) float64 { return s.Reward }),
		termsOf(run),
		runs("chart-kl", "KL", true, func(s protocol.Step) float64 { return s.KL }),
		runs("chart-entropy", "Entropy", true, func(s protocol.Step) float64 { return s.Entropy }),
		runs("chart-length", "Length (tokens)", true, func(s protocol.Step) float64 { return s.Length }),
		gradient,
	}
}

// termsOf draws each reward term of a run.
func termsOf(run *state.Run) plot {
	p := plot{ID: "chart-terms", Title: "Reward terms"}
	var names []string
	for _, s := range run.Steps {
		for name := range s.Terms {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	for i, name := range names {
		p.Series = append(p.Series, lineOf(name, "term-"+strconv.Itoa(i+1), run.Steps,
			func(s protocol.Step) float64 { return s.Terms[name] }))
	}
	return p
}

func lineOf(name, class string, steps []protocol.Step, value func(protocol.Step) float64) series {
	s := series{Name: name, Class: class, Points: make([]float64, len(steps)), Steps: make([]int, len(steps))}
	for i, step := range steps {
		s.Steps[i], s.Points[i] = step.Step, value(step)
	}
	return s
}

func (c *Curves) point(p plot, e vugu.DOMEvent) {
	width := e.PropFloat64("target", "clientWidth")
	if width > 0 {
		c.App.Hover = p.stepAt(e.PropFloat64("offsetX") / width)
	}
}

func (c *Curves) leave() { c.App.Hover = 0 }

func (c *Curves) key(p plot, e vugu.DOMEvent) {
	at := c.App.Hover
	if at == 0 {
		at = p.last()
	}
	switch e.PropString("key") {
	case "ArrowLeft":
		at = max(at-1, 1)
	case "ArrowRight":
		at = min(at+1, p.last())
	default:
		return
	}
	c.App.Hover = at
	e.PreventDefault()
	e.StopPropagation() // the page's arrow key would train a step
}
