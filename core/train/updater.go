package train

import (
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	vars "github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/initializer"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"github.com/dongyur/dongyur/core/model"
)

// Loss builds a micro-batch's loss: a scalar to be minimised, and scalars worth
// reporting. params are the weights that train, base those of the reference.
// Losses and statistics of micro-batches are added up, so each divides by the
// whole batch's denominator, not by its own.
type Loss func(params, base model.Params, inputs []*Node) (loss *Node, stats []*Node)

// Updater is one optimiser over a policy's trainable weights: gradients are added
// up over micro-batches, clipped by their global norm, and applied by GoMLX's
// AdamW, or by Muon beside it. A step is some calls of Accumulate and one of Apply.
type Updater struct {
	policy     *model.Policy
	config     OptimizerConfig
	accumulate *vars.Exec
	apply      *vars.Exec
	first      bool // the next Accumulate starts a new sum
	loss       float64
	norm       float64
	stats      []float64
}

const gradientScope = "/gradient"

// NewUpdater prepares an optimiser for what is trainable in policy now; what an
// earlier one kept is dropped.
func NewUpdater(policy *model.Policy, config OptimizerConfig, loss Loss) (*Updater, error) {
	u := &Updater{policy: policy, config: config, first: true}
	for _, scope := range []string{gradientScope, muonScope, "/" + optimizer.AdamDefaultScope, "/" + optimizer.Scope} {
		if err := policy.Vars.DeleteVariablesInScope(scope); err != nil {
			return nil, fmt.Errorf("drop the last run's optimiser: %w", err)
		}
	}
	var err error
	if u.accumulate, err = vars.NewExec(policy.Engine, policy.Vars, u.accumulateGraph(loss)); err != nil {
		return nil, fmt.Errorf("prepare gradients: %w", err)
	}
	u.accumulate.SetMaxCache(-1)
	if u.apply, err = vars.NewExec(policy.Engine, policy.Vars, u.applyGraph); err != nil {
		return nil, fmt.Errorf("prepare optimiser: %w", err)
	}
	return u, nil
}

// accumulateGraph adds a micro-batch's gradient to the sum. Its first input says
// whether the sum starts anew; its outputs are loss, the sum's global norm, and
// the statistics.
func (u *Updater) accumulateGraph(loss Loss) func(scope *vars.Scope, inputs []*Node) []*Node {
	return func(scope *vars.Scope, inputs []*Node) []*Node {
		g := inputs[0].Graph()
		value, stats := loss(u.policy.Params(g, true), u.policy.ReferenceParams(g), inputs[1:])
		trainable := u.policy.Trainable()
		nodes := make([]*Node, len(trainable))
		for i, v := range trainable {
			nodes[i] = v.NodeValue(g)
		}
		squares := Scalar(g, dtypes.Float32, 0)
		for i, gradient := range Gradient(value, nodes...) {
			sum := gradientVariable(scope, trainable[i])
			gradient = Add(Where(inputs[0], ZerosLike(gradient), sum.NodeValue(g)), gradient)
			sum.SetNodeValue(gradient)
			squares = Add(squares, ReduceAllSum(Square(gradient)))
		}
		return append([]*Node{value, Sqrt(squares)}, stats...)
	}
}

// gradientVariable is where a trainable variable's gradient is added up.
func gradientVariable(scope *vars.Scope, v *vars.Variable) *vars.Variable {
	return scope.Store().Scope(gradientScope+v.Scope()).WithInitializer(initializer.Zero).
		VariableWithShape(v.Name(), v.Shape()).SetTrainable(false)
}

// applyGraph moves the weights along the summed gradient, scaled down to the
// norm ClipNorm. Inputs: the learning rate and the sum's norm.
func (u *Updater) applyGraph(scope *vars.Scope, rate, norm *Node) {
	g := rate.Graph()
	scale := Scalar(g, dtypes.Float32, 1)
	if u.config.ClipNorm > 0 {
		scale = Min(scale, Div(Scalar(g, dtypes.Float32, u.config.ClipNorm), AddScalar(norm, 1e-6)))
	}
	gradient := func(v *vars.Variable) *Node { return Mul(gradientVariable(scope, v).NodeValue(g), scale) }
	var gradients []*Node
	var matrices []*vars.Variable
	for _, v := range u.policy.Trainable() {
		if u.config.Muon && movedByMuon(v) {
			matrices = append(matrices, v)
			continue
		}
		v.NodeValue(g) // marks it as used, which is how the optimiser finds it
		gradients = append(gradients, gradient(v))
	}
	optimizer.LearningRateVar(scope, dtypes.Float32, 0).SetNodeValue(rate)
	adam := optimizer.Adam().Betas(u.config.Beta1, u.config.Beta2).Epsilon(u.config.Epsilon).
		WeightDecay(u.config.WeightDecay).Done()
	adam.(withGradients).UpdateGraphWithGradients(scope, gradients, dtypes.Float32)
	for _, v := range matrices { // after AdamW, which would move what is in use
		muon(scope, v, gradient(v), rate, u.config.WeightDecay)
	}
}

// withGradients is what GoMLX's optimisers offer beside their Interface, for
// gradients that were computed elsewhere.
type withGradients interface {
	UpdateGraphWithGradients(scope *vars.Scope, gradients []*Node, lossDType dtypes.DType)
}

// Accumulate adds one micro-batch. It fails, and the weights stay as they are, if
// the loss or the gradient is not a finite number.
func (u *Updater) Accumulate(inputs ...any) error {
	outputs, err := u.accumulate.Exec(append([]any{u.first}, inputs...)...)
	if err != nil {
		return fmt.Errorf("compute the gradient: %w", err)
	}
	values := make([]float64, len(outputs))
	for i, output := range outputs {
		values[i] = float64(tensors.ToScalar[float32](output))
		output.FinalizeAll()
	}
	if u.first {
		u.loss, u.stats = 0, make([]float64, len(values)-2)
	}
	u.loss += values[0]
	u.norm = values[1]
	for i := range u.stats {
		u.stats[i] += values[2+i]
	}
	u.first = false
	if math.IsNaN(values[0]) || math.IsInf(values[0], 0) || math.IsNaN(u.norm) || math.IsInf(u.norm, 0) {
		u.first = true
		return &DivergedError{Loss: values[0], GradNorm: values[1]}
	}
	return nil
}

// Update is what one step did.
type Update struct {
	Loss         float64
	GradNorm     float64 // before clipping
	LearningRate float64
	Stats        []float64 // the Loss's statistics, in its order
}

// Apply ends the step (counted from 1) and starts a new sum.
func (u *Updater) Apply(step int) (Update, error) {
	rate := u.config.rate(step)
	if _, err := u.apply.Exec(float32(rate), float32(u.norm)); err != nil {
		return Update{}, fmt.Errorf("update the weights: %w", err)
	}
	u.first = true
	return Update{Loss: u.loss, GradNorm: u.norm, LearningRate: rate, Stats: u.stats}, nil
}

// Finalize frees the compiled graphs; the variables stay.
func (u *Updater) Finalize() {
	u.accumulate.Finalize()
	u.apply.Finalize()
}

// DivergedError says that a loss or its gradient is no finite number.
type DivergedError struct{ Loss, GradNorm float64 }

func (e *DivergedError) Error() string {
	return fmt.Sprintf("training diverged: loss %v, gradient norm %v; the weights are those of the step before. "+
		"Lower the learning rate, or clip the gradient (clip_norm), and resume from the last checkpoint", e.Loss, e.GradNorm)
}
