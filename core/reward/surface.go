package reward

import (
	"strconv"

	"github.com/dongyur/dongyur/core/metric"
	"github.com/dongyur/dongyur/core/protocol"
)

// Surface scores are rewards to compare meaning with (S1's ablation); each is 0
// to 1, and 0 for an answer without a reference.
const (
	ChrF  = "chrf"
	BLEU  = "bleu" // on syllables for Tibetan, on characters for Chinese
	ROUGE = "rouge"
)

var (
	_ = Register(surface(ChrF, "chrF++", 4, "https://aclanthology.org/W17-4770/",
		protocol.Text{En: "Rewards shared letters and words with the reference (chrF++), to compare rewards by surface with rewards by meaning.", Zh: "按与参考共有的字符和词得奖（chrF++），用以比较表面奖励与意义奖励。"},
		func(a *Answer) float64 { return a.matches(metric.ChrFPlusPlus) / 100 }))
	_ = Register(surface(BLEU, "BLEU", 5, "https://aclanthology.org/P02-1040/",
		protocol.Text{En: "Rewards shared runs of syllables with the reference (BLEU on syllables).", Zh: "按与参考共有的音节片段得奖（以音节计的 BLEU）。"},
		func(a *Answer) float64 {
			return a.matches(metric.BLEU{Tokenize: metric.TokenizationFor(a.In.TargetLang)}) / 100
		}))
	_ = Register(surface(ROUGE, "ROUGE-L", 6, "https://aclanthology.org/W04-1013/",
		protocol.Text{En: "Rewards the longest common sequence of syllables with the reference.", Zh: "按与参考的最长公共音节序列得奖。"},
		func(a *Answer) float64 { return a.matches(metric.ROUGEL{Lang: a.In.TargetLang}) }))
)

// surface is the row of one score, 0 to 1.
func surface(name, title string, tint int, paper string, help protocol.Text, score func(*Answer) float64) Term {
	return Term{Name: name, Title: protocol.Text{En: title, Zh: title}, Help: help, Paper: paper, Tint: tint, Most: 1,
		Value: func(a *Answer, _ Values) float64 { return a.gated(score(a)) },
		Explain: func(a *Answer, v Values, value float64) protocol.Text {
			return protocol.Say("Surface match with the reference %s of 100, times the weight %s.", "与参考译文的字面匹配为 %s（满分 100），再乘以权重 %s。",
				strconv.FormatFloat(100*value, 'f', 1, 64), given(v.Weight()))
		}}
}

// matches is a score against the reference; 0 without one.
func (a *Answer) matches(m metric.Metric) float64 {
	if a.Reference == "" {
		return 0
	}
	return metric.Sentence(m, a.Output, a.Reference)
}
