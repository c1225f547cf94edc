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
// XLA is there in builds with the tag "xla" (it needs cgo and a PJRT plugin).
package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/compute"
	_ "github.com/gomlx/compute/gobackend" // registers "go"
)

// Open returns the engine called name: "" or "auto" for the best one that this
// build has, "go", "xla", or any other that was registered by import. What follows a
// colon is the engine's own setting, for XLA the path of its PJRT plugin.
func Open(name string) (compute.Backend, error) {
	name = Resolve(name)
	config := name
	if name == "go" {
		config = "go:ops_sequential,creation_order"
	}
	kind, _, _ := strings.Cut(name, ":")
	if known := Names(); !slices.Contains(known, kind) {
		return nil, fmt.Errorf("open engine %q: this build has %s; build with `make build XLA=1` for xla",
			name, strings.Join(known, ", "))
	}
	backend, err := compute.NewWithConfig(config)
	if err != nil {
		return nil, fmt.Errorf("open engine %q: %w", name, err)
	}
	return backend, nil
}

// Resolve gives the engine that a name stands for: the best one for "" and "auto",
// else itself.
func Resolve(name string) string {
	if name == "" || name == "auto" {
		return preferred()
	}
	return name
}

// Names lists the engines of this build, sorted.
func Names() []string {
	names := compute.List()
	slices.Sort(names)
	return names
}
