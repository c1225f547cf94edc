package webgpu

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute/dtypes"
)

// Numbers in a shader: the 32-bit types and Bool are WGSL's own. Float16 and
// BFloat16 are f32, rounded after each operation; the smaller integers are i32 and
// u32, wrapped after each; Int64 and Uint64 are vec2<u32>, low word first.

func isFloat(t dtypes.DType) bool {
	return t == dtypes.Float32 || isHalf(t)
}

func isHalf(t dtypes.DType) bool { return t == dtypes.Float16 || t == dtypes.BFloat16 }

func isWide(t dtypes.DType) bool { return t == dtypes.Int64 || t == dtypes.Uint64 }

func isSigned(t dtypes.DType) bool {
	return t == dtypes.Int8 || t == dtypes.Int16 || t == dtypes.Int32 || t == dtypes.Int64
}

// scalarType is the WGSL type that holds a number of type t.
func scalarType(t dtypes.DType) string {
	switch {
	case t == dtypes.Bool:
		return "bool"
	case isFloat(t):
		return "f32"
	case isWide(t):
		return "vec2<u32>"
	case isSigned(t):
		return "i32"
	}
	return "u32"
}

// wgslType is the type of one or four numbers.
func wgslType(t dtypes.DType, lanes int) string { return vectorOf(scalarType(t), lanes) }

func vectorOf(scalar string, lanes int) string {
	if lanes == 4 {
		return "vec4<" + scalar + ">"
	}
	return scalar
}

// widen gives an operand as many lanes as asked.
func widen(o operand, lanes int) string {
	if o.lanes == lanes {
		return o.text
	}
	return wgslType(o.dtype, lanes) + "(" + o.text + ")"
}

// emit writes what computes e and gives its name.
func (b *scope) emit(e *ir.Exp) operand {
	b = b.home(e)
	if known, ok := b.memo[e]; ok {
		return known
	}
	result := b.compute(e)
	if b.memo == nil {
		b.memo = map[*ir.Exp]operand{}
	}
	b.memo[e] = result
	return result
}

func (b *scope) compute(e *ir.Exp) operand {
	if b.inner >= 0 && e.Kind != ir.Literal && b.lane(e).slope == 0 {
		return b.base.emit(e)
	}
	switch e.Kind {
	case ir.Literal:
		return b.literal(e)
	case ir.Index:
		if v, ok := b.index(e.N); ok {
			return v
		}
		return b.unknown(e, "loop variable %d", e.N)
	case ir.Load:
		return b.load(e)
	case ir.Reduced:
		if r, ok := b.reduction(e.N); ok {
			return r
		}
		return b.unknown(e, "reduction %d", e.N)
	case ir.Accumulated:
		for at := b; at != nil; at = at.parent {
			if at.accumulated != nil {
				return *at.accumulated
			}
		}
		return b.unknown(e, "a sum")
	case ir.Apply:
		return b.apply(e)
	case ir.Cast:
		return b.cast(b.emit(e.Args[0]), e.DType)
	case ir.Bits:
		return b.bits(b.emit(e.Args[0]), e.DType)
	case ir.Select:
		return b.selected(e)
	}
	return b.unknown(e, "kind %d", e.Kind)
}

func (b *scope) lane(e *ir.Exp) lane {
	if b.lanesOf == nil {
		b.lanesOf = map[*ir.Exp]lane{}
	}
	return lanes(e, b.inner, b.lanesOf)
}

func (b *scope) unknown(e *ir.Exp, format string, args ...any) operand {
	b.s.fail(fmt.Errorf("an expression needs %s, which its loop does not have", fmt.Sprintf(format, args...)))
	return operand{"0", e.DType, 1}
}

// name makes an expression's text a temporary.
func (b *scope) name(t dtypes.DType, lanes int, format string, args ...any) operand {
	return operand{b.let(format, args...), t, lanes}
}

func (b *scope) selected(e *ir.Exp) operand {
	condition, yes, no := b.emit(e.Args[0]), b.emit(e.Args[1]), b.emit(e.Args[2])
	n := max(condition.lanes, yes.lanes, no.lanes)
	return b.name(e.DType, n, "select(%s, %s, %s)", widen(no, n), widen(yes, n), widen(condition, n))
}

// literal writes a number as WGSL has it.
func (b *scope) literal(e *ir.Exp) operand {
	return operand{b.literalText(e.DType, e.Bits), e.DType, 1}
}

func (b *scope) literalText(t dtypes.DType, bits uint64) string {
	switch {
	case t == dtypes.Bool:
		return strconv.FormatBool(bits != 0)
	case isWide(t):
		return fmt.Sprintf("vec2<u32>(%du, %du)", uint32(bits), bits>>32)
	case isFloat(t):
		return b.floatText(floatOf(t, bits))
	case isSigned(t):
		n := signExtend(bits, t.Size())
		if n == math.MinInt32 {
			return "(-2147483647i - 1i)"
		}
		if n < 0 {
			return fmt.Sprintf("(%di)", n)
		}
		return fmt.Sprintf("%di", n)
	}
	return fmt.Sprintf("%du", uint32(bits))
}

// floatText writes a float32. WGSL has no literals for infinities and NaN, and
// refuses constant expressions that give them, so they come from a variable.
func (b *scope) floatText(f float32) string {
	if math.IsInf(float64(f), 0) || math.IsNaN(float64(f)) {
		b.s.need("unusual")
		return map[bool]string{true: "bitcast<f32>(nan_bits)", false: "bitcast<f32>(inf_bits)"}[math.IsNaN(float64(f))] +
			map[bool]string{true: " * -1.0f", false: ""}[math.IsInf(float64(f), -1)]
	}
	if bits := math.Float32bits(f); bits&0x7f800000 == 0 && bits&0x7fffff != 0 {
		return fmt.Sprintf("bitcast<f32>(%#xu)", bits) // below the normal numbers
	}
	text := strconv.FormatFloat(float64(f), 'g', -1, 64)
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	if f < 0 || math.Signbit(float64(f)) {
		return "(" + text + "f)"
	}
	return text + "f"
}

func floatOf(t dtypes.DType, bits uint64) float32 {
	switch t {
	case dtypes.BFloat16:
		return math.Float32frombits(uint32(bits) << 16)
	case dtypes.Float16:
		return halfToFloat(uint16(bits))
	}
	return math.Float32frombits(uint32(bits))
}

func halfToFloat(h uint16) float32 {
	sign, exponent, mantissa := h>>15, int(h>>10&0x1f), float64(h&0x3ff)
	var f float64
	switch exponent {
	case 0:
		f = math.Ldexp(mantissa, -24)
	case 0x1f:
		f = math.Inf(1)
		if mantissa != 0 {
			f = math.NaN()
		}
	default:
		f = math.Ldexp(1024+mantissa, exponent-25)
	}
	if sign == 1 {
		f = -f
	}
	return float32(f)
}

func signExtend(bits uint64, size int) int64 {
	shift := 64 - 8*size
	return int64(bits<<shift) >> shift
}

// visit calls f for each expression below e once.
func visit(e *ir.Exp, seen map[*ir.Exp]bool, f func(*ir.Exp)) {
	if e == nil || seen[e] {
		return
	}
	seen[e] = true
	f(e)
	for _, arg := range e.Args {
		visit(arg, seen, f)
	}
}
