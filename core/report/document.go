package report

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/dongyur/dongyur/core/eval"
	"github.com/dongyur/dongyur/core/metric"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
)

// Document is what a report says, in the order in which it says it.
type Document struct {
	Methods []Method  `json:"methods"`
	Runs    []Summary `json:"runs"`
}

// Method is the runs of one method with one set of settings but for the seed, that
// were measured on the same lines.
type Method struct {
	Name  string   `json:"method"`
	Runs  []string `json:"runs"`
	Seeds []uint64 `json:"seeds"`
	Lines int      `json:"lines"`
	// Similarity and ChrF are the change of a line's figure, averaged over the seeds,
	// with the paired bootstrap's 95 % interval over lines.
	Similarity metric.Interval    `json:"similarity_change"`
	ChrF       metric.Interval    `json:"chrf_change"`
	Drift      map[string]float64 `json:"drift"` // nats a token, mean over the seeds
}

// Summary is one run.
type Summary struct {
	Name     string              `json:"name"`
	Load     protocol.Load       `json:"load"`
	Train    protocol.Train      `json:"train"`
	Examples int                 `json:"examples"` // trained on
	HeldOut  int                 `json:"held_out"`
	Step     int                 `json:"step"`
	Base     *protocol.Scores    `json:"base,omitempty"`
	After    *protocol.Scores    `json:"after,omitempty"`
	Drift    map[string]float64  `json:"drift,omitempty"`
	Steps    []protocol.Step     `json:"steps"`
	Tax      []protocol.Tax      `json:"tax,omitempty"`
	Curve    []protocol.Scores   `json:"curve,omitempty"`
	Lines    []protocol.Compared `json:"lines,omitempty"`
	Group    *protocol.Group     `json:"group,omitempty"` // the first of the last step
}

// New puts runs together.
func New(runs []*Run) (*Document, error) {
	if len(runs) == 0 {
		return nil, fmt.Errorf("report: no runs; name the folders of some")
	}
	d := &Document{}
	names := map[string]int{}
	for _, r := range runs {
		s := Summary{Name: r.Name, Load: r.Load, Train: r.Train, Examples: len(r.Examples.Train), HeldOut: len(r.Examples.HeldOut), Step: r.Step,
			Base: r.Base, After: r.After, Drift: r.Drift(), Steps: r.Steps, Tax: r.Tax, Curve: r.Curve, Lines: r.Lines}
		// Two folders may have one name.
		if names[r.Name]++; names[r.Name] > 1 {
			s.Name = fmt.Sprintf("%s (%d)", r.Name, names[r.Name])
		}
		for i := range r.Groups {
			if r.Groups[i].Step == r.Groups[len(r.Groups)-1].Step {
				s.Group = &r.Groups[i]
				break
			}
		}
		d.Runs = append(d.Runs, s)
	}
	return d, d.average()
}

// average fills Methods.
func (d *Document) average() error {
	var order []string
	groups := map[string][]Summary{}
	for _, s := range d.Runs {
		if len(s.Lines) == 0 {
			continue
		}
		settings := s.Train
		settings.Seed, settings.Dir = 0, ""
		key := fmt.Sprintf("%+v %s %d examples, %d lines from %s to %s", settings, s.Load.Model, s.Examples,
			len(s.Lines), s.Lines[0].Example.ID, s.Lines[len(s.Lines)-1].Example.ID)
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], s)
	}
	for _, key := range order {
		list := groups[key]
		m := Method{Name: list[0].Train.Method, Lines: len(list[0].Lines), Drift: map[string]float64{}}
		for _, s := range list {
			m.Seeds, m.Runs = append(m.Seeds, s.Train.Seed), append(m.Runs, s.Name)
			for code, drift := range s.Drift {
				m.Drift[code] += drift / float64(len(list))
			}
		}
		for name, to := range map[string]*metric.Interval{eval.Similarity: &m.Similarity, eval.ChrF: &m.ChrF} {
			before, after := lineMeans(list, name+"_before"), lineMeans(list, name+"_after")
			paired, err := metric.PairedMeans(before, after, metric.Samples, 1)
			if err != nil {
				return fmt.Errorf("report: %w", err)
			}
			*to = paired.Delta
		}
		d.Methods = append(d.Methods, m)
	}
	return nil
}

// lineMeans is a figure of each line, averaged over runs.
func lineMeans(list []Summary, name string) []float64 {
	means := make([]float64, len(list[0].Lines))
	for _, s := range list {
		for i, line := range s.Lines {
			means[i] += line.Metrics[name] / float64(len(list))
		}
	}
	return means
}

// WriteJSON writes all of it.
func (d *Document) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", " ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(d)
}

// score finds a score by its name.
func score(scores []task.Score, name string) (task.Score, bool) {
	i := slices.IndexFunc(scores, func(s task.Score) bool { return s.Name == name })
	if i < 0 {
		return task.Score{}, false
	}
	return scores[i], true
}
