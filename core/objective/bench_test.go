package objective

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/dongyur/dongyur/core/engine"
)

// BenchmarkChosenLogProbs takes the gradient by hidden state and head of 2,048
// tokens with an 8k vocabulary, and reports the peak of the heap. On one core, with
// GOGC=10: 151 MiB and 4.4 s of processor time in one piece, 75 MiB and 6.0 s in
// blocks of 512 rows, 31 MiB and 6.2 s in blocks of 128.
func BenchmarkChosenLogProbs(b *testing.B) {
	const rows, dim, vocabulary = 2048, 128, 8192
	backend, err := engine.Open("go")
	if err != nil {
		b.Fatal(err)
	}
	defer backend.Finalize()
	hidden, head, targets := make([][]float32, rows), make([][]float32, dim), make([]int32, rows)
	for i := range hidden {
		hidden[i] = make([]float32, dim)
		targets[i] = rand.Int32N(vocabulary)
		for j := range hidden[i] {
			hidden[i][j] = rand.Float32() - 0.5
		}
	}
	for i := range head {
		head[i] = make([]float32, vocabulary)
		for j := range head[i] {
			head[i][j] = rand.Float32() - 0.5
		}
	}
	for _, chunk := range []int{0, 512, 128} {
		b.Run(fmt.Sprintf("chunk=%d", chunk), func(b *testing.B) {
			exec := MustNewExec(backend, func(hidden, head, targets *Node) []*Node {
				logits := func(h *Node) *Node { return Einsum("nd,dv->nv", h, head) }
				logp, entropy := ChosenLogProbs(logits, hidden, targets, LogProbOptions{Chunk: chunk})
				loss := ReduceAllSum(logp)
				return append(Gradient(loss, hidden, head), loss, ReduceAllSum(entropy))
			})
			defer exec.Finalize()
			runtime.GC()
			peak := watchHeap()
			for b.Loop() {
				exec.MustCall(hidden, head, targets)
			}
			b.ReportMetric(float64(peak())/(1<<20), "MiB-peak")
		})
	}
}

// watchHeap samples the heap until the function it returns is called, which
// gives the greatest size seen.
func watchHeap() func() uint64 {
	stop, result := make(chan struct{}), make(chan uint64)
	go func() {
		var peak uint64
		var stats runtime.MemStats
		for {
			select {
			case <-stop:
				result <- peak
				return
			case <-time.After(2 * time.Millisecond):
				runtime.ReadMemStats(&stats)
				peak = max(peak, stats.HeapInuse)
			}
		}
	}()
	return func() uint64 { close(stop); return <-result }
}
