//go:build !js

package webgpu

import (
	"errors"
	"os/exec"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
)

// TestPiecesCompile has the hand-made plans and the products written for adapters whose
// bindings are small, and read by the compilers that browsers use.
func TestPiecesCompile(t *testing.T) {
	tests := testPlans()
	for _, size := range dotSizes() {
		tests = append(tests, dotTest(size))
	}
	for _, size := range attentionSizes() {
		tests = append(tests, attentionTest(size))
	}
	path, missing := exec.LookPath("tint")
	for kind, adapter := range testAdapters {
		small := *adapter
		small.BindingBytes, small.StorageBuffers = 16<<10, 1000
		seen := map[string]bool{}
		for _, test := range tests {
			a, err := assemble(test.plan, &small, nil, false)
			if err != nil {
				t.Errorf("%s on %s: %v", test.name, kind, err)
				continue
			}
			for at, i := 0, 0; i < len(a.kernels); i++ {
				k := &a.kernels[i]
				for j, b := range k.bindings {
					if size := a.words[at+6+3*j+2]; int64(size) > small.BindingBytes || size <= 0 {
						t.Errorf("%s on %s: %s binds %d bytes of value %d", test.name, kind, k.name, size, b.value)
					}
				}
				at += 6 + 3*len(k.bindings)
				if strings.Contains(k.source, "fn get_b") && !seen[k.source] && missing == nil {
					seen[k.source] = true
					check(t, path, test.name, k.source)
				}
			}
		}
		if missing == nil && len(seen) < 10 {
			t.Errorf("%s: %d kernels are in pieces", kind, len(seen))
		}
	}
}

// TestPiecesHaveSmallTiles: on software adapters, which write out every choice of a piece, no tiling of a
// product in pieces is large, and one that is not in pieces keeps its own.
func TestPiecesHaveSmallTiles(t *testing.T) {
	test := dotTest(dotSize{1, 72, 100, 150, rowsFirst, rowsFirst, dtypes.Float32})
	for kind, adapter := range testAdapters {
		if !adapter.Software {
			continue
		}
		small := *adapter
		small.BindingBytes = 16 << 10
		c, d := dotOf(test, &small)
		for _, tiling := range c.tilings(d, c.tileByRule(d)) {
			if tiling.TM*tiling.TN > 4 {
				t.Errorf("on %s a product in pieces may have the tiling %v", kind, tiling)
			}
		}
		c, d = dotOf(test, adapter)
		if whole := c.tileByRule(d); whole.TM*whole.TN <= 4 {
			t.Errorf("on %s a product of whole values has the tiling %v", kind, whole)
		}
	}
}

// TestTooManyPieces: what cannot be bound in pieces is refused with its size.
func TestTooManyPieces(t *testing.T) {
	small := *testAdapters["gpu"]
	small.BindingBytes, small.StorageBuffers = 4<<10, 4
	_, err := assemble(dotTest(dotSize{1, 128, 128, 40, sumFirst, sumFirst, dtypes.Float32}).plan, &small, nil, false)
	var limit *LimitError
	if !errors.As(err, &limit) || limit.Size != 4*128*128 || limit.Limit != 4<<10 || !strings.Contains(limit.What, "(Float32)[1, 128, 128]") {
		t.Errorf("a product with a result of 16 pieces: %v", err)
	}
	small.BufferBytes = 1 << 10
	if _, err = assemble(mapTests()[6].plan, &small, nil, false); !errors.As(err, &limit) || limit.Limit != 1<<10 {
		t.Errorf("a tensor larger than a buffer: %v", err)
	}
}
