package model

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// small is a valid config.json; tests add fields or replace them.
const small = `{"model_type": "llama", "vocab_size": 96, "hidden_size": 32, "intermediate_size": 40, "num_hidden_layers": 2,
"num_attention_heads": 4, "max_position_embeddings": 512`

func TestParseConfig(t *testing.T) {
	scaled := func(s RopeScaling) *RopeScaling { return &s }
	tests := []struct {
		name, more string
		want       func(c *Config)
	}{
		{"defaults", ``, func(c *Config) {}},
		{"qwen3's head_dim", `, "model_type": "qwen3"`, func(c *Config) { c.ModelType, c.HeadDim = "qwen3", 128 }},
		{"olmo2's rms_norm_eps", `, "model_type": "olmo2"`, func(c *Config) { c.ModelType, c.RMSNormEps = "olmo2", 1e-5 }},
		{"given beats default", `, "model_type": "olmo2", "rms_norm_eps": 1e-6`, func(c *Config) { c.ModelType = "olmo2" }},
		{"lists of ids", `, "eos_token_id": [3, 4], "bos_token_id": null, "pad_token_id": 0`,
			func(c *Config) { c.EOS, c.Pad = TokenIDs{3, 4}, TokenIDs{0} }},
		{"transformers 4", `, "rope_theta": 5e5, "rope_scaling": {"type": "linear", "factor": 2.0}, "torch_dtype": "bfloat16"`,
			func(c *Config) {
				c.RopeTheta, c.RopeScaling, c.DType = 5e5, scaled(RopeScaling{Type: "linear", Factor: 2}), "bfloat16"
			}},
		{"transformers 5", `, "rope_parameters": {"rope_type": "linear", "rope_theta": 5e5, "factor": 2.0}, "dtype": "bfloat16"`,
			func(c *Config) {
				c.RopeTheta, c.RopeScaling, c.DType = 5e5, scaled(RopeScaling{Type: "linear", Factor: 2}), "bfloat16"
			}},
		{"both", `, "rope_theta": 5e5, "rope_scaling": null, "rope_parameters": {"rope_type": "default", "rope_theta": 5e5}`,
			func(c *Config) { c.RopeTheta = 5e5 }},
		{"yarn's defaults", `, "rope_scaling": {"rope_type": "yarn", "original_max_position_embeddings": 128}`, func(c *Config) {
			c.RopeScaling = scaled(RopeScaling{Type: "yarn", Factor: 4, OriginalMaxPositions: 128, BetaFast: 32, BetaSlow: 1})
		}},
		{"encoder", `, "is_causal": false`, func(c *Config) { c.Bidirectional = true }},
		{"window off", `, "use_sliding_window": false, "sliding_window": 4096, "layer_types": ["full_attention", "full_attention"]`, func(c *Config) {}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := &Config{ModelType: "llama", VocabSize: 96, HiddenSize: 32, IntermediateSize: 40, Layers: 2, Heads: 4, KVHeads: 4,
				HeadDim: 8, MaxPositions: 512, RMSNormEps: 1e-6, RopeTheta: 10000, HiddenAct: "silu"}
			test.want(want)
			have, err := ParseConfig(strings.NewReader(small + test.more + "}"))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(have, want) {
				t.Errorf("have %+v\nwant %+v", have, want)
			}
			again := rewritten(t, have)
			if !reflect.DeepEqual(again, want) {
				t.Errorf("written and read: have %+v\nwant %+v", again, want)
			}
		})
	}
}

func rewritten(t testing.TB, c *Config) *Config {
	t.Helper()
	encoded, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseConfig(strings.NewReader(string(encoded)))
	if err != nil {
		t.Fatalf("%v in what was written: %s", err, encoded)
	}
	return again
}

func TestConfigIsRefusedByName(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"empty", ``, "unexpected end"},
		{"truncated", "{\n\"model_type\":\n", "line 3"},
		{"no object", `[]`, "array"},
		{"kind", small + `, "model_type": "gpt2"}`, `model_type "gpt2" is not read; it must be one of llama, olmo2, qwen2, qwen3`},
		{"wrong type", small + `, "hidden_size": "wide"}`, "hidden_size is a JSON string"},
		{"zero", small + `, "num_hidden_layers": 0}`, "num_hidden_layers is 0"},
		{"negative", small + `, "vocab_size": -1}`, "vocab_size is -1"},
		{"huge", small + `, "num_hidden_layers": 1000000000}`, "num_hidden_layers is 1000000000"},
		{"groups", small + `, "num_key_value_heads": 3}`, "num_key_value_heads 3"},
		{"odd head", small + `, "head_dim": 7}`, "head_dim 7"},
		{"activation", small + `, "hidden_act": "gelu"}`, `hidden_act "gelu"`},
		{"window", small + `, "use_sliding_window": true}`, "use_sliding_window"},
		{"layer types", small + `, "layer_types": ["full_attention", "sliding_attention"]}`, `layer_types has "sliding_attention"`},
		{"partial rotation", small + `, "partial_rotary_factor": 0.5}`, "partial_rotary_factor is 0.5"},
		{"quantised in another layout", small + `, "quantization_config": {"quant_method": "awq"}}`, "quantization_config: awq"},
		{"quantised to other bits", small + `, "quantization_config": {"quant_method": "compressed-tensors", "format": "int-quantized", "config_groups": {"g": {"weights": {"num_bits": 4, "type": "int", "symmetric": true}}}}}`, "g has 4 bits"},
		{"eps", small + `, "rms_norm_eps": 0}`, "rms_norm_eps is 0"},
		{"theta", small + `, "rope_theta": 1}`, "rope_theta is 1"},
		{"dynamic", small + `, "rope_scaling": {"type": "dynamic", "factor": 2.0}}`, `type "dynamic"`},
		{"longrope", small + `, "rope_parameters": {"rope_type": "longrope", "factor": 2.0}}`, `type "longrope"`},
		{"no factor", small + `, "rope_scaling": {"type": "linear"}}`, "factor of rope_scaling linear is 0"},
		{"llama3", small + `, "rope_scaling": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 4, "high_freq_factor": 1}}`, "high_freq_factor"},
		{"yarn", small + `, "rope_scaling": {"rope_type": "yarn", "factor": 4, "beta_fast": 1, "beta_slow": 32}}`, "beta_slow"},
		{"mscale", small + `, "rope_scaling": {"rope_type": "yarn", "factor": 4, "mscale": 1}}`, "mscale"},
		{"truncate", small + `, "rope_scaling": {"rope_type": "yarn", "factor": 4, "truncate": false}}`, "truncate"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := ParseConfig(strings.NewReader(test.text))
			if err == nil || !strings.HasPrefix(err.Error(), "config.json: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("have %v, want an error of config.json with %q", err, test.want)
			}
		})
	}
}

func TestTensorNamesAreTheFiles(t *testing.T) {
	for _, test := range goldens {
		t.Run(test.folder, func(t *testing.T) {
			fsys := os.DirFS("testdata/" + test.folder)
			checkpoint, err := Load(fsys)
			if err != nil {
				t.Fatal(err)
			}
			shards, err := shardNames(fsys)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, shard := range shards {
				file, closeFile, err := openSafetensors(fsys, shard)
				if err != nil {
					t.Fatal(err)
				}
				names = append(names, file.Names()...)
				closeFile()
			}
			slices.Sort(names)
			if want := checkpoint.Config.TensorNames(); !slices.Equal(names, want) {
				t.Errorf("transformers wrote %v\nwant %v", names, want)
			}
		})
	}
}

func FuzzConfig(f *testing.F) {
	f.Add([]byte(small + "}"))
	for _, test := range goldens {
		raw, err := os.ReadFile("testdata/" + test.folder + "/config.json")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte(small + `, "rope_scaling": {"type": "yarn", "factor": 4}, "eos_token_id": [1, 2]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		config, err := ParseConfig(strings.NewReader(string(raw)))
		if err != nil {
			return
		}
		if config.Parameters() <= 0 {
			t.Errorf("%d parameters", config.Parameters())
		}
		frequencies, scale := config.ropeFrequencies()
		for _, frequency := range append(frequencies, scale) {
			if !(frequency >= 0 && frequency < 1e300) {
				t.Errorf("rotary frequencies %v, scale %g", frequencies, scale)
				break
			}
		}
		// What is written says the same.
		config.Architectures = nil
		if again := rewritten(t, config); !reflect.DeepEqual(again, config) {
			t.Errorf("read %+v\nwritten and read %+v", config, again)
		}
	})
}
