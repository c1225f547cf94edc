package model

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
)

// fileType is the format's name of the types that are written.
var fileType = map[dtypes.DType]string{dtypes.Float32: "F32", dtypes.Float16: "F16", dtypes.BFloat16: "BF16"}

// WriteSafetensors writes float32 tensors as dtype (float32, float16 or
// bfloat16), sorted by name, so that the same tensors give the same bytes. A
// number too great for dtype is an error.
func WriteSafetensors(w io.Writer, values map[string]*tensors.Tensor, metadata map[string]string, dtype dtypes.DType) error {
	kind, ok := fileType[dtype]
	if !ok {
		return fmt.Errorf("safetensors: %s is not written; choose float32, float16 or bfloat16", dtype)
	}
	var list []fileTensor
	for _, name := range sortedKeys(values) {
		shape := values[name].Shape()
		if shape.DType != dtypes.Float32 {
			return fmt.Errorf("safetensors: tensor %q is %s; only float32 tensors are written", name, shape.DType)
		}
		list = append(list, fileTensor{name, kind, shape.Dimensions, func(w io.Writer) error {
			var failed error
			err := tensors.ConstFlatData(values[name], func(flat []float32) { failed = writeElements(w, flat, kind) })
			return errors.Join(failed, err)
		}})
	}
	return writeTensors(w, list, metadata)
}

// fileTensor is a tensor as it is written.
type fileTensor struct {
	name, kind string
	shape      []int
	write      func(w io.Writer) error
}

// writeTensors writes a file of tensors in the order of the list.
func writeTensors(w io.Writer, list []fileTensor, metadata map[string]string) error {
	header, err := headerJSON(list, metadata)
	if err != nil {
		return fmt.Errorf("safetensors: %w", err)
	}
	if _, err := w.Write(header); err != nil {
		return fmt.Errorf("safetensors: write: %w", err)
	}
	for _, t := range list {
		if err := t.write(w); err != nil {
			return fmt.Errorf("safetensors: write tensor %q: %w", t.name, err)
		}
	}
	return nil
}

// headerJSON is the header with its length before it, padded with spaces so that
// the tensors' bytes start at a multiple of 8.
func headerJSON(list []fileTensor, metadata map[string]string) ([]byte, error) {
	header := map[string]any{}
	if len(metadata) > 0 {
		header["__metadata__"] = metadata
	}
	var offset int64
	for _, t := range list {
		if t.name == "__metadata__" || !utf8.ValidString(t.name) {
			return nil, fmt.Errorf("%q cannot be a tensor's name", t.name)
		}
		size, err := tensorEntry{kind: t.kind, shape: t.shape}.bytes()
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", t.name, err)
		}
		header[t.name] = map[string]any{
			"dtype": t.kind, "shape": append([]int{}, t.shape...), "data_offsets": [2]int64{offset, offset + size},
		}
		offset += size
	}
	encoded, err := json.Marshal(header)
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	for len(encoded)%8 != 0 {
		encoded = append(encoded, ' ')
	}
	return append(binary.LittleEndian.AppendUint64(nil, uint64(len(encoded))), encoded...), nil
}

// writeElements writes values in the file's type.
func writeElements(w io.Writer, values []float32, kind string) error {
	size := int(elementSize[kind])
	buffer := make([]byte, min(len(values), chunk)*size)
	for len(values) > 0 {
		n := min(len(values), chunk)
		raw := buffer[:n*size]
		if at := encodeElements(raw, values[:n], kind); at >= 0 {
			return fmt.Errorf("%g is too great for %s; save as bfloat16 or float32", values[at], kind)
		}
		if _, err := w.Write(raw); err != nil {
			return err
		}
		values = values[n:]
	}
	return nil
}
