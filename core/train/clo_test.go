package train

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/objective"
	"github.com/dongyur/dongyur/core/rollout"
	"github.com/dongyur/dongyur/core/task"
)

func testPairs(t testing.TB) []Bilingual {
	t.Helper()
	pairs, err := Bilinguals(newTokenizer(t), rollout.Template{}, testExamples)
	if err != nil {
		t.Fatal(err)
	}
	return pairs
}

func newCLO(t testing.TB, policy *model.Policy, micro int, share float64) *CLO {
	t.Helper()
	c, err := NewCLO(policy, testPairs(t), CLOConfig{Optimizer: testOptimizer(20), Objective: objective.CLOConfig{SFTShare: share, Sharpness: 0.1},
		Pairs: 3, MicroBatch: micro, Seed: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Finalize)
	return c
}

// Where the two sides of an example come from.
func TestBilinguals(t *testing.T) {
	tok := newTokenizer(t)
	headline := task.Example{ID: "news", Task: "headline", Source: "ཡིག་ཆ་ཁ་ཕྱེ།", Reference: "ཡིག་ཆ།", SourceLang: "bo", TargetLang: "bo",
		Pivot: &task.Pivot{Source: "Open the file.", Reference: "A file", Lang: "en"}}
	fact := func(lang, question, answer string) task.Example {
		return task.Example{ID: lang, Task: "fact", Fact: "f1", Source: question, Reference: answer, SourceLang: lang, TargetLang: lang}
	}
	sentence := task.Example{ID: "open", Task: "translate", Source: "打开文件。", Reference: "ཡིག་ཆ།", SourceLang: "zh", TargetLang: "bo",
		Pivot: &task.Pivot{Reference: "A file", Lang: "en"}}
	decode := func(ids []int) string { return tok.DecodeSkipSpecial(ids) }
	for _, test := range []struct {
		name              string
		examples          []task.Example
		pivot, target     string // answers
		inPivot, inTarget string // in the prompts
	}{
		{"a translation and its reverse", testExamples[:1], testExamples[0].Source, testExamples[0].Reference, testExamples[0].Reference, testExamples[0].Source},
		{"a translation into two languages", []task.Example{sentence}, "A file", "ཡིག་ཆ།", "打开文件", "打开文件"},
		{"a headline with its other side", []task.Example{headline}, "A file", "ཡིག་ཆ།", "Open the file.", "ཁ་ཕྱེ"},
		{"a fact and the same in English", []task.Example{fact("en", "Which file?", "Print."), fact("bo", "ཡིག་ཆ་འཚོལ།", "པར་བརྒྱབ།")}, "Print.", "པར་བརྒྱབ།", "Which file?", "འཚོལ"},
	} {
		pairs, err := Bilinguals(tok, rollout.Template{}, test.examples)
		if err != nil || len(pairs) != 1 {
			t.Fatalf("%s: %d pairs, %v", test.name, len(pairs), err)
		}
		rows := pairs[0].rows()
		for _, row := range []struct {
			at             int
			prompt, answer string
		}{
			{objective.PivotOnPivot, test.inPivot, test.pivot}, {objective.TargetOnPivot, test.inPivot, test.target},
			{objective.TargetOnTarget, test.inTarget, test.target}, {objective.PivotOnTarget, test.inTarget, test.pivot},
		} {
			if prompt, answer := decode(rows[row.at].Prompt), decode(rows[row.at].Completion); !strings.Contains(prompt, row.prompt) || answer != row.answer {
				t.Errorf("%s, row %d: %q answered by %q, want one with %q answered by %q", test.name, row.at, prompt, answer, row.prompt, row.answer)
			}
		}
	}
}

func TestCLORefuses(t *testing.T) {
	alone := task.Example{ID: "alone", Task: "headline", Source: "ཡིག་ཆ་ཁ་ཕྱེ།", Reference: "ཡིག་ཆ།", SourceLang: "bo", TargetLang: "bo"}
	half, same, bare := alone, alone, testExamples[0]
	half.Pivot = &task.Pivot{Source: "Open the file.", Lang: "en"}
	same.Pivot = &task.Pivot{Source: "ཁ་ཕྱེ།", Reference: "ཡིག", Lang: "bo"}
	bare.Reference = ""
	for _, test := range []struct {
		name    string
		example task.Example
		want    string
	}{
		{"one language", alone, `"alone" is in bo alone`}, {"half a pivot", half, "pivot_reference"},
		{"a pivot in the same language", same, "a language other than bo"}, {"no reference", bare, "has no reference"},
	} {
		if _, err := Bilinguals(newTokenizer(t), rollout.Template{}, []task.Example{test.example}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", test.name, err, test.want)
		}
	}
	good := CLOConfig{Optimizer: testOptimizer(1), Objective: objective.DefaultCLO, Pairs: 2}
	none, odd := good, good
	none.Pairs, odd.Objective.SFTShare = 0, 2
	long := Bilingual{"long", make([]int, 50), make([]int, 10), make([]int, 50), make([]int, 60)}
	for _, test := range []struct {
		name   string
		rank   int
		pairs  []Bilingual
		config CLOConfig
		want   string
	}{
		{"no pairs", 2, nil, good, "no examples"}, {"no pairs a step", 2, testPairs(t), none, "1 or more"},
		{"a share of 2", 2, testPairs(t), odd, "not in 0..1"}, {"too long", 2, []Bilingual{long}, good, `"long" has 50 prompt and 60 completion`},
		{"no reference", 0, testPairs(t), good, "needs a reference"},
	} {
		if _, err := NewCLO(newPolicy(t, test.rank), test.pairs, test.config); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", test.name, err, test.want)
		}
	}
}

func TestCLOMicroBatchesAddUp(t *testing.T) {
	step := func(micro int) (*TextStep, map[string][]float32) {
		policy := newPolicy(t, 2)
		did, err := newCLO(t, policy, micro, 0.5).Step(1)
		if err != nil {
			t.Fatal(err)
		}
		return did, gradients(t, policy)
	}
	whole, want := step(0)
	for _, micro := range []int{1, 8} { // one pair and two: the last part is not full
		did, have := step(micro)
		near(t, have, want, 1e-5)
		for name, value := range whole.Figures {
			if math.Abs(did.Figures[name]-value) > 1e-5 {
				t.Errorf("parts of %d rows: %s is %g, want %g", micro, name, did.Figures[name], value)
			}
		}
	}
}

// Attention alone trains, and learns to answer in the language that is asked for.
func TestCLOLearnsThePreference(t *testing.T) {
	policy := newPolicy(t, 0)
	if err := policy.KeepReference(); err != nil {
		t.Fatal(err)
	}
	if err := policy.TrainOnly(model.AttentionProjections); err != nil {
		t.Fatal(err)
	}
	before := snapshot(t, policy, "/base/")
	c := newCLO(t, policy, 0, 0.5)
	var first, last *TextStep
	for step := 1; step <= 20; step++ {
		did, err := c.Step(step)
		if err != nil {
			t.Fatal(err)
		}
		if step == 1 {
			first = did
		}
		last = did
	}
	// Before the first update policy and reference are one: -2 log σ(0).
	if math.Abs(first.Figures["contrast"]-2*math.Ln2) > 1e-5 || first.KL > 1e-6 {
		t.Errorf("the first contrast is %g, the divergence %g", first.Figures["contrast"], first.KL)
	}
	if !(last.Figures["contrast"] < first.Figures["contrast"]) || !(last.Figures["sft"] < first.Figures["sft"]) || last.Figures["preferred"] < 0.8 {
		t.Errorf("figures %v after 20 steps, %v at first", last.Figures, first.Figures)
	}
	for path, values := range snapshot(t, policy, "/base/") {
		attention := strings.Contains(path, "self_attn.") && strings.Contains(path, "_proj.")
		if moved := !slices.Equal(values, before[path]); moved != attention {
			t.Errorf("%s moved: %v", path, moved)
		}
	}
}
