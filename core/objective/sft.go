package objective

import (
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/dongyur/dongyur/core/protocol"
)

// SFT: the references' tokens are made likelier. Ouyang et al., Training language
// models to follow instructions with human feedback, arXiv 2203.02155.
var _ = Register(Method{Name: "sft", Title: "SFT", Help: protocol.Text{En: "supervised fine-tuning on references", Zh: "用参考做监督微调"},
	Paper: "arXiv 2203.02155", Learns: References})

// SFTLoss is the negative log-likelihood of the completions' tokens, in nats a
// token: -Σ mask·logp / tokens. logp and mask are [batch, time]; tokens is the
// scalar number of masked-in tokens of the whole batch, of which this may be a
// micro-batch.
func SFTLoss(logp, mask, tokens *Node) *Node { return Neg(TokenMean(logp, mask, tokens)) }

// TokenMean is Σ x where mask is 1, divided by tokens. What x holds where mask
// is 0 does not matter, NaN included.
func TokenMean(x, mask, tokens *Node) *Node {
	return Div(ReduceAllSum(masked(x, mask)), tokens)
}

// masked replaces x by 0 where mask is 0. It selects rather than multiplies,
// so a NaN at a padded place stays there.
func masked(x, mask *Node) *Node {
	return Where(GreaterThan(mask, ZerosLike(mask)), x, ZerosLike(x))
}
