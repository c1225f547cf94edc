package eval

import (
	"fmt"
	"math"

	"github.com/dongyur/dongyur/core/protocol"
)

// Point is a run at a step: what it has gained on its task since the beginning, in
// the task's own score, and how far the held-out loss of each language has moved.
type Point struct {
	Step  float64                   `json:"step"`
	Gain  float64                   `json:"gain"`
	Drift map[string]protocol.Drift `json:"drift"`
}

// Curve is a run's points in the order of steps; between two it is a line.
type Curve []Point

// ReadCurve gathers a curve from a run's events (metrics.jsonl): the alignment tax
// and the score of that name, measured at the same steps. The gain is the score
// less that of the first point.
func ReadCurve(events []protocol.Event, score string) (Curve, error) {
	scores := map[int]float64{}
	for _, e := range events {
		if e.Scores == nil {
			continue
		}
		for _, s := range e.Scores.Scores {
			if s.Name == score {
				scores[e.Scores.Step] = s.Value
			}
		}
	}
	var curve Curve
	for _, e := range events {
		if e.Tax == nil {
			continue
		}
		value, ok := scores[e.Tax.Step]
		if !ok || e.Tax.Drift == nil {
			continue
		}
		p := Point{Step: float64(e.Tax.Step), Gain: value, Drift: e.Tax.Drift}
		if len(curve) > 0 && p.Step <= curve[len(curve)-1].Step {
			return nil, fmt.Errorf("the curve goes back from step %g to %g: the log holds two runs", curve[len(curve)-1].Step, p.Step)
		}
		curve = append(curve, p)
	}
	if len(curve) < 2 {
		return nil, fmt.Errorf("%d points have both the alignment tax and the score %q; a curve takes 2: train with --tax and --tax-scores above 0", len(curve), score)
	}
	first := curve[0].Gain
	for i := range curve {
		curve[i].Gain -= first
	}
	return curve, nil
}

// AtStep is the curve at a step; false beyond its ends.
func (c Curve) AtStep(step float64) (Point, bool) {
	for i := 1; i < len(c); i++ {
		if a, b := c[i-1], c[i]; a.Step <= step && step <= b.Step {
			return between(a, b, (step-a.Step)/(b.Step-a.Step)), true
		}
	}
	return Point{}, false
}

// AtGain is the curve where it first reaches a gain; false if it never does.
func (c Curve) AtGain(gain float64) (Point, bool) {
	if len(c) > 0 && c[0].Gain >= gain {
		return c[0], true
	}
	for i := 1; i < len(c); i++ {
		if a, b := c[i-1], c[i]; a.Gain < gain && gain <= b.Gain {
			return between(a, b, (gain-a.Gain)/(b.Gain-a.Gain)), true
		}
	}
	return Point{}, false
}

// between is the point a share of the way from a to b.
func between(a, b Point, share float64) Point {
	mix := func(x, y float64) float64 { return x + share*(y-x) }
	p := Point{Step: mix(a.Step, b.Step), Gain: mix(a.Gain, b.Gain), Drift: map[string]protocol.Drift{}}
	for code, drift := range a.Drift {
		p.Drift[code] = protocol.Drift{Mean: mix(drift.Mean, b.Drift[code].Mean), P90: mix(drift.P90, b.Drift[code].P90)}
	}
	return p
}

// Comparison are runs compared where they are equal.
type Comparison struct {
	Step   float64 `json:"step"` // the last one that all have
	Gain   float64 `json:"gain"` // the most that all reach
	AtStep []Point `json:"at_step"`
	AtGain []Point `json:"at_gain"` // a curve that falls from the start stands at its first point
}

// CompareCurves puts curves beside each other at equal steps and at equal gain. A method
// that learns more in as many steps also drifts more; at equal gain one sees what
// the gain has cost.
func CompareCurves(curves []Curve) (Comparison, error) {
	if len(curves) == 0 {
		return Comparison{}, fmt.Errorf("compare: no curves")
	}
	e := Comparison{Step: math.Inf(1), Gain: math.Inf(1)}
	for i, c := range curves {
		if len(c) < 2 {
			return Comparison{}, fmt.Errorf("compare: curve %d has %d points; it takes 2", i, len(c))
		}
		most := 0.0
		for _, p := range c {
			most = max(most, p.Gain)
		}
		e.Step, e.Gain = min(e.Step, c[len(c)-1].Step), min(e.Gain, most)
	}
	for i, c := range curves {
		step, ok := c.AtStep(e.Step)
		if !ok {
			return Comparison{}, fmt.Errorf("compare: curve %d begins after step %g, where another ends", i, e.Step)
		}
		gain, _ := c.AtGain(e.Gain) // every curve reaches the least of the highest
		e.AtStep, e.AtGain = append(e.AtStep, step), append(e.AtGain, gain)
	}
	return e, nil
}
