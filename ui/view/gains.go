package view

import (
	"math"
	"slices"
	"strconv"

	"github.com/vugu/vugu"

	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/ui/state"
)

// gainRow is what runs gained by one metric, drawn about 0: each metric has a scale of
// its own, up to its furthest interval.
type gainRow struct {
	Name, Box, Below string
	Least, Most      string // values at the edges
	Text             string // for who does not see it
	Marks            []gainMark
}

// gainMark is one run's change and its interval, in units of the row's box: from 0 at
// the left edge to 100 at the right one.
type gainMark struct{ Class, At, Low, High, Y, Above, Below string }

const gainHeight = 14 // of a run's mark

// gains are the runs' changes by metric.
func (c *Comparison) gains() []gainRow {
	kept := c.App.Review.Answers
	var rows []gainRow
	reach := map[string]float64{} // by metric
	each := func(take func(run int, s task.Score)) {
		for run, k := range kept {
			for _, side := range k.Scores {
				for _, s := range side.Change {
					take(run, s)
				}
			}
		}
	}
	each(func(_ int, s task.Score) {
		reach[s.Name] = max(reach[s.Name], math.Abs(s.Low), math.Abs(s.High), math.Abs(s.Value))
	})
	each(func(run int, s task.Score) {
		i := slices.IndexFunc(rows, func(r gainRow) bool { return r.Name == s.Name })
		if i < 0 {
			i = len(rows)
			most := reach[s.Name]
			rows = append(rows, gainRow{Name: s.Name, Least: signed(-most), Most: signed(most)})
		}
		row := &rows[i]
		x := func(v float64) string {
			if reach[s.Name] == 0 {
				return "50"
			}
			return coordinate(50 + 48*v/reach[s.Name])
		}
		y := float64(gainHeight*len(row.Marks)) + gainHeight/2
		row.Marks = append(row.Marks, gainMark{Class: c.answersClass(kept[run], run), At: x(s.Value), Low: x(s.Low), High: x(s.High),
			Y: coordinate(y), Above: coordinate(y - 5), Below: coordinate(y + 5)})
		row.Below = strconv.Itoa(gainHeight * len(row.Marks))
		row.Box = "0 0 100 " + row.Below
		row.Text += " " + answersTitle(kept[run]) + ": " + signed(s.Value) + " " + between(signed, s) + "."
	})
	return rows
}

// drawing is what stands in the row's box: SVG of numbers and classes, made as one text,
// as code for each of its elements would be a part of what a visitor loads.
func (g gainRow) drawing() vugu.HTML {
	svg := svgLine("axis", "50", "50", "0", g.Below)
	for _, m := range g.Marks {
		svg += svgLine("reach "+m.Class, m.Low, m.High, m.Y, m.Y) + svgLine("value "+m.Class, m.At, m.At, m.Above, m.Below)
	}
	return vugu.HTML(svg)
}

func svgLine(class, x1, x2, y1, y2 string) string {
	return `<line class="` + class + `" x1="` + x1 + `" x2="` + x2 + `" y1="` + y1 + `" y2="` + y2 + `"></line>`
}

// answersClass is the colour of a run's answers: that of its curves, while it has any.
func (c *Comparison) answersClass(k state.Answers, place int) string {
	for _, r := range c.App.Runs {
		if r.Number == k.Run {
			return runClass(r)
		}
	}
	return "run-" + strconv.Itoa(place+1)
}

// gainKeys name the runs' colours, where there is more than one.
func (c *Comparison) gainKeys() []key {
	kept := c.App.Review.Answers
	if len(kept) < 2 {
		return nil
	}
	keys := make([]key, len(kept))
	for i, k := range kept {
		keys[i] = key{c.answersClass(k, i), answersTitle(k)}
	}
	return keys
}

// changeShare is how many lines changed in a way, as a part of a bar of 100.
type changeShare struct{ Class, X, Width, Text string }

// changeShares are the lines that improved, stayed and worsened by the metric and run
// at hand; none before anything is measured on lines.
func (c *Comparison) changeShares() []changeShare {
	count := c.App.Changes()
	total := count[state.Improved] + count[state.Same] + count[state.Worsened]
	if total == 0 {
		return nil
	}
	at := 0.0
	share := func(class string, n int, text string) changeShare {
		s := changeShare{class, coordinate(at), coordinate(100 * float64(n) / float64(total)), text}
		at += 100 * float64(n) / float64(total)
		return s
	}
	return []changeShare{
		share("plus", count[state.Improved], "+ "+T("improved (%d)", count[state.Improved])),
		share("even", count[state.Same], "= "+T("the same (%d)", count[state.Same])),
		share("minus", count[state.Worsened], "− "+T("worsened (%d)", count[state.Worsened])),
	}
}

// drawShares draws them as one bar.
func drawShares(shares []changeShare) vugu.HTML {
	svg := ""
	for _, s := range shares {
		svg += `<rect class="` + s.Class + `" y="0" height="12" x="` + s.X + `" width="` + s.Width + `"></rect>`
	}
	return vugu.HTML(svg)
}

// changeTitle says what the lines are counted by.
func (c *Comparison) changeTitle() string {
	title := T("Lines by %s", metricTitle(c.App.Metric()))
	if shown := c.App.Shown(); len(shown) > 1 {
		run := c.reviewedRun()
		title += " · " + answersTitle(shown[slices.IndexFunc(shown, func(k state.Answers) bool { return k.Run == run })])
	}
	return title
}
