package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"github.com/dongyur/dongyur/core/task"
)

// WriteCSV writes every figure on a line of its own: run, method, seed, what it is of
// (base, adapter, change, step, tax, curve), the step, name, value, the ends of its
// 95 % interval where it has one, and its signature.
func (d *Document) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"run", "method", "seed", "of", "step", "name", "value", "low", "high", "signature"}}
	for _, s := range d.Runs {
		row := func(of string, step int, name string, rest ...string) {
			rows = append(rows, append([]string{s.Name, s.Train.Method, fmt.Sprint(s.Train.Seed), of, strconv.Itoa(step), name}, append(rest, "", "", "", "")[:4]...))
		}
		scores := func(of string, step int, list []task.Score) {
			for _, x := range list {
				row(of, step, x.Name, number(x.Value), number(x.Low), number(x.High), x.Signature)
			}
		}
		if s.Base != nil && s.After != nil {
			scores("base", 0, s.Base.Scores)
			scores("adapter", s.Step, s.After.Scores)
			scores("change", s.Step, s.After.Change)
		}
		for _, step := range s.Steps {
			for _, curve := range stepCurves {
				row("step", step.Step, curve.name, number(curve.value(step)))
			}
			for _, name := range slices.Sorted(maps.Keys(step.Terms)) {
				row("step", step.Step, "reward "+name, number(step.Terms[name]))
			}
			for _, name := range slices.Sorted(maps.Keys(step.Figures)) {
				row("step", step.Step, name, number(step.Figures[name]))
			}
		}
		for _, tax := range s.Tax {
			for _, code := range slices.Sorted(maps.Keys(tax.NLL)) {
				row("tax", tax.Step, "held-out loss "+code, number(tax.NLL[code]))
			}
		}
		for _, curve := range s.Curve {
			scores("curve", curve.Step, curve.Scores)
		}
	}
	if err := out.WriteAll(rows); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

func number(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
