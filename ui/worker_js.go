//go:build js && wasm

package main

import (
	"encoding/json"
	"syscall/js"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/state"
	"github.com/dongyur/dongyur/ui/words"
)

// worker is one session in a Web Worker.
type worker struct {
	value  js.Value
	ready  bool                 // it has an engine
	queue  []protocol.Command   // that wait for the engine
	took   func(protocol.Event) // is told every event
	failed func(text string)    // is told why a worker broke
	calls  []js.Func
}

// startWorker starts the trainer on the engine that the page's address names, if it
// names one.
func startWorker(took func(protocol.Event), failed func(text string)) *worker {
	w := &worker{took: took, failed: failed}
	address := js.Global().Get("URL").New("assets/trainer.js", js.Global().Get("document").Get("baseURI"))
	engine := js.Global().Get("URLSearchParams").New(js.Global().Get("location").Get("search")).Call("get", "engine")
	if engine.Type() == js.TypeString {
		address.Get("searchParams").Call("set", "engine", engine)
	}
	w.value = js.Global().Get("Worker").New(address)
	w.calls = []js.Func{
		js.FuncOf(func(_ js.Value, args []js.Value) any {
			w.receive(args[0].Get("data").String())
			return nil
		}),
		js.FuncOf(func(_ js.Value, args []js.Value) any {
			text := words.T("The trainer stopped.")
			if message := args[0].Get("message"); message.Type() == js.TypeString && message.String() != "" {
				text = words.T("The trainer stopped: %s.", message.String())
			}
			w.fail(text)
			return nil
		}),
	}
	w.value.Set("onmessage", w.calls[0])
	w.value.Set("onerror", w.calls[1])
	return w
}

// End ends the worker with all that it holds.
func (w *worker) End() {
	w.value.Set("onmessage", js.Null())
	w.value.Set("onerror", js.Null())
	w.value.Call("terminate")
	for _, call := range w.calls {
		call.Release()
	}
	w.calls = nil
}

func (w *worker) fail(text string) {
	w.value.Call("terminate")
	w.failed(text)
}

func (w *worker) receive(text string) {
	var ev protocol.Event
	if err := json.Unmarshal([]byte(text), &ev); err != nil {
		w.fail(words.T("The trainer sent what the page cannot read: %s.", err.Error()))
		return
	}
	if ev.Type == protocol.EvFailed && ev.ReplyTo == 0 && !w.ready {
		w.fail(ev.Message + ". " + words.T("Take engine= out of the page’s address, if it is there, to have an engine that suits the machine."))
		return
	}
	w.ready = w.ready || ev.Type == protocol.EvReady
	w.took(ev)
	if w.ready {
		waiting := w.queue
		w.queue = nil
		for _, c := range waiting {
			w.Send(c)
		}
	}
}

// Send takes a command to the worker as one JSON string. What needs no engine does not
// wait for it.
func (w *worker) Send(c protocol.Command) {
	if !w.ready && c.Type != protocol.CmdStarter && c.Type != protocol.CmdParse {
		w.queue = append(w.queue, c)
		return
	}
	text, err := json.Marshal(c)
	if err != nil {
		w.took(protocol.Event{ReplyTo: c.ID, Type: protocol.EvFailed, Message: err.Error()})
		return
	}
	w.value.Call("postMessage", string(text))
}

// startWorker starts the session of the page itself; commands that came before it
// are kept for it.
func (p *page) startWorker() {
	p.app.Worker = state.Starting
	waiting := p.queue
	if p.worker != nil {
		waiting = append(p.worker.queue, waiting...)
	}
	p.queue = nil
	p.worker = startWorker(p.take, p.workerFailed)
	for _, c := range waiting {
		p.worker.Send(c)
	}
}

func (p *page) take(ev protocol.Event) {
	p.app.Handle(ev)
	switch ev.Type {
	case protocol.EvReady:
		p.workOffline()
	case protocol.EvLoaded:
		p.keepModels()
	case protocol.EvDone, protocol.EvFailed, protocol.EvSaved, protocol.EvParsed:
		p.keepSoon()
	}
	p.changed()
}

func (p *page) workerFailed(text string) {
	p.app.WorkerFailed(text+" "+p.app.Remains(), func() {
		p.startWorker()
		if len(p.app.Table.Rows) == 0 {
			p.app.LoadStarter()
		}
	})
	p.changed()
}

// send takes a command to the page's session, or keeps it until there is one.
func (p *page) send(c protocol.Command) {
	if p.worker == nil || p.app.Worker == state.Broken {
		p.queue = append(p.queue, c)
		return
	}
	p.worker.Send(c)
}
