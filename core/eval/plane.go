package eval

import (
	"fmt"
	"math"
)

// Plane is where rows of an encoder are drawn: their two first principal components.
// It is found once and then stays, so that what moves on it has moved.
type Plane struct {
	mean   []float64
	axes   [2][]float64
	Shares [2]float64 // of the variance that each axis shows
}

// planeRounds of power iteration: the axes are for the eye, and where two components
// are as good as equal any turn of them is as good.
const planeRounds = 200

// NewPlane finds the plane of some rows, at least two, of one length.
func NewPlane(rows [][]float32) (*Plane, error) {
	if len(rows) < 2 {
		return nil, fmt.Errorf("a map of %d texts: it takes two or more", len(rows))
	}
	p := &Plane{mean: make([]float64, len(rows[0]))}
	for _, row := range rows {
		if len(row) != len(p.mean) {
			return nil, fmt.Errorf("a map of rows of %d and %d numbers: they must have one length", len(p.mean), len(row))
		}
		for j, x := range row {
			p.mean[j] += float64(x) / float64(len(rows))
		}
	}
	centred := make([][]float64, len(rows))
	total := 0.0
	for i, row := range rows {
		centred[i] = p.centre(row)
		total += dot(centred[i], centred[i])
	}
	for a := range p.axes {
		axis, variance := principal(centred)
		p.axes[a] = axis
		if total > 0 {
			p.Shares[a] = variance / total
		}
		for _, row := range centred { // what is left for the next axis
			along := dot(row, axis)
			for j := range row {
				row[j] -= along * axis[j]
			}
		}
	}
	return p, nil
}

func (p *Plane) centre(row []float32) []float64 {
	centred := make([]float64, len(row))
	for j, x := range row {
		centred[j] = float64(x) - p.mean[j]
	}
	return centred
}

// Project gives the place of a row on the plane.
func (p *Plane) Project(row []float32) (x, y float64) {
	centred := p.centre(row)
	return dot(centred, p.axes[0]), dot(centred, p.axes[1])
}

// principal is the direction along which rows vary most, of length 1, with its share
// of their squared length: power iteration on the covariance, from the longest row.
// Rows that do not vary at all give the direction 0. The largest number of the
// direction is positive, so that its sign does not depend on the start.
func principal(rows [][]float64) (axis []float64, variance float64) {
	axis = make([]float64, len(rows[0]))
	longest := 0.0
	for _, row := range rows {
		if n := dot(row, row); n > longest {
			longest = n
			copy(axis, row)
		}
	}
	if longest < 1e-12 {
		return make([]float64, len(axis)), 0
	}
	scale(axis)
	for range planeRounds {
		next := make([]float64, len(axis))
		for _, row := range rows {
			along := dot(row, axis)
			for j, x := range row {
				next[j] += along * x
			}
		}
		variance = math.Sqrt(dot(next, next))
		scale(next)
		axis = next
	}
	largest := 0.0
	for _, x := range axis {
		if math.Abs(x) > math.Abs(largest) {
			largest = x
		}
	}
	if largest < 0 {
		for j := range axis {
			axis[j] = -axis[j]
		}
	}
	return axis, variance
}

// scale makes a vector's length 1.
func scale(v []float64) {
	length := math.Sqrt(dot(v, v))
	for j := range v {
		v[j] /= length
	}
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for j := range a {
		sum += a[j] * b[j]
	}
	return sum
}
