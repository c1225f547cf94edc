//go:build js && wasm

package main

import "syscall/js"

// The browser's two small storages: a tab's own, and the one that all tabs share.
const (
	ofTab  = "sessionStorage"
	ofSite = "localStorage"
)

// stored is what a storage has under a key; "" where there is nothing, or where
// storage is refused, which browsers do by throwing.
func stored(storage, key string) (text string) {
	defer func() { recover() }()
	if value := js.Global().Get(storage).Call("getItem", key); value.Type() == js.TypeString {
		text = value.String()
	}
	return text
}

// store keeps a text under a key, where the browser lets it.
func store(storage, key, text string) {
	defer func() { recover() }()
	js.Global().Get(storage).Call("setItem", key, text)
}
