package objective

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/dongyur/dongyur/core/protocol"
)

// Dr.GRPO: GRPO without the divisions by a group's deviation and by a completion's
// length, which favour hard prompts and long wrong answers. Liu et al.,
// Understanding R1-Zero-Like Training: A Critical Perspective, arXiv 2503.20783.
var _ = Register(Method{
	Name: "dr-grpo", Title: "Dr. GRPO", Help: protocol.Text{En: "GRPO without its biases by length and by difficulty", Zh: "去除长度与难度偏差的 GRPO"},
	Paper: "arXiv 2503.20783",
	Scale: ScaleNone, Surrogate: Clipped, Normalise: PerMaxLength, ClipLow: 0.2, ClipHigh: 0.2, DualClips: true,
	Check: func(c GRPOConfig) error {
		if c.MaxLength <= 0 {
			return fmt.Errorf("dr-grpo divides by the longest completion allowed: set MaxLength")
		}
		return nil
	},
})

// PerMaxLength divides by completions times GRPOConfig.MaxLength.
var PerMaxLength = &Normaliser{perMaxLength, protocol.Text{En: "Sums are divided by the longest answer allowed, so that no length is favoured.", Zh: "总和除以允许的最大长度，因此不偏向任何长度。"}}

func perMaxLength(c GRPOConfig, x *Node, in GRPOInputs) *Node {
	return Div(ReduceAllSum(x), MulScalar(in.Sequences, float64(c.MaxLength)))
}
