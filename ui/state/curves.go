package state

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/words"
)

// Curves is how the curves are drawn, and what is measured beside the steps.
type Curves struct {
	Smoothing float64 // 0: as measured; below 1
	Log       bool
	Every     int                 // steps between measurements on held-out texts; 0: none
	Texts     map[string][]string // by language, for the alignment tax
	line      []string            // methods that wait for their turn, side by side
}

// Defaults of the measurements: a run answers a few held-out examples every few
// steps, which is little beside what it samples.
const (
	measureEvery    = 5
	measureExamples = 8
)

// maxRuns are drawn together; more runs could not be told apart. One of them is the
// next run's, so fewer can be pinned.
const (
	maxRuns   = 4
	maxPinned = maxRuns - 1
)

// Point is a value at a step.
type Point struct {
	Step  int
	Value float64
}

// Measure is one chart.
type Measure struct {
	Key   string // stable, for ids and files
	Half  bool   // it takes half of the width
	Share bool   // it lies in 0..1, and 0 is drawn
	Of    func(*Run) []Point
}

// Title is what a measure is called.
func (m Measure) Title() string {
	switch m.Key {
	case "reward":
		return words.T("Reward")
	case "loss":
		return words.T("Loss (nats a token)")
	case "kl":
		return words.T("KL (nats a token)")
	case "entropy":
		return words.T("Entropy (nats)")
	case "length":
		return words.T("Length (tokens)")
	case "clip":
		return words.T("Clipped tokens (share)")
	case "zero-spread":
		return words.T("Groups without spread (share)")
	case "speed":
		return words.T("Tokens a second")
	case "gradient":
		return words.T("Gradient norm")
	case "rate":
		return words.T("Learning rate")
	case "tax-en":
		return words.T("English forgotten (NLL)")
	case "tax-zh":
		return words.T("Chinese forgotten (NLL)")
	case "exact":
		return words.T("Held-out meaning exactly right (share)")
	case "slots":
		return words.T("Held-out slots right (F1)")
	case "meaning":
		return words.T("Held-out meaning (cosine)")
	case "surface":
		return words.T("Held-out surface (chrF++)")
	}
	return m.Key
}

// charts are all charts of one value a step, in their order.
var charts = []Measure{
	{Key: "reward", Of: sampled(func(s protocol.Step) float64 { return s.Reward })},
	{Key: "loss", Of: given(func(s protocol.Step) float64 { return s.Loss })},
	{Key: "exact", Half: true, Share: true, Of: gain("meaning")}, // by the grammar: its name in core/eval
	{Key: "slots", Half: true, Share: true, Of: gain("slots")},
	{Key: "meaning", Half: true, Of: gain("similarity")},
	{Key: "surface", Half: true, Of: gain("chrF2++")},
	{Key: "tax-en", Half: true, Of: tax("en")},
	{Key: "tax-zh", Half: true, Of: tax("zh")},
	{Key: "kl", Half: true, Of: divergence},
	{Key: "entropy", Half: true, Of: entropy},
	{Key: "length", Half: true, Of: always(func(s protocol.Step) float64 { return s.Length })},
	{Key: "clip", Half: true, Share: true, Of: sampled(func(s protocol.Step) float64 { return s.ClipShare })},
	{Key: "zero-spread", Half: true, Share: true, Of: sampled(func(s protocol.Step) float64 { return s.ZeroSpreadShare })},
	{Key: "gradient", Half: true, Of: always(func(s protocol.Step) float64 { return s.GradNorm })},
	{Key: "speed", Half: true, Of: always(func(s protocol.Step) float64 { return s.TokensPerSecond })},
	{Key: "rate", Half: true, Of: always(func(s protocol.Step) float64 { return s.LearningRate })},
}

// Measures lists those that some run has.
func (a *App) Measures() []Measure {
	var list []Measure
	for _, m := range charts {
		if slices.ContainsFunc(a.Runs, func(r *Run) bool { return len(m.Of(r.beginning())) > 0 }) {
			list = append(list, m)
		}
	}
	return list
}

// beginning is the run with no more than a step of its own: what it has measured, a
// long one has too.
func (r *Run) beginning() *Run {
	short := *r
	short.Steps = r.Steps[:min(len(r.Steps), 1)]
	return &short
}

func always(value func(protocol.Step) float64) func(*Run) []Point {
	return func(r *Run) []Point {
		points := make([]Point, len(r.Steps))
		for i, s := range r.Steps {
			points[i] = Point{s.Step, value(s)}
		}
		return points
	}
}

// sampled is a value of methods that sample, given one of the others.
func sampled(value func(protocol.Step) float64) func(*Run) []Point {
	return only(func(r *Run) bool { return r.samples() }, always(value))
}

func given(value func(protocol.Step) float64) func(*Run) []Point {
	return only(func(r *Run) bool { return !r.samples() }, always(value))
}

func only(has func(*Run) bool, of func(*Run) []Point) func(*Run) []Point {
	return func(r *Run) []Point {
		if !has(r) {
			return nil
		}
		return of(r)
	}
}

// divergence and entropy are not measured by every method that learns from texts.
var (
	divergence = only(measures("kl"), always(func(s protocol.Step) float64 { return s.KL }))
	entropy    = only(measures("entropy"), always(func(s protocol.Step) float64 { return s.Entropy }))
)

func measures(figure string) func(*Run) bool {
	return func(r *Run) bool { return r.samples() || slices.Contains(r.method.Measures, figure) }
}

func tax(language string) func(*Run) []Point {
	return func(r *Run) []Point {
		var points []Point
		for _, t := range r.Tax {
			if nll, ok := t.NLL[language]; ok {
				points = append(points, Point{t.Step, nll})
			}
		}
		return points
	}
}

func gain(metric string) func(*Run) []Point {
	return func(r *Run) []Point {
		var points []Point
		for _, scores := range r.Gains {
			for _, s := range scores.Scores {
				if s.Name == metric {
					points = append(points, Point{scores.Step, s.Value})
				}
			}
		}
		return points
	}
}

// Parts of a run's steps by name: its reward's terms, or what its method measures
// besides.
func (r *Run) Parts() (names []string, of func(name string) []Point) {
	parts := func(s protocol.Step) map[string]float64 {
		if r.samples() {
			return s.Terms
		}
		return s.Figures
	}
	seen := map[string]bool{}
	for _, s := range r.Steps {
		for name := range parts(s) {
			if !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names, func(name string) []Point {
		return always(func(s protocol.Step) float64 { return parts(s)[name] })(r)
	}
}

// Smooth is an exponential moving average, corrected for its start. It is causal: a
// value depends on those before it alone, so no earlier point moves as points come.
// Strength 0 gives the points themselves.
func Smooth(points []Point, strength float64) []Point {
	smooth := make([]Point, len(points))
	average, weight := 0.0, 1.0
	for i, p := range points {
		average = strength*average + (1-strength)*p.Value
		weight *= strength
		smooth[i] = Point{p.Step, average / (1 - weight)}
	}
	return smooth
}

// drawnPoints is about how many points of a line are drawn.
const drawnPoints = 500

// Thin leaves the least and the greatest of each few points where there are many,
// so that a long run stays quick to draw and no peak is lost.
func Thin(points []Point) []Point {
	size := 1
	for len(points) > drawnPoints*size/2 {
		size *= 2
	}
	if size == 1 || len(points) <= drawnPoints {
		return points
	}
	thin := make([]Point, 0, drawnPoints+2)
	for start := 0; start < len(points); start += size {
		part := points[start:min(start+size, len(points))]
		low, high := 0, 0
		for i, p := range part {
			if p.Value < part[low].Value {
				low = i
			}
			if p.Value > part[high].Value {
				high = i
			}
		}
		first, second := min(low, high), max(low, high)
		thin = append(thin, part[first])
		if second != first {
			thin = append(thin, part[second])
		}
	}
	return thin
}

// SetSmoothing changes how strongly lines are smoothed, 0 to 0.99.
func (a *App) SetSmoothing(strength float64) {
	a.Curves.Smoothing = min(max(strength, 0), 0.99)
}

// addRun makes room for the next run and gives it a colour of its own.
func (a *App) addRun(run *Run) {
	run.Number, run.method = 1, a.method(run.Config.Method)
	before := a.Run()
	if before != nil {
		run.Number = before.Number + 1
	}
	run.Examples, _ = a.Table.Counts()
	run.Changed = a.changed(before, run)
	for len(a.Runs) >= maxRuns {
		oldest := max(0, slices.IndexFunc(a.Runs, func(r *Run) bool { return !r.Pinned }))
		a.Runs = slices.Delete(a.Runs, oldest, oldest+1)
	}
	run.Slot = a.freeSlot()
	a.Runs = append(a.Runs, run)
}

// freeSlot is the first colour that no run has.
func (a *App) freeSlot() int {
	slot := 1
	for slices.ContainsFunc(a.Runs, func(r *Run) bool { return r.Slot == slot }) {
		slot++
	}
	return slot
}

// changed says what a run has that the one before had not.
func (a *App) changed(before, run *Run) string {
	if before == nil {
		return words.T("the first run")
	}
	text := ""
	add := func(name, from, to string) {
		if from != to {
			if text != "" {
				text += ", "
			}
			text += name + " " + from + " → " + to
		}
	}
	add(words.T("task"), before.Task.Key, run.Task.Key)
	add(words.T("model"), path.Base(before.model), path.Base(run.model))
	add(words.T("examples"), strconv.Itoa(before.Examples), strconv.Itoa(run.Examples))
	if settings := strings.Join(a.differences(before.Config, run.Config), ", "); settings != "" {
		if text != "" {
			text += ", "
		}
		text += settings
	}
	if text == "" {
		return words.T("nothing changed")
	}
	return text
}

// CanPin tells whether one more run can be pinned.
func (a *App) CanPin() bool {
	n := 0
	for _, r := range a.Runs {
		if r.Pinned {
			n++
		}
	}
	return n < maxPinned
}

// Pin keeps a run's curves, or no longer does.
func (a *App) Pin(r *Run) {
	if r.Pinned || a.CanPin() {
		r.Pinned = !r.Pinned
	}
}

// ClearRuns takes away the curves of ended runs that are not pinned.
func (a *App) ClearRuns() {
	current := a.Run()
	a.Runs = slices.DeleteFunc(a.Runs, func(r *Run) bool { return !r.Pinned && !(a.Busy() && r == current) })
}
