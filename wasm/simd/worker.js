// One of the threads of the engine simd: it keeps an instance of each plan's module
// in the shared memory and runs its part of them when it is told to. In a page it is
// a Web Worker, under Node a worker thread.
"use strict";
(() => {
  const instances = new Map();
  const node = typeof self === "undefined" && require("node:worker_threads").parentPort;
  let memory, math, part;
  const take = (message) => {
    switch (message.kind) {
      case "start":
        ({memory, part} = message);
        math = Math;
        (node || self).postMessage("ready");
        break;
      case "load":
        instances.set(message.id, new WebAssembly.Instance(message.module, {host: {memory}, math}));
        break;
      case "drop":
        instances.delete(message.id);
        break;
      case "run":
        instances.get(message.id).exports.run(message.table, message.scratch, part, message.parts);
        break;
    }
  };
  if (node) {
    node.on("message", take);
  } else {
    self.onmessage = (event) => take(event.data);
  }
})();
