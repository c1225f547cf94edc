package ir

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// RNGBitGenerator implements compute.Function by Threefry-2x32 with 20 rounds (Salmon
// et al., "Parallel random numbers: as easy as 1, 2, 3", 2011): element e of a state
// (a, b, c) is the cipher of b+e under the key a xor c, so that elements are computed
// where they are read, in any order. The new state has b advanced by the number of
// elements.
func (f *Function) RNGBitGenerator(state compute.Value, shape shapes.Shape) (newState, values compute.Value, err error) {
	nodes, err := f.nodes("RNGBitGenerator", state)
	if err != nil {
		return nil, nil, err
	}
	if !nodes[0].Shape.Equal(compute.RNGStateShape) {
		return nil, nil, fmt.Errorf("RNGBitGenerator: the state is %s, it must be %s", nodes[0].Shape, compute.RNGStateShape)
	}
	if err := f.builder.backend.checkShape(shape); err != nil {
		return nil, nil, fmt.Errorf("RNGBitGenerator: %w", err)
	}
	if _, packed := packedBits[shape.DType]; packed || shape.DType == dtypes.Bool {
		return nil, nil, fmt.Errorf("RNGBitGenerator: no random %s: %w", shape.DType, compute.ErrNotImplemented)
	}
	word := func(i int) *Node { return f.reshape(f.sliceAxis(nodes[0], 0, i, i+1)) }
	key := f.binary(compute.OpTypeBitwiseXor, word(0), word(2))
	size := shape.Size()
	counter := f.add(f.iota(dtypes.Uint64, 0, size), word(1)) // [size]
	low, high := f.threefry(key, counter)
	random := f.reshape(f.randomBits(low, high, shape.DType), shape.Dimensions...)
	advanced := f.reshape(f.add(word(1), f.bitsScalar(dtypes.Uint64, uint64(size))), 1)
	next := f.concatenate(0, f.sliceAxis(nodes[0], 0, 0, 1), advanced, f.sliceAxis(nodes[0], 0, 2, 3))
	return f.value(next), f.value(random), nil
}

// halves splits Uint64 into two Uint32.
func (f *Function) halves(x *Node) (low, high *Node) {
	mask := f.bitsScalar(dtypes.Uint64, 0xffffffff)
	low = f.convert(f.binary(compute.OpTypeBitwiseAnd, x, mask), dtypes.Uint32)
	return low, f.convert(f.with(compute.OpTypeShiftRightLogical, x, 32), dtypes.Uint32)
}

// threefry enciphers the counters.
func (f *Function) threefry(key, counter *Node) (low, high *Node) {
	rotations := [8]float64{13, 15, 26, 6, 17, 29, 16, 24}
	var keys [3]*Node
	keys[0], keys[1] = f.halves(key)
	keys[2] = f.binary(compute.OpTypeBitwiseXor, f.binary(compute.OpTypeBitwiseXor, keys[0], keys[1]), f.bitsScalar(dtypes.Uint32, 0x1bd11bda))
	low, high = f.halves(counter)
	low, high = f.add(low, keys[0]), f.add(high, keys[1])
	for round := range 20 {
		by := rotations[round%8]
		low = f.add(low, high)
		turned := f.binary(compute.OpTypeBitwiseOr,
			f.with(compute.OpTypeShiftLeft, high, by), f.with(compute.OpTypeShiftRightLogical, high, 32-by))
		high = f.binary(compute.OpTypeBitwiseXor, turned, low)
		if group := round/4 + 1; round%4 == 3 {
			low = f.add(low, keys[group%3])
			high = f.with(compute.OpTypeAdd, f.add(high, keys[(group+1)%3]), float64(group))
		}
	}
	return low, high
}

// randomBits makes elements of a type out of 64 random bits each.
func (f *Function) randomBits(low, high *Node, dtype dtypes.DType) *Node {
	switch dtype.Size() {
	case 8:
		shifted := f.with(compute.OpTypeShiftLeft, f.convert(high, dtypes.Uint64), 32)
		low = f.binary(compute.OpTypeBitwiseOr, f.convert(low, dtypes.Uint64), shifted)
	case 1, 2:
		// The lowest bits alone, so that the conversion loses nothing.
		unsigned := unsignedOf(dtype)
		mask := float64(uint64(1)<<(8*dtype.Size()) - 1)
		low = f.convert(f.with(compute.OpTypeBitwiseAnd, low, mask), unsigned)
	}
	return f.bitcast(low, dtype)
}
