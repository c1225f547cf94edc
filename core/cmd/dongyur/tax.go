package main

import (
	"fmt"
	"slices"

	"github.com/dongyur/dongyur/core/eval"
	"github.com/dongyur/dongyur/core/metric"
	"github.com/dongyur/dongyur/core/report"
)

type taxCommand struct {
	Runs  []string `arg:"" help:"Folders of runs, of several methods and seeds." type:"existingdir"`
	Score string   `help:"Score that measures the gain: similarity, chrF2++, BLEU or ROUGE-L." default:"similarity"`
}

// Help is the command's example.
func (taxCommand) Help() string {
	return "Example:\n\n  dongyur tax runs/sft-1 runs/sft-2 runs/grpo-1 runs/grpo-2\n\n" +
		"Compares what runs forgot after equally many steps, and where they had gained equally much: along the curves that dongyur train --tax-scores logs."
}

// taxRow is one method's figures, over its seeds.
type taxRow struct {
	Method string                     `json:"method"`
	Runs   int                        `json:"runs"`
	At     string                     `json:"at"` // "steps" or "gain"
	Step   metric.Interval            `json:"step"`
	Gain   metric.Interval            `json:"gain"`
	Drift  map[string]metric.Interval `json:"drift"`     // mean drift by language
	P90    map[string]metric.Interval `json:"drift_p90"` // 90th percentile
}

// Run prints drift by method at equal steps and at equal gain.
func (c *taxCommand) Run(cli *program) error {
	var curves []eval.Curve
	var methods []string
	for _, dir := range c.Runs {
		run, err := report.Read(dir)
		if err != nil {
			return err
		}
		curve, err := eval.ReadCurve(run.Measured(), c.Score)
		if err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
		curves, methods = append(curves, curve), append(methods, run.Train.Method)
	}
	compared, err := eval.CompareCurves(curves)
	if err != nil {
		return err
	}
	rows := append(taxRows("steps", methods, compared.AtStep), taxRows("gain", methods, compared.AtGain)...)
	if cli.JSON {
		printJSON(map[string]any{"score": c.Score, "step": compared.Step, "gain": compared.Gain, "rows": rows})
		return nil
	}
	fmt.Printf("held-out loss moved, nats a token: mean over runs [95 %% interval over runs], 90th percentile of pieces\n")
	for _, r := range rows {
		where := fmt.Sprintf("after %g steps", compared.Step)
		if r.At == "gain" {
			where = fmt.Sprintf("at %s %+.4f", c.Score, compared.Gain)
		}
		fmt.Printf("  %-14s %d runs  %-26s step %6.1f  gain %+.4f", r.Method, r.Runs, where, r.Step.Value, r.Gain.Value)
		for _, code := range []string{"en", "zh"} {
			fmt.Printf("  %s %+.4f [%+.4f, %+.4f], p90 %+.4f", code, r.Drift[code].Value, r.Drift[code].Low, r.Drift[code].High, r.P90[code].Value)
		}
		fmt.Println()
	}
	if compared.Gain <= 0 {
		fmt.Println("  a run never rises above where it began, so equal gain is none: it compares the beginnings")
	}
	return nil
}

// taxRows averages points method by method, in the order of first use.
func taxRows(at string, methods []string, points []eval.Point) []taxRow {
	var rows []taxRow
	for i, method := range methods {
		if slices.Contains(methods[:i], method) {
			continue
		}
		var mine []eval.Point
		for j, p := range points {
			if methods[j] == method {
				mine = append(mine, p)
			}
		}
		over := func(value func(p eval.Point) float64) metric.Interval {
			values := make([]float64, len(mine))
			for j, p := range mine {
				values[j] = value(p)
			}
			return metric.MeanInterval(values, metric.Samples, 1)
		}
		row := taxRow{Method: method, Runs: len(mine), At: at, Drift: map[string]metric.Interval{}, P90: map[string]metric.Interval{},
			Step: over(func(p eval.Point) float64 { return p.Step }), Gain: over(func(p eval.Point) float64 { return p.Gain })}
		for code := range mine[0].Drift {
			row.Drift[code] = over(func(p eval.Point) float64 { return p.Drift[code].Mean })
			row.P90[code] = over(func(p eval.Point) float64 { return p.Drift[code].P90 })
		}
		rows = append(rows, row)
	}
	return rows
}
