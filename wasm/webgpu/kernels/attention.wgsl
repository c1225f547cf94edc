// Attention without the matrix of scores: out = softmax(scale · q · kᵀ + masks) · v.
//
// query, out [batch, heads, queries, dim]; key, value [batch, key heads, keys, dim],
// dim in D4 vectors of four; by strides, so any order of the axes. An invocation has
// one query in registers and goes over the keys KEYBLOCK at a time, keeping the largest
// score so far, the sum of exponentials and the weighted sum of values, which shrink
// whenever a larger score comes: the online softmax of FlashAttention
// (arXiv 2205.14135, algorithm 1). All invocations of a workgroup read the same key:
// on a processor that is one read for all; on a GPU STAGE keys at a time are brought
// to workgroup memory first (SHARED).
//
// query_at, key_at, value_at: where a vector begins; …_four: its fours; score(batch,
// head, query, key, product) applies scale and masks and gives NONE where the query
// does not see the key; put_out and put_log store. group.z is 0, which keeps compilers
// from writing the loop of stores out.
//@module
//@if SHARED
var<workgroup> keys: array<vec4<f32>, {STAGE*D4}>;
var<workgroup> values: array<vec4<f32>, {STAGE*D4}>;
//@end
//@end
let head = i32(group.y) % {HEADS};
let batch = i32(group.y) / {HEADS};
let shared_head = head / {SHARE};
let wanted = i32(group.x) * {WG} + i32(local);
let query = min(wanted, {QUERIES-1});
let own = query_at(batch, head, query);
//@each c D4
let q{c} = query_four(own, {c});
var o{c} = vec4<f32>(0.0);
//@end
var most = NONE;
var sum = 0.0;
var last = {KEYS};
//@if CAUSAL
last = min(last, i32(group.x) * {WG} + {WG});
//@end
//@if SHARED
for (var first = 0; first < last; first += {STAGE}) {
workgroupBarrier();
for (var t = i32(local); t < {STAGE*D4}; t += {WG}) {
let source = min(first + t / {D4}, {KEYS-1});
keys[t] = key_four(key_at(batch, shared_head, source), t % {D4});
values[t] = value_four(value_at(batch, shared_head, source), t % {D4});
}
workgroupBarrier();
let end = min(first + {STAGE}, last);
for (var j = first; j < end; j += {KEYBLOCK}) {
//@each u KEYBLOCK
let k{u} = (j + {u} - first) * {D4};
//@end
//@end
//@if DIRECT
for (var j = 0; j < last; j += {KEYBLOCK}) {
//@each u KEYBLOCK
let k{u} = key_at(batch, shared_head, min(j + {u}, {KEYS-1}));
let v{u} = value_at(batch, shared_head, min(j + {u}, {KEYS-1}));
//@end
//@end
//@each u KEYBLOCK
var t{u} = vec4<f32>(0.0);
//@each c D4
//@if SHARED
t{u} = fma(q{c}, keys[k{u} + {c}], t{u});
//@end
//@if DIRECT
t{u} = fma(q{c}, key_four(k{u}, {c}), t{u});
//@end
//@end
let s{u} = select(NONE, score(batch, head, query, min(j + {u}, {KEYS-1}), t{u}.x + t{u}.y + t{u}.z + t{u}.w), j + {u} < {KEYS});
//@end
var next = most;
//@each u KEYBLOCK
next = max(next, s{u});
//@end
let shrink = exp(most - next);
most = next;
sum *= shrink;
//@each u KEYBLOCK
let p{u} = select(exp(s{u} - next), 0.0, s{u} <= NONE);
sum += p{u};
//@end
//@each c D4
o{c} *= shrink;
//@each u KEYBLOCK
//@if SHARED
o{c} = fma(vec4<f32>(p{u}), values[k{u} + {c}], o{c});
//@end
//@if DIRECT
o{c} = fma(vec4<f32>(p{u}), value_four(v{u}, {c}), o{c});
//@end
//@end
//@end
}
//@if SHARED
}
//@end
if (wanted < {QUERIES}) {
let share = select(0.0, 1.0 / sum, sum > 0.0);
let to = out_at(batch, head, query);
var kept: array<vec4<f32>, {D4}>;
//@each c D4
kept[{c}] = o{c} * share;
//@end
for (var c = 0; c < {D4} + i32(group.z); c++) { put_out(to, c, kept[c]); }
//@if LOG
put_log((batch * {HEADS} + head) * {QUERIES} + query, select(-infinity(), most + log(sum), sum > 0.0));
//@end
}
