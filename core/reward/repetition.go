package reward

import (
	"strings"

	"github.com/dongyur/dongyur/core/protocol"
)

// Repetition takes off for saying the same again and again.
const Repetition = "repetition"

var _ = Register(Term{
	Name: Repetition, Title: protocol.Text{En: "Repetition", Zh: "重复"}, Tint: 8, Weight: 0.5, Least: -1,
	Help: protocol.Text{En: "Taken off for saying the same four units again and again, more than the reference does, which similarity alone does not mind.",
		Zh: "对反复说同样四个单位、且多于参考的回答扣分；仅凭相似度并不会反对它。"},
	Parameters: []protocol.Setting{
		{Path: "ngram", Kind: protocol.Whole, Least: 1, Unset: 4.0, By: "1", Title: protocol.Text{En: "Repeated runs of", Zh: "重复片段长度"},
			Help: protocol.Text{En: "How many units a run has that counts as repeated. A shorter reference is judged by runs of its own length.", Zh: "计为重复的片段有多少个单位。参考较短时，以其自身长度的片段计。"}},
		{Path: "free", Kind: protocol.Number, Most: 0.99, Unset: 0.15, By: "0.05", Title: protocol.Text{En: "Free repetition", Zh: "不扣分的重复"},
			Help: protocol.Text{En: "The share of repeated runs that natural text may have; a reference that repeats itself more allows more.", Zh: "自然文本可以有的重复片段比例；参考自身重复更多时，允许更多。"}},
	},
	Value: func(a *Answer, v Values) float64 {
		rate, free := repeated(a, v)
		return -above(rate, free)
	},
	Explain: func(a *Answer, v Values, value float64) protocol.Text {
		rate, free := repeated(a, v)
		switch {
		case a.Empty:
			return protocol.Text{}
		case value == 0:
			return protocol.Say("It hardly repeats itself.", "几乎没有重复。")
		}
		return protocol.Say("It repeats itself: %s of its runs of %d units came before; %s are free.",
			"它在重复：%s 的 %d 单位片段此前已出现过；%s 不扣分。", percent(rate), runLength(a, v), percent(free))
	},
})

// runLength is how many units a run has; more than the reference has would let a
// short answer be said twice.
func runLength(a *Answer, v Values) int {
	n := int(v.Number("ngram"))
	if len(a.Expected) > 0 {
		n = min(n, len(a.Expected))
	}
	return n
}

// repeated is an answer's rate, and what is free: no less than the reference's own.
func repeated(a *Answer, v Values) (rate, free float64) {
	n := runLength(a, v)
	return repetitionRate(a.Units, n), max(v.Number("free"), repetitionRate(a.Expected, n))
}

// repetitionRate is the share of n-grams that occurred before: 1 minus distinct
// over all. It is 0 for texts of fewer than n units. Natural text reaches .15 for
// n = 4.
func repetitionRate(units []string, ngram int) float64 {
	all := len(units) - ngram + 1
	if all < 1 {
		return 0
	}
	distinct := map[string]struct{}{}
	for i := range all {
		distinct[strings.Join(units[i:i+ngram], "\x00")] = struct{}{}
	}
	return 1 - float64(len(distinct))/float64(all)
}
