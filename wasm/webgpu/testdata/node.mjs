// Runs a js/wasm program in Node with WebGPU from the npm package webgpu (Dawn):
//   go test -exec="node --stack-size=8192 $PWD/wasm/webgpu/testdata/node.mjs" ./wasm/webgpu
// Vulkan's driver is the one that VK_ICD_FILENAMES names, else the first installed of Mesa's
// lavapipe and Chromium's SwiftShader, else the system's.
import crypto from "node:crypto";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import util from "node:util";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, "../../..");
const drivers = ["/usr/share/vulkan/icd.d/lvp_icd.json", "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json",
  "/usr/lib/chromium/vk_swiftshader_icd.json"];

if (!process.env.VK_ICD_FILENAMES) {
  const driver = drivers.find((file) => fs.existsSync(file));
  if (driver) process.env.VK_ICD_FILENAMES = process.env.VK_DRIVER_FILES = driver;
}

const dawn = path.join(root, ".cache/npm/node_modules/webgpu/index.js");
try {
  const { create, globals } = await import(pathToFileURL(dawn).href);
  Object.assign(globalThis, globals);
  const gpu = create(["backend=vulkan", "enable-dawn-features=allow_unsafe_apis"]);
  Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true, writable: true });
} catch (error) {
  globalThis.dongyurNoDawn = String(error.message ?? error).split("\n")[0];
}

Object.assign(globalThis, { require: createRequire(import.meta.url), fs, path, TextEncoder: util.TextEncoder, TextDecoder: util.TextDecoder });
globalThis.crypto ??= crypto.webcrypto;
const goroot = process.env.GOROOT || execFileSync("go", ["env", "GOROOT"], { encoding: "utf8" }).trim();
await import(pathToFileURL(path.join(goroot, "lib/wasm/wasm_exec.js")).href);
await import(pathToFileURL(path.join(here, "../shim.js")).href);

const go = new Go();
go.argv = process.argv.slice(2);
go.env = Object.assign({ TMPDIR: os.tmpdir() }, process.env);
go.exit = process.exit;
const { instance } = await WebAssembly.instantiate(fs.readFileSync(process.argv[2]), go.importObject);
process.on("exit", (code) => {
  if (code === 0 && !go.exited) { // a deadlock: let Go print its stacks
    go._pendingEvent = { id: 0 };
    go._resume();
  }
});
await go.run(instance);
