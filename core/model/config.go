package model

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Config is a model's config.json: the fields of Hugging Face that the decoder
// needs, under their names there. Widths are in elements, MaxPositions in tokens.
type Config struct {
	ModelType        string       `json:"model_type"` // one of Kinds
	Architectures    []string     `json:"architectures,omitempty"`
	VocabSize        int          `json:"vocab_size"`
	HiddenSize       int          `json:"hidden_size"`
	IntermediateSize int          `json:"intermediate_size"`
	Layers           int          `json:"num_hidden_layers"`
	Heads            int          `json:"num_attention_heads"`
	KVHeads          int          `json:"num_key_value_heads"`
	HeadDim          int          `json:"head_dim"`
	MaxPositions     int          `json:"max_position_embeddings"`
	RMSNormEps       float64      `json:"rms_norm_eps"`
	RopeTheta        float64      `json:"rope_theta"`
	RopeScaling      *RopeScaling `json:"rope_scaling"`
	TieEmbeddings    bool         `json:"tie_word_embeddings"`
	AttentionBias    bool         `json:"attention_bias"`
	MLPBias          bool         `json:"mlp_bias,omitempty"`
	HiddenAct        string       `json:"hidden_act"`
	SlidingWindow    bool         `json:"use_sliding_window,omitempty"`
	InitializerRange float64      `json:"initializer_range,omitempty"`
	DType            string       `json:"torch_dtype,omitempty"`
	EOS              TokenIDs     `json:"eos_token_id,omitempty"`
	BOS              TokenIDs     `json:"bos_token_id,omitempty"`
	Pad              TokenIDs     `json:"pad_token_id,omitempty"`
	// Bidirectional lets every token see the whole text: a sentence encoder.
	// It is written as "is_causal": false, as other encoders built on decoders do.
	Bidirectional bool `json:"-"`
}

// RopeScaling stretches the context; see ropeFrequencies.
type RopeScaling struct {
	Type                 string  `json:"rope_type"` // "linear", "llama3" or "yarn"
	Factor               float64 `json:"factor"`
	LowFreqFactor        float64 `json:"low_freq_factor,omitempty"`
	HighFreqFactor       float64 `json:"high_freq_factor,omitempty"`
	OriginalMaxPositions int     `json:"original_max_position_embeddings,omitempty"`
	AttentionFactor      float64 `json:"attention_factor,omitempty"`
	BetaFast             float64 `json:"beta_fast,omitempty"`
	BetaSlow             float64 `json:"beta_slow,omitempty"`
}

// TokenIDs is one id or a list of them in JSON.
type TokenIDs []int

// UnmarshalJSON reads null, a number or a list.
func (t *TokenIDs) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	var one int
	if json.Unmarshal(data, &one) == nil {
		*t = TokenIDs{one}
		return nil
	}
	return json.Unmarshal(data, (*[]int)(t))
}

// MarshalJSON writes one id as a number.
func (t TokenIDs) MarshalJSON() ([]byte, error) {
	if len(t) == 1 {
		return json.Marshal(t[0])
	}
	return json.Marshal([]int(t))
}

// QKNorm says how queries and keys are normalised before attention.
type QKNorm int

const (
	QKNormNone QKNorm = iota // Qwen2, Llama
	QKNormHead               // Qwen3: each head by itself
	QKNormFull               // OLMo-2: over all heads together
)

// kind is what sets one family of models apart.
type kind struct {
	architecture string
	qkvBias      func(c *Config) bool
	outBias      func(c *Config) bool
	qkNorm       QKNorm
	postNorm     bool
}

func always(*Config) bool       { return true }
func never(*Config) bool        { return false }
func fromConfig(c *Config) bool { return c.AttentionBias }

var kinds = map[string]kind{
	"qwen2": {"Qwen2ForCausalLM", always, never, QKNormNone, false},
	"qwen3": {"Qwen3ForCausalLM", fromConfig, fromConfig, QKNormHead, false},
	"llama": {"LlamaForCausalLM", fromConfig, fromConfig, QKNormNone, false},
	"olmo2": {"Olmo2ForCausalLM", fromConfig, fromConfig, QKNormFull, true},
}

// Kinds lists the model types that are read.
func Kinds() []string { return []string{"llama", "olmo2", "qwen2", "qwen3"} }

// ParseConfig reads and checks a config.json.
func ParseConfig(r io.Reader) (*Config, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("config.json: %w", err)
	}
	// These stand where the file says nothing; RMSNormEps and RopeTheta are
	// transformers' own defaults.
	c := &Config{RMSNormEps: 1e-6, RopeTheta: 10000, HiddenAct: "silu"}
	if err := json.Unmarshal(raw, c); err != nil {
		return nil, fmt.Errorf("config.json: %w", err)
	}
	// transformers 5 keeps the rotary settings in rope_parameters and the type in dtype.
	var newer struct {
		Rope *struct {
			RopeScaling
			Theta float64 `json:"rope_theta"`
		} `json:"rope_parameters"`
		Scaling *struct {
			Type string `json:"type"`
		} `json:"rope_scaling"`
		DType  string `json:"dtype"`
		Causal *bool  `json:"is_causal"`
	}
	if err := json.Unmarshal(raw, &newer); err != nil {
		return nil, fmt.Errorf("config.json: %w", err)
	}
	if newer.Rope != nil {
		if newer.Rope.Theta != 0 {
			c.RopeTheta = newer.Rope.Theta
		}
		c.RopeScaling = &newer.Rope.RopeScaling
	}
	if c.RopeScaling != nil {
		if c.RopeScaling.Type == "" && newer.Scaling != nil {
			c.RopeScaling.Type = newer.Scaling.Type
		}
		if c.RopeScaling.Type == "default" || c.RopeScaling.Type == "" {
			c.RopeScaling = nil
		}
	}
	if c.DType == "" {
		c.DType = newer.DType
	}
	c.Bidirectional = newer.Causal != nil && !*newer.Causal
	c.fill()
	return c, c.Validate()
}

// fill sets what follows from other fields.
func (c *Config) fill() {
	if c.KVHeads == 0 {
		c.KVHeads = c.Heads
	}
	if c.HeadDim == 0 && c.Heads > 0 {
		c.HeadDim = c.HiddenSize / c.Heads
	}
	if s := c.RopeScaling; s != nil && s.Type == "yarn" {
		if s.BetaFast == 0 {
			s.BetaFast = 32
		}
		if s.BetaSlow == 0 {
			s.BetaSlow = 1
		}
	}
}

// MarshalJSON writes a config.json that transformers reads, before and since
// version 5.
func (c *Config) MarshalJSON() ([]byte, error) {
	type plain Config
	out := struct {
		*plain
		Rope   map[string]any `json:"rope_parameters"`
		DType  string         `json:"dtype,omitempty"`
		Causal *bool          `json:"is_causal,omitempty"`
	}{plain: (*plain)(c), Rope: map[string]any{"rope_type": "default"}, DType: c.DType}
	if c.RopeScaling != nil {
		encoded, err := json.Marshal(c.RopeScaling)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(encoded, &out.Rope); err != nil {
			return nil, err
		}
	}
	out.Rope["rope_theta"] = c.RopeTheta
	if c.Bidirectional {
		causal := false
		out.Causal = &causal
	}
	return json.Marshal(out)
}

// Validate tells what is wrong with a configuration, by the field's name in the file.
func (c *Config) Validate() error {
	if _, ok := kinds[c.ModelType]; !ok {
		return fmt.Errorf("config.json: model_type %q is not read; it must be one of %s", c.ModelType, strings.Join(Kinds(), ", "))
	}
	for _, f := range []struct {
		name  string
		value int
	}{
		{"vocab_size", c.VocabSize}, {"hidden_size", c.HiddenSize}, {"intermediate_size", c.IntermediateSize},
		{"num_hidden_layers", c.Layers}, {"num_attention_heads", c.Heads}, {"num_key_value_heads", c.KVHeads},
		{"head_dim", c.HeadDim}, {"max_position_embeddings", c.MaxPositions},
	} {
		if f.value <= 0 || f.value > 1<<30 {
			return fmt.Errorf("config.json: %s is %d; it must be above 0", f.name, f.value)
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
	case !(c.RMSNormEps > 0) || !(c.RopeTheta > 0):
		return fmt.Errorf("config.json: rms_norm_eps %g and rope_theta %g must be above 0", c.RMSNormEps, c.RopeTheta)
	}
	return c.RopeScaling.validate()
}

func (s *RopeScaling) validate() error {
	switch {
	case s == nil:
		return nil
	case !slices.Contains([]string{"linear", "llama3", "yarn"}, s.Type):
		return fmt.Errorf("config.json: rope_scaling type %q is not computed; it must be linear, llama3 or yarn", s.Type)
	case !(s.Factor >= 1):
		return fmt.Errorf("config.json: rope_scaling factor is %g; it must be 1 or more", s.Factor)
	case s.Type == "llama3" && (s.OriginalMaxPositions <= 0 || !(s.LowFreqFactor > 0) || !(s.HighFreqFactor > s.LowFreqFactor)):
		return fmt.Errorf("config.json: rope_scaling llama3 needs original_max_position_embeddings and low_freq_factor below high_freq_factor")
	}
	return nil
}

// QKVBias, OutBias, QKNorm and PostNorm tell how the model's kind builds a layer.
func (c *Config) QKVBias() bool  { return kinds[c.ModelType].qkvBias(c) }
func (c *Config) OutBias() bool  { return kinds[c.ModelType].outBias(c) }
func (c *Config) QKNorm() QKNorm { return kinds[c.ModelType].qkNorm }

// PostNorm is true where a sublayer's output is normalised instead of its input.
func (c *Config) PostNorm() bool { return kinds[c.ModelType].postNorm }
