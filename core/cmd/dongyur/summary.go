package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/dongyur/dongyur/core/eval"
	"github.com/dongyur/dongyur/core/metric"
	"github.com/dongyur/dongyur/core/report"
)

// comparisonFile holds a run's before and after, line by line.
const comparisonFile = "comparison.jsonl"

type summaryCommand struct {
	Runs []string `arg:"" help:"Folders of runs of one method that differ by seed, or of their comparisons (compare --out)." type:"existingdir"`
}

// Help is the command's example.
func (summaryCommand) Help() string {
	return "Example:\n\n  dongyur summary runs/grpo-1 runs/grpo-2 runs/grpo-3"
}

// summary is what several seeds say together. A change's interval is the paired
// bootstrap's over held-out lines, each line's change averaged over the runs.
type summary struct {
	Runs       int             `json:"runs"`
	Lines      int             `json:"lines"`
	Before     float64         `json:"similarity_before"`
	After      float64         `json:"similarity_after"`
	Similarity metric.Interval `json:"similarity_change"`
	ChrFBefore float64         `json:"chrf_before"`
	ChrFAfter  float64         `json:"chrf_after"`
	ChrF       metric.Interval `json:"chrf_change"`
	// Drift is held-out loss at the last step minus at the first, nats a token,
	// averaged over the runs.
	Drift map[string]float64 `json:"drift"`
}

// Run prints one line of a table, or JSON.
func (c *summaryCommand) Run(cli *program) error {
	s := summary{Runs: len(c.Runs), Drift: map[string]float64{}}
	var before, after, chrfBefore, chrfAfter []float64
	for _, dir := range c.Runs {
		run, err := report.Read(dir)
		if errors.Is(err, fs.ErrNotExist) {
			run, err = report.ReadComparison(dir)
		}
		if err != nil {
			return err
		}
		lines := run.Lines
		if before == nil {
			before, after = make([]float64, len(lines)), make([]float64, len(lines))
			chrfBefore, chrfAfter = make([]float64, len(lines)), make([]float64, len(lines))
		}
		if len(lines) != len(before) || len(lines) == 0 {
			return fmt.Errorf("%s has %d held-out lines, the runs before it %d: only runs to their end and on the same lines can be averaged", dir, len(lines), len(before))
		}
		for i, line := range lines {
			m := line.Metrics
			share := 1 / float64(len(c.Runs))
			before[i] += share * m[eval.Similarity+"_before"]
			after[i] += share * m[eval.Similarity+"_after"]
			chrfBefore[i] += share * m[eval.ChrF+"_before"]
			chrfAfter[i] += share * m[eval.ChrF+"_after"]
		}
		for code, drift := range run.Drift() {
			s.Drift[code] += drift / float64(len(c.Runs))
		}
	}
	s.Lines = len(before)
	s.Before, s.After = mean(before), mean(after)
	s.ChrFBefore, s.ChrFAfter = mean(chrfBefore), mean(chrfAfter)
	similarity, err := metric.PairedMeans(before, after, metric.Samples, 1)
	if err != nil {
		return err
	}
	chrf, err := metric.PairedMeans(chrfBefore, chrfAfter, metric.Samples, 1)
	if err != nil {
		return err
	}
	s.Similarity, s.ChrF = similarity.Delta, chrf.Delta
	if cli.JSON {
		printJSON(s)
		return nil
	}
	fmt.Printf("%d runs, %d held-out lines\nsimilarity %.4f → %.4f, change %+.4f [%+.4f, %+.4f]\nmean sentence chrF++ %.2f → %.2f, change %+.2f [%+.2f, %+.2f]\n",
		s.Runs, s.Lines, s.Before, s.After, s.Similarity.Value, s.Similarity.Low, s.Similarity.High,
		s.ChrFBefore, s.ChrFAfter, s.ChrF.Value, s.ChrF.Low, s.ChrF.High)
	if len(s.Drift) > 0 {
		fmt.Printf("held-out loss, nats a token: en %+.4f, zh %+.4f\n", s.Drift["en"], s.Drift["zh"])
	}
	return nil
}

func mean(values []float64) float64 {
	var sum float64
	for _, x := range values {
		sum += x
	}
	return sum / float64(len(values))
}
