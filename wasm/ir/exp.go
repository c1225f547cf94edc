package ir

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// Kind says what an expression is.
type Kind uint8

const (
	// Literal is a number; its bits are in Exp.Bits.
	Literal Kind = iota
	// Index is the value of one loop variable, Exp.N counting the step's loop
	// dimensions; it is an Int32 from 0 to Exp.Limit-1.
	Index
	// Load reads element Args[0] (Int32, row-major, in range) of value Exp.N.
	Load
	// Reduced is the result of reduction Exp.N of the same Row step.
	Reduced
	// Accumulated is the sum that a Dot step has made for this element.
	Accumulated
	// Apply is an elementwise operation of compute, Exp.Op, on Args.
	Apply
	// Cast converts Args[0] to DType by value, as compute's ConvertDType does.
	Cast
	// Bits reads the bits of Args[0] as DType, of the same size.
	Bits
	// Select is Args[1] where Args[0] holds, else Args[2]. The side that is not
	// taken must be safe to compute (loads in range), for both may be.
	Select
)

// Exp is a scalar expression: what a step computes for one element. Expressions
// are shared: one that is reached twice by the same pointer is computed once. They
// are made by the constructors of this package, which simplify as they go, and
// never changed afterwards.
type Exp struct {
	Kind  Kind
	Op    compute.OpType // of Apply
	DType dtypes.DType
	Args  []*Exp
	N     int    // of Index, Load and Reduced
	Bits  uint64 // of Literal: the number's own bits, zero-extended; Float16 and BFloat16 too
	// Limit is, for an Int32 known to lie in 0..Limit-1, that bound; else 0. Index
	// arithmetic is simplified with it.
	Limit int64
}
