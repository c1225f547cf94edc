package inside

import (
	"fmt"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/objective"
)

// realTokens is 1 where a column of tokens i32 [rows, time] is no padding.
func realTokens(tokens, pad *Node) *Node {
	rows, time := tokens.Shape().Dimensions[0], tokens.Shape().Dimensions[1]
	column := Iota(tokens.Graph(), shapes.Make(dtypes.Int32, rows, time), 1)
	return ConvertDType(GreaterOrEqual(column, Reshape(pad, rows, 1)), dtypes.Float32) // [rows, time]
}

// activityGraph counts, over the real tokens of rows with weight 1, how often each
// gate is above 0, [layers, intermediate], and averages the residual stream over
// each row's tokens, [layers, rows, dim].
func activityGraph(config *model.Config, p model.Params, tokens, pad, weight *Node) []*Node {
	real := realTokens(tokens, pad)                                // [rows, time]
	counted := ExpandAxes(Mul(real, ExpandAxes(weight, -1)), -1)   // [rows, time, 1]
	perToken := ExpandAxes(ReduceAndKeep(real, ReduceSum, -1), -1) // [rows, 1, 1]
	fired, pooled := make([]*Node, config.Layers), make([]*Node, config.Layers)
	config.HiddenTapped(p, tokens, pad, func(name string, x *Node) *Node {
		var layer int
		if _, err := fmt.Sscanf(name, "model.layers.%d", &layer); err != nil {
			return x
		}
		switch {
		case strings.HasSuffix(name, ".mlp.gate"):
			positive := ConvertDType(GreaterThan(x, ZerosLike(x)), dtypes.Float32) // [rows, time, intermediate]
			fired[layer] = ReduceSum(Mul(positive, counted), 0, 1)                 // [intermediate]
		case strings.Count(name, ".") == 2:
			pooled[layer] = ReduceSum(Div(Mul(x, ExpandAxes(real, -1)), perToken), 1) // [rows, dim]
		}
		return x
	})
	return []*Node{Stack(fired, 0), Stack(pooled, 0)}
}

// headGradients is ∂L/∂m for each row, float32 [rows, layers, heads]: m multiplies
// what a head gives, and is 1; L is the row's mean loss.
func headGradients(config *model.Config, p model.Params, tokens, pad *Node) *Node {
	g := tokens.Graph()
	rows, time := tokens.Shape().Dimensions[0], tokens.Shape().Dimensions[1]
	mask := Ones(g, shapes.Make(dtypes.Float32, rows, config.Layers, config.Heads))
	hidden := config.HiddenTapped(p, tokens, pad, func(name string, x *Node) *Node {
		var layer int
		if _, err := fmt.Sscanf(name, "model.layers.%d", &layer); err != nil || !strings.HasSuffix(name, ".heads") {
			return x
		}
		m := Slice(mask, AxisRange(), AxisElem(layer), AxisRange()) // [rows, 1, heads]
		return Mul(x, Reshape(m, rows, config.Heads, 1, 1))         // [rows, heads, time, head dim]
	}) // [rows, time, dim]
	before := Slice(hidden, AxisRange(), AxisRange(0, time-1), AxisRange()) // [rows, time-1, dim]
	targets := Slice(tokens, AxisRange(), AxisRange(1))                     // [rows, time-1]
	options := objective.LogProbOptions{Chunk: objective.Chunk(rows*(time-1), config.VocabSize)}
	logp, _ := objective.ChosenLogProbs(func(h *Node) *Node { return config.Logits(p, h) }, before, targets, options)
	real := Slice(realTokens(tokens, pad), AxisRange(), AxisRange(0, time-1)) // [rows, time-1]
	// A row of filling has one token and so nothing to predict.
	count := MaxScalar(ReduceSum(real, -1), 1)                            // [rows]
	loss := Neg(ReduceAllSum(Div(ReduceSum(Mul(logp, real), -1), count))) // rows do not see each other
	return Gradient(loss, mask)[0]
}
