//go:build js && wasm

package main

import (
	"syscall/js"

	"github.com/dongyur/dongyur/ui/words"
)

// once is a callback that lets go of itself.
func once(do func(args []js.Value)) js.Func {
	var callback js.Func
	callback = js.FuncOf(func(_ js.Value, args []js.Value) any {
		defer callback.Release()
		do(args)
		return nil
	})
	return callback
}

// later does something after a while, and draws what it changed.
func (p *page) later(milliseconds int, do func()) {
	js.Global().Call("setTimeout", once(func([]js.Value) {
		do()
		p.changed()
	}), milliseconds)
}

// saveBlob offers a blob to the user under a name.
func saveBlob(name string, blob js.Value) {
	address := js.Global().Get("URL").Call("createObjectURL", blob)
	link := js.Global().Get("document").Call("createElement", "a")
	link.Set("href", address)
	link.Set("download", name)
	link.Call("click")
	js.Global().Call("setTimeout", once(func([]js.Value) { js.Global().Get("URL").Call("revokeObjectURL", address) }), 60_000)
}

// saveText offers a text. Spreadsheets take a CSV for UTF-8 only by its mark.
func saveText(name, kind, content string) {
	if kind == "text/csv" {
		content = "\ufeff" + content
	}
	saveBlob(name, js.Global().Get("Blob").New([]any{content}, map[string]any{"type": kind + ";charset=utf-8"}))
}

// savePicture draws an SVG on a canvas, twice as large for sharp print, and offers it
// as a PNG.
func (p *page) savePicture(name, svg string, width, height int) {
	document := js.Global().Get("document")
	image := js.Global().Get("Image").New()
	image.Set("onload", once(func([]js.Value) {
		canvas := document.Call("createElement", "canvas")
		canvas.Set("width", 2*width)
		canvas.Set("height", 2*height)
		canvas.Call("getContext", "2d").Call("drawImage", image, 0, 0, 2*width, 2*height)
		canvas.Call("toBlob", once(func(args []js.Value) {
			if !args[0].Truthy() {
				p.app.Fail(words.T("The picture of the curves could not be made; save them as CSV."), nil)
				p.changed()
				return
			}
			saveBlob(name, args[0])
		}), "image/png")
	}))
	image.Set("onerror", once(func([]js.Value) {
		p.app.Fail(words.T("The picture of the curves could not be drawn; save them as CSV."), nil)
		p.changed()
	}))
	image.Set("src", "data:image/svg+xml;charset=utf-8,"+js.Global().Call("encodeURIComponent", svg).String())
}
