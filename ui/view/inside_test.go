package view

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/ui/state"
)

// looked is an app that looks at a group of two answers.
func looked() *Inside {
	app := newApp()
	app.Handle(greeting)
	app.Runs = []*state.Run{{Number: 1, Slot: 1, Config: usual("grpo")}}
	g := &protocol.Group{Step: 3, First: 1, Last: 3, Groups: 4, Index: 1, Now: 3, Mean: 0.5, Std: 1.060660,
		Example: task.Example{Source: "你好", Reference: "བདེ་མོ།", SourceLang: "zh", TargetLang: "bo"},
		Rewards: []float64{-0.25, 1.25, 0.4}, Scaling: &protocol.Scaling{Combine: protocol.CombineSum, Baseline: protocol.ScaleGroup, Spread: protocol.ScaleGroup, Epsilon: 1e-4},
		Completions: []protocol.Completion{
			{Index: 0, Text: "བོད", Pieces: []string{"བོ", "ད", "<|im_end|>"}, Before: []float64{-1, -0.5, -0.1}, Now: []float64{-1.2, -0.5, -0.1},
				Reward: -0.25, Terms: map[string]float64{"similarity": 0, "length": -0.25, "empty": 0}},
			{Index: 1, Text: "བདེ་མོ", Pieces: []string{"བ", "དེ་", "མོ", "<|im_end|>"}, Before: []float64{-1, -3, -0.1, -0.01}, Now: []float64{-0.5, -3, -0.1, -0.01},
				Reward: 1.25, Terms: map[string]float64{"similarity": 0.75, "language": 1, "length": -0.5, "empty": 0}},
		}}
	for i, a := range g.Advantages() {
		g.Completions[i].Advantage = a
	}
	app.Look.Group = g
	return &Inside{App: app}
}

// What is shown agrees with itself: the terms add up to the reward, the advantages to
// 0, and the formula gives the advantage that is printed.
func TestInsideAddsUp(t *testing.T) {
	c := looked()
	rows := c.rows()
	if len(rows) != 2 || rows[0].Index != 1 || rows[0].Reward != "1.250" || rows[1].Reward != "−0.250" {
		t.Fatalf("rows %+v", rows)
	}
	sum := 0.0
	for _, r := range rows {
		sum += read(t, r.Advantage)
		total, parts := 0.0, strings.Split(r.Terms, ", ")
		for _, part := range parts[:len(parts)-1] {
			words := strings.Fields(part)
			total += read(t, words[len(words)-1])
		}
		if math.Abs(total-read(t, r.Reward)) > 2e-3 {
			t.Errorf("the terms %q add up to %g and not to %s", r.Terms, total, r.Reward)
		}
	}
	if math.Abs(sum) > 2e-3 {
		t.Errorf("the advantages add up to %g", sum)
	}
	if worked := formulaNumbers(c.group(), c.group().Completions[1]); worked != "(1.2500 − 0.5000) / (1.0607 + 0.0001) = +0.707" {
		t.Errorf("the formula says %q", worked)
	}
}

func read(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(strings.ReplaceAll(strings.TrimPrefix(text, "+"), "−", "-"), 64)
	if err != nil {
		t.Fatalf("%q is no number", text)
	}
	return v
}

// Each way of scaling has its formula, which works out to the advantage.
func TestFormulaOfEachScaling(t *testing.T) {
	for _, test := range []struct {
		scaling protocol.Scaling
		words   string
		numbers string
	}{
		{protocol.Scaling{Baseline: protocol.ScaleGroup, Spread: protocol.ScaleNone}, "reward − mean of the group", "1.2500 − 0.5000 = +0.750"},
		{protocol.Scaling{Baseline: protocol.ScaleOthers, Spread: protocol.ScaleNone}, "reward − mean of the others", "1.2500 − (−0.2500) = +1.500"},
		{protocol.Scaling{Baseline: protocol.ScaleBatch, Spread: protocol.ScaleBatch, BatchMean: 0.45, BatchStd: 0.8, Epsilon: 1e-4}, "deviation of the step", "(1.2500 − 0.4500) / (0.8000 + 0.0001) = +1.000"},
		{protocol.Scaling{Baseline: protocol.ScaleGroup, Spread: protocol.ScaleBatch, BatchStd: 0.75}, "(reward − mean of the group) / (deviation of the step", "(1.2500 − 0.5000) / (0.7500 + 0) = +1.000"},
		{protocol.Scaling{Combine: protocol.CombineGDPO, BatchStd: 2, Weights: map[string]float64{"similarity": 1.5, "language": 1, "length": 0.5}}, "each term is normalised", "(1.4142 − 0.0000) / (2.0000 + 0) = +0.707"},
	} {
		c := looked()
		g := c.group()
		g.Scaling = &test.scaling
		for i, a := range g.Advantages() {
			g.Completions[i].Advantage = a
		}
		if got := formulaWords(g.Scaling); !strings.Contains(got, test.words) {
			t.Errorf("%+v: %q lacks %q", test.scaling, got, test.words)
		}
		if got := formulaNumbers(g, g.Completions[1]); got != test.numbers {
			t.Errorf("%+v: %q, want %q", test.scaling, got, test.numbers)
		}
	}
}

// Equal rewards: said in words, zeros, and never NaN.
func TestFlatGroup(t *testing.T) {
	for _, test := range []struct {
		texts []string
		want  string
	}{
		{[]string{"", ""}, "Every answer is empty"}, {[]string{"བོད", "བོད"}, "the same answer each time"}, {[]string{"བོད", "མི"}, "no term tells them apart"},
	} {
		c := looked()
		g := c.group()
		g.Mean, g.Std, g.Rewards = 1, 0, []float64{1, 1}
		for i := range g.Completions {
			g.Completions[i].Text, g.Completions[i].Pieces, g.Completions[i].Reward = test.texts[i], []string{test.texts[i]}, 1
		}
		for i, a := range g.Advantages() {
			g.Completions[i].Advantage = a
		}
		if !c.flat() || !strings.Contains(c.flatText(), "No learning signal") || !strings.Contains(c.flatText(), test.want) {
			t.Errorf("%q: flat %v, %q", test.texts, c.flat(), c.flatText())
		}
		shown := string(c.formula()) + c.spread().Text + c.spread().Band + c.zero()
		for _, r := range c.rows() {
			shown += r.Advantage + r.BarX + r.BarWidth
			if r.Advantage != "0.000" {
				t.Errorf("an advantage of %s", r.Advantage)
			}
		}
		if strings.Contains(shown, "NaN") || strings.Contains(shown, "Inf") {
			t.Errorf("%q shows %s", test.texts, shown)
		}
	}
}

func TestStagesShowMoreAndMore(t *testing.T) {
	c := looked()
	for s := state.Prompt; s <= state.Nudge; s++ {
		c.App.ShowStage(s)
		r := c.rows()[0]
		if (r.Reward != "") != (s >= state.Score) || (r.Advantage != "") != (s >= state.Contrast) || (r.Ratio != "") != (s >= state.Nudge) {
			t.Errorf("stage %d shows %+v", s, r)
		}
		if c.stageText() == "" {
			t.Errorf("stage %d says nothing", s)
		}
	}
	if first := c.rows()[0]; first.Ratio != "↑ ×1.65" {
		t.Errorf("the better answer became %s", first.Ratio)
	}
}

// What is said of an answer is what the session found, term by term, and the values add
// up to its reward.
func TestReasonsAddUp(t *testing.T) {
	c := looked()
	done := c.look().Explained()
	done.Why = map[string]protocol.Text{"similarity": {En: "near", Zh: "近"}, "language": {En: "in script", Zh: "文字"}, "length": {En: "too long", Zh: "过长"}}
	sum := 0.0
	var names []string
	for _, r := range c.reasons() {
		sum += read(t, r.Value)
		names = append(names, r.Name)
		if r.Text == "" || !strings.HasPrefix(r.Class, "swatch part-") {
			t.Errorf("reason %+v", r)
		}
	}
	if math.Abs(sum-done.Reward) > 2e-3 || strings.Join(names, ",") != "Similarity,Target script,Length" {
		t.Errorf("%v add up to %g and not to %g", names, sum, done.Reward)
	}
}

// Arrow keys and the pointer go through whole syllables, and show their tokens.
func TestTokensOfASyllable(t *testing.T) {
	c := looked()
	c.look().Point(1, 0)
	rows := c.tokens()
	if len(rows) != 2 || rows[0].Text != "བ" || rows[1].Text != "དེ་" || rows[0].P != "37 %" || rows[0].Now != "61 %" {
		t.Errorf("tokens %+v", rows)
	}
	if index, u, ok := unitID("u-1-2"); index != 1 || u != 2 || !ok {
		t.Errorf("u-1-2 is %d, %d", index, u)
	}
	for _, bad := range []string{"", "u-1", "u-x-1", "m-1-1"} {
		if _, _, ok := unitID(bad); ok {
			t.Errorf("%q is taken", bad)
		}
	}
	if got := []int{tint(math.Log(0.6)), tint(math.Log(0.3)), tint(math.Log(0.1)), tint(math.Log(0.02)), tint(-20)}; got[0] != 0 || got[1] != 1 || got[2] != 2 || got[3] != 3 || got[4] != 4 {
		t.Errorf("tints %v", got)
	}
}

func TestMapRowsAndShapes(t *testing.T) {
	app := state.New(func(protocol.Command) {})
	at := func(step int, x float64) *protocol.Map {
		return &protocol.Map{Step: step, Points: []protocol.MapPoint{
			{Example: "a", Kind: protocol.PointSource, Text: "你好", Lang: "zh", X: 0, Y: 0},
			{Example: "a", Kind: protocol.PointReference, Text: "བདེ་མོ།", Lang: "bo", X: 2, Y: 1},
			{Example: "a", Kind: protocol.PointOutput, Text: "བོད", Lang: "bo", X: x, Y: 1, Cosine: x / 2},
		}}
	}
	app.Runs = []*state.Run{{Number: 1, Slot: 1, Maps: []*protocol.Map{at(0, 0.2), at(5, 1)}}}
	c := &Map{App: app}
	if rows := c.rows(); len(rows) != 1 || rows[0].Before != "0.100" || rows[0].Now != "0.500" || rows[0].Source != "你好" {
		t.Errorf("rows %+v", rows)
	}
	marks := c.marks()
	if len(marks) != 3 || marks[0].Path == marks[1].Path {
		t.Errorf("marks %+v", marks)
	}
	latest := marks[2].Path
	app.ShowMap(1)
	early := c.marks()
	if early[0].Path != marks[0].Path || early[1].Path != marks[1].Path || early[2].Path == latest {
		t.Errorf("between the maps sources and references moved, or the answer did not: %+v, %+v", marks, early)
	}
	c.choose("a")
	if told := c.told(); len(told) != 3 || told[2].Text != "བོད" || told[2].Title != "Answer at step 0, cosine 0.100" {
		t.Errorf("told %+v", told)
	}
}
