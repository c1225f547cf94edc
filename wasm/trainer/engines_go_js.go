//go:build js && wasm && engines_go

package main

const onlyEngine = "go"

func deviceMemory() int64 { return 0 }

func locateScripts(string) {}

func rememberTuning(*keeper) {}
