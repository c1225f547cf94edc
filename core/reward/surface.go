package reward

import (
	"github.com/dongyur/dongyur/core/lang"
	"github.com/dongyur/dongyur/core/metric"
)

// Surface scores are rewards to compare meaning with (S1's ablation); each is 0
// to 1, and 0 for an answer without a reference.

func (a *answer) chrF() float64 { return a.surface(metric.ChrFPlusPlus) / 100 }

// bleu is on syllables for Tibetan, on characters for Chinese.
func (a *answer) bleu() float64 {
	return a.surface(metric.BLEU{Tokenize: metric.TokenizationFor(a.in.TargetLang)}) / 100
}

func (a *answer) rouge() float64 { return a.surface(metric.ROUGEL{Lang: a.in.TargetLang}) }

func (a *answer) surface(m metric.Metric) float64 {
	if a.reference == "" {
		return 0
	}
	return metric.Sentence(m, a.output, a.reference)
}

// copied is the share of a headline that is one span of its text; 0 for other tasks.
func (a *answer) copied() float64 {
	if a.in.Task != "headline" {
		return 0
	}
	return copiedShare(a.units, lang.Units(a.source, a.in.SourceLang))
}
