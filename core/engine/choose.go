package engine

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// browserEngines are what a page may run on besides the Go engine. None is registered
// natively.
var browserEngines = []string{"webgpu", "simd"}

// measured is how long each engine is tried for, after its first run.
const measured = 100 * time.Millisecond

// Choice is an engine that was opened, and why it was.
type Choice struct {
	compute.Backend
	Name   string // as Open takes it
	Reason string // a sentence for people; empty where there was nothing to choose from
}

// Choose opens the engine that "auto" stands for. In a page that has more than one it
// takes the fastest: which that is depends on the machine, for a graphics adapter in
// software is slower than the processor without one.
func Choose() (Choice, error) {
	known := Names()
	candidates := slices.DeleteFunc(append(slices.Clone(browserEngines), preferred()), func(name string) bool {
		return !slices.Contains(known, name)
	})
	switch len(candidates) {
	case 0:
		return Choice{}, errors.New("this build has no engine; build without -tags engines_fast")
	case 1:
		backend, err := open(candidates[0])
		return Choice{Backend: backend, Name: candidates[0]}, err
	}
	choice, err := fastest(candidates)
	if !slices.Contains(known, "go") {
		choice.Reason += "; go was not tried: " + wayToGo
	}
	return choice, err
}

// Fallback names the engine that takes over where another's device is lost again and
// again: one that needs no device.
func Fallback() string {
	if slices.Contains(Names(), "simd") {
		return "simd"
	}
	return preferred()
}

// trial is one engine's measurement.
type trial struct {
	backend compute.Backend
	name    string
	step    time.Duration
	err     error
}

// fastest measures all engines and keeps the best one open.
func fastest(names []string) (Choice, error) {
	var trials []trial
	best := -1
	for _, name := range names {
		t := try(name)
		trials = append(trials, t)
		if t.err == nil && (best < 0 || t.step < trials[best].step) {
			best = len(trials) - 1
		}
	}
	if best < 0 {
		var errs []error
		for _, t := range trials {
			errs = append(errs, t.err)
		}
		return Choice{}, errors.Join(errs...)
	}
	for i, t := range trials {
		if i != best && t.backend != nil {
			t.backend.Finalize()
		}
	}
	return Choice{trials[best].backend, trials[best].name, explain(trials, best)}, nil
}

// try opens an engine and measures it.
func try(name string) trial {
	t := trial{name: name}
	if t.backend, t.err = open(name); t.err != nil {
		return t
	}
	if t.step, t.err = measure(t.backend); t.err != nil {
		t.backend.Finalize()
		t.backend = nil
	}
	return t
}

// explain says which engine was taken and what became of the others.
func explain(trials []trial, best int) string {
	var parts []string
	for i, t := range trials {
		switch {
		case i == best:
			parts = append([]string{fmt.Sprintf("%s: %.3g ms for a trial step", t.backend.Description(), milliseconds(t.step))}, parts...)
		case t.err != nil:
			parts = append(parts, fmt.Sprintf("not %s: %v", t.name, t.err))
		default:
			parts = append(parts, fmt.Sprintf("%s takes %.3g ms", t.name, milliseconds(t.step)))
		}
	}
	return strings.Join(parts, "; ")
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1000 }

// measure times what training and decoding a small model is made of: products, a
// function of each element, a sum over each of 64 rows. The first run, in which kernels are compiled,
// does not count.
func measure(backend compute.Backend) (step time.Duration, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("measure engine %q: %v", backend.Name(), r)
		}
	}()
	exec, err := graph.NewExec(backend, trialGraph)
	if err != nil {
		return 0, fmt.Errorf("measure engine %q: %w", backend.Name(), err)
	}
	defer exec.Finalize()
	run := func() (time.Duration, error) {
		x := tensors.FromShape(shapes.Make(dtypes.Float32, 64, 128))
		start := time.Now()
		results, err := exec.Call(x)
		if err != nil {
			return 0, fmt.Errorf("measure engine %q: %w", backend.Name(), err)
		}
		_ = tensors.ToScalar[float32](results[0]) // waits for it
		return time.Since(start), nil
	}
	if _, err := run(); err != nil {
		return 0, err
	}
	for start := time.Now(); ; {
		took, err := run()
		if err != nil {
			return 0, err
		}
		if step == 0 || took < step {
			step = took
		}
		if time.Since(start) > measured {
			return step, nil
		}
	}
}

// trialGraph is one block of a small model and a loss: a few kernels, for all of them
// are compiled while a page waits for its engine.
func trialGraph(x *graph.Node) *graph.Node {
	g := x.Graph()
	weight := func(in, out int) *graph.Node {
		return graph.MulScalar(graph.Sin(graph.IotaFull(g, shapes.Make(dtypes.Float32, in, out))), 0.05) // [in, out]
	}
	y := graph.AddScalar(x, 1)
	hidden := graph.Tanh(graph.Dot(y, weight(128, 512)).Product())  // [64, 512]
	y = graph.Add(y, graph.Dot(hidden, weight(512, 128)).Product()) // [64, 128]
	return graph.ReduceAllSum(graph.Log(graph.ReduceSum(graph.Exp(y), -1)))
}
