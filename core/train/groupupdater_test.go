package train

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/objective"
	"github.com/dongyur/dongyur/core/reward"
	"github.com/dongyur/dongyur/core/rollout"
	"github.com/dongyur/dongyur/core/task"
)

// testSamples are completions with advantages, as a rollout would give them.
func testSamples(t testing.TB) []Sample {
	t.Helper()
	var samples []Sample
	for i, row := range testRows(t) {
		logProbs := make([]float32, len(row.Completion))
		for j := range logProbs {
			logProbs[j] = -4 - float32((i+j)%3)
		}
		samples = append(samples, Sample{Row: row, LogProbs: logProbs, Advantage: []float64{1.2, -0.7, 0.4, -1.1, 0.2}[i]})
	}
	return samples
}

func newGroupUpdater(t testing.TB, policy *model.Policy, change func(*GroupUpdaterConfig)) *GroupUpdater {
	t.Helper()
	config := trainerConfig(5, 1, 0).Update
	if change != nil {
		change(&config)
	}
	g, err := NewGroupUpdater(policy, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Finalize)
	return g
}

func TestGRPOMicroBatchesAddUp(t *testing.T) {
	step := func(t *testing.T, micro int) (Update, map[string][]float32) {
		policy := newPolicy(t, 2)
		g := newGroupUpdater(t, policy, func(c *GroupUpdaterConfig) { c.MicroBatch = micro })
		update, err := g.Update(1, testSamples(t))
		if err != nil {
			t.Fatal(err)
		}
		return update, gradients(t, policy)
	}
	whole, want := step(t, 0)
	parts, have := step(t, 2)
	near(t, have, want, 5e-6)
	if math.Abs(parts.Loss-whole.Loss) > 1e-6 || math.Abs(parts.GradNorm-whole.GradNorm) > 1e-5*whole.GradNorm {
		t.Errorf("loss %g and norm %g, want %g and %g", parts.Loss, parts.GradNorm, whole.Loss, whole.GradNorm)
	}
	for i := range whole.Stats {
		if math.Abs(parts.Stats[i]-whole.Stats[i]) > 1e-5 {
			t.Errorf("statistic %d: %g, want %g", i, parts.Stats[i], whole.Stats[i])
		}
	}
}

// What is left out changes nothing: not the loss, not the gradient, not the figures. A
// batch that is left out whole is pulled towards the reference.
func TestGRPOLeavesOut(t *testing.T) {
	step := func(t *testing.T, samples []Sample) (Update, map[string][]float32) {
		policy := newPolicy(t, 2)
		update, err := newGroupUpdater(t, policy, nil).Update(1, samples)
		if err != nil {
			t.Fatal(err)
		}
		return update, gradients(t, policy)
	}
	samples := testSamples(t)
	samples[1].Out, samples[3].Out, samples[1].Advantage = true, true, 100
	with, have := step(t, samples)
	without, want := step(t, []Sample{samples[0], samples[2], samples[4]})
	near(t, have, want, 5e-6)
	if math.Abs(with.Loss-without.Loss) > 1e-6 {
		t.Errorf("loss %g, want %g", with.Loss, without.Loss)
	}
	for i := range without.Stats {
		if math.Abs(with.Stats[i]-without.Stats[i]) > 1e-5 {
			t.Errorf("statistic %d: %g, want %g", i, with.Stats[i], without.Stats[i])
		}
	}
	for i := range samples {
		samples[i].Out = true
	}
	if all, _ := step(t, samples); !(all.Loss > 0 && all.Loss < 0.05) { // β times the divergence alone
		t.Errorf("a batch that is left out has the loss %g", all.Loss)
	}
}

// Before the first update every ratio is 1; a second epoch's no longer is.
func TestGRPORatios(t *testing.T) {
	for _, test := range []struct {
		epochs int
		moved  bool
	}{{1, false}, {3, true}} {
		policy := newPolicy(t, 2)
		update, err := newGroupUpdater(t, policy, func(c *GroupUpdaterConfig) { c.Epochs = test.epochs }).Update(1, testSamples(t))
		if err != nil {
			t.Fatal(err)
		}
		if ratio := update.Stats[StatRatio]; (math.Abs(ratio-1) > 1e-6) != test.moved {
			t.Errorf("%d epochs: mean ratio %v in the last one", test.epochs, ratio)
		}
		if update.Stats[StatKL] <= 0 || update.Stats[StatEntropy] <= 0 {
			t.Errorf("%d epochs: KL %v, entropy %v", test.epochs, update.Stats[StatKL], update.Stats[StatEntropy])
		}
	}
}

// Tokens with a good advantage become likelier, those with a bad one less likely.
func TestGRPOFollowsAdvantages(t *testing.T) {
	policy := newPolicy(t, 2)
	g := newGroupUpdater(t, policy, func(c *GroupUpdaterConfig) { c.Objective.Beta, c.Support, c.Epochs = 0, SupportConfig{}, 4 })
	samples := testSamples(t)[:2]
	samples[0].Advantage, samples[1].Advantage = 1, -1
	logp := func(row Row) float64 {
		l := newLayout([]Row{row}, 1)
		outputs, err := g.logProbs.Exec(l.tokens, l.pad, l.mask)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for _, x := range outputs[0].Value().([][]float32)[0][:len(row.Completion)] {
			sum += float64(x)
		}
		return sum
	}
	good, bad := logp(samples[0].Row), logp(samples[1].Row)
	if _, err := g.Update(1, samples); err != nil {
		t.Fatal(err)
	}
	if after := logp(samples[0].Row); after <= good {
		t.Errorf("advantage 1: log-probability %g, after the step %g", good, after)
	}
	if after := logp(samples[1].Row); after >= bad {
		t.Errorf("advantage -1: log-probability %g, after the step %g", bad, after)
	}
}

func TestSemanticStep(t *testing.T) {
	policy := newPolicy(t, 2)
	config := trainerConfig(5, 1, 4)
	s := newGroupTrainer(t, policy, config)
	step, err := s.Step(context.Background(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(step.Groups) != config.Prompts {
		t.Fatalf("%d groups, want %d", len(step.Groups), config.Prompts)
	}
	mean, tokens, terms := 0.0, 0, 0.0
	for _, group := range step.Groups {
		if len(group.Completions) != config.Group || group.Step != 1 || group.Example.ID == "" {
			t.Fatalf("group %+v", group)
		}
		sum := 0.0
		for _, c := range group.Completions {
			sum += c.Advantage
			mean += c.Reward / float64(config.Prompts*config.Group)
			tokens += len(c.LogProbs)
			total := 0.0
			for _, term := range c.Terms {
				total += term
			}
			if math.Abs(total-c.Reward) > 1e-9 {
				t.Errorf("terms add up to %g, the reward is %g", total, c.Reward)
			}
			if len(c.Pieces) != len(c.LogProbs) {
				t.Errorf("%d pieces and %d log-probabilities", len(c.Pieces), len(c.LogProbs))
			}
		}
		if math.Abs(sum) > 1e-9 {
			t.Errorf("advantages add up to %g", sum)
		}
	}
	for _, term := range step.Terms {
		terms += term
	}
	if math.Abs(mean-step.Reward) > 1e-9 || math.Abs(terms-mean) > 1e-9 || tokens != step.Tokens {
		t.Errorf("reward %g of terms %g and %d tokens, want %g and %d", step.Reward, terms, step.Tokens, mean, tokens)
	}
}

func TestGRPORefuses(t *testing.T) {
	method, err := objective.MethodNamed("grpo")
	if err != nil {
		t.Fatal(err)
	}
	long := task.Example{ID: "long", Task: "translate", Source: strings.Repeat("ཡིག་ཆ་", 60), SourceLang: "bo", TargetLang: "en"}
	for _, test := range []struct {
		name     string
		rank     int
		examples []task.Example
		change   func(*GroupTrainerConfig)
		want     string
	}{
		{"a group of 1", 2, testExamples, func(c *GroupTrainerConfig) { c.Group = 1 }, "at least 2"},
		{"no examples", 2, nil, func(*GroupTrainerConfig) {}, "no examples"},
		{"a prompt longer than the context", 2, append([]task.Example{long}, testExamples...), func(*GroupTrainerConfig) {}, `"long"`},
		{"completions longer than the context", 2, testExamples, func(c *GroupTrainerConfig) { c.Sampling.MaxTokens = 96 }, "max_tokens"},
		{"temperature 0", 2, testExamples, func(c *GroupTrainerConfig) { c.Update.Temperature = 0 }, "temperature 0"},
		{"beta without a reference", 0, testExamples, func(*GroupTrainerConfig) {}, "needs a reference"},
		{"an impossible clip range", 2, testExamples, func(c *GroupTrainerConfig) { c.Update.Objective.ClipLow = 2 }, "clip range"},
		{"k1 in the loss", 2, testExamples, func(c *GroupTrainerConfig) {
			c.Update.Objective = objective.GRPOConfig{Method: method, Beta: 0.1, KL: objective.K1}
		}, "does not regularise"},
	} {
		t.Run(test.name, func(t *testing.T) {
			policy := newPolicy(t, test.rank)
			config := trainerConfig(5, 1, 0)
			test.change(&config)
			scorer, err := reward.New(reward.Hashed{}, reward.Default())
			if err != nil {
				t.Fatal(err)
			}
			_, err = NewGroupTrainer(policy, newTokenizer(t), scorer, rollout.New(policy, newTokenizer(t), rollout.Options{}), test.examples, config)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestUpdateRefuses(t *testing.T) {
	policy := newPolicy(t, 2)
	g := newGroupUpdater(t, policy, nil)
	samples := testSamples(t)
	samples[1].Completion = make([]int, 95)
	samples[1].LogProbs = make([]float32, 95)
	if _, err := g.Update(1, samples); err == nil || !strings.Contains(err.Error(), `"save"`) {
		t.Errorf("a completion past the context: %v", err)
	}
	for i := range samples {
		samples[i].Completion, samples[i].LogProbs = nil, nil
	}
	if _, err := g.Update(1, samples); err == nil || !strings.Contains(err.Error(), "empty") {
		t.Errorf("empty completions: %v", err)
	}
	samples = testSamples(t)
	samples[0].Advantage = math.NaN()
	before := snapshot(t, policy)
	var diverged *DivergedError
	if _, err := g.Update(1, samples); !errors.As(err, &diverged) {
		t.Errorf("an advantage of NaN: %v", err)
	}
	sameBits(t, snapshot(t, policy), before)
}

func TestSFTRefuses(t *testing.T) {
	policy := newPolicy(t, 2)
	long := Row{Name: "long", Prompt: make([]int, 60), Completion: make([]int, 37)}
	for _, test := range []struct {
		name string
		rows []Row
		n    int
		want string
	}{
		{"no rows", nil, 2, "no examples with a reference"},
		{"a row longer than the context", append(testRows(t), long), 2, `"long" has 60 prompt and 37 completion tokens`},
		{"no examples a step", testRows(t), 0, "1 or more"},
	} {
		if _, err := NewSFT(policy, test.rows, SFTConfig{Optimizer: testOptimizer(1), Rows: test.n}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", test.name, err, test.want)
		}
	}
}

// A row fits if its own tokens do, whatever the batch is padded to.
func TestPaddingIsNoContext(t *testing.T) {
	policy := newPolicy(t, 2)
	rows := []Row{{Name: "long prompt", Prompt: make([]int, 90), Completion: make([]int, 6)}, {Name: "long completion", Prompt: make([]int, 6), Completion: make([]int, 90)}}
	s, err := NewSFT(policy, rows, SFTConfig{Optimizer: testOptimizer(1), Rows: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Finalize()
	if did, err := s.Step(1); err != nil || did.Tokens != 96 {
		t.Errorf("%+v, %v", did, err)
	}
}
