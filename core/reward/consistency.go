package reward

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/dongyur/dongyur/core/language"
	"github.com/dongyur/dongyur/core/protocol"
)

// Consistency is S3's reward of a fact over all languages that it is asked in.
const Consistency = "consistency"

// When the bonus is paid: the parameter "shape".
const (
	ShapeAll    = "all"    // when every language is right
	ShapeLadder = "ladder" // rung by rung, each higher than the one before
)

var _ = Register(Term{
	Name: Consistency, Title: protocol.Text{En: "Languages agree", Zh: "各语言一致"}, Paper: "arXiv 2606.06586", Tint: 3, Most: 1,
	Help: protocol.Text{
		En: "For facts that are asked in several languages: a point for each right answer, less for an answer that names nothing, and a bonus if all are right. All languages of one try share it.",
		Zh: "用于以多种语言提问的事实：每答对一种得一分，什么也没说出的要扣分，全对另有奖金。同一次尝试的各种语言共享。"},
	Parameters: []protocol.Setting{
		{Path: "unparseable", Kind: protocol.Number, Unset: 0.5, By: "0.1", Title: protocol.Text{En: "Off for naming nothing", Zh: "未作答扣分"},
			Help: protocol.Text{En: "Taken off for each answer that names nothing.", Zh: "每个什么也没说出的回答扣去的分。"}},
		{Path: "bonus", Kind: protocol.Number, Unset: 1.0, By: "0.1", Title: protocol.Text{En: "Bonus", Zh: "奖金"},
			Help: protocol.Text{En: "Added where all languages are right.", Zh: "各语言全部答对时另加的分。"}},
		{Path: "shape", Kind: protocol.Pick, Unset: ShapeAll, Title: protocol.Text{En: "The bonus is paid", Zh: "奖金的发放"},
			Help:    protocol.Text{En: "Whole when all languages are right, or rung by rung, each further language for more than the one before.", Zh: "全部答对时一次发放，或逐级发放，每多一种语言所得更多。"},
			Choices: []protocol.Choice{{Value: ShapeAll, Title: protocol.Text{En: "when all are right", Zh: "全部答对时"}}, {Value: ShapeLadder, Title: protocol.Text{En: "rung by rung", Zh: "逐级"}}}},
	},
	Check: func(v Values) error {
		if !(v.Number("unparseable") > 0) {
			return protocol.Say("consistency's unparseable is %g: it must be above 0, or silence would cost no more than a wrong answer",
				"consistency 的 unparseable 为 %g：必须大于 0，否则沉默不比答错更差", v.Number("unparseable"))
		}
		return nil
	},
	Measure:       func(_ Encoder, answers []*Answer, v Values) ([]float64, error) { return agree(answers, v) },
	Value:         func(a *Answer, _ Values) float64 { return a.Found[Consistency] },
	CountsSilence: func(in Input) bool { return in.Fact != "" },
	Explain: func(a *Answer, v Values, value float64) protocol.Text {
		if a.In.Fact == "" {
			return protocol.Text{}
		}
		return protocol.Say("The same fact asked in several languages: right answers add 1 each, unreadable ones take off %s; together %s, times the weight %s.",
			"同一事实用几种语言提问：答对各加 1，无法辨认的各扣 %s；合计 %s，再乘以权重 %s。", given(v.Number("unparseable")), places(value), given(v.Weight()))
	},
})

// Verdict is what an answer to a fact's question is worth.
type Verdict int

const (
	Unparseable Verdict = iota // nothing that was offered, another language, or several names at once
	Wrong
	Right // names the object and none of the choices
)

// Judge reads an answer to a question for a name. It is Right if the name is in it
// as whole units (words, characters or syllables) and none of the choices is
// outside of that; a name inside a longer one, as Guinea in Equatorial Guinea, is
// not named. Case does not count. An answer that names one of the choices is
// Wrong; one that names several, or none of those it was offered, is Unparseable.
// Where nothing was offered, text with at least half of its letters in the
// language's script is Wrong too.
func Judge(output, name string, choices []string, code string) Verdict {
	output = clean(output)
	units := folded(output, code)
	named := map[string]bool{}
	names := append([]string{name}, choices...)
	// Longer names first: what they take is gone for the shorter.
	slices.SortStableFunc(names, func(a, b string) int {
		return cmp.Compare(len(folded(b, code)), len(folded(a, code)))
	})
	for _, n := range names {
		if take(units, folded(n, code)) {
			named[strings.Join(folded(n, code), "\x00")] = true
		}
	}
	right := named[strings.Join(folded(name, code), "\x00")]
	switch {
	case len(named) > 1:
		return Unparseable
	case right:
		return Right
	case len(named) == 0 && (len(choices) > 0 || language.Share(output, code) < 0.5):
		return Unparseable
	}
	return Wrong
}

// folded cuts text into units without case.
func folded(text, code string) []string {
	units := language.Units(clean(text), code)
	for i, unit := range units {
		units[i] = strings.ToLower(unit)
	}
	return units
}

// take tells whether name stands in units, and blanks it there.
func take(units, name []string) bool {
	found := false
	for i := 0; len(name) > 0 && i+len(name) <= len(units); i++ {
		if slices.Equal(units[i:i+len(name)], name) {
			clear(units[i : i+len(name)])
			found = true
		}
	}
	return found
}

// agree gives the answers to each fact S3's reward, the same for all languages of
// one sample: 1 for each right language, less the unparseable ones, and the bonus.
// Advantages within each prompt's group are then the same in every language, as S3
// shares them.
func agree(answers []*Answer, v Values) ([]float64, error) {
	type sample struct {
		fact  string
		index int
		again int // how often the fact came before in the batch
	}
	samples := map[sample][]int{}
	seen := map[string]int{}
	for i, a := range answers {
		if a.In.Fact == "" {
			continue
		}
		if a.Reference == "" {
			return nil, fmt.Errorf("completion %d: fact %q has no reference in %s: consistency needs the right answer", i, a.In.Fact, a.In.TargetLang)
		}
		asked := fmt.Sprint(a.In.Sample, " ", a.In.TargetLang, " ", a.In.Fact)
		key := sample{a.In.Fact, a.In.Sample, seen[asked]}
		seen[asked]++
		samples[key] = append(samples[key], i)
	}
	found := make([]float64, len(answers))
	for _, members := range samples {
		right, unparseable := 0, 0
		for _, i := range members {
			a := answers[i]
			verdict := Judge(a.Output, a.Reference, a.In.Choices, a.In.TargetLang)
			switch {
			case verdict == Unparseable || a.Empty:
				unparseable++
			case verdict == Right:
				right++
			}
		}
		value := consistency(right, unparseable, len(members), v)
		for _, i := range members {
			found[i] = value
		}
	}
	return found, nil
}

// consistency is S3's reward for right and unparseable answers in all languages.
// The paper's bonus is 1 and paid when all are right; its code takes nothing off
// for silence, which here is as unparseable as any other answer that names nothing. A ladder pays it by rungs, the k-th
// of n worth k/(1+…+n) of it: part of the way there counts, and each further
// language counts for more than the one before.
func consistency(right, unparseable, all int, v Values) float64 {
	value := float64(right) - v.Number("unparseable")*float64(unparseable)
	switch {
	case v.Word("shape") == ShapeLadder:
		value += v.Number("bonus") * float64(right*(right+1)) / float64(all*(all+1))
	case right == all:
		value += v.Number("bonus")
	}
	return value
}
