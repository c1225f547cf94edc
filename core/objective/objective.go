// Package objective turns rewards into advantages and log-probabilities into
// losses: the family of GRPO, supervised fine-tuning (SFT), next-token prediction
// (CPT) and cross-lingual optimisation (CLO).
//
// Input: on the host, the rewards of a step (Advantages), and in a graph the
// hidden states of a policy and the tokens that were drawn (ChosenLogProbs),
// their log-probabilities before the step and under the frozen reference, a
// mask and the advantages (GRPOLoss, SFTLoss, CLOLoss). Output: scalar losses to
// take gradients of, and the figures that a chart of the run shows. Nothing here
// knows a model: a policy's head is handed in as a function.
//
// A method is one file, which registers its row, names its paper and holds what is its
// own. Of the family of GRPO a row says how a reward becomes an
// advantage, over what the probability ratio is taken, what is maximised for a
// token, and what the sum is divided by, and each part says so in words. Sessions, the
// program, the page and the tests read the registry: a new method needs nothing else.
//
// Losses are sums over micro-batches: every denominator is that of the whole
// batch and is handed in, so the gradients of the parts add up to the gradient
// of the whole.
package objective

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
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

// materials name them for settings that need one (protocol.Setting.Needs), and say to
// people what is learnt from.
var materials = map[Material]struct {
	name     string
	measures []string
	note     protocol.Text
}{
	Groups:     {"groups", []string{"kl", "entropy"}, protocol.Text{En: "Learns from its own answers, by their rewards.", Zh: "从自己的回答中学习，依据其奖励。"}},
	References: {"references", []string{"entropy"}, protocol.Text{En: "Learns from the references: they become likelier. It samples nothing, so there are no groups.", Zh: "从参考中学习：使其更可能。它不采样，因此没有组。"}},
	Pairs:      {"pairs", []string{"kl"}, protocol.Text{En: "Learns from examples in two languages. It samples nothing, so there are no groups.", Zh: "从两种语言的例句中学习。它不采样，因此没有组。"}},
	Documents:  {"texts", nil, protocol.Text{En: "Reads the examples as plain text. It samples nothing, so there are no groups.", Zh: "把例句当作纯文本阅读。它不采样，因此没有组。"}},
}

// Level turns the log-ratio of each token, [batch, time] and 0 where masked, into
// the one that counts for it, of the same shape.
type Level struct {
	Of   func(logRatio, mask *Node) *Node
	Says protocol.Text
}

// Surrogate is what is maximised at each token, and 1 where a bound cut its
// gradient off: [batch, time] both, as are logp and ratio; advantage is [batch, 1].
type Surrogate struct {
	Of func(c GRPOConfig, logp, ratio, advantage *Node) (objective, clipped *Node)
	// Ratio tells that it takes the ratio of new to old probability, without which a
	// second update on the same completions is biased.
	Ratio bool
	Says  func(GRPOConfig) protocol.Text // with this clip range
}

// Normaliser sums x [batch, time], 0 where masked, to a scalar.
type Normaliser struct {
	Of   func(c GRPOConfig, x *Node, in GRPOInputs) *Node
	Says protocol.Text
}

// Method is one row of the registry.
type Method struct {
	Name   string
	Title  string        // as papers write it
	Help   protocol.Text // what it does, in a line
	Paper  string
	Learns Material
	// Defaults changes the usual settings to what the method is run with; nil
	// changes nothing.
	Defaults func(*protocol.Train)
	// Own are the settings of the method alone: rows whose Path is the name in protocol.Train.Own.
	Own []protocol.Setting

	// Only of methods that learn from Groups.
	Scale     Scale
	Level     *Level // nil: each token by itself
	Surrogate *Surrogate
	Normalise *Normaliser
	ClipLow   float64 // the paper's clip range; none where ClipHigh is 0
	ClipHigh  float64
	DualClips bool                   // the surrogate takes a dual clip
	DropsFlat bool                   // groups whose rewards are all the same take no part in an update
	Check     func(GRPOConfig) error // refuses what the method cannot do; nil refuses nothing
}

// methods is the registry.
var methods []*Method

// Register adds a row. Methods are in the order of what they learn from and of their
// papers' numbers, which are dates.
func Register(m Method) *Method {
	if _, err := MethodNamed(m.Name); err == nil {
		panic(fmt.Sprintf("the method %q is registered twice", m.Name))
	}
	methods = append(methods, &m)
	slices.SortFunc(methods, func(a, b *Method) int {
		return cmp.Or(cmp.Compare(a.Learns, b.Learns), strings.Compare(a.Paper, b.Paper))
	})
	return &m
}

// Remove takes a row away again.
func (m *Method) Remove() {
	methods = slices.DeleteFunc(methods, func(o *Method) bool { return o == m })
}

// Methods lists the names that MethodNamed knows.
func Methods() []string {
	names := make([]string, len(methods))
	for i, m := range methods {
		names[i] = m.Name
	}
	return names
}

// MethodNamed returns the row of the registry with this name.
func MethodNamed(name string) (Method, error) {
	for _, m := range methods {
		if m.Name == name {
			return *m, nil
		}
	}
	return Method{}, fmt.Errorf("method %q is unknown: choose one of %s", name, strings.Join(Methods(), ", "))
}

// OwnSettings are the rows of every method's own.
func OwnSettings() []protocol.Setting {
	var list []protocol.Setting
	for _, m := range methods {
		for _, s := range m.Own {
			s.Path, s.Needs, s.Place = "own."+s.Path, m.Name, cmp.Or(s.Place, "method")
			list = append(list, s)
		}
	}
	return list
}

// Help is the registry for people: a line a method.
func Help() string {
	var b strings.Builder
	for _, m := range methods {
		fmt.Fprintf(&b, "%-12s %s (%s)\n", m.Name, m.Help.En, m.Paper)
	}
	return b.String()
}

// Has lists what a setting may need and the method has: what it learns from, a ratio, a
// clip range, a dual clip, a reference to be held to, and its own name.
func (m Method) Has() []string {
	has := []string{m.Name, materials[m.Learns].name}
	for _, ability := range []struct {
		name string
		has  bool
	}{
		{"reference", m.Learns == Groups || m.Learns == Pairs}, {"ratio", m.Surrogate != nil && m.Surrogate.Ratio},
		{"clip", m.ClipHigh != 0}, {"dual-clip", m.DualClips},
	} {
		if ability.has {
			has = append(has, ability.name)
		}
	}
	return has
}

// Row is the method for those who show it; defaults are its settings with nothing left
// to be filled in.
func (m Method) Row(defaults protocol.Train) protocol.Method {
	material := materials[m.Learns]
	return protocol.Method{Name: m.Name, Title: m.Title, Help: m.Help, Paper: m.Paper, Learns: material.name, Note: material.note, Measures: material.measures,
		Defaults: defaults, Has: m.Has()}
}

// Update says how an update with these constants moves the weights, from the parts of
// the loss that make it. beta is the divergence's weight, in the loss or in the reward.
func (c GRPOConfig) Update(beta float64) protocol.Text {
	parts := []protocol.Text{c.Method.Surrogate.Says(c)}
	if c.Method.Level != nil {
		parts = append(parts, c.Method.Level.Says)
	}
	if c.DualClip > 0 {
		parts = append(parts, protocol.Say("The loss of a bad answer is bounded at %s times its advantage.", "坏回答的损失以其优势的 %s 倍为限。", decimal(c.DualClip)))
	}
	parts = append(parts, c.Method.Normalise.Says)
	if beta > 0 {
		parts = append(parts, protocol.Say("β %s times the KL to the reference model holds it back.", "β %s 乘以与参考模型的 KL 将其拉住。", decimal(beta)))
	}
	var all protocol.Text
	for i, p := range parts {
		if i > 0 {
			all.En += " "
		}
		all.En, all.Zh = all.En+p.En, all.Zh+p.Zh
	}
	return all
}

// decimal is a number with the digits that it needs, up to four.
func decimal(v float64) string {
	return strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(v, 'f', 4, 64), "0"), ".")
}

// Settings is a run of the method with its own constants.
func (m Method) Settings() protocol.Train {
	settings := defaults(m.Learns)
	settings.Method = m.Name
	if m.Defaults != nil {
		m.Defaults(&settings)
	}
	return settings
}
