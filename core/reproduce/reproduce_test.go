package reproduce

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/report"
	"github.com/dongyur/dongyur/core/task"
)

// Every table can be run: its methods are known, its columns and the cells of its
// claims exist, at both scales, and some claim is left in the quick one.
func TestTablesAreWhole(t *testing.T) {
	for _, table := range Tables() {
		for _, quick := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s quick=%v", table.Name, quick), func(t *testing.T) {
				scaled, scale := table.Scaled(quick)
				cells := map[string]bool{Base: true}
				for _, cell := range scaled.Cells {
					if cells[cell.Name] {
						t.Errorf("cell %s stands there twice", cell.Name)
					}
					cells[cell.Name] = true
					train, err := scale.Train(cell, 7)
					if err != nil {
						t.Error(err)
					}
					if train.Seed != 7 || train.Steps < 1 || train.Prompts < 1 || train.Warmup < 1 || train.TaxEvery < 1 {
						t.Errorf("cell %s: %+v", cell.Name, train)
					}
				}
				columns := map[string]bool{}
				for _, name := range scaled.Columns {
					columns[name] = true
					if _, err := columnNamed(name, "bo", "judge", nil); err != nil && !strings.HasPrefix(name, "at-gain-") {
						t.Error(err)
					}
				}
				said := map[string]bool{}
				for _, claim := range scaled.Claims {
					if !cells[claim.More] || !cells[claim.Less] || !columns[claim.Column] || said[claim.Says] {
						t.Errorf("claim %+v: a cell or the column is missing, or it is said twice", claim)
					}
					said[claim.Says] = true
				}
				if len(scaled.Claims) == 0 {
					t.Error("no claims")
				}
			})
		}
	}
	if _, err := Named("nothing"); err == nil || !strings.Contains(err.Error(), "fewshot") {
		t.Errorf("an unknown table: %v", err)
	}
}

// runs of two cells with three seeds: similarity rises by gain on every line, and
// the loss of zh by drift.
func runs(gain, drift map[string]float64, lines int) map[string][]*Run {
	out := map[string][]*Run{}
	for cell, up := range gain {
		for seed := range 3 {
			run := &report.Run{Name: fmt.Sprintf("%s-%d", cell, seed)}
			for i := range lines {
				before := 0.1 * float64(i%5)
				run.Lines = append(run.Lines, protocol.Compared{Example: task.Example{ID: fmt.Sprint(i), Reference: "文字", TargetLang: "zh"},
					Before: "无", After: "文字", Metrics: map[string]float64{"similarity_before": before, "similarity_after": before + up + 0.01*float64(seed)}})
			}
			run.Tax = []protocol.Tax{{NLL: map[string]float64{"zh": 5}}, {Step: 4, NLL: map[string]float64{"zh": 5 + drift[cell] + 0.001*float64(seed)}}}
			out[cell] = append(out[cell], &Run{Run: run})
		}
	}
	return out
}

func TestMeasure(t *testing.T) {
	table := &Table{Name: "test", Columns: []string{"similarity", "rouge", "forgot-zh", "forgot-en"},
		Cells: []Cell{{Name: "a", Label: "A", Method: "sft"}, {Name: "b", Label: "B | of *all*", Method: "grpo", Paper: map[string]string{"similarity": ".9"}}},
		Claims: []Claim{
			{Says: "b above a", Column: "similarity", More: "b", Less: "a", Paper: ".9 > .8"},
			{Says: "a above base", Column: "similarity", More: "a", Less: Base},
			{Says: "a forgets more", Column: "forgot-zh", More: "a", Less: "b"},
			{Says: "b copies better", Column: "rouge", More: "b", Less: "a"},
		}}
	result, err := Measure(table, Scale{To: "zh"}, []uint64{1, 2, 3}, runs(map[string]float64{"a": -0.1, "b": 0.2}, map[string]float64{"a": 0.5, "b": 0.1}, 10))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		difference float64
		verdict    Verdict
	}{{0.3, Holds}, {-0.09, Fails}, {0.4, Holds}, {0, Undecided}} {
		got := result.Claims[i]
		if math.Abs(got.Difference.Value-want.difference) > 1e-9 || got.Verdict != want.verdict || got.Difference.Low > got.Difference.Value || got.Difference.High < got.Difference.Value {
			t.Errorf("%s: %+v, want %g and %s", got.Says, got, want.difference, want.verdict)
		}
	}
	if x := result.Rows[0].Figures["similarity"]; math.Abs(x.Value-0.2) > 1e-9 || x.Low >= x.High {
		t.Errorf("base: %+v, want .2 with an interval", x)
	}
	if len(result.Notes) != 1 || !strings.Contains(result.Notes[0], "en") || len(result.Columns) != 3 {
		t.Errorf("a column without its texts: notes %q, columns %+v", result.Notes, result.Columns)
	}
	var text strings.Builder
	if err := result.WriteMarkdown(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"(paper: .9)", "| b above a | .9 > .8 |", "**holds**", "**does not hold**", "**undecided**", "not in our notes", "seeds 1 2 3"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the text lacks %q:\n%s", want, &text)
		}
	}
}

// A single figure of a single run decides nothing.
func TestOneRunDecidesNothing(t *testing.T) {
	table := &Table{Name: "test", Columns: []string{"forgot-zh"}, Cells: []Cell{{Name: "a"}}, Claims: []Claim{{Says: "a forgets", Column: "forgot-zh", More: "a", Less: Base}}}
	all := runs(map[string]float64{"a": 0}, map[string]float64{"a": 0.5}, 2)
	all["a"] = all["a"][:1]
	result, err := Measure(table, Scale{To: "zh"}, []uint64{1}, all)
	if err != nil || result.Claims[0].Verdict != Undecided {
		t.Errorf("%+v, %v", result, err)
	}
}

func TestMeasureRefuses(t *testing.T) {
	table := &Table{Name: "test", Columns: []string{"similarity"}, Cells: []Cell{{Name: "a"}, {Name: "b"}}}
	good := func() map[string][]*Run {
		return runs(map[string]float64{"a": 0, "b": 0}, map[string]float64{}, 4)
	}
	for name, change := range map[string]func(map[string][]*Run){
		"a run too few": func(m map[string][]*Run) { m["b"] = m["b"][:2] },
		"other lines":   func(m map[string][]*Run) { m["b"][1].Lines[0].Example.ID = "other" },
		"no lines":      func(m map[string][]*Run) { m["b"][1].Lines = nil },
		"no similarity": func(m map[string][]*Run) { m["a"][0].Lines[2].Metrics = nil },
	} {
		t.Run(name, func(t *testing.T) {
			m := good()
			change(m)
			if _, err := Measure(table, Scale{To: "zh"}, []uint64{1, 2, 3}, m); err == nil {
				t.Error("no error")
			}
		})
	}
}

// At equal gain, the one that gains fast is measured early.
func TestAtEqualGain(t *testing.T) {
	table := &Table{Name: "test", Columns: []string{"at-gain-zh"}, Cells: []Cell{{Name: "fast"}, {Name: "slow"}}}
	all := map[string][]*Run{}
	for name, gain := range map[string]float64{"fast": 0.4, "slow": 0.1} {
		run := &report.Run{Name: name, Lines: []protocol.Compared{{}}}
		for step, share := range []float64{0, 0.5, 1} {
			run.Curve = append(run.Curve, protocol.Scores{Step: step, Scores: []task.Score{{Name: "similarity", Value: 0.3 + share*gain}}})
			run.Tax = append(run.Tax, protocol.Tax{Step: step, NLL: map[string]float64{"zh": 5 + share}, Drift: map[string]protocol.Drift{"zh": {Mean: share}}})
		}
		all[name] = []*Run{{Run: run}}
	}
	result, err := Measure(table, Scale{To: "zh"}, []uint64{1}, all)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{0, 0.25, 1} { // base, fast, slow
		if got := result.Rows[i].Figures["at-gain-zh"].Value; math.Abs(got-want) > 1e-9 {
			t.Errorf("%s: %g, want %g", result.Rows[i].Name, got, want)
		}
	}
}
