package model

import "fmt"

// Projections are the linear maps of a layer that an adapter may train.
var Projections = []string{"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}

// AttentionProjections and MLPProjections are the two parts of Projections.
var (
	AttentionProjections = Projections[:4:4]
	MLPProjections       = Projections[4:]
)

// projection is one linear map of a layer.
type projection struct {
	name    string // "self_attn.q_proj"
	out, in int
	bias    bool
}

// projections lists a layer's linear maps in the order of Projections.
func (c *Config) projections() []projection {
	queries, keys := c.Heads*c.HeadDim, c.KVHeads*c.HeadDim
	return []projection{
		{"self_attn.q_proj", queries, c.HiddenSize, c.QKVBias()},
		{"self_attn.k_proj", keys, c.HiddenSize, c.QKVBias()},
		{"self_attn.v_proj", keys, c.HiddenSize, c.QKVBias()},
		{"self_attn.o_proj", c.HiddenSize, queries, c.OutBias()},
		{"mlp.gate_proj", c.IntermediateSize, c.HiddenSize, c.MLPHasBias()},
		{"mlp.up_proj", c.IntermediateSize, c.HiddenSize, c.MLPHasBias()},
		{"mlp.down_proj", c.HiddenSize, c.IntermediateSize, c.MLPHasBias()},
	}
}

// TensorShapes gives every tensor of the model by its Hugging Face name.
func (c *Config) TensorShapes() map[string][]int {
	shapes := map[string][]int{
		"model.embed_tokens.weight": {c.VocabSize, c.HiddenSize},
		"model.norm.weight":         {c.HiddenSize},
	}
	if !c.TieEmbeddings {
		shapes["lm_head.weight"] = []int{c.VocabSize, c.HiddenSize}
	}
	for layer := range c.Layers {
		prefix := fmt.Sprintf("model.layers.%d.", layer)
		for _, p := range c.projections() {
			shapes[prefix+p.name+".weight"] = []int{p.out, p.in}
			if p.bias {
				shapes[prefix+p.name+".bias"] = []int{p.out}
			}
		}
		for name, size := range c.layerNorms() {
			shapes[prefix+name+".weight"] = []int{size}
		}
	}
	return shapes
}

// TensorNames lists every tensor of the model, sorted.
func (c *Config) TensorNames() []string { return sortedKeys(c.TensorShapes()) }

// Parameters counts the model's weights.
func (c *Config) Parameters() int {
	total := 0
	for _, shape := range c.TensorShapes() {
		size := 1
		for _, dim := range shape {
			size *= dim
		}
		total += size
	}
	return total
}

// layerNorms gives a layer's norms and their widths.
func (c *Config) layerNorms() map[string]int {
	norms := map[string]int{"post_attention_layernorm": c.HiddenSize}
	if c.PostNorm() {
		norms["post_feedforward_layernorm"] = c.HiddenSize
	} else {
		norms["input_layernorm"] = c.HiddenSize
	}
	switch c.QKNorm() {
	case QKNormHead:
		norms["self_attn.q_norm"], norms["self_attn.k_norm"] = c.HeadDim, c.HeadDim
	case QKNormFull:
		norms["self_attn.q_norm"], norms["self_attn.k_norm"] = c.Heads*c.HeadDim, c.KVHeads*c.HeadDim
	}
	return norms
}
