package rollout

import (
	"math/bits"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
)

// Random numbers are threefry2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw:
// Parallel Random Numbers: As Easy as 1, 2, 3, SC 2011): a function of a key and
// a counter without any state. The key is the seed, the counter is which sequence
// and which of its tokens, so a token does not depend on what else is in its
// batch, on how many steps a graph call makes, or on the engine.

// threefryRotations are R_32x2 of the paper's table 4; threefryParity is C_240
// folded to 32 bits, as in Random123 and JAX.
var threefryRotations = [8]int{13, 15, 26, 6, 17, 29, 16, 24}

const threefryParity = 0x1BD11BDA

// threefryRounds is the paper's recommended count, with margin (13 pass its tests).
const threefryRounds = 20

// threefry is the generator as graph operations: key and counter are u32 of
// shapes that broadcast to one another, and so are the two results.
func threefry(key, counter [2]*Node) [2]*Node {
	g := key[0].Graph()
	u32 := func(v uint32) *Node { return Const(g, v) }
	keys := [3]*Node{key[0], key[1], BitwiseXor(BitwiseXor(key[0], key[1]), u32(threefryParity))}
	x, y := Add(counter[0], keys[0]), Add(counter[1], keys[1])
	for round := range threefryRounds {
		x = Add(x, y)
		left := threefryRotations[round%8]
		y = BitwiseOr(BitwiseShiftLeft(y, u32(uint32(left))), BitwiseShiftRightLogical(y, u32(uint32(32-left))))
		y = BitwiseXor(y, x)
		if round%4 == 3 {
			block := round/4 + 1
			x = Add(x, keys[block%3])
			y = Add(y, Add(keys[(block+1)%3], u32(uint32(block))))
		}
	}
	return [2]*Node{x, y}
}

// uniform gives one number in [0, 1) a row, a multiple of 2⁻²⁴: key is the seed's
// low and high half, sequence is u32 [batch], step a scalar u32. f32 [batch].
func uniform(key [2]*Node, sequence, step *Node) *Node {
	word := threefry(key, [2]*Node{sequence, BroadcastToDims(step, sequence.Shape().Dimensions...)})[0]
	top := BitwiseShiftRightLogical(word, Const(word.Graph(), uint32(8)))
	return MulScalar(ConvertDType(top, dtypes.Float32), 0x1p-24)
}

// Threefry is the generator on the host, for whatever must agree with the graph.
func Threefry(key, counter [2]uint32) [2]uint32 {
	keys := [3]uint32{key[0], key[1], key[0] ^ key[1] ^ threefryParity}
	x, y := counter[0]+keys[0], counter[1]+keys[1]
	for round := range threefryRounds {
		x += y
		y = bits.RotateLeft32(y, threefryRotations[round%8]) ^ x
		if round%4 == 3 {
			block := round/4 + 1
			x += keys[block%3]
			y += keys[(block+1)%3] + uint32(block)
		}
	}
	return [2]uint32{x, y}
}

// Uniform is the number that the token at step of sequence is drawn with.
func Uniform(seed uint64, sequence, step uint32) float64 {
	word := Threefry([2]uint32{uint32(seed), uint32(seed >> 32)}, [2]uint32{sequence, step})[0]
	return float64(word>>8) * 0x1p-24
}
