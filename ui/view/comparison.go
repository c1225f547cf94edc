package view

import (
	"slices"
	"strconv"
	"strings"

	"github.com/vugu/vugu"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/ui/state"
)

func (c *Comparison) running() bool { return c.App.Comparison.Status == state.InProgress }

func (c *Comparison) status() string {
	k := &c.App.Comparison
	switch {
	case k.Status == state.InProgress:
		return T("answering… %d of %d", int(k.Progress.Done), int(k.Progress.Total))
	case len(c.App.Shown()) > 0:
		return T("%d lines", len(c.App.Lines()))
	}
	return ""
}

func (c *Comparison) canCompare() bool {
	return c.App.Worker == state.Ready && !c.App.Busy() && c.App.Comparison.Status != state.InProgress
}

func (c *Comparison) canDownload() bool {
	return c.App.Trained() && !c.App.Busy() && !c.App.Adapter.Saving
}

func (c *Comparison) save() {
	name := "dongyur-adapter"
	if m, ok := c.App.Chosen(); ok {
		name = "dongyur-" + m.Name + "-" + c.App.Task.Key
	}
	c.App.SaveAdapter(func(files []protocol.File) { c.download(name, files) })
}

func (c *Comparison) export(format string) {
	file := c.App.ExportLines(format)
	c.download(file.Name, []protocol.File{file})
}

// answersTitle names a run's answers.
func answersTitle(k state.Answers) string {
	switch {
	case k.Run < 0:
		return T("After")
	case k.Run == 0:
		return T("untrained")
	}
	return T("run %d · %s · step %d", k.Run, strings.ToUpper(k.Method), k.Step)
}

// metricTitle names what the meaning judge counts; other metrics go by their own names.
func metricTitle(name string) string {
	switch name {
	case "meaning":
		return T("Meaning exactly right")
	case "slots":
		return T("Slots right")
	case "well-formed":
		return T("Well-formed")
	}
	return name
}

type score struct {
	Name, Signature        string
	Before, BeforeInterval string
	After                  []afterScore
}

// afterScore is one run's figure and what it gained.
type afterScore struct{ Value, Interval, Change, ChangeInterval, Sign string }

func (c *Comparison) afterTitles() []string {
	var titles []string
	for _, k := range c.App.Review.Answers {
		titles = append(titles, answersTitle(k))
	}
	return titles
}

// scores are the runs' figures by metric.
func (c *Comparison) scores() []score {
	var list []score
	kept := c.App.Review.Answers
	row := func(name string) *score {
		i := slices.IndexFunc(list, func(s score) bool { return s.Name == name })
		if i < 0 {
			list = append(list, score{Name: name, After: make([]afterScore, len(kept))})
			i = len(list) - 1
		}
		return &list[i]
	}
	for run, k := range kept {
		for _, side := range k.Scores {
			for _, s := range side.Scores {
				r := row(s.Name)
				r.Signature = s.Signature
				if side.Which == "base" {
					r.Before, r.BeforeInterval = number(s.Value), between(number, s)
				} else {
					r.After[run].Value, r.After[run].Interval = number(s.Value), between(number, s)
				}
			}
			for _, s := range side.Change {
				a := &row(s.Name).After[run]
				a.Change, a.ChangeInterval = signed(s.Value), between(signed, s)
				if s.Low > 0 || s.High < 0 { // a colour only where the interval leaves 0 out
					a.Sign = sign(s.Value)
				}
			}
		}
	}
	return list
}

// between is the 95 % interval of a score.
func between(show func(float64) string, s task.Score) string {
	return "[" + show(s.Low) + ", " + show(s.High) + "]"
}

// caution says how little a few lines prove.
func (c *Comparison) caution() string {
	n := 0
	for _, k := range c.App.Review.Answers {
		n = max(n, len(k.Lines))
	}
	return T("Measured on %d lines; in brackets, 95 %% intervals. An interval of a change that holds 0 shows no difference yet; more held-out lines narrow it.", n)
}

// sideTitle names a side with its metrics of this line.
func sideTitle(title string, metrics map[string]float64) string {
	var names []string
	for name := range metrics {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		title += " · " + metricTitle(name) + " " + strings.Replace(strconv.FormatFloat(metrics[name], 'f', 2, 64), "-", "−", 1)
	}
	return title
}

// runAnswer is one run's on a line.
type runAnswer struct {
	Title  string
	There  bool
	Marked vugu.HTML
}

func (c *Comparison) answers(l state.Line) []runAnswer {
	shown := c.App.Shown()
	list := make([]runAnswer, len(shown))
	for i, k := range shown {
		title := T("After")
		if len(shown) > 1 {
			title = answersTitle(k)
		}
		after := l.After[i]
		if after == nil {
			list[i] = runAnswer{Title: title + " · " + T("not answered")}
			continue
		}
		metrics := map[string]float64{}
		for name, v := range after.Metrics {
			if base, ok := strings.CutSuffix(name, "_after"); ok {
				metrics[base] = v
			}
		}
		list[i] = runAnswer{Title: sideTitle(title, metrics), There: true, Marked: marked(*after)}
	}
	return list
}

// marked tints the syllables of After that Before does not have.
func marked(l protocol.Compared) vugu.HTML { return changed(l.Before, l.After, l.Example.TargetLang) }

type option struct{ Key, Title string }

// changes are the filters, with how many lines each leaves.
func (c *Comparison) changes() []option {
	count := c.App.Changes()
	return []option{
		{"", T("all lines")},
		{string(state.Improved), T("improved (%d)", count[state.Improved])},
		{string(state.Worsened), T("worsened (%d)", count[state.Worsened])},
		{string(state.Same), T("the same (%d)", count[state.Same])},
	}
}

func orders() []option {
	return []option{
		{string(state.ByTable), T("as in the table")}, {string(state.Best), T("most improved first")},
		{string(state.Worst), T("most worsened first")}, {string(state.ByAfter), T("best answers first")},
	}
}

func (c *Comparison) setMetric(e vugu.DOMEvent) {
	c.App.Review.Metric = e.PropString("target", "value")
}

func (c *Comparison) setRun(e vugu.DOMEvent) {
	if n, err := strconv.Atoi(e.PropString("target", "value")); err == nil {
		c.App.Review.Run = n
	}
}

func (c *Comparison) reviewedRun() int {
	shown := c.App.Shown()
	for _, k := range shown {
		if k.Run == c.App.Review.Run {
			return k.Run
		}
	}
	return shown[len(shown)-1].Run
}

func (c *Comparison) setShow(e vugu.DOMEvent) {
	c.App.Review.Show = state.Change(e.PropString("target", "value"))
}

func (c *Comparison) setSort(e vugu.DOMEvent) {
	c.App.Review.Sort = state.Order(e.PropString("target", "value"))
}

func (c *Comparison) note(key string, e vugu.DOMEvent) {
	c.App.SetNote(key, e.PropString("target", "value"))
}
