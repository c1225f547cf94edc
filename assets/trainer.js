// Starts the trainer's WebAssembly in a Web Worker. Messages that come before the
// session is there wait in `early`; the session's main takes them over.
//
// There are two programs: one has the fast engines, and one the Go engine alone, which
// runs where WebAssembly has no SIMD and where `engine=go` asks for it.
"use strict";
const root = new URL("../", self.location.href);
self.dongyurRoot = root.href;
self.dongyurEngine = new URLSearchParams(self.location.search).get("engine") ?? "";
self.early = [];
self.onmessage = (event) => self.early.push(event.data);

// A function that returns a vector: i8x16.popcnt(i8x16.splat(0)).
const hasSIMD = WebAssembly.validate(new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0,
  10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11]));
const program = hasSIMD && dongyurEngine !== "go" ? "trainer" : "trainer-go";

importScripts(new URL("build/wasm_exec.js", root));
if (program === "trainer") importScripts(new URL("build/webgpu.js", root));
const go = new Go();
WebAssembly.instantiateStreaming(fetch(new URL(`build/${program}.wasm`, root)), go.importObject)
  .then((result) => {
    self.dongyurMemory = result.instance.exports.mem;
    return go.run(result.instance);
  })
  .then(() => { throw new Error("the trainer ended"); })
  .catch((error) => setTimeout(() => { throw error; }));
