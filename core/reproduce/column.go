package reproduce

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dongyur/dongyur/core/eval"
	"github.com/dongyur/dongyur/core/language"
	"github.com/dongyur/dongyur/core/metric"
)

// column is one thing that is measured of a run.
type column struct {
	name, label string
	format      string // of a figure
	// counts gives a row of counts for each item that can be drawn anew (a held-out
	// line, or the run as a whole), whose sum score turns into the figure. base asks
	// for the model before training.
	counts func(run *Run, base bool) ([][]float64, error)
	score  func(sum []float64) float64
	// signature says how the figure is made.
	signature string
}

// columnNamed finds a column; to is the language of the answers and judge the
// encoder that measured, for the signature.
func columnNamed(name, to, judge string, runs map[string][]*Run) (column, error) {
	surface := metric.ForLanguage(to)
	switch name {
	case "similarity":
		return meanOf(column{name: name, label: "similarity", format: "%.4f", signature: "mean cosine|judge:" + judge}, similarityOf), nil
	case "chrf":
		return surfaceColumn(name, surface[0], "%.2f"), nil
	case "bleu":
		return surfaceColumn(name, surface[1], "%.2f"), nil
	case "rouge":
		return surfaceColumn(name, surface[2], "%.4f"), nil
	case "language":
		return meanOf(column{name: name, label: "in " + to, format: "%.3f", signature: "share of letters in the script|lang:" + to},
			func(run *Run, i int, base bool) (float64, error) {
				return language.Share(answer(run, i, base), to), nil
			}), nil
	}
	if label, ok := counted[name]; ok {
		return countedColumn(name, label), nil
	}
	if code, ok := strings.CutPrefix(name, "forgot-"); ok {
		return forgotten(name, code), nil
	}
	if code, ok := strings.CutPrefix(name, "at-gain-"); ok {
		return atGain(name, code, runs)
	}
	return column{}, fmt.Errorf("there is no column %q", name)
}

// answer is what the model wrote for a line.
func answer(run *Run, i int, base bool) string {
	if base {
		return run.Lines[i].Before
	}
	return run.Lines[i].After
}

// meanOf makes a column of the mean of a figure over lines.
func meanOf(c column, figure func(run *Run, i int, base bool) (float64, error)) column {
	c.score = func(sum []float64) float64 { return sum[0] / sum[1] }
	c.counts = func(run *Run, base bool) ([][]float64, error) {
		rows := make([][]float64, len(run.Lines))
		for i := range rows {
			x, err := figure(run, i, base)
			if err != nil {
				return nil, err
			}
			rows[i] = []float64{x, 1}
		}
		return rows, nil
	}
	return c
}

func similarityOf(run *Run, i int, base bool) (float64, error) {
	key := eval.Similarity + "_after"
	if base {
		key = eval.Similarity + "_before"
	}
	x, ok := run.Lines[i].Metrics[key]
	if !ok {
		return 0, fmt.Errorf("run %s: line %q has no %s", run.Name, run.Lines[i].Example.ID, key)
	}
	return x, nil
}

// surfaceColumn is a metric of the corpus.
func surfaceColumn(name string, m metric.Metric, format string) column {
	return column{name: name, label: m.Name(), format: format, score: m.Score, signature: m.Signature(),
		counts: func(run *Run, base bool) ([][]float64, error) {
			hyp, ref := make([]string, len(run.Lines)), make([]string, len(run.Lines))
			for i := range run.Lines {
				hyp[i], ref[i] = answer(run, i, base), run.Lines[i].Example.Reference
			}
			return metric.Rows(m, hyp, ref)
		}}
}

// counted are the columns of Run.Counts.
var counted = map[string]string{
	"accuracy":    "accuracy",
	"consistency": "right in all languages",
	"rankc":       "RankC",
	"unseen":      "accuracy, unseen languages",
}

// countedColumn is a share of what was counted.
func countedColumn(name, label string) column {
	return column{name: name, label: label, format: "%.4f", signature: "ranked by mean log-probability|choices:4|" + name,
		score: func(sum []float64) float64 {
			if sum[1] == 0 {
				return 0 // a draw may have none of the items that count
			}
			return sum[0] / sum[1]
		},
		counts: func(run *Run, base bool) ([][]float64, error) {
			counts, ok := run.Counts[name]
			if !ok {
				return nil, errNotMeasured
			}
			if base {
				return counts.Base, nil
			}
			return counts.After, nil
		}}
}

// forgotten is the rise of the held-out loss of a language. It is one figure a run.
func forgotten(name, code string) column {
	return column{name: name, label: "forgotten: " + code, format: "%+.4f", signature: "rise of held-out loss|nats a token|lang:" + code,
		score: func(sum []float64) float64 { return sum[0] },
		counts: func(run *Run, base bool) ([][]float64, error) {
			drift, ok := run.Drift()[code]
			if !ok {
				return nil, errNotMeasured
			}
			if base {
				drift = 0
			}
			return [][]float64{{drift}}, nil
		}}
}

// atGain is the rise of the held-out loss where a run first gains as much as the run
// that gains least in similarity: what equal gain has cost.
func atGain(name, code string, runs map[string][]*Run) (column, error) {
	c := column{name: name, label: "at equal gain: " + code, format: "%+.4f", signature: "rise of held-out loss where similarity has gained as much|nats a token|lang:" + code,
		score: func(sum []float64) float64 { return sum[0] }}
	var curves []eval.Curve
	place := map[*Run]int{}
	for _, list := range runs {
		for _, run := range list {
			curve, err := eval.ReadCurve(run.Measured(), eval.Similarity)
			if err != nil {
				c.counts = func(*Run, bool) ([][]float64, error) { return nil, errNotMeasured }
				return c, nil
			}
			place[run] = len(curves)
			curves = append(curves, curve)
		}
	}
	compared, err := eval.CompareCurves(curves)
	if err != nil {
		return column{}, err
	}
	c.signature += fmt.Sprintf("|gain:%.4f", compared.Gain)
	c.counts = func(run *Run, base bool) ([][]float64, error) {
		if base {
			return [][]float64{{0}}, nil
		}
		return [][]float64{{compared.AtGain[place[run]].Drift[code].Mean}}, nil
	}
	return c, nil
}

// sameLines tells whether two runs were measured on the same lines.
func sameLines(a, b *Run) bool {
	id := func(r *Run) []string {
		ids := make([]string, len(r.Lines))
		for i, line := range r.Lines {
			ids[i] = line.Example.ID
		}
		return ids
	}
	return slices.Equal(id(a), id(b))
}
