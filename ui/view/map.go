package view

import (
	"strconv"
	"strings"

	"github.com/vugu/vugu"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/state"
)

func (c *Map) there() bool { return c.App.Mapped() != nil }

func (c *Map) hint() string {
	if c.App.Curves.Every == 0 {
		return T("Nothing is measured while a run trains. Choose so in Curves, then train.")
	}
	return T("The map comes with a run: a few held-out examples are answered again and again while it trains.")
}

func (c *Map) count() int { return len(c.App.Mapped().Maps) }

func (c *Map) place() int {
	_, place := c.App.Map()
	return place
}

func (c *Map) summary() string {
	m, _ := c.App.Map()
	if m == nil {
		return ""
	}
	first := c.App.Mapped().Maps[0]
	return T("mean cosine of the answers %s at step %d, %s at step %d", number(state.MeanCosine(first)), first.Step, number(state.MeanCosine(m)), m.Step)
}

func (c *Map) stepLabel() string {
	m, _ := c.App.Map()
	return T("Step %d", m.Step)
}

func (c *Map) scrub(e vugu.DOMEvent) {
	if place, err := strconv.Atoi(e.PropString("target", "value")); err == nil {
		c.App.ShowMap(place)
	}
}

// The map's drawing, in units of its viewBox.
const mapWidth, mapHeight, mapMargin = 640.0, 400.0, 24.0

// at places a point: one scale for both axes, so that distances are true.
func (c *Map) at(p protocol.MapPoint) (x, y float64) {
	x0, y0, x1, y1 := c.App.Mapped().Extent()
	scale := min((mapWidth-2*mapMargin)/max(x1-x0, 1e-9), (mapHeight-2*mapMargin)/max(y1-y0, 1e-9))
	return mapWidth/2 + (p.X-(x0+x1)/2)*scale, mapHeight/2 - (p.Y-(y0+y1)/2)*scale
}

// mark is a shape on the map; kinds differ in shape and not in colour alone.
type mark struct{ ID, Class, Path string }

func shape(kind string, x, y float64) string {
	at := func(dx, dy float64) string { return coordinate(x+dx) + " " + coordinate(y+dy) }
	switch kind {
	case protocol.PointSource: // a square
		return "M" + at(-4, -4) + "h8v8h-8z"
	case protocol.PointReference: // a diamond
		return "M" + at(0, -6) + "L" + at(6, 0) + "L" + at(0, 6) + "L" + at(-6, 0) + "z"
	}
	return "M" + at(-6, 0) + "a6 6 0 1 0 12 0a6 6 0 1 0 -12 0z"
}

func (c *Map) marks() []mark {
	m, _ := c.App.Map()
	marks := make([]mark, len(m.Points))
	for i, p := range m.Points {
		x, y := c.at(p)
		name := class("mark "+p.Kind, p.Example == c.App.Mapping.Chosen, "chosen")
		marks[i] = mark{"m-" + strconv.Itoa(i), class(name, c.chosen() && p.Example != c.App.Mapping.Chosen, "faint"), shape(p.Kind, x, y)}
	}
	return marks
}

// ways lead each output from where it began, and on to its reference.
func (c *Map) ways() []mark {
	m, place := c.App.Map()
	var ways []mark
	for i, p := range m.Points {
		if p.Kind != protocol.PointOutput || i == 0 {
			continue
		}
		faint := c.chosen() && p.Example != c.App.Mapping.Chosen
		x, y := c.at(p)
		tx, ty := c.at(m.Points[i-1]) // what it is to mean
		ways = append(ways, mark{Class: class("aim", faint, "faint"), Path: "M" + coordinate(x) + " " + coordinate(y) + "L" + coordinate(tx) + " " + coordinate(ty)})
		path := ""
		for j, before := range c.App.Mapped().Way(p.Example, place) {
			x, y := c.at(before)
			pen := "L"
			if j == 0 {
				pen = "M"
			}
			path += pen + coordinate(x) + " " + coordinate(y)
		}
		ways = append(ways, mark{Class: class("way", faint, "faint"), Path: path})
	}
	return ways
}

func (c *Map) keys() []struct{ Class, Path, Text string } {
	return []struct{ Class, Path, Text string }{
		{"mark source", shape(protocol.PointSource, 8, 8), T("source")},
		{"mark reference", shape(protocol.PointReference, 8, 8), T("reference")},
		{"mark output", shape(protocol.PointOutput, 8, 8), T("answer")},
	}
}

func (c *Map) over(e vugu.DOMEvent) {
	m, _ := c.App.Map()
	i, err := strconv.Atoi(strings.TrimPrefix(e.PropString("target", "id"), "m-"))
	if err == nil && i >= 0 && i < len(m.Points) {
		c.choose(m.Points[i].Example)
	}
}

func (c *Map) choose(example string) { c.App.Mapping.Chosen = example }

func (c *Map) chosen() bool { return c.App.Mapping.Chosen != "" }

type toldText struct{ Title, Lang, Text string }

// told are the texts of the chosen example.
func (c *Map) told() []toldText {
	m, _ := c.App.Map()
	var list []toldText
	for _, p := range m.Points {
		if p.Example != c.App.Mapping.Chosen || !c.chosen() {
			continue
		}
		title := map[string]string{protocol.PointSource: T("Source"), protocol.PointReference: T("Reference")}[p.Kind]
		if p.Kind == protocol.PointOutput {
			title = T("Answer at step %d, cosine %s", m.Step, number(p.Cosine))
		}
		list = append(list, toldText{title, p.Lang, p.Text})
	}
	return list
}

// mapRow is an example in the table.
type mapRow struct {
	Example, Order, Name    string
	Source, SourceLang      string
	Text, Lang, Before, Now string
	Here                    bool
}

func (c *Map) rows() []mapRow {
	m, place := c.App.Map()
	var rows []mapRow
	var source protocol.MapPoint
	for _, p := range m.Points {
		if p.Kind == protocol.PointSource {
			source = p
		}
		if p.Kind != protocol.PointOutput {
			continue
		}
		order := strconv.Itoa(len(rows) + 1)
		way := c.App.Mapped().Way(p.Example, place)
		rows = append(rows, mapRow{p.Example, order, T("Show example %s on the map", order), source.Text, source.Lang,
			p.Text, p.Lang, number(way[0].Cosine), number(p.Cosine), p.Example == c.App.Mapping.Chosen})
	}
	return rows
}

// spoken is the map in words.
func (c *Map) spoken() string {
	m, _ := c.App.Map()
	return T("Map of %d texts by meaning at step %d", len(m.Points), m.Step) + "; " + c.summary() + ". " + T("The table below says the same.")
}
