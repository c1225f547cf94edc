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

// fileType is the format's name of the types that are read and written.
var fileType = map[dtypes.DType]string{dtypes.Float32: "F32", dtypes.Float16: "F16", dtypes.BFloat16: "BF16"}

// WriteSafetensors writes float32 tensors as dtype (float32, float16 or
// bfloat16), sorted by name, so that the same tensors give the same bytes. A
// number too great for dtype is an error.
func WriteSafetensors(w io.Writer, values map[string]*tensors.Tensor, metadata map[string]string, dtype dtypes.DType) error {
	kind, ok := fileType[dtype]
	if !ok {
		return fmt.Errorf("safetensors: %s is not written; choose float32, float16 or bfloat16", dtype)
	}
	names := sortedKeys(values)
	header, err := headerJSON(names, values, metadata, kind)
	if err != nil {
		return fmt.Errorf("safetensors: %w", err)
	}
	if _, err := w.Write(header); err != nil {
		return fmt.Errorf("safetensors: write: %w", err)
	}
	for _, name := range names {
		var failed error
		err := tensors.ConstFlatData(values[name], func(flat []float32) { failed = writeElements(w, flat, kind) })
		if err = errors.Join(failed, err); err != nil {
			return fmt.Errorf("safetensors: write tensor %q: %w", name, err)
		}
	}
	return nil
}

// headerJSON is the header with its length before it, padded with spaces so that
// the tensors' bytes start at a multiple of 8.
func headerJSON(names []string, values map[string]*tensors.Tensor, metadata map[string]string, kind string) ([]byte, error) {
	header := map[string]any{}
	if len(metadata) > 0 {
		header["__metadata__"] = metadata
	}
	var offset int64
	for _, name := range names {
		shape := values[name].Shape()
		switch {
		case name == "__metadata__" || !utf8.ValidString(name):
			return nil, fmt.Errorf("%q cannot be a tensor's name", name)
		case shape.DType != dtypes.Float32:
			return nil, fmt.Errorf("tensor %q is %s; only float32 tensors are written", name, shape.DType)
		}
		end := offset + int64(shape.Size())*elementSize[kind]
		header[name] = map[string]any{
			"dtype": kind, "shape": append([]int{}, shape.Dimensions...), "data_offsets": [2]int64{offset, end},
		}
		offset = end
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
