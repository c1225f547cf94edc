package session

import (
	"math"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/protocol"
)

// change rewrites a policy's variables whose paths hold part.
func change(t *testing.T, policy *model.Policy, part string, value func(i int, old float32) float32) {
	t.Helper()
	found := false
	for v := range policy.Vars.IterVariables() {
		if !strings.Contains(v.Path(), part) {
			continue
		}
		found = true
		old, err := v.Value()
		if err != nil {
			t.Fatal(err)
		}
		values, err := tensors.CopyFlatData[float32](old)
		if err != nil {
			t.Fatal(err)
		}
		for i := range values {
			values[i] = value(i, values[i])
		}
		if err := v.SetValue(tensors.FromFlatDataAndDimensions(values, v.Shape().Dimensions...)); err != nil {
			t.Fatal(err)
		}
	}
	if !found {
		t.Fatalf("no variable's path holds %q", part)
	}
}

// A run that is made to collapse is reported within five steps, by the collapse's
// name.
func TestCollapseIsNamed(t *testing.T) {
	for _, test := range []struct {
		name   string
		method string
		adjust func(*protocol.Train)
		inject func(t *testing.T, s *Session)
		fails  bool
	}{
		{collapseSpread, "grpo", func(c *protocol.Train) { c.Sampling.TopK = 1 }, nil, false},
		{collapseEmpty, "grpo", nil, func(t *testing.T, s *Session) {
			// Nothing but the embeddings counts, and there all tokens look alike but the
			// one that ends a turn, which is thrice as long.
			for _, part := range []string{"/base/model.layers.0.", "/base/model.layers.1."} {
				change(t, s.loaded.policy, part+"self_attn.o_proj", func(int, float32) float32 { return 0 })
				change(t, s.loaded.policy, part+"mlp.down_proj", func(int, float32) float32 { return 0 })
			}
			end, _ := s.loaded.tokenizer.ID("<|im_end|>")
			width := s.loaded.policy.Config.HiddenSize
			change(t, s.loaded.policy, "/base/model.embed_tokens", func(i int, _ float32) float32 {
				if i/width == end {
					return 6
				}
				return 2
			})
		}, false},
		{collapseKL, "grpo", nil, func(t *testing.T, s *Session) {
			change(t, s.loaded.policy, "lora_B", func(i int, _ float32) float32 { return 30 * float32(math.Sin(float64(i))) })
		}, false},
		{collapseNaN, "grpo", nil, func(t *testing.T, s *Session) {
			change(t, s.loaded.policy, "lora_B", func(int, float32) float32 { return float32(math.NaN()) })
		}, true},
		{collapseNaN, "sft", nil, func(t *testing.T, s *Session) {
			change(t, s.loaded.policy, "lora_B", func(int, float32) float32 { return float32(math.Inf(1)) })
		}, true},
	} {
		t.Run(test.name+" "+test.method, func(t *testing.T) {
			c := opened(t)
			config := settings(test.method, 2, 5)
			config.Paused = true
			if test.adjust != nil {
				test.adjust(config)
			}
			run := c.send(protocol.Command{Type: protocol.CmdTrain, Train: config})
			c.untilState("paused")
			if test.inject != nil {
				test.inject(t, c.session) // it waits for a command, and touches nothing before one
			}
			c.send(protocol.Command{Type: protocol.CmdResume})
			events, err := c.end(run)
			if (err != nil) != test.fails {
				t.Fatalf("the run ended with %v", err)
			}
			named := map[string]bool{}
			for _, e := range events {
				if e.Type == protocol.EvWarning {
					named[e.Collapse] = true
					if !strings.HasPrefix(e.Message, e.Collapse+": ") {
						t.Errorf("warning %q of %q", e.Message, e.Collapse)
					}
				}
			}
			if !named[test.name] || len(named) != 1 {
				t.Errorf("reported %v, want %s", named, test.name)
			}
			if len(steps(events)) > 5 {
				t.Errorf("%d steps", len(steps(events)))
			}
		})
	}
}

// A healthy run is not reported.
func TestNoCollapse(t *testing.T) {
	c := opened(t)
	for _, method := range []string{"grpo", "sft", "clo"} {
		for _, e := range c.must(protocol.Command{Type: protocol.CmdTrain, Train: settings(method, 2, 6)}) {
			if e.Type == protocol.EvWarning {
				t.Errorf("%s: %s", method, e.Message)
			}
		}
	}
}

// A divergence past its limit is told at once, then every DeadSteps steps; signs
// that do not last are forgotten.
func TestWatch(t *testing.T) {
	config := protocol.Train{Watch: protocol.Watch{DeadSteps: 3, KLLimit: 1}}
	step := func(kl, flat, empty float64) *stepResult {
		return &stepResult{empty: empty, report: &protocol.Step{KL: kl, ZeroSpreadShare: flat, GradNorm: 1}}
	}
	// A vocabulary of 100 tokens: chance is 4.6 nats.
	texts := func(loss, gradient float64) *stepResult {
		return &stepResult{report: &protocol.Step{Loss: loss, GradNorm: gradient}}
	}
	var w watch
	for i, test := range []struct {
		step *stepResult
		want string
	}{
		{step(0, 1, 0), ""}, {step(0, 1, 0), ""}, {step(0, 0.9, 0), ""}, // two steps without a spread
		{step(2, 0, 0), collapseKL}, {step(2, 0, 0), ""}, {step(2, 0, 0), ""}, {step(2, 0, 0), collapseKL}, {step(1, 0, 0), ""},
		{step(0, 1, 1), ""}, {step(0, 1, 1), ""}, {step(0, 1, 1), collapseEmpty}, // silence, of which no spread is a sign
		{step(0, 1, 0), ""}, {step(0, 1, 0), ""}, {step(0, 1, 0), collapseSpread},
		{texts(2, 0), ""}, {texts(2, 0), ""}, {texts(2, 1), ""}, {texts(2, 0), ""}, {texts(2, 0), ""}, {texts(2, 0), collapseStill},
		{texts(4.7, 1), ""}, {texts(4.7, 1), ""}, {texts(4.7, 1), collapseChance}, {texts(4.5, 1), ""},
	} {
		if name, _ := w.see(test.step, config, 100); name != test.want {
			t.Errorf("step %d: %q, want %q", i, name, test.want)
		}
	}
	var fresh watch
	for range 9 { // a model that knows nothing yet
		if name, _ := fresh.see(texts(5, 1), config, 100); name != "" {
			t.Errorf("a fresh model is called %q", name)
		}
	}
}
