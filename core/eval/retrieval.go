package eval

import (
	"fmt"
	"slices"
)

// Encoder embeds texts as rows of length 1.
type Encoder interface {
	Embed(texts []string) ([][]float32, error)
}

// Retrieval is the share of sources whose own reference is the nearest by cosine of all
// references and of the decoys, texts that no source means. References equal to the
// right one count as right.
func Retrieval(encoder Encoder, sources, references, decoys []string) (float64, error) {
	if len(sources) == 0 || len(sources) != len(references) {
		return 0, fmt.Errorf("retrieval: %d sources and %d references: give one of each, at least one", len(sources), len(references))
	}
	from, err := encoder.Embed(sources)
	if err != nil {
		return 0, err
	}
	pool := slices.Concat(references, decoys)
	to, err := encoder.Embed(pool)
	if err != nil {
		return 0, err
	}
	right := 0
	for i, row := range from {
		best := 0
		for j := range to {
			if Cosine(row, to[j]) > Cosine(row, to[best]) {
				best = j
			}
		}
		if pool[best] == references[i] {
			right++
		}
	}
	return float64(right) / float64(len(sources)), nil
}

// Cosine of two rows of length 1.
func Cosine(a, b []float32) float64 {
	var sum float64
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}
