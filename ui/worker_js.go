//go:build js && wasm

package main

import (
	"encoding/json"
	"syscall/js"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/state"
)

// startWorker starts the trainer on the engine that the page's address names, if it
// names one. Commands that need the engine wait until it says that it is ready.
func (p *page) startWorker() {
	p.app.Worker = state.Starting
	address := js.Global().Get("URL").New("assets/trainer.js", js.Global().Get("document").Get("baseURI"))
	engine := js.Global().Get("URLSearchParams").New(js.Global().Get("location").Get("search")).Call("get", "engine")
	if engine.Type() == js.TypeString {
		address.Get("searchParams").Call("set", "engine", engine)
	}
	p.worker = js.Global().Get("Worker").New(address)
	p.worker.Set("onmessage", js.FuncOf(func(_ js.Value, args []js.Value) any {
		p.receive(args[0].Get("data").String())
		return nil
	}))
	p.worker.Set("onerror", js.FuncOf(func(_ js.Value, args []js.Value) any {
		text := "The trainer stopped"
		if message := args[0].Get("message"); message.Type() == js.TypeString && message.String() != "" {
			text += ": " + message.String()
		}
		p.workerFailed(text + ". " + p.app.Remains())
		return nil
	}))
}

func (p *page) workerFailed(text string) {
	p.worker.Call("terminate")
	p.app.WorkerFailed(text, func() {
		p.startWorker()
		if len(p.app.Table.Rows) == 0 {
			p.app.LoadStarter()
		}
	})
	p.changed()
}

func (p *page) receive(text string) {
	var ev protocol.Event
	if err := json.Unmarshal([]byte(text), &ev); err != nil {
		p.workerFailed("The trainer sent what the page cannot read: " + err.Error())
		return
	}
	if ev.Type == protocol.EvFailed && ev.ReplyTo == 0 && p.app.Worker == state.Starting {
		p.workerFailed(ev.Message + ". Take engine= out of the page's address, if it is there, to have an engine that suits the machine.")
		return
	}
	p.app.Handle(ev)
	switch ev.Type {
	case protocol.EvDone, protocol.EvFailed, protocol.EvSaved, protocol.EvParsed:
		p.keepSoon()
	}
	if ev.Type == protocol.EvReady {
		waiting := p.queue
		p.queue = nil
		for _, c := range waiting {
			p.send(c)
		}
	}
	p.changed()
}

// send takes a command to the worker as one JSON string. What needs no engine does not
// wait for it.
func (p *page) send(c protocol.Command) {
	early := p.app.Worker == state.Starting && (c.Type == protocol.CmdStarter || c.Type == protocol.CmdParse)
	if p.app.Worker != state.Ready && !early {
		p.queue = append(p.queue, c)
		return
	}
	text, err := json.Marshal(c)
	if err != nil {
		p.app.Handle(protocol.Event{ReplyTo: c.ID, Type: protocol.EvFailed, Message: err.Error()})
		return
	}
	p.worker.Call("postMessage", string(text))
}
