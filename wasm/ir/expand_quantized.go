package ir

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// Quantised weights are expressed as what each element is, from its bytes. Whoever
// reads the element computes that, so the full matrix is never stored.

// QuantizedEmbeddingLookup implements compute.FusedOps, for GGML's blocks.
func (f *Function) QuantizedEmbeddingLookup(data, indices compute.Value, quantization *compute.Quantization) (compute.Value, error) {
	const what = "QuantizedEmbeddingLookup"
	nodes, err := f.nodes(what, data, indices)
	if err != nil {
		return nil, err
	}
	table, index := nodes[0].Shape, nodes[1].Shape
	if quantization == nil || quantization.Scheme != compute.QuantGGML {
		return nil, fmt.Errorf("%s: only GGML's blocks: %w", what, compute.ErrNotImplemented)
	}
	if table.DType != dtypes.Uint8 || table.Rank() != 2 {
		return nil, fmt.Errorf("%s: the data is %s, it must be Uint8 [rows, bytes]", what, table)
	}
	if !index.DType.IsInt() || index.Rank() == 0 || index.Dim(-1) != 1 {
		return nil, fmt.Errorf("%s: the indices are %s, they must be integers with a last dimension of 1", what, index)
	}
	last := index.Rank() - 1
	dims := append(slices.Clone(index.Dimensions[:last]), table.Dimensions[1])
	rows := f.record(compute.OpTypeGather, shapes.Make(dtypes.Uint8, dims...), GatherAttr{
		IndexVectorAxis: last, OffsetOutputAxes: []int{last}, CollapsedSliceAxes: []int{0},
		StartIndexMap: []int{0}, SliceSizes: []int{1, table.Dimensions[1]},
	}, nodes[0], nodes[1]) // [batch..., bytes]
	values, err := f.unpackBlocks(rows, quantization.GGMLType)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return f.value(values), nil
}

// FusedQuantizedDense implements compute.FusedOps.
func (f *Function) FusedQuantizedDense(x, weights, bias compute.Value, quantization *compute.Quantization,
	activation compute.ActivationType) (compute.Value, error) {
	const what = "FusedQuantizedDense"
	nodes, err := f.floats(what, x, bias)
	if err != nil {
		return nil, err
	}
	stored, err := f.values(what, weights)
	if err != nil {
		return nil, err
	}
	if quantization == nil || nodes[0].Shape.DType != dtypes.Float32 || nodes[0].Shape.Rank() < 1 {
		return nil, fmt.Errorf("%s: give x as Float32 [..., in], and say how the weights are quantised", what)
	}
	var weight *Node
	contracting := 0
	if quantization.Scheme == compute.QuantGGML {
		contracting = 1
		if s := stored[0].shape(); s.DType != dtypes.Uint8 || s.Rank() != 2 {
			return nil, fmt.Errorf("%s: the weights are %s, they must be Uint8 [out, bytes]", what, s)
		}
		weight, err = f.unpackBlocks(stored[0].node, quantization.GGMLType) // [out, in]
	} else {
		weight, err = f.dequantize(stored[0], quantization) // [in, out]
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	if weight.Shape.Dimensions[contracting] != nodes[0].Shape.Dim(-1) {
		return nil, fmt.Errorf("%s: x is %s, but the weights %s take %d inputs",
			what, nodes[0].Shape, stored[0].shape(), weight.Shape.Dimensions[contracting])
	}
	y, err := f.dense(nodes[0], weight, contracting, nodes[1], activation)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return f.value(y), nil
}

// dequantize gives Float32 [in, out]: number·scale + zero point, or the number's
// entry in NF4's table times scale, with one scale for BlockSize outputs.
func (f *Function) dequantize(weights *value, q *compute.Quantization) (*Node, error) {
	w := weights.shape()
	if w.Rank() != 2 || w.DType.Bits() > 8 || !w.DType.IsInt() {
		return nil, fmt.Errorf("the weights are %s, they must be [in, out] of at most 8 bits", w)
	}
	if q.BlockAxis != 1 || q.BlockSize < 1 {
		return nil, fmt.Errorf("blocks of %d along axis %d: they must run along the outputs, axis 1", q.BlockSize, q.BlockAxis)
	}
	var number *Node
	switch q.Scheme {
	case compute.QuantLinear:
		number = f.convert(weights.node, dtypes.Float32)
	case compute.QuantNF4:
		if q.ZeroPoint != nil {
			return nil, fmt.Errorf("NF4 has no zero point")
		}
		place := f.with(compute.OpTypeBitwiseAnd, f.convert(weights.node, dtypes.Int32), 15)
		number = f.lookUp(compute.NF4LookupTable[:], place)
	default:
		return nil, fmt.Errorf("scheme %s: %w", q.Scheme, compute.ErrNotImplemented)
	}
	scale, err := f.blockwise("scale", q.Scale, w, q.BlockSize)
	if err != nil {
		return nil, err
	}
	number = f.mul(number, scale)
	if q.ZeroPoint != nil {
		zero, err := f.blockwise("zero point", q.ZeroPoint, w, q.BlockSize)
		if err != nil {
			return nil, err
		}
		number = f.add(number, zero)
	}
	return number, nil
}

// blockwise repeats [in, blocks] to [in, out].
func (f *Function) blockwise(name string, v compute.Value, weights shapes.Shape, size int) (*Node, error) {
	if v == nil {
		return nil, fmt.Errorf("the weights have no %s", name)
	}
	nodes, err := f.floats(name, v)
	if err != nil {
		return nil, err
	}
	in, out := weights.Dimensions[0], weights.Dimensions[1]
	blocks := (out + size - 1) / size
	n := f.convert(nodes[0], dtypes.Float32)
	if !slices.Equal(n.Shape.Dimensions, []int{in, blocks}) {
		return nil, fmt.Errorf("the %s is %s, it must be [%d, %d]", name, n.Shape, in, blocks)
	}
	n = f.broadcast(n, []int{in, blocks, size}, []int{0, 1}) // [in, blocks, size]
	n = f.reshape(n, in, blocks*size)                        // [in, blocks*size]
	return f.sliceAxis(n, 1, 0, out), nil                    // [in, out]
}

// lookUp takes entries of a table by Int32 positions.
func (f *Function) lookUp(table []float32, positions *Node) *Node {
	data := make([]byte, 0, 4*len(table))
	for _, entry := range table {
		bits := math.Float32bits(entry)
		data = append(data, byte(bits), byte(bits>>8), byte(bits>>16), byte(bits>>24))
	}
	constant := f.record(compute.OpTypeConstant, shapes.Make(dtypes.Float32, len(table)), ConstantAttr{data})
	return f.gatherFlat(constant, positions)
}

// unpackBlocks gives the Float32 values of rows of GGML's blocks (github.com/ggml-org/
// ggml, ggml-quants.c): each begins with its scale as a half.
func (f *Function) unpackBlocks(rows *Node, kind compute.GGMLQuantType) (*Node, error) {
	size, count := kind.BytesPerBlock(), kind.ValuesPerBlock()
	last := rows.Shape.Rank() - 1
	length := rows.Shape.Dimensions[last]
	if size == 0 || length%size != 0 {
		return nil, fmt.Errorf("rows of %d bytes are no whole blocks of %s", length, kind)
	}
	outer := rows.Shape.Dimensions[:last]
	dims := func(inner ...int) []int { return append(slices.Clone(outer), inner...) }
	blocks := length / size
	bytes := f.reshape(rows, dims(blocks, size)...)                  // [..., blocks, size]
	scale := f.halfToFloat(f.sliceAxis(bytes, last+1, 0, 2), last+1) // [..., blocks, 1]
	quants := f.sliceAxis(bytes, last+1, 2, size)                    // [..., blocks, size-2]
	var number *Node                                                 // [..., blocks, count]
	switch kind {
	case compute.GGMLQ8_0:
		number = f.convert(f.bitcast(quants, dtypes.Int8), dtypes.Float32)
	case compute.GGMLQ4_0:
		number = f.with(compute.OpTypeSub, f.convert(f.nibbles(quants), dtypes.Float32), 8)
	case compute.GGMLIQ4NL:
		number = f.lookUp(compute.IQ4NLLookupTable[:], f.nibbles(quants))
	default:
		return nil, fmt.Errorf("blocks of %s: %w", kind, compute.ErrNotImplemented)
	}
	return f.reshape(f.mul(number, scale), dims(blocks*count)...), nil
}

// nibbles gives the low halves of 16 bytes, then their high halves, as Int32.
func (f *Function) nibbles(bytes *Node) *Node {
	dims := bytes.Shape.Dimensions
	last := len(dims) - 1
	outer := dims[:last]
	split := append(slices.Clone(outer), 2, dims[last])
	axes := make([]int, len(dims))
	for i := range axes {
		axes[i] = i
	}
	axes[last] = last + 1
	twice := f.broadcast(f.convert(bytes, dtypes.Int32), split, axes) // [..., 2, 16]
	place := f.with(compute.OpTypeMul, f.iota(dtypes.Int32, last, split...), 4)
	halves := f.with(compute.OpTypeBitwiseAnd, f.binary(compute.OpTypeShiftRightLogical, twice, place), 15)
	return f.reshape(halves, append(slices.Clone(outer), 2*dims[last])...) // [..., 32]
}

// halfToFloat reads pairs of bytes along an axis as halves, on targets without them
// too: the exponent is moved in place and its other bias added. Subnormal halves are
// multiples of 2⁻²⁴, made without subnormal Float32 numbers, which a GPU may take for 0.
// Infinities and NaN, which no scale is, come out as large numbers.
func (f *Function) halfToFloat(bytes *Node, axis int) *Node {
	wide := f.convert(bytes, dtypes.Int32)
	high := f.with(compute.OpTypeShiftLeft, f.sliceAxis(wide, axis, 1, 2), 8)
	bits := f.binary(compute.OpTypeBitwiseOr, f.sliceAxis(wide, axis, 0, 1), high)
	size := f.with(compute.OpTypeBitwiseAnd, bits, 0x7fff)
	normal := f.bitcast(f.with(compute.OpTypeAdd, f.with(compute.OpTypeShiftLeft, size, 13), 112<<23), dtypes.Float32)
	subnormal := f.with(compute.OpTypeMul, f.convert(size, dtypes.Float32), 0x1p-24)
	float := f.where(f.compareWith(compute.OpTypeLessThan, size, 0x400), subnormal, normal)
	negative := f.compareWith(compute.OpTypeGreaterThan, bits, 0x7fff)
	return f.where(negative, f.unary(compute.OpTypeNeg, float), float)
}
