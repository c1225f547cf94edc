//go:build js && wasm && !engines_go

package main

import (
	"github.com/dongyur/dongyur/wasm/simd"     // registers "simd"
	_ "github.com/dongyur/dongyur/wasm/webgpu" // registers "webgpu"
)

// onlyEngine is the engine of a build that has one.
const onlyEngine = ""

// locateScripts tells the engines where the page's server has their scripts.
func locateScripts(root string) { simd.DefaultScript = root + "build/simd.js" }
