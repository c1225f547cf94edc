package train

import (
	"math"
	"strings"

	. "github.com/gomlx/gomlx/core/graph"
	vars "github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/initializer"
)

// Muon (Jordan et al. 2024): momentum whose singular values are all brought near 1
// before it moves the weights, so that every direction of a matrix learns, not only
// the few that its gradients are largest in. Steps have the size of AdamW's (Liu et
// al. 2025, "Muon is scalable for LLM training"), so that one learning rate and one
// weight decay serve the matrices that Muon moves and the weights that AdamW does.
const (
	muonScope    = "/muon"
	muonMomentum = 0.95
	// muonSize is the root of the mean square of an AdamW step at rate 1, as measured.
	muonSize = 0.2
	// The quintic iteration x → ax + bx³ + cx⁵ brings singular values from 0.01 up
	// into 0.7 … 1.2 within muonSteps; it is steep at 0 rather than exact at 1.
	muonA, muonB, muonC = 3.4445, -4.7750, 2.0315
	muonSteps           = 5
)

// movedByMuon are the matrices inside of layers. What stands for single tokens, an
// embedding or a head, and vectors stay with AdamW.
func movedByMuon(v *vars.Variable) bool {
	return v.Shape().Rank() == 2 && strings.Contains(v.Path(), "layers")
}

// muon moves v, [rows, columns], along the gradient of the same shape.
func muon(scope *vars.Scope, v *vars.Variable, gradient, rate *Node, weightDecay float64) {
	g := gradient.Graph()
	momentum := scope.Store().Scope(muonScope+v.Scope()).WithInitializer(initializer.Zero).
		VariableWithShape(v.Name(), v.Shape()).SetTrainable(false)
	sum := Add(MulScalar(momentum.NodeValue(g), muonMomentum), gradient)
	momentum.SetNodeValue(sum)
	step := orthogonal(Add(gradient, MulScalar(sum, muonMomentum))) // Nesterov's look ahead
	dims := v.Shape().Dimensions
	step = MulScalar(step, muonSize*math.Sqrt(float64(max(dims[0], dims[1]))))
	weights := v.NodeValue(g)
	v.SetNodeValue(Sub(weights, Mul(rate, Add(step, MulScalar(weights, weightDecay)))))
}

// orthogonal is near UVᵀ of m's singular value decomposition USVᵀ, [rows, columns];
// zeros stay zeros.
func orthogonal(m *Node) *Node {
	dims := m.Shape().Dimensions
	tall := dims[0] > dims[1]
	x := Div(m, AddScalar(Sqrt(ReduceAllSum(Square(m))), 1e-7))
	if tall {
		x = Transpose(x, 0, 1)
	}
	for range muonSteps {
		square := Dot(x, Transpose(x, 0, 1)).Product() // [short, short]
		polynomial := Add(MulScalar(square, muonB), MulScalar(Dot(square, square).Product(), muonC))
		x = Add(MulScalar(x, muonA), Dot(polynomial, x).Product())
	}
	if tall {
		x = Transpose(x, 0, 1)
	}
	return x
}
