// Package model is the decoder-only language model: a Hugging Face config.json and
// safetensors go in, a GoMLX graph that gives hidden states and logits comes out.
//
//   - config*.go, names.go: what a model is and which tensors it has;
//   - safetensors*.go, floats.go, checkpoint.go, random.go, folder.go: weights in files;
//   - adapter*.go: LoRA adapters (Hu et al. 2021) as PEFT keeps them;
//   - decoder.go, rope.go: the forward graph, with and without a cache;
//   - policy.go: weights on an engine, with at most one adapter.
//
// The kinds are Qwen2, Qwen3, Llama and OLMo-2, computed as in Hugging Face's
// transformers 5; the files are those of transformers, safetensors and PEFT, both
// ways.
package model

import "encoding/json"

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
	EOS              TokenIDs     `json:"eos_token_id"`
	BOS              TokenIDs     `json:"bos_token_id"`
	Pad              TokenIDs     `json:"pad_token_id"`
	// Bidirectional lets every token see the whole text: a sentence encoder.
	// It is written as "is_causal": false, as other encoders built on decoders do.
	Bidirectional bool `json:"-"`
	// PoolBeforeNorm makes a sentence encoder average what enters the final norm, so
	// that tokens which say more can weigh more by being longer.
	PoolBeforeNorm bool `json:"pool_before_norm,omitempty"`
}

// RopeScaling stretches the context; see ropeFrequencies.
type RopeScaling struct {
	Type                 string  `json:"rope_type"` // "linear", "llama3" or "yarn"
	Factor               float64 `json:"factor,omitempty"`
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

// MarshalJSON writes one id as a number and none as null, since for a missing id
// transformers would put its own.
func (t TokenIDs) MarshalJSON() ([]byte, error) {
	switch len(t) {
	case 0:
		return []byte("null"), nil
	case 1:
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

// kind is what sets one family of models apart. headDim, eps and positions are the
// defaults of its class in transformers where config.json says nothing; a headDim of
// 0 stands for hidden_size/num_attention_heads.
type kind struct {
	architecture     string
	qkvBias, outBias func(c *Config) bool
	mlpBias          bool // mlp_bias is read
	qkNorm           QKNorm
	postNorm         bool
	headDim          int
	eps              float64
	positions        int
}

func always(*Config) bool       { return true }
func never(*Config) bool        { return false }
func fromConfig(c *Config) bool { return c.AttentionBias }

var kinds = map[string]kind{
	"qwen2": {architecture: "Qwen2ForCausalLM", qkvBias: always, outBias: never, eps: 1e-6, positions: 32768},
	"qwen3": {architecture: "Qwen3ForCausalLM", qkvBias: fromConfig, outBias: fromConfig, qkNorm: QKNormHead, headDim: 128, eps: 1e-6, positions: 32768},
	"llama": {architecture: "LlamaForCausalLM", qkvBias: fromConfig, outBias: fromConfig, mlpBias: true, eps: 1e-6, positions: 2048},
	"olmo2": {architecture: "Olmo2ForCausalLM", qkvBias: fromConfig, outBias: fromConfig, qkNorm: QKNormFull, postNorm: true, eps: 1e-5, positions: 2048},
}

// Kinds lists the model types that are read.
func Kinds() []string { return []string{"llama", "olmo2", "qwen2", "qwen3"} }

// QKVBias is true where the projections to queries, keys and values have a bias.
func (c *Config) QKVBias() bool { return kinds[c.ModelType].qkvBias(c) }

// OutBias is true where attention's output projection has a bias.
func (c *Config) OutBias() bool { return kinds[c.ModelType].outBias(c) }

// MLPHasBias is true where the feed-forward projections have a bias.
func (c *Config) MLPHasBias() bool { return c.MLPBias && kinds[c.ModelType].mlpBias }

// QKNorm tells how queries and keys are normalised.
func (c *Config) QKNorm() QKNorm { return kinds[c.ModelType].qkNorm }

// PostNorm is true where a sublayer's output is normalised instead of its input.
func (c *Config) PostNorm() bool { return kinds[c.ModelType].postNorm }
