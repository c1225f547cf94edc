//go:build js && wasm && !engines_go

package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"reflect"
	"syscall/js"
	"testing"

	"github.com/dongyur/dongyur/wasm/opfs"
	"github.com/dongyur/dongyur/wasm/webgpu"
)

// storageInMemory stands for the origin's file system, which Node lacks.
const storageInMemory = `(() => {
  class Missing extends Error { constructor(name) { super(name); this.name = "NotFoundError"; } }
  const find = (of, name, options, make) => {
    if (!of.has(name)) {
      if (!options?.create) throw new Missing(name);
      of.set(name, make());
    }
    return of.get(name);
  };
  const file = () => {
    let content = new Uint8Array();
    return {
      getFile: async () => ({ arrayBuffer: async () => content.slice().buffer }),
      createWritable: async () => {
        let written = new Uint8Array();
        return { write: async (data) => { written = new Uint8Array(data); }, close: async () => { content = written; }, abort: async () => {} };
      },
    };
  };
  const folder = () => {
    const folders = new Map(), files = new Map();
    return {
      getDirectoryHandle: async (name, options) => find(folders, name, options, folder),
      getFileHandle: async (name, options) => find(files, name, options, file),
    };
  };
  const root = folder();
  globalThis.FileSystemFileHandle ??= class {};
  Object.defineProperty(globalThis.navigator, "storage", { value: { getDirectory: async () => root }, configurable: true });
})()`

// TestTuningIsKept: what was measured on a device is read in the next session; a browser
// without storage goes without.
func TestTuningIsKept(t *testing.T) {
	if js.Global().Get("navigator").IsUndefined() { // before Node 21
		js.Global().Set("navigator", map[string]any{})
	}
	k := newKeeper()
	found := webgpu.Tuning{Version: 1, Adapter: "nvidia ada", Products: []webgpu.TunedProduct{{Product: "1×2×3×4", Rule: "a", Best: "b", RuleTime: 2, BestTime: 1}}}
	k.writeTuning(found)
	if data, err := k.readTuning(); !errors.Is(err, opfs.ErrUnavailable) {
		t.Fatalf("without storage %q is read: %v", data, err)
	}
	js.Global().Call("eval", storageInMemory)
	defer js.Global().Get("navigator").Delete("storage")
	if _, err := k.readTuning(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("where nothing was kept: %v", err)
	}
	k.writeTuning(found)
	data, err := newKeeper().readTuning()
	var again webgpu.Tuning
	if err != nil || json.Unmarshal(data, &again) != nil || !reflect.DeepEqual(again, found) {
		t.Errorf("%s is read, %v; want %+v", data, err, found)
	}
}
