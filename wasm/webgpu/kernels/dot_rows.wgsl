// Few rows times a matrix that is dense in k, for GPUs: decoding with tied embeddings.
//
// A workgroup makes the M sums of one lane row n: its invocations take every WG-th k
// and add up: in their subgroup where the adapter has subgroups, whose size and order
// need not be known, for the first of each leaves its sum at its own place among zeros;
// else in a tree in workgroup memory. Reading and storing are those of dot_lanes.wgsl. Follows the matrix-vector kernels of llama.cpp.
//@module
var<workgroup> sums: array<f32, {WG*TM}>;
//@end
let n = i32(group.x + group.y * u32({{GROUPS}}));
let batch = i32(group.z);
let own = lanes_first(batch, min(n, {{N-1}}));
//@each i TM
let r{i} = rows_first(batch, {i});
var s{i} = 0.0;
//@end
for (var k = i32(local); k < {{K}}; k += {WG}) {
let b = lanes_at(batch, own, k);
//@each i TM
s{i} = fma(rows_at(batch, r{i}, k), b, s{i});
//@end
}
//@if SUBGROUPS
//@each i TM
let t{i} = subgroupAdd(s{i});
if (subgroup_invocation_id == 0u) { sums[i32(local) * {TM} + {i}] = t{i}; }
//@end
workgroupBarrier();
if (local == 0u && n < {{N}}) {
//@each i TM
var total{i} = 0.0;
for (var g = 0; g < {WG}; g++) { total{i} += sums[g * {TM} + {i}]; }
keep(batch, 0, {i}, n, total{i});
//@end
}
//@end
//@if TREE
//@each i TM
sums[i32(local) * {TM} + {i}] = s{i};
//@end
for (var half = {WG/2}u; half > 0u; half /= 2u) {
workgroupBarrier();
if (local < half) {
//@each i TM
sums[i32(local) * {TM} + {i}] += sums[i32(local + half) * {TM} + {i}];
//@end
}
}
workgroupBarrier();
if (local == 0u && n < {{N}}) {
//@each i TM
keep(batch, 0, {i}, n, sums[{i}]);
//@end
}
//@end
