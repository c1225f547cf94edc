//go:build js && wasm

package main

import (
	"archive/zip"
	"bytes"
	"syscall/js"

	"github.com/dongyur/dongyur/core/protocol"
)

// download offers files to the user as one zip, stored without compression:
// weights hardly shrink.
func download(name string, files []protocol.File) {
	var packed bytes.Buffer
	archive := zip.NewWriter(&packed)
	for _, f := range files {
		w, err := archive.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Store})
		if err == nil {
			_, err = w.Write(f.Data)
		}
		if err != nil {
			js.Global().Get("console").Call("error", err.Error())
			return
		}
	}
	if err := archive.Close(); err != nil {
		js.Global().Get("console").Call("error", err.Error())
		return
	}
	data := js.Global().Get("Uint8Array").New(packed.Len())
	js.CopyBytesToJS(data, packed.Bytes())
	blob := js.Global().Get("Blob").New([]any{data}, map[string]any{"type": "application/zip"})
	address := js.Global().Get("URL").Call("createObjectURL", blob)
	link := js.Global().Get("document").Call("createElement", "a")
	link.Set("href", address)
	link.Set("download", name+".zip")
	link.Call("click")
	var revoke js.Func
	revoke = js.FuncOf(func(js.Value, []js.Value) any {
		js.Global().Get("URL").Call("revokeObjectURL", address)
		revoke.Release()
		return nil
	})
	js.Global().Call("setTimeout", revoke, 60_000)
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
