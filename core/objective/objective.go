// Package objective turns rewards into advantages and log-probabilities into
// losses: the family of GRPO, supervised fine-tuning (SFT), next-token prediction
// (CPT) and cross-lingual optimisation (CLO).
//
// In go, on the host, the rewards of a step (Advantages), and in a graph the
// hidden states of a policy and the tokens that were drawn (ChosenLogProbs),
// their log-probabilities before the step and under the frozen reference, a
// mask and the advantages (GRPOLoss, SFTLoss, CLOLoss). Out come scalar losses to
// take gradients of, and the figures that a chart of the run shows. Nothing here
// knows a model: a policy's head is handed in as a function.
//
// A method is one row of the table below and one file, which names its paper and
// holds what is its own. Of the family of GRPO a row says how a reward becomes an
// advantage, over what the probability ratio is taken, what is maximised for a
// token, and what the sum is divided by. Sessions, the program's help and the
// tests all read the table: a new method needs nothing else.
//
// Losses are sums over micro-batches: every denominator is that of the whole
// batch and is handed in, so the gradients of the parts add up to the gradient
// of the whole.
package objective

import (
	"fmt"
	"strings"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/dongyur/dongyur/core/protocol"
)

// Material is what a method learns from.
type Material int

const (
	Groups     Material = iota // groups of the policy's own completions and their rewards
	References                 // examples with a reference
	Pairs                      // examples in two languages
	Documents                  // plain texts
)

// Level turns the log-ratio of each token, [batch, time] and 0 where masked, into
// the one that counts for it, of the same shape. Nil leaves it to each token.
type Level func(logRatio, mask *Node) *Node

// Surrogate is what is maximised at each token, and 1 where a bound cut its
// gradient off: [batch, time] both, as are logp and ratio; advantage is [batch, 1].
type Surrogate func(c GRPOConfig, logp, ratio, advantage *Node) (objective, clipped *Node)

// Normaliser sums x [batch, time], 0 where masked, to a scalar.
type Normaliser func(c GRPOConfig, x *Node, in GRPOInputs) *Node

// Method is one row of the table.
type Method struct {
	Name   string
	Help   string // what it does, in a line
	Paper  string
	Learns Material
	// Defaults changes what protocol.DefaultTrain gives to what the method is run
	// with; nil changes nothing.
	Defaults func(*protocol.Train)

	// Only of methods that learn from Groups.
	Scale     Scale
	Level     Level
	Surrogate Surrogate
	Normalise Normaliser
	ClipLow   float64 // the paper's clip range; none where ClipHigh is 0
	ClipHigh  float64
	DualClips bool                   // the surrogate takes a dual clip
	Check     func(GRPOConfig) error // refuses what the method cannot do; nil refuses nothing
}

// methods is the table.
var methods = []Method{
	grpo,
	drGRPO,
	dapo,
	gspo,
	cispo,
	rloo,
	reinforcePP,
	sft,
	cpt,
	clo,
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
	return Method{}, fmt.Errorf("method %q is unknown: choose one of %s", name, strings.Join(Methods(), ", "))
}

// Help is the table for people: a line a method.
func Help() string {
	var b strings.Builder
	for _, m := range methods {
		fmt.Fprintf(&b, "%-12s %s (%s)\n", m.Name, m.Help, m.Paper)
	}
	return b.String()
}

// Settings is a run of the method with its own constants.
func (m Method) Settings() protocol.Train {
	like := grpo.Name
	if m.Learns != Groups {
		like = sft.Name
	}
	settings := protocol.DefaultTrain(like)
	settings.Method = m.Name
	if m.Defaults != nil {
		m.Defaults(&settings)
	}
	return settings
}
