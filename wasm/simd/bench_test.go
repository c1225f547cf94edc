package simd

import (
	"fmt"
	"testing"
	"time"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/dongyur/dongyur/wasm/ir"
)

// BenchmarkDot multiplies square matrices.
func BenchmarkDot(b *testing.B) {
	target := open(b)
	for _, n := range []int{256, 512, 1024} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			operand := func(v int) ir.Operand {
				return ir.Operand{Value: v, DType: dtypes.Float32, RowStride: n, SumStride: 1}
			}
			plan := &ir.Plan{Name: "dot", Values: []ir.Value{value(ir.Input, dtypes.Float32, n, n), value(ir.Input, dtypes.Float32, n, n), value(ir.Output, dtypes.Float32, n, n)},
				Inputs: []int{0, 1}, Outputs: []int{2}, Steps: []ir.Step{&ir.Dot{M: n, N: n, K: n, A: operand(0), B: operand(1), Sum: dtypes.Float32,
					Store: ir.Store{Value: 2, Exp: &ir.Exp{Kind: ir.Accumulated, DType: dtypes.Float32}}}}}
			program, err := target.Compile(plan)
			if err != nil {
				b.Fatal(err)
			}
			defer program.Free()
			var all []ir.Memory
			for range 3 {
				m, err := target.Allocate(int64(4 * n * n))
				if err != nil {
					b.Fatal(err)
				}
				defer m.Free()
				if err := target.Upload(m, bytesOfFloats(randoms(1, n*n))); err != nil {
					b.Fatal(err)
				}
				all = append(all, m)
			}
			for b.Loop() {
				if err := program.Run(all[:2], all[2:]); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(2*float64(n*n*n)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}

// BenchmarkAttention runs causal attention with its gradient, in blocks and as the
// common steps that keep the scores.
func BenchmarkAttention(b *testing.B) {
	target := open(b)
	const batch, heads, dim = 2, 4, 64
	for _, length := range []int{64, 256, 1024} {
		for _, blocks := range []bool{true, false} {
			b.Run(fmt.Sprintf("%d/blocks=%v", length, blocks), func(b *testing.B) {
				limits := target.Limits()
				limits.Attention = blocks
				plan := attentionPlan(b, limits, batch, heads, length, dim)
				var inputs [][]byte
				for i := range plan.Inputs {
					inputs = append(inputs, bytesOfFloats(randoms(uint64(i), batch*heads*length*dim)))
				}
				least := benchmarkPlan(b, target, plan, inputs)
				b.ReportMetric(float64(least.Microseconds()), "min-µs")
				b.ReportMetric(float64(plan.Arena+int64(scratchBytes(plan.Steps))), "B/peak")
			})
		}
	}
}

// BenchmarkDecodeProduct multiplies one row, as decoding does, by weights as Float32
// and as they are quantised.
func BenchmarkDecodeProduct(b *testing.B) {
	plain := weightFormat{"Float32", func(g *graph.Graph, x *graph.Node, k, n int) *graph.Node {
		return graph.DotGeneral(x, []int{-1}, nil, graph.Parameter(g, "weights", shapes.Make(dtypes.Float32, n, k)), []int{-1}, nil)
	}}
	target := open(b)
	for _, size := range [][2]int{{128, 352}, {256, 8192}, {1024, 4096}} {
		k, n := size[0], size[1]
		for _, format := range append([]weightFormat{plain}, weightFormats()...) {
			b.Run(fmt.Sprintf("%d×%d/%s", k, n, format.name), func(b *testing.B) {
				plan, inputs := quantizedPlan(b, format, 1, k, n)
				bytes := 0
				for _, v := range append(append([]int{}, plan.Inputs...), plan.Outputs...) {
					bytes += bytesOfValue(plan, v)
				}
				least := benchmarkPlan(b, target, plan, inputs)
				b.ReportMetric(float64(bytes), "B/moved")
				b.ReportMetric(2*float64(k*n)/float64(least.Nanoseconds()), "GFLOP/s")
			})
		}
	}
}

// benchmarkPlan runs a plan again and again, and gives the shortest time that it took.
func benchmarkPlan(b *testing.B, target *Target, plan *ir.Plan, inputs [][]byte) time.Duration {
	program, err := target.Compile(plan)
	if err != nil {
		b.Fatal(err)
	}
	defer program.Free()
	place := func(values []int) (all []ir.Memory) {
		for _, v := range values {
			m, err := target.Allocate(int64(bytesOfValue(plan, v)))
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(m.Free)
			all = append(all, m)
		}
		return all
	}
	in, out := place(plan.Inputs), place(plan.Outputs)
	for i, m := range in {
		if err := target.Upload(m, inputs[i]); err != nil {
			b.Fatal(err)
		}
	}
	least := time.Hour
	for b.Loop() {
		start := time.Now()
		if err := program.Run(in, out); err != nil {
			b.Fatal(err)
		}
		least = min(least, time.Since(start))
	}
	return least
}
