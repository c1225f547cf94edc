package conformance

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers/attention"
)

// fusedOps are those of compute.FusedOps but attention and quantised weights.
func fusedOps() []Op {
	ops := []Op{}
	for axis := range 3 {
		ops = append(ops, Op{Name: fmt.Sprintf("FusedSoftmax %d", axis), Inputs: []Input{f32(3, 5, 24)},
			Graph: one(func(x []*graph.Node) *graph.Node { return graph.BackendFusedSoftmax(x[0], axis) })})
	}
	for _, exact := range []bool{true, false} {
		for _, dtype := range []dtypes.DType{dtypes.Float32, dtypes.BFloat16, dtypes.Float16} {
			ops = append(ops, Op{Name: fmt.Sprintf("FusedGelu %v %s", exact, dtype), Inputs: []Input{in(-6, 6, dtype, 40, 11)},
				Graph: one(func(x []*graph.Node) *graph.Node { return graph.BackendFusedGelu(x[0], exact) })})
		}
	}
	ops = append(ops,
		Op{Name: "FusedLayerNorm", Inputs: []Input{f32(3, 5, 24), f32(24), f32(24)}, Graph: one(func(x []*graph.Node) *graph.Node {
			return graph.BackendFusedLayerNorm(x[0], []int{-1}, 1e-5, x[1], x[2])
		})},
		Op{Name: "FusedLayerNorm of two axes", Inputs: []Input{f32(3, 5, 24)}, Graph: one(func(x []*graph.Node) *graph.Node {
			return graph.BackendFusedLayerNorm(x[0], []int{1, 2}, 1e-5, nil, nil)
		})},
		Op{Name: "FusedLayerNorm of the first axis", Inputs: []Input{f32(9, 5), f32(9), f32(9)}, Graph: one(func(x []*graph.Node) *graph.Node {
			return graph.BackendFusedLayerNorm(x[0], []int{0}, 1e-5, x[1], x[2])
		})},
		Op{Name: "FusedAttentionQKVProjection", Inputs: []Input{f32(5, 8), f32(8, 12), f32(6), f32(3), f32(3)},
			Graph: func(x []*graph.Node) []*graph.Node {
				q, k, v := graph.BackendFusedAttentionQKVProjection(x[0], x[1], x[2], x[3], x[4], 6, 3)
				return []*graph.Node{q, k, v}
			}},
		Op{Name: "FusedAttentionQKVProjection without biases", Inputs: []Input{f32(5, 8), f32(8, 12)},
			Graph: func(x []*graph.Node) []*graph.Node {
				q, k, v := graph.BackendFusedAttentionQKVProjection(x[0], x[1], nil, nil, nil, 6, 3)
				return []*graph.Node{q, k, v}
			}})
	for activation := compute.ActivationNone; activation <= compute.ActivationTanh; activation++ {
		ops = append(ops, Op{Name: "FusedDense " + activation.String(), Inputs: []Input{f32(2, 3, 8), f32(8, 6), f32(6)},
			Graph: one(func(x []*graph.Node) *graph.Node {
				return graph.BackendFusedDense(x[0], x[1], x[2], compute.DenseConfig{Activation: activation})
			})})
	}
	return append(ops, Op{Name: "FusedDense outputs first", Inputs: []Input{f32(3, 8), f32(2, 5, 8)},
		Graph: one(func(x []*graph.Node) *graph.Node {
			return graph.BackendFusedDense(x[0], x[1], nil, compute.DenseConfig{WeightLayout: compute.DenseLayoutOutputsInput})
		})})
}

// attentionOps compare the fused operation and its own gradient with the decomposed
// one and the gradient through it.
func attentionOps() []Op {
	type options = attention.CoreOptions
	var ops []Op
	add := func(name string, layout attention.AxesLayout, set func(x []*graph.Node, o *options), batch, heads, keyHeads, queries, keys, dim int, more ...Input) {
		dims := func(heads, positions int) []int {
			if layout == attention.LayoutBSHD {
				return []int{batch, positions, heads, dim}
			}
			return []int{batch, heads, positions, dim}
		}
		run := func(fused bool) func(x []*graph.Node) []*graph.Node {
			return one(func(x []*graph.Node) *graph.Node {
				o := options{DisableFusion: !fused}
				set(x, &o)
				y, _ := attention.Core(x[0], x[1], x[2], layout, o)
				return y
			})
		}
		inputs := append([]Input{f32(dims(heads, queries)...), f32(dims(keyHeads, keys)...), f32(dims(keyHeads, keys)...)}, more...)
		ops = append(ops, Op{Name: fmt.Sprintf("%s %s", name, layout), Inputs: inputs, Gradient: len(more) == 0 || !more[0].Shape.DType.IsFloat(),
			Graph: run(true), Reference: run(false), Tolerance: 3e-5})
	}
	none := func([]*graph.Node, *options) {}
	causal := func(_ []*graph.Node, o *options) { o.UseCausalMask = true }
	mask := func(x []*graph.Node, o *options) { o.AttentionMask = x[3] }
	bias := func(x []*graph.Node, o *options) { o.AttentionBias, o.UseCausalMask = x[3], true }
	lengths := func(x []*graph.Node, o *options) { o.QuerySeqLen, o.KVSeqLen, o.UseCausalMask = x[3], x[4], true }
	for _, layout := range []attention.AxesLayout{attention.LayoutBHSD, attention.LayoutBSHD} {
		scores := func(dtype dtypes.DType, batch, heads, queries, keys int) Input {
			if layout == attention.LayoutBSHD {
				return of(dtype, batch, queries, heads, keys)
			}
			return of(dtype, batch, heads, queries, keys)
		}
		add("plain", layout, none, 2, 3, 3, 5, 7, 4)
		add("one position", layout, none, 1, 1, 1, 1, 1, 1)
		add("causal", layout, causal, 2, 3, 3, 6, 6, 4)
		add("causal grouped", layout, causal, 2, 6, 2, 9, 9, 8)
		add("long", layout, causal, 1, 2, 1, 70, 70, 16)
		add("scaled", layout, func(_ []*graph.Node, o *options) { o.Scale = 0.3 }, 2, 2, 1, 3, 5, 4)
		add("Bool mask", layout, mask, 2, 3, 3, 5, 7, 4, scores(dtypes.Bool, 2, 3, 5, 7))
		add("Bool mask of two keys, grouped", layout, mask, 3, 4, 2, 9, 2, 4, scores(dtypes.Bool, 3, 4, 9, 2))
		add("Float mask", layout, mask, 2, 3, 3, 5, 7, 4, scores(dtypes.Float32, 2, 3, 5, 7))
		add("bias", layout, bias, 2, 3, 3, 6, 6, 4, f32(2, 3, 6, 6))
	}
	add("lengths", attention.LayoutBSHD, lengths, 3, 4, 2, 6, 6, 4, in(0, 6, dtypes.Int32, 3), in(1, 6, dtypes.Int32, 3))
	return ops
}

// quantizedOps multiply by, and look up, quantised weights. A target may compute with
// activations of 16 bits.
func quantizedOps() []Op {
	var ops []Op
	dense := func(name string, inputs []Input, weights func(x []*graph.Node) (*graph.Node, *graph.Quantization), activation compute.ActivationType) {
		ops = append(ops, Op{Name: name, Inputs: inputs, Tolerance: 1e-4, Graph: one(func(x []*graph.Node) *graph.Node {
			w, q := weights(x)
			return graph.BackendFusedQuantizedDense(x[0], w, nil, q, activation)
		})})
	}
	linear := func(zero bool, size int) func(x []*graph.Node) (*graph.Node, *graph.Quantization) {
		return func(x []*graph.Node) (*graph.Node, *graph.Quantization) {
			q := &graph.Quantization{Scheme: compute.QuantLinear, Scale: x[2], BlockAxis: 1, BlockSize: size}
			if zero {
				q.ZeroPoint = x[3]
			}
			return x[1], q
		}
	}
	dense("Int8", []Input{f32(3, 8), in(-100, 100, dtypes.Int8, 8, 12), f32(8, 3)}, linear(false, 4), compute.ActivationNone)
	dense("Int8 with zero points and a short block", []Input{f32(2, 3, 8), in(-100, 100, dtypes.Int8, 8, 10), f32(8, 3), f32(8, 3)}, linear(true, 4), compute.ActivationSilu)
	dense("Uint8", []Input{f32(3, 8), in(0, 255, dtypes.Uint8, 8, 12), f32(8, 1)}, linear(false, 12), compute.ActivationRelu)
	nibbles := func(dtype dtypes.DType, scheme compute.QuantizationScheme) func(x []*graph.Node) (*graph.Node, *graph.Quantization) {
		return func(x []*graph.Node) (*graph.Node, *graph.Quantization) {
			w := graph.Reshape(graph.Bitcast(x[1], dtype), 8, 12)
			return w, &graph.Quantization{Scheme: scheme, Scale: x[2], BlockAxis: 1, BlockSize: 4}
		}
	}
	packed := []Input{f32(3, 8), in(0, 255, dtypes.Uint8, 8, 6), f32(8, 3)}
	dense("Int4", packed, nibbles(dtypes.Int4, compute.QuantLinear), compute.ActivationNone)
	dense("Uint4", packed, nibbles(dtypes.Uint4, compute.QuantLinear), compute.ActivationNone)
	dense("NF4", packed, nibbles(dtypes.Uint4, compute.QuantNF4), compute.ActivationGelu)
	for _, kind := range []compute.GGMLQuantType{compute.GGMLQ8_0, compute.GGMLQ4_0, compute.GGMLIQ4NL} {
		blocks := in(0, 255, dtypes.Uint8, 5, 2*kind.BytesPerBlock())
		q := &graph.Quantization{Scheme: compute.QuantGGML, GGMLType: kind}
		dense(kind.String(), []Input{in(-.1, .1, dtypes.Float32, 3, 64), blocks}, func(x []*graph.Node) (*graph.Node, *graph.Quantization) {
			return withScales(x[1], kind), q
		}, compute.ActivationNone)
		ops = append(ops, Op{Name: "lookup of " + kind.String(), Inputs: []Input{blocks, in(0, 4, dtypes.Int32, 2, 3, 1)},
			Graph: one(func(x []*graph.Node) *graph.Node {
				return graph.BackendQuantizedEmbeddingLookup(withScales(x[0], kind), x[1], q)
			})})
	}
	return ops
}

// withScales takes the high bits of each block's scale away, so that it is a small
// number of either sign.
func withScales(bytes *graph.Node, kind compute.GGMLQuantType) *graph.Node {
	g := bytes.Graph()
	position := graph.ModScalar(graph.Iota(g, f32(bytes.Shape().Dimensions...).as(dtypes.Int32), 1), kind.BytesPerBlock())
	limited := graph.BitwiseAnd(bytes, graph.Const(g, uint8(0xb3)))
	return graph.Where(graph.Equal(position, graph.OnesLike(position)), limited, bytes)
}
