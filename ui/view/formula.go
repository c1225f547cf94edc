package view

import (
	"html"
	"strconv"

	"github.com/vugu/vugu"

	"github.com/dongyur/dongyur/core/protocol"
)

// formula is how this group's rewards became advantages, first in words and then
// with the numbers of the answer that is explained.
func (c *Inside) formula() vugu.HTML {
	g, done := c.group(), c.look().Explained()
	if g.Scaling == nil || done == nil {
		return ""
	}
	text := formulaWords(g.Scaling)
	worked := formulaNumbers(g, *done)
	return vugu.HTML(`<span class="block">` + html.EscapeString(text) + `</span><code class="block" id="worked">` + html.EscapeString(worked) + `</code>`)
}

func formulaWords(s *protocol.Scaling) string {
	if s.Combine == protocol.CombineGDPO {
		return T("GDPO: each term is normalised over the group by itself, (term − mean) / (deviation + ε); the weighted sum is then normalised over the whole step.")
	}
	top := T("reward − mean of the group")
	switch s.Baseline {
	case protocol.ScaleOthers:
		top = T("reward − mean of the others")
	case protocol.ScaleBatch:
		top = T("reward − mean of the step")
	}
	switch s.Spread {
	case protocol.ScaleGroup:
		return T("advantage = (%s) / (deviation of the group + ε)", top)
	case protocol.ScaleBatch:
		return T("advantage = (%s) / (deviation of the step + ε)", top)
	}
	return T("advantage = %s", top)
}

// formulaNumbers works the formula out for one answer.
func formulaNumbers(g *protocol.Group, done protocol.Completion) string {
	s, n := g.Scaling, len(g.Completions)
	result := " = " + signed(nearZero(done.Advantage))
	rewards := make([]float64, n)
	for i, other := range g.Completions {
		rewards[i] = other.Reward
	}
	mean, std := s.MeanStd(rewards)
	if zero := std < 1e-8; zero && s.Combine != protocol.CombineGDPO && (s.Baseline != protocol.ScaleBatch || s.BatchStd < 1e-8) {
		return T("every reward is %s: advantage = 0", number(mean))
	}
	epsilon := strconv.FormatFloat(s.Epsilon, 'g', -1, 64)
	if s.Combine == protocol.CombineGDPO {
		sum := done.Advantage*(s.BatchStd+s.Epsilon) + s.BatchMean
		return "(" + exact(sum) + " − " + exact(s.BatchMean) + ") / (" + exact(s.BatchStd) + " + " + epsilon + ")" + result
	}
	top := exact(done.Reward) + " − " + exact(mean)
	switch s.Baseline {
	case protocol.ScaleOthers:
		others := (mean*float64(n) - done.Reward) / float64(n-1)
		top = exact(done.Reward) + " − " + exact(others)
	case protocol.ScaleBatch:
		top = exact(done.Reward) + " − " + exact(s.BatchMean)
	}
	switch s.Spread {
	case protocol.ScaleGroup:
		return "(" + top + ") / (" + exact(std) + " + " + epsilon + ")" + result
	case protocol.ScaleBatch:
		return "(" + top + ") / (" + exact(s.BatchStd) + " + " + epsilon + ")" + result
	}
	return top + result
}

// exact shows four places, so that the sum can be followed by hand.
func exact(v float64) string {
	text := strconv.FormatFloat(nearZero(v), 'f', 4, 64)
	if text[0] == '-' {
		return "(−" + text[1:] + ")"
	}
	return text
}
