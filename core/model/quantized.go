package model

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
)

// Quantised weights are read and written in the layout of compressed-tensors
// (github.com/vllm-project/compressed-tensors), whole numbers times a scale, without a
// zero point:
//
//   - 8 bits ("int-quantized"): NAME.weight I8 [out, in] and NAME.weight_scale
//     [out, 1], one scale a row, or [out, in/group];
//   - 4 bits ("pack-quantized"): NAME.weight_packed I32 [out, in/8], eight numbers an
//     element with the first in the lowest bits, each 8 above its value;
//     NAME.weight_scale; and NAME.weight_shape I64 [2], which is out and in.
//
// They are float32 as soon as they are read: less to download, the same to compute.

const (
	scaleSuffix  = "_scale"
	packedSuffix = "_packed"
	shapeSuffix  = "_shape"
	// packedIn is how many 4-bit numbers an I32 holds.
	packedIn = 8
)

// Weights gives every weight of the file with its shape: tensors as they are, and
// quantised ones under the name and in the shape that they stand for.
func (f *Safetensors) Weights() (map[string][]int, error) {
	weights := map[string][]int{}
	for name, e := range f.entries {
		switch {
		case f.goesWith(name):
			continue
		case strings.HasSuffix(name, packedSuffix):
			name = strings.TrimSuffix(name, packedSuffix)
			shape, err := f.packedShape(name)
			if err != nil {
				return nil, fmt.Errorf("safetensors: tensor %q: %w", name, err)
			}
			if weights[name] != nil {
				return nil, fmt.Errorf("safetensors: tensor %q is there packed and as it is", name)
			}
			weights[name] = shape
		default:
			if weights[name] != nil {
				return nil, fmt.Errorf("safetensors: tensor %q is there packed and as it is", name)
			}
			weights[name] = e.shape
		}
	}
	return weights, nil
}

// goesWith tells a tensor that only says how another one is to be read.
func (f *Safetensors) goesWith(name string) bool {
	if of, ok := strings.CutSuffix(name, scaleSuffix); ok {
		_, packed := f.entries[of+packedSuffix]
		return packed || f.entries[of].kind == "I8"
	}
	of, ok := strings.CutSuffix(name, shapeSuffix)
	_, packed := f.entries[of+packedSuffix]
	return ok && packed
}

// packedShape is the shape that a packed weight stands for.
func (f *Safetensors) packedShape(name string) ([]int, error) {
	packed, e := f.entries[name+packedSuffix], f.entries[name+shapeSuffix]
	if e.kind != "I64" || !slices.Equal(e.shape, []int{2}) || packed.kind != "I32" || len(packed.shape) != 2 {
		return nil, fmt.Errorf("it is packed as %s%v with a %s of %s%v; it takes I32 [out, in/%d] and I64 [2]: the file is damaged or of another kind",
			packed.kind, packed.shape, shapeSuffix, e.kind, e.shape, packedIn)
	}
	raw, err := f.raw(e)
	if err != nil {
		return nil, err
	}
	out, in := int64(binary.LittleEndian.Uint64(raw)), int64(binary.LittleEndian.Uint64(raw[8:]))
	if out != int64(packed.shape[0]) || in < 1 || (in+packedIn-1)/packedIn != int64(packed.shape[1]) {
		return nil, fmt.Errorf("its %s says %d × %d, which I32%v does not hold: the file is damaged, get it again", shapeSuffix, out, in, packed.shape)
	}
	return []int{int(out), int(in)}, nil
}

// Weight reads a weight that Weights lists as float32.
func (f *Safetensors) Weight(name string) (*tensors.Tensor, error) {
	e, plain := f.entries[name]
	if plain && e.kind != "I8" {
		return f.Tensor(name)
	}
	result, err := f.quantized(name, e, plain)
	if err != nil {
		return nil, fmt.Errorf("safetensors: read quantised tensor %q: %w", name, err)
	}
	return result, nil
}

// quantized reads whole numbers and multiplies them by their scales.
func (f *Safetensors) quantized(name string, e tensorEntry, plain bool) (*tensors.Tensor, error) {
	shape := e.shape
	if !plain {
		var err error
		if shape, err = f.packedShape(name); err != nil {
			return nil, err
		}
		e = f.entries[name+packedSuffix]
	}
	if len(shape) != 2 || shape[0] == 0 || shape[1] == 0 {
		return nil, fmt.Errorf("it is %v; only matrices are quantised", shape)
	}
	scales, groups, err := f.scales(name, shape)
	if err != nil {
		return nil, err
	}
	raw, err := f.raw(e)
	if err != nil {
		return nil, err
	}
	number := func(row []byte, j int) int8 { return int8(row[j]) }
	if !plain {
		number = func(row []byte, j int) int8 { return int8(row[j/2]>>(4*(j%2))&15) - 8 }
	}
	rows, width := shape[0], shape[1]
	stride, group := len(raw)/rows, width/groups // bytes a row, numbers a scale
	result := tensors.FromShape(shapes.Make(dtypes.Float32, rows, width))
	err = tensors.MutableFlatData(result, func(values []float32) {
		for i := range rows {
			row := raw[i*stride : (i+1)*stride]
			for j := range width {
				values[i*width+j] = float32(number(row, j)) * scales[i*groups+j/group]
			}
		}
	})
	return result, err
}

// scales reads a quantised weight's scales, so many in each row.
func (f *Safetensors) scales(name string, shape []int) (scales []float32, groups int, err error) {
	have, ok := f.Shape(name + scaleSuffix)
	switch {
	case !ok:
		return nil, 0, fmt.Errorf("there is no tensor %q with its scales: the file is not whole, get it again", name+scaleSuffix)
	case len(have) != 2 || have[0] != shape[0] || have[1] < 1 || shape[1]%have[1] != 0:
		return nil, 0, fmt.Errorf("its scales are %v, which does not fit %v", have, shape)
	}
	tensor, err := f.Tensor(name + scaleSuffix)
	if err != nil {
		return nil, 0, err
	}
	if scales, err = tensors.CopyFlatData[float32](tensor); err != nil {
		return nil, 0, err
	}
	for _, scale := range scales {
		if !(scale >= 0) || math.IsInf(float64(scale), 0) {
			return nil, 0, fmt.Errorf("it has the scale %g: the file is damaged, get it again", scale)
		}
	}
	return scales, have[1], nil
}

// raw reads a tensor's bytes.
func (f *Safetensors) raw(e tensorEntry) ([]byte, error) {
	raw := make([]byte, e.stop-e.start)
	return raw, readFull(f.reader, raw, f.data+e.start)
}

// quantization is config.json's quantization_config.
type quantization struct {
	Method string                       `json:"quant_method"`
	Format string                       `json:"format"`
	Status string                       `json:"quantization_status"`
	Groups map[string]quantizationGroup `json:"config_groups"`
	Ignore []string                     `json:"ignore"`
}

type quantizationGroup struct {
	Targets []string           `json:"targets"`
	Weights quantizationScheme `json:"weights"`
}

type quantizationScheme struct {
	Bits      int    `json:"num_bits"`
	Type      string `json:"type"`
	Symmetric bool   `json:"symmetric"`
	Strategy  string `json:"strategy"`
	Group     int    `json:"group_size,omitempty"`
}

// check refuses quantised weights that are in another layout.
func (q *quantization) check() error {
	bits := map[string]int{"int-quantized": 8, "pack-quantized": 4}[q.Format]
	if q.Method != "compressed-tensors" || bits == 0 {
		return fmt.Errorf("quantization_config: %s %s is not read; use compressed-tensors with int-quantized (8 bits) or pack-quantized (4 bits), or the model in float16, bfloat16 or float32", q.Method, q.Format)
	}
	for name, group := range q.Groups {
		if w := group.Weights; w.Bits != bits || w.Type != "int" || !w.Symmetric {
			return fmt.Errorf("quantization_config: %s has %d bits of type %s, symmetric %v; %s takes %d bits of type int, symmetric", name, w.Bits, w.Type, w.Symmetric, q.Format, bits)
		}
	}
	return nil
}

var errBits = errors.New("weights are quantised to 8 or 4 bits")
