package model

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/dtypes/float16"
	"github.com/gomlx/gomlx/core/tensors"
)

// The safetensors format (Hugging Face): a length (u64, little endian), a JSON
// header that names each tensor's type, shape and byte range, then the bytes.
// Tensors are read one at a time from an io.ReaderAt, so a file larger than the
// memory is no matter.

// maxHeader is the format's own limit on the header, in bytes.
const maxHeader = 100_000_000

// Safetensors is an open file of tensors.
type Safetensors struct {
	reader   io.ReaderAt
	data     int64 // where the tensors' bytes start
	entries  map[string]tensorEntry
	metadata map[string]string
}

type tensorEntry struct {
	DType   string   `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}

// elementSize is the bytes of one element of the types that are read.
var elementSize = map[string]int64{"F32": 4, "F16": 2, "BF16": 2}

// OpenSafetensors reads and checks the header of a file of size bytes.
func OpenSafetensors(r io.ReaderAt, size int64) (*Safetensors, error) {
	var prefix [8]byte
	if size < 8 {
		return nil, fmt.Errorf("safetensors: %d bytes are too few for a header: the file is truncated, get it again", size)
	}
	if _, err := r.ReadAt(prefix[:], 0); err != nil {
		return nil, fmt.Errorf("safetensors: read the header's length: %w", err)
	}
	length := binary.LittleEndian.Uint64(prefix[:])
	if length > maxHeader || int64(length) > size-8 {
		return nil, fmt.Errorf("safetensors: a header of %d bytes in a file of %d: the file is truncated or no safetensors file", length, size)
	}
	header := make([]byte, length)
	if _, err := r.ReadAt(header, 8); err != nil {
		return nil, fmt.Errorf("safetensors: read the header: %w", err)
	}
	f := &Safetensors{reader: r, data: 8 + int64(length), entries: map[string]tensorEntry{}}
	if err := f.parse(header); err != nil {
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	return f, f.check(size - f.data)
}

// parse reads the header's JSON.
func (f *Safetensors) parse(header []byte) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(header, &raw); err != nil {
		return fmt.Errorf("the header is no JSON object: %w", err)
	}
	for name, message := range raw {
		if name == "__metadata__" {
			if err := json.Unmarshal(message, &f.metadata); err != nil {
				return fmt.Errorf("__metadata__ is no object of strings: %w", err)
			}
			continue
		}
		var entry tensorEntry
		if err := json.Unmarshal(message, &entry); err != nil {
			return fmt.Errorf("tensor %q: %w", name, err)
		}
		f.entries[name] = entry
	}
	return nil
}

// check compares every tensor's byte range with its shape and with the others'.
func (f *Safetensors) check(available int64) error {
	names := f.Names()
	slices.SortStableFunc(names, func(a, b string) int {
		return int(min(max(f.entries[a].Offsets[0]-f.entries[b].Offsets[0], -1), 1))
	})
	var end int64
	for _, name := range names {
		e := f.entries[name]
		want, err := e.bytes()
		if err != nil {
			return fmt.Errorf("safetensors: tensor %q: %w", name, err)
		}
		start, stop := e.Offsets[0], e.Offsets[1]
		switch {
		case start < 0 || stop < start || stop-start != want:
			return fmt.Errorf("safetensors: tensor %q: bytes %d to %d do not hold %s%v", name, start, stop, e.DType, e.Shape)
		case start < end:
			return fmt.Errorf("safetensors: tensor %q: its bytes overlap another tensor's", name)
		case stop > available:
			return fmt.Errorf("safetensors: tensor %q ends at byte %d of %d: the file is truncated, get it again", name, stop, available)
		}
		end = stop
	}
	return nil
}

// bytes is the size that type and shape ask for.
func (e tensorEntry) bytes() (int64, error) {
	size, ok := elementSize[e.DType]
	if !ok {
		return 0, fmt.Errorf("type %s is not read; convert the file to F32, F16 or BF16", e.DType)
	}
	for _, dim := range e.Shape {
		if dim < 0 || (dim > 0 && size > math.MaxInt64/int64(dim)) {
			return 0, fmt.Errorf("shape %v is impossible", e.Shape)
		}
		size *= int64(dim)
	}
	return size, nil
}

// Names lists the tensors, sorted.
func (f *Safetensors) Names() []string {
	names := make([]string, 0, len(f.entries))
	for name := range f.entries {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Metadata is the file's own strings; nil if it has none.
func (f *Safetensors) Metadata() map[string]string { return f.metadata }

// Shape gives a tensor's dimensions and whether the file has it.
func (f *Safetensors) Shape(name string) ([]int, bool) {
	e, ok := f.entries[name]
	return e.Shape, ok
}

// Tensor reads one tensor as float32.
func (f *Safetensors) Tensor(name string) (*tensors.Tensor, error) {
	e, ok := f.entries[name]
	if !ok {
		return nil, fmt.Errorf("safetensors: there is no tensor %q", name)
	}
	raw := make([]byte, e.Offsets[1]-e.Offsets[0])
	if _, err := f.reader.ReadAt(raw, f.data+e.Offsets[0]); err != nil {
		return nil, fmt.Errorf("safetensors: read tensor %q: %w", name, err)
	}
	values := make([]float32, int64(len(raw))/elementSize[e.DType])
	for i := range values {
		switch e.DType {
		case "F32":
			values[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		case "F16":
			values[i] = float16.FromBits(binary.LittleEndian.Uint16(raw[2*i:])).Float32()
		case "BF16":
			values[i] = bfloat16.FromBits(binary.LittleEndian.Uint16(raw[2*i:])).Float32()
		}
	}
	return tensors.FromFlatDataAndDimensions(values, e.Shape...), nil
}

// fileType is a type's name in the format.
var fileType = map[dtypes.DType]string{dtypes.Float32: "F32", dtypes.Float16: "F16", dtypes.BFloat16: "BF16"}

// WriteSafetensors writes float32 tensors as dtype (float32, float16 or
// bfloat16), sorted by name, so that the same tensors give the same bytes.
func WriteSafetensors(w io.Writer, values map[string]*tensors.Tensor, metadata map[string]string, dtype dtypes.DType) error {
	kind, ok := fileType[dtype]
	if !ok {
		return fmt.Errorf("safetensors: %s is not written; choose float32, float16 or bfloat16", dtype)
	}
	names := sortedKeys(values)
	header, err := headerJSON(names, values, metadata, kind)
	if err != nil {
		return err
	}
	buffered := bufio.NewWriterSize(w, 1<<20)
	var prefix [8]byte
	binary.LittleEndian.PutUint64(prefix[:], uint64(len(header)))
	// A bufio.Writer keeps its first error and gives it at Flush.
	_, _ = buffered.Write(prefix[:])
	_, _ = buffered.Write(header)
	for _, name := range names {
		err := tensors.ConstFlatData(values[name], func(flat []float32) { writeElements(buffered, flat, kind) })
		if err != nil {
			return fmt.Errorf("safetensors: write tensor %q: %w", name, err)
		}
	}
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("safetensors: write: %w", err)
	}
	return nil
}

// headerJSON is the header, padded with spaces to a multiple of 8 bytes.
func headerJSON(names []string, values map[string]*tensors.Tensor, metadata map[string]string, kind string) ([]byte, error) {
	header := map[string]any{}
	if len(metadata) > 0 {
		header["__metadata__"] = metadata
	}
	var offset int64
	for _, name := range names {
		shape := values[name].Shape()
		if shape.DType != dtypes.Float32 {
			return nil, fmt.Errorf("safetensors: tensor %q is %s; only float32 tensors are written", name, shape.DType)
		}
		end := offset + int64(shape.Size())*elementSize[kind]
		header[name] = tensorEntry{DType: kind, Shape: append([]int{}, shape.Dimensions...), Offsets: [2]int64{offset, end}}
		offset = end
	}
	encoded, err := json.Marshal(header)
	if err != nil {
		return nil, fmt.Errorf("safetensors: header: %w", err)
	}
	for len(encoded)%8 != 0 {
		encoded = append(encoded, ' ')
	}
	return encoded, nil
}

// writeElements appends values in the file's type; w keeps errors until Flush.
func writeElements(w *bufio.Writer, values []float32, kind string) {
	var element [4]byte
	for _, x := range values {
		switch kind {
		case "F32":
			binary.LittleEndian.PutUint32(element[:], math.Float32bits(x))
		case "F16":
			binary.LittleEndian.PutUint16(element[:], uint16(float16.FromFloat32(x)))
		case "BF16":
			binary.LittleEndian.PutUint16(element[:], uint16(bfloat16.FromFloat32(x)))
		}
		_, _ = w.Write(element[:elementSize[kind]])
	}
}
