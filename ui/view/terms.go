package view

import (
	"strconv"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/state"
)

// termClass is a term's tint.
func (c *Inside) termClass(name string) string {
	return "part-" + strconv.Itoa(c.App.RewardTerm(name).Tint)
}

// termName is a term in the reader's language.
func termName(app *state.App, name string) string { return state.Said(app.RewardTerm(name).Title) }

type termKey struct{ Class, Name string }

// legend lists the terms that are not 0 for every answer.
func (c *Inside) legend() []termKey {
	seen := map[string]float64{}
	for _, done := range c.group().Completions {
		for name, value := range done.Terms {
			if value != 0 {
				seen[name] = value
			}
		}
	}
	var keys []termKey
	for _, name := range c.App.Ordered(seen) {
		keys = append(keys, termKey{"swatch " + c.termClass(name), termName(c.App, name)})
	}
	return keys
}

// reach is how far the stacked terms go below and above 0, over the group.
func (c *Inside) reach() (low, high float64) {
	high = 1e-9
	for _, done := range c.group().Completions {
		minus, plus := 0.0, 0.0
		for _, v := range done.Terms {
			minus, plus = minus+min(v, 0), plus+max(v, 0)
		}
		low, high = min(low, minus), max(high, plus)
	}
	return low, high
}

func (c *Inside) zero() string {
	low, high := c.reach()
	return coordinate(-low / (high - low) * 100)
}

// bars stack an answer's terms from 0, those that add to the right and those that
// take off to the left: where they end, less what is left of 0, is the total.
func (c *Inside) bars(done protocol.Completion) []bar {
	low, high := c.reach()
	x := func(v float64) float64 { return (v - low) / (high - low) * 100 }
	minus, plus := 0.0, 0.0
	var bars []bar
	for _, name := range c.App.Ordered(done.Terms) {
		v := done.Terms[name]
		if v == 0 {
			continue
		}
		from := plus
		if v < 0 {
			minus += v
			from = minus
		} else {
			plus += v
		}
		bars = append(bars, bar{coordinate(x(from)), coordinate(max(x(max(v, -v))-x(0), 0.6)), c.termClass(name)})
	}
	return bars
}

// spokenTerms is what the bars show, in words.
func (c *Inside) spokenTerms(done protocol.Completion) string {
	text := ""
	for _, name := range c.App.Ordered(done.Terms) {
		if v := done.Terms[name]; v != 0 {
			text += termName(c.App, name) + " " + signed(v) + ", "
		}
	}
	return text + T("Total") + " " + number(done.Reward)
}

// spread is the strip of rewards: the group's, marked, among all of the step.
type spread struct {
	Box, Low, Band, Mean        string
	Others                      []string
	Dots                        []dot
	Least, Most, MeanText, Text string
}

type dot struct{ X, Class string }

func (c *Inside) spread() spread {
	g := c.group()
	least, most := g.Mean, g.Mean
	for _, v := range g.Rewards {
		least, most = min(least, v), max(most, v)
	}
	for _, done := range g.Completions {
		least, most = min(least, done.Reward), max(most, done.Reward)
	}
	room := max((most-least)*0.04, 1e-3)
	x := func(v float64) float64 { return (v - least + room) / (most - least + 2*room) * 400 }
	low, high := max(x(g.Mean-g.Std), 0), min(x(g.Mean+g.Std), 400)
	s := spread{Box: "0 0 400 56", Low: coordinate(low), Band: coordinate(high - low), Mean: coordinate(x(g.Mean)),
		Least: number(least), Most: number(most),
		MeanText: T("mean %s, deviation %s", number(g.Mean), number(g.Std)),
		Text:     T("Rewards of this group on a line from %s to %s, with their mean %s and deviation %s, among those of the whole step", number(least), number(most), number(g.Mean), number(g.Std))}
	for _, v := range g.Rewards {
		s.Others = append(s.Others, coordinate(x(v)))
	}
	for _, done := range g.Completions {
		kind := "dot zero"
		if c.shows(state.Contrast) {
			kind = "dot " + sign(done.Advantage)
		}
		s.Dots = append(s.Dots, dot{coordinate(x(done.Reward)), kind})
	}
	return s
}
