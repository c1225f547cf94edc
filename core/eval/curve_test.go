package eval

import (
	"math"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
)

// logged are a run's events: at each step a score of "s" and a drift of "en".
func logged(points ...[3]float64) []protocol.Event {
	var events []protocol.Event
	for _, p := range points {
		events = append(events,
			protocol.Event{Tax: &protocol.Tax{Step: int(p[0]), Drift: map[string]protocol.Drift{"en": {Mean: p[2], P90: 2 * p[2]}}}},
			protocol.Event{Scores: &protocol.Scores{Step: int(p[0]), Scores: []task.Score{{Name: "other", Value: 9}, {Name: "s", Value: p[1]}}}},
			protocol.Event{Step: &protocol.Step{Step: int(p[0]) + 1}})
	}
	return events
}

func curve(t *testing.T, points ...[3]float64) Curve {
	t.Helper()
	c, err := ReadCurve(logged(points...), "s")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// near compares a point with a step, a gain and a mean drift made by hand.
func near(p Point, step, gain, drift float64) bool {
	const close = 1e-12
	return math.Abs(p.Step-step) < close && math.Abs(p.Gain-gain) < close &&
		math.Abs(p.Drift["en"].Mean-drift) < close && math.Abs(p.Drift["en"].P90-2*drift) < close
}

func TestCurve(t *testing.T) {
	c := curve(t, [3]float64{0, 0.5, 0}, [3]float64{10, 0.75, 0.4}, [3]float64{20, 0.65, 0.5}, [3]float64{30, 1, 1})
	for _, test := range []struct {
		at          string
		where       float64
		ok          bool
		step        float64
		gain, drift float64
	}{
		{"step", 0, true, 0, 0, 0}, {"step", 5, true, 5, 0.125, 0.2}, {"step", 10, true, 10, 0.25, 0.4},
		{"step", 25, true, 25, 0.325, 0.75}, {"step", 30, true, 30, 0.5, 1}, {"step", 31, false, 0, 0, 0}, {"step", -1, false, 0, 0, 0},
		{"gain", 0, true, 0, 0, 0}, {"gain", -1, true, 0, 0, 0}, {"gain", 0.125, true, 5, 0.125, 0.2},
		{"gain", 0.2, true, 8, 0.2, 0.32}, // reached on the way up, before it falls back
		{"gain", 0.325, true, 25, 0.325, 0.75}, {"gain", 0.5, true, 30, 0.5, 1}, {"gain", 0.51, false, 0, 0, 0},
	} {
		find := c.AtStep
		if test.at == "gain" {
			find = c.AtGain
		}
		if p, ok := find(test.where); ok != test.ok || ok && !near(p, test.step, test.gain, test.drift) {
			t.Errorf("at %s %g: %+v, %v, want %+v", test.at, test.where, p, ok, test)
		}
	}
}

// A run that learns fast drifts more after equal steps and less at equal gain.
func TestCompareCurves(t *testing.T) {
	fast := curve(t, [3]float64{0, 0.5, 0}, [3]float64{10, 0.9, 0.4}, [3]float64{20, 1, 0.6})
	slow := curve(t, [3]float64{0, 0.5, 0}, [3]float64{15, 0.6, 0.3}, [3]float64{30, 0.7, 0.5})
	e, err := CompareCurves([]Curve{fast, slow})
	if err != nil {
		t.Fatal(err)
	}
	if e.Step != 20 || math.Abs(e.Gain-0.2) > 1e-12 {
		t.Errorf("step %g and gain %g, want 20 and .2", e.Step, e.Gain)
	}
	if !near(e.AtStep[0], 20, 0.5, 0.6) || !near(e.AtStep[1], 20, 0.1+0.1/3, 0.3+0.2/3) {
		t.Errorf("at equal steps %+v", e.AtStep)
	}
	if !near(e.AtGain[0], 5, 0.2, 0.2) || !near(e.AtGain[1], 30, 0.2, 0.5) {
		t.Errorf("at equal gain %+v", e.AtGain)
	}
	falls := curve(t, [3]float64{0, 0.5, 0}, [3]float64{40, 0.4, 0.9})
	if e, err = CompareCurves([]Curve{fast, falls}); err != nil || e.Gain != 0 || !near(e.AtGain[1], 0, 0, 0) {
		t.Errorf("beside a run that falls: %+v, %v", e, err)
	}
}

func TestCurveErrors(t *testing.T) {
	for name, test := range map[string]struct {
		events []protocol.Event
		want   string
	}{
		"nothing":      {nil, "0 points"},
		"one point":    {logged([3]float64{0, 1, 1}), "1 points"},
		"two runs":     {logged([3]float64{0, 1, 1}, [3]float64{5, 1, 1}, [3]float64{0, 1, 1}), "two runs"},
		"other scores": {logged([3]float64{0, 1, 1}, [3]float64{5, 1, 1})[:1], "0 points"},
	} {
		if _, err := ReadCurve(test.events, "s"); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, test.want)
		}
	}
	late := Curve{{Step: 50}, {Step: 60}}
	early := Curve{{Step: 0}, {Step: 10}}
	for name, curves := range map[string][]Curve{"none": nil, "a point": {late[:1]}, "no common step": {late, early}} {
		if _, err := CompareCurves(curves); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
