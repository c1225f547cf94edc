// Package webgpu runs GoMLX on WebGPU: import it in a js/wasm program and open the
// backend "webgpu".
//
// In goes an ir.Plan, out comes its result on the device. Every step becomes one or
// a few kernels in WGSL (https://www.w3.org/TR/WGSL/), written from the step's
// expressions; a run of a plan is one call into the JavaScript shim, which records
// all of them and submits once.
//
//	shader, scope     WGSL text: bindings, and expressions in one lane or four
//	map, row, …       kernels of each step
//	assembly          a plan's kernels in order, with its control flow
//	Target            the device: memory, pipelines, replay, faults (js/wasm)
//
// The backend's one option is tune: "webgpu:tune" measures, before a plan runs first,
// which tiling suits each of its large matrix products (Target.Tune), for 10 s in all;
// "webgpu:tune=1m" sets another time. What is found can be kept (Target.Tuning) and given
// to the next device (Target.SetTuning). It changes no bit of any result.
//
// What writes code is plain Go and is tested on any machine; only files that end in
// _js.go touch the browser. The page, or Node, must have loaded shim.js.
package webgpu
