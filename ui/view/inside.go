package view

import (
	"math"
	"strconv"
	"strings"

	"github.com/vugu/vugu"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/state"
)

func (c *Inside) look() *state.Looking   { return &c.App.Look }
func (c *Inside) group() *protocol.Group { return c.App.Look.Group }

func (c *Inside) shows(s state.Stage) bool { return c.look().Shown() >= s }

func (c *Inside) flat() bool { return state.Flat(c.group()) }

func (c *Inside) hint() string {
	if r := c.App.Run(); r != nil && !c.App.FromGroups(r) {
		return state.Said(c.App.MethodOf(r).Note)
	}
	return T("Press Train or Step. Then one step is taken apart here: what the model wrote, what each answer earned and why, and what the update did.")
}

func (c *Inside) summary() string {
	g := c.group()
	if g == nil {
		return ""
	}
	return T("step %d, prompt %d of %d", g.Step, g.Index+1, max(g.Groups, 1))
}

func (c *Inside) stepLabel() string {
	g := c.group()
	return T("Step %d (kept: %d to %d)", g.Step, g.First, g.Last)
}

func (c *Inside) scrub(e vugu.DOMEvent) {
	if step, err := strconv.Atoi(e.PropString("target", "value")); err == nil {
		c.App.LookAt(step, c.look().Index)
	}
}

// choice is a button of several of which one is pressed.
type choice struct {
	Index               int
	Text, Name, Pressed string
}

func (c *Inside) groups() []choice {
	list := make([]choice, c.group().Groups)
	for i := range list {
		list[i] = choice{i, strconv.Itoa(i + 1), T("Prompt %d", i+1), truth(i == c.group().Index)}
	}
	return list
}

type stage struct {
	Stage                            state.Stage
	ID, Order, Title, Class, Pressed string
}

func (c *Inside) stages() []stage {
	titles := []string{T("Prompt"), T("Sample"), T("Score"), T("Compare"), T("Nudge")}
	list := make([]stage, len(titles))
	for i, title := range titles {
		s := state.Stage(i + 1)
		list[i] = stage{s, "stage-" + strconv.Itoa(i+1), strconv.Itoa(i + 1), title,
			class("stage", c.shows(s), "reached"), truth(c.look().Shown() == s)}
	}
	return list
}

func (c *Inside) playLabel() string {
	if c.look().Playing {
		return T("Halt")
	}
	return T("Play slowly")
}

func (c *Inside) stageText() string {
	g := c.group()
	switch c.look().Shown() {
	case state.Prompt:
		return T("Prompt: the model reads one example of the training part. It does not see the reference.")
	case state.Sample:
		return T("Sample: it writes %d answers, drawing each token by chance. Light syllables were likely, dark ones bold.", len(g.Completions))
	case state.Score:
		return T("Score: each answer earns its reward, term by term. Nobody tells the model the right words; it only learns how good these were.")
	case state.Contrast:
		return T("Compare: each reward is set against the mean of its group, %s. What is above gets a positive advantage, what is below a negative one.", number(g.Mean))
	}
	return T("Nudge: the weights move a little, so that answers with a positive advantage become likelier and the others less likely.")
}

func (c *Inside) answersTitle() string {
	return T("%d answers", len(c.group().Completions))
}

// answer is a row.
type answer struct {
	Index                                int
	Class, Name                          string
	Units                                []unit
	Terms, Reward, Advantage, Sign       string
	BarX, BarWidth, Length, Ratio, Moved string
	Bars                                 []bar
}

type unit struct {
	ID, Class string
	Text      vugu.HTML
}

type bar struct{ X, Width, Class string }

func (c *Inside) rows() []answer {
	explained := c.look().Explained()
	var rows []answer
	for _, done := range c.look().Rows() {
		r := answer{Index: done.Index, Class: class("line", done.Index == explained.Index, "chosen"), Name: T("Answer %d; arrow keys go through its tokens", done.Index+1),
			Units: c.units(done), Length: strconv.Itoa(len(done.Pieces)), Sign: sign(done.Advantage), Moved: "zero"}
		if c.shows(state.Score) {
			r.Terms, r.Reward, r.Bars = c.spokenTerms(done), number(done.Reward), c.bars(done)
		}
		if c.shows(state.Contrast) {
			r.Advantage = signed(done.Advantage)
			r.BarX = coordinate(50 + min(done.Advantage, 0)/c.widest()*48)
			r.BarWidth = coordinate(math.Abs(done.Advantage) / c.widest() * 48)
		}
		if gained, known := gainOf(done); known && c.shows(state.Nudge) {
			r.Ratio, r.Moved = times(gained), sign(gained)
		}
		rows = append(rows, r)
	}
	return rows
}

// widest is the largest advantage, for the bars' scale.
func (c *Inside) widest() float64 {
	widest := 1e-9
	for _, done := range c.group().Completions {
		widest = max(widest, math.Abs(done.Advantage))
	}
	return widest
}

// gainOf is how much the log-probability of a completion has grown.
func gainOf(done protocol.Completion) (float64, bool) {
	if len(done.Now) == 0 || len(done.Now) != len(done.Before) {
		return 0, false
	}
	return state.Sum(done.Now) - state.Sum(done.Before), true
}

// times shows a change of log-probability as a factor: ↑ ×1.25.
func times(gained float64) string {
	arrow := "="
	switch {
	case gained > 5e-4:
		arrow = "↑"
	case gained < -5e-4:
		arrow = "↓"
	}
	factor := math.Exp(gained)
	if factor >= 1000 || factor < 0.001 {
		return arrow + " ×10^" + strings.Replace(strconv.FormatFloat(gained/math.Ln10, 'f', 1, 64), "-", "−", 1)
	}
	return arrow + " ×" + strconv.FormatFloat(factor, 'g', 3, 64)
}

// units tints what the model found unlikely.
func (c *Inside) units(done protocol.Completion) []unit {
	all := state.Units(done, c.group().Example.TargetLang)
	if len(all) == 0 {
		return []unit{{Class: "note", Text: vugu.HTML(string(syllables("")))}}
	}
	list := make([]unit, len(all))
	for i, u := range all {
		name := "unit p" + strconv.Itoa(tint(u.LogProb))
		if u.Special {
			name = "unit special"
		}
		here := c.look().UnitOf == done.Index+1 && c.look().Unit == i+1
		list[i] = unit{"u-" + strconv.Itoa(done.Index) + "-" + strconv.Itoa(i), class(name, here, "here"), plain(u.Text)}
	}
	return list
}

// tint is the step of the tint, 0 for p above a half to 4 for p below a hundredth.
func tint(logProb float64) int {
	step := 0
	for _, p := range []float64{0.5, 0.2, 0.05, 0.01} {
		if logProb < math.Log(p) {
			step++
		}
	}
	return step
}

func (c *Inside) over(e vugu.DOMEvent) {
	if index, u, ok := unitID(e.PropString("target", "id")); ok {
		c.look().Point(index, u)
	}
}

func unitID(id string) (index, unit int, ok bool) {
	parts := strings.Split(id, "-")
	if len(parts) != 3 || parts[0] != "u" {
		return 0, 0, false
	}
	index, err1 := strconv.Atoi(parts[1])
	unit, err2 := strconv.Atoi(parts[2])
	return index, unit, err1 == nil && err2 == nil
}

// key goes through the units of an answer.
func (c *Inside) key(index int, e vugu.DOMEvent) {
	at := -1
	if c.look().UnitOf == index+1 {
		at = c.look().Unit - 1
	}
	last := 0
	for _, done := range c.group().Completions {
		if done.Index == index {
			last = len(state.Units(done, c.group().Example.TargetLang)) - 1
		}
	}
	switch e.PropString("key") {
	case "ArrowRight":
		at = min(at+1, last)
	case "ArrowLeft":
		at = max(at-1, 0)
	case "Home":
		at = 0
	case "End":
		at = last
	default:
		return
	}
	c.look().Choose(index)
	c.look().Point(index, at)
	e.PreventDefault()
	e.StopPropagation() // the page's arrow key would train a step
}

// token is a row of the tokens' table.
type tokenRow struct{ Text, Lang, LogProb, P, Now string }

func (c *Inside) tokens() []tokenRow {
	in := c.look()
	if in.Group == nil || in.Unit == 0 {
		return nil
	}
	tag := in.Group.Example.TargetLang
	var rows []tokenRow
	for _, done := range in.Group.Completions {
		units := state.Units(done, tag)
		if done.Index+1 != in.UnitOf || in.Unit > len(units) {
			continue
		}
		u := units[in.Unit-1]
		for _, t := range u.Tokens {
			row := tokenRow{Text: t.Text, Lang: tag, LogProb: number(t.LogProb), P: share(math.Exp(t.LogProb)), Now: "–"}
			if u.Special || t.Text == "" {
				row.Lang = "en"
			}
			if row.Text == "" {
				row.Text = T("(part of a character)")
			}
			if t.HasNow && c.shows(state.Nudge) {
				row.Now = share(math.Exp(t.Now))
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// share shows a probability in percent.
func share(p float64) string {
	digits := 1
	if p >= 0.1 {
		digits = 0
	}
	if p < 0.001 {
		return "<0.1 %"
	}
	return strconv.FormatFloat(100*p, 'f', digits, 64) + " %"
}
