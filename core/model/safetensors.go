package model

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
)

// The safetensors format (Hugging Face, github.com/huggingface/safetensors): a
// length (u64, little endian), a JSON header that names each tensor's type, shape
// and byte range, then the bytes. Tensors are read one at a time from an
// io.ReaderAt, so a file larger than the memory is no matter.

// maxHeader is the format's own limit on the header, in bytes.
const maxHeader = 100_000_000

// Safetensors is an open file of tensors.
type Safetensors struct {
	reader   io.ReaderAt
	data     int64 // where the tensors' bytes start
	entries  map[string]tensorEntry
	metadata map[string]string
}

// tensorEntry is a tensor's place in a file.
type tensorEntry struct {
	kind        string
	shape       []int
	start, stop int64 // bytes after the header
}

// elementSize is the bytes of an element of the format's types. F64, F32, F16 and BF16
// are read, and what quantised weights are made of; a file may hold tensors of others that
// nobody asks for.
var elementSize = map[string]int64{
	"F64": 8, "F32": 4, "F16": 2, "BF16": 2,
	"I64": 8, "U64": 8, "I32": 4, "U32": 4, "I16": 2, "U16": 2, "I8": 1, "U8": 1, "BOOL": 1,
	"F8_E4M3": 1, "F8_E5M2": 1,
}

var errNotRead = errors.New("only F64, F32, F16 and BF16 are read; convert the file")

// OpenSafetensors reads and checks the header of a file of size bytes.
func OpenSafetensors(r io.ReaderAt, size int64) (*Safetensors, error) {
	if size < 8 {
		return nil, fmt.Errorf("safetensors: %d bytes are too few for a header: the file is truncated, get it again", size)
	}
	var prefix [8]byte
	if err := readFull(r, prefix[:], 0); err != nil {
		return nil, fmt.Errorf("safetensors: read the header's length: %w", err)
	}
	length := binary.LittleEndian.Uint64(prefix[:])
	if length > maxHeader || int64(length) > size-8 {
		return nil, fmt.Errorf("safetensors: a header of %d bytes in a file of %d: the file is truncated or no safetensors file", length, size)
	}
	header := make([]byte, length)
	if err := readFull(r, header, 8); err != nil {
		return nil, fmt.Errorf("safetensors: read the header: %w", err)
	}
	f := &Safetensors{reader: r, data: 8 + int64(length), entries: map[string]tensorEntry{}}
	if err := f.parse(header); err != nil {
		return nil, fmt.Errorf("safetensors: header: %w", err)
	}
	if err := f.check(size - f.data); err != nil {
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	return f, nil
}

// readFull fills buffer from offset; a reader may give io.EOF with the last byte.
func readFull(r io.ReaderAt, buffer []byte, offset int64) error {
	n, err := r.ReadAt(buffer, offset)
	if n == len(buffer) {
		return nil
	}
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("the file ends at byte %d: it is truncated, get it again", offset+int64(n))
	}
	return err
}

// check compares every tensor's byte range with its shape and with the others'.
// As the format demands, the ranges cover all bytes once.
func (f *Safetensors) check(available int64) error {
	names := f.Names()
	slices.SortStableFunc(names, func(a, b string) int {
		x, y := f.entries[a], f.entries[b]
		if x.start != y.start {
			return sign(x.start - y.start)
		}
		return sign(x.stop - y.stop)
	})
	var end int64
	for _, name := range names {
		e := f.entries[name]
		want, err := e.bytes()
		switch {
		case err != nil:
			return fmt.Errorf("tensor %q: %w", name, err)
		case e.start < 0 || e.stop < e.start || e.stop-e.start != want:
			return fmt.Errorf("tensor %q: bytes %d to %d do not hold %s%v", name, e.start, e.stop, e.kind, e.shape)
		case e.stop > available:
			return fmt.Errorf("tensor %q ends at byte %d of %d: the file is truncated, get it again", name, e.stop, available)
		case e.start < end:
			return fmt.Errorf("tensor %q: its bytes from %d overlap another tensor's, which end at %d", name, e.start, end)
		case e.start > end:
			return fmt.Errorf("bytes %d to %d, before tensor %q, belong to no tensor", end, e.start, name)
		}
		end = e.stop
	}
	if end != available {
		return fmt.Errorf("bytes %d to %d, at the end, belong to no tensor", end, available)
	}
	return nil
}

func sign(x int64) int { return int(min(max(x, -1), 1)) }

// bytes is the size that type and shape ask for.
func (e tensorEntry) bytes() (int64, error) {
	size, ok := elementSize[e.kind]
	if !ok {
		return 0, fmt.Errorf("type %q is not known; %w", e.kind, errNotRead)
	}
	for _, dim := range e.shape {
		if dim < 0 || (dim > 0 && size > math.MaxInt64/int64(dim)) {
			return 0, fmt.Errorf("shape %v is impossible", e.shape)
		}
		size *= int64(dim)
	}
	return size, nil
}

// Names lists the tensors, sorted.
func (f *Safetensors) Names() []string { return sortedKeys(f.entries) }

// Metadata is the file's own strings; nil if it has none.
func (f *Safetensors) Metadata() map[string]string { return f.metadata }

// Shape gives a tensor's dimensions and whether the file has it.
func (f *Safetensors) Shape(name string) ([]int, bool) {
	e, ok := f.entries[name]
	return e.shape, ok
}

// chunk is how many elements are converted at a time.
const chunk = 1 << 16

// Tensor reads one tensor as float32.
func (f *Safetensors) Tensor(name string) (*tensors.Tensor, error) {
	e, ok := f.entries[name]
	switch {
	case !ok:
		return nil, fmt.Errorf("safetensors: there is no tensor %q", name)
	case !slices.Contains([]string{"F64", "F32", "F16", "BF16"}, e.kind):
		return nil, fmt.Errorf("safetensors: tensor %q is %s; %w", name, e.kind, errNotRead)
	case e.start == e.stop:
		return nil, fmt.Errorf("safetensors: tensor %q %v is empty", name, e.shape)
	}
	result := tensors.FromShape(shapes.Make(dtypes.Float32, e.shape...))
	var failed error
	err := tensors.MutableFlatData(result, func(values []float32) { failed = f.read(values, e) })
	if err = errors.Join(failed, err); err != nil {
		return nil, fmt.Errorf("safetensors: read tensor %q: %w", name, err)
	}
	return result, nil
}

// read fills values with a tensor's elements.
func (f *Safetensors) read(values []float32, e tensorEntry) error {
	size := elementSize[e.kind]
	buffer := make([]byte, min(int64(len(values)), chunk)*size)
	for offset := f.data + e.start; len(values) > 0; {
		n := min(len(values), chunk)
		raw := buffer[:int64(n)*size]
		if err := readFull(f.reader, raw, offset); err != nil {
			return err
		}
		decodeElements(values[:n], raw, e.kind)
		values, offset = values[n:], offset+int64(len(raw))
	}
	return nil
}
