//go:build js && wasm

package main

import (
	"syscall/js"

	"github.com/dongyur/dongyur/ui/state"
	"github.com/dongyur/dongyur/ui/words"
)

// arrive takes over the address that the page was opened with.
func (p *page) arrive() {
	window := js.Global()
	query := window.Get("URLSearchParams").New(window.Get("location").Get("search"))
	var pairs []state.KeyValue
	each := js.FuncOf(func(_ js.Value, args []js.Value) any {
		pairs = append(pairs, state.KeyValue{Key: args[1].String(), Value: args[0].String()})
		return nil
	})
	defer each.Release()
	query.Call("forEach", each)
	p.app.Arrive(pairs, p.browserLanguage())
}

// writeAddress puts the state into the address; the history does not grow by it.
func (p *page) writeAddress() {
	pairs := p.app.Address()
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

// share copies the page's address; where the browser refuses, it shows it.
func (p *page) share() {
	link := js.Global().Get("location").Get("href").String()
	say := func(text string) {
		p.app.Say(text)
		p.changed()
	}
	refused := words.T("The browser did not let the link be copied: %s", link)
	clipboard := js.Global().Get("navigator").Get("clipboard")
	if !clipboard.Truthy() {
		say(refused)
		return
	}
	var good, bad js.Func
	then := func(text string) js.Func {
		return js.FuncOf(func(js.Value, []js.Value) any {
			good.Release()
			bad.Release()
			say(text)
			return nil
		})
	}
	good = then(words.T("The link is copied. Who opens it gets this task, these settings and this seed; examples of your own stay here."))
	bad = then(refused)
	clipboard.Call("writeText", link).Call("then", good, bad)
}
