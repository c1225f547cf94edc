package objective

import (
	"math"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
)

// configFor gives a method its constants, with a divergence and its bounds.
func configFor(m Method, maxLength int) GRPOConfig {
	cfg := m.Config()
	cfg.Beta, cfg.MaxLength = 0.04, maxLength
	if m.DualClips {
		cfg.DualClip = 3
	}
	return cfg
}

// groupMethods are the methods that learn from groups.
func groupMethods() (list []Method) {
	for _, m := range methods {
		if m.Learns == Groups {
			list = append(list, *m)
		}
	}
	return list
}

// The gradients of micro-batches add up to the gradient of the batch, and so do
// losses and figures, whatever the method divides by.
func TestMicroBatchesAddUp(t *testing.T) {
	backend, g := open(t), readGoldens(t)
	for _, m := range groupMethods() {
		t.Run(m.Name, func(t *testing.T) {
			out := run(t, backend, func(in []*Node) []*Node {
				whole := inputs(in, dtypes.Float64)
				cfg := configFor(m, g.MaxLength)
				loss, stats := GRPOLoss(whole, cfg)
				var sum, kl, clipped, ratio *Node
				for _, rows := range [][2]int{{0, 1}, {1, 4}, {4, 6}} {
					part := whole
					for _, x := range []**Node{&part.LogP, &part.Old, &part.Reference, &part.Mask, &part.Weight, &part.Advantage} {
						*x = SliceAxis(*x, 0, AxisRange(rows[0], rows[1]))
					}
					l, s := GRPOLoss(part, cfg)
					if sum == nil {
						sum, kl, clipped, ratio = l, s.KL, s.ClipShare, s.Ratio
						continue
					}
					sum, kl, clipped, ratio = Add(sum, l), Add(kl, s.KL), Add(clipped, s.ClipShare), Add(ratio, s.Ratio)
				}
				gradient := func(x *Node) *Node { return Gradient(x, whole.LogP)[0] }
				return []*Node{loss, sum, gradient(loss), gradient(sum), stats.KL, kl, stats.ClipShare, clipped, stats.Ratio, ratio}
			}, g.batch()...)
			for i, what := range []string{"loss", "gradient", "KL", "clip share", "ratio"} {
				near(t, what, out[2*i+1], out[2*i], 1e-13)
			}
		})
	}
}

// What stands at masked places changes nothing: not garbage, not NaN.
func TestMaskedPlacesDoNotCount(t *testing.T) {
	backend, g := open(t), readGoldens(t)
	for _, m := range groupMethods() {
		t.Run(m.Name, func(t *testing.T) {
			out := run(t, backend, func(in []*Node) []*Node {
				clean := inputs(in, dtypes.Float64)
				dirty := clean
				for i, x := range []**Node{&dirty.LogP, &dirty.Old, &dirty.Reference, &dirty.Weight} {
					garbage := []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e300}[i]
					*x = Where(GreaterThan(clean.Mask, ZerosLike(clean.Mask)), *x, MulScalar(OnesLike(*x), garbage))
				}
				var outputs []*Node
				for _, in := range []GRPOInputs{clean, dirty} {
					loss, stats := GRPOLoss(in, configFor(m, g.MaxLength))
					outputs = append(outputs, loss, stats.KL, stats.ClipShare, stats.Ratio, Gradient(loss, in.LogP)[0])
				}
				return append(outputs, SFTLoss(clean.LogP, clean.Mask, clean.Tokens), SFTLoss(dirty.LogP, dirty.Mask, dirty.Tokens))
			}, g.batch()...)
			for i, what := range []string{"loss", "KL", "clip share", "ratio", "gradient"} {
				near(t, what, out[i+5], out[i], 0)
			}
			near(t, "SFT", out[11], out[10], 0)
		})
	}
}

// Before the first update the ratio is 1 at every token, nothing is clipped, and
// the gradient is REINFORCE's: each method then only differs in its divisor.
func TestBeforeTheFirstUpdate(t *testing.T) {
	backend, g := open(t), readGoldens(t)
	for _, m := range groupMethods() {
		if m.ClipHigh == 0 {
			continue
		}
		t.Run(m.Name, func(t *testing.T) {
			out := run(t, backend, func(in []*Node) []*Node {
				x := inputs(in, dtypes.Float32)
				x.Old, x.Weight = x.LogP, nil
				cfg := m.Config()
				cfg.MaxLength = g.MaxLength
				loss, stats := GRPOLoss(x, cfg)
				plain := cfg
				plain.Method.Surrogate, plain.Method.Level = Reinforce, nil
				reinforce, _ := GRPOLoss(x, plain)
				return []*Node{stats.Ratio, stats.ClipShare, Gradient(loss, x.LogP)[0], Gradient(reinforce, x.LogP)[0]}
			}, g.batch()...)
			near(t, "ratio", out[0], []float64{1}, 1e-6)
			near(t, "clip share", out[1], []float64{0}, 0)
			near(t, "gradient", out[2], out[3], 1e-6)
		})
	}
}

// Log-probabilities that are far apart give large numbers, never infinite ones.
func TestExtremeRatiosStayFinite(t *testing.T) {
	backend := open(t)
	for _, m := range groupMethods() {
		out := run(t, backend, func(in []*Node) []*Node {
			x := GRPOInputs{LogP: in[0], Old: in[1], Reference: in[1], Mask: OnesLike(in[0]), Advantage: in[2], Sequences: in[3], Tokens: in[4]}
			loss, stats := GRPOLoss(x, configFor(m, 4))
			return []*Node{loss, Gradient(loss, x.LogP)[0], stats.KL, stats.Ratio}
		}, [][]float32{{-1000, -0.001}, {-0.001, -1000}}, [][]float32{{-0.001, -1000}, {-1000, -0.001}}, []float32{1, -1}, float32(2), float32(4))
		for i, values := range out {
			for _, v := range values {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					t.Errorf("%s: output %d has %v", m.Name, i, v)
				}
			}
		}
	}
}

func TestDivergence(t *testing.T) {
	backend := open(t)
	logp := []float64{-1, -2, -0.5, -100, -0.1}
	ref := []float64{-1, -1, -2, -0.1, -100}
	d := []float64{0, -1, 1.5, -20, 20}
	var want [3][]float64
	for _, d := range d {
		want[K3] = append(want[K3], math.Exp(-d)+d-1)
		want[K2] = append(want[K2], d*d/2)
		want[K1] = append(want[K1], d)
	}
	for kind := range want {
		out := run(t, backend, func(in []*Node) []*Node { return []*Node{Divergence(KL(kind), in[0], in[1])} }, logp, ref)
		near(t, "divergence", out[0], want[kind], 1e-12)
	}
}

func TestSupportWeight(t *testing.T) {
	backend := open(t)
	full := []float64{math.Log(0.4), math.Log(0.1), -1, -1, -50}
	truncated := []float64{math.Log(0.5), math.Log(0.1), -2, -3, -1}
	tests := []struct {
		bound Bound
		want  []float64
	}{
		{Cap, []float64{0.8, 1, math.E, 3, math.Exp(-20)}},
		{Drop, []float64{0.8, 1, math.E, 0, math.Exp(-20)}},
	}
	for _, test := range tests {
		out := run(t, backend, func(in []*Node) []*Node {
			weight := SupportWeight(in[0], in[1], DefaultWeightLimit, test.bound)
			return []*Node{weight, Gradient(ReduceAllSum(Mul(weight, in[0])), in[0])[0]}
		}, full, truncated)
		near(t, "weight", out[0], test.want, 1e-12)
		near(t, "gradient", out[1], test.want, 1e-12) // of weight·x for a constant weight
	}
}

func TestConfigErrors(t *testing.T) {
	named := func(name string) Method {
		m, err := MethodNamed(name)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	tests := []struct {
		name string
		cfg  GRPOConfig
		want string
	}{
		{"k1 in the loss", GRPOConfig{Method: *grpo, Beta: 0.1, KL: K1}, "does not regularise"},
		{"beta", GRPOConfig{Method: *grpo, Beta: -1}, "beta is -1"},
		{"beta NaN", GRPOConfig{Method: *grpo, Beta: math.NaN()}, "beta is NaN"},
		{"low", GRPOConfig{Method: *grpo, ClipLow: 1.5}, "low is 1.5"},
		{"high", GRPOConfig{Method: *grpo, ClipHigh: -0.1}, "high is -0.1"},
		{"dual clip inside the range", GRPOConfig{Method: *grpo, ClipHigh: 0.2, DualClip: 1.1}, "above the clip range"},
		{"no length", named("dr-grpo").Config(), "set MaxLength"},
		{"dual clip of a weight", GRPOConfig{Method: named("cispo"), ClipHigh: 0.2, DualClip: 3}, "nothing that it could bound"},
		{"a range of no ratio", GRPOConfig{Method: named("rloo"), ClipHigh: 0.2}, "no ratio to clip"},
		{"entropy NaN", GRPOConfig{Method: *grpo, Entropy: math.NaN()}, "entropy bonus is NaN"},
	}
	for _, test := range tests {
		if err := test.cfg.Validate(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one that says %q", test.name, err, test.want)
		}
	}
	for _, m := range groupMethods() {
		if err := configFor(m, 8).Validate(); err != nil {
			t.Errorf("%s: %v", m.Name, err)
		}
	}
	if err := (GRPOConfig{Method: *grpo, KL: K1}).Validate(); err != nil {
		t.Errorf("k1 outside the loss: %v", err)
	}
	if _, err := MethodNamed("ppo"); err == nil || !strings.Contains(err.Error(), "grpo, rloo, reinforce++") {
		t.Errorf("unknown method: error %v does not list the known ones", err)
	}
}

// A token that cannot be drawn, of a logit of -∞, leaves entropy and gradient finite:
// those of the other tokens.
func TestEntropyOfLogitsAtMinusInfinity(t *testing.T) {
	backend := open(t)
	out := run(t, backend, func(in []*Node) []*Node {
		logp, entropy := ChosenLogProbs(func(h *Node) *Node { return h }, in[0], in[1], LogProbOptions{EntropyGradient: true})
		return []*Node{entropy, logp, Gradient(ReduceAllSum(entropy), in[0])[0]}
	}, [][]float64{{0, math.Inf(-1), 0, 0}}, []int32{2})
	near(t, "entropy", out[0], []float64{math.Log(3)}, 1e-12)
	near(t, "log-probability", out[1], []float64{-math.Log(3)}, 1e-12)
	near(t, "gradient", out[2], []float64{0, 0, 0, 0}, 1e-12)
}

// What an update is said to do is what its loss is made of: a method without a ratio
// names none, and one with a clip range names its own.
func TestUpdateIsToldByItsParts(t *testing.T) {
	for _, test := range []struct {
		name         string
		change       func(*GRPOConfig)
		beta         float64
		says, silent string
	}{
		{"grpo", nil, 0, "outside 0.8 to 1.2 it is clipped", "β"}, {"grpo", func(c *GRPOConfig) { c.ClipHigh = 0.5 }, 0.02, "outside 0.8 to 1.5", "weighted by the ratio"},
		{"grpo", nil, 0.02, "β 0.02 times the KL", "dual"}, {"dapo", nil, 0, "outside 0.8 to 1.28", "however long"}, {"dapo", nil, 0, "Every token of the step", "β"},
		{"dr-grpo", nil, 0, "longest answer allowed", "however long"}, {"gspo", nil, 0, "over the whole answer", "β"}, {"gspo", nil, 0, "outside 0.9997 to 1.0004", "β"},
		{"cispo", nil, 0, "kept within 0 to 1.2", "is clipped"}, {"rloo", nil, 0, "no ratio is taken and nothing is clipped", "outside"},
		{"reinforce++", nil, 0, "no ratio is taken", "outside"}, {"grpo", func(c *GRPOConfig) { c.DualClip = 3 }, 0, "bounded at 3 times", "β"},
	} {
		m, err := MethodNamed(test.name)
		if err != nil {
			t.Fatal(err)
		}
		c := m.Config()
		if test.change != nil {
			test.change(&c)
		}
		text := c.Update(test.beta)
		if !strings.Contains(text.En, test.says) || strings.Contains(text.En, test.silent) || text.Zh == "" {
			t.Errorf("%s: %q lacks %q or says %q; in Chinese %q", test.name, text.En, test.says, test.silent, text.Zh)
		}
	}
}
