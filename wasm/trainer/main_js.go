//go:build js && wasm

// Command trainer is the Web Worker's main: a session behind postMessage.
//
// In come commands and out go events, each one JSON string (core/protocol). Models
// are fetched from the page's own server, with progress. assets/trainer.js starts
// it and keeps the messages that arrive before it listens.
package main

import (
	"encoding/json"
	"syscall/js"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/session"
	"github.com/dongyur/dongyur/wasm/simd"     // registers "simd"
	_ "github.com/dongyur/dongyur/wasm/webgpu" // registers "webgpu"
)

// keptEvery is after how many steps a run is kept in memory, in case the graphics
// device is lost.
const keptEvery = 5

func main() {
	worker := js.Global()
	simd.DefaultScript = worker.Get("dongyurRoot").String() + "build/simd.js"
	keep := newKeeper()
	work := session.New(session.Options{
		Files: fetched{root: worker.Get("dongyurRoot").String()},
		Saves: keep,
		Emit: func(event protocol.Event) {
			text := marshal(event)
			keep.note(event, text)
			worker.Call("postMessage", string(text))
		},
		Yield: newYield(),

		KeepEvery: keptEvery,
	})
	receive := js.FuncOf(func(_ js.Value, args []js.Value) any {
		take(work, keep, args[0].Get("data"))
		return nil
	})
	early := worker.Get("early")
	worker.Set("onmessage", receive)
	for i := range early.Length() {
		take(work, keep, early.Index(i))
	}
	select {} // the browser calls from here on
}

func take(work *session.Session, keep *keeper, data js.Value) {
	var command protocol.Command
	if data.Type() != js.TypeString {
		emit(protocol.Event{Type: protocol.EvFailed, Message: "a command must be one JSON string"})
		return
	}
	if err := json.Unmarshal([]byte(data.String()), &command); err != nil {
		emit(protocol.Event{ReplyTo: command.ID, Type: protocol.EvFailed, Message: "read a command: " + err.Error()})
		return
	}
	keep.take(command)
	if err := work.Do(command); err != nil {
		emit(protocol.Event{ReplyTo: command.ID, Type: protocol.EvFailed, Message: err.Error()})
	}
}

func emit(event protocol.Event) { js.Global().Call("postMessage", string(marshal(event))) }

// newYield returns a function that lets the worker's event loop run once: messages
// that have arrived, such as a pause, are taken before it returns. A MessageChannel
// has no least delay; setTimeout has 4 ms.
func newYield() func() {
	channel := js.Global().Get("MessageChannel").New()
	back := make(chan struct{}, 1)
	channel.Get("port1").Set("onmessage", js.FuncOf(func(js.Value, []js.Value) any {
		back <- struct{}{}
		return nil
	}))
	port := channel.Get("port2")
	return func() {
		port.Call("postMessage", 0)
		<-back
	}
}
