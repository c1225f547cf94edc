package reward

import (
	"github.com/dongyur/dongyur/core/grammar"
	"github.com/dongyur/dongyur/core/protocol"
)

// Meaning is what the grammar that composed an example reads in an answer. It is there
// for lessons and ablations: a run that is rewarded by it is not to be judged by it alone.
const Meaning = "meaning"

const exactName = "exact"

var _ = Register(Term{
	Name: Meaning, Title: protocol.Text{En: "Exact meaning", Zh: "确切意义"}, Tint: 14, Most: 1,
	Help: protocol.Text{
		En: "For examples that the grammar composed: the answer is parsed, and earns for the parts of the meaning that are right (who, what, tense, denial, number) and for a meaning that is exactly right. No embedding is involved. Other examples earn nothing. A run rewarded by it should not be judged by it alone.",
		Zh: "用于由语法生成的例句：解析回答，按意义中正确的部分（谁、什么、时态、否定、数量）和意义完全正确给奖。不涉及嵌入。其他例句不得奖。以它为奖励的训练不应只凭它评判。"},
	Parameters: []protocol.Setting{{Path: exactName, Kind: protocol.Number, Most: 1, By: "0.05", Unset: 0.5,
		Title: protocol.Text{En: "Share for exactly right", Zh: "完全正确所占份额"},
		Help: protocol.Text{En: "How much of the term an answer earns only when its whole meaning is right; the rest is earned part by part.",
			Zh: "此项中只有意义完全正确才能得到的份额；其余按部分给奖。"}}},
	Value: func(a *Answer, v Values) float64 {
		j, ok := a.judged()
		if !ok {
			return 0
		}
		exact := v.Number(exactName)
		value := (1 - exact) * j.Slots
		if j.Exact {
			value += exact
		}
		return value
	},
	Explain: func(a *Answer, v Values, _ float64) protocol.Text {
		j, ok := a.judged()
		switch {
		case !ok:
			return protocol.Text{En: "The example carries no meaning of the grammar, so this earns nothing.", Zh: "该例句没有语法给出的意义，故不得奖。"}
		case j.Copied:
			return protocol.Text{En: "A piece of the text is no headline of it.", Zh: "原文的一段不是标题。"}
		case j.Exact:
			return protocol.Say("It means exactly what the source does; times the weight %s.", "意义与原文完全相同，再乘以权重 %s。", given(v.Weight()))
		case !j.WellFormed && !j.News:
			return protocol.Say("It is no sentence of the grammar; its words share %s of the meaning; times the weight %s.",
				"它不是合乎语法的句子；其中的词占意义的 %s，再乘以权重 %s。", percent(j.Slots), given(v.Weight()))
		}
		return protocol.Say("It is a sentence with another meaning, of which %s is right; times the weight %s.", "句子合乎语法而意义不同，其中 %s 正确，再乘以权重 %s。",
			percent(j.Slots), given(v.Weight()))
	},
})

// judged is what the meaning judge says of an answer; a headline that is copied has
// nothing right.
func (a *Answer) judged() (grammar.Judgement, bool) {
	j, ok := grammar.Judge(a.In.Meaning, a.In.TargetLang, a.In.Source, a.Output)
	if j.Copied {
		j.Exact, j.Slots = false, 0
	}
	return j, ok
}
