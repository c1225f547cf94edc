//go:build js && wasm && !engines_go

package main

import (
	"github.com/dongyur/dongyur/wasm/simd"   // registers "simd"
	"github.com/dongyur/dongyur/wasm/webgpu" // registers "webgpu"
)

// onlyEngine is the engine of a build that has one.
const onlyEngine = ""

// deviceMemory is how many bytes lie on graphics devices.
func deviceMemory() int64 { return webgpu.DeviceBytes() }

// locateScripts tells the engines where the page's server has their scripts.
func locateScripts(root string) { simd.DefaultScript = root + "build/simd.js" }
