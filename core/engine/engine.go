// Package engine opens the machine that runs tensor graphs. It is the one place
// that knows engines by name: everything else takes a compute.Backend and never
// asks which it is.
//
// The reference is GoMLX's Go engine, always opened as "go:ops_sequential,creation_order".
// Its default mode, which runs operations of one graph in parallel, can
// deadlock. Its default order runs all that is equally far from the result side
// by side, so blocks that are meant to be done one after another all live at
// once; in the order of creation the peak of a chunked loss falls to a tenth.
// Built natively with GOEXPERIMENT=simd it multiplies matrices with AVX2.
//
// One build on one kind of processor gives the same bits each time, whatever else
// the machine does: the Go engine shares a product's rows, columns and batch among
// its workers and never the sum along the contracted axis. Another build adds in
// another order: without SIMD, with AVX2, with AVX-512 and in js/wasm the last bits
// differ, and after some steps of training the next ones.
// XLA is there in builds with the tag "xla" (it needs cgo and a PJRT plugin). The tag
// "engines_fast" leaves the Go engine out, for a page that has others: it is a sixth of
// what such a page loads.
package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/compute"
)

// Open returns the engine called name: "" or "auto" for the one that Choose takes,
// "go", "xla", or any other that was registered by import. What follows a colon is the
// engine's own setting, for XLA the path of its PJRT plugin.
func Open(name string) (compute.Backend, error) {
	if name == "" || name == "auto" {
		choice, err := Choose()
		return choice.Backend, err
	}
	return open(name)
}

func open(name string) (compute.Backend, error) {
	kind, settings, _ := strings.Cut(name, ":")
	if known := Names(); !slices.Contains(known, kind) {
		return nil, fmt.Errorf("open engine %q: this build has %s; %s", name, strings.Join(known, ", "), whereToFind(kind))
	}
	backend, err := compute.NewWithConfig(configOf(kind, settings))
	if err != nil {
		return nil, fmt.Errorf("open engine %q: %w", name, err)
	}
	return backend, nil
}

// whereToFind says how to come by an engine that this build lacks.
func whereToFind(kind string) string {
	if kind == "go" {
		return wayToGo
	}
	return "build with `make build XLA=1` for xla"
}

// wayToGo is how a page that was built without the Go engine comes by it.
const wayToGo = "the page's address with ?engine=go loads the program that has go"

// configOf is what an engine is opened with. Of settings that contradict each other
// the Go engine takes the last, so ours stand behind the user's.
func configOf(kind, settings string) string {
	if kind == "go" {
		return strings.TrimSuffix("go:"+settings, ",") + ",ops_sequential,creation_order"
	}
	return kind + ":" + settings
}

// Names lists the engines of this build, sorted.
func Names() []string {
	names := compute.List()
	slices.Sort(names)
	return names
}
