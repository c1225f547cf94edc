package session

import (
	"math"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/objective"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
)

// Every row of the table of methods runs, from its name alone, and learns.
func TestEveryMethodRuns(t *testing.T) {
	c := opened(t)
	base := c.greedy(true)
	for _, method := range objective.Methods() {
		t.Run(method, func(t *testing.T) {
			config := protocol.Train{Method: method, Steps: 2, Seed: 3, Batch: protocol.Batch{Prompts: 2}, Optimizer: protocol.Optimizer{LearningRate: 0.02}, LoRA: protocol.LoRA{LoRARank: 2},
				Own: protocol.Own{"row_tokens": 24.0}}
			config.Sampling.MaxTokens = 6
			for i, step := range steps(c.must(protocol.Command{Type: protocol.CmdTrain, Train: &config})) {
				for name, value := range numbers(t, step) {
					if math.IsNaN(value) || math.IsInf(value, 0) {
						t.Errorf("step %d: %s is %g", i+1, name, value)
					}
				}
				if step.GradNorm == 0 || step.Steps != 2 || step.Length == 0 {
					t.Errorf("step %d: %+v", i+1, step)
				}
			}
			if c.greedy(false) == base {
				t.Error("two steps changed nothing")
			}
		})
	}
}

// All that can be set reaches the update: each of these changes the steps.
func TestLearningSettings(t *testing.T) {
	c := opened(t)
	trace := func(method string, set func(*protocol.Train)) string {
		config := settings(method, 2, 3)
		config.Groups, config.Epochs = false, 2
		if method == "cpt" {
			config.Own = config.Own.With("row_tokens", 24.0)
		}
		set(config)
		return text(t, steps(c.must(protocol.Command{Type: protocol.CmdTrain, Train: config})))
	}
	plain := map[string]string{}
	for i, test := range []struct {
		name, method string
		set          func(*protocol.Train)
		same         bool
	}{
		{"targets", "grpo", func(c *protocol.Train) { c.Targets = "mlp" }, false},
		{"scale batch", "grpo", func(c *protocol.Train) { c.Scale = "batch" }, false},
		{"scale none", "grpo", func(c *protocol.Train) { c.Scale = "none" }, false},
		{"epsilon", "grpo", func(c *protocol.Train) { c.Epsilon = 0.5 }, false},
		{"population", "grpo", func(c *protocol.Train) { c.PopulationStd = true }, false},
		{"clip range", "grpo", func(c *protocol.Train) { c.ClipLow, c.ClipHigh = 1e-6, 1e-6 }, false},
		{"dual clip that bounds nothing", "grpo", func(c *protocol.Train) { c.DualClip = 1e6 }, true},
		{"k2", "grpo", func(c *protocol.Train) { c.KL = "k2" }, false},
		{"kl in the reward", "grpo", func(c *protocol.Train) { c.KLInReward = true }, false},
		{"k3 in the reward", "grpo", func(c *protocol.Train) { c.KLInReward, c.KL, c.Beta = true, "k3", 1 }, false},
		{"entropy", "grpo", func(c *protocol.Train) { c.EntropyBonus = 0.5 }, false},
		{"no support", "grpo", func(c *protocol.Train) { c.Support = "none" }, false},
		{"a support's limit", "grpo", func(c *protocol.Train) { c.SupportLimit = 1 }, true}, // the weights are below 1
		{"reference at the start, the base", "grpo", func(c *protocol.Train) { c.Reference = "start" }, true},
		{"reference", "grpo", func(c *protocol.Train) { c.ReferenceEvery = 1 }, false},
		{"reference, a little", "grpo", func(c *protocol.Train) { c.ReferenceEvery, c.ReferenceShare = 1, 0.5 }, false},
		{"gdpo", "grpo", func(c *protocol.Train) { c.Reward = c.Reward.Combined(protocol.CombineGDPO) }, false},
		{"overlong", "grpo", func(c *protocol.Train) { c.Own = c.Own.With("overlong", 1.0) }, false},
		{"overlong off", "dapo", func(c *protocol.Train) { c.Own = c.Own.With("overlong", 0.0) }, false},
		{"overlong as it is", "dapo", func(c *protocol.Train) { c.Own = c.Own.With("overlong", 0.2) }, true},
		{"sft share", "clo", func(c *protocol.Train) { c.Own = c.Own.With("sft_share", 0.0) }, false},
		{"sharpness", "clo", func(c *protocol.Train) { c.Own = c.Own.With("sharpness", 1.0) }, false},
		{"all targets", "clo", func(c *protocol.Train) { c.Targets = "all" }, false},
		{"row tokens", "cpt", func(c *protocol.Train) { c.Own = c.Own.With("row_tokens", 16.0) }, false},
	} {
		if testing.Short() && i%4 != 0 {
			continue
		}
		t.Run(test.name, func(t *testing.T) {
			if plain[test.method] == "" {
				plain[test.method] = trace(test.method, func(*protocol.Train) {})
			}
			if have := trace(test.method, test.set); (have == plain[test.method]) != test.same {
				t.Errorf("the steps are the same: %v\n%s", !test.same, have)
			}
		})
	}
}

// A run goes on from the adapter of the one before, which is its reference then; a
// restored one makes room for it.
func TestFromAdapter(t *testing.T) {
	c := opened(t)
	cold := settings("sft", 2, 3)
	cold.Targets = "attention"
	c.must(protocol.Command{Type: protocol.CmdTrain, Train: cold})
	said := c.greedy(false)
	config := settings("grpo", 5, 2) // another rank: the adapter's counts
	config.FromAdapter, config.Paused, config.Groups = true, true, false
	run := c.send(protocol.Command{Type: protocol.CmdTrain, Train: config})
	c.untilState("paused")
	if c.greedy(false) != said {
		t.Error("the run does not start from the adapter")
	}
	c.send(protocol.Command{Type: protocol.CmdStep})
	first := steps(c.until(func(e protocol.Event) bool { return e.Type == protocol.EvStep }))[0]
	if first.KL > 1e-6 {
		t.Errorf("at its start the policy is %g nats from its reference", first.KL)
	}
	c.untilState("paused")
	files := saved(c)
	c.send(protocol.Command{Type: protocol.CmdResume})
	rest, err := c.end(run)
	if err != nil {
		t.Fatal(err)
	}
	want := text(t, steps(rest))
	again := open(t)
	again.must(protocol.Command{Type: protocol.CmdRestore, Restore: &protocol.Restore{Files: files}})
	if have := text(t, steps(again.must(protocol.Command{Type: protocol.CmdResume}))); have != want {
		t.Errorf("restored\n%s\nuninterrupted\n%s", have, want)
	}
	c.must(protocol.Command{Type: protocol.CmdReset})
	if _, err := c.do(protocol.Command{Type: protocol.CmdTrain, Train: config}); err == nil || !strings.Contains(err.Error(), "no adapter to go on from") {
		t.Errorf("from no adapter: %v", err)
	}
}

// CPT reads the texts that it is given, and the examples' own without them.
func TestTexts(t *testing.T) {
	c := opened(t)
	config := settings("cpt", 2, 1)
	config.Own = config.Own.With("row_tokens", 24.0)
	own := text(t, steps(c.must(protocol.Command{Type: protocol.CmdTrain, Train: config})))
	c.must(protocol.Command{Type: protocol.CmdExamples, Examples: &protocol.Examples{Texts: []string{strings.Repeat("ཡིག་ཆ་ཁ་ཕྱེ།", 20)}}})
	if given := text(t, steps(c.must(protocol.Command{Type: protocol.CmdTrain, Train: config}))); given == own {
		t.Error("the texts change nothing")
	}
}

func TestMethodRefuses(t *testing.T) {
	c := opened(t)
	alone := testTrain[0]
	alone.Task, alone.TargetLang, alone.ID = "headline", "bo", "alone"
	for _, test := range []struct {
		name    string
		command protocol.Command
		want    string
	}{
		{"k1 in the loss", changed("grpo", func(c *protocol.Train) { c.KL = "k1" }), "does not regularise"},
		{"an unknown estimator", changed("grpo", func(c *protocol.Train) { c.KL = "k4" }), "choose k3, k2 or k1"},
		{"an unknown scale", changed("grpo", func(c *protocol.Train) { c.Scale = "row" }), "choose group, batch or none"},
		{"an unknown support", changed("grpo", func(c *protocol.Train) { c.Support = "some" }), "choose cap, drop or none"},
		{"unknown targets", changed("sft", func(c *protocol.Train) { c.Targets = "head" }), "choose attention, mlp or all"},
		{"a range for rloo", changed("rloo", func(c *protocol.Train) { c.ClipHigh = 0.2 }), "no ratio to clip"},
		{"a dual clip for cispo", changed("cispo", func(c *protocol.Train) { c.DualClip = 3 }), "nothing that it could bound"},
		{"a low dual clip", changed("grpo", func(c *protocol.Train) { c.DualClip = 1.1 }), "above the clip range"},
		{"a negative epsilon", changed("grpo", func(c *protocol.Train) { c.Epsilon = -1 }), "loss.epsilon: Added to the deviation must be 0 or more, not -1"},
		{"a share of the reference", changed("grpo", func(c *protocol.Train) { c.ReferenceEvery, c.ReferenceShare = 2, 3 }), "held_to.reference_share: by this share must be from 0 to 1, not 3"},
		{"an unknown reference", changed("clo", func(c *protocol.Train) { c.Reference = "old" }), "choose base or start"},
		{"too much overlong", changed("grpo", func(c *protocol.Train) { c.Own = c.Own.With("overlong", 2.0) }), "own.overlong: Over-long penalty must be from 0 to 1, not 2"},
		{"λ above 1", changed("clo", func(c *protocol.Train) { c.Own = c.Own.With("sft_share", 2.0) }), "own.sft_share: Share of SFT λ must be from 0 to 1, not 2"},
		{"a negative b", changed("clo", func(c *protocol.Train) { c.Own = c.Own.With("sharpness", -1.0) }), "own.sharpness: Sharpness b must be"},
		{"rows longer than the context", changed("cpt", func(c *protocol.Train) { c.Own = c.Own.With("row_tokens", 500.0) }), "row_tokens 500"},
		{"too few texts", changed("cpt", func(c *protocol.Train) { c.Own = c.Own.With("row_tokens", 96.0) }), "row_tokens"},
		{"no limit", changed("grpo", func(c *protocol.Train) { c.KLLimit = -1 }), "watch.kl_limit: Warn above this KL must be"},
	} {
		if _, err := c.do(test.command); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", test.name, err, test.want)
		}
	}
	c.must(protocol.Command{Type: protocol.CmdExamples, Examples: &protocol.Examples{Train: []task.Example{alone}}})
	if _, err := c.do(changed("clo", func(*protocol.Train) {})); err == nil || !strings.Contains(err.Error(), `clo: example "alone" is in bo alone`) {
		t.Errorf("clo on one language: %v", err)
	}
}
