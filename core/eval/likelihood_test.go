package eval

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/engine"
	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/token"
)

// golden is testdata/golden.json, made by testdata/golden.py with transformers
// 5.23.0, and with the formulas in float64 by numpy 2.4.6.
type golden struct {
	Likelihood []struct {
		Prompt, Text string
		Tokens       int
		LogP         float64
	}
	RankC []struct {
		A, B  [][]int
		RankC float64
	}
	Percentile []struct {
		Values []float64
		P90    float64
	}
}

func readGolden(t *testing.T) (g golden) {
	t.Helper()
	raw, err := os.ReadFile("testdata/golden.json")
	if err == nil {
		err = json.Unmarshal(raw, &g)
	}
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// nano opens the smallest model of the assets.
func nano(t *testing.T) (*model.Policy, *token.Tokenizer) {
	t.Helper()
	folder := filepath.Join("..", "..", "assets", "models", "nano")
	checkpoint, err := model.Load(os.DirFS(folder))
	if err != nil {
		t.Skipf("the nano model is not here: %v", err)
	}
	tok, err := token.LoadFile(filepath.Join(folder, "tokenizer.json"))
	if err != nil {
		t.Fatal(err)
	}
	backend, err := engine.Open("go")
	if err != nil {
		t.Fatal(err)
	}
	policy, err := model.NewPolicy(backend, checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(policy.Finalize)
	return policy, tok
}

func newLikelihood(t *testing.T, policy *model.Policy, tok *token.Tokenizer) *Likelihood {
	t.Helper()
	l, err := NewLikelihood(policy, tok)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Finalize)
	return l
}

// Sums of log-probabilities are those of transformers, and pairs are judged by them.
func TestLikelihoodGolden(t *testing.T) {
	g := readGolden(t)
	policy, tok := nano(t)
	l := newLikelihood(t, policy, tok)
	asked := make([]Continuation, len(g.Likelihood))
	for i, row := range g.Likelihood {
		asked[i] = Continuation{tok.EncodeOrdinary(row.Prompt), tok.EncodeOrdinary(row.Text)}
		if len(asked[i].Text) != row.Tokens {
			t.Fatalf("%q has %d tokens, want %d", row.Text, len(asked[i].Text), row.Tokens)
		}
	}
	told := 0
	logp, err := l.LogProbs(asked, false, func(done int) { told = done })
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range g.Likelihood {
		if math.Abs(logp[i]-row.LogP) > 1e-5*math.Abs(row.LogP) {
			t.Errorf("%q: %.6f, want %.6f", row.Text, logp[i], row.LogP)
		}
	}
	if told != len(asked) {
		t.Errorf("told of %d of %d", told, len(asked))
	}
	rows := g.Likelihood
	pairs := []data.MinimalPair{
		{Set: "s", Lang: "en", Paradigm: "p", Good: rows[0].Text, Bad: rows[1].Text},
		{Set: "s", Lang: "en", Paradigm: "q", Good: rows[1].Text, Bad: rows[0].Text},
		{Set: "s", Lang: "zh", Paradigm: "p", Good: rows[2].Text, Bad: rows[3].Text},
		{Set: "s", Lang: "en", Paradigm: "p", Good: rows[0].Text, Bad: rows[0].Text}, // a tie is wrong
	}
	report, err := Probe(l, tok, pairs, nil, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []Accuracy{{Name: "s", Lang: "en", Right: 1, Count: 3}, {Name: "s", Lang: "zh", Right: 1, Count: 1}}
	for i, a := range report.Sets {
		if a.Name != want[i].Name || a.Lang != want[i].Lang || a.Right != want[i].Right || a.Count != want[i].Count {
			t.Errorf("set %d is %+v, want %+v", i, a, want[i])
		}
	}
	if len(report.Sets) != 2 || len(report.Paradigms) != 3 || report.Paradigms[0].Right != 1 || report.Paradigms[0].Count != 2 {
		t.Errorf("report %+v", report)
	}
	// Wilson's interval of 1 in 3, by hand: (p + z²/2n ± z√(p(1-p)/n + z²/4n²)) / (1 + z²/n), z = 1.96.
	if share := report.Sets[0].Share; math.Abs(share.Low-0.0615) > 1e-3 || math.Abs(share.High-0.7923) > 1e-3 {
		t.Errorf("interval %+v", share)
	}
}

// A row's place in a batch, its length beside others and the adapter's absence
// change nothing.
func TestLikelihoodIsOfTheRowAlone(t *testing.T) {
	policy, tok := newPolicy(t)
	l := newLikelihood(t, policy, tok)
	texts := []string{"open", "open the file", strings.Repeat("the file ", 12), "ཡིག་ཆ་ཁ་ཕྱེ།"}
	var asked []Continuation
	for range 20 {
		for _, text := range texts {
			asked = append(asked, Continuation{tok.EncodeOrdinary("the "), tok.EncodeOrdinary(text)})
		}
	}
	together, err := l.LogProbs(asked, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range texts {
		alone, err := l.LogProbs(asked[i:i+1], false, nil)
		if err != nil {
			t.Fatal(err)
		}
		for j := i; j < len(asked); j += len(texts) {
			if math.Abs(together[j]-alone[0]) > 1e-4 {
				t.Errorf("%q: %g in a batch, %g alone", texts[i], together[j], alone[0])
			}
		}
	}
	for name, bad := range map[string]Continuation{"nothing": {Prompt: []int{1}}, "too long": {Text: make([]int, 256)}} {
		if _, err := l.LogProbs([]Continuation{bad}, true, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// XCOPA's texts are those of EleutherAI's lm-evaluation-harness, written out by hand.
func TestCausal(t *testing.T) {
	for _, test := range []struct {
		in      data.CausalChoice
		premise string
		first   string
	}{
		{data.CausalChoice{Lang: "zh", Question: "cause", Premise: "灯灭了。", Choices: [2]string{"停电了。", "天亮了。"}}, "灯灭了 因为", " 停电了。"},
		{data.CausalChoice{Lang: "id", Question: "effect", Premise: "Lampu padam. ", Choices: [2]string{"Rumah gelap.", "Rumah terang."}}, "Lampu padam maka", " rumah gelap."},
		{data.CausalChoice{Lang: "sw", Question: "cause", Premise: "Taa ilizimika.", Choices: [2]string{"Éa.", "B."}}, "Taa ilizimika kwa sababu", " éa."},
	} {
		premise, sentences, err := causal(test.in)
		if err != nil || premise != test.premise || sentences[0] != test.first {
			t.Errorf("%q %q, %v, want %q %q", premise, sentences[0], err, test.premise, test.first)
		}
	}
	for _, bad := range []data.CausalChoice{{Lang: "xx", Question: "cause", Premise: "a."}, {Lang: "zh", Question: "why", Premise: "a."}} {
		if _, _, err := causal(bad); err == nil {
			t.Errorf("%+v: no error", bad)
		}
	}
}

func TestPercentileGolden(t *testing.T) {
	for _, row := range readGolden(t).Percentile {
		if have := percentile(row.Values, 0.9); math.Abs(have-row.P90) > 1e-12 {
			t.Errorf("of %d values: %v, want %v", len(row.Values), have, row.P90)
		}
	}
}
