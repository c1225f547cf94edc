package train

import (
	"math"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// matrix is [rows][columns] in float64, for the formulas.
type matrix [][]float64

func newMatrix(rows, columns int, at func(i, j int) float64) matrix {
	m := make(matrix, rows)
	for i := range m {
		m[i] = make([]float64, columns)
		for j := range m[i] {
			m[i][j] = at(i, j)
		}
	}
	return m
}

func (m matrix) transposed() matrix {
	return newMatrix(len(m[0]), len(m), func(i, j int) float64 { return m[j][i] })
}

func (m matrix) times(n matrix) matrix {
	return newMatrix(len(m), len(n[0]), func(i, j int) (sum float64) {
		for k := range n {
			sum += m[i][k] * n[k][j]
		}
		return sum
	})
}

// newtonSchulz is Jordan's iteration, X ← aX + (bA + cA²)X with A = XXᵀ.
func (m matrix) newtonSchulz() matrix {
	if len(m) > len(m[0]) {
		return m.transposed().newtonSchulz().transposed()
	}
	norm := 0.0
	for _, row := range m {
		for _, x := range row {
			norm += x * x
		}
	}
	x := newMatrix(len(m), len(m[0]), func(i, j int) float64 { return m[i][j] / (math.Sqrt(norm) + 1e-7) })
	for range 5 {
		a := x.times(x.transposed())
		aa := a.times(a)
		p := newMatrix(len(a), len(a), func(i, j int) float64 { return -4.7750*a[i][j] + 2.0315*aa[i][j] })
		px := p.times(x)
		x = newMatrix(len(x), len(x[0]), func(i, j int) float64 { return 3.4445*x[i][j] + px[i][j] })
	}
	return x
}

// Muon in float64 on the gradients of a run: momentum, look ahead, iteration, size and
// decay of every matrix of the layers; AdamW alone moves the rest.
func TestMuonEqualsFormula(t *testing.T) {
	const steps = 3
	run := func(muon bool) *SFT {
		s := newSFT(t, newPolicy(t, 0), steps, 3, 0)
		c := testOptimizer(steps)
		c.Muon, c.ClipNorm = muon, 0.25
		s.config.Optimizer, s.Updater.config = c, c
		return s
	}
	s := run(true)
	c := s.Updater.config
	weights, momentum := map[string]matrix{}, map[string]matrix{}
	for _, v := range s.policy.Trainable() {
		if dims := v.Shape().Dimensions; len(dims) == 2 && strings.Contains(v.Path(), ".layers.") {
			values := read(t, v)
			weights[v.Path()] = newMatrix(dims[0], dims[1], func(i, j int) float64 { return float64(values[i*dims[1]+j]) })
			momentum[v.Path()] = newMatrix(dims[0], dims[1], func(int, int) float64 { return 0 })
		}
	}
	if want := 2 * 7; len(weights) != want {
		t.Fatalf("%d matrices in 2 layers, want %d", len(weights), want)
	}
	for step := 1; step <= steps; step++ {
		did, err := s.Step(step)
		if err != nil {
			t.Fatal(err)
		}
		rate, scale := c.rate(step), min(1, c.ClipNorm/did.Update.GradNorm)
		sums := gradients(t, s.policy)
		for _, v := range s.policy.Trainable() {
			w := weights[v.Path()]
			if w == nil {
				continue
			}
			rows, columns := len(w), len(w[0])
			g := newMatrix(rows, columns, func(i, j int) float64 { return scale * float64(sums[v.Path()][i*columns+j]) })
			m := momentum[v.Path()]
			m = newMatrix(rows, columns, func(i, j int) float64 { return 0.95*m[i][j] + g[i][j] })
			o := newMatrix(rows, columns, func(i, j int) float64 { return g[i][j] + 0.95*m[i][j] }).newtonSchulz()
			size := 0.2 * math.Sqrt(float64(max(rows, columns)))
			momentum[v.Path()] = m
			weights[v.Path()] = newMatrix(rows, columns, func(i, j int) float64 {
				return w[i][j] - rate*(size*o[i][j]+c.WeightDecay*w[i][j])
			})
			for i, x := range read(t, v) {
				if want := weights[v.Path()][i/columns][i%columns]; math.Abs(float64(x)-want) > 2e-5 {
					t.Fatalf("step %d: %s[%d] is %g, want %g", step, v.Path(), i, x, want)
				}
			}
		}
	}

	// One step with and without: only the matrices differ.
	with, without := run(true), run(false)
	for _, s := range []*SFT{with, without} {
		if _, err := s.Step(1); err != nil {
			t.Fatal(err)
		}
	}
	other := snapshot(t, without.policy, "/base/")
	for path, have := range snapshot(t, with.policy, "/base/") {
		same := true
		for i, x := range have {
			same = same && x == other[path][i]
		}
		if _, moved := weights[path]; same == moved {
			t.Errorf("%s is the same with and without Muon: %t", path, same)
		}
	}
	if moments := snapshot(t, with.policy, optimizerScope); len(moments) == 0 || len(moments) >= len(snapshot(t, without.policy, optimizerScope)) {
		t.Errorf("AdamW keeps %d moments beside Muon", len(moments))
	}
}

// Singular values from 0.02 of the norm up come near 1, whatever the directions.
func TestOrthogonalBringsSingularValuesNearOne(t *testing.T) {
	backend, err := openEngine()
	if err != nil {
		t.Fatal(err)
	}
	exec, err := graph.NewExec(backend, orthogonal)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(exec.Finalize)
	values := []float64{1, 0.5, 0.1, 0.03}
	for _, dims := range [][2]int{{4, 4}, {4, 9}, {9, 4}} {
		// U and V are rows of cosine transforms, which are orthonormal.
		cosines := func(n int) matrix {
			return newMatrix(4, n, func(i, j int) float64 {
				scale := math.Sqrt(2 / float64(n))
				if i == 0 {
					scale = math.Sqrt(1 / float64(n))
				}
				return scale * math.Cos(math.Pi*float64(i)*(float64(j)+0.5)/float64(n))
			})
		}
		u, v := cosines(dims[0]), cosines(dims[1])
		flat := make([]float32, dims[0]*dims[1])
		for i := range flat {
			for k, s := range values {
				flat[i] += float32(s * u[k][i/dims[1]] * v[k][i%dims[1]])
			}
		}
		out, err := exec.Call(tensors.FromFlatDataAndDimensions(flat, dims[0], dims[1]))
		if err != nil {
			t.Fatal(err)
		}
		have, err := tensors.CopyFlatData[float32](out[0])
		if err != nil {
			t.Fatal(err)
		}
		o := newMatrix(dims[0], dims[1], func(i, j int) float64 { return float64(have[i*dims[1]+j]) })
		inside := u.times(o).times(v.transposed()) // diagonal: o's singular values
		for i, row := range inside {
			for j, x := range row {
				if i == j && (x < 0.6 || x > 1.25) || i != j && math.Abs(x) > 1e-4 {
					t.Errorf("%v: UᵀOV[%d][%d] is %g", dims, i, j, x)
				}
			}
		}
	}
}
