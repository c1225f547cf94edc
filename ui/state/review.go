package state

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
)

// Review is what was answered on the held-out lines, run by run, and how a person
// looks at it.
type Review struct {
	Answers []Answers         // oldest first
	Notes   map[string]string // a person's remarks, by LineKey

	Metric string // that is sorted and filtered by; "": the first there is
	Run    int    // number of the run that is; 0: the latest
	Show   Change // "": every line
	Sort   Order
}

// Answers are one run's, with the base model's beside them.
type Answers struct {
	Run    int                 `json:"run"`
	Method string              `json:"method,omitempty"`
	Step   int                 `json:"step"`
	Lines  []protocol.Compared `json:"lines"`
	Scores []protocol.Scores   `json:"scores"`
}

// maxAnswers are kept; as with curves, more could not be told apart.
const maxAnswers = maxRuns

// Change says what became of a line.
type Change string

// The changes of a line by a metric.
const (
	Improved Change = "improved"
	Worsened Change = "worsened"
	Same     Change = "same"
)

// Order of the lines.
type Order string

// The orders.
const (
	ByTable Order = "" // as they stand in the table
	Best    Order = "best"
	Worst   Order = "worst"
	ByAfter Order = "after" // the best answers first
)

// LineKey names a line by its texts, so that a remark stays with it whatever becomes
// of the table's rows.
func LineKey(e task.Example) string {
	return e.TargetLang + "\t" + e.Source + "\t" + e.Reference
}

// keepAnswers keeps a finished comparison; a run's later one takes its place.
func (a *App) keepAnswers() {
	c := &a.Comparison
	if len(c.Lines) == 0 {
		return
	}
	kept := c.Answers
	v := &a.Review
	v.Answers = slices.DeleteFunc(v.Answers, func(old Answers) bool { return old.Run == kept.Run })
	v.Answers = append(v.Answers, kept)
	if len(v.Answers) > maxAnswers {
		v.Answers = v.Answers[1:]
	}
}

// Shown are the answers to show: those kept, and one under way.
func (a *App) Shown() []Answers {
	list := a.Review.Answers
	if a.Comparison.Status == InProgress && len(a.Comparison.Lines) > 0 {
		list = append(slices.Clone(list), Answers{Run: -1, Step: a.Comparison.Step, Lines: a.Comparison.Lines})
	}
	return list
}

// ForgetAnswers takes a run's answers away.
func (a *App) ForgetAnswers(run int) {
	a.Review.Answers = slices.DeleteFunc(a.Review.Answers, func(k Answers) bool { return k.Run == run })
}

// Line is one held-out line with each run's answer; nil where a run has none.
type Line struct {
	task.Example
	Before  string
	Metrics map[string]float64 // of Before
	After   []*protocol.Compared
}

// Key is the line's LineKey.
func (l Line) Key() string { return LineKey(l.Example) }

// Lines joins the answers of all runs, sorted and filtered as the person asked.
func (a *App) Lines() []Line {
	var lines []Line
	place := map[string]int{}
	shown := a.Shown()
	for run, answers := range shown {
		for i := range answers.Lines {
			c := &answers.Lines[i]
			key := LineKey(c.Example)
			at, known := place[key]
			if !known {
				at = len(lines)
				place[key] = at
				lines = append(lines, Line{Example: c.Example, Before: c.Before, Metrics: sideMetrics(c, "before"), After: make([]*protocol.Compared, len(shown))})
			}
			lines[at].After[run] = c
		}
	}
	metric, run := a.Metric(), a.reviewed(shown)
	if a.Review.Show != "" {
		lines = slices.DeleteFunc(lines, func(l Line) bool { return l.change(run, metric) != a.Review.Show })
	}
	by := func(value func(Line) float64) {
		slices.SortStableFunc(lines, func(x, y Line) int { return cmp.Compare(value(y), value(x)) })
	}
	switch a.Review.Sort {
	case Best:
		by(func(l Line) float64 { return l.gain(run, metric) })
	case Worst:
		by(func(l Line) float64 { return -l.gain(run, metric) })
	case ByAfter:
		by(func(l Line) float64 { return l.after(run, metric) })
	}
	return lines
}

// Metric is the one that lines are sorted by.
func (a *App) Metric() string {
	if names := a.Metrics(); !slices.Contains(names, a.Review.Metric) && len(names) > 0 {
		return names[0]
	}
	return a.Review.Metric
}

// Metrics are the names of what was measured on each line.
func (a *App) Metrics() []string {
	var names []string
	for _, answers := range a.Shown() {
		for i := range answers.Lines {
			for name := range answers.Lines[i].Metrics {
				if base, ok := strings.CutSuffix(name, "_after"); ok && !slices.Contains(names, base) {
					names = append(names, base)
				}
			}
		}
	}
	slices.Sort(names)
	return names
}

// reviewed is the place of the run that lines are sorted by.
func (a *App) reviewed(shown []Answers) int {
	if i := slices.IndexFunc(shown, func(k Answers) bool { return k.Run == a.Review.Run }); i >= 0 && a.Review.Run != 0 {
		return i
	}
	return len(shown) - 1
}

func sideMetrics(c *protocol.Compared, side string) map[string]float64 {
	metrics := map[string]float64{}
	for name, v := range c.Metrics {
		if base, ok := strings.CutSuffix(name, "_"+side); ok {
			metrics[base] = v
		}
	}
	return metrics
}

// after is a metric of a run's answer; NaN, which sorts last, where there is none.
func (l Line) after(run int, metric string) float64 {
	if run < 0 || l.After[run] == nil {
		return math.NaN()
	}
	if v, ok := l.After[run].Metrics[metric+"_after"]; ok {
		return v
	}
	return math.NaN()
}

// gain is after minus before by a metric.
func (l Line) gain(run int, metric string) float64 {
	before := math.NaN()
	if run >= 0 && l.After[run] != nil {
		if v, ok := l.After[run].Metrics[metric+"_before"]; ok {
			before = v
		}
	}
	return l.after(run, metric) - before
}

// change is what became of a line, as far as two decimals show it; "" if that is not
// known.
func (l Line) change(run int, metric string) Change {
	switch gain := math.Round(100 * l.gain(run, metric)); {
	case math.IsNaN(gain):
		return ""
	case gain > 0:
		return Improved
	case gain < 0:
		return Worsened
	}
	return Same
}

// Changes counts the lines by what became of them.
func (a *App) Changes() map[Change]int {
	show := a.Review.Show
	a.Review.Show = ""
	defer func() { a.Review.Show = show }()
	count := map[Change]int{}
	run := a.reviewed(a.Shown())
	for _, l := range a.Lines() {
		count[l.change(run, a.Metric())]++
	}
	return count
}

// SetNote keeps a remark on a line; an empty one takes it away.
func (a *App) SetNote(key, text string) {
	if strings.TrimSpace(text) == "" {
		delete(a.Review.Notes, key)
		return
	}
	if a.Review.Notes == nil {
		a.Review.Notes = map[string]string{}
	}
	a.Review.Notes[key] = text
}

// ExportLines writes the lines as they are shown, "tsv" or "jsonl", with each run's
// answer, its metrics and the remarks. JSON Lines hold the texts as they are; in TSV a
// text with a tab, a line break or a quote stands in quotes, as spreadsheets do it.
func (a *App) ExportLines(format string) protocol.File {
	var b strings.Builder
	shown, metrics := a.Shown(), a.Metrics()
	header := []string{"id", "source", "reference", "before"}
	for _, m := range metrics {
		header = append(header, "before_"+m)
	}
	for _, k := range shown {
		name := "run_" + strconv.Itoa(k.Run) + "_" + k.Method + "_step_" + strconv.Itoa(k.Step)
		header = append(header, name)
		for _, m := range metrics {
			header = append(header, name+"_"+m)
		}
	}
	header = append(header, "note")
	if format == "tsv" {
		b.WriteString(tsvLine(header))
	}
	for _, l := range a.Lines() {
		values := []any{l.ID, l.Source, l.Reference, l.Before}
		for _, m := range metrics {
			values = append(values, orNil(l.Metrics, m))
		}
		for _, after := range l.After {
			if after == nil {
				values = append(values, make([]any, 1+len(metrics))...)
				continue
			}
			values = append(values, after.After)
			for _, m := range metrics {
				values = append(values, orNil(after.Metrics, m+"_after"))
			}
		}
		values = append(values, a.Review.Notes[l.Key()])
		writeLine(&b, format, header, values)
	}
	return protocol.File{Name: "before-after." + format, Data: []byte(b.String())}
}

func orNil(metrics map[string]float64, name string) any {
	if v, ok := metrics[name]; ok {
		return v
	}
	return nil
}

func writeLine(b *strings.Builder, format string, names []string, values []any) {
	if format == "tsv" {
		cells := make([]string, len(values))
		for i, v := range values {
			switch v := v.(type) {
			case string:
				cells[i] = v
			case float64:
				cells[i] = strconv.FormatFloat(v, 'g', -1, 64)
			}
		}
		b.WriteString(tsvLine(cells))
		return
	}
	for i, v := range values {
		value, err := json.Marshal(v)
		if err != nil { // a number that JSON does not have
			value = json.RawMessage("null")
		}
		name, _ := json.Marshal(names[i])
		b.WriteString([]string{"{", ", "}[min(i, 1)] + string(name) + ": " + string(value))
	}
	b.WriteString("}\n")
}

func tsvLine(cells []string) string {
	for i, c := range cells {
		if strings.ContainsAny(c, "\t\n\r\"") {
			cells[i] = `"` + strings.ReplaceAll(c, `"`, `""`) + `"`
		}
	}
	return strings.Join(cells, "\t") + "\n"
}
