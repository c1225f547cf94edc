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
// What writes code is plain Go and is tested on any machine; only files that end in
// _js.go touch the browser. The page, or Node, must have loaded shim.js.
package webgpu
