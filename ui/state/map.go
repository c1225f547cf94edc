package state

import "github.com/dongyur/dongyur/core/protocol"

// Mapping is which map is looked at. The zero value follows the latest.
type Mapping struct {
	Place  int    // in the run's maps, from 1; 0: the latest
	Chosen string // example that stands out; "": none
}

// Mapped is the latest run that has maps, or nil.
func (a *App) Mapped() *Run {
	for i := len(a.Runs) - 1; i >= 0; i-- {
		if len(a.Runs[i].Maps) > 0 {
			return a.Runs[i]
		}
	}
	return nil
}

// Map is the one that is looked at, nil where there is none; place counts from 1.
func (a *App) Map() (m *protocol.Map, place int) {
	r := a.Mapped()
	if r == nil {
		return nil, 0
	}
	place = a.Mapping.Place
	if place <= 0 || place > len(r.Maps) {
		place = len(r.Maps)
	}
	return r.Maps[place-1], place
}

// ShowMap looks at one of the run's maps; the last one follows the latest.
func (a *App) ShowMap(place int) {
	if r := a.Mapped(); r == nil || place >= len(r.Maps) {
		place = 0
	}
	a.Mapping.Place = max(place, 0)
}

// Extent is the part of the plane that all of a run's maps lie in.
func (r *Run) Extent() (x0, y0, x1, y1 float64) {
	first := true
	for _, m := range r.Maps {
		for _, p := range m.Points {
			if first {
				x0, y0, x1, y1, first = p.X, p.Y, p.X, p.Y, false
			}
			x0, y0, x1, y1 = min(x0, p.X), min(y0, p.Y), max(x1, p.X), max(y1, p.Y)
		}
	}
	return x0, y0, x1, y1
}

// Way is where an example's output lay on each map up to place.
func (r *Run) Way(example string, place int) []protocol.MapPoint {
	var way []protocol.MapPoint
	for _, m := range r.Maps[:place] {
		for _, p := range m.Points {
			if p.Example == example && p.Kind == protocol.PointOutput {
				way = append(way, p)
			}
		}
	}
	return way
}

// MeanCosine is the mean over a map's outputs.
func MeanCosine(m *protocol.Map) float64 {
	sum, n := 0.0, 0
	for _, p := range m.Points {
		if p.Kind == protocol.PointOutput {
			sum, n = sum+p.Cosine, n+1
		}
	}
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}
