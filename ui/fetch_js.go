//go:build js && wasm

package main

import (
	"syscall/js"

	"github.com/dongyur/dongyur/ui/state"
	"github.com/dongyur/dongyur/ui/words"
)

// fetchFile reads a file of the page's own server, named relative to the page.
func (p *page) fetchFile(name string, arrived func(content []byte), failed func(why string)) {
	var answered, read, broken js.Func
	release := func() {
		answered.Release()
		read.Release()
		broken.Release()
	}
	answered = js.FuncOf(func(_ js.Value, args []js.Value) any {
		if !args[0].Get("ok").Bool() {
			return js.Global().Get("Promise").Call("reject", map[string]any{
				"message": "the server answers " + args[0].Get("status").Call("toString").String()})
		}
		return args[0].Call("text")
	})
	read = js.FuncOf(func(_ js.Value, args []js.Value) any {
		release()
		arrived([]byte(args[0].String()))
		return nil
	})
	broken = js.FuncOf(func(_ js.Value, args []js.Value) any {
		release()
		failed(args[0].Get("message").String())
		return nil
	})
	js.Global().Call("fetch", name).Call("then", answered).Call("then", read, broken)
}

// fetchModels reads the list of models.
func (p *page) fetchModels() {
	const name = "assets/models/index.json"
	fail := func(why string) {
		p.app.Fail(words.T("The list of models (%s) did not arrive: %s.", name, why), p.fetchModels)
		p.changed()
	}
	p.fetchFile(name, func(content []byte) {
		models, err := state.ParseModels(content)
		if err != nil {
			fail(err.Error())
			return
		}
		p.app.ModelsArrived(models)
		p.changed()
	}, fail)
}
