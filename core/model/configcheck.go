package model

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Validate tells what is wrong with a configuration, by the field's name in the file.
func (c *Config) Validate() error {
	if _, ok := kinds[c.ModelType]; !ok {
		return fmt.Errorf("config.json: model_type %q is not read; it must be one of %s", c.ModelType, strings.Join(Kinds(), ", "))
	}
	// The bounds are far above any model there is; they keep a damaged file from
	// asking for more memory than a machine has before a tensor was compared.
	for _, f := range []struct {
		name       string
		value, top int
	}{
		{"vocab_size", c.VocabSize, 1 << 24}, {"hidden_size", c.HiddenSize, 1 << 20},
		{"intermediate_size", c.IntermediateSize, 1 << 22}, {"num_hidden_layers", c.Layers, 1 << 10},
		{"num_attention_heads", c.Heads, 1 << 14}, {"num_key_value_heads", c.KVHeads, 1 << 14},
		{"head_dim", c.HeadDim, 1 << 14}, {"max_position_embeddings", c.MaxPositions, 1 << 30},
	} {
		if f.value <= 0 || f.value > f.top {
			return fmt.Errorf("config.json: %s is %d; it must be from 1 to %d", f.name, f.value, f.top)
		}
	}
	switch {
	case c.Heads%c.KVHeads != 0:
		return fmt.Errorf("config.json: num_attention_heads %d is no multiple of num_key_value_heads %d", c.Heads, c.KVHeads)
	case c.HeadDim%2 != 0:
		return fmt.Errorf("config.json: head_dim %d is odd; rotary positions need pairs", c.HeadDim)
	case c.HiddenAct != "silu":
		return fmt.Errorf("config.json: hidden_act %q is not computed; it must be silu", c.HiddenAct)
	case c.SlidingWindow:
		return fmt.Errorf("config.json: use_sliding_window is on; attention over a window is not computed")
	case !(c.RMSNormEps > 0) || math.IsInf(c.RMSNormEps, 0):
		return fmt.Errorf("config.json: rms_norm_eps is %g; it must be above 0", c.RMSNormEps)
	case !(c.RopeTheta > 1) || math.IsInf(c.RopeTheta, 0):
		return fmt.Errorf("config.json: rope_theta is %g; it must be above 1", c.RopeTheta)
	case c.InitializerRange < 0 || math.IsNaN(c.InitializerRange) || math.IsInf(c.InitializerRange, 0):
		return fmt.Errorf("config.json: initializer_range is %g; it must be 0 or more", c.InitializerRange)
	}
	return c.RopeScaling.validate()
}

func (s *RopeScaling) validate() error {
	if s == nil {
		return nil
	}
	if !slices.Contains([]string{"linear", "llama3", "yarn"}, s.Type) {
		return fmt.Errorf("config.json: rope_scaling type %q is not computed; it must be linear, llama3 or yarn", s.Type)
	}
	for _, f := range []struct {
		name  string
		value float64
	}{
		{"factor", s.Factor}, {"low_freq_factor", s.LowFreqFactor}, {"high_freq_factor", s.HighFreqFactor},
		{"attention_factor", s.AttentionFactor}, {"beta_fast", s.BetaFast}, {"beta_slow", s.BetaSlow},
	} {
		if f.value < 0 || math.IsNaN(f.value) || math.IsInf(f.value, 0) {
			return fmt.Errorf("config.json: %s of rope_scaling %s is %g; it must be a number above 0", f.name, s.Type, f.value)
		}
	}
	switch {
	case s.Factor < 1:
		return fmt.Errorf("config.json: factor of rope_scaling %s is %g; it must be 1 or more", s.Type, s.Factor)
	case s.Type != "linear" && s.OriginalMaxPositions <= 0:
		return fmt.Errorf("config.json: original_max_position_embeddings of rope_scaling %s is %d; it must be above 0", s.Type, s.OriginalMaxPositions)
	case s.Type == "llama3" && (s.LowFreqFactor == 0 || s.HighFreqFactor <= s.LowFreqFactor):
		return fmt.Errorf("config.json: rope_scaling llama3 needs a low_freq_factor above 0 and below its high_freq_factor; they are %g and %g",
			s.LowFreqFactor, s.HighFreqFactor)
	case s.Type == "yarn" && (s.BetaSlow == 0 || s.BetaFast < s.BetaSlow):
		return fmt.Errorf("config.json: rope_scaling yarn needs a beta_slow above 0 and not above its beta_fast; they are %g and %g", s.BetaSlow, s.BetaFast)
	}
	return nil
}
