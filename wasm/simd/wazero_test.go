//go:build !js

package simd

import (
	"context"
	"fmt"
	"math"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// native runs modules in wazero, in the memory of a module of its own: the way the
// tests run where there is no browser. It is no engine of the product: the Go engine
// built with GOEXPERIMENT=simd multiplies matrices 14 times faster.
type native struct {
	runtime wazero.Runtime
	memory  api.Memory
	*allocator
	loaded int
	parts  int // into which each step is divided, one run after the other
}

func newTestMachine(parts int) (machine, error) {
	ctx := context.Background()
	runtime := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithMemoryCapacityFromMax(false))
	one := func(f func(float64) float64) func(float32) float32 {
		return func(x float32) float32 { return float32(f(float64(x))) }
	}
	_, err := runtime.NewHostModuleBuilder("math").
		NewFunctionBuilder().WithFunc(one(math.Sin)).Export("sin").
		NewFunctionBuilder().WithFunc(one(math.Cos)).Export("cos").
		NewFunctionBuilder().WithFunc(func(x, y float32) float32 { return float32(math.Pow(float64(x), float64(y))) }).Export("pow").
		Instantiate(ctx)
	if err != nil {
		return nil, fmt.Errorf("start wazero: %w", err)
	}
	host, err := runtime.InstantiateWithConfig(ctx, memoryModule(), wazero.NewModuleConfig().WithName("host"))
	if err != nil {
		return nil, fmt.Errorf("start wazero: %w", err)
	}
	memory := host.ExportedMemory("memory")
	grow := func(pages uint32) error {
		if _, ok := memory.Grow(pages); !ok {
			return fmt.Errorf("the memory cannot grow by %d pages", pages)
		}
		return nil
	}
	return &native{runtime: runtime, memory: memory, parts: parts, allocator: newAllocator(uint64(memory.Size()), grow)}, nil
}

// memoryModule exports a memory of one page under "memory".
func memoryModule() []byte {
	code := []byte{0, 'a', 's', 'm', 1, 0, 0, 0, 5, 3, 1, 0, 1}
	export := appendString([]byte{1}, "memory", 2, 0)
	code = append(code, 7, byte(len(export)))
	return append(code, export...)
}

func (n *native) description() string { return "wazero" }
func (n *native) features() features  { return features{parts: n.parts} }
func (n *native) close()              { _ = n.runtime.Close(context.Background()) }

func (n *native) write(m *memory, offset int64, data []byte) {
	if !n.memory.Write(m.address+uint32(offset), data) {
		panic(fmt.Sprintf("simd: no memory for %d bytes at %d", len(data), m.address))
	}
}

func (n *native) read(m *memory, data []byte) {
	view, ok := n.memory.Read(m.address, uint32(len(data)))
	if !ok {
		panic(fmt.Sprintf("simd: no memory of %d bytes at %d", len(data), m.address))
	}
	copy(data, view)
}

func (n *native) load(code []byte) (instance, error) {
	n.loaded++
	module, err := n.runtime.InstantiateWithConfig(context.Background(), code,
		wazero.NewModuleConfig().WithName(fmt.Sprintf("plan%d", n.loaded)).WithStartFunctions())
	if err != nil {
		return nil, err
	}
	return &nativeModule{n, module, module.ExportedFunction("run")}, nil
}

// nativeModule is a module in wazero.
type nativeModule struct {
	machine *native
	module  api.Module
	entry   api.Function
}

// run runs the parts one after the other, which gives the same for a plan of one step.
func (m *nativeModule) run(table, scratch uint32) error {
	for part := range m.machine.parts {
		if _, err := m.entry.Call(context.Background(), uint64(table), uint64(scratch), uint64(part), uint64(m.machine.parts)); err != nil {
			return err
		}
	}
	return nil
}

func (m *nativeModule) close() { _ = m.module.Close(context.Background()) }
