package reward

import (
	"slices"

	"github.com/dongyur/dongyur/core/language"
	"github.com/dongyur/dongyur/core/protocol"
)

// Length takes off for answers that run on.
const Length = "length"

var _ = Register(Term{
	Name: Length, Title: protocol.Text{En: "Length", Zh: "长度"}, Tint: 7, Weight: 0.5, Least: -1,
	Help: protocol.Text{En: "Taken off for answers much longer than the reference: nothing up to 2.5 times its length, all of the weight from 5 times on.",
		Zh: "对远长于参考的回答扣分：2.5 倍以内不扣，5 倍起扣满此权重。"},
	Parameters: []protocol.Setting{
		{Path: "free", Kind: protocol.Number, Least: 1, Unset: 2.5, By: "0.1", Title: protocol.Text{En: "Free length", Zh: "不扣分的长度"},
			Help: protocol.Text{En: "Up to so many times the expected length nothing is taken off.", Zh: "在预期长度的这么多倍以内不扣分。"}},
		{Path: "full", Kind: protocol.Number, Least: 1, Unset: 5.0, By: "0.1", Title: protocol.Text{En: "Full penalty from", Zh: "扣满的长度"},
			Help: protocol.Text{En: "From so many times the expected length on, all of the weight is taken off.", Zh: "达到预期长度的这么多倍时，扣去全部权重。"}},
	},
	Check: func(v Values) error {
		if free, full := v.Number("free"), v.Number("full"); !(full > free) {
			return protocol.Say("length's free %g and full %g: full must be above free", "长度的 free %g 与 full %g：full 必须大于 free", free, full)
		}
		return nil
	},
	Measure: func(_ Encoder, answers []*Answer, _ Values) ([]float64, error) { return expectedLengths(answers), nil },
	Value: func(a *Answer, v Values) float64 {
		return -lengthExcess(len(a.Units), a.Found[Length], a.In.Finished, v.Number("free"), v.Number("full"))
	},
	Explain: func(a *Answer, v Values, value float64) protocol.Text {
		units, expected := len(a.Units), given(a.Found[Length])
		switch {
		case a.Empty:
			return protocol.Text{}
		case value == 0:
			return protocol.Say("%d units against %s expected: not longer than %s times.", "%d 个单位，预期 %s：不超过 %s 倍。", units, expected, given(v.Number("free")))
		case value == -1 && !a.In.Finished:
			return protocol.Say("%d units against %s expected, and it was cut off while it ran on: the whole weight %s goes.", "%d 个单位，预期 %s，且仍在继续时被截断：扣去全部权重 %s。", units, expected, given(v.Weight()))
		}
		return protocol.Say("%d units against %s expected: longer than %s times; at %s times the whole weight %s goes.",
			"%d 个单位，预期 %s：超过 %s 倍；到 %s 倍时扣去全部权重 %s。", units, expected, given(v.Number("free")), given(v.Number("full")), given(v.Weight()))
	},
})

// lengthExcess is 0 up to free (2.5) times the expected length and rises in a line
// to 1 at full (5) times. An answer that the token limit cut off after it had
// passed the expected length was running on: its excess is 1 (DAPO, arXiv
// 2503.14476, treats truncated answers so). One cut off before is the limit's fault.
func lengthExcess(units int, expected float64, finished bool, free, full float64) float64 {
	ratio := float64(units) / max(expected, 1)
	if !finished && ratio > 1 {
		return 1
	}
	return min(1, max(0, (ratio-free)/(full-free)))
}

// expectedLengths are, for each answer, the median length of its group's
// references, in units. A group without references takes the median of the
// batch, and a batch without any its own sources: length alone tells little
// between languages, and 2.5 times leaves room.
func expectedLengths(answers []*Answer) []float64 {
	type prompt struct{ task, source, from, to string }
	groups := map[prompt][]int{}
	var all []int
	of := func(a *Answer) prompt {
		return prompt{a.In.Task, a.Source, a.In.SourceLang, a.In.TargetLang}
	}
	for _, a := range answers {
		if a.Reference == "" {
			continue
		}
		groups[of(a)] = append(groups[of(a)], len(a.Expected))
		all = append(all, len(a.Expected))
	}
	expected := make([]float64, len(answers))
	for i, a := range answers {
		switch lengths := groups[of(a)]; {
		case len(lengths) > 0:
			expected[i] = median(lengths)
		case len(all) > 0:
			expected[i] = median(all)
		default:
			expected[i] = float64(len(language.Units(a.Source, a.In.SourceLang)))
		}
	}
	return expected
}

// median of at least one number.
func median(values []int) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return float64(sorted[(n-1)/2]+sorted[n/2]) / 2
}
