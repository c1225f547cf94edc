package simd

import (
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/dongyur/dongyur/wasm/ir"
)

// A product of few rows with quantised weights, as decoding makes, is one of whole
// numbers: the weights are read as the bytes that they are, and each block of a row of
// activations becomes 16-bit numbers times a scale of its own, so that a product and a
// sum of eight is one instruction (i32x4.dot_i16x8_s). An activation is rounded by at
// most 2⁻¹⁶ of the largest in its block; all else is as exact as in Float32. The
// relaxed dot product of 8-bit numbers would leave 7 bits of an activation, too few to
// train by.
//
// Larger products dequantise the weights as they pack them (pack.go).
const (
	quantizedRows  = 5   // of the left side, at most
	quantizedBlock = 256 // activations with one scale, at most: their sums fit 32 bits
	quantizedTile  = 64  // columns whose weights have the same scales, at most
)

// quantized is an operand that is number · factors.
type quantized struct {
	byte    *ir.Exp // the load of a byte
	signed  bool
	shift   *ir.Exp // by which the byte is shifted right, or nil
	mask    int     // what is kept then; 0: all
	less    int     // what is taken off
	factors []*ir.Exp
	// along says that the bytes of a row lie in the order of what is summed, else those
	// of a sum lie in the order of rows, apart bytes from one to the next.
	along bool
	apart int
	block int // along: sums with the same factors; else rows with the same factors
	run   int // along: sums whose bytes are neighbours and shifted by the same
}

// quantizedOperand sees the weights of a product of few rows.
func quantizedOperand(step *ir.Dot) (q quantized, ok bool) {
	own, sum := len(step.Batch), len(step.Batch)+1
	if step.Sum != dtypes.Float32 || step.M > quantizedRows || step.B.Exp == nil || !q.parse(step.B.Exp) {
		return q, false
	}
	at := q.byte.Args[0]
	stride, neighbours, ok := steps(at, sum)
	if !ok {
		return q, false
	}
	q.along = stride == 1
	variable := own
	if q.along {
		variable = sum
	}
	same := 0 // how far the factors are the same
	for _, e := range q.factors {
		stride, run, ok := steps(e, variable)
		if !ok || stride != 0 {
			return q, false
		}
		same = common(same, run)
	}
	if !q.along {
		ownStride, run, ok := steps(at, own)
		q.apart, q.block = stride, common(same, run)
		if q.block = common(q.block, quantizedTile); same == 0 {
			q.block = quantizedTile
		}
		return q, ok && neighbours == 0 && run == 0 && ownStride == 1 && stride > 0 && q.shift == nil &&
			q.block%16 == 0 && step.N%16 == 0 && step.K%2 == 0
	}
	q.block = common(same, quantizedBlock)
	q.run = common(neighbours, q.block)
	if q.shift != nil {
		stride, run, ok := steps(q.shift, sum)
		if !ok || stride != 0 {
			return q, false
		}
		q.run = common(q.run, run)
	}
	return q, q.block%16 == 0 && q.run%16 == 0 && step.K%16 == 0
}

// parse takes e apart.
func (q *quantized) parse(e *ir.Exp) bool {
	if e.Kind == ir.Apply && e.Op == opMul {
		left, right := e.Args[0], e.Args[1]
		for range 2 {
			if q.parse(left) {
				q.factors = append(q.factors, right)
				return true
			}
			left, right = right, left
		}
		return false
	}
	*q = quantized{}
	if e.Kind == ir.Apply && e.Op == opSub && e.Args[1].Kind == ir.Literal && e.DType == dtypes.Float32 {
		less := math.Float32frombits(uint32(e.Args[1].Bits))
		if q.less = int(less); float32(q.less) != less || q.less < 0 || q.less > 15 {
			return false
		}
		e = e.Args[0]
	}
	if e.Kind != ir.Cast || e.DType != dtypes.Float32 {
		return false
	}
	e = e.Args[0]
	if e.Kind == ir.Apply && e.Op == compute.OpTypeBitwiseAnd && e.Args[1].Kind == ir.Literal {
		if q.mask = int(int32(e.Args[1].Bits)); q.mask < 1 || q.mask > 127 {
			return false
		}
		e = e.Args[0]
		if e.Kind == ir.Apply && e.Op == compute.OpTypeShiftRightLogical {
			e, q.shift = e.Args[0], e.Args[1]
		}
		if e.Kind == ir.Cast && e.DType == dtypes.Int32 {
			e = e.Args[0]
		}
		if e.DType != dtypes.Uint8 {
			return false
		}
	} else if q.less != 0 {
		return false
	}
	q.signed = e.DType == dtypes.Int8
	if e.Kind == ir.Bits {
		e = e.Args[0]
	}
	q.byte = e
	return e.Kind == ir.Load && (e.DType == dtypes.Int8 || e.DType == dtypes.Uint8)
}

// steps says by how much e grows with a loop variable, within runs of so many of its
// values that begin at multiples of that; a run of 0 never ends.
func steps(e *ir.Exp, variable int) (stride, run int, ok bool) {
	switch e.Kind {
	case ir.Index:
		if e.N == variable {
			return 1, 0, true
		}
		return 0, 0, true
	case ir.Apply:
		if len(e.Args) != 2 || e.DType != dtypes.Int32 {
			break
		}
		left, leftRun, okLeft := steps(e.Args[0], variable)
		right, rightRun, okRight := steps(e.Args[1], variable)
		if !okLeft || !okRight {
			return 0, 0, false
		}
		literal := 0
		if e.Args[1].Kind == ir.Literal {
			literal = int(int32(e.Args[1].Bits))
		}
		itself := e.Args[0].Kind == ir.Index && left == 1
		switch {
		case e.Op == opAdd:
			return left + right, common(leftRun, rightRun), true
		case e.Op == opSub:
			return left - right, common(leftRun, rightRun), true
		case e.Op == opMul && literal != 0:
			return left * literal, leftRun, true
		case e.Op == compute.OpTypeDiv && literal > 0 && itself:
			return 0, literal, true
		case e.Op == compute.OpTypeRem && literal > 0 && itself:
			return 1, literal, true
		}
	}
	for _, arg := range e.Args {
		stride, inner, ok := steps(arg, variable)
		if !ok || stride != 0 {
			return 0, 0, false
		}
		run = common(run, inner)
	}
	return 0, run, true
}

// common is the greatest common divisor, 0 being a multiple of all.
func common(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
