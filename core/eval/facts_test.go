package eval

import (
	"math"
	"slices"
	"testing"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/reward"
)

func TestRankCGolden(t *testing.T) {
	for _, row := range readGolden(t).RankC {
		if have := RankC(row.A, row.B); math.Abs(have-row.RankC) > 1e-12 {
			t.Errorf("%d rankings of %d: %v, want %v", len(row.A), len(row.A[0]), have, row.RankC)
		}
		if have := RankC(row.A, row.A); math.Abs(have-1) > 1e-12 {
			t.Errorf("equal rankings: %v, want 1", have)
		}
		if a, b := RankC(row.A, row.B), RankC(row.B, row.A); a != b {
			t.Errorf("%v one way, %v the other", a, b)
		}
	}
}

// fact is asked in some languages; its answers are a, b and c.
func fact(id string, languages ...string) *data.Fact {
	f := &data.Fact{ID: id, Languages: languages, Prompts: map[string]string{}, Names: []map[string]string{{}, {}, {}}}
	for _, code := range languages {
		f.Prompts[code] = "question: "
		for i, name := range []string{"open", "the file", "ཡིག་ཆ"} {
			f.Names[i][code] = name
		}
	}
	return f
}

// By hand: three facts, one of them right in all its languages.
func TestSummariseFacts(t *testing.T) {
	const right, wrong, mute = reward.Right, reward.Wrong, reward.Unparseable
	answers := []FactAnswers{
		{fact("1", "bo", "en", "zh"), map[string]reward.Verdict{"bo": right, "en": right, "zh": right}, map[string][]int{"bo": {0, 1, 2}, "en": {0, 1, 2}, "zh": {0, 2, 1}}},
		{fact("2", "en", "zh"), map[string]reward.Verdict{"en": right, "zh": wrong}, map[string][]int{"en": {0, 1, 2}, "zh": {1, 0, 2}}},
		{fact("3", "bo", "en", "zh"), map[string]reward.Verdict{"bo": mute, "en": wrong, "zh": right}, map[string][]int{"bo": {2, 1, 0}, "en": {2, 1, 0}, "zh": {0, 1, 2}}},
	}
	r := SummariseFacts(answers, []string{"en", "zh"})
	for i, want := range []Accuracy{{Lang: "bo", Right: 1, Count: 2}, {Lang: "en", Right: 2, Count: 3}, {Lang: "zh", Right: 2, Count: 3}} {
		if have := r.Languages[i]; have.Lang != want.Lang || have.Right != want.Right || have.Count != want.Count {
			t.Errorf("%+v, want %+v", have, want)
		}
	}
	// w = (e², e, 1)/(e²+e+1); P@j of the pairs by hand.
	const total = 7.38905609893065 + 2.718281828459045 + 1
	w := []float64{7.38905609893065 / total, 2.718281828459045 / total, 1 / total}
	boEN := (1.0 + 1.0) / 2
	boZH := ((w[0] + w[1]/2 + w[2]) + (0 + w[1]/2 + w[2])) / 2
	enZH := ((w[0] + w[1]/2 + w[2]) + (0 + w[1] + w[2]) + (0 + w[1]/2 + w[2])) / 3
	for _, test := range []struct {
		name                    string
		have                    *Consistent
		accuracy, total, rankc  float64
		facts                   int
		unparseable, unparsedOf float64
	}{
		{"all", &r.All, 5.0 / 8, 1.0 / 3, (boEN + boZH + enZH) / 3, 3, 1, 8},
		{"seen", r.Seen, 4.0 / 6, 1.0 / 3, enZH, 3, 0, 6},
	} {
		c := test.have
		if math.Abs(c.Accuracy.Value-test.accuracy) > 1e-12 || math.Abs(c.Total.Value-test.total) > 1e-12 || c.Facts != test.facts ||
			c.RankC == nil || math.Abs(*c.RankC-test.rankc) > 1e-12 || c.Unparseable != test.unparseable/test.unparsedOf {
			t.Errorf("%s: %+v, RankC %v, want %+v", test.name, c, *c.RankC, test)
		}
	}
	// One language alone has no consistency with others.
	if u := r.Unseen; u == nil || u.Accuracy.Value != 0.5 || u.Facts != 0 || u.RankC != nil {
		t.Errorf("unseen: %+v", u)
	}
	if r := SummariseFacts(answers, nil); r.Seen != nil || r.Unseen != nil {
		t.Error("without training languages there are seen and unseen ones")
	}
}

// The likelier answer comes first, whole or by token, as a text or as a turn.
func TestRankFacts(t *testing.T) {
	policy, tok := nano(t)
	l := newLikelihood(t, policy, tok)
	facts := []*data.Fact{fact("1", "en", "zh"), fact("2", "bo")}
	every := []RankOptions{{AsText: true}, {AsText: true, Sum: true}, {}, {Sum: true}}
	if testing.Short() {
		every = every[:1]
	}
	for _, options := range every {
		answers, err := RankFacts(l, tok, facts, options)
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range facts {
			for _, code := range f.Languages {
				scores := make([]float64, len(f.Names))
				for j := range f.Names {
					c, err := factContinuation(tok, f, code, j, options)
					if err != nil {
						t.Fatal(err)
					}
					logp, err := l.LogProbs([]Continuation{c}, false, nil)
					if err != nil {
						t.Fatal(err)
					}
					if scores[j] = logp[0]; !options.Sum {
						scores[j] /= float64(len(c.Text))
					}
				}
				ranking := answers[i].Ranking[code]
				if !slices.IsSortedFunc(ranking, func(a, b int) int { return int(math.Copysign(1, scores[b]-scores[a])) }) {
					t.Errorf("%+v %s: ranking %v of scores %v", options, code, ranking, scores)
				}
				if (answers[i].Verdict[code] == reward.Right) != (ranking[0] == 0) {
					t.Errorf("%+v %s: verdict %d of ranking %v", options, code, answers[i].Verdict[code], ranking)
				}
			}
		}
	}
	if have := ranked([]float64{1, 2, 1, 2}); !slices.Equal(have, []int{3, 1, 2, 0}) {
		t.Errorf("of equal scores the right answer does not come last: %v", have)
	}
}

func TestJudgeFacts(t *testing.T) {
	facts := []*data.Fact{fact("1", "en", "zh"), fact("2", "en")}
	questions := Questions(facts, true)
	if len(questions) != 3 || questions[1].Fact != "1" || questions[1].TargetLang != "zh" || len(questions[1].Choices) != 2 || questions[1].Reference != "open" {
		t.Fatalf("questions %+v", questions)
	}
	if open := Questions(facts, false); open[0].Choices != nil {
		t.Errorf("an open question offers %q", open[0].Choices)
	}
	answers, err := JudgeFacts(facts, []string{"Open.", "the file", "hm"}, true)
	if err != nil {
		t.Fatal(err)
	}
	if answers[0].Verdict["en"] != reward.Right || answers[0].Verdict["zh"] != reward.Wrong || answers[1].Verdict["en"] != reward.Unparseable {
		t.Errorf("verdicts %v %v", answers[0].Verdict, answers[1].Verdict)
	}
	// Where nothing was offered, any name in the language is a wrong one.
	if open, err := JudgeFacts(facts, []string{"Open.", "the file", "hm"}, false); err != nil || open[1].Verdict["en"] != reward.Wrong || open[0].Verdict["zh"] != reward.Unparseable {
		t.Errorf("open questions: %+v, %v", open, err)
	}
	if r := SummariseFacts(answers, nil); r.All.RankC != nil || r.All.Facts != 1 {
		t.Errorf("generated answers: %+v", r.All)
	}
	for _, outputs := range [][]string{{"a", "b"}, {"a", "b", "c", "d"}} {
		if _, err := JudgeFacts(facts, outputs, true); err == nil {
			t.Errorf("%d answers to 3 questions: no error", len(outputs))
		}
	}
}
