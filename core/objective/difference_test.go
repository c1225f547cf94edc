package objective

import (
	"math"
	"math/rand/v2"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
)

// tiny is a policy of one matrix: hidden states [4 completions, 4 tokens, 5],
// a head [5, 9], and a batch to go with it.
type tiny struct {
	hidden                       [][][]float64
	head                         [][]float64
	targets                      [][]int32
	old, reference, mask, weight [][]float64
	advantage                    []float64
	sequences, tokens            float64
}

func newTiny() tiny {
	random := rand.New(rand.NewPCG(7, 11))
	matrix := func(rows, columns int, scale, shift float64) [][]float64 {
		m := make([][]float64, rows)
		for i := range m {
			for range columns {
				m[i] = append(m[i], scale*random.NormFloat64()+shift)
			}
		}
		return m
	}
	p := tiny{
		head: matrix(5, 9, 0.7, 0), old: matrix(4, 4, 0.6, -2.4), reference: matrix(4, 4, 0.5, -2.4), weight: matrix(4, 4, 0.05, 0.8),
		mask: [][]float64{{1, 1, 1, 1}, {1, 1, 0, 0}, {1, 1, 1, 0}, {1, 0, 0, 0}}, advantage: []float64{1.1, -0.9, -0.2, 0.5}, sequences: 4, tokens: 10,
	}
	for range 4 {
		p.hidden = append(p.hidden, matrix(4, 5, 1, 0))
		p.targets = append(p.targets, []int32{random.Int32N(9), random.Int32N(9), random.Int32N(9), random.Int32N(9)})
	}
	return p
}

// Gradients of every loss, through the head and the chunked log-probabilities,
// equal central differences of the loss itself.
func TestGradientsByFiniteDifferences(t *testing.T) {
	backend, p := open(t), newTiny()
	type loss func(logp, entropy *Node, in []*Node) *Node
	family := func(cfg GRPOConfig) loss {
		return func(logp, entropy *Node, in []*Node) *Node {
			value, _ := GRPOLoss(GRPOInputs{LogP: logp, Old: in[3], Reference: in[4], Mask: in[5], Weight: in[6],
				Advantage: in[7], Sequences: in[8], Tokens: in[9], Entropy: entropy}, cfg)
			return value
		}
	}
	losses := map[string]loss{
		"sft": func(logp, _ *Node, in []*Node) *Node { return SFTLoss(logp, in[5], in[9]) },
		"clo": func(logp, _ *Node, in []*Node) *Node {
			value, _ := CLOLoss(CLOInputs{LogP: logp, Reference: in[4], Mask: in[5], Pairs: DivScalar(in[8], 4), Tokens: in[9]},
				CLOConfig{SFTShare: 0.3, Sharpness: 0.7})
			return value
		},
	}
	for _, m := range groupMethods() {
		// CISPO's weight is a constant to the gradient though it moves with the
		// policy: differences cannot see that, the golden does.
		if m.Name == "cispo" {
			continue
		}
		for _, kl := range []KL{K2, K3} {
			cfg := configFor(m, 4)
			cfg.KL = kl
			if cfg.ClipHigh > 0 {
				cfg.ClipLow, cfg.ClipHigh = 0.3, 0.4 // some ratios inside, some outside
			}
			losses[m.Name+map[KL]string{K2: " k2", K3: " k3"}[kl]] = family(cfg)
		}
	}
	bonus := configFor(*grpo, 4)
	bonus.Entropy = 0.3
	losses["entropy bonus"] = family(bonus)
	for name, loss := range losses {
		t.Run(name, func(t *testing.T) {
			exec, err := NewExec(backend, func(in []*Node) []*Node {
				hidden, head, targets := in[0], in[1], in[2]
				logits := func(h *Node) *Node { return Einsum("nd,dv->nv", h, head) }
				logp, entropy := ChosenLogProbs(logits, hidden, targets, LogProbOptions{Temperature: 0.8, Chunk: 5, EntropyGradient: true})
				value := loss(logp, entropy, in)
				gradients := Gradient(value, head, hidden)
				return []*Node{value, gradients[0], gradients[1]}
			})
			if err != nil {
				t.Fatal(err)
			}
			defer exec.Finalize()
			call := func() (value float64, head [][]float64, hidden [][][]float64) {
				out, err := exec.Call(p.hidden, p.head, p.targets, p.old, p.reference, p.mask, p.weight, p.advantage, p.sequences, p.tokens)
				if err != nil {
					t.Fatal(err)
				}
				return out[0].Value().(float64), out[1].Value().([][]float64), out[2].Value().([][][]float64)
			}
			_, head, hidden := call()
			compare := func(what string, x *float64, gradient float64) {
				const step = 1e-6
				keep := *x
				*x = keep + step
				up, _, _ := call()
				*x = keep - step
				down, _, _ := call()
				*x = keep
				if slope := (up - down) / (2 * step); math.Abs(slope-gradient) > 1e-7*max(1, math.Abs(slope)) {
					t.Errorf("%s: gradient %v, slope %v", what, gradient, slope)
				}
			}
			for i := range p.head {
				for j := range p.head[i] {
					compare("head", &p.head[i][j], head[i][j])
				}
			}
			for b := range p.hidden {
				compare("hidden", &p.hidden[b][1][2], hidden[b][1][2])
			}
		})
	}
}
