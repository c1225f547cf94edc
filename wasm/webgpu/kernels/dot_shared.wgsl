// Matrix product in tiles of workgroup memory, for GPUs.
//
// A workgroup makes (TM · RY) × (TN · RX) sums of one batch, an invocation TM × TN of
// them in registers. DEPTH of k at a time, both sides' tiles are brought to workgroup
// memory as [k][row], in fours of rows, so each k costs an invocation TM/4 + TN/4 reads
// for TM · TN multiply-adds. Neighbouring invocations read neighbouring k where the
// side is dense in k (ROWS_BY_K, LANES_BY_K), else neighbouring rows. Ragged edges
// repeat the last row and add zeros behind the last k.
//
// Reading and storing are those of dot_lanes.wgsl. Follows the two-level tiling of
// CUTLASS (Kerr and others, 2017).
//@module
var<workgroup> rows_tile: array<vec4<f32>, {DEPTH*BM/4}>;
var<workgroup> lanes_tile: array<vec4<f32>, {DEPTH*BN/4}>;
//@end
let x = i32(local) % {RX};
let y = i32(local) / {RX};
let row = i32(group.y) * {BM};
let lane = i32(group.x) * {BN};
let part = i32(group.z) % {{SPLITS}};
let batch = i32(group.z) / {{SPLITS}};
//@each i TM
//@each j TN/4
var s{i}_{j} = vec4<f32>(0.0);
//@end
//@end
let last = min(part * {{CHUNK}} + {{CHUNK}}, {{K}});
for (var first = part * {{CHUNK}}; first < last; first += {DEPTH}) {
workgroupBarrier();
for (var t = i32(local); t < {DEPTH*BM/4}; t += {WG}) {
//@if ROWS_BY_K
let k = t % {DEPTH};
let r = t / {DEPTH};
//@end
//@if ROWS_BY_ROW
let k = t / {BM/4};
let r = t % {BM/4};
//@end
var four = vec4<f32>(0.0);
if (first + k < last) {
//@each u 4
four{.u} = rows_at(batch, rows_first(batch, min(row + r * 4 + {u}, {{M-1}})), first + k);
//@end
}
rows_tile[k * {BM/4} + r] = four;
}
for (var t = i32(local); t < {DEPTH*BN/4}; t += {WG}) {
//@if LANES_BY_K
let k = t % {DEPTH};
let r = t / {DEPTH};
//@end
//@if LANES_BY_ROW
let k = t / {BN/4};
let r = t % {BN/4};
//@end
var four = vec4<f32>(0.0);
if (first + k < last) {
//@each u 4
four{.u} = lanes_at(batch, lanes_first(batch, min(lane + r * 4 + {u}, {{N-1}})), first + k);
//@end
}
lanes_tile[k * {BN/4} + r] = four;
}
workgroupBarrier();
for (var k = 0; k < {DEPTH}; k++) {
//@each i TM/4
let a{i} = rows_tile[k * {BM/4} + {i} * {RY} + y];
//@end
//@each j TN/4
let b{j} = lanes_tile[k * {BN/4} + {j} * {RX} + x];
//@end
//@each i TM
//@each j TN/4
s{i}_{j} = fma(vec4<f32>(a{i/4}{.i}), b{j}, s{i}_{j});
//@end
//@end
}
}
//@each i TM
let m{i} = row + ({i/4} * {RY} + y) * 4 + {i%4};
if (m{i} < {{M}}) {
//@each j TN/4
{
let n = lane + ({j} * {RX} + x) * 4;
//@if FOURS
if (n < {{N}}) { keep_four(batch, part, m{i}, n, s{i}_{j}); }
//@end
//@if ONES
//@each u 4
if (n + {u} < {{N}}) { keep(batch, part, m{i}, n + {u}, s{i}_{j}{.u}); }
//@end
//@end
}
//@end
}
//@end
