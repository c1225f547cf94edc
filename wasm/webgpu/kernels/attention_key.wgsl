// The backward pass of attention for keys and values.
//
//	dvalue_j = Σ_i p_ij · dout_i
//	dkey_j   = scale · Σ_i p_ij · (dout_i · value_j - delta_i) · query_i
//
// over the queries i of all heads that share the key's head, in their order, so no two
// invocations add to one number. An invocation has one key; all of a workgroup read the
// same query, as in attention.wgsl. Follows attention_query.wgsl, which left delta.
// WANT_KEY and WANT_VALUE say which gradient is made: both, or one where an adapter
// binds too few buffers at once.
//@module
//@if SHARED
var<workgroup> queries: array<vec4<f32>, {STAGE*D4}>;
var<workgroup> gradients: array<vec4<f32>, {STAGE*D4}>;
//@end
//@end
let shared_head = i32(group.y) % {KVHEADS};
let batch = i32(group.y) / {KVHEADS};
let wanted = i32(group.x) * {WG} + i32(local);
let key = min(wanted, {KEYS-1});
let own = key_at(batch, shared_head, key);
//@each c D4
let k{c} = key_four(own, {c});
//@if WANT_KEY
var dk{c} = vec4<f32>(0.0);
//@end
//@if WANT_VALUE
var dv{c} = vec4<f32>(0.0);
//@end
//@end
//@if WANT_KEY
let own_value = value_at(batch, shared_head, key);
//@each c D4
let v{c} = value_four(own_value, {c});
//@end
//@end
var begin = 0;
//@if CAUSAL
begin = i32(group.x) * {WG};
//@end
for (var head = shared_head * {SHARE}; head < shared_head * {SHARE} + {SHARE}; head++) {
//@if SHARED
for (var first = begin; first < {QUERIES}; first += {STAGE}) {
workgroupBarrier();
for (var t = i32(local); t < {STAGE*D4}; t += {WG}) {
let source = min(first + t / {D4}, {QUERIES-1});
queries[t] = query_four(query_at(batch, head, source), t % {D4});
gradients[t] = gradient_four(gradient_at(batch, head, source), t % {D4});
}
workgroupBarrier();
let end = min(first + {STAGE}, {QUERIES});
for (var i = first; i < end; i++) {
let q = (i - first) * {D4};
//@end
//@if DIRECT
for (var i = begin; i < {QUERIES}; i++) {
let q = query_at(batch, head, i);
let g = gradient_at(batch, head, i);
//@end
let line = (batch * {HEADS} + head) * {QUERIES} + i;
var s = vec4<f32>(0.0);
var w = vec4<f32>(0.0);
//@each c D4
//@if SHARED
let q{c} = queries[q + {c}];
let g{c} = gradients[q + {c}];
//@end
//@if DIRECT
let q{c} = query_four(q, {c});
let g{c} = gradient_four(g, {c});
//@end
s = fma(q{c}, k{c}, s);
//@if WANT_KEY
w = fma(g{c}, v{c}, w);
//@end
//@end
let seen = score(batch, head, i, key, s.x + s.y + s.z + s.w);
let p = select(exp(seen - log_at(line)), 0.0, seen <= NONE);
//@if WANT_VALUE
//@each c D4
dv{c} = fma(vec4<f32>(p), g{c}, dv{c});
//@end
//@end
//@if WANT_KEY
let x = vec4<f32>(p * (w.x + w.y + w.z + w.w - delta_at(line)) * SCALE);
//@each c D4
dk{c} = fma(x, q{c}, dk{c});
//@end
//@end
}
//@if SHARED
}
//@end
}
if (wanted < {KEYS}) {
var kept: array<vec4<f32>, {D4}>;
//@if WANT_KEY
let to_key = dkey_at(batch, shared_head, key);
//@each c D4
kept[{c}] = dk{c};
//@end
for (var c = 0; c < {D4} + i32(group.z); c++) { put_dkey(to_key, c, kept[c]); }
//@end
//@if WANT_VALUE
let to_value = dvalue_at(batch, shared_head, key);
//@each c D4
kept[{c}] = dv{c};
//@end
for (var c = 0; c < {D4} + i32(group.z); c++) { put_dvalue(to_value, c, kept[c]); }
//@end
}
