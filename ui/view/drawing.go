package view

import (
	"math"
	"strconv"
	"strings"

	"github.com/dongyur/dongyur/ui/state"
	"github.com/dongyur/dongyur/ui/words"
)

// drawnOf is what charts were drawn of: while it is the same, so are they.
type drawnOf struct {
	smoothing float64
	log       bool
	language  string
	runs      [8]drawnRun
}

type drawnRun struct {
	run                  *state.Run
	steps, taxes, scores int
	seconds              float64 // of the last step: another one may take its place
}

func (c *Curves) drawnOf() drawnOf {
	of := drawnOf{smoothing: c.App.Curves.Smoothing, log: c.App.Curves.Log, language: words.Language()}
	for i, r := range c.App.Runs[:min(len(c.App.Runs), len(of.runs))] {
		of.runs[i] = drawnRun{run: r, steps: len(r.Steps), taxes: len(r.Tax), scores: len(r.Gains)}
		if n := len(r.Steps); n > 0 {
			of.runs[i].seconds = r.Steps[n-1].Seconds
		}
	}
	return of
}

// charts are all that some run has measured. They are drawn when there is something
// new, and not when the pointer moves.
func (c *Curves) charts() []plot {
	if of := c.drawnOf(); c.plots == nil || of != c.of {
		c.of, c.plots = of, c.draw()
	}
	return c.plots
}

func (c *Curves) draw() []plot {
	last := 1
	for _, r := range c.App.Runs {
		last = max(last, r.Config.Steps, len(r.Steps))
	}
	plots := []plot{}
	for _, m := range c.App.Measures() {
		p := plot{ID: "chart-" + m.Key, Title: m.Title(), Half: m.Half, Last: last, log: c.App.Curves.Log}
		for _, r := range c.App.Runs {
			if points := m.Of(r); len(points) > 0 {
				p.series = append(p.series, c.series(runName(r), runClass(r), points))
			}
		}
		if len(p.series) == 1 {
			p.series[0].Name = ""
		}
		plots = append(plots, c.finish(p, m.Share))
		if m.Key == "reward" || m.Key == "loss" {
			plots = append(plots, c.parts(m.Key, last)...)
		}
	}
	return plots
}

// parts draws the terms of the reward below it, and below the loss what the method
// measures besides; both of the latest run that has them.
func (c *Curves) parts(below string, last int) []plot {
	for i := len(c.App.Runs) - 1; i >= 0; i-- {
		r := c.App.Runs[i]
		names, of := r.Parts()
		rewarded := len(r.Steps) > 0 && r.Steps[0].Terms != nil
		if len(names) == 0 || rewarded != (below == "reward") {
			continue
		}
		p := plot{ID: "chart-terms", Title: T("Reward terms of run %d", r.Number), Last: last, log: c.App.Curves.Log}
		if !rewarded {
			p.ID, p.Title = "chart-figures", T("Parts of the loss of run %d", r.Number)
		}
		for k, name := range names {
			p.series = append(p.series, c.series(termName(c.App, name), "term-"+strconv.Itoa(k%len(paperDashes)+1), of(name)))
		}
		return []plot{c.finish(p, true)}
	}
	return nil
}

func (c *Curves) series(name, class string, points []state.Point) series {
	s := series{Name: name, Class: class, Raw: points, Shown: points}
	if strength := c.App.Curves.Smoothing; strength > 0 {
		s.Shown = state.Smooth(points, strength)
	}
	return s
}

// finish scales a plot and draws its lines: those that are smoothed with the raw ones
// faint behind them.
func (c *Curves) finish(p plot, includeZero bool) plot {
	p.scale(includeZero)
	smoothed := c.App.Curves.Smoothing > 0
	for _, s := range p.series {
		if smoothed {
			p.Lines = append(p.Lines, line{"line raw " + s.Class, c.path(p.ID+" raw "+s.Class, &p, s.Raw)})
		}
		p.Lines = append(p.Lines, line{"line " + s.Class, c.path(p.ID+" "+s.Class, &p, s.Shown)})
	}
	return p
}

// drawing is a path that was drawn, with what it was drawn of: while only points are
// added, the path is only lengthened.
type drawing struct {
	low, high float64
	last      int
	log       bool
	first     state.Point
	end       state.Point // the last point that is in the path
	smoothing float64
	count     int
	path      strings.Builder
	open      bool // the pen is down
}

// path gives the SVG path of points.
func (c *Curves) path(name string, p *plot, points []state.Point) string {
	points = state.Thin(points)
	if len(points) == 0 {
		return ""
	}
	if c.drawn == nil {
		c.drawn = map[string]*drawing{}
	}
	d := c.drawn[name]
	if d == nil || !d.continues(p, points, c.App.Curves.Smoothing) {
		d = &drawing{low: p.low, high: p.high, last: p.Last, log: p.log, smoothing: c.App.Curves.Smoothing, first: points[0]}
		c.drawn[name] = d
	}
	for _, point := range points[d.count:] {
		d.add(p, point)
	}
	if len(points) == 1 {
		return d.path.String() + "h.01" // one point: a round dot
	}
	return d.path.String()
}

// continues tells whether points begin with those that are drawn, on the same scale.
func (d *drawing) continues(p *plot, points []state.Point, smoothing float64) bool {
	return d.low == p.low && d.high == p.high && d.last == p.Last && d.log == p.log && d.smoothing == smoothing &&
		d.count > 0 && d.count <= len(points) && d.first == points[0] && d.end == points[d.count-1]
}

func (d *drawing) add(p *plot, point state.Point) {
	d.count++
	d.end = point
	if math.IsNaN(point.Value) || math.IsInf(point.Value, 0) {
		d.open = false
		return
	}
	pen := byte('M')
	if d.open {
		pen = 'L'
	}
	d.open = true
	d.path.WriteByte(pen)
	d.path.WriteString(coordinate(p.x(point.Step)))
	d.path.WriteByte(' ')
	d.path.WriteString(coordinate(p.y(point.Value)))
}
