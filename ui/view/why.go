package view

import (
	"math"
	"strings"

	"github.com/dongyur/dongyur/ui/state"
)

func (c *Inside) whyTitle() string {
	done := c.look().Explained()
	if done == nil {
		return T("Why this reward")
	}
	return T("Why answer %d earned this", done.Index+1)
}

func (c *Inside) total() string {
	if done := c.look().Explained(); done != nil {
		return number(done.Reward)
	}
	return ""
}

type reason struct{ Class, Name, Value, Text string }

// reasons explain each term of the answer's reward, by what the session found.
func (c *Inside) reasons() []reason {
	done := c.look().Explained()
	if done == nil {
		return nil
	}
	var list []reason
	for _, name := range c.App.Ordered(done.Terms) {
		why, explained := done.Why[name]
		if v := done.Terms[name]; explained || v != 0 {
			list = append(list, reason{"swatch " + c.termClass(name), termName(c.App, name), signed(v), state.Said(why)})
		}
	}
	return list
}

// flatText says why a group taught nothing.
func (c *Inside) flatText() string {
	same, empty := true, true
	for _, done := range c.group().Completions {
		same = same && done.Text == c.group().Completions[0].Text
		empty = empty && strings.TrimSpace(done.Text) == ""
	}
	text := T("No learning signal: all rewards of this group are equal, so every advantage is 0 and this prompt moves nothing.") + " "
	switch {
	case empty:
		return text + T("Every answer is empty. Begin with a little SFT, so that the model says something.")
	case same:
		return text + T("The model wrote the same answer each time. Raise the temperature or the group size.")
	}
	return text + T("The answers differ, but no term tells them apart. Lower τ, or weigh another term.")
}

// updated says what became of the explained answer's probability.
func (c *Inside) updated() string {
	g, done := c.group(), c.look().Explained()
	if done == nil {
		return ""
	}
	gained, known := gainOf(*done)
	if !known {
		return T("The probability after the update was not measured.")
	}
	before, now := state.Sum(done.Before), state.Sum(done.Now)
	n := float64(len(done.Before))
	text := T("log p of the whole answer: %s → %s, that is %s as likely. By token: %s → %s nats.",
		number(before), number(now), strings.TrimLeft(times(gained), "↑↓= "), number(before/n), number(now/n))
	if g.Now != g.Step {
		return text + " " + T("Measured with the weights after step %d, not just after step %d: later steps have a share in it.", g.Now, g.Step)
	}
	return text + " " + T("Measured right after this step.")
}

// updateText says how advantages move the weights.
func (c *Inside) updateText() string { return state.Said(c.group().Update) }

// nearZero keeps −0.000 from being printed.
func nearZero(v float64) float64 {
	if math.Abs(v) < 1e-12 {
		return 0
	}
	return v
}
