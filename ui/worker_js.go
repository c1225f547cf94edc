//go:build js && wasm

package main

import (
	"encoding/json"
	"syscall/js"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/state"
)

// startWorker starts the trainer; commands wait until it says that it is ready.
func (p *page) startWorker() {
	p.app.Worker = state.Starting
	p.worker = js.Global().Get("Worker").New("assets/trainer.js")
	p.worker.Set("onmessage", js.FuncOf(func(_ js.Value, args []js.Value) any {
		p.receive(args[0].Get("data").String())
		return nil
	}))
	p.worker.Set("onerror", js.FuncOf(func(_ js.Value, args []js.Value) any {
		text := "The trainer stopped"
		if message := args[0].Get("message"); message.Type() == js.TypeString && message.String() != "" {
			text += ": " + message.String()
		}
		p.workerFailed(text + ". Retry starts it again; what it had learned is gone.")
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
	p.app.Handle(ev)
	if ev.Type == protocol.EvReady {
		waiting := p.queue
		p.queue = nil
		for _, c := range waiting {
			p.send(c)
		}
	}
	p.changed()
}

// send takes a command to the worker as one JSON string.
func (p *page) send(c protocol.Command) {
	if p.app.Worker != state.Ready {
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
