package reproduce

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/dongyur/dongyur/core/metric"
	"github.com/dongyur/dongyur/core/report"
)

// Result is a table with our figures.
type Result struct {
	Table   string   `json:"table"`
	Paper   string   `json:"paper"`
	Asks    string   `json:"asks"`
	Model   string   `json:"model"`
	Scale   Scale    `json:"scale"`
	Seeds   []uint64 `json:"seeds"`
	Lines   int      `json:"lines"`
	Columns []Column `json:"columns"`
	Rows    []Row    `json:"rows"`
	Claims  []Tested `json:"claims"`
	Notes   []string `json:"notes,omitempty"`
}

// Column of a Result.
type Column struct {
	Name      string `json:"name"`
	Label     string `json:"label"`
	Signature string `json:"signature"`
	format    string
}

// Row is one cell over all seeds.
type Row struct {
	Name    string                     `json:"name"`
	Label   string                     `json:"label"`
	Figures map[string]metric.Interval `json:"figures"` // by column
	Paper   map[string]string          `json:"paper,omitempty"`
}

// Verdict on a claim.
type Verdict string

// The verdicts. A difference whose interval has 0 in it decides nothing.
const (
	Holds     Verdict = "holds"
	Fails     Verdict = "does not hold"
	Undecided Verdict = "undecided"
)

// Tested is a claim with the difference that we find, More less Less.
type Tested struct {
	Says       string          `json:"says"`
	Column     string          `json:"column"`
	Paper      string          `json:"paper,omitempty"`
	Difference metric.Interval `json:"difference"`
	Verdict    Verdict         `json:"verdict"`
}

// errNotMeasured says that a column's figure was not taken.
var errNotMeasured = errors.New("not measured")

// Run is a cell with one seed.
type Run struct {
	*report.Run
	Counts map[string]Counts // by column, of what is not measured line by line
}

// items is how many lines, or else facts, a run was measured on.
func (r *Run) items() int {
	items := len(r.Lines)
	for _, counts := range r.Counts {
		items = max(items, len(counts.After))
	}
	return items
}

// Counts of a column before and after training, one row an item: how many were right
// (or what their figures add up to), and of how many.
type Counts struct {
	Base  [][]float64 `json:"base"`
	After [][]float64 `json:"after"`
}

// sample is a column of a cell: counts by seed and item.
type sample [][][]float64

// Measure puts a table's runs together: runs holds, by cell, one run a seed, in the
// order of seeds, all on the same held-out lines. Intervals are of a bootstrap that
// draws seeds and lines, the same for every cell.
func Measure(t *Table, scale Scale, seeds []uint64, runs map[string][]*Run) (*Result, error) {
	if err := check(t, seeds, runs); err != nil {
		return nil, fmt.Errorf("table %s: %w", t.Name, err)
	}
	first := runs[t.Cells[0].Name][0]
	r := &Result{Table: t.Name, Paper: t.Paper, Asks: t.Asks, Model: first.Load.Model, Scale: scale, Seeds: seeds, Lines: first.items()}
	r.Rows = append(r.Rows, Row{Name: Base, Label: "base", Figures: map[string]metric.Interval{}})
	for _, cell := range t.Cells {
		r.Rows = append(r.Rows, Row{Name: cell.Name, Label: cell.Label, Paper: cell.Paper, Figures: map[string]metric.Interval{}})
	}
	found := map[string]metric.Interval{} // of claims
	for _, name := range t.Columns {
		c, err := columnNamed(name, scale.To, first.Load.Judge, runs)
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", t.Name, err)
		}
		samples, err := c.samples(t, runs)
		if errors.Is(err, errNotMeasured) {
			r.Notes = append(r.Notes, c.label+" was not measured: its texts are not here")
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("table %s: %s: %w", t.Name, name, err)
		}
		r.Columns = append(r.Columns, Column{c.name, c.label, c.signature, c.format})
		for i := range r.Rows {
			r.Rows[i].Figures[name] = bootstrap(c.score, samples[r.Rows[i].Name])
		}
		for _, claim := range t.Claims {
			if claim.Column == name {
				found[claim.Says] = bootstrap(c.score, samples[claim.More], samples[claim.Less])
			}
		}
	}
	for _, claim := range t.Claims {
		if difference, ok := found[claim.Says]; ok {
			r.Claims = append(r.Claims, tested(claim, difference))
		}
	}
	return r, nil
}

// check tells what is missing.
func check(t *Table, seeds []uint64, runs map[string][]*Run) error {
	if len(seeds) == 0 || len(t.Cells) == 0 {
		return fmt.Errorf("it has %d cells and %d seeds; give one or more of each", len(t.Cells), len(seeds))
	}
	var first *Run
	for _, cell := range t.Cells {
		if len(runs[cell.Name]) != len(seeds) {
			return fmt.Errorf("cell %s has %d runs for %d seeds", cell.Name, len(runs[cell.Name]), len(seeds))
		}
		for _, run := range runs[cell.Name] {
			if first == nil {
				first = run
			}
			if len(run.Lines)+len(run.Counts) == 0 || !sameLines(first, run) {
				return fmt.Errorf("run %s was measured on other lines than %s, or on none: remove its folder and run it again", run.Name, first.Name)
			}
		}
	}
	return nil
}

// samples gathers a column's counts by cell.
func (c column) samples(t *Table, runs map[string][]*Run) (map[string]sample, error) {
	samples := map[string]sample{}
	for _, cell := range t.Cells {
		for _, run := range runs[cell.Name] {
			rows, err := c.counts(run, false)
			if err != nil {
				return nil, err
			}
			samples[cell.Name] = append(samples[cell.Name], rows)
		}
	}
	for _, run := range runs[t.Cells[0].Name] {
		rows, err := c.counts(run, true)
		if err != nil {
			return nil, err
		}
		samples[Base] = append(samples[Base], rows)
	}
	return samples, nil
}

// tested gives the verdict. One run alone has an interval of no width where its
// figure is not taken line by line: that decides nothing either.
func tested(claim Claim, difference metric.Interval) Tested {
	verdict := Undecided
	switch {
	case difference.Low == difference.High:
	case difference.Low > 0:
		verdict = Holds
	case difference.High < 0:
		verdict = Fails
	}
	return Tested{claim.Says, claim.Column, claim.Paper, difference, verdict}
}

// bootstrapSeed makes intervals the same on every run.
const bootstrapSeed = 20

// bootstrap gives a column's mean over seeds with its 95 % interval, less that of
// another cell where one is given. Each sample draws as many seeds and as many lines
// as there are, with replacement, and both cells get the same ones.
func bootstrap(score func([]float64) float64, of sample, less ...sample) metric.Interval {
	seeds, items := every(len(of)), every(len(of[0]))
	value := func() float64 {
		x := mean(score, of, seeds, items)
		for _, other := range less {
			x -= mean(score, other, seeds, items)
		}
		return x
	}
	interval := metric.Interval{Value: value()}
	random := rand.New(rand.NewPCG(bootstrapSeed, 0))
	drawn := make([]float64, metric.Samples)
	for i := range drawn {
		for _, list := range [][]int{seeds, items} {
			for j := range list {
				list[j] = random.IntN(len(list))
			}
		}
		drawn[i] = value()
	}
	slices.Sort(drawn)
	cut := len(drawn) / 40
	interval.Low, interval.High = drawn[cut], drawn[len(drawn)-1-cut]
	return interval
}

func every(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// mean is the score of the chosen items, averaged over the chosen seeds.
func mean(score func([]float64) float64, of sample, seeds, items []int) float64 {
	var total float64
	sum := make([]float64, len(of[0][0]))
	for _, seed := range seeds {
		clear(sum)
		for _, item := range items {
			for k, x := range of[seed][item] {
				sum[k] += x
			}
		}
		total += score(sum)
	}
	return total / float64(len(seeds))
}
