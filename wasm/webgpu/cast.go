package webgpu

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
)

// cast converts a number by value, as Go does.
func (b *scope) cast(x operand, t dtypes.DType) operand {
	from, n := x.dtype, x.lanes
	if from == t {
		return x
	}
	if isWide(t) || isWide(from) {
		return b.castWide(x, t)
	}
	if t == dtypes.Bool {
		return b.name(t, n, "!(%s == %s(0))", x.text, wgslType(from, n)) // NaN is true
	}
	if isFloat(from) && !isFloat(t) {
		return b.name(t, n, "%s", b.truncated(x, t))
	}
	text := x.text
	if scalarType(from) != scalarType(t) {
		text = fmt.Sprintf("%s(%s)", wgslType(t, n), text)
	}
	if from != dtypes.Bool {
		text = b.rounded(t, n, text)
	}
	return b.name(t, n, "%s", text)
}

// truncated makes an integer of a float: towards 0, the nearest that there is, and 0
// of NaN.
func (b *scope) truncated(x operand, t dtypes.DType) string {
	n := x.lanes
	kind, f := wgslType(t, n), wgslType(dtypes.Float32, n)
	text := fmt.Sprintf("%s(%s)", kind, x.text)
	if t.Size() < 4 {
		low, high := 0, 1<<(8*t.Size())-1
		if isSigned(t) {
			low, high = -1<<(8*t.Size()-1), 1<<(8*t.Size()-1)-1
		}
		text = fmt.Sprintf("%s(clamp(%s, %s(%d), %s(%d)))", kind, x.text, f, low, f, high)
	}
	if t.Size() == 4 { // WGSL stops at the last float below
		largest, beyond := "0xffffffffu", "4294967296.0"
		if isSigned(t) {
			largest, beyond = "0x7fffffff", "2147483648.0"
		}
		text = fmt.Sprintf("select(%s, %s(%s), %s >= %s(%s))", text, kind, largest, x.text, f, beyond)
	}
	return fmt.Sprintf("select(%s, %s(0), %s(%s))", text, kind, b.s.helper("is_nan", n), x.text)
}

// castWide converts to and from the 64-bit integers, one number at a time.
func (b *scope) castWide(x operand, t dtypes.DType) operand {
	if x.lanes != 1 {
		b.s.fail(fmt.Errorf("conversion of %s to %s in four lanes", x.dtype, t))
		return operand{"0", t, 1}
	}
	switch from := x.dtype; {
	case isWide(from) && isWide(t):
		return operand{x.text, t, 1}
	case isWide(from) && t == dtypes.Bool:
		return b.name(t, 1, "(%s.x | %s.y) != 0u", x.text, x.text)
	case isWide(from) && isFloat(t):
		helper := map[bool]string{true: "wide_int_to_float", false: "wide_uint_to_float"}[isSigned(from)]
		return b.name(t, 1, "%s", b.rounded(t, 1, fmt.Sprintf("%s(%s)", b.s.helper(helper, 1), x.text)))
	case isWide(from):
		low := operand{fmt.Sprintf("bitcast<%s>(%s.x)", scalarType(t), x.text), t, 1}
		return b.name(t, 1, "%s", b.rounded(t, 1, low.text))
	case from == dtypes.Bool:
		return b.name(t, 1, "vec2<u32>(u32(%s), 0u)", x.text)
	case isFloat(from):
		helper := map[bool]string{true: "float_to_wide_int", false: "float_to_wide_uint"}[isSigned(t)]
		return b.name(t, 1, "%s(%s)", b.s.helper(helper, 1), x.text)
	case isSigned(from):
		return b.name(t, 1, "vec2<u32>(bitcast<u32>(%s), bitcast<u32>(%s >> 31u))", x.text, x.text)
	}
	return b.name(t, 1, "vec2<u32>(%s, 0u)", x.text)
}

// bits reads the bits of a number as another type of the same size.
func (b *scope) bits(x operand, t dtypes.DType) operand {
	from, n := x.dtype, x.lanes
	switch {
	case from == t:
		return x
	case from.Size() != t.Size():
		b.s.fail(fmt.Errorf("the bits of %s as %s, which has another size", from, t))
		return operand{"0", t, 1}
	case t.Size() == 8:
		return operand{x.text, t, n}
	case t.Size() == 4:
		return b.name(t, n, "bitcast<%s>(%s)", wgslType(t, n), x.text)
	}
	return b.unpack(t, n, b.let("%s", b.pack(x)))
}
