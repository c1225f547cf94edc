//go:build js && wasm

package main

import (
	"encoding/hex"
	"path"
	"strings"
	"syscall/js"

	"github.com/dongyur/dongyur/ui/state"
	"github.com/dongyur/dongyur/wasm/promise"
)

// watchSelection tells the state which part of an answer is selected. What is selected
// elsewhere, or taken away by a click on a button, leaves it as it was.
func (p *page) watchSelection() {
	document := js.Global().Get("document")
	document.Call("addEventListener", "selectionchange", js.FuncOf(func(js.Value, []js.Value) any {
		selection := document.Call("getSelection")
		if selection.Get("rangeCount").Int() == 0 || selection.Get("isCollapsed").Bool() {
			return nil
		}
		chosen := selection.Call("getRangeAt", 0)
		for side, id := range []string{"answer-A", "answer-B"} {
			answer := document.Call("getElementById", id)
			if !answer.Truthy() || !answer.Call("contains", chosen.Get("startContainer")).Bool() || !answer.Call("contains", chosen.Get("endContainer")).Bool() {
				continue
			}
			before := document.Call("createRange")
			before.Call("selectNodeContents", answer)
			before.Call("setEnd", chosen.Get("startContainer"), chosen.Get("startOffset"))
			start := units(before.Call("toString").String())
			p.app.Vote.Select(side, start, start+units(chosen.Call("toString").String()))
			p.changed()
		}
		return nil
	}))
}

// units is a text's length as browsers count it, in UTF-16.
func units(text string) (n int) {
	for _, r := range text {
		if n++; r > 0xffff {
			n++
		}
	}
	return n
}

// ExportVotes offers the round as a file with the weights' hashes: with the votes once
// it is over, else for another rater, whose page does not have the weights.
func (p *page) ExportVotes() {
	p.apart(func() error {
		r, name := p.app.Vote.Round, "dongyur-round.json"
		if !r.Open() {
			name = "dongyur-votes.json"
		}
		for i := range r.Systems {
			p.hashWeights(&r.Systems[i])
		}
		data, err := p.app.Vote.VotesFile()
		if err == nil {
			offer(name, "application/json", data)
		}
		return err
	})
}

// hashWeights notes the SHA-256 of a system's weights, of those that are at hand.
func (p *page) hashWeights(s *state.System) {
	if s.ModelHash == "" && s.Model != "" {
		if answer, err := promise.Await(js.Global().Call("fetch", path.Join(strings.Trim(s.Model, "/"), "model.safetensors"))); err == nil && answer.Get("ok").Bool() {
			if content, err := promise.Await(answer.Call("arrayBuffer")); err == nil {
				s.ModelHash = sha256(content)
			}
		}
	}
	if file := p.app.AdapterFile(s); s.AdapterHash == "" && file != "" && p.keeping.storage != nil {
		if data, err := p.keeping.storage.Read(file); err == nil {
			array := js.Global().Get("Uint8Array").New(len(data))
			js.CopyBytesToJS(array, data)
			s.AdapterHash = sha256(array)
		}
	}
}

// sha256 is "" where the browser has no cryptography, outside of a secure context.
func sha256(content js.Value) string {
	subtle := js.Global().Get("crypto").Get("subtle")
	if !subtle.Truthy() {
		return ""
	}
	digest, err := promise.Await(subtle.Call("digest", "SHA-256", content))
	if err != nil {
		return ""
	}
	sum := make([]byte, 32)
	js.CopyBytesToGo(sum, js.Global().Get("Uint8Array").New(digest))
	return hex.EncodeToString(sum)
}
