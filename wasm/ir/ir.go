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
//	rebuild (graph, rewrite)     dead code, calls, equal nodes, identities; long
//	                             reductions in two, products of vectors as sums
//	keep                         which nodes get a value of their own, and why
//	element (index, expressions) everything else is an expression of whoever reads it:
//	                             elementwise operations, transposes, broadcasts,
//	                             slices, pads, concatenations, gathers
//	loop, fuse, pack             kept nodes become loops, and loops are joined: one
//	                             Row for a softmax, a norm, a cross-entropy
//	dot, scatter, control, …     the steps of their own kind
//	finish (dims, donate)        numbers for values, loops over the dimensions that
//	                             expressions divide by, outputs in their inputs' place
//	memory                       temporaries share one arena by liveness
//
// Numbers on a device have the bytes that they have in Go (compute/dtypes'
// GoType, little endian, row-major), so copies need no conversion.
//
// The same Plan gives the same bits each time on one target: no step uses atomics
// on floats, and the order of every sum is fixed when the plan is compiled.
package ir
