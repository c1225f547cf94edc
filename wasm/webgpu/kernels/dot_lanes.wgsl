// Matrix product without barriers or workgroup memory, for adapters that run on the
// processor, and for few rows on all.
//
// out[m, n] = Σ_k rows[m, k] · lanes[n, k] for each batch. Neighbouring invocations
// take neighbouring n, TM × TN sums each in registers. All invocations of a workgroup
// take the same m, found from group alone, so what they read of rows is known to be
// the same for all: a processor reads it once and repeats it, which is why 8 × 8 sums
// a lane with one such side beat 4 × 4 with both sides apart by half (lavapipe), and
// 16 × 8 those by a tenth to a third (lavapipe, SwiftShader). Sums run over k in order,
// from SPLIT's first to its last k.
//
// On SwiftShader each invocation reads some of what all of them want of rows and tells
// its subgroup, for a read takes some 100 instructions there. UNROLL steps of k make
// one of the loop, which reads and writes all of its variables, and masks them: with
// both, it multiplies 1.5 times as fast.
//
// rows_first, lanes_first: i32 of batch and row; rows_at, lanes_at: f32 of batch, that
// and k; rows_four, lanes_four: four neighbouring rows at once; keep(batch, split, m,
// n, sum) stores, and keep_four four neighbouring n. They are called in a loop whose
// length is not known to the compiler, which would write it out: drivers that compile
// for the processor take seconds for 64 stores. Who it follows: the outer-product kernel of GotoBLAS (Goto and van
// de Geijn, 2008), its packed panels included (dot_pack.wgsl).
let column = i32(group.x) * {WG*TN} + i32(local);
let row = i32(group.y) * {TM};
let part = i32(group.z) % {{SPLITS}};
let batch = i32(group.z) / {{SPLITS}};
//@each i TM
var m{i} = row + {i};
//@if RAGGED_M
m{i} = min(m{i}, {{M-1}});
//@end
//@end
//@if ROWS_FOUR
let r0 = rows_first(batch, row);
//@end
//@if ROWS_ONE
//@each i TM
let r{i} = rows_first(batch, m{i});
//@end
//@end
//@if LANES_FOUR
//@each j TN/4
let c{j} = lanes_first(batch, min(i32(group.x) * {WG*TN} + {j*WG*4} + i32(local) * 4, {{PADDED-4}}));
//@end
//@end
//@if LANES_ONE
//@each j TN
let c{j} = lanes_first(batch, min(column + {j*WG}, {{N-1}}));
//@end
//@end
//@each i TM
//@if LANES_FOUR
//@each j TN/4
var s{i}_{j} = vec4<f32>(0.0);
//@end
//@end
//@if LANES_ONE
//@each j TN
var s{i}_{j} = 0.0;
//@end
//@end
//@end
let last = min(part * {{CHUNK}} + {{CHUNK}}, {{K}});
for (var k = part * {{CHUNK}}; k < last; k += {UNROLL}) {
//@each u UNROLL
//@if ROWS_SHARED
let own{u} = rows_four(batch, r0 + i32(subgroup_invocation_id & {TM/4-1}u) * 4, k + {u});
//@each i TM/4
let a{u}_{i} = subgroupBroadcast(own{u}, {i}u);
//@end
//@end
//@if ROWS_EACH
//@each i TM/4
let a{u}_{i} = rows_four(batch, r0 + {i*4}, k + {u});
//@end
//@end
//@if ROWS_ONE
//@each i TM
let x{u}_{i} = rows_at(batch, r{i}, k + {u});
//@end
//@end
//@if ROWS_FOUR
//@each i TM
let x{u}_{i} = a{u}_{i/4}{.i};
//@end
//@end
//@if LANES_FOUR
//@each j TN/4
let b{u}_{j} = lanes_four(batch, c{j}, k + {u});
//@end
//@end
//@if LANES_ONE
//@each j TN
let b{u}_{j} = lanes_at(batch, c{j}, k + {u});
//@end
//@end
//@end
//@each i TM
//@if LANES_FOUR
//@each j TN/4
let t{i}_{j}_0 = s{i}_{j};
//@each u UNROLL
let t{i}_{j}_{u+1} = fma(vec4<f32>(x{u}_{i}), b{u}_{j}, t{i}_{j}_{u});
//@end
s{i}_{j} = t{i}_{j}_{UNROLL};
//@end
//@end
//@if LANES_ONE
//@each j TN
let t{i}_{j}_0 = s{i}_{j};
//@each u UNROLL
let t{i}_{j}_{u+1} = fma(x{u}_{i}, b{u}_{j}, t{i}_{j}_{u});
//@end
s{i}_{j} = t{i}_{j}_{UNROLL};
//@end
//@end
//@end
}
//@if FOURS
var sums: array<vec4<f32>, {TM*TN/4}>;
//@each i TM
//@each j TN/4
sums[{i*TN/4+j}] = s{i}_{j};
//@end
//@end
for (var i = 0; i < min({TM}, {{M}} - row); i++) {
for (var j = 0; j < {TN/4}; j++) {
let n = i32(group.x) * {WG*TN} + j * {WG*4} + i32(local) * 4;
if (n < {{N}}) {
keep_four(batch, part, row + i, n, sums[i * {TN/4} + j]);
}
}
}
//@end
//@if ONES
var sums: array<f32, {TM*TN}>;
//@each i TM
//@if LANES_FOUR
//@each j TN
sums[{i*TN+j}] = s{i}_{j/4}{.j};
//@end
//@end
//@if LANES_ONE
//@each j TN
sums[{i*TN+j}] = s{i}_{j};
//@end
//@end
//@end
for (var i = 0; i < min({TM}, {{M}} - row); i++) {
for (var j = 0; j < {TN}; j++) {
//@if LANES_FOUR
let n = i32(group.x) * {WG*TN} + (j / 4) * {WG*4} + i32(local) * 4 + j % 4;
//@end
//@if LANES_ONE
let n = column + j * {WG};
//@end
if (n < {{N}}) {
keep(batch, part, row + i, n, sums[i * {TN} + j]);
}
}
}
//@end
