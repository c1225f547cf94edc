package ir

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// Plan is a compiled function: steps to be run in order over numbered values. It is
// not changed once it is made.
type Plan struct {
	Name    string
	Values  []Value
	Steps   []Step
	Inputs  []int // values, in the order of the parameters
	Outputs []int // values, in the order of the results; no value twice, none an input
	Arena   int64 // bytes of the arena that holds the temporaries
	// Operations is how many nodes were recorded, dead ones included.
	Operations int
	// Kept is what a target keeps with the plan for when it compiles it again.
	Kept any
}

// Place says where a value's bytes are.
type Place uint8

const (
	Input     Place = iota // a buffer that is handed in; never written
	Output                 // a buffer that is handed out
	Temporary              // in the plan's arena, at Value.Offset
	Constant               // in Value.Data, sent to the device once
)

// Value is a tensor that lies in memory, row-major.
type Value struct {
	Shape  shapes.Shape
	Place  Place
	Offset int64  // of a Temporary: bytes into the arena, a multiple of Alignment
	Data   []byte // of a Constant
	// Alias is the value whose bytes these are under another shape or type of the
	// same size in bytes, or -1. An alias has no place of its own.
	Alias int
	// Donor is, for an Output, the input in whose place it is written where the
	// caller donates that input, or -1: every step that still reads the input comes
	// before the write, or is the write itself and reads no element that another
	// element's computation writes. What is updated in place begins with a Copy from
	// its donor; with a donation both are the same memory and there is nothing to copy.
	Donor int
}

// Alignment of temporaries, in bytes: WebGPU's minStorageBufferOffsetAlignment.
const Alignment = 256

// Step is one piece of work, a dispatch on a GPU.
type Step interface {
	// Values gives what the step reads and what it writes, each value once, in the
	// order of first use. One that it updates in place is in both.
	Values() (reads, writes []int)
}

// Store says what is written for one element of a loop. Where At or If leave elements
// out, those keep what they had: a Map, Row or Dot may update in place too.
type Store struct {
	Value int
	At    *Exp // element of the value (Int32); nil: the loop's own row-major position
	Exp   *Exp // of the value's type
	If    *Exp // Bool: written only where this holds; nil: always
}

// Map computes each element of Dims by itself. Its loop variables are Dims' axes.
type Map struct {
	Dims   []int
	Stores []Store
}

// Row reduces rows: for each element of Outer, one or more reductions over Inner,
// each of which may use those before it (Reduced), then what is stored once a row
// and what is stored for each element of it. Softmax, norms and log-sum-exp are one
// Row each. Loop variables are Outer's axes, then Inner's; Once and reductions'
// results know only Outer's. Once stores' own position is Outer's, Each stores' is
// Outer's and Inner's together.
type Row struct {
	Outer, Inner []int
	Reductions   []Reduction
	Once         []Store
	Each         []Store
}

// Reduction folds Exp over a row.
type Reduction struct {
	// Op is one of compute's ReduceSum, -Product, -Max, -Min, -BitwiseAnd, -Or, -Xor,
	// -LogicalAnd, -Or, -Xor, or ArgMinMax. An empty row gives the identity. NaN wins
	// Max, Min and ArgMinMax; of equals ArgMinMax takes the first position in the row.
	Op    compute.OpType
	IsMin bool // of ArgMinMax, whose DType is that of the position
	Exp   *Exp
	DType dtypes.DType // of the result; sums of Float16 and BFloat16 are made in Float32
	// Where two results belong together (ArgMinMax with its value) they are two
	// reductions; a target may join them.
}

// Dot is a batched matrix product: for each of Batch, M and N
//
//	Accumulated = Σ_k A[b, m, k] · B[b, n, k]
//
// in Sum's type (Float32 for the 16-bit floats, integers wrap), then Store. Loop
// variables of the store are Batch's axes, then m, then n; its own position is
// row-major over them.
type Dot struct {
	Batch   []int
	M, N, K int
	A, B    Operand
	Sum     dtypes.DType
	Store   Store
}

// Operand is one side of a Dot: either a value read by strides or, where Exp is
// set, an expression of the loop variables Batch's axes, then the operand's own row
// (m for A, n for B), then k. Exp serves dequantisation and layouts that no stride
// gives; targets read strided operands faster.
type Operand struct {
	Value        int
	DType        dtypes.DType
	Offset       int   // elements
	BatchStrides []int // elements, one for each of Batch; 0 repeats
	RowStride    int   // of m for A, of n for B
	SumStride    int   // of k
	Exp          *Exp
}

// Attention is softmax(scale·Q·Kᵀ + masks)·V for each batch and head, without the
// score matrix ever being stored (FlashAttention, arXiv 2205.14135). A row all of
// whose keys are masked gives 0. Heads/KVHeads query heads share a key head.
type Attention struct {
	AttentionShape
	Query, Key, Value, Output AttentionTensor
	// LogSumExp, Float32 [batch, heads, queries], is kept for the backward pass; -1:
	// not wanted.
	LogSumExp int
}

// AttentionVJP is the backward pass: gradients of Query, Key and Value from that of
// Output. Scores are computed again from the log-sum-exp. Delta, Float32 [batch,
// heads, queries], is a temporary for Σ_d dOutput·Output.
type AttentionVJP struct {
	AttentionShape
	Query, Key, Value, Output, GradOutput AttentionTensor
	GradQuery, GradKey, GradValue         AttentionTensor
	LogSumExp, Delta                      int
}

// AttentionShape is what both passes know of their operands. Masks may be absent,
// -1: Mask is Bool (true: attend) or a float that is added to the scores,
// broadcast by strides over [batch, head, query, key]; QueryLengths and KeyLengths
// are Int32 [batch].
type AttentionShape struct {
	Batch, Heads, KVHeads   int
	Queries, Keys           int
	Dim                     int // of a head
	Scale                   float64
	Causal                  bool // query i sees keys j ≤ i
	Mask, Bias              int
	MaskStrides, BiasStride [4]int
	QueryLengths            int
	KeyLengths              int
}

// AttentionTensor is a value with its strides over [batch, head, position], in
// elements; the axis of the head's dimension is dense.
type AttentionTensor struct {
	Value   int
	Strides [3]int
}

// Scatter starts from Operand and folds every update into it. Update u of Updates
// (Dims its loop) goes to element At, where If holds. Each element takes its
// updates in their row-major order: sums have one order.
type Scatter struct {
	Op      compute.OpType // ScatterSum, ScatterMax or ScatterMin
	Operand *Exp           // of the output's loop variables
	Output  int            // written whole
	// Windows: an update's element is Rows×Window, a whole contiguous run of the
	// output: row r goes to elements Start(r) … Start(r)+Window-1, Start an Int32
	// expression of the row's loop variables (Rows' axes) alone. Window is 1 where
	// nothing better is known.
	Rows   []int
	Window int
	Start  *Exp
	If     *Exp // Bool, of the row's loop variables: out of range rows are dropped
	Update *Exp // of Rows' axes, then the position in the window
}

// Sort sorts along one axis: for each of Outer, Length elements of each key. The
// comparator is Less over the loads of two elements: Index 0 … n-1 of its own are
// the left side's keys and n … 2n-1 the right side's, as Reduced expressions.
// Sorts are stable.
type Sort struct {
	Outer  []int
	Length int
	Keys   []*Exp // of Outer's axes, then the position
	Less   *Exp   // Bool, of Reduced(0…2n-1)
	Stores []int  // one value a key, Outer × Length, row-major
	// Take is how many of the first are wanted, for top-k; Length: all.
	Take int
}

// Copy copies the bytes of From to To; both have the same size.
type Copy struct{ From, To int }

// Update writes a box into Value in place: for each element of Dims, Exp to the
// element At. It is how DynamicUpdateSlice and Concatenate write without reading
// what they leave alone.
type Update struct {
	Dims  []int
	Store Store
}

// While runs Body while Condition, a Bool scalar, holds. State values hold the
// state before, during and after: Before makes the first Condition from them, and
// Body ends by making Next from State, copying it over State and making Condition
// anew. Body may be run after Condition has become false: it then leaves State as
// it was. So a target may queue a bounded number of rounds before it reads
// Condition back.
type While struct {
	Condition int
	State     []int
	Before    []Step
	Body      []Step
}

// If runs one of two lists of steps, which write the same values.
type If struct {
	Predicate  int
	Then, Else []Step
}
