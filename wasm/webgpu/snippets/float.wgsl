// Functions of floats. The polynomials of exp, log, sin, cos and atan are those of
// Cephes' single-precision library (S. L. Moshier, netlib.org/cephes); the rational
// functions of tanh and erf are Eigen's (src/Core/MathFunctionsImpl.h). WGSL's own
// are allowed errors that grow with the operand. NaN is found by its bits: compilers
// may take for granted that there is none.

// #unusual: bits of numbers that have no literal
var<private> nan_bits: u32 = 0x7fc00000u;
var<private> inf_bits: u32 = 0x7f800000u;

// #is_nan
fn #is_nan(x: F) -> B {
  return (bitcast<U>(x) & U(0x7fffffffu)) > U(0x7f800000u);
}

// #is_finite
fn #is_finite(x: F) -> B {
  return (bitcast<U>(x) & U(0x7f800000u)) != U(0x7f800000u);
}

// #as_nan: NaN made of any number
fn #as_nan(x: F) -> F {
  return bitcast<F>(bitcast<U>(x) | U(0x7fc00000u));
}

// #sign
fn #sign(x: F) -> F {
  return select(select(select(F(0.0), F(1.0), x > F(0.0)), F(-1.0), x < F(0.0)), x, #is_nan(x));
}

// #max
fn #max(a: F, b: F) -> F {
  return select(select(max(a, b), b, #is_nan(b)), a, #is_nan(a));
}

// #min
fn #min(a: F, b: F) -> F {
  return select(select(min(a, b), b, #is_nan(b)), a, #is_nan(a));
}

// #max_known: b is no NaN
fn #max_known(a: F, b: F) -> F {
  return select(max(a, b), a, #is_nan(a));
}

// #min_known: b is no NaN
fn #min_known(a: F, b: F) -> F {
  return select(min(a, b), a, #is_nan(a));
}

// #order: integers in the order of floats, NaN at the ends
fn #order(x: F) -> I {
  let bits = bitcast<I>(x);
  return select(bits, bits ^ I(0x7fffffff), bits < I(0));
}

// #rem: what is left of x by y, with x's sign. A quotient has 24 bits, so a large one
// is taken off in parts.
fn #rem(x: F, y: F) -> F {
  var r = x;
  for (var part = 0; part < 12; part++) {
    r = select(r, fma(-trunc(r / y), y, r), abs(r) >= abs(y));
  }
  r = select(r, r + select(-abs(y), abs(y), x > F(0.0)), (r != F(0.0)) & ((r < F(0.0)) != (x < F(0.0))));
  r = select(r, x, ((bitcast<U>(y) & U(0x7fffffffu)) == U(0x7f800000u)) & #is_finite(x));
  return select(r, #as_nan(x), #is_nan(y) | !#is_finite(x) | (y == F(0.0)));
}

// #exp
fn #exp(x: F) -> F {
  let y = clamp(x, F(-105.0), F(90.0));
  let n = round(y * F(1.44269504));
  let r = fma(n, F(2.12194440e-4), fma(n, F(-0.693359375), y));
  var p = fma(F(1.9875691500e-4), r, F(1.3981999507e-3));
  p = fma(p, r, F(8.3334519073e-3));
  p = fma(p, r, F(4.1665795894e-2));
  p = fma(p, r, F(1.6666665459e-1));
  p = fma(p, r, F(5.0000001201e-1));
  p = fma(p * r, r, r) + F(1.0);
  let whole = I(n);
  let half = whole >> U(1u);
  let result = p * bitcast<F>((half + I(127)) << U(23u)) * bitcast<F>((whole - half + I(127)) << U(23u));
  return select(result, x, #is_nan(x));
}

// #expm1
fn #expm1(x: F) -> F {
  var p = fma(F(1.9875691500e-4), x, F(1.3981999507e-3));
  p = fma(p, x, F(8.3334519073e-3));
  p = fma(p, x, F(4.1665795894e-2));
  p = fma(p, x, F(1.6666665459e-1));
  p = fma(p, x, F(5.0000001201e-1));
  return select(#exp(x) - F(1.0), fma(p * x, x, x), abs(x) < F(0.35));
}

// #log
fn #log(x: F) -> F {
  let tiny = x < F(1.17549435e-38);
  let scaled = select(x, x * F(8388608.0), tiny);
  let bits = bitcast<I>(scaled);
  var e = F((bits >> U(23u)) - I(126)) - select(F(0.0), F(23.0), tiny);
  var m = bitcast<F>((bits & I(0x007fffff)) | I(0x3f000000));
  let low = m < F(0.707106781186547524);
  e = select(e, e - F(1.0), low);
  m = select(m, m + m, low) - F(1.0);
  let z = m * m;
  var p = fma(F(7.0376836292e-2), m, F(-1.1514610310e-1));
  p = fma(p, m, F(1.1676998740e-1));
  p = fma(p, m, F(-1.2420140846e-1));
  p = fma(p, m, F(1.4249322787e-1));
  p = fma(p, m, F(-1.6668057665e-1));
  p = fma(p, m, F(2.0000714765e-1));
  p = fma(p, m, F(-2.4999993993e-1));
  p = fma(p, m, F(3.3333331174e-1));
  p = fma(e, F(-2.12194440e-4), p * m * z) - F(0.5) * z;
  var result = fma(e, F(0.693359375), m + p);
  result = select(result, x, bitcast<U>(x) == U(0x7f800000u));
  result = select(result, bitcast<F>((bitcast<U>(x) & U(0x80000000u)) | U(0xff800000u)), x == F(0.0));
  return select(result, #as_nan(x), (x < F(0.0)) | #is_nan(x));
}

// #log1p: by the inverse hyperbolic tangent near 0
fn #log1p(x: F) -> F {
  let s = x / (x + F(2.0));
  let z = s * s;
  var p = fma(F(0.1111111111), z, F(0.1428571429));
  p = fma(p, z, F(0.2));
  p = fma(p, z, F(0.3333333333));
  p = fma(p * z, s + s, s + s);
  return select(#log(x + F(1.0)), p, abs(x) < F(0.3));
}

// #logistic
fn #logistic(x: F) -> F {
  return F(1.0) / (F(1.0) + #exp(-x));
}

// #tanh
fn #tanh(x: F) -> F {
  let y = clamp(x, F(-7.90531110763549805), F(7.90531110763549805));
  let z = y * y;
  var p = fma(F(-2.76076847742355e-16), z, F(2.00018790482477e-13));
  p = fma(p, z, F(-8.60467152213735e-11));
  p = fma(p, z, F(5.12229709037114e-08));
  p = fma(p, z, F(1.48572235717979e-05));
  p = fma(p, z, F(6.37261928875436e-04));
  p = fma(p, z, F(4.89352455891786e-03));
  var q = fma(F(1.19825839466702e-06), z, F(1.18534705686654e-04));
  q = fma(q, z, F(2.26843463243900e-03));
  q = fma(q, z, F(4.89352518554385e-03));
  return select(y * p / q, x, (abs(x) < F(0.0004)) | #is_nan(x));
}

// #erf
fn #erf(x: F) -> F {
  let y = clamp(x, F(-4.0), F(4.0));
  let z = y * y;
  var p = fma(F(-2.72614225801306e-10), z, F(2.77068142495902e-08));
  p = fma(p, z, F(-2.10102402082508e-06));
  p = fma(p, z, F(-5.69250639462346e-05));
  p = fma(p, z, F(-7.34990630326855e-04));
  p = fma(p, z, F(-2.95459980854025e-03));
  p = fma(p, z, F(-1.60960333262415e-02));
  var q = fma(F(-1.45660718464996e-05), z, F(-2.13374055278905e-04));
  q = fma(q, z, F(-1.68282697438203e-03));
  q = fma(q, z, F(-7.37332916720468e-03));
  q = fma(q, z, F(-1.42647390514189e-02));
  return select(y * p / q, x, #is_nan(x));
}

// #turn: sine of x plus quarters of a turn. Where floats lie further apart than a
// turn's parts there is no telling; it is the sine of 0 then.
fn #turn(angle: F, quarters: I) -> F {
  let x = select(angle, F(0.0), abs(angle) > F(4194304.0));
  let n = round(x * F(0.636619772));
  let r = fma(n, F(-7.549789948768648e-8), fma(n, F(-4.837512969970703125e-4), fma(n, F(-1.5703125), x)));
  let z = r * r;
  let s = fma(fma(fma(F(-1.9515295891e-4), z, F(8.3321608736e-3)), z, F(-1.6666654611e-1)) * z, r, r);
  let c = fma(fma(fma(F(2.443315711809948e-5), z, F(-1.388731625493765e-3)), z, F(4.166664568298827e-2)), z * z, fma(F(-0.5), z, F(1.0)));
  let quarter = I(n) + quarters;
  let y = select(s, c, (quarter & I(1)) != I(0));
  return select(select(y, -y, (quarter & I(2)) != I(0)), #as_nan(angle), !#is_finite(angle));
}

// #sin
fn #sin(x: F) -> F {
  return #turn(x, I(0));
}

// #cos
fn #cos(x: F) -> F {
  return #turn(x, I(1));
}

// #atan2
fn #atan2(y: F, x: F) -> F {
  let low = min(abs(x), abs(y));
  let high = max(abs(x), abs(y));
  let a = select(select(low / high, F(1.0), low == high), F(0.0), high == F(0.0));
  let far = a > F(0.4142135623730950);
  let t = select(a, (a - F(1.0)) / (a + F(1.0)), far);
  let z = t * t;
  let p = fma(fma(fma(F(8.05374449538e-2), z, F(-1.38776856032e-1)), z, F(1.99777106478e-1)), z, F(-3.33329491539e-1));
  var r = fma(p * z, t, t) + select(F(0.0), F(0.785398163397448), far);
  r = select(r, F(1.57079632679490) - r, abs(y) > abs(x));
  r = select(r, F(3.14159265358979) - r, (bitcast<U>(x) >> U(31u)) != U(0u));
  r = select(r, -r, (bitcast<U>(y) >> U(31u)) != U(0u));
  return select(r, #as_nan(x), #is_nan(x) | #is_nan(y));
}

// #pow
fn #pow(x: F, y: F) -> F {
  let size = #exp(y * #log(abs(x)));
  let whole = y == floor(y);
  let odd = whole & (abs(y) < F(16777216.0)) & ((I(y) & I(1)) != I(0));
  var r = select(size, -size, odd & ((bitcast<U>(x) >> U(31u)) != U(0u)));
  r = select(r, #as_nan(x), ((x < F(0.0)) & !whole) | #is_nan(x) | #is_nan(y));
  return select(r, F(1.0), (y == F(0.0)) | (x == F(1.0)));
}

// #half_to_float: the low 16 bits, float16, as f32
fn #half_to_float(h: U) -> F {
  let size = h & U(0x7fffu);
  let wide = size << U(13u);
  var bits = select(wide + U(0x38000000u), wide | U(0x7f800000u), size >= U(0x7c00u));
  bits = select(bits, bitcast<U>(F(size) * F(5.9604644775390625e-8)), size < U(0x0400u));
  return bitcast<F>(bits | ((h & U(0x8000u)) << U(16u)));
}

// #float_to_half: to the nearest, of two to the even one
fn #float_to_half(x: F) -> U {
  let bits = bitcast<U>(x);
  let size = bits & U(0x7fffffffu);
  var h = (size + U(0x0fffu) + ((size >> U(13u)) & U(1u)) - U(0x38000000u)) >> U(13u);
  h = select(h, U(round(bitcast<F>(min(size, U(0x38800000u))) * F(16777216.0))), size < U(0x38800000u));
  h = select(h, U(0x7c00u), size >= U(0x477ff000u));
  h = select(h, U(0x7e00u), size > U(0x7f800000u));
  return h | ((bits >> U(16u)) & U(0x8000u));
}

// #round_half
fn #round_half(x: F) -> F {
  return #half_to_float(#float_to_half(x));
}

// #float_to_bfloat
fn #float_to_bfloat(x: F) -> U {
  let bits = bitcast<U>(x);
  let nearest = (bits + U(0x7fffu) + ((bits >> U(16u)) & U(1u))) >> U(16u);
  return select(nearest, (bits >> U(16u)) | U(0x40u), #is_nan(x));
}

// #round_bfloat
fn #round_bfloat(x: F) -> F {
  return bitcast<F>(#float_to_bfloat(x) << U(16u));
}
