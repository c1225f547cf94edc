package model

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
)

func quantTestModel(t *testing.T) *Checkpoint {
	t.Helper()
	c, err := Random(&Config{ModelType: "qwen2", VocabSize: 40, HiddenSize: 32, IntermediateSize: 48, Layers: 2, Heads: 2, KVHeads: 1,
		HeadDim: 16, MaxPositions: 64, RMSNormEps: 1e-6, RopeTheta: 10000, TieEmbeddings: true}, 7)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func flat(t *testing.T, tensor *tensors.Tensor) []float32 {
	t.Helper()
	values, err := tensors.CopyFlatData[float32](tensor)
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// A quantised model comes back in its own shapes, each number at most half a step of
// its scale from what it was, and smaller on disk.
func TestSaveQuantized(t *testing.T) {
	c := quantTestModel(t)
	whole := t.TempDir()
	if err := c.Save(whole, dtypes.Float16); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		bits      int
		group     int // numbers a scale; 0: a row
		top, size float64
	}{{8, 0, 127, 0.75}, {4, groupSize, 7, 0.65}} {
		dir := filepath.Join(t.TempDir(), "quantised")
		if err := c.SaveQuantized(dir, test.bits); err != nil {
			t.Fatal(err)
		}
		back, err := Load(os.DirFS(dir))
		if err != nil {
			t.Fatalf("%d bits: %v", test.bits, err)
		}
		for name, tensor := range c.Weights {
			want, have := flat(t, tensor), flat(t, back.Weights[name])
			shape := tensor.Shape().Dimensions
			group := shape[len(shape)-1]
			if test.group > 0 && len(shape) == 2 && group%test.group == 0 {
				group = test.group
			}
			for from := 0; from < len(want); from += group {
				largest := 0.0
				for _, x := range want[from : from+group] {
					largest = math.Max(largest, math.Abs(float64(x)))
				}
				for i := from; i < from+group; i++ {
					// Half a step, and what rounding the scale to float16 adds.
					if off := math.Abs(float64(have[i] - want[i])); off > 0.503*largest/test.top+1e-7*test.top {
						t.Fatalf("%d bits: %s[%d] is %g, was %g, with the largest of its scale at %g", test.bits, name, i, have[i], want[i], largest)
					}
				}
			}
		}
		if ratio := fileSize(t, dir) / fileSize(t, whole); ratio > test.size {
			t.Errorf("%d bits take %.2f of float16's bytes", test.bits, ratio)
		}
		// What was loaded is a model like any other.
		if err := back.Save(t.TempDir(), dtypes.Float16); err != nil {
			t.Error(err)
		}
	}
	if err := c.SaveQuantized(t.TempDir(), 3); err == nil || !strings.Contains(err.Error(), "8 or 4") {
		t.Errorf("3 bits: %v", err)
	}
}

func fileSize(t *testing.T, dir string) float64 {
	t.Helper()
	info, err := os.Stat(filepath.Join(dir, weightsFile))
	if err != nil {
		t.Fatal(err)
	}
	return float64(info.Size())
}

// The layout by hand: rows of numbers, their scales, and the order in a packed I32.
func TestQuantizedLayout(t *testing.T) {
	var file bytes.Buffer
	eight := rawTensor("a.weight", "I8", []int{2, 2}, []byte{1, 0xff, 127, 0x81})
	packed := rawTensor("b.weight_packed", "I32", []int{1, 2}, []byte{0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe})
	list := []fileTensor{eight, floatTensor("a.weight_scale", []int{2, 1}, []float32{0.5, 2}, "F16"),
		packed, floatTensor("b.weight_scale", []int{1, 2}, []float32{1, 10}, "F16"),
		rawTensor("b.weight_shape", "I64", []int{2}, []byte{1, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0})}
	if err := writeTensors(&file, list, nil); err != nil {
		t.Fatal(err)
	}
	f, err := OpenSafetensors(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	weights, err := f.Weights()
	if err != nil || len(weights) != 2 {
		t.Fatalf("weights %v, %v", weights, err)
	}
	for name, want := range map[string][]float32{
		"a.weight": {0.5, -0.5, 254, -254},
		"b.weight": {-8, -7, -6, -5, -4, -3, -2, -1, 0, 10, 20, 30, 40, 50, 60, 70},
	} {
		tensor, err := f.Weight(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, x := range flat(t, tensor) {
			if x != want[i] {
				t.Errorf("%s[%d] = %g, want %g", name, i, x, want[i])
			}
		}
	}
}

// What compressed-tensors packs is read as it reads it (testdata/quantized.py).
func TestQuantizedGolden(t *testing.T) {
	content, err := os.ReadFile("testdata/quantized.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct{ Weights map[string][]float32 }
	if err := json.Unmarshal(content, &golden); err != nil {
		t.Fatal(err)
	}
	file, closeFile, err := openSafetensors(os.DirFS("testdata"), "quantized.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer closeFile()
	weights, err := file.Weights()
	if err != nil || len(weights) != len(golden.Weights) {
		t.Fatalf("weights %v, %v", weights, err)
	}
	for name, want := range golden.Weights {
		tensor, err := file.Weight(name)
		if err != nil {
			t.Fatal(err)
		}
		if have := flat(t, tensor); !slices.Equal(have, want) {
			t.Errorf("%s: %v, want %v", name, have, want)
		}
	}
}

// Damaged files say what is wrong with which tensor.
func TestQuantizedRefuses(t *testing.T) {
	numbers := rawTensor("a.weight", "I8", []int{2, 4}, make([]byte, 8))
	scale := func(shape []int, values ...float32) fileTensor {
		return floatTensor("a.weight_scale", shape, values, "F32")
	}
	packed := rawTensor("a.weight_packed", "I32", []int{2, 1}, make([]byte, 8))
	shape := func(out, in byte) fileTensor {
		return rawTensor("a.weight_shape", "I64", []int{2}, []byte{out, 0, 0, 0, 0, 0, 0, 0, in, 0, 0, 0, 0, 0, 0, 0})
	}
	for _, test := range []struct {
		name string
		list []fileTensor
		want string
	}{
		{"no scales", []fileTensor{numbers}, `no tensor "a.weight_scale"`},
		{"scales of other rows", []fileTensor{numbers, scale([]int{3, 1}, 1, 1, 1)}, "does not fit [2 4]"},
		{"scales of no group", []fileTensor{numbers, scale([]int{2, 3}, 1, 1, 1, 1, 1, 1)}, "does not fit [2 4]"},
		{"a scale that is no number", []fileTensor{numbers, scale([]int{2, 1}, 1, float32(math.NaN()))}, "scale NaN"},
		{"a negative scale", []fileTensor{numbers, scale([]int{2, 1}, -1, 1)}, "scale -1"},
		{"no matrix", []fileTensor{rawTensor("a.weight", "I8", []int{2}, make([]byte, 2)), scale([]int{2, 1}, 1, 1)}, "only matrices"},
		{"no shape", []fileTensor{packed, scale([]int{2, 1}, 1, 1)}, "I64 [2]"},
		{"another shape", []fileTensor{packed, scale([]int{2, 1}, 1, 1), shape(2, 9)}, "2 × 9"},
		{"packed and not", []fileTensor{numbers, packed, scale([]int{2, 1}, 1, 1), shape(2, 8)}, "packed and as it is"},
	} {
		var file bytes.Buffer
		if err := writeTensors(&file, test.list, nil); err != nil {
			t.Fatal(err)
		}
		f, err := OpenSafetensors(bytes.NewReader(file.Bytes()), int64(file.Len()))
		if err != nil {
			t.Fatal(err)
		}
		if _, err = f.Weights(); err == nil {
			_, err = f.Weight("a.weight")
		}
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "a.weight") {
			t.Errorf("%s: error %v, want one with %q", test.name, err, test.want)
		}
	}
	c := quantTestModel(t)
	c.Weights["model.embed_tokens.weight"] = tensors.FromFlatDataAndDimensions(append(make([]float32, 40*32-1), float32(math.Inf(1))), 40, 32)
	if err := c.SaveQuantized(t.TempDir(), 8); err == nil || !strings.Contains(err.Error(), "embed_tokens") {
		t.Errorf("an infinite weight: %v", err)
	}
}
