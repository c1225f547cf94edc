// 64-bit integers as vec2<u32>, low word first. Sums and products wrap, division
// rounds towards 0, as in Go; by 0 it gives the dividend, as WGSL's own does.

// #wide_add
fn #wide_add(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  let low = a.x + b.x;
  return vec2<u32>(low, a.y + b.y + select(0u, 1u, low < a.x));
}

// #wide_neg
fn #wide_neg(a: vec2<u32>) -> vec2<u32> {
  return #wide_add(~a, vec2<u32>(1u, 0u));
}

// #wide_sub
fn #wide_sub(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  return vec2<u32>(a.x - b.x, a.y - b.y - select(0u, 1u, a.x < b.x));
}

// #wide_mul
fn #wide_mul(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  let a0 = a.x & 0xffffu;
  let a1 = a.x >> 16u;
  let b0 = b.x & 0xffffu;
  let b1 = b.x >> 16u;
  let low = a0 * b0;
  let middle = a1 * b0 + (low >> 16u);
  let other = a0 * b1 + (middle & 0xffffu);
  return vec2<u32>(a.x * b.x, a1 * b1 + (middle >> 16u) + (other >> 16u) + a.x * b.y + a.y * b.x);
}

// #wide_less_uint
fn #wide_less_uint(a: vec2<u32>, b: vec2<u32>) -> bool {
  return a.y < b.y || (a.y == b.y && a.x < b.x);
}

// #wide_less_int
fn #wide_less_int(a: vec2<u32>, b: vec2<u32>) -> bool {
  return #wide_less_uint(a ^ vec2<u32>(0u, 0x80000000u), b ^ vec2<u32>(0u, 0x80000000u));
}

// #wide_left
fn #wide_left(a: vec2<u32>, by: vec2<u32>) -> vec2<u32> {
  let n = by.x & 31u;
  let carried = select(a.x >> ((32u - n) & 31u), 0u, n == 0u);
  let near = vec2<u32>(a.x << n, (a.y << n) | carried);
  let moved = select(near, vec2<u32>(0u, near.x), by.x >= 32u);
  return select(moved, vec2<u32>(0u), by.y != 0u || by.x >= 64u);
}

// #wide_right
fn #wide_right(a: vec2<u32>, by: vec2<u32>) -> vec2<u32> {
  let n = by.x & 31u;
  let carried = select(a.y << ((32u - n) & 31u), 0u, n == 0u);
  let near = vec2<u32>((a.x >> n) | carried, a.y >> n);
  let moved = select(near, vec2<u32>(near.y, 0u), by.x >= 32u);
  return select(moved, vec2<u32>(0u), by.y != 0u || by.x >= 64u);
}

// #wide_right_int
fn #wide_right_int(a: vec2<u32>, by: vec2<u32>) -> vec2<u32> {
  let sign = select(0u, 0xffffffffu, (a.y >> 31u) != 0u);
  let flip = vec2<u32>(sign);
  return #wide_right(a ^ flip, by) ^ flip;
}

// #wide_divide: quotient, then remainder
fn #wide_divide(a: vec2<u32>, b: vec2<u32>) -> vec4<u32> {
  if (all(b == vec2<u32>(0u))) {
    return vec4<u32>(a, 0u, 0u);
  }
  if (a.y == 0u && b.y == 0u) {
    return vec4<u32>(a.x / b.x, 0u, a.x % b.x, 0u);
  }
  var quotient = vec2<u32>(0u);
  var rest = vec2<u32>(0u);
  for (var i = 0u; i < 64u; i++) {
    let bit = 63u - i;
    let digit = (select(a.x, a.y, bit >= 32u) >> (bit & 31u)) & 1u;
    let over = rest.y >> 31u;
    rest = vec2<u32>((rest.x << 1u) | digit, (rest.y << 1u) | (rest.x >> 31u));
    if (over != 0u || !#wide_less_uint(rest, b)) {
      rest = #wide_sub(rest, b);
      if (bit >= 32u) {
        quotient.y |= 1u << (bit & 31u);
      } else {
        quotient.x |= 1u << bit;
      }
    }
  }
  return vec4<u32>(quotient, rest);
}

// #wide_div_uint
fn #wide_div_uint(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  return #wide_divide(a, b).xy;
}

// #wide_rem_uint
fn #wide_rem_uint(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  return #wide_divide(a, b).zw;
}

// #wide_abs
fn #wide_abs(a: vec2<u32>) -> vec2<u32> {
  return select(a, #wide_neg(a), (a.y >> 31u) != 0u);
}

// #wide_div_int
fn #wide_div_int(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  if (all(b == vec2<u32>(0u))) {
    return a;
  }
  let q = #wide_divide(#wide_abs(a), #wide_abs(b)).xy;
  return select(q, #wide_neg(q), ((a.y ^ b.y) >> 31u) != 0u);
}

// #wide_rem_int
fn #wide_rem_int(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  let r = #wide_divide(#wide_abs(a), #wide_abs(b)).zw;
  return select(r, #wide_neg(r), (a.y >> 31u) != 0u);
}

// #wide_pow_uint
fn #wide_pow_uint(x: vec2<u32>, y: vec2<u32>) -> vec2<u32> {
  var result = vec2<u32>(1u, 0u);
  var power = x;
  for (var bit = 0u; bit < 64u; bit++) {
    if (((select(y.x, y.y, bit >= 32u) >> (bit & 31u)) & 1u) != 0u) {
      result = #wide_mul(result, power);
    }
    power = #wide_mul(power, power);
  }
  return result;
}

// #wide_pow_int: 1 where y is negative, as the Go engine has it
fn #wide_pow_int(x: vec2<u32>, y: vec2<u32>) -> vec2<u32> {
  if ((y.y >> 31u) != 0u) {
    return vec2<u32>(1u, 0u);
  }
  return #wide_pow_uint(x, y);
}

// #wide_count
fn #wide_count(a: vec2<u32>) -> vec2<u32> {
  return vec2<u32>(countOneBits(a.x) + countOneBits(a.y), 0u);
}

// #wide_clz
fn #wide_clz(a: vec2<u32>) -> vec2<u32> {
  return vec2<u32>(select(countLeadingZeros(a.y), 32u + countLeadingZeros(a.x), a.y == 0u), 0u);
}

// #wide_sign_uint
fn #wide_sign_uint(a: vec2<u32>) -> vec2<u32> {
  return vec2<u32>(select(0u, 1u, (a.x | a.y) != 0u), 0u);
}

// #wide_sign_int
fn #wide_sign_int(a: vec2<u32>) -> vec2<u32> {
  return select(#wide_sign_uint(a), vec2<u32>(0xffffffffu), (a.y >> 31u) != 0u);
}

// #wide_uint_to_float: rounded once, to the nearest
fn #wide_uint_to_float(a: vec2<u32>) -> f32 {
  if (a.y == 0u) {
    return f32(a.x);
  }
  let n = countLeadingZeros(a.y);
  let top = #wide_left(a, vec2<u32>(n, 0u));
  let sticky = select(0u, 1u, top.x != 0u);
  return f32(top.y | sticky) * bitcast<f32>((32u - n + 127u) << 23u);
}

// #wide_int_to_float
fn #wide_int_to_float(a: vec2<u32>) -> f32 {
  let size = #wide_uint_to_float(#wide_abs(a));
  return select(size, -size, (a.y >> 31u) != 0u);
}

// #float_to_wide_uint: towards 0; what has no such number becomes the nearest
fn #float_to_wide_uint(x: f32) -> vec2<u32> {
  let bits = bitcast<u32>(x);
  if ((bits >> 31u) != 0u || (bits & 0x7fffffffu) > 0x7f800000u) {
    return vec2<u32>(0u);
  }
  let exponent = bits >> 23u;
  if (exponent >= 191u) {
    return vec2<u32>(0xffffffffu);
  }
  let mantissa = vec2<u32>((bits & 0x7fffffu) | 0x800000u, 0u);
  if (exponent >= 150u) {
    return #wide_left(mantissa, vec2<u32>(exponent - 150u, 0u));
  }
  return #wide_right(mantissa, vec2<u32>(150u - exponent, 0u));
}

// #float_to_wide_int
fn #float_to_wide_int(x: f32) -> vec2<u32> {
  let size = #float_to_wide_uint(abs(x));
  let limited = select(size, vec2<u32>(0xffffffffu, 0x7fffffffu), (size.y >> 31u) != 0u);
  return select(limited, select(#wide_neg(size), vec2<u32>(0u, 0x80000000u), (size.y >> 31u) != 0u), x < 0.0);
}
