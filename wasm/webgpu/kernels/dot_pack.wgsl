// One side of a matrix product laid out anew for dot_lanes.wgsl: [batch, k, row] with
// the rows padded to whole tiles, so that four rows are one read and no row is out of
// range; padding repeats the last row and its sums are not stored. It is also where an
// operand that is an expression, as a quantised one, is computed once.
//
// side_first: i32 of batch and row; side_at: f32 of batch, that and k; put_four: the
// four rows from 4 · row4 on at k. An invocation writes four rows at one k; a workgroup
// is WIDTH such rows wide.
let row4 = i32(group.x) * {WIDTH} + i32(local) % {WIDTH};
let k = i32(group.y) * {HEIGHT} + i32(local) / {WIDTH};
let batch = i32(group.z);
if (row4 >= {{PADDED/4}} || k >= {{K}}) { return; }
//@each i 4
let v{i} = side_at(batch, side_first(batch, min(row4 * 4 + {i}, {{ROWS-1}})), k);
//@end
put_four((batch * {{K}} + k) * {{PADDED/4}} + row4, vec4<f32>(v0, v1, v2, v3));
