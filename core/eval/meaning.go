package eval

import (
	"fmt"
	"slices"

	"github.com/dongyur/dongyur/core/grammar"
	"github.com/dongyur/dongyur/core/metric"
	"github.com/dongyur/dongyur/core/task"
)

// Names of the figures of the meaning judge, which reads an answer by the grammar that
// composed its example: no embedding is involved. All are shares from 0 to 1.
const (
	Meaning    = "meaning"     // 1: exactly what the example means
	Slots      = "slots"       // F1 of the parts of the meaning
	WellFormed = "well-formed" // 1: a sentence of the grammar
	Event      = "event"       // of a headline, 1: about the same kind of event
	Copied     = "copied"      // of a headline, 1: a piece of the text instead
)

// judgement is what the meaning judge counts under a name, and its signature.
type judgement struct{ name, signature string }

// judgements are all of them, in the order in which scores are shown.
var judgements = []judgement{
	{Meaning, "share exactly right|judge:grammar"},
	{Event, "share of right events|judge:grammar"},
	{Slots, "mean F1 of slots|judge:grammar"},
	{WellFormed, "share of sentences|judge:grammar"},
	{Copied, "share of copies, longest run of 80 %|judge:grammar"},
}

// Fraction tells whether a figure of that name runs to 1; others run to 100.
func Fraction(name string) bool {
	return name == Similarity || slices.ContainsFunc(judgements, func(j judgement) bool { return j.name == name })
}

// judgeMeaning gives the figures of an answer by name; nil where the example carries no
// meaning of a grammar, or is to be answered in a language that the grammar does not speak.
func judgeMeaning(e task.Example, answer string) map[string]float64 {
	j, ok := grammar.Judge(e.Meta[grammar.MeaningKey], e.TargetLang, e.Source, answer)
	switch {
	case !ok || j.News != (e.Task == task.Headline):
		return nil
	case j.News:
		return map[string]float64{Meaning: share(j.Exact), Event: share(j.Event), Slots: j.Slots, Copied: share(j.Copied)}
	}
	return map[string]float64{Meaning: share(j.Exact), Slots: j.Slots, WellFormed: share(j.WellFormed)}
}

func share(ok bool) float64 {
	if ok {
		return 1
	}
	return 0
}

// judged are the figures of the meaning judge under a name, of the examples that have it.
func (o *Outputs) judged(name string) []float64 {
	var figures []float64
	for _, of := range o.meanings {
		if figure, ok := of[name]; ok {
			figures = append(figures, figure)
		}
	}
	return figures
}

// meaningScores are the means of what the meaning judge counts.
func (o *Outputs) meaningScores() []task.Score {
	var scores []task.Score
	for _, j := range judgements {
		if figures := o.judged(j.name); len(figures) > 0 {
			scores = append(scores, score(j.name, metric.MeanInterval(figures, metric.Samples, bootstrapSeed), j.signature))
		}
	}
	return scores
}

// meaningChange is after minus before of what the meaning judge counts.
func meaningChange(before, after *Outputs) ([]task.Score, error) {
	var scores []task.Score
	for _, j := range judgements {
		from, to := before.judged(j.name), after.judged(j.name)
		if len(from) == 0 {
			continue
		}
		paired, err := metric.PairedMeans(from, to, metric.Samples, bootstrapSeed)
		if err != nil {
			return nil, fmt.Errorf("compare %s: %w", j.name, err)
		}
		scores = append(scores, score(j.name, paired.Delta, j.signature))
	}
	return scores, nil
}
