// The backward pass of attention for the queries, and delta.
//
// With p = exp(score - log-sum-exp), the weights again, and delta = Σ_d dout · out,
//
//	dquery_i = scale · Σ_j p_ij · (dout_i · value_j - delta_i) · key_j
//
// (FlashAttention-2, arXiv 2307.08691, algorithm 2). Shapes and reading are those of
// attention.wgsl; log_at reads the log-sum-exp and put_delta keeps delta for
// attention_key.wgsl, which must run later (or attention_delta.wgsl has: READ_DELTA).
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
let own_gradient = gradient_at(batch, head, query);
let line = (batch * {HEADS} + head) * {QUERIES} + query;
//@each c D4
let q{c} = query_four(own, {c});
let g{c} = gradient_four(own_gradient, {c});
var d{c} = vec4<f32>(0.0);
//@end
//@if MAKE_DELTA
let own_out = out_at(batch, head, query);
var products = vec4<f32>(0.0);
//@each c D4
products = fma(g{c}, out_four(own_out, {c}), products);
//@end
let delta = products.x + products.y + products.z + products.w;
//@end
//@if READ_DELTA
let delta = delta_at(line);
//@end
let log_sum = log_at(line);
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
for (var j = first; j < end; j++) {
let k = (j - first) * {D4};
//@end
//@if DIRECT
for (var j = 0; j < last; j++) {
let k = key_at(batch, shared_head, j);
let v = value_at(batch, shared_head, j);
//@end
var s = vec4<f32>(0.0);
var w = vec4<f32>(0.0);
//@each c D4
//@if SHARED
let k{c} = keys[k + {c}];
w = fma(g{c}, values[k + {c}], w);
//@end
//@if DIRECT
let k{c} = key_four(k, {c});
w = fma(g{c}, value_four(v, {c}), w);
//@end
s = fma(q{c}, k{c}, s);
//@end
let seen = score(batch, head, query, j, s.x + s.y + s.z + s.w);
let p = select(exp(seen - log_sum), 0.0, seen <= NONE);
let x = vec4<f32>(p * (w.x + w.y + w.z + w.w - delta) * SCALE);
//@each c D4
d{c} = fma(x, k{c}, d{c});
//@end
}
//@if SHARED
}
//@end
if (wanted < {QUERIES}) {
//@if MAKE_DELTA
put_delta(line, delta);
//@end
let to = dquery_at(batch, head, query);
var kept: array<vec4<f32>, {D4}>;
//@each c D4
kept[{c}] = d{c};
//@end
for (var c = 0; c < {D4} + i32(group.z); c++) { put_dquery(to, c, kept[c]); }
}
