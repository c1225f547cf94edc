package rollout

import (
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/dongyur/dongyur/core/engine"
)

// The known answers are those of Random123 1.14's tests/kat_vectors (threefry2x32, 20 rounds).
func TestThreefryKnownAnswers(t *testing.T) {
	backend, err := engine.Open("go")
	if err != nil {
		t.Fatal(err)
	}
	inGraph := MustNewExec(backend, func(key0, key1, counter0, counter1 *Node) (*Node, *Node) {
		out := threefry([2]*Node{key0, key1}, [2]*Node{counter0, counter1})
		return out[0], out[1]
	})
	for _, test := range []struct{ counter, key, want [2]uint32 }{
		{[2]uint32{0, 0}, [2]uint32{0, 0}, [2]uint32{0x6b200159, 0x99ba4efe}},
		{[2]uint32{0xffffffff, 0xffffffff}, [2]uint32{0xffffffff, 0xffffffff}, [2]uint32{0x1cb996fc, 0xbb002be7}},
		{[2]uint32{0x243f6a88, 0x85a308d3}, [2]uint32{0x13198a2e, 0x03707344}, [2]uint32{0xc4923a9c, 0x483df7a0}},
	} {
		if got := Threefry(test.key, test.counter); got != test.want {
			t.Errorf("host, key %x, counter %x: %x, want %x", test.key, test.counter, got, test.want)
		}
		out, err := inGraph.Call([]uint32{test.key[0]}, []uint32{test.key[1]}, []uint32{test.counter[0]}, []uint32{test.counter[1]})
		if err != nil {
			t.Fatal(err)
		}
		got := [2]uint32{tensors.MustCopyFlatData[uint32](out[0])[0], tensors.MustCopyFlatData[uint32](out[1])[0]}
		if got != test.want {
			t.Errorf("graph, key %x, counter %x: %x, want %x", test.key, test.counter, got, test.want)
		}
	}
}

func TestUniformMatchesHost(t *testing.T) {
	backend, err := engine.Open("go")
	if err != nil {
		t.Fatal(err)
	}
	inGraph := MustNewExec(backend, func(key, sequence, step *Node) *Node {
		return uniform(seedKey(key), sequence, step)
	})
	const seed = 0xfedcba9876543210
	sequences := make([]uint32, 4096)
	for i := range sequences {
		sequences[i] = uint32(i * 1048573)
	}
	sum := 0.0
	for _, step := range []uint32{0, 1, 77, 1 << 31} {
		out, err := inGraph.Call([]uint32{seed & 0xffffffff, seed >> 32}, sequences, step)
		if err != nil {
			t.Fatal(err)
		}
		for i, got := range tensors.MustCopyFlatData[float32](out[0]) {
			if want := Uniform(seed, sequences[i], step); float64(got) != want || got < 0 || got >= 1 {
				t.Fatalf("sequence %d step %d: %v, want %v", sequences[i], step, got, want)
			}
			sum += float64(got)
		}
	}
	// The mean of 16,384 uniforms has a standard deviation of 0.00226.
	if mean := sum / (4 * 4096); mean < 0.49 || mean > 0.51 {
		t.Errorf("mean %v, want about 0.5", mean)
	}
}
