package conformance

import (
	"math"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// as is the input's shape in another type.
func (in Input) as(dtype dtypes.DType) shapes.Shape {
	return shapes.Make(dtype, in.Shape.Dimensions...)
}

// testRandom tests what random numbers owe: moments, ranges, and other numbers from
// the next state and from one that was split off. Engines agree on no generator.
func testRandom(t *testing.T, backend compute.Backend) {
	const count = 20000
	results, err := execute(backend, func(x []*graph.Node) []*graph.Node {
		next, uniform := graph.RandomUniform(x[0], shapes.Make(dtypes.Float32, count))
		_, again := graph.RandomUniform(x[0], shapes.Make(dtypes.Float32, count))
		next, second := graph.RandomUniform(next, shapes.Make(dtypes.Float32, count))
		next, normal := graph.RandomNormal(next, shapes.Make(dtypes.Float32, count))
		next, split := graph.RNGStateSplit(next)
		_, third := graph.RandomUniform(next, shapes.Make(dtypes.Float32, count))
		_, fourth := graph.RandomUniform(split, shapes.Make(dtypes.Float32, count))
		_, dice := graph.RandomIntN(split, 6, shapes.Make(dtypes.Int32, count))
		return []*graph.Node{uniform, again, second, normal, third, fourth, dice}
	}, []*tensors.Tensor{tensors.FromValue([]uint64{1, 2, 3})})
	if err != nil {
		t.Fatal(err)
	}
	all := make([][]float64, len(results))
	for i, r := range results {
		all[i] = numbers(r)
	}
	for i, want := range []struct {
		name           string
		mean, variance float64
		low, high      float64
	}{
		{"uniform", 1. / 2, 1. / 12, 0, 1}, {"again", 1. / 2, 1. / 12, 0, 1}, {"second", 1. / 2, 1. / 12, 0, 1},
		{"normal", 0, 1, -6, 6}, {"third", 1. / 2, 1. / 12, 0, 1}, {"fourth", 1. / 2, 1. / 12, 0, 1},
		{"dice", 2.5, 35. / 12, 0, 5},
	} {
		mean, variance := moments(all[i])
		// Four standard errors of a mean, and of a variance with a fourth moment of 3σ⁴.
		near := 4 * math.Sqrt(want.variance/count)
		if math.Abs(mean-want.mean) > near || math.Abs(variance-want.variance) > 4*want.variance*math.Sqrt(2./count) {
			t.Errorf("%s: mean %v and variance %v, want %v and %v", want.name, mean, variance, want.mean, want.variance)
		}
		for _, x := range all[i] {
			if x < want.low || x > want.high {
				t.Fatalf("%s: %v is not within %v … %v", want.name, x, want.low, want.high)
			}
		}
	}
	for i := range all[0] {
		if all[0][i] != all[1][i] {
			t.Fatalf("element %d: one state gave %v and %v", i, all[0][i], all[1][i])
		}
	}
	for _, pair := range [][2]int{{0, 2}, {0, 4}, {2, 4}, {4, 5}} {
		if c := correlation(all[pair[0]], all[pair[1]]); math.Abs(c) > 4/math.Sqrt(count) {
			t.Errorf("streams %d and %d correlate by %v", pair[0], pair[1], c)
		}
	}
}

// moments gives mean and variance.
func moments(x []float64) (mean, variance float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		variance += (v - mean) * (v - mean) / float64(len(x))
	}
	return mean, variance
}

// correlation is Pearson's.
func correlation(a, b []float64) float64 {
	meanA, varA := moments(a)
	meanB, varB := moments(b)
	sum := 0.0
	for i := range a {
		sum += (a[i] - meanA) * (b[i] - meanB)
	}
	return sum / float64(len(a)) / math.Sqrt(varA*varB)
}
