package objective

import (
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/core/graph"
)

// KL names an estimator of the divergence of the policy from the reference,
// from one token (Schulman, Approximating KL Divergence, 2020). The zero KL
// is K3.
type KL int

const (
	K3 KL = iota // e^(-d) + d - 1: unbiased, never negative
	K2           // d²/2: its gradient is the unbiased one
	K1           // d: unbiased as a figure; as a loss its expected gradient is 0
)

// logRatioLimit bounds a difference of log-probabilities before it is
// exponentiated, as verl does: e^20 is finite in every type.
const logRatioLimit = 20

// Divergence estimates KL(policy ‖ reference) in nats at each token from
// d = logp - reference, clamped to ±20. Any shape; both the same.
func Divergence(kind KL, logp, reference *Node) *Node {
	d := ClipScalar(Sub(logp, reference), -logRatioLimit, logRatioLimit)
	switch kind {
	case K1:
		return d
	case K2:
		return DivScalar(Square(d), 2)
	}
	return MinusOne(Add(Exp(Neg(d)), d))
}

// Estimate is Divergence of one token on the host.
func (kind KL) Estimate(logp, reference float64) float64 {
	d := min(max(logp-reference, -logRatioLimit), logRatioLimit)
	switch kind {
	case K1:
		return d
	case K2:
		return d * d / 2
	}
	return math.Exp(-d) + d - 1
}

// KLNamed reads an estimator's name.
func KLNamed(name string) (KL, error) {
	switch name {
	case "k3":
		return K3, nil
	case "k2":
		return K2, nil
	case "k1":
		return K1, nil
	}
	return K3, fmt.Errorf("KL estimator %q is unknown: choose k3, k2 or k1", name)
}
