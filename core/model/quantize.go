package model

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"

	"github.com/gomlx/compute/dtypes/float16"
	"github.com/gomlx/gomlx/core/tensors"
)

// groupSize is how many 4-bit numbers in a row share a scale.
const groupSize = 32

// SaveQuantized writes config.json and model.safetensors into dir with matrices of 8
// bits, one scale a row, or of 4, one scale for 32 in a row; a matrix whose rows are no
// multiple of 32 wide stays float16 with 4 bits, as norms and biases always do. Numbers
// are rounded to nearest, the largest of a scale's to the end of the range.
func (c *Checkpoint) SaveQuantized(dir string, bits int) error {
	if err := c.saveQuantized(dir, bits); err != nil {
		return fmt.Errorf("save quantised model: %w", err)
	}
	return nil
}

func (c *Checkpoint) saveQuantized(dir string, bits int) error {
	scheme, format := quantizationScheme{Bits: 8, Type: "int", Symmetric: true, Strategy: "channel"}, "int-quantized"
	switch bits {
	case 8:
	case 4:
		scheme = quantizationScheme{Bits: 4, Type: "int", Symmetric: true, Strategy: "group", Group: groupSize}
		format = "pack-quantized"
	default:
		return fmt.Errorf("%d bits: %w", bits, errBits)
	}
	var list []fileTensor
	for _, name := range sortedKeys(c.Weights) {
		shape := c.Weights[name].Shape().Dimensions
		values, err := tensors.CopyFlatData[float32](c.Weights[name])
		if err != nil {
			return fmt.Errorf("tensor %q: %w", name, err)
		}
		if len(shape) != 2 || bits == 4 && shape[1]%groupSize != 0 {
			list = append(list, floatTensor(name, shape, values, "F16"))
			continue
		}
		quantised, err := quantizeMatrix(name, shape[0], shape[1], values, bits)
		if err != nil {
			return fmt.Errorf("tensor %q: %w", name, err)
		}
		list = append(list, quantised...)
	}
	config, err := c.configFields()
	if err != nil {
		return err
	}
	config["quantization_config"] = quantization{Method: "compressed-tensors", Format: format, Status: "compressed",
		Groups: map[string]quantizationGroup{"group_0": {Targets: []string{"Linear", "Embedding"}, Weights: scheme}}, Ignore: []string{}}
	encoded, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		return err
	}
	return saveFolder(dir, []folderFile{
		{weightsFile, func(w io.Writer) error { return writeTensors(w, list, map[string]string{"format": "pt"}) }},
		{configFile, func(w io.Writer) error { return writeAll(w, append(encoded, '\n')) }},
	})
}

// configFields is config.json as Save writes it for float16, by field.
func (c *Checkpoint) configFields() (map[string]any, error) {
	config := *c.Config
	config.DType = "float16"
	config.Architectures = []string{kinds[config.ModelType].architecture}
	encoded, err := json.Marshal(&config)
	if err != nil {
		return nil, err
	}
	fields := map[string]any{}
	return fields, json.Unmarshal(encoded, &fields)
}

// quantizeMatrix gives a matrix's tensors in a quantised file.
func quantizeMatrix(name string, rows, width int, values []float32, bits int) ([]fileTensor, error) {
	group, top := width, float32(127)
	if bits == 4 {
		group, top = groupSize, 7
	}
	numbers := make([]int8, len(values))
	scales := make([]float32, 0, len(values)/group)
	for at := 0; at < len(values); at += group {
		scale, err := quantizeGroup(numbers[at:at+group], values[at:at+group], top)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", at/width, err)
		}
		scales = append(scales, scale)
	}
	scaled := floatTensor(name+scaleSuffix, []int{rows, width / group}, scales, "F16")
	if bits == 8 {
		raw := make([]byte, len(numbers))
		for i, n := range numbers {
			raw[i] = byte(n)
		}
		return []fileTensor{rawTensor(name, "I8", []int{rows, width}, raw), scaled}, nil
	}
	raw := make([]byte, len(numbers)/2)
	for i, n := range numbers {
		raw[i/2] |= byte(n+8) << (4 * (i % 2))
	}
	shape := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, uint64(rows)), uint64(width))
	return []fileTensor{
		rawTensor(name+packedSuffix, "I32", []int{rows, width / packedIn}, raw), scaled,
		rawTensor(name+shapeSuffix, "I64", []int{2}, shape),
	}, nil
}

// quantizeGroup rounds values to multiples of their scale, which is a float16.
func quantizeGroup(numbers []int8, values []float32, top float32) (float32, error) {
	var largest float32
	for _, x := range values {
		if x != x || math.IsInf(float64(x), 0) {
			return 0, fmt.Errorf("it holds %g, which has no whole number", x)
		}
		largest = max(largest, x, -x)
	}
	scale := float16.FromBits(halfBits(largest / top)).Float32()
	if math.IsInf(float64(scale), 0) {
		return 0, fmt.Errorf("%g is too great for a float16 scale", largest)
	}
	for i, x := range values {
		if scale > 0 { // else all values are 0, or round to it
			numbers[i] = int8(max(-top, min(top, float32(math.RoundToEven(float64(x/scale))))))
		}
	}
	return scale, nil
}

func floatTensor(name string, shape []int, values []float32, kind string) fileTensor {
	return fileTensor{name, kind, shape, func(w io.Writer) error { return writeElements(w, values, kind) }}
}

func rawTensor(name, kind string, shape []int, raw []byte) fileTensor {
	return fileTensor{name, kind, shape, func(w io.Writer) error { return writeAll(w, raw) }}
}
