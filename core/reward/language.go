package reward

import (
	"strings"
	"unicode"

	"github.com/dongyur/dongyur/core/lang"
	"github.com/dongyur/dongyur/core/language"
	"github.com/dongyur/dongyur/core/protocol"
)

// Language is how much of an answer is in the script that was asked for.
const Language = "language"

const gateName = "gate"

var _ = Register(Term{
	Name: Language, Title: protocol.Text{En: "Target script", Zh: "目标文字"}, Paper: "arXiv 2605.14366", Tint: 2, Weight: 1, Most: 1,
	Help: protocol.Text{
		En: "What an answer earns for being in the script that was asked for: the share of its letters against the reference’s own share. Names that the source writes in another script do not count. Without this term, a model may be rewarded for the right meaning in the wrong language.",
		Zh: "回答使用所要求文字所得的奖励：其字母比例与参考自身比例之比。原文中以其他文字书写的名称不计。没有它，模型可能因意义正确却语言错误而得奖。"},
	Parameters: []protocol.Setting{{Key: "gate", Path: gateName, Kind: protocol.Number, Most: 1, By: "0.05", Unset: 0.5, Paper: "arXiv 2605.14366",
		Title: protocol.Text{En: "Script gate", Zh: "文字门槛"},
		Help: protocol.Text{En: "An answer with less than this share of the target script, against the reference’s own, earns nothing for its meaning. 0 opens the gate.",
			Zh: "目标文字所占比例（相对于参考）低于此值的回答，其意义不得奖。0 为不设门槛。"}}},
	Value: func(a *Answer, _ Values) float64 { return a.Script },
	Explain: func(a *Answer, v Values, _ float64) protocol.Text {
		switch {
		case a.told != nil:
			return protocol.Say("%s of its letters are in words that look like %s, told from %s by the letters of the examples; against the reference’s own share that is %s, times the weight %s.",
				"%s 的字母所在的词像%s（凭示例中的字母与%s区分）；相对于参考自身的比例为 %s，再乘以权重 %s。",
				percent(a.share(a.Output)), names(a.to), names(a.from), percent(a.Script), given(v.Weight()))
		case a.In.SourceLang != a.In.TargetLang && language.SameScript(a.from, a.to):
			return protocol.Say("%s and %s share a script and there are too few examples to tell them apart by their words, so this says only that %s of its letters are in that script; times the weight %s.",
				"%s与%s使用同一文字，示例又太少，无法凭词区分，故此项只表明 %s 的字母属于该文字；再乘以权重 %s。",
				names(a.from), names(a.to), percent(a.Script), given(v.Weight()))
		}
		return protocol.Say("%s of its letters are in the script asked for; against the reference’s own share that is %s, times the weight %s.",
			"%s 的字母属于所要求的文字；相对于参考自身的比例为 %s，再乘以权重 %s。", percent(a.share(a.Output)), percent(a.Script), given(v.Weight()))
	},
})

// script is the share of the output's letters in the target script over the
// reference's own share, at most 1. Neither counts what may stand in another script:
// placeholders, words that the reference writes so, and names that are foreign to the
// source already. Where the reference has no letters left to count, as "USB 3.0",
// neither needs the answer any.
func script(a *Answer) float64 {
	kept := map[string]bool{}
	for _, w := range words(a.Reference) {
		kept[w] = a.to.Share(w) == 0
	}
	sourceKnown := len(a.from.Scripts) > 0
	for _, w := range words(a.Source) {
		kept[w] = kept[w] || sourceKnown && a.from.Share(w) == 0 && a.to.Share(w) == 0
	}
	left := func(text string) string {
		var b strings.Builder
		for _, w := range words(text) {
			if !kept[w] {
				b.WriteString(w + " ")
			}
		}
		return b.String()
	}
	output, reference := left(a.Output), left(a.Reference)
	share, of := a.share(output), a.share(reference)
	switch {
	case a.Reference == "":
		return share
	case of > 0:
		return min(1, share/of)
	case lang.Count(output).Letters == 0:
		return 1
	}
	return share
}

// share is how much of a text is in the target language: by the letters of its words
// where its script does not tell and there were examples to learn them from, else by
// its script.
func (a *Answer) share(text string) float64 {
	if a.told != nil {
		return a.told.Share(text)
	}
	return a.to.Share(text)
}

// names is a language as the page and the program call it.
func names(l *language.Language) protocol.Text { return protocol.Text{En: l.Names.En, Zh: l.Names.Zh} }

// words are the runs of letters and digits of one script, without case: in "grub验证"
// there are two. Placeholders are left out.
func words(text string) []string {
	for _, p := range lang.Placeholders(text) {
		text = strings.Replace(text, p, " ", 1)
	}
	var list []string
	var run strings.Builder
	wide := false // the run is of a script that is not Latin
	end := func() {
		if run.Len() > 0 {
			list = append(list, strings.ToLower(run.String()))
			run.Reset()
		}
	}
	for _, r := range text {
		switch foreign := !unicode.Is(unicode.Latin, r) && !unicode.IsDigit(r); {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r):
			end()
		case run.Len() > 0 && foreign != wide:
			end()
			fallthrough
		default:
			wide = foreign
			run.WriteRune(r)
		}
	}
	end()
	return list
}
