// Functions of integers of up to 32 bits.

// #pow_int: 1 where y is negative, as the Go engine has it
fn #pow_int(x: I, y: I) -> I {
  var result = I(1);
  var power = x;
  for (var bit = 0u; bit < 31u; bit++) {
    result = select(result, result * power, (y > I(0)) & (((y >> U(bit)) & I(1)) != I(0)));
    power = power * power;
  }
  return result;
}

// #pow_uint
fn #pow_uint(x: U, y: U) -> U {
  var result = U(1u);
  var power = x;
  for (var bit = 0u; bit < 32u; bit++) {
    result = select(result, result * power, ((y >> U(bit)) & U(1u)) != U(0u));
    power = power * power;
  }
  return result;
}
