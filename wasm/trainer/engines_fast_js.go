//go:build js && wasm && !engines_go

package main

import (
	"encoding/json"
	"time"

	"github.com/dongyur/dongyur/wasm/simd"   // registers "simd"
	"github.com/dongyur/dongyur/wasm/webgpu" // registers "webgpu"
)

// onlyEngine is the engine of a build that has one.
const onlyEngine = ""

// deviceMemory is how many bytes lie on graphics devices.
func deviceMemory() int64 { return webgpu.DeviceBytes() }

// locateScripts tells the engines where the page's server has their scripts.
func locateScripts(root string) { simd.DefaultScript = root + "build/simd.js" }

// tuningFile has what was measured on this browser's graphics device, tuneTime is how long that
// may delay the first steps: once, for it is kept.
const (
	tuningFile = "webgpu-tuning.json"
	tuneTime   = 2 * time.Second
)

// rememberTuning has graphics devices choose the kernels of matrix products by measuring,
// and keeps what they choose in the browser's storage. Where there is none it is measured
// anew each time.
func rememberTuning(k *keeper) { webgpu.RememberTuning(tuneTime, k.readTuning, k.writeTuning) }

func (k *keeper) readTuning() ([]byte, error) { return k.Read("", tuningFile) }

func (k *keeper) writeTuning(found webgpu.Tuning) {
	if data, err := json.Marshal(found); err == nil && k.open() == nil {
		_ = k.storage.Write(tuningFile, data) // a full disk is told of where a run is kept
	}
}
