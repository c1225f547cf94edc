package model

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/dongyur/dongyur/wasm/ir/interp"
)

// withAttention are the limits of a machine that has attention as one operation.
var withAttention = ir.Limits{Bindings: 12, BindingBytes: 1 << 30, Attention: true}

// TestAttentionFusedEqualsStored compares both ways and their gradients, on a machine
// that has the operation and on one for which it is taken apart: with shared heads, a
// cache, in both directions, and with rows that are all padding or no padding.
func TestAttentionFusedEqualsStored(t *testing.T) {
	const batch, dim = 3, 4
	for _, test := range []struct {
		heads, kvHeads, time, length, start int
		bidirectional                       bool
	}{
		{heads: 1, kvHeads: 1, time: 1, length: 1},
		{heads: 4, kvHeads: 2, time: 11, length: 11},
		{heads: 4, kvHeads: 4, time: 9, length: 9, bidirectional: true},
		{heads: 6, kvHeads: 2, time: 5, length: 16, start: 4},
		{heads: 2, kvHeads: 1, time: 1, length: 16, start: 9},
	} {
		cached := test.length > test.time
		last := test.start + test.time // columns that hold something
		pad := []int32{0, int32(last / 2), int32(last)}
		query, keys := []int{batch, test.heads, test.time, dim}, []int{batch, test.kvHeads, test.length, dim}
		c := &Config{Bidirectional: test.bidirectional}
		// build gives the mixed values and the gradients of their sum, weighted by chance,
		// over all columns or those that are no padding.
		build := func(how func(s seen, q, k, v *Node) *Node, all bool) func(in []*Node) []*Node {
			return func(in []*Node) []*Node {
				g := in[0].Graph()
				column := Add(Iota(g, shapes.Make(dtypes.Int32, 1, test.time), 1), in[5])
				pad := Reshape(in[4], batch, 1)
				mixed := how(c.sees(column, pad, test.length, cached), in[0], in[1], in[2])
				counted := Mul(mixed, in[3])
				if !all {
					own := Reshape(GreaterOrEqual(column, pad), batch, 1, test.time, 1)
					mixed = Where(BroadcastToShape(own, mixed.Shape()), mixed, ZerosLike(mixed))
					counted = Mul(mixed, in[3])
				}
				return append([]*Node{mixed}, Gradient(ReduceAllSum(Square(counted)), in[:3]...)...)
			}
		}
		for _, kernels := range []bool{true, false} {
			t.Run(fmt.Sprintf("%+v kernels=%v", test, kernels), func(t *testing.T) {
				limits := withAttention
				limits.Attention = kernels
				backend := ir.NewBackend(interp.Limited(limits))
				run := func(how func(s seen, q, k, v *Node) *Node, all bool) []*tensors.Tensor {
					out, err := MustNewExec(backend, build(how, all)).Call(normal(1, query...), normal(2, keys...), normal(3, keys...), normal(4, query...), pad, int32(test.start))
					if err != nil {
						t.Fatal(err)
					}
					return out
				}
				want, have := run(seen.attendStored, false), run(seen.attendFused, false)
				for i, name := range []string{"mixed", "gradient of query", "gradient of keys", "gradient of values"} {
					have, want := flat(t, have[i]), flat(t, want[i])
					// One key alone has no gradient: 1 keeps the difference from a division by 0.
					if d := farthest(append(have, 1), append(want, 1)); !(d <= 1e-5) {
						t.Errorf("%s is %g off, relative", name, d)
					}
				}
				for i, x := range run(seen.attendFused, true) {
					for _, v := range flat(t, x) {
						if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
							t.Fatalf("result %d holds %g where padding counts", i, v)
						}
					}
				}
			})
		}
	}
}

// normal is a tensor of random numbers.
func normal(seed uint64, dims ...int) *tensors.Tensor {
	random := rand.New(rand.NewPCG(seed, 0))
	x := tensors.FromShape(shapes.Make(dtypes.Float32, dims...))
	tensors.MustMutableFlatData(x, func(flat []float32) {
		for i := range flat {
			flat[i] = float32(2 * random.NormFloat64())
		}
	})
	return x
}
