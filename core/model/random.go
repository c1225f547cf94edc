package model

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/tensors"
)

// Random makes a model that has learnt nothing: normal weights of standard
// deviation InitializerRange (0: 0.02), those that end a sublayer scaled down by
// √(2·layers) as in GPT-2, norms at 1, biases at 0.
func Random(config *Config, seed uint64) (*Checkpoint, error) {
	filled := *config
	if filled.HiddenAct == "" {
		filled.HiddenAct = "silu"
	}
	if config.RopeScaling != nil {
		scaling := *config.RopeScaling // fill writes to it
		filled.RopeScaling = &scaling
	}
	filled.fill()
	if err := filled.Validate(); err != nil {
		return nil, err
	}
	c := &Checkpoint{Config: &filled, Weights: map[string]*tensors.Tensor{}}
	shapes := filled.TensorShapes()
	random := rand.New(rand.NewPCG(seed, 0))
	for _, name := range sortedKeys(shapes) {
		c.Weights[name] = tensors.FromFlatDataAndDimensions(filled.initial(name, shapes[name], random), shapes[name]...)
	}
	return c, nil
}

// StartFrom takes the weights of another model under the same names, of the same
// shapes: of a deeper one, those of its first layers. Nothing is changed if one lacks.
func (c *Checkpoint) StartFrom(other *Checkpoint) error {
	weights := map[string]*tensors.Tensor{}
	for _, name := range sortedKeys(c.Weights) {
		have, want := other.Weights[name], c.Weights[name].Shape()
		switch {
		case have == nil:
			return fmt.Errorf("start from another model: it has no tensor %q", name)
		case !slices.Equal(have.Shape().Dimensions, want.Dimensions):
			return fmt.Errorf("start from another model: its %q is %v, this one's is %v; only the number of layers may differ",
				name, have.Shape().Dimensions, want.Dimensions)
		}
		weights[name] = have
	}
	c.Weights = weights
	return nil
}

// initial draws one tensor's first values.
func (c *Config) initial(name string, shape []int, random *rand.Rand) []float32 {
	size := 1
	for _, dim := range shape {
		size *= dim
	}
	values := make([]float32, size)
	std := c.InitializerRange
	if std == 0 {
		std = 0.02
	}
	if strings.HasSuffix(name, "o_proj.weight") || strings.HasSuffix(name, "down_proj.weight") {
		std /= math.Sqrt(2 * float64(c.Layers))
	}
	for i := range values {
		switch {
		case len(shape) == 2:
			values[i] = float32(random.NormFloat64() * std)
		case strings.HasSuffix(name, ".weight"):
			values[i] = 1
		}
	}
	return values
}
