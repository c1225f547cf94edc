package view

import (
	"math"
	"strconv"
	"strings"

	"github.com/dongyur/dongyur/core/lang"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
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

// reasons explain each term of the answer's reward.
func (c *Inside) reasons() []reason {
	done, r := c.look().Explained(), c.App.Run()
	if done == nil || r == nil {
		return nil
	}
	var list []reason
	for _, name := range ordered(done.Terms) {
		v := done.Terms[name]
		text := why(name, v, *done, c.group().Example, r.Config)
		if text == "" {
			continue
		}
		list = append(list, reason{"swatch " + termClass(name), termName(name), signed(v), text})
	}
	return list
}

// why says what a term of the reward found. "" leaves out what is off or did not
// apply.
func why(name string, v float64, done protocol.Completion, e task.Example, c protocol.Train) string {
	w := c.Reward
	switch name {
	case "similarity":
		return whySimilarity(v, done, e, w)
	case "language":
		return T("%s of its letters are in the script asked for; weight %s.", share(lang.Share(done.Text, e.TargetLang)), setting(w.Language.Weight))
	case "length":
		if v == 0 {
			return T("Not longer than %s times what is expected.", setting(w.Length.Free))
		}
		return T("Longer than %s times what is expected; at %s times the whole weight %s goes.", setting(w.Length.Free), setting(w.Length.Full), setting(w.Length.Weight))
	case "repetition":
		if v == 0 {
			return T("It hardly repeats itself.")
		}
		return T("It repeats itself: more than %s of its runs of %d units came before.", share(w.Repetition.Free), w.Repetition.NGram)
	case "copy":
		if v == 0 {
			return ""
		}
		return T("%s of it is one piece copied from the text.", share(-v/w.Copy.Weight))
	case "chrf", "bleu", "rouge":
		weight := map[string]float64{"chrf": w.ChrF.Weight, "bleu": w.BLEU.Weight, "rouge": w.ROUGE.Weight}[name]
		return T("Surface match with the reference %s of 100, times the weight %s.", strconv.FormatFloat(100*v/weight, 'f', 1, 64), setting(weight))
	case "consistency":
		return T("The same fact asked in several languages: right answers add, unreadable ones take off.")
	case "empty":
		if v == 0 {
			return ""
		}
		return T("It is empty, or nothing in it can be read: that always earns less than any wrong answer.")
	case "overlong":
		if v == 0 {
			return ""
		}
		return T("It comes near the %d tokens at which it is cut off.", c.Sampling.MaxTokens)
	case "kl":
		return T("Taken off for leaving the reference model, %s nats times β %s.", number(-v/max(c.Beta, 1e-12)), setting(c.Beta))
	}
	return ""
}

// whySimilarity turns the term back into the cosine that it came from.
func whySimilarity(v float64, done protocol.Completion, e task.Example, w protocol.Reward) string {
	weight, tau := w.Similarity.Weight, w.Similarity.Tau
	other := T("the reference")
	if e.Reference == "" || w.Similarity.Anchor == protocol.AnchorSource {
		other = T("the source")
	}
	letters := lang.Share(done.Text, e.TargetLang)
	switch {
	case strings.TrimSpace(done.Text) == "":
		return T("It is empty, so it has no meaning to compare.")
	case letters < w.Language.Gate:
		return T("Only %s of its letters are in the script asked for: below %s its meaning earns nothing.", share(letters), share(w.Language.Gate))
	case v <= 0:
		return T("Its cosine with %s is below τ = %s, so it earns nothing for meaning.", other, setting(tau))
	}
	part := v / weight
	return T("Its cosine with %s is %s: (%s − τ) / (1 − τ) = %s with τ = %s, times the weight %s.",
		other, number(tau+part*(1-tau)), number(tau+part*(1-tau)), number(part), setting(tau), setting(weight))
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

// updateText says how advantages move the weights, by method.
func (c *Inside) updateText() string {
	r := c.App.Run()
	if r == nil {
		return ""
	}
	t := r.Config
	low, high := t.ClipLow, t.ClipHigh
	text := ""
	switch t.Method {
	case "rloo", "reinforce++":
		text = T("Each token's log-probability is raised by its answer's advantage; nothing is clipped.")
	case "cispo":
		text = T("Each token's log-probability is raised by its answer's advantage times the clipped ratio of new to old probability.")
	case "gspo":
		text = T("The ratio of new to old probability is taken over the whole answer, times its advantage, and clipped.")
	default:
		if low == 0 && high == 0 {
			low, high = 0.2, 0.2
			if t.Method == "dapo" {
				high = 0.28
			}
		}
		text = T("For each token the ratio of new to old probability, times the advantage, is maximised; outside %s to %s it is clipped.", number(1-low), number(1+high))
	}
	if t.Beta > 0 {
		text += " " + T("β %s times the KL to the reference model holds it back.", setting(t.Beta))
	}
	return text
}

// nearZero keeps −0.000 from being printed.
func nearZero(v float64) float64 {
	if math.Abs(v) < 1e-12 {
		return 0
	}
	return v
}
