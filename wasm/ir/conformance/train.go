package conformance

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/attention"
	"github.com/gomlx/gomlx/ml/layers/attention/pos"
	"github.com/gomlx/gomlx/ml/layers/norm"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/gomlx/gomlx/ml/train/optimizer"
)

// Sizes of the model of RunTraining.
const (
	trainBatch, trainTime, trainWidth, trainVocab = 3, 7, 16, 19
	trainSteps                                    = 12
)

// RunTraining trains small models of GoMLX's own layers by its own optimisers and
// compares the loss of each step with the Go engine's: within 1e-3 throughout, as far
// as rounding is let grow by a dozen updates.
func RunTraining(t *testing.T, backend compute.Backend) {
	t.Helper()
	reference, err := Reference()
	if err != nil {
		t.Fatalf("open the Go engine: %v", err)
	}
	optimizers := map[string]func() optimizer.Interface{
		"SGD":     func() optimizer.Interface { return optimizer.StochasticGradientDescent().WithLearningRate(0.1).Done() },
		"Adam":    func() optimizer.Interface { return optimizer.Adam().LearningRate(0.01).Done() },
		"AdamW":   func() optimizer.Interface { return optimizer.Adam().LearningRate(0.01).WeightDecay(0.1).Done() },
		"Adamax":  func() optimizer.Interface { return optimizer.Adam().Adamax().LearningRate(0.01).Done() },
		"RMSProp": func() optimizer.Interface { return optimizer.RMSProp().LearningRate(0.003).Done() },
	}
	for _, c := range []struct {
		model, optimizer string
		build            train.ModelFn
	}{
		{"perceptron", "SGD", perceptron}, {"perceptron", "Adamax", perceptron},
		{"perceptron", "RMSProp", perceptron}, {"transformer", "Adam", transformer(1, false)},
		{"transformer", "AdamW", transformer(2, true)},
	} {
		t.Run(c.model+" by "+c.optimizer, func(t *testing.T) {
			got, err := losses(backend, c.build, optimizers[c.optimizer]())
			if err != nil {
				t.Fatalf("%s: %v", backend.Name(), err)
			}
			want, err := losses(reference, c.build, optimizers[c.optimizer]())
			if err != nil {
				t.Fatalf("reference: %v", err)
			}
			for step := range want {
				if off := math.Abs(got[step]-want[step]) / math.Abs(want[step]); !(off <= 1e-3) {
					t.Fatalf("step %d: loss %v, want %v (all: %v, want %v)", step, got[step], want[step], got, want)
				}
			}
			if last := want[len(want)-1]; last >= want[0] {
				t.Errorf("the reference did not learn: %v", want)
			}
		})
	}
}

// losses trains and gives each step's loss.
func losses(backend compute.Backend, build train.ModelFn, by optimizer.Interface) (all []float64, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	trainer := train.NewTrainer(backend, model.NewStore(), build, loss.SparseCategoricalCrossEntropyLogits, by, nil, nil)
	rng := rand.New(rand.NewPCG(1, 2))
	for range trainSteps {
		tokens := in(0, trainVocab-1, dtypes.Int32, trainBatch, trainTime).make(rng)
		next := nextTokens(tokens)
		metrics, err := trainer.TrainStep(train.Batch{Inputs: []*tensors.Tensor{tokens}, Labels: []*tensors.Tensor{next}})
		if err != nil {
			return nil, err
		}
		all = append(all, numbers(metrics[0])[0])
	}
	return all, nil
}

// nextTokens is a rule to learn: the token plus one.
func nextTokens(tokens *tensors.Tensor) *tensors.Tensor {
	next := tensors.FromShape(shapes.Make(dtypes.Int32, trainBatch, trainTime, 1))
	from := numbers(tokens)
	if err := next.MutableFlatData(func(flat any) {
		for i := range from {
			flat.([]int32)[i] = (int32(from[i]) + 1) % trainVocab
		}
	}); err != nil {
		panic(err)
	}
	return next
}

// waves initialises weights to what is the same on every engine.
func waves(g *graph.Graph, shape shapes.Shape) *graph.Node {
	if shape.Rank() == 0 {
		return graph.ScalarZero(g, shape.DType)
	}
	flat := graph.IotaFull(g, shapes.Make(dtypes.Float32, shape.Dimensions...))
	scale := 0.6 / math.Sqrt(float64(shape.Dim(-1)))
	return graph.ConvertDType(graph.MulScalar(graph.Sin(graph.MulScalar(flat, 1.7)), scale), shape.DType)
}

// perceptron predicts the next token from the token alone.
func perceptron(scope *model.Scope, _ any, inputs []*graph.Node) []*graph.Node {
	scope = scope.WithInitializer(waves)
	x := layers.Embedding(scope.In("embedding"), graph.ExpandAxes(inputs[0], -1), dtypes.Float32, trainVocab, trainWidth)
	x = graph.Tanh(layers.DenseWithBias(scope.In("hidden"), x, 3*trainWidth))
	return []*graph.Node{layers.DenseWithBias(scope.In("head"), x, trainVocab)}
}

// transformer is a decoder of some layers, with rotary positions, pre-norm, and grouped
// heads if grouped is set.
func transformer(depth int, grouped bool) train.ModelFn {
	return func(scope *model.Scope, _ any, inputs []*graph.Node) []*graph.Node {
		scope = scope.WithInitializer(waves)
		x := layers.Embedding(scope.In("embedding"), graph.ExpandAxes(inputs[0], -1), dtypes.Float32, trainVocab, trainWidth) // [batch, time, width]
		for layer := range depth {
			scope := scope.In("layer_%d", layer)
			y := norm.LayerNorm(scope.In("norm"), x, -1).Done()
			heads := attention.MultiHeadAttention(scope.In("attention"), y, y, y, 4, trainWidth/4).WithPositionalEncoder(pos.NewRoPE(1e4)).WithCausalMask(true)
			if grouped {
				heads = heads.WithNumKVHeads(2)
			}
			x = graph.Add(x, heads.Done())
			y = norm.RMSNorm(scope.In("second norm"), x).Done()
			y = layers.DenseWithBias(scope.In("up"), y, 2*trainWidth) // [batch, time, 2·width]
			y = graph.Mul(y, graph.Sigmoid(y))
			x = graph.Add(x, layers.DenseWithBias(scope.In("down"), y, trainWidth))
		}
		return []*graph.Node{layers.DenseWithBias(scope.In("head"), x, trainVocab)} // [batch, time, vocab]
	}
}
