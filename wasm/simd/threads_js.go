package simd

import (
	_ "embed"
	"fmt"
	"syscall/js"
	"time"
)

//go:embed worker.js
var workerScript string

// threaded runs modules on several threads of the browser, in a memory that they
// share and that is not Go's: tensors are copied into it and out of it, weights once.
// The first part runs on the thread that asks, which must be one that may sleep: a
// worker, not the page's own.
type threaded struct {
	*allocator
	relaxed bool
	memory  js.Value
	view    js.Value // of the whole memory, in bytes
	imports js.Value
	workers []js.Value
	loaded  int
}

// newThreaded starts threads-1 workers. script is where worker.js is served; under
// Node, and where it is "", it is started from its text.
func newThreaded(threads int, script string, relaxed bool) (*threaded, error) {
	object := js.Global().Get("Object")
	const initialPages = 16
	memory := js.Global().Get("WebAssembly").Get("Memory").New(map[string]any{"initial": initialPages, "maximum": memoryPages, "shared": true})
	host, imports := object.New(), object.New()
	host.Set("memory", memory)
	imports.Set("host", host)
	imports.Set(mathModule, js.Global().Get("Math"))
	t := &threaded{relaxed: relaxed, memory: memory, imports: imports}
	t.look()
	t.allocator = newAllocator(initialPages*pageBytes, func(pages uint32) (err error) {
		defer func() {
			if fault := recover(); fault != nil {
				err = fmt.Errorf("%v", fault)
			}
		}()
		memory.Call("grow", pages)
		t.look()
		return nil
	})
	ready := make(chan struct{}, threads)
	for part := 1; part < threads; part++ {
		worker, err := startWorker(script)
		if err != nil {
			t.close()
			return nil, fmt.Errorf("start thread %d of %d: %w", part+1, threads, err)
		}
		t.workers = append(t.workers, worker)
		heard(worker, func() { ready <- struct{}{} })
		worker.Call("postMessage", map[string]any{"kind": "start", "memory": memory, "part": part})
	}
	// A worker starts only while its maker's event loop runs, which a run would hold up.
	patience := time.After(startPatience)
	for part := 1; part < threads; part++ {
		select {
		case <-ready:
		case <-patience:
			t.close()
			return nil, fmt.Errorf("thread %d of %d did not start within %s; use one thread", part+1, threads, startPatience)
		}
	}
	return t, nil
}

// startPatience is how long threads may take to start.
const startPatience = 10 * time.Second

// heard calls back at a worker's first message.
func heard(worker js.Value, back func()) {
	var listener js.Func
	listener = js.FuncOf(func(js.Value, []js.Value) any {
		back()
		listener.Release()
		return nil
	})
	if worker.Get("addEventListener").Type() == js.TypeFunction {
		worker.Call("addEventListener", "message", listener, map[string]any{"once": true})
		return
	}
	worker.Call("once", "message", listener)
}

func startWorker(script string) (worker js.Value, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("%v", fault)
		}
	}()
	if require := js.Global().Get("require"); require.Type() == js.TypeFunction {
		worker = require.Invoke("node:worker_threads").Get("Worker").New(workerScript, map[string]any{"eval": true})
		worker.Call("unref")
		return worker, nil
	}
	if script == "" {
		blob := js.Global().Get("Blob").New([]any{workerScript}, map[string]any{"type": "text/javascript"})
		script = js.Global().Get("URL").Call("createObjectURL", blob).String()
	}
	return js.Global().Get("Worker").New(script), nil
}

// look takes a view of the memory as large as it is now.
func (t *threaded) look() { t.view = js.Global().Get("Uint8Array").New(t.memory.Get("buffer")) }

func (t *threaded) description() string { return fmt.Sprintf("%d threads", len(t.workers)+1) }

func (t *threaded) features() features {
	return features{fused: t.relaxed, parts: len(t.workers) + 1, shared: true}
}

func (t *threaded) close() {
	for _, worker := range t.workers {
		worker.Call("terminate")
	}
}

func (t *threaded) write(m *memory, offset int64, data []byte) {
	from := int64(m.address) + offset
	js.CopyBytesToJS(t.view.Call("subarray", from, from+int64(len(data))), data)
}

func (t *threaded) read(m *memory, data []byte) {
	js.CopyBytesToGo(data, t.view.Call("subarray", m.address, int64(m.address)+int64(len(data))))
}

func (t *threaded) load(code []byte) (instance, error) {
	module, own, err := instantiate(code, t.imports)
	if err != nil {
		return nil, err
	}
	t.loaded++
	for _, worker := range t.workers {
		worker.Call("postMessage", map[string]any{"kind": "load", "id": t.loaded, "module": module})
	}
	return &team{t, t.loaded, own}, nil
}

// team is a module on all threads.
type team struct {
	*threaded
	id    int
	entry js.Value
}

func (t *team) run(table, scratch uint32) error {
	for _, worker := range t.workers {
		worker.Call("postMessage", map[string]any{"kind": "run", "id": t.id, "table": table, "scratch": scratch, "parts": len(t.workers) + 1})
	}
	return enter(t.entry, table, scratch, len(t.workers)+1)
}

func (t *team) close() {
	for _, worker := range t.workers {
		worker.Call("postMessage", map[string]any{"kind": "drop", "id": t.id})
	}
}
