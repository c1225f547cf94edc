package objective

import (
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/dongyur/dongyur/wasm/ir/interp"
)

// blocks builds the loss of rows in blocks of chunk, with its gradients and entropy.
func blocks(chunk int) func(hidden, head, targets *Node) []*Node {
	return func(hidden, head, targets *Node) []*Node {
		logp, entropy := ChosenLogProbs(func(h *Node) *Node {
			return DotGeneral(h, []int{-1}, nil, head, []int{-1}, nil)
		}, hidden, targets, LogProbOptions{Chunk: chunk})
		loss := ReduceAllSum(Square(logp))
		return append(Gradient(loss, hidden, head), loss, ReduceAllSum(entropy))
	}
}

// TestBlocksOfTheVocabulary: on the page's engines too a step in blocks needs the memory
// of one block, with its gradient and the gradient's parts, however many there are.
func TestBlocksOfTheVocabulary(t *testing.T) {
	const rows, vocabulary, dim, block = 1536, 8192, 128, 256
	memory := func(chunk int) int64 {
		r := &interp.Recorder{Target: interp.New()}
		g := NewGraph(ir.NewBackend(r), "loss")
		hidden := Parameter(g, "hidden", shapes.Make(dtypes.Float32, rows, dim))
		head := Parameter(g, "head", shapes.Make(dtypes.Float32, vocabulary, dim))
		targets := Parameter(g, "targets", shapes.Make(dtypes.Int32, rows))
		if err := g.Compile(blocks(chunk)(hidden, head, targets)...); err != nil {
			t.Fatal(err)
		}
		t.Logf("blocks of %d: %s", chunk, r.Plan.Summary())
		return r.Plan.Arena
	}
	logits, weights := int64(4*block*vocabulary), int64(4*dim*(vocabulary+rows))
	if whole, parts := memory(0), memory(block); parts > 3*logits+2*weights || whole < 4*rows*vocabulary {
		t.Errorf("%d bytes in blocks of %d, %d whole", parts, logits, whole)
	}
}

// TestBlocksAreRight: blocks, the last of them smaller, change no number.
func TestBlocksAreRight(t *testing.T) {
	const rows, vocabulary, dim = 11, 19, 6
	backend := ir.NewBackend(interp.New())
	wave := func(n, width int) [][]float32 {
		list := make([][]float32, n)
		for i := range list {
			for j := range width {
				list[i] = append(list[i], float32(math.Sin(float64(3+i*i*width+j*7))))
			}
		}
		return list
	}
	targets := make([]int32, rows)
	for i := range targets {
		targets[i] = int32(i * 5 % vocabulary)
	}
	run := func(chunk int) (all []float32) {
		outputs, err := MustNewExec(backend, blocks(chunk)).Call(wave(rows, dim), wave(vocabulary, dim), targets)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range outputs {
			all = append(all, tensors.MustCopyFlatData[float32](x)...)
		}
		return all
	}
	want := run(0)
	for i, x := range run(4) {
		if !(math.Abs(float64(x-want[i])) <= 1e-5*max(1, math.Abs(float64(want[i])))) {
			t.Errorf("number %d is %g in blocks, %g whole", i, x, want[i])
		}
	}
}
