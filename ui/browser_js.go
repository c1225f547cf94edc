//go:build js && wasm

package main

import (
	"syscall/js"

	"github.com/dongyur/dongyur/core/archive"
	"github.com/dongyur/dongyur/core/protocol"
)

// download offers files to the user: one as it is, several as one zip.
func download(name string, files []protocol.File) {
	if len(files) == 1 {
		offer(files[0].Name, "application/octet-stream", files[0].Data)
		return
	}
	byName := map[string][]byte{}
	for _, f := range files {
		byName[f.Name] = f.Data
	}
	packed, err := archive.Pack(byName)
	if err != nil {
		js.Global().Get("console").Call("error", err.Error())
		return
	}
	offer(name+".zip", "application/zip", packed)
}

// offer gives the user a file.
func offer(name, kind string, content []byte) {
	data := js.Global().Get("Uint8Array").New(len(content))
	js.CopyBytesToJS(data, content)
	saveBlob(name, js.Global().Get("Blob").New([]any{data}, map[string]any{"type": kind}))
}

// lookForFont finds out whether Tibetan can be shown: with the page's own font, or
// with one of the system's. A glyph that is missing is drawn as the same box for
// every letter, so two letters of different width tell.
func (p *page) lookForFont() {
	document := js.Global().Get("document")
	check := js.FuncOf(func(js.Value, []js.Value) any {
		p.app.FontKnown = true
		context := document.Call("createElement", "canvas").Call("getContext", "2d")
		context.Set("font", `20px "Noto Serif Tibetan", serif`)
		width := func(s string) float64 { return context.Call("measureText", s).Get("width").Float() }
		p.app.TibetanFont = width("ཀ") != width("་") && width("ཀ") != width("\U0010FFFD")
		p.changed()
		return nil
	})
	document.Get("fonts").Call("load", `20px "Noto Serif Tibetan"`, "ཀ").Call("then", check, check)
}
