package view

import (
	"math"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/state"
)

func points(values ...float64) []state.Point {
	list := make([]state.Point, len(values))
	for i, v := range values {
		list[i] = state.Point{Step: i + 1, Value: v}
	}
	return list
}

func TestPlotScales(t *testing.T) {
	for _, test := range []struct {
		values      []float64
		zero, log   bool
		low, high   float64
		bottom, top string
	}{
		{values: []float64{0.5, math.NaN(), 1}, low: 0.4, high: 1, bottom: "0.400", top: "1.000"},
		{values: []float64{-1, 1}, low: -1, high: 1, bottom: "−1.000", top: "1.000"},
		{values: []float64{0.3, 0.4}, zero: true, low: 0, high: 0.4, bottom: "0.000", top: "0.400"},
		{values: []float64{3, 3}, low: 2.6, high: 3.4, bottom: "2.600", top: "3.400"},
		{values: nil, low: 0, high: 1, bottom: "0.000", top: "1.000"},
		{values: []float64{0.02, 7}, log: true, low: 0.01, high: 10, bottom: "0.010", top: "10.0"},
		{values: []float64{-1, 0, 5}, log: true, low: 1, high: 10, bottom: "1.000", top: "10.0"},
		{values: []float64{0, 0}, log: true, low: 0.1, high: 1, bottom: "0.100", top: "1.000"},
	} {
		p := plot{log: test.log, Last: 10, series: []series{{Raw: points(test.values...)}}}
		p.scale(test.zero)
		if math.Abs(p.low-test.low) > 1e-9 || math.Abs(p.high-test.high) > 1e-9 || p.Bottom != test.bottom || p.Top != test.top {
			t.Errorf("%v: bounds %g (%s) to %g (%s), want %g to %g", test.values, p.low, p.Bottom, p.high, p.Top, test.low, test.high)
		}
		if y := p.y(p.high); y != above {
			t.Errorf("%v: the highest value lies at %g", test.values, y)
		}
	}
}

func TestCrosshair(t *testing.T) {
	p := plot{Title: "Reward", Last: 10, series: []series{
		{Name: "run 1", Class: "run-1", Raw: points(0.5, 0.75, 1)},
		{Name: "run 2", Class: "run-2", Raw: []state.Point{{Step: 0, Value: -1}, {Step: 5, Value: -2}}},
	}}
	for _, test := range []struct {
		hover int
		want  string
	}{
		{0, "run 1 1.000|run 2 −2.000"}, {1, "run 1 0.500|run 2 −1.000"}, {3, "run 1 1.000|run 2 −1.000"},
		{5, "run 2 −2.000"}, {9, ""},
	} {
		var texts []string
		for _, k := range p.legend(test.hover) {
			texts = append(texts, k.Text)
		}
		if got := strings.Join(texts, "|"); got != test.want {
			t.Errorf("at step %d the legend says %q, want %q", test.hover, got, test.want)
		}
	}
	if got := p.spoken(2); got != "step 2: run 1 0.750 run 2 −1.000" {
		t.Errorf("spoken %q", got)
	}
	for _, test := range []struct {
		share float64
		want  int
	}{{0, 1}, {left / plotWidth, 1}, {1, 10}, {(left + (plotWidth-left-right)/2) / plotWidth, 5}} {
		if got := p.stepAt(test.share); got != test.want {
			t.Errorf("stepAt(%g) = %d, want %d", test.share, got, test.want)
		}
	}
}

// training gives an app whose run has steps of the values of reward.
func training(rewards ...float64) (*state.App, func(reward float64)) {
	app := state.New(func(protocol.Command) {})
	run := &state.Run{Number: 1, Slot: 1, Config: usual("grpo")}
	run.Config.Steps = 1000
	app.Runs = []*state.Run{run}
	add := func(reward float64) {
		run.Steps = append(run.Steps, protocol.Step{Step: len(run.Steps) + 1, Reward: reward, Terms: map[string]float64{"similarity": reward}})
	}
	for _, r := range rewards {
		add(r)
	}
	return app, add
}

func chart(c *Curves, id string) plot {
	for _, p := range c.charts() {
		if p.ID == id {
			return p
		}
	}
	return plot{}
}

// A path is lengthened while points come, and is what it would be drawn at once.
func TestPathsAreLengthened(t *testing.T) {
	app, add := training(0.1, 0.9, 0)
	c := &Curves{App: app}
	before := chart(c, "chart-reward").Lines[0].Path
	for i := range 200 {
		add(0.5 + 0.3*math.Sin(float64(i)))
		app.Curves.Smoothing = 0.3 * float64(i/50%2)
		for k, l := range chart(c, "chart-reward").Lines {
			if fresh := chart(&Curves{App: app}, "chart-reward").Lines[k].Path; l.Path != fresh {
				t.Fatalf("after %d steps line %d is\n%s, drawn at once\n%s", i, k, l.Path, fresh)
			}
		}
	}
	app.Curves.Smoothing = 0
	if after := chart(c, "chart-reward").Lines[0].Path; !strings.HasPrefix(after, before) {
		t.Errorf("the path began with %s and now begins with %s", before, after[:len(before)])
	}
}

// Smoothing draws the raw line faint behind the smooth one; without it there is one.
func TestRawStaysInSight(t *testing.T) {
	app, _ := training(0, 1, 0, 1)
	c := &Curves{App: app}
	raw := chart(c, "chart-reward")
	if len(raw.Lines) != 1 {
		t.Fatalf("%d lines without smoothing", len(raw.Lines))
	}
	app.SetSmoothing(0.6)
	smooth := chart(c, "chart-reward")
	if len(smooth.Lines) != 2 || smooth.Lines[0].Path != raw.Lines[0].Path || smooth.Lines[0].Class != "line raw run-1" || smooth.Lines[1].Path == raw.Lines[0].Path {
		t.Errorf("with smoothing: %+v, raw %+v", smooth.Lines, raw.Lines)
	}
}

func TestChartsOfSeveralRuns(t *testing.T) {
	app, _ := training(0.5)
	other := &state.Run{Number: 2, Slot: 2, Config: usual("sft"), Changed: "method grpo → sft", Steps: []protocol.Step{{Step: 1, Loss: 2}},
		Tax: []protocol.Tax{{Step: 0, NLL: map[string]float64{"en": 4, "zh": 5}}}}
	app.Runs = append(app.Runs, other)
	app.Handle(greeting) // tells what each method measures
	c := &Curves{App: app}
	for id, runs := range map[string]int{"chart-reward": 1, "chart-loss": 1, "chart-gradient": 2, "chart-tax-en": 1, "chart-tax-zh": 1, "chart-kl": 1, "chart-entropy": 2, "chart-terms": 1} {
		if p := chart(c, id); len(p.Lines) != runs {
			t.Errorf("%s has %d lines, want %d", id, len(p.Lines), runs)
		}
	}
	if got := runTitle(app, other); got != "run 2 · SFT · method grpo → sft" {
		t.Errorf("the run is called %q", got)
	}
	svg, width, height := c.sheet()
	for _, want := range []string{"<svg xmlns=", "run 2 · SFT · method grpo → sft", `stroke-dasharray="7 4"`, "Reward"} {
		if !strings.Contains(svg, want) {
			t.Errorf("the sheet lacks %s", want)
		}
	}
	if width < 400 || height < 400 || strings.Contains(svg, "NaN") || strings.Contains(svg, "var(") {
		t.Errorf("a sheet of %d × %d", width, height)
	}
}

// As many terms as there are dashes each look like no other: on the page, in
// its legend and on the sheet, in colour and in grey.
func TestTermsLookDifferent(t *testing.T) {
	app, _ := training()
	terms := map[string]float64{}
	for _, term := range greeting.Terms {
		if len(terms) < len(paperDashes)-1 {
			terms[term.Name] = 0.5
		}
	}
	terms["one more"] = 0.1 // that no registry has
	app.Runs[0].Steps = []protocol.Step{{Step: 1, Terms: terms}, {Step: 2, Terms: terms}}
	p := chart(&Curves{App: app}, "chart-terms")
	if len(p.Lines) != len(terms) || len(p.legend(0)) != len(terms) {
		t.Fatalf("%d lines and %d entries of the legend, want %d", len(p.Lines), len(p.legend(0)), len(terms))
	}
	css, err := os.ReadFile("../../assets/styles/page.css")
	if err != nil {
		t.Fatal(err)
	}
	colours := map[string]string{} // the light ones
	for _, m := range regexp.MustCompile(`--([a-z0-9-]+): light-dark\((#[0-9a-f]{6})`).FindAllStringSubmatch(string(css), -1) {
		colours["var(--"+m[1]+")"] = m[2]
	}
	dashes := map[string]string{}
	for i, l := range p.Lines {
		class := strings.TrimPrefix(l.Class, "line ")
		if k := p.legend(0)[i]; k.Class != l.Class {
			t.Errorf("line %d is %q and in the legend %q", i, l.Class, k.Class)
		}
		rule := regexp.MustCompile(`\.` + class + ` \{ stroke: ([^;]+);(?: stroke-dasharray: ([^;]+);)? \}`).FindStringSubmatch(string(css))
		if rule == nil {
			t.Errorf("page.css has no rule for .%s", class)
			continue
		}
		if other := dashes[rule[2]]; other != "" {
			t.Errorf("%s and %s have the dash %q", class, other, rule[2])
		}
		dashes[rule[2]] = class
		for _, want := range []string{`stroke="` + colours[rule[1]] + `"`, `stroke-dasharray="` + rule[2] + `"`} {
			if got := paper(l.Class); rule[2] != "" && !strings.Contains(got, want) {
				t.Errorf("%s on paper is %s, want %s", class, got, want)
			}
		}
	}
	svg, _, _ := (&Curves{App: app}).sheet()
	for dash := range dashes {
		if n := strings.Count(svg, `stroke-dasharray="`+dash+`"`); dash != "" && n < 2 {
			t.Errorf("the sheet draws %q %d times, want the line and its legend", dash, n)
		}
	}
}

// A long run with all charts open: what a frame costs here is a small part of what it
// may in a browser.
func BenchmarkCharts(b *testing.B) {
	app, add := training()
	for i := range 5000 {
		add(math.Sin(float64(i) / 50))
	}
	app.SetSmoothing(0.6)
	c := &Curves{App: app}
	for i := 0; b.Loop(); i++ {
		add(math.Cos(float64(i)))
		c.charts()
	}
	b.ReportMetric(float64(len(chart(c, "chart-reward").Lines[0].Path)), "bytes/path")
}
