package simd

import (
	"cmp"
	"errors"
	"fmt"
	"sync"
	"syscall/js"
	"unsafe"

	"github.com/gomlx/compute"

	"github.com/dongyur/dongyur/wasm/ir"
)

func init() {
	compute.Register("simd", func(config string) (compute.Backend, error) {
		options, err := parseOptions(config)
		if err != nil {
			return nil, err
		}
		target, err := Open(options)
		if err != nil {
			return nil, err
		}
		return ir.NewBackend(target), nil
	})
}

// Open starts the engine. It is an error if there is no WebAssembly SIMD, or if
// threads are asked for where there can be none.
func Open(options Options) (*Target, error) {
	wasm := js.Global().Get("WebAssembly")
	if !wasm.Call("validate", array(probe(false))).Bool() {
		return nil, errors.New("simd: this WebAssembly has no SIMD: use a newer browser, or the engine go")
	}
	relaxed := wasm.Call("validate", array(probe(true))).Bool()
	threads := options.Threads
	if threads == 0 {
		threads = defaultThreads()
	}
	if threads == 1 {
		one, err := newBrowser(relaxed)
		if err != nil {
			return nil, fmt.Errorf("simd: %w", err)
		}
		return &Target{machine: one}, nil
	}
	if !sharing() {
		return nil, errors.New("simd: threads need a page that is cross-origin isolated: serve it with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp, or use one thread")
	}
	many, err := newThreaded(threads, cmp.Or(options.Script, DefaultScript), relaxed)
	if err != nil {
		return nil, fmt.Errorf("simd: %w", err)
	}
	return &Target{machine: many}, nil
}

// sharing says whether threads may share memory here.
func sharing() bool {
	global := js.Global()
	isolated := global.Get("crossOriginIsolated")
	return global.Get("SharedArrayBuffer").Type() == js.TypeFunction && (isolated.IsUndefined() || isolated.Bool())
}

// defaultThreads is as many as there are processors, at most 8, where that is possible:
// in a worker, in an isolated page.
func defaultThreads() int {
	global := js.Global()
	processors := global.Get("navigator")
	if !sharing() || global.Get("window").Truthy() || processors.IsUndefined() {
		return 1
	}
	count := processors.Get("hardwareConcurrency")
	if count.Type() != js.TypeNumber {
		return 1
	}
	return max(1, min(8, count.Int()))
}

// browser runs modules in the page's own WebAssembly, on Go's memory.
type browser struct {
	imports js.Value
	relaxed bool

	mu   sync.Mutex        // memory is given back by the collector too, from its own goroutine
	held map[uint32][]byte // by address: what keeps Go from using it for something else
}

func newBrowser(relaxed bool) (*browser, error) {
	program := goProgram().Get("_inst")
	if !program.Truthy() {
		return nil, errors.New("the memory of this Go program was not found: start it with its Go version's own wasm_exec.js")
	}
	object := js.Global().Get("Object")
	host, imports := object.New(), object.New()
	host.Set("memory", program.Get("exports").Get("mem"))
	imports.Set("host", host)
	imports.Set(mathModule, js.Global().Get("Math"))
	return &browser{imports: imports, relaxed: relaxed, held: map[uint32][]byte{}}, nil
}

// goProgram is the Go object of wasm_exec.js that runs this program, which holds its
// WebAssembly instance. syscall/js knows it as reference 6 and does not export it.
func goProgram() js.Value {
	const nan, object, program = 0x7FF80000, 1, 6
	var v js.Value
	*(*uint64)(unsafe.Pointer(&v)) = (nan|object)<<32 | program
	return v
}

func array(data []byte) js.Value {
	a := js.Global().Get("Uint8Array").New(len(data))
	js.CopyBytesToJS(a, data)
	return a
}

func (b *browser) description() string { return "one thread" }
func (b *browser) features() features  { return features{fused: b.relaxed, parts: 1} }
func (b *browser) close()              {}

// allocate takes from Go's heap. Its slices of more than a few bytes begin at
// multiples of 16, and stay where they are.
func (b *browser) allocate(size int64) (*memory, error) {
	if err := checkSize(size); err != nil {
		return nil, err
	}
	piece := make([]byte, max(size, 16))
	m := &memory{address: uint32(uintptr(unsafe.Pointer(&piece[0]))), size: size}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held[m.address] = piece
	m.release = func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.held, m.address)
	}
	return m, nil
}

func (b *browser) piece(m *memory) []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.held[m.address]
}

func (b *browser) write(m *memory, offset int64, data []byte) { copy(b.piece(m)[offset:], data) }
func (b *browser) read(m *memory, data []byte)                { copy(data, b.piece(m)) }

func (b *browser) load(code []byte) (instance, error) {
	_, entry, err := instantiate(code, b.imports)
	return single{entry}, err
}

// instantiate compiles a module and gives it with its function "run".
func instantiate(code []byte, imports js.Value) (module, entry js.Value, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("compile a module of %d bytes: %v", len(code), fault)
		}
	}()
	wasm := js.Global().Get("WebAssembly")
	module = wasm.Get("Module").New(array(code))
	return module, wasm.Get("Instance").New(module, imports).Get("exports").Get("run"), nil
}

// enter calls a module's first part.
func enter(entry js.Value, table, scratch uint32, parts int) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("%v", fault)
		}
	}()
	entry.Invoke(table, scratch, 0, parts)
	return nil
}

// single is a module on the thread of Go.
type single struct{ entry js.Value }

func (s single) run(table, scratch uint32) error { return enter(s.entry, table, scratch, 1) }
func (s single) close()                          {}

// probe is a module that is valid where vectors are known, or where relaxed
// multiply-add is.
func probe(relaxed bool) []byte {
	m := newModule()
	f := m.function([]valType{i32, i32}, nil)
	m.start = f
	for range 3 {
		f.splatBits(0)
	}
	if relaxed {
		f.simd(simdRelaxedMadd)
	} else {
		f.simd(simdBitselect)
	}
	f.op(opDrop)
	return m.bytes()
}
