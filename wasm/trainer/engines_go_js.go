//go:build js && wasm && engines_go

package main

const onlyEngine = "go"

func locateScripts(string) {}
