//go:build js && wasm

// Command trainer is the Web Worker's main: a session behind postMessage.
//
// In come commands and out go events, each one JSON string (core/protocol). Models
// are fetched from the page's own server, with progress. assets/trainer.js starts
// it and keeps the messages that arrive before it listens.
//
// There are two builds of it, for what a visitor loads. With the tag "engines_fast" it
// has the engines webgpu and simd; with "engines_go" the Go engine alone, for browsers
// without WebAssembly SIMD and for pages that ask for it. Without a tag it has all three.
package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"syscall/js"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/session"
)

// keptEvery is after how many steps a run is kept in memory, in case the graphics
// device is lost.
const keptEvery = 5

func main() {
	worker := js.Global()
	root := worker.Get("dongyurRoot").String()
	locateScripts(root)
	keep := newKeeper()
	rememberTuning(keep)
	report := func(event protocol.Event) {
		if event.Type == protocol.EvLoaded || event.Type == protocol.EvStep {
			event.Memory, event.Device = memory(), deviceMemory()
		}
		text := marshal(event)
		keep.note(event, text)
		worker.Call("postMessage", string(text))
	}
	name, reason, err := engineAsked(worker.Get("dongyurEngine").String())
	if err != nil {
		emit(protocol.Event{Type: protocol.EvWarning, Message: err.Error()})
	}
	work := session.New(session.Options{
		Engine:       name,
		EngineReason: reason,
		Files:        fetched{root: root},
		Saves:        keep,
		Emit:         report,
		Yield:        newYield(),

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

// engineAsked is the engine to open and why it is named, when the page's address asks
// for one; asked is "" where it does not. Of an engine's settings an address gives no
// other than the number of threads: one could name a script.
func engineAsked(asked string) (name, reason string, err error) {
	kind, setting, given := strings.Cut(asked, ":")
	threads, ofThreads := strings.CutPrefix(setting, "threads=")
	_, notNumber := strconv.ParseUint(threads, 10, 8)
	known := kind == "simd" && ofThreads && notNumber == nil ||
		!given && slices.Contains([]string{"", "auto", "go", "simd", "webgpu"}, kind)
	switch {
	case !known:
		err = fmt.Errorf("engine=%s in the page's address is unknown: use go, webgpu, simd or simd:threads=2; what suits the machine is taken now", asked)
	case asked != "" && asked != "auto":
		name, reason = asked, "the page's address asks for it"
	}
	if onlyEngine != "" && name != onlyEngine {
		name, reason = onlyEngine, "this browser has no WebAssembly SIMD, which the faster engines need"
	}
	return name, reason, err
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

// memory is the size in bytes of the WebAssembly memory that Go, and the engine simd
// with it, works in; 0 where trainer.js did not start this program. What lies on a
// graphics device is not in it: see deviceMemory.
func memory() int64 {
	held := js.Global().Get("dongyurMemory")
	if held.IsUndefined() {
		return 0
	}
	return int64(held.Get("buffer").Get("byteLength").Float())
}

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
