package report

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/dongyur/dongyur/core/eval"
	"github.com/dongyur/dongyur/core/metric"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("report").Funcs(template.FuncMap{
	"hue":      func(run int) int { return run % hues },
	"figure":   figure,
	"signed":   func(x float64) string { return fmt.Sprintf("%+.4f", x) },
	"interval": func(i metric.Interval) string { return fmt.Sprintf("%+.4f [%+.4f, %+.4f]", i.Value, i.Low, i.High) },
	"certain":  func(low, high float64) bool { return low > 0 || high < 0 },
	"drift":    driftText,
	"join":     func(seeds []uint64) string { return strings.Trim(fmt.Sprint(seeds), "[]") },
}).Parse(pageText))

// shownLines is how many held-out lines of a run are shown: those that changed most.
const shownLines = 40

// pageRun is a run as the page shows it.
type pageRun struct {
	Summary
	Scores   []scoreRow
	Terms    []string // of the reward, in the order of the group's table
	Settings []setting
	Shown    []shownLine
	Hidden   int // lines that are not
}

// scoreRow is a metric before and after.
type scoreRow struct {
	Name, Signature       string
	Before, After, Change task.Score
}

// setting is one of a run's settings, in JSON.
type setting struct{ Name, Value string }

// shownLine is a held-out line side by side.
type shownLine struct {
	protocol.Compared
	Change        float64
	Before, After []Piece
}

// WriteHTML writes the page.
func (d *Document) WriteHTML(w io.Writer) error {
	plots, err := d.plots()
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	content := struct {
		*Document
		Plots []Plot
		Pages []pageRun
	}{Document: d, Plots: plots}
	for _, s := range d.Runs {
		r, err := s.page()
		if err != nil {
			return fmt.Errorf("report: run %s: %w", s.Name, err)
		}
		content.Pages = append(content.Pages, r)
	}
	if err := page.Execute(w, content); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// page lays a run out.
func (s Summary) page() (pageRun, error) {
	r := pageRun{Summary: s}
	if s.Base != nil && s.After != nil {
		for _, before := range s.Base.Scores {
			row := scoreRow{Name: before.Name, Signature: before.Signature, Before: before}
			row.After, _ = score(s.After.Scores, before.Name)
			row.Change, _ = score(s.After.Change, before.Name)
			r.Scores = append(r.Scores, row)
		}
	}
	if s.Group != nil && len(s.Group.Completions) > 0 {
		r.Terms = slices.Sorted(maps.Keys(s.Group.Completions[0].Terms))
	}
	var err error
	if r.Settings, err = settings(s.Load, s.Train); err != nil {
		return pageRun{}, err
	}
	for _, line := range s.Lines {
		e := line.Example
		r.Shown = append(r.Shown, shownLine{Compared: line, Change: line.Metrics[eval.Similarity+"_after"] - line.Metrics[eval.Similarity+"_before"],
			Before: Pieces(line.Before, e.Reference, e.TargetLang), After: Pieces(line.After, e.Reference, e.TargetLang)})
	}
	// The greatest gains and losses say most; both ends stay.
	slices.SortStableFunc(r.Shown, func(a, b shownLine) int { return cmp.Compare(b.Change, a.Change) })
	if n := len(r.Shown); n > shownLines {
		r.Hidden = n - shownLines
		r.Shown = slices.Delete(r.Shown, shownLines/2, n-shownLines/2)
	}
	return r, nil
}

// settings lists what a run was run with by its JSON names, nested ones joined by
// dots.
func settings(parts ...any) ([]setting, error) {
	var list []setting
	var walk func(prefix string, value any)
	walk = func(prefix string, value any) {
		if fields, ok := value.(map[string]any); ok {
			for _, name := range slices.Sorted(maps.Keys(fields)) {
				walk(strings.TrimPrefix(prefix+"."+name, "."), fields[name])
			}
			return
		}
		list = append(list, setting{prefix, fmt.Sprint(value)})
	}
	for _, part := range parts {
		content, err := json.Marshal(part)
		if err != nil {
			return nil, err
		}
		var fields map[string]any
		if err := json.Unmarshal(content, &fields); err != nil {
			return nil, err
		}
		walk("", fields)
	}
	return list, nil
}

// figure writes a score with the digits that it has a use for: those that run to 100
// have two, the others four.
func figure(s task.Score) string {
	if eval.Fraction(s.Name) || s.Name == "ROUGE-L" {
		return fmt.Sprintf("%.4f", s.Value)
	}
	return fmt.Sprintf("%.2f", s.Value)
}

// driftText is what was forgotten, by language.
func driftText(drift map[string]float64) string {
	var parts []string
	for _, code := range slices.Sorted(maps.Keys(drift)) {
		parts = append(parts, fmt.Sprintf("%s %+.4f", code, drift[code]))
	}
	return strings.Join(parts, ", ")
}
