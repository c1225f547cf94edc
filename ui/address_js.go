//go:build js && wasm

package main

import (
	"syscall/js"

	"github.com/dongyur/dongyur/ui/state"
)

// sharedKey names a project on the hub in the address.
const sharedKey = "shared"

// arrive takes over the address that the page was opened with.
func (p *page) arrive() {
	window := js.Global()
	query := window.Get("URLSearchParams").New(window.Get("location").Get("search"))
	var pairs []state.KeyValue
	each := js.FuncOf(func(_ js.Value, args []js.Value) any {
		if key := args[1].String(); key == sharedKey {
			p.shared = args[0].String()
		} else {
			pairs = append(pairs, state.KeyValue{Key: key, Value: args[0].String()})
		}
		return nil
	})
	defer each.Release()
	query.Call("forEach", each)
	p.app.Arrive(pairs, p.browserLanguage())
}

// writeAddress puts the state into the address; the history does not grow by it.
func (p *page) writeAddress() {
	pairs := p.app.Address()
	if p.shared != "" {
		pairs = append(pairs, state.KeyValue{Key: sharedKey, Value: p.shared})
	}
	text := ""
	for _, q := range pairs {
		text += q.Key + "=" + q.Value + "\n"
	}
	if text == p.address {
		return
	}
	p.address = text
	window := js.Global()
	query := window.Get("URLSearchParams").New()
	for _, q := range pairs {
		query.Call("append", q.Key, q.Value)
	}
	address := window.Get("location").Get("pathname").String()
	if len(pairs) > 0 {
		address += "?" + query.Call("toString").String()
	}
	window.Get("history").Call("replaceState", nil, "", address)
}
