package objective

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
)

// Dr.GRPO: GRPO without the divisions by a group's deviation and by a completion's
// length, which favour hard prompts and long wrong answers. Liu et al.,
// Understanding R1-Zero-Like Training: A Critical Perspective, arXiv 2503.20783.
var drGRPO = Method{
	Name: "dr-grpo", Help: "GRPO without its biases by length and by difficulty", Paper: "arXiv 2503.20783",
	Scale: ScaleNone, Surrogate: Clipped, Normalise: PerMaxLength, ClipLow: 0.2, ClipHigh: 0.2, DualClips: true,
	Check: func(c GRPOConfig) error {
		if c.MaxLength <= 0 {
			return fmt.Errorf("dr-grpo divides by the longest completion allowed: set MaxLength")
		}
		return nil
	},
}

// PerMaxLength divides by completions times GRPOConfig.MaxLength.
func PerMaxLength(c GRPOConfig, x *Node, in GRPOInputs) *Node {
	return Div(ReduceAllSum(x), MulScalar(in.Sequences, float64(c.MaxLength)))
}
