package main

import "testing"

// Goldens are those of the peers' own description of the workloads (spec.mjs), run by
// Node 20.
func TestWorkload(t *testing.T) {
	w1, w2 := gpts[1], gpts[2]
	weights, count := w1.weights(), 0
	for _, w := range weights {
		count += len(w)
	}
	if count != 1063680 || len(weights) != 68 {
		t.Errorf("w1 has %d numbers in %d weights, want 1063680 in 68", count, len(weights))
	}
	last := weights[len(weights)-2] // the last layer's w2
	for _, test := range []struct{ got, want float32 }{
		{weights[0][0], -0.013193823397159576}, {weights[0][1], 0.008887418545782566}, {last[5], 0.011673036031425}, {weights[7][0], 0},
	} {
		if test.got != test.want {
			t.Errorf("a weight is %v, want %v", test.got, test.want)
		}
	}
	next := w1.batches()
	next()
	x, y := next()
	if hash(x) != 0x87bb444e || hash(y) != 0x7c814f10 || x[0] != 4 || y[255] != 158 {
		t.Errorf("the second batch has hashes %x and %x, want 87bb444e and 7c814f10", hash(x), hash(y))
	}
	if got := hash(w2.prompts(32, 16)); got != 0xbdd11487 {
		t.Errorf("prompts have the hash %x, want bdd11487", got)
	}
	if got := w1.flops(); got != 1711276032 {
		t.Errorf("a step of w1 takes %v operations, want 1711276032", got)
	}
}

func TestMedian(t *testing.T) {
	for _, test := range []struct {
		x    []float64
		want float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{4, 1}, 2.5}, {[]float64{9, 1, 2}, 2}} {
		if got := median(test.x); got != test.want {
			t.Errorf("median of %v is %v, want %v", test.x, got, test.want)
		}
	}
}
