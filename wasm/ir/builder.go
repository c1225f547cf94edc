package ir

import (
	"errors"
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
)

// Builder records one computation: main, and the functions it calls.
type Builder struct {
	backend  *Backend
	name     string
	main     *Function
	names    map[string]bool // of functions
	compiled bool
}

// newBuilder makes a builder with an empty main function.
func newBuilder(backend *Backend, name string) *Builder {
	b := &Builder{backend: backend, name: name, names: map[string]bool{compute.MainName: true}}
	b.main = newFunction(b, compute.MainName, nil)
	return b
}

// Name implements compute.Builder.
func (b *Builder) Name() string { return b.name }

// Main implements compute.Builder.
func (b *Builder) Main() compute.Function { return b.main }

// NewFunction implements compute.Builder.
func (b *Builder) NewFunction(name string) (compute.Function, error) {
	switch {
	case b.compiled:
		return nil, fmt.Errorf("new function %q: %q is already compiled", name, b.name)
	case name == "":
		return nil, errors.New("a function needs a name: closures alone have none")
	case b.names[name]:
		return nil, fmt.Errorf("new function %q: %q has one of that name", name, b.name)
	}
	b.names[name] = true
	return newFunction(b, name, nil), nil
}

// OpShape implements compute.Builder.
func (b *Builder) OpShape(op compute.Value) (shapes.Shape, error) {
	v, ok := op.(*value)
	if !ok || v.function.builder != b {
		return shapes.Invalid(), fmt.Errorf("shape of %T: it is no value of %q", op, b.name)
	}
	return v.shape(), nil
}

// DistributedSPMD implements compute.Builder; there is one device.
func (b *Builder) DistributedSPMD(devices int) error {
	return fmt.Errorf("run on %d devices: backend %q has one: %w", devices, b.backend.Name(), compute.ErrNotImplemented)
}

// DistributedAutoSharding implements compute.Builder; there is one device.
func (b *Builder) DistributedAutoSharding(...compute.Mesh) error {
	return fmt.Errorf("shard: backend %q has one device: %w", b.backend.Name(), compute.ErrNotImplemented)
}

// DeviceAssignment implements compute.Builder; there is one device.
func (b *Builder) DeviceAssignment(devices ...compute.DeviceNum) error {
	if len(devices) == 1 && devices[0] == 0 {
		return nil
	}
	return fmt.Errorf("assign devices %v: backend %q has device 0 only", devices, b.backend.Name())
}

// Compile implements compute.Builder.
func (b *Builder) Compile() (compute.Executable, error) {
	if b.compiled {
		return nil, fmt.Errorf("compile %q: it is already compiled", b.name)
	}
	if !b.main.returned {
		return nil, fmt.Errorf("compile %q: call Return on its main function first", b.name)
	}
	b.compiled = true
	b.main.graph.Name = b.name
	plan, err := b.backend.plans.compile(b.main.graph, b.backend.limits)
	if err != nil {
		return nil, fmt.Errorf("compile %q: %w", b.name, err)
	}
	program, err := b.backend.target.Compile(plan)
	if err != nil {
		return nil, fmt.Errorf("compile %q for %s: %w", b.name, b.backend.Name(), err)
	}
	return newExecutable(b, plan, program), nil
}
