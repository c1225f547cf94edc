// Package ir is the middle of a GoMLX backend: it records GoMLX functions,
// simplifies them, fuses them into few loops, and lays out their memory. It knows
// no machine: what is particular to one is behind the Target interface, and
// wasm/webgpu (WGSL) and wasm/simd (WebAssembly SIMD) are its targets.
//
// In go the calls that GoMLX makes on a compute.Builder; out comes a Plan, a list
// of steps over numbered values, that a target turns into code and runs:
//
//	Backend, Builder, Function   record each operation as a Node, with shapes from
//	                             compute/shapeinference; nothing is computed
//	expand                       fused operations without a kernel of their own
//	                             become primitive nodes again
//	simplify                     dead code, equal nodes, constants, identities
//	lower                        nodes to steps: every elementwise operation, every
//	                             transpose, broadcast, slice, pad, concatenation and
//	                             gather is an expression of the step that reads it
//	memory                       temporaries share one arena by liveness
//
// Numbers on a device have the bytes that they have in Go (compute/dtypes'
// GoType, little endian, row-major), so a bitcast between sizes is another name
// for the same bytes, and copies need no conversion.
//
// The same Plan gives the same bits each time on one target: no step uses atomics
// on floats, and the order of every sum is fixed when the plan is compiled.
package ir
