package eval

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Rows that lie on a known plane in many dimensions are found on it: their distances
// are kept, and the first axis is the one along which they vary most.
func TestPlaneFindsThePlane(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const dim = 24
	var u, v [dim]float64
	for j := range dim {
		u[j], v[j] = math.Cos(float64(j)), math.Sin(float64(j)) // about orthogonal
	}
	rows := make([][]float32, 40)
	for i := range rows {
		a, b := 3*random.NormFloat64(), random.NormFloat64()
		rows[i] = make([]float32, dim)
		for j := range dim {
			rows[i][j] = float32(0.5 + a*u[j] + b*v[j])
		}
	}
	p, err := NewPlane(rows)
	if err != nil {
		t.Fatal(err)
	}
	if sum := p.Shares[0] + p.Shares[1]; math.Abs(sum-1) > 1e-6 || p.Shares[0] < 0.8 {
		t.Errorf("the axes show %v of the variance", p.Shares)
	}
	for i := range rows {
		x1, y1 := p.Project(rows[i])
		x2, y2 := p.Project(rows[(i+1)%len(rows)])
		far := 0.0
		for j := range dim {
			d := float64(rows[i][j] - rows[(i+1)%len(rows)][j])
			far += d * d
		}
		if got := math.Hypot(x1-x2, y1-y2); math.Abs(got-math.Sqrt(far)) > 1e-4 {
			t.Errorf("rows %d and the next are %g apart and are drawn %g apart", i, math.Sqrt(far), got)
		}
	}
	// The same rows in another order lie at the same places.
	turned := append(append([][]float32{}, rows[20:]...), rows[:20]...)
	again, err := NewPlane(turned)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		x1, y1 := p.Project(row)
		x2, y2 := again.Project(row)
		if math.Hypot(x1-x2, y1-y2) > 1e-6 {
			t.Fatalf("%g, %g and in another order %g, %g", x1, y1, x2, y2)
		}
	}
}

func TestPlaneOfLittle(t *testing.T) {
	for _, rows := range [][][]float32{nil, {{1, 2}}, {{1, 2}, {1, 2, 3}}} {
		if _, err := NewPlane(rows); err == nil {
			t.Errorf("%v made a plane", rows)
		}
	}
	p, err := NewPlane([][]float32{{1, 2}, {1, 2}})
	if err != nil {
		t.Fatal(err)
	}
	if x, y := p.Project([]float32{1, 3}); x != 0 || y != 0 || p.Shares != [2]float64{} {
		t.Errorf("equal rows: %g, %g, shares %v", x, y, p.Shares)
	}
}
