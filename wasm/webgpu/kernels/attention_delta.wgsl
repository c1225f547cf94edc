// delta = Σ_d dout · out of each query, [batch, heads, queries], for the backward pass
// of attention on adapters that bind too few buffers for attention_query.wgsl to make
// it on its way. Shapes and reading are those of attention.wgsl.
let head = i32(group.y) % {HEADS};
let batch = i32(group.y) / {HEADS};
let query = i32(group.x) * {WG} + i32(local);
if (query < {QUERIES}) {
let own_out = out_at(batch, head, query);
let own_gradient = gradient_at(batch, head, query);
var products = vec4<f32>(0.0);
//@each c D4
products = fma(gradient_four(own_gradient, {c}), out_four(own_out, {c}), products);
//@end
put_delta((batch * {HEADS} + head) * {QUERIES} + query, products.x + products.y + products.z + products.w);
}
