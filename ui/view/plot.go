package view

import (
	"math"
	"strconv"
	"strings"

	"github.com/dongyur/dongyur/ui/state"
)

// plot is one chart, ready to be drawn: lines in the units of its viewBox.
type plot struct {
	ID, Title   string
	Half        bool // half the column's width
	Last        int  // step at the right edge
	Lines       []line
	Grid        []string
	Top, Bottom string // values at the edges
	series      []series
	low, high   float64
	log         bool
}

// line is one path; faint ones are the raw values behind a smoothed line.
type line struct{ Class, Path string }

// series is what a line shows.
type series struct {
	Name, Class string
	Raw         []state.Point
	Shown       []state.Point // smoothed
}

// A plot's drawing, in units of its viewBox.
const (
	plotWidth, plotHeight     = 336.0, 96.0
	halfWidth, halfHeight     = 160.0, 64.0
	left, right, above, under = 48.0, 6.0, 6.0, 6.0
)

func (p plot) size() (width, height float64) {
	if p.Half {
		return halfWidth, halfHeight
	}
	return plotWidth, plotHeight
}

func (p plot) width() string {
	w, _ := p.size()
	return coordinate(w)
}

func (p plot) height() string {
	_, h := p.size()
	return coordinate(h)
}

func (p plot) box() string { return "0 0 " + p.width() + " " + p.height() }

// points is how many points the longest line has.
func (p plot) points() int {
	n := 0
	for _, s := range p.series {
		n = max(n, len(s.Raw))
	}
	return n
}

// stepAt is the step under a place in the chart, 0 at its left edge to 1 at its right.
func (p plot) stepAt(share float64) int {
	width, _ := p.size()
	along := (share*width - left) / (width - left - right)
	return min(max(1, int(math.Round(along*float64(p.Last)))), p.Last)
}

// at is the step of the crosshair, or the latest one that was measured.
func (p plot) at(hover int) int {
	if hover > 0 {
		return min(hover, p.Last)
	}
	last := 0
	for _, s := range p.series {
		if n := len(s.Raw); n > 0 {
			last = max(last, s.Raw[n-1].Step)
		}
	}
	return last
}

// x is the place of a step: 0, before the first, lies at the left edge.
func (p *plot) x(step int) float64 {
	width, _ := p.size()
	return left + float64(step)/float64(max(p.Last, 1))*(width-left-right)
}

func (p plot) cross(hover int) string { return coordinate(p.x(min(hover, p.Last))) }

// y is the place of a value; on a log scale what is not above 0 lies at the bottom.
func (p *plot) y(v float64) float64 {
	_, height := p.size()
	low, high := p.low, p.high
	if p.log {
		v, low, high = math.Log10(max(v, p.low)), math.Log10(p.low), math.Log10(p.high)
	}
	share := (high - v) / (high - low)
	return above + min(max(share, 0), 1)*(height-above-under)
}

// scale sets round bounds about all values, so that they stay while most points come,
// and what was drawn stays as it is.
func (p *plot) scale(includeZero bool) {
	low, high := math.Inf(1), math.Inf(-1)
	for _, s := range p.series {
		for _, point := range s.Raw {
			v := point.Value
			if math.IsNaN(v) || math.IsInf(v, 0) || p.log && v <= 0 {
				continue
			}
			low, high = min(low, v), max(high, v)
		}
	}
	switch {
	case low > high: // nothing to show
		low, high = 0, 1
		if p.log {
			low = 0.1
		}
	case p.log:
		low, high = math.Pow(10, math.Floor(math.Log10(low))), math.Pow(10, math.Ceil(math.Log10(high)))
		if low == high {
			high *= 10
		}
	default:
		if includeZero {
			low, high = min(low, 0), max(high, 0)
		}
		if high-low < 1e-9 {
			pad := max(math.Abs(high)*0.1, 0.001)
			low, high = low-pad, high+pad
		}
		unit := roundUnit((high - low) / 4)
		low, high = math.Floor(low/unit+1e-9)*unit, math.Ceil(high/unit-1e-9)*unit
	}
	p.low, p.high = low, high
	p.Top, p.Bottom = number(high), number(low)
	_, height := p.size()
	p.Grid = []string{coordinate(above), coordinate(height - under)}
	if !p.log && low < 0 && high > 0 {
		p.Grid = append(p.Grid, coordinate(p.y(0)))
	}
}

// roundUnit is the least of 1, 2, 5, 10, … that is not below v.
func roundUnit(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= v*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

func coordinate(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }

// key is a line of the legend with its value at the crosshair or at the end.
type key struct{ Class, Text string }

func (p plot) legend(hover int) []key {
	keys := make([]key, 0, len(p.series))
	for _, s := range p.series {
		if v, ok := s.at(hover); ok {
			keys = append(keys, key{"line " + s.Class, strings.TrimSpace(s.Name + " " + number(v))})
		}
	}
	return keys
}

// at is the value at a step, or the last one for step 0. What is measured every few
// steps keeps its value until it is measured again.
func (s series) at(step int) (float64, bool) {
	for i := len(s.Raw) - 1; i >= 0; i-- {
		if step == 0 || s.Raw[i].Step <= step {
			return s.Raw[i].Value, step == 0 || step <= s.Raw[len(s.Raw)-1].Step
		}
	}
	return 0, false
}

// spoken is the chart in words.
func (p plot) spoken(hover int) string {
	text := T("step %d", p.at(hover)) + ":"
	for _, k := range p.legend(hover) {
		text += " " + k.Text
	}
	return text
}
