package ir

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
)

// Executable is a plan that is ready to run.
type Executable struct {
	backend *Backend
	name    string
	names   []string // of parameters
	inputs  []shapes.Shape
	outputs []shapes.Shape
	plan    *Plan
	program Program
}

// newExecutable takes parameters and results from the builder's main function.
func newExecutable(b *Builder, plan *Plan, program Program) *Executable {
	e := &Executable{backend: b.backend, name: b.name, plan: plan, program: program}
	for _, p := range b.main.params {
		e.names = append(e.names, p.name)
		e.inputs = append(e.inputs, p.shape)
	}
	e.outputs = b.main.results
	return e
}

// Plan gives the steps that it runs.
func (e *Executable) Plan() *Plan { return e.plan }

// Program gives what the target made of them.
func (e *Executable) Program() Program { return e.program }

// Finalize implements compute.Executable.
func (e *Executable) Finalize() {
	if e.program != nil {
		e.program.Free()
		e.program = nil
	}
}

// Inputs implements compute.Executable.
func (e *Executable) Inputs() (names []string, inputShapes []shapes.Shape) { return e.names, e.inputs }

// Outputs implements compute.Executable.
func (e *Executable) Outputs() []shapes.Shape { return e.outputs }

// Execute implements compute.Executable. Where the plan names a donated input as an
// output's donor, the output takes over its memory; other donated inputs are freed.
func (e *Executable) Execute(inputs []compute.Buffer, donate []bool, device compute.DeviceNum) ([]compute.Buffer, error) {
	if err := e.check(inputs, donate, device); err != nil {
		return nil, fmt.Errorf("execute %q: %w", e.name, err)
	}
	memories, err := e.use(inputs)
	if err != nil {
		return nil, fmt.Errorf("execute %q: %w", e.name, err)
	}
	outputs, taken, err := e.place(memories, donate)
	if err == nil {
		if err = e.program.Run(memories, outputs); err != nil {
			freeAll(outputs, taken)
			taken = nil
		}
	}
	for i, input := range inputs {
		h := input.(*Buffer).held
		switch {
		case len(donate) == 0 || !donate[i]:
		case slices.Contains(taken, memories[i]):
			h.give()
		default:
			h.free()
		}
		h.done()
	}
	if err != nil {
		return nil, fmt.Errorf("execute %q: %w", e.name, err)
	}
	results := make([]compute.Buffer, len(outputs))
	for i, memory := range outputs {
		results[i] = newBuffer(e.backend, e.outputs[i], memory)
	}
	return results, nil
}

// check compares what is handed in with what the parameters want.
func (e *Executable) check(inputs []compute.Buffer, donate []bool, device compute.DeviceNum) error {
	if err := e.backend.checkDevice(device); err != nil {
		return err
	}
	if e.program == nil {
		return fmt.Errorf("it was finalized")
	}
	if len(inputs) != len(e.inputs) {
		return fmt.Errorf("it takes %d inputs %v, not %d", len(e.inputs), e.names, len(inputs))
	}
	if len(donate) != 0 && len(donate) != len(inputs) {
		return fmt.Errorf("donate says something of %d inputs, there are %d", len(donate), len(inputs))
	}
	for i, input := range inputs {
		buffer, ok := input.(*Buffer)
		if !ok || buffer.backend != e.backend {
			return fmt.Errorf("input %d (%q) is a %T, no buffer of this backend", i, e.names[i], input)
		}
		if !buffer.shape.Equal(e.inputs[i]) {
			return fmt.Errorf("input %d (%q) is %s, it must be %s: %w", i, e.names[i], buffer.shape, e.inputs[i], ErrMismatch)
		}
	}
	return nil
}

// use gives the inputs' memories, none of which is freed until its use is done.
func (e *Executable) use(inputs []compute.Buffer) ([]Memory, error) {
	memories := make([]Memory, len(inputs))
	for i, input := range inputs {
		var err error
		if memories[i], err = input.(*Buffer).use(); err != nil {
			for _, used := range inputs[:i] {
				used.(*Buffer).held.done()
			}
			return nil, fmt.Errorf("input %d (%q): %w", i, e.names[i], err)
		}
	}
	return memories, nil
}

// place gives each output its memory; taken are those that were inputs'.
func (e *Executable) place(inputs []Memory, donate []bool) (outputs, taken []Memory, err error) {
	for i, v := range e.plan.Outputs {
		if memory := e.donor(v, inputs, donate); memory != nil && !slices.Contains(taken, memory) {
			outputs, taken = append(outputs, memory), append(taken, memory)
			continue
		}
		memory, err := e.backend.allocate(e.outputs[i])
		if err != nil {
			freeAll(outputs, taken)
			return nil, nil, fmt.Errorf("output %d: %w", i, err)
		}
		outputs = append(outputs, memory)
	}
	return outputs, taken, nil
}

// donor is the memory of the input that is donated to an output, or nil. One that is
// handed in for two parameters is nobody's donor: the other is still read.
func (e *Executable) donor(output int, inputs []Memory, donate []bool) Memory {
	input := slices.Index(e.plan.Inputs, e.plan.Values[output].Donor)
	if input < 0 || len(donate) == 0 || !donate[input] {
		return nil
	}
	memory := inputs[input]
	for i, other := range inputs {
		if i != input && other == memory {
			return nil
		}
	}
	return memory
}

// freeAll frees all memories but those that are still somebody's.
func freeAll(memories, but []Memory) {
	for _, memory := range memories {
		if !slices.Contains(but, memory) {
			memory.Free()
		}
	}
}
