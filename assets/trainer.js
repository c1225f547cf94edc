// Starts the trainer's WebAssembly in a Web Worker. Messages that come before the
// session is there wait in `early`; the session's main takes them over.
"use strict";
const root = new URL("../", self.location.href);
self.dongyurRoot = root.href;
self.early = [];
self.onmessage = (event) => self.early.push(event.data);
importScripts(new URL("build/wasm_exec.js", root), new URL("build/webgpu.js", root));
const go = new Go();
WebAssembly.instantiateStreaming(fetch(new URL("build/trainer.wasm", root)), go.importObject)
  .then((result) => go.run(result.instance))
  .then(() => { throw new Error("the trainer ended"); })
  .catch((error) => setTimeout(() => { throw error; }));
