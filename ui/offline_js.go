//go:build js && wasm

package main

import (
	"syscall/js"

	"github.com/dongyur/dongyur/ui/words"
	"github.com/dongyur/dongyur/wasm/promise"
)

// workOffline starts the service worker, which keeps what the page needs for a visit
// without a network. It comes after the page and the trainer, whose start matters more.
// Where there is none, as outside of a secure context, the page works as before.
func (p *page) workOffline() {
	workers := js.Global().Get("navigator").Get("serviceWorker")
	if !workers.Truthy() || p.offline {
		return
	}
	p.offline = true
	go func() {
		registration, err := promise.Await(workers.Call("register", "sw.js"))
		if err != nil {
			js.Global().Get("console").Call("warn", "this page will not work offline: "+err.Error())
			return
		}
		p.watchUpdates(workers, registration)
	}()
}

// watchUpdates offers a new version once all of it is here. The user decides when: a
// run may be going on.
func (p *page) watchUpdates(workers, registration js.Value) {
	offer := func(waiting js.Value) {
		if !waiting.Truthy() || !workers.Get("controller").Truthy() {
			return // the first version of all
		}
		p.app.Offer(words.T("A new version of this page is here. What you do is kept; the page opens anew."), words.T("Update"), func() {
			p.apart(func() error {
				p.flush()
				if waiting.Get("state").String() == "activated" { // another tab asked for it
					js.Global().Get("location").Call("reload")
					return nil
				}
				p.renewing = true
				waiting.Call("postMessage", map[string]any{"renew": true})
				return nil
			})
		})
		p.changed()
	}
	offer(registration.Get("waiting"))
	registration.Call("addEventListener", "updatefound", js.FuncOf(func(js.Value, []js.Value) any {
		fresh := registration.Get("installing")
		fresh.Call("addEventListener", "statechange", js.FuncOf(func(js.Value, []js.Value) any {
			if fresh.Get("state").String() == "installed" {
				offer(fresh)
			}
			return nil
		}))
		return nil
	}))
	workers.Call("addEventListener", "controllerchange", js.FuncOf(func(js.Value, []js.Value) any {
		if p.renewing { // not where it is the first version, or another tab that asked
			js.Global().Get("location").Call("reload")
		}
		return nil
	}))
}

// keepModels has the service worker keep the folders of models that were loaded.
func (p *page) keepModels() {
	workers := js.Global().Get("navigator").Get("serviceWorker")
	if !workers.Truthy() {
		return
	}
	folders := p.app.LoadedFolders()
	go func() {
		registration, err := promise.Await(workers.Get("ready"))
		if err != nil {
			return
		}
		for _, folder := range folders {
			registration.Get("active").Call("postMessage", map[string]any{"keep": folder})
		}
	}()
}
