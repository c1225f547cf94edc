package report

import (
	"bytes"
	"fmt"
	"html/template"
	"image/color"
	"maps"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/dongyur/dongyur/core/protocol"
)

// series is one run's line in a plot.
type series struct {
	run    int
	points plotter.XYs
}

// stepCurves are the figures of a step that are drawn.
var stepCurves = []struct {
	name  string
	value func(protocol.Step) float64
}{
	{"reward", func(s protocol.Step) float64 { return s.Reward }},
	{"loss", func(s protocol.Step) float64 { return s.Loss }},
	{"KL, nats a token", func(s protocol.Step) float64 { return s.KL }},
	{"entropy, nats a token", func(s protocol.Step) float64 { return s.Entropy }},
	{"length, tokens", func(s protocol.Step) float64 { return s.Length }},
	{"gradient norm", func(s protocol.Step) float64 { return s.GradNorm }},
}

// Plot is a drawing with its title.
type Plot struct {
	Title string
	SVG   template.HTML
}

// plots draws what the runs have, all runs in each plot.
func (d *Document) plots() ([]Plot, error) {
	var list []Plot
	add := func(title string, lines []series) error {
		if len(lines) == 0 {
			return nil
		}
		svg, err := drawn(lines)
		if err != nil {
			return fmt.Errorf("plot %s: %w", title, err)
		}
		list = append(list, Plot{title, svg})
		return nil
	}
	for _, code := range d.languages() {
		lines := d.series(func(s Summary) plotter.XYs {
			var points plotter.XYs
			for _, t := range s.Tax {
				points = append(points, plotter.XY{X: float64(t.Step), Y: t.NLL[code] - s.Tax[0].NLL[code]})
			}
			return points
		})
		if err := add("rise of held-out loss, "+code+", nats a token", lines); err != nil {
			return nil, err
		}
	}
	for _, name := range d.scores() {
		lines := d.series(func(s Summary) plotter.XYs {
			var points plotter.XYs
			for _, c := range s.Curve {
				if x, ok := score(c.Scores, name); ok {
					points = append(points, plotter.XY{X: float64(c.Step), Y: x.Value})
				}
			}
			return points
		})
		if err := add(name+" of held-out lines", lines); err != nil {
			return nil, err
		}
	}
	for _, curve := range stepCurves {
		lines := d.series(func(s Summary) plotter.XYs {
			var points plotter.XYs
			for _, step := range s.Steps {
				points = append(points, plotter.XY{X: float64(step.Step), Y: curve.value(step)})
			}
			return points
		})
		if err := add(curve.name, lines); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// languages are those whose loss was watched.
func (d *Document) languages() []string {
	codes := map[string]bool{}
	for _, s := range d.Runs {
		for _, tax := range s.Tax {
			for code := range tax.NLL {
				codes[code] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(codes))
}

// scores are the names of those taken along a run.
func (d *Document) scores() []string {
	var names []string
	for _, s := range d.Runs {
		for _, c := range s.Curve {
			for _, x := range c.Scores {
				if !slices.Contains(names, x.Name) {
					names = append(names, x.Name)
				}
			}
		}
	}
	return names
}

// series takes points of each run; a number that is none is left out.
func (d *Document) series(of func(Summary) plotter.XYs) []series {
	var lines []series
	for i, s := range d.Runs {
		points := slices.DeleteFunc(of(s), func(p plotter.XY) bool { return math.IsNaN(p.Y) || math.IsInf(p.Y, 0) })
		// A figure that is 0 throughout is none of the run's: SFT has no reward.
		if len(points) > 1 && slices.ContainsFunc(points, func(p plotter.XY) bool { return p.Y != 0 }) {
			lines = append(lines, series{i, points})
		}
	}
	return lines
}

// Colours are drawn as marks and become the page's own, light or dark, afterwards.
var (
	inkMark = color.RGBA{R: 1, G: 2, B: 3, A: 255}
	dimMark = color.RGBA{R: 4, G: 5, B: 6, A: 255}
)

// hues is how many colours the page has for runs; beyond them they come again.
const hues = 8

func runMark(run int) color.RGBA { return color.RGBA{R: 7, G: 8, B: uint8(9 + run%hues), A: 255} }

// drawn is a plot as inline SVG.
func drawn(lines []series) (template.HTML, error) {
	p := plot.New()
	p.BackgroundColor = color.Transparent
	sans := font.Font{Typeface: "Liberation", Variant: "Sans", Size: vg.Points(9)}
	p.X.Label.Text = "step"
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Color, axis.Tick.Color, axis.Tick.Label.Color, axis.Label.TextStyle.Color = dimMark, dimMark, inkMark, inkMark
		axis.Tick.Label.Font, axis.Label.TextStyle.Font = sans, sans
		axis.Width, axis.Tick.Width = vg.Points(0.6), vg.Points(0.6)
	}
	grid := plotter.NewGrid()
	grid.Vertical.Width = 0
	grid.Horizontal.Color, grid.Horizontal.Width = dimMark, vg.Points(0.25)
	p.Add(grid)
	for _, l := range lines {
		line, err := plotter.NewLine(l.points)
		if err != nil {
			return "", err
		}
		line.Color, line.Width = runMark(l.run), vg.Points(1.4)
		p.Add(line)
	}
	const width, height = 300, 170
	canvas := vgsvg.New(width, height)
	p.Draw(draw.Crop(draw.New(canvas), 0, -12, 0, 0)) // the last tick's label runs past the axis
	var out bytes.Buffer
	if _, err := canvas.WriteTo(&out); err != nil {
		return "", err
	}
	svg := out.String()
	svg = svg[strings.Index(svg, "<svg"):] // an XML declaration has no place inside a page
	marks := []string{hex(inkMark), "currentColor", hex(dimMark), "var(--dim)"}
	for run := range hues {
		marks = append(marks, hex(runMark(run)), fmt.Sprintf("var(--run-%d)", run))
	}
	// The library escapes all text that it draws.
	return template.HTML(strings.NewReplacer(marks...).Replace(svg)), nil
}

func hex(c color.RGBA) string { return fmt.Sprintf("#%02X%02X%02X", c.R, c.G, c.B) }
