package view

import (
	"math"
	"strconv"
	"strings"

	"github.com/vugu/vugu"
)

// plot is one chart: lines over steps, drawn as SVG.
type plot struct {
	ID, Title string
	Half      bool // half the column's width
	Series    []series
}

// series is one line; Points may hold NaN where nothing was measured.
type series struct {
	Name, Class string
	Steps       []int
	Points      []float64
}

// A plot's drawing, in units of its viewBox.
const (
	plotWidth, plotHeight   = 336.0, 96.0
	halfWidth, halfHeight   = 160.0, 64.0
	left, right, above, low = 48.0, 6.0, 6.0, 6.0
)

func (p plot) size() (width, height float64) {
	if p.Half {
		return halfWidth, halfHeight
	}
	return plotWidth, plotHeight
}

func (p plot) last() int {
	last := 1
	for _, s := range p.Series {
		for _, step := range s.Steps {
			last = max(last, step)
		}
	}
	return last
}

func (p plot) points() int {
	n := 0
	for _, s := range p.Series {
		n = max(n, len(s.Points))
	}
	return n
}

// stepAt is the step under a place in the chart, 0 at its left edge to 1 at its right.
func (p plot) stepAt(share float64) int {
	width, _ := p.size()
	along := (share*width - left) / (width - left - right)
	return min(max(1, 1+int(math.Round(along*float64(p.last()-1)))), p.last())
}

// bounds are the least and the greatest value, a little apart when all are equal.
func (p plot) bounds() (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, s := range p.Series {
		for _, v := range s.Points {
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	if low > high {
		return 0, 1
	}
	if high-low < 1e-9 {
		pad := max(math.Abs(high)*0.1, 0.001)
		return low - pad, high + pad
	}
	return low, high
}

func (p plot) x(step int) float64 {
	width, _ := p.size()
	if p.last() == 1 {
		return (left + width - right) / 2
	}
	return left + float64(step-1)/float64(p.last()-1)*(width-left-right)
}

// svg draws the chart with a crosshair at a step (0: none).
func (p plot) svg(hover int) vugu.HTML {
	width, height := p.size()
	bottom, top := p.bounds()
	y := func(v float64) float64 { return above + (top-v)/(top-bottom)*(height-above-low) }
	var b strings.Builder
	b.WriteString(`<svg viewBox="0 0 ` + coordinate(width) + ` ` + coordinate(height) + `" preserveAspectRatio="none" aria-hidden="true">`)
	rule := func(class string, x1, y1, x2, y2 float64) {
		b.WriteString(`<line class="` + class + `" x1="` + coordinate(x1) + `" y1="` + coordinate(y1) + `" x2="` + coordinate(x2) + `" y2="` + coordinate(y2) + `"/>`)
	}
	rule("grid", left, above, width, above)
	rule("grid", left, height-low, width, height-low)
	if bottom < 0 && top > 0 {
		rule("axis", left, y(0), width, y(0))
	}
	if hover > 0 {
		rule("cross", p.x(hover), 0, p.x(hover), height)
	}
	for _, s := range p.Series {
		b.WriteString(`<path class="line ` + s.Class + `" d="`)
		pen := "M"
		for i, v := range s.Points {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				pen = "M"
				continue
			}
			b.WriteString(pen + coordinate(p.x(s.Steps[i])) + " " + coordinate(y(v)))
			pen = "L"
		}
		if len(s.Points) == 1 {
			b.WriteString("h.01") // one point: a round dot
		}
		b.WriteString(`"/>`)
	}
	b.WriteString(`</svg><span class="bound top">` + number(top) + `</span><span class="bound bottom">` + number(bottom) + `</span>`)
	return vugu.HTML(b.String())
}

func coordinate(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }

// key is a line of the legend with its value at the crosshair or at the end.
type key struct{ Class, Text string }

func (p plot) legend(hover int) []key {
	keys := make([]key, 0, len(p.Series))
	for _, s := range p.Series {
		if v, ok := s.at(hover); ok {
			keys = append(keys, key{"line " + s.Class, strings.TrimSpace(s.Name + " " + number(v))})
		}
	}
	return keys
}

// at is the value at a step, or the last one for step 0.
func (s series) at(step int) (float64, bool) {
	if step == 0 && len(s.Points) > 0 {
		return s.Points[len(s.Points)-1], true
	}
	for i, known := range s.Steps {
		if known == step {
			return s.Points[i], true
		}
	}
	return 0, false
}

// spoken is the chart in words.
func (p plot) spoken(hover int) string {
	at := hover
	if at == 0 {
		at = p.last()
	}
	text := p.Title + " at step " + strconv.Itoa(at) + ":"
	for _, k := range p.legend(hover) {
		text += " " + k.Text
	}
	return text
}
