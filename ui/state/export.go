package state

import (
	"slices"
	"strconv"
	"strings"
)

// CurvesTable is every value of every run as CSV (RFC 4180): one line a step of a
// run, an empty field where nothing was measured.
func (a *App) CurvesTable() string {
	columns := []string{"run", "method", "changed", "seed", "step"}
	for _, m := range charts {
		columns = append(columns, m.Key)
	}
	var parts []string
	for _, r := range a.Runs {
		names, _ := r.Parts()
		for _, name := range names {
			if !slices.Contains(parts, name) {
				parts = append(parts, name)
			}
		}
	}
	slices.Sort(parts)
	var b strings.Builder
	line := func(fields []string) {
		for i, f := range fields {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(quoted(f))
		}
		b.WriteString("\r\n")
	}
	line(append(columns[:len(columns):len(columns)], parts...))
	for _, r := range a.Runs {
		for _, row := range r.table(parts) {
			line(row)
		}
	}
	return b.String()
}

// table is one run's lines, by step.
func (r *Run) table(parts []string) [][]string {
	var series [][]Point
	for _, m := range charts {
		series = append(series, m.Of(r))
	}
	known, of := r.Parts()
	for _, name := range parts {
		var points []Point
		if slices.Contains(known, name) {
			points = of(name)
		}
		series = append(series, points)
	}
	at := map[int][]string{}
	var steps []int
	for i, points := range series {
		for _, p := range points {
			if at[p.Step] == nil {
				at[p.Step] = make([]string, len(series))
				steps = append(steps, p.Step)
			}
			at[p.Step][i] = strconv.FormatFloat(p.Value, 'g', -1, 64)
		}
	}
	slices.Sort(steps)
	var rows [][]string
	for _, step := range steps {
		row := []string{strconv.Itoa(r.Number), r.Config.Method, r.Changed, strconv.FormatUint(r.Config.Seed, 10), strconv.Itoa(step)}
		rows = append(rows, append(row, at[step]...))
	}
	return rows
}

// quoted is a field of CSV.
func quoted(s string) string {
	if strings.ContainsAny(s, ",\"\r\n") {
		return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
	}
	return s
}
