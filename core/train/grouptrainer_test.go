package train

import (
	"context"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	vars "github.com/gomlx/gomlx/ml/model"

	"github.com/dongyur/dongyur/core/objective"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/reward"
	"github.com/dongyur/dongyur/core/rollout"
	"github.com/dongyur/dongyur/core/task"
)

// rewarded is a run on examples of one's own under a reward of one's own.
func rewarded(t *testing.T, rank int, examples []task.Example, change func(*protocol.Reward), config GroupTrainerConfig) *GroupTrainer {
	t.Helper()
	var weights protocol.Reward
	change(&weights)
	scorer, err := reward.New(reward.Hashed{}, weights)
	if err != nil {
		t.Fatal(err)
	}
	policy := newPolicy(t, rank)
	sampler := rollout.New(policy, newTokenizer(t), rollout.Options{})
	t.Cleanup(sampler.Finalize)
	s, err := NewGroupTrainer(policy, newTokenizer(t), scorer, sampler, examples, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Finalize)
	return s
}

// Prompts whose completions are all rewarded the same give way to others; where
// none is better, the tries end.
func TestDynamicSampling(t *testing.T) {
	// Half of what this model says is broken text, the rest shares no character with
	// these references: a group of two has a spread half of the time.
	examples := slices.Clone(testExamples)
	for i := range examples {
		examples[i].Reference = "漢字仮名"
	}
	surface := func(r *protocol.Reward) { *r = r.With(reward.ChrF, 1).WithParameter(reward.Language, "gate", 0.0) }
	run := func(resample, topK int) *GroupStep {
		config := trainerConfig(5, 1, 0)
		config.Prompts, config.Group, config.Resample, config.Sampling.TopK = 4, 2, resample, topK
		step, err := rewarded(t, 2, examples, surface, config).Step(context.Background(), 1)
		if err != nil {
			t.Fatal(err)
		}
		return step
	}
	without, with, again := run(0, 0), run(12, 0), run(12, 0)
	if without.Resampled != 0 || without.ZeroSpread == 0 || without.ZeroSpread == 1 {
		t.Fatalf("without tries: zero spread %g, %d drawn again: the test shows nothing", without.ZeroSpread, without.Resampled)
	}
	if with.ZeroSpread != 0 || with.Resampled == 0 || with.Tokens <= without.Tokens {
		t.Errorf("twelve tries: zero spread %g, %d drawn again, %d tokens", with.ZeroSpread, with.Resampled, with.Tokens)
	}
	for i, group := range with.Groups {
		if group.Std == 0 || without.Groups[i].Std > 0 && group.Example.ID != without.Groups[i].Example.ID {
			t.Errorf("group %d: %q with deviation %g, %q with %g without tries", i, group.Example.ID, group.Std, without.Groups[i].Example.ID, without.Groups[i].Std)
		}
	}
	if !reflect.DeepEqual(with.Groups, again.Groups) {
		t.Error("the same seed draws other groups")
	}
	// With one token to choose from, no group ever has a spread.
	if hopeless := run(3, 1); hopeless.ZeroSpread != 1 || hopeless.Resampled != 12 || len(hopeless.Groups) != 4 {
		t.Errorf("three tries in vain: zero spread %g, %d drawn again, %d groups", hopeless.ZeroSpread, hopeless.Resampled, len(hopeless.Groups))
	}
}

// DAPO's groups without a spread, and answers that were cut off where a run asks for it,
// take no part in the update.
func TestWhoIsLeftOut(t *testing.T) {
	for _, test := range []struct {
		method string
		mask   bool
		want   []bool
	}{
		{"grpo", false, []bool{false, false, false, false}}, {"grpo", true, []bool{false, true, true, false}},
		{"dapo", false, []bool{true, true, false, false}}, {"dapo", true, []bool{true, true, true, false}},
	} {
		method, err := objective.MethodNamed(test.method)
		if err != nil {
			t.Fatal(err)
		}
		s := &GroupTrainer{examples: testExamples, prompts: make([][]int, len(testExamples)), config: GroupTrainerConfig{Group: 2, MaskTruncated: test.mask}}
		s.config.Update.Objective.Method = method
		batch := make([]drawn, 4)
		for i := range batch {
			batch[i].completion.Finished = i == 0 || i == 3
		}
		for i, sample := range s.samples(batch, []float64{0, 0, 1, -1}, []bool{true, false}) {
			if sample.Out != test.want[i] {
				t.Errorf("%s, cut-off answers left out %v: completion %d is out %v", test.method, test.mask, i, sample.Out)
			}
		}
	}
}

// meaning rewards similarity and language.
func meaning(r *protocol.Reward) {
	*r = r.With(reward.Similarity, 1.5).WithParameter(reward.Similarity, "tau", 0.0).With(reward.Language, 1)
}

// Length and divergence are charged as terms of their own, and what is empty is
// charged the most.
func TestCharges(t *testing.T) {
	config := trainerConfig(5, 1, 2)
	config.Update.Objective.Beta = 0
	config.Overlong, config.RewardBeta, config.RewardKL = 0.5, 0.1, objective.K1
	s := rewarded(t, 2, testExamples, meaning, config)
	batch, report, err := s.sample(context.Background(), 1)
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]Row, len(batch))
	for i, d := range batch {
		rows[i] = Row{Prompt: s.prompts[d.example], Completion: d.completion.Tokens}
	}
	divergences, err := s.Divergences(rows, objective.K1)
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range batch {
		total := 0.0
		for _, term := range d.result.Terms {
			total += term
		}
		overlong, kl := objective.SoftOverlong(len(d.completion.Tokens), config.Sampling.MaxTokens, 0.5), -0.1*divergences[i]
		if d.result.Empty {
			overlong, kl = -1, -0.1*slices.Max(divergences)
		}
		if d.result.Terms[TermOverlong] != overlong || math.Abs(d.result.Terms[TermKL]-kl) > 1e-12 || math.Abs(total-d.result.Total) > 1e-9 {
			t.Errorf("completion %d of %d tokens: terms %v and total %g; want overlong %g and kl %g", i, len(d.completion.Tokens), d.result.Terms, d.result.Total, overlong, kl)
		}
	}
	if report.Terms[TermOverlong] >= 0 || slices.Max(divergences) <= 0 {
		t.Errorf("mean overlong %g, divergences %v: the test shows nothing", report.Terms[TermOverlong], divergences)
	}
}

// GDPO's advantages are those of the terms, each by itself.
func TestGDPO(t *testing.T) {
	config := trainerConfig(5, 1, 0)
	config.Group = 4
	s := rewarded(t, 2, testExamples, func(r *protocol.Reward) { meaning(r); *r = r.Combined(protocol.CombineGDPO) }, config)
	batch, _, err := s.sample(context.Background(), 1)
	if err != nil {
		t.Fatal(err)
	}
	have, _, err := s.advantages(batch)
	if err != nil {
		t.Fatal(err)
	}
	terms := []objective.Term{{Name: "similarity", Weight: 1.5}, {Name: "language", Weight: 1}, {Name: "empty", Weight: 1}}
	for i := range terms {
		for _, d := range batch {
			terms[i].Values = append(terms[i].Values, d.result.Terms[terms[i].Name]/terms[i].Weight)
		}
	}
	want, _, err := objective.DecoupledAdvantages(terms, nil, 4, objective.ScaleGroup)
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		if math.Abs(have[i]-want[i]) > 1e-9 {
			t.Errorf("advantage %d is %g, want %g", i, have[i], want[i])
		}
	}
}

// At top-p .8 the ratio before the first update is 1 at every token, by the
// trainer's log-probabilities as by the sampler's, and a token's weight is the
// mass that the nucleus kept.
func TestRatioBeforeTheFirstUpdate(t *testing.T) {
	policy := newPolicy(t, 2)
	config := trainerConfig(5, 2, 4)
	config.Sampling.TopP, config.Sampling.MaxTokens = 0.8, 24
	s := newGroupTrainer(t, policy, config)
	batch, _, err := s.sample(context.Background(), 1)
	if err != nil {
		t.Fatal(err)
	}
	samples := make([]Sample, len(batch))
	tokens := 0
	for i, d := range batch {
		samples[i] = Sample{Row: Row{Name: "", Prompt: s.prompts[d.example], Completion: d.completion.Tokens}, LogProbs: d.completion.LogProbs, Advantage: 1}
		tokens += len(d.completion.Tokens)
	}
	learning, err := vars.NewExec(policy.Engine, policy.Vars, func(_ *vars.Scope, in []*Node) (logp, weight *Node) {
		logp, _ = s.pass().logProbs(policy.Params(in[0].Graph(), true), in[0], in[1], in[2].Shape().Dimensions[1])
		return logp, objective.SupportWeight(in[4], in[3], objective.DefaultWeightLimit, objective.Cap)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer learning.Finalize()
	part := make([]int, len(samples))
	for i := range part {
		part[i] = i
	}
	inputs, err := s.inputs(samples, part, len(part), len(samples), tokens)
	if err != nil {
		t.Fatal(err)
	}
	old := inputs[7]
	outputs, err := learning.Exec(inputs[0], inputs[1], inputs[2], inputs[3], old)
	if err != nil {
		t.Fatal(err)
	}
	now, weights := outputs[0].Value().([][]float32), outputs[1].Value().([][]float32)
	before := old.(interface{ Value() any }).Value().([][]float32)
	lightest := 1.0
	for i, d := range batch {
		for j := range d.completion.Tokens {
			for what, logp := range map[string]float32{"the trainer's": before[i][j], "the sampler's": d.completion.FullLogProbs[j]} {
				if ratio := math.Exp(float64(now[i][j] - logp)); math.Abs(ratio-1) > 1e-5 {
					t.Errorf("completion %d, token %d: ratio %v by %s log-probabilities", i, j, ratio, what)
				}
			}
			kept := math.Exp(float64(d.completion.FullLogProbs[j] - d.completion.LogProbs[j]))
			if weight := float64(weights[i][j]); math.Abs(weight-kept) > 1e-5 || weight < 0.8-1e-5 || weight > 1+1e-5 {
				t.Errorf("completion %d, token %d: weight %v, the nucleus kept %v", i, j, weight, kept)
			}
			lightest = min(lightest, kept)
		}
	}
	if tokens < 50 || lightest > 0.99 {
		t.Errorf("%d tokens, the least mass kept %g: the test shows nothing", tokens, lightest)
	}
}

func TestSemanticRefuses(t *testing.T) {
	for _, test := range []struct {
		change func(*GroupTrainerConfig)
		want   string
	}{
		{func(c *GroupTrainerConfig) { c.Resample = -1 }, "resample -1"},
		{func(c *GroupTrainerConfig) { c.Overlong = 1.5 }, "overlong 1.5"},
		{func(c *GroupTrainerConfig) { c.RewardBeta = -0.1 }, "beta -0.1"},
		{func(c *GroupTrainerConfig) { c.Update.Support.Limit = 0.5 }, "support_limit 0.5"},
		{func(c *GroupTrainerConfig) { c.Update.Reference.Every = -2 }, "reference_every -2"},
	} {
		config := trainerConfig(5, 1, 0)
		test.change(&config)
		if _, err := config.Encode(newPolicy(t, 2).Config, newTokenizer(t), testExamples); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want one with %q", err, test.want)
		}
	}
}
