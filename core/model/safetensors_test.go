package model

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
)

// openBytes opens a file's content.
func openBytes(content []byte) (*Safetensors, error) {
	return OpenSafetensors(bytes.NewReader(content), int64(len(content)))
}

// fileOf is a safetensors file with a header and data of size bytes.
func fileOf(header string, size int) []byte {
	content := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(content, header...), make([]byte, size)...)
}

// TestFloatsEqualTorch reads numbers that torch rounded, and rounds them ourselves.
// floats.safetensors was made by the torch that its metadata names.
func TestFloatsEqualTorch(t *testing.T) {
	file, closeFile, err := openSafetensors(os.DirFS("testdata"), "floats.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer closeFile()
	if made := file.Metadata()["made_by"]; !strings.HasPrefix(made, "torch ") {
		t.Errorf("metadata: made by %q", made)
	}
	flat := func(name string) []float32 {
		tensor, err := file.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		return tensors.MustCopyFlatData[float32](tensor)
	}
	exact := flat("f32")
	if matrix, _ := file.Tensor("matrix"); !slices.Equal(matrix.Shape().Dimensions, []int{4, 4}) || !slices.Equal(flat("matrix"), exact) {
		t.Error("matrix is not f32 as 4×4")
	}
	for name, kind := range map[string]string{"f16": "F16", "bf16": "BF16"} {
		for i, want := range flat(name) {
			x := exact[i]
			if kind == "F16" && math.Abs(float64(x)) > 65504 {
				x = 0 // make_goldens.py did the same
			}
			raw := make([]byte, 2)
			if at := encodeElements(raw, []float32{x}, kind); at >= 0 {
				t.Errorf("%s: %g does not fit", kind, x)
			}
			rounded := make([]float32, 1)
			decodeElements(rounded, raw, kind)
			if math.Float32bits(rounded[0]) != math.Float32bits(want) {
				t.Errorf("%s: %g is rounded to %g, torch says %g", kind, x, rounded[0], want)
			}
		}
	}
	if _, err := file.Tensor("ids"); !errors.Is(err, errNotRead) {
		t.Errorf("reading integers: %v", err)
	}
}

// TestEveryHalf writes and reads each of the 65,536 patterns of both types.
func TestEveryHalf(t *testing.T) {
	for _, kind := range []string{"F16", "BF16"} {
		raw, values, again := make([]byte, 2), make([]float32, 1), make([]byte, 2)
		for pattern := range 1 << 16 {
			binary.LittleEndian.PutUint16(raw, uint16(pattern))
			decodeElements(values, raw, kind)
			if at := encodeElements(again, values, kind); at >= 0 {
				t.Fatalf("%s %04x: %g does not fit", kind, pattern, values[0])
			}
			if values[0] != values[0] {
				if decodeElements(values, again, kind); values[0] == values[0] {
					t.Fatalf("%s %04x: not a number, written as %x", kind, pattern, again)
				}
				continue
			}
			if !bytes.Equal(raw, again) {
				t.Fatalf("%s %04x: written as %x", kind, pattern, again)
			}
		}
		// Halfway between two neighbours goes to the even one.
		decodeElements(values, []byte{0x01, 0x3c}, kind)
		low := values[0]
		decodeElements(values, []byte{0x02, 0x3c}, kind)
		encodeElements(again, []float32{(low + values[0]) / 2}, kind)
		if again[0] != 0x02 {
			t.Errorf("%s: a tie is rounded to %x", kind, again)
		}
	}
}

func TestWriteSafetensors(t *testing.T) {
	values := map[string]*tensors.Tensor{
		"b":       tensors.FromFlatDataAndDimensions([]float32{1, -2, 0.5, 4, 5, 6}, 2, 3),
		"a":       tensors.FromFlatDataAndDimensions([]float32{0.25}, 1),
		"scalar":  tensors.FromScalar(float32(3)),
		"<ü>\"\\": tensors.FromFlatDataAndDimensions(make([]float32, chunk+3), chunk+3),
	}
	for _, dtype := range []dtypes.DType{dtypes.Float32, dtypes.Float16, dtypes.BFloat16} {
		var first, second bytes.Buffer
		for _, w := range []io.Writer{&first, &second} {
			if err := WriteSafetensors(w, values, map[string]string{"format": "pt", "z": "1"}, dtype); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("%s: the same tensors gave two files", dtype)
		}
		if binary.LittleEndian.Uint64(first.Bytes())%8 != 0 {
			t.Errorf("%s: the data does not start at a multiple of 8", dtype)
		}
		file, err := openBytes(first.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if want := map[string]string{"format": "pt", "z": "1"}; !reflect.DeepEqual(file.Metadata(), want) {
			t.Errorf("%s: metadata %v", dtype, file.Metadata())
		}
		if !slices.Equal(file.Names(), sortedKeys(values)) {
			t.Errorf("%s: names %v", dtype, file.Names())
		}
		for name, want := range values {
			have, err := file.Tensor(name)
			if err != nil {
				t.Fatal(err)
			}
			if !have.Equal(want) {
				t.Errorf("%s: tensor %q is another", dtype, name)
			}
		}
	}
}

func TestWriteSafetensorsRefuses(t *testing.T) {
	one := tensors.FromFlatDataAndDimensions([]float32{1, 70000}, 2)
	tests := []struct {
		name   string
		values map[string]*tensors.Tensor
		dtype  dtypes.DType
		want   string
	}{
		{"type", map[string]*tensors.Tensor{"a": one}, dtypes.Int8, "Int8 is not written"},
		{"integers", map[string]*tensors.Tensor{"a": tensors.FromScalar(int32(1))}, dtypes.Float32, `tensor "a" is Int32`},
		{"reserved name", map[string]*tensors.Tensor{"__metadata__": one}, dtypes.Float32, "__metadata__"},
		{"broken name", map[string]*tensors.Tensor{"\xff": one}, dtypes.Float32, "name"},
		{"too great", map[string]*tensors.Tensor{"a": one}, dtypes.Float16, `tensor "a": 70000 is too great for F16`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := WriteSafetensors(io.Discard, test.values, nil, test.dtype)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("have %v, want %q", err, test.want)
			}
		})
	}
}

func TestDamagedSafetensors(t *testing.T) {
	const a = `"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}`
	tests := []struct {
		name    string
		content []byte
		want    string
	}{
		{"empty", nil, "truncated"},
		{"seven bytes", make([]byte, 7), "truncated"},
		{"text", []byte("<!DOCTYPE html><html>"), "no safetensors file"},
		{"long header", binary.LittleEndian.AppendUint64(nil, math.MaxUint64), "header of 18446744073709551615 bytes"},
		{"header cut", fileOf(`{`+a+`}`, 0)[:20], "truncated"},
		{"data cut", fileOf(`{`+a+`}`, 7), `tensor "a" ends at byte 8 of 7`},
		{"no JSON", fileOf(`nothing!`, 0), "no JSON object"},
		{"a list", fileOf(`[]`, 0), "no JSON object"},
		{"JSON cut", fileOf(`{"a": {"dtype"`, 0), "EOF"},
		{"no end", fileOf(`{`+a, 8), "EOF"},
		{"more JSON", fileOf(`{}{}`, 0), "follows"},
		{"broken name", fileOf("{\"\xff\": {}}", 0), "UTF-8"},
		{"same name", fileOf(`{`+a+`, `+a+`}`, 8), `"a": two tensors have this name`},
		{"metadata twice", fileOf(`{"__metadata__": {}, "__metadata__": {}}`, 0), "twice"},
		{"metadata", fileOf(`{"__metadata__": {"a": 1}}`, 0), `"__metadata__"`},
		{"no shape", fileOf(`{"a": {"dtype": "F32", "data_offsets": [0, 4]}}`, 4), `"a": a tensor has`},
		{"one offset", fileOf(`{"a": {"dtype": "F32", "shape": [], "data_offsets": [4]}}`, 4), `"a": a tensor has`},
		{"three offsets", fileOf(`{"a": {"dtype": "F32", "shape": [], "data_offsets": [0, 4, 8]}}`, 4), `"a": a tensor has`},
		{"unknown type", fileOf(`{"a": {"dtype": "F4", "shape": [2], "data_offsets": [0, 1]}}`, 1), `tensor "a": type "F4"`},
		{"negative shape", fileOf(`{"a": {"dtype": "F32", "shape": [-2], "data_offsets": [0, 8]}}`, 8), `tensor "a": shape [-2]`},
		{"overflow", fileOf(`{"a": {"dtype": "F32", "shape": [4611686018427387904, 4], "data_offsets": [0, 0]}}`, 0), "impossible"},
		{"fraction", fileOf(`{"a": {"dtype": "F32", "shape": [1.5], "data_offsets": [0, 8]}}`, 8), `"a"`},
		{"wrong size", fileOf(`{"a": {"dtype": "F32", "shape": [3], "data_offsets": [0, 8]}}`, 8), `tensor "a": bytes 0 to 8 do not hold F32[3]`},
		{"backwards", fileOf(`{"a": {"dtype": "F32", "shape": [2], "data_offsets": [8, 0]}}`, 8), `tensor "a": bytes 8 to 0`},
		{"before the start", fileOf(`{"a": {"dtype": "F32", "shape": [2], "data_offsets": [-8, 0]}}`, 8), `tensor "a": bytes -8 to 0`},
		{"overlap", fileOf(`{`+a+`, "b": {"dtype": "F32", "shape": [2], "data_offsets": [4, 12]}}`, 12), `tensor "b": its bytes from 4 overlap`},
		{"hole", fileOf(`{`+a+`, "b": {"dtype": "F32", "shape": [1], "data_offsets": [12, 16]}}`, 16), "bytes 8 to 12"},
		{"trailing bytes", fileOf(`{`+a+`}`, 9), "bytes 8 to 9"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := openBytes(test.content)
			if err == nil || !strings.HasPrefix(err.Error(), "safetensors: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("have %v, want %q", err, test.want)
			}
		})
	}
}

func TestEmptyAndShrunkTensors(t *testing.T) {
	content := fileOf(`{"a": {"dtype": "F32", "shape": [0, 2], "data_offsets": [0, 0]}, "b": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}`, 8)
	file, err := openBytes(content)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Tensor("a"); err == nil || !strings.Contains(err.Error(), `"a" [0 2] is empty`) {
		t.Errorf("reading an empty tensor: %v", err)
	}
	if _, err := file.Tensor("c"); err == nil || !strings.Contains(err.Error(), `no tensor "c"`) {
		t.Errorf("reading what is not there: %v", err)
	}
	// The file shrinks after it was opened.
	file, err = OpenSafetensors(bytes.NewReader(content[:len(content)-1]), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Tensor("b"); err == nil || !strings.Contains(err.Error(), `tensor "b": the file ends at byte`) {
		t.Errorf("reading a file that shrank: %v", err)
	}
}

func FuzzSafetensors(f *testing.F) {
	floats, err := os.ReadFile("testdata/floats.safetensors")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(floats)
	f.Add(fileOf(`{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}`, 8))
	f.Add(fileOf(`{"__metadata__": {"a": "b"}, "e": {"dtype": "BF16", "shape": [0], "data_offsets": [0, 0]}}`, 0))
	f.Add(fileOf(`{"a": {"dtype": "F16", "shape": [1, 1, 1], "data_offsets": [0, 2]}, "b": {"dtype": "U8", "shape": [], "data_offsets": [2, 3]}}`, 3))
	f.Fuzz(func(t *testing.T, content []byte) {
		file, err := openBytes(content)
		if err != nil {
			return
		}
		values := map[string]*tensors.Tensor{}
		for _, name := range file.Names() {
			if tensor, err := file.Tensor(name); err == nil {
				values[name] = tensor
			}
		}
		var again bytes.Buffer
		if err := WriteSafetensors(&again, values, file.Metadata(), dtypes.Float32); err != nil {
			t.Fatal(err)
		}
		reread, err := openBytes(again.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range values {
			have, err := reread.Tensor(name)
			if err != nil {
				t.Fatal(err)
			}
			if fmt.Sprint(have.Shape()) != fmt.Sprint(want.Shape()) || !sameBits(have, want) {
				t.Errorf("tensor %q changed", name)
			}
		}
	})
}

func sameBits(a, b *tensors.Tensor) bool {
	return slices.EqualFunc(tensors.MustCopyFlatData[float32](a), tensors.MustCopyFlatData[float32](b),
		func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) })
}
