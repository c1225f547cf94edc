// Package simd is a GoMLX backend on WebAssembly SIMD, for machines without a GPU:
// it writes a WebAssembly module for each plan of wasm/ir, while the program runs,
// and calls it. Importing it registers the backend "simd" in js/wasm builds.
//
// The module works in Go's own memory, so nothing is copied: Go's collector does not
// move what it allocates.
//
// A plan is one module and one call. Each step is a function of it:
//
//	Map, Update, Row   loops over scalar expressions, four 32-bit lanes at a time
//	                   where neighbours are read (loops.go, row.go); what does not
//	                   change in a loop is computed outside of it (coder.go)
//	Dot                blocks packed into panels, 6×8 sums in registers (dot.go, tile.go)
//	                   or, of few rows with quantised weights, whole numbers (quantized.go)
//	Attention, …VJP    the same tiles over blocks of keys; no more of the scores than
//	                   one block is ever in memory (attention.go)
//	Scatter            the operand, then the updates one after another
//	Sort               a stable merge sort
//	While, If          branches in the module itself
//
// Where the machine has threads each step is divided among them by its outermost
// loop, and all wait for each other after it. No sum is divided, so the same program
// gives the same bits on each run, on any number of threads.
package simd

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"sync"

	"github.com/gomlx/compute/dtypes"

	"github.com/dongyur/dongyur/wasm/ir"
)

// Target runs plans on WebAssembly SIMD.
type Target struct {
	mu      sync.Mutex
	machine machine
}

// machine is what runs modules: the browser's WebAssembly or, in tests, wazero.
type machine interface {
	description() string
	features() features
	allocate(size int64) (*memory, error)
	write(m *memory, offset int64, data []byte)
	read(m *memory, data []byte)
	load(code []byte) (instance, error)
	close()
}

// instance is a module that can run, in all its parts.
type instance interface {
	run(table, scratch uint32) error
	close()
}

// memory is a piece of the machine's memory.
type memory struct {
	address uint32
	size    int64
	release func()
}

// Size implements ir.Memory.
func (m *memory) Size() int64 { return m.size }

// Free implements ir.Memory.
func (m *memory) Free() { m.release() }

// Name implements ir.Target.
func (t *Target) Name() string { return "simd" }

// Description implements ir.Target.
func (t *Target) Description() string {
	text := "WebAssembly SIMD, " + t.machine.description()
	if t.machine.features().fused {
		text += ", fused multiply-add"
	}
	return text
}

// Limits implements ir.Target.
func (t *Target) Limits() ir.Limits {
	return ir.Limits{Bindings: 1 << 16, ValueBytes: 1<<31 - 1, Attention: true, DTypes: []dtypes.DType{
		dtypes.Bool, dtypes.Int8, dtypes.Int16, dtypes.Int32, dtypes.Int64,
		dtypes.Uint8, dtypes.Uint16, dtypes.Uint32, dtypes.Uint64,
		dtypes.Float16, dtypes.BFloat16, dtypes.Float32}}
}

// Allocate implements ir.Target.
func (t *Target) Allocate(size int64) (ir.Memory, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.machine.allocate(size)
}

// Upload implements ir.Target.
func (t *Target) Upload(m ir.Memory, data []byte) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.machine.write(m.(*memory), 0, data)
	return nil
}

// Download implements ir.Target.
func (t *Target) Download(m ir.Memory, data []byte) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.machine.read(m.(*memory), data)
	return nil
}

// Close implements ir.Target.
func (t *Target) Close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.machine.close()
}

// Compile implements ir.Target.
func (t *Target) Compile(plan *ir.Plan) (ir.Program, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	features := t.machine.features()
	code, written := plan.Kept.(*compiled)
	var err error
	if !written || code.features != features { // kept by a target of other features, such as one without threads
		if code, err = compile(plan, features); err != nil {
			return nil, err
		}
		plan.Kept = code
	}
	p := &program{target: t, plan: plan, entries: code.table}
	if p.instance, err = t.machine.load(code.code); err != nil {
		return nil, fmt.Errorf("simd: load %s: %w", plan.Name, err)
	}
	constants := int64(0)
	for _, v := range plan.Values {
		constants += roundedSize(int64(len(v.Data)))
	}
	for _, part := range []struct {
		to   **memory
		size int64
	}{{&p.table, int64(4 * len(code.table))}, {&p.arena, plan.Arena}, {&p.scratch, int64(code.scratch * features.parts)}, {&p.constants, constants}} {
		if *part.to, err = t.machine.allocate(part.size); err != nil {
			p.free()
			return nil, fmt.Errorf("simd: compile %s: %w", plan.Name, err)
		}
	}
	p.addresses = make([]uint32, len(plan.Values))
	at := int64(0)
	for i, v := range plan.Values {
		switch v.Place {
		case ir.Temporary:
			p.addresses[i] = p.arena.address + uint32(v.Offset)
		case ir.Constant:
			p.addresses[i] = p.constants.address + uint32(at)
		}
		t.machine.write(p.constants, at, v.Data)
		at += roundedSize(int64(len(v.Data)))
	}
	return p, nil
}

// roundedSize keeps what follows aligned.
func roundedSize(size int64) int64 { return (size + 15) / 16 * 16 }

// program is a plan that can run.
type program struct {
	target                           *Target
	plan                             *ir.Plan
	instance                         instance
	table, arena, scratch, constants *memory
	addresses                        []uint32 // of the plan's values; a run sets those of inputs and outputs
	entries                          []int    // of which value each entry of the table has the address
}

// Run implements ir.Program.
func (p *program) Run(inputs, outputs []ir.Memory) error {
	p.target.mu.Lock()
	defer p.target.mu.Unlock()
	for i, v := range p.plan.Inputs {
		p.addresses[v] = inputs[i].(*memory).address
	}
	for i, v := range p.plan.Outputs {
		p.addresses[v] = outputs[i].(*memory).address
	}
	table := make([]byte, 0, 4*len(p.entries))
	for _, v := range p.entries {
		table = binary.LittleEndian.AppendUint32(table, p.addresses[v])
	}
	p.target.machine.write(p.table, 0, table)
	err := p.instance.run(p.table.address, p.scratch.address)
	runtime.KeepAlive(inputs)
	runtime.KeepAlive(outputs)
	if err != nil {
		return fmt.Errorf("simd: run %s: %w", p.plan.Name, err)
	}
	return nil
}

// Free implements ir.Program.
func (p *program) Free() {
	p.target.mu.Lock()
	defer p.target.mu.Unlock()
	p.free()
}

func (p *program) free() {
	p.instance.close()
	for _, m := range []*memory{p.table, p.arena, p.scratch, p.constants} {
		if m != nil {
			m.Free()
		}
	}
}
