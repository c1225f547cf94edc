// Package objective turns rewards into advantages and log-probabilities into
// losses: supervised fine-tuning (SFT) and the family of GRPO.
//
// In go, on the host, the rewards of a step (Advantages), and in a graph the
// hidden states of a policy and the tokens that were drawn (ChosenLogProbs),
// their log-probabilities before the step and under the frozen reference, a
// mask and the advantages (GRPOLoss, SFTLoss). Out come scalar losses to take
// gradients of, and the figures that a chart of the run shows. Nothing here
// knows a model: a policy's head is handed in as a function.
//
// A member of the family is one row of the table below: how the reward becomes
// an advantage, over what the probability ratio is taken, what is maximised for
// a token, and what the sum is divided by.
//
//	GRPO         Shao et al., DeepSeekMath, arXiv 2402.03300
//	Dr.GRPO      Liu et al., Understanding R1-Zero-Like Training, arXiv 2503.20783
//	DAPO         Yu et al., arXiv 2503.14476
//	GSPO         Zheng et al., arXiv 2507.18071
//	CISPO        MiniMax-M1, arXiv 2506.13585
//	RLOO         Ahmadian et al., Back to Basics, arXiv 2402.14740
//	REINFORCE++  Hu, arXiv 2501.03262
//
// Losses are sums over micro-batches: every denominator is that of the whole
// batch and is handed in, so the gradients of the parts add up to the gradient
// of the whole.
package objective

import (
	"fmt"
	"strings"
)

// Level says over what the ratio of new to old probability is taken.
type Level int

const (
	Token    Level = iota // r_t for each token
	Sequence              // s = exp(mean_t log r_t) for the whole completion (GSPO)
)

// Surrogate is what is maximised for one token.
type Surrogate int

const (
	Clipped   Surrogate = iota // min(r A, clip(r) A)
	Weighted                   // sg[clip(r)] A log π (CISPO)
	Reinforce                  // A log π
)

// Normaliser says what the sum over tokens is divided by.
type Normaliser int

const (
	PerSequence     Normaliser = iota // mean over a completion's tokens, then over completions
	PerMaxLength                      // completions times GRPOConfig.MaxLength (Dr.GRPO)
	PerToken                          // tokens of the whole batch (DAPO)
	SumOverSequence                   // sum over a completion's tokens, mean over completions
)

// Method is one member of the family; the zero Method is GRPO.
type Method struct {
	Name      string
	Scale     Scale
	Level     Level
	Surrogate Surrogate
	Normalise Normaliser
	ClipLow   float64 // the paper's clip range
	ClipHigh  float64
}

// methods is the table. GSPO's clip range is the paper's 3e-4 and 4e-4: a mean
// over a sequence moves far less than one token does. CISPO leaves the lower
// side open, which a lower range of 1 does. REINFORCE has no ratio to clip.
var methods = []Method{
	{"grpo", ScaleGroup, Token, Clipped, PerSequence, 0.2, 0.2},
	{"dr-grpo", ScaleNone, Token, Clipped, PerMaxLength, 0.2, 0.2},
	{"dapo", ScaleGroup, Token, Clipped, PerToken, 0.2, 0.28},
	{"gspo", ScaleGroup, Sequence, Clipped, PerSequence, 3e-4, 4e-4},
	{"cispo", ScaleGroup, Token, Weighted, PerToken, 1, 0.2},
	{"rloo", ScaleLeaveOneOut, Token, Reinforce, SumOverSequence, 0, 0},
	{"reinforce++", ScaleWhiten, Token, Reinforce, PerToken, 0, 0},
}

// Methods lists the names that MethodNamed knows.
func Methods() []string {
	names := make([]string, len(methods))
	for i, m := range methods {
		names[i] = m.Name
	}
	return names
}

// MethodNamed returns the row of the table with this name.
func MethodNamed(name string) (Method, error) {
	for _, m := range methods {
		if m.Name == name {
			return m, nil
		}
	}
	return Method{}, fmt.Errorf("objective %q is unknown: choose one of %s", name, strings.Join(Methods(), ", "))
}
