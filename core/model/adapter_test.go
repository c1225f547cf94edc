package model

import (
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gomlx/gomlx/core/tensors"
)

func newTestAdapter(t *testing.T, config *Config, targets ...string) *Adapter {
	t.Helper()
	a, err := NewAdapter(config, 2, 4, targets, 1)
	if err != nil {
		t.Fatal(err)
	}
	shake(a.Weights)
	return a
}

// adapterFolder is a saved adapter in memory, to be damaged.
func adapterFolder(t *testing.T, a *Adapter) fstest.MapFS {
	t.Helper()
	files, err := a.Files()
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{}
	for name, content := range files {
		fsys[name] = &fstest.MapFile{Data: content}
	}
	return fsys
}

func TestAdapterSaveAndLoad(t *testing.T) {
	config := tiny(t, "qwen2").Config
	tests := []struct {
		name    string
		adapter func() *Adapter
	}{
		{"all", func() *Adapter { return newTestAdapter(t, config) }},
		{"attention", func() *Adapter { return newTestAdapter(t, config, "v_proj", "q_proj") }},
		{"settings", func() *Adapter {
			a := newTestAdapter(t, config, "down_proj")
			a.Config.RankScale, a.Config.Dropout, a.Config.Base = true, 0.1, "somewhere/model"
			return a
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			saved := test.adapter()
			dir := filepath.Join(t.TempDir(), "adapter")
			if err := saved.Save(dir); err != nil {
				t.Fatal(err)
			}
			for name, fsys := range map[string]func() (*Adapter, error){
				"folder": func() (*Adapter, error) { return LoadAdapter(os.DirFS(dir)) },
				"files":  func() (*Adapter, error) { return LoadAdapter(adapterFolder(t, saved)) },
			} {
				loaded, err := fsys()
				if err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(loaded.Config, saved.Config) || !equalWeights(loaded.Weights, saved.Weights) {
					t.Errorf("%s: have %+v, want %+v", name, loaded.Config, saved.Config)
				}
				if err := loaded.CheckBase(config); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestScale(t *testing.T) {
	for _, test := range []struct {
		config AdapterConfig
		want   float64
	}{
		{AdapterConfig{Rank: 4, Alpha: 8}, 2},
		{AdapterConfig{Rank: 64, Alpha: 128}, 2},
		{AdapterConfig{Rank: 4, Alpha: 8, RankScale: true}, 4},
		{AdapterConfig{Rank: 3, Alpha: 6, RankScale: true}, 2 * math.Sqrt(3)},
	} {
		if have := test.config.Scale("model.layers.0.self_attn.q_proj", test.config.Rank); math.Abs(have-test.want) > 1e-12 {
			t.Errorf("%+v: scale %g, want %g", test.config, have, test.want)
		}
	}
}

func TestNewAdapter(t *testing.T) {
	config := tiny(t, "qwen2").Config
	for _, test := range []struct {
		name    string
		rank    int
		alpha   float64
		targets []string
		want    string
	}{
		{"rank 0", 0, 1, nil, "rank 0"},
		{"rank above the width", 9, 1, nil, "rank 9"},
		{"alpha", 2, math.NaN(), nil, "alpha NaN"},
		{"target", 2, 1, []string{"q_proj", "lm_head"}, `no projection "lm_head"; choose from q_proj`},
	} {
		if _, err := NewAdapter(config, test.rank, test.alpha, test.targets, 1); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: have %v, want %q", test.name, err, test.want)
		}
	}
	one, same := newTestAdapter(t, config), newTestAdapter(t, config)
	if !equalWeights(one.Weights, same.Weights) {
		t.Error("one seed gave two adapters")
	}
	fresh, err := NewAdapter(config, 2, 4, []string{"q_proj"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for name, tensor := range fresh.Weights {
		for _, x := range tensors.MustCopyFlatData[float32](tensor) {
			if strings.Contains(name, "lora_B") && x != 0 || math.Abs(float64(x)) > 1/math.Sqrt(8) {
				t.Errorf("%s: %g is no first value", name, x)
			}
		}
	}
}

func TestLoadAdapterNamesWhatIsWrong(t *testing.T) {
	fsys := adapterFolder(t, newTestAdapter(t, tiny(t, "qwen2").Config))
	config := string(fsys[adapterConfigFile].Data)
	with := func(old, new string) func(fstest.MapFS) {
		return func(f fstest.MapFS) {
			if !strings.Contains(config, old) {
				t.Fatalf("no %s in %s", old, config)
			}
			f[adapterConfigFile] = &fstest.MapFile{Data: []byte(strings.Replace(config, old, new, 1))}
		}
	}
	field := func(added string) func(fstest.MapFS) { return with("{", "{"+added+",") }
	weights := func(names ...string) func(fstest.MapFS) {
		return func(f fstest.MapFS) {
			w := map[string]*tensors.Tensor{}
			for _, name := range names {
				w[name] = tensors.FromScalar(float32(1))
			}
			f[adapterWeightsFile] = &fstest.MapFile{Data: weightsBytes(t, w)}
		}
	}
	tests := []struct {
		name   string
		change func(fstest.MapFS)
		want   string
	}{
		{"no config", func(f fstest.MapFS) { delete(f, adapterConfigFile) }, "adapter_config.json: file does not exist"},
		{"no weights", func(f fstest.MapFS) { delete(f, adapterWeightsFile) }, "adapter_model.safetensors"},
		{"config cut", func(f fstest.MapFS) { f[adapterConfigFile] = &fstest.MapFile{Data: []byte("{\n\n")} }, "adapter_config.json: line 3"},
		{"kind", with(`"LORA"`, `"IA3"`), `peft_type is "IA3"`},
		{"rank", with(`"r": 2`, `"r": 0`), "r is 0"},
		{"alpha", with(`"lora_alpha": 4`, `"lora_alpha": -1`), "lora_alpha is -1"},
		{"bias", with(`"bias": "none"`, `"bias": "all"`), `bias is "all"`},
		{"init", with(`"init_lora_weights": true`, `"init_lora_weights": "pissa"`), "init_lora_weights is pissa"},
		{"wrong type", with(`"r": 2`, `"r": "two"`), "r is a JSON string"},
		{"dora", field(`"use_dora": true`), "use_dora is set"},
		{"fan in", field(`"fan_in_fan_out": true`), "fan_in_fan_out is set"},
		{"whole modules", field(`"modules_to_save": ["lm_head"]`), "modules_to_save is set"},
		{"tied", field(`"ensure_weight_tying": true`), "ensure_weight_tying is set"},
		{"rank of a module", with(`"rank_pattern": {}`, `"rank_pattern": {"q_proj": 0}`), `"q_proj" is 0`},
		{"nothing", weights(), "holds no tensors"},
		{"twice", weights("model.layers.0.self_attn.q_proj.lora_A.weight", peftPrefix+"model.layers.0.self_attn.q_proj.lora_A.weight"), "is there under two names"},
		{"magnitude", weights(peftPrefix + "model.layers.0.self_attn.q_proj.lora_magnitude_vector"), "lora_magnitude_vector\" is not read"},
		{"embedding", weights(peftPrefix + "model.embed_tokens.lora_embedding_A"), "lora_embedding_A"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			damaged := maps.Clone(fsys)
			test.change(damaged)
			_, err := LoadAdapter(damaged)
			if err == nil || !strings.HasPrefix(err.Error(), "load adapter: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("have %v, want %q", err, test.want)
			}
		})
	}
	t.Run("short and long targets", func(t *testing.T) {
		long := maps.Clone(fsys)
		with(`"k_proj"`, `"self_attn.k_proj"`)(long)
		if _, err := LoadAdapter(long); err != nil {
			t.Error(err)
		}
	})
}

func TestCheckBase(t *testing.T) {
	config := tiny(t, "qwen2").Config
	wider, deeper, shallower := *config, *config, *config
	wider.HiddenSize, deeper.Layers, shallower.Layers = 16, 3, 1
	lacking := newTestAdapter(t, config)
	delete(lacking.Weights, "model.layers.1.mlp.up_proj.lora_B.weight")
	tests := []struct {
		name    string
		adapter *Adapter
		base    *Config
		want    string
	}{
		{"its own", newTestAdapter(t, config), config, ""},
		{"wider", newTestAdapter(t, config), &wider, `tensor "model.layers.0.self_attn.q_proj.lora_A.weight" is [2 8], the base needs [2 16]`},
		{"deeper", newTestAdapter(t, config), &deeper, `it lacks tensor "model.layers.2.`},
		{"shallower", newTestAdapter(t, config), &shallower, `[2 12] has no place in a qwen2 model of 1 layers`},
		{"lacking", lacking, config, `it lacks tensor "model.layers.1.mlp.up_proj.lora_B.weight" [12 2]`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := test.adapter.CheckBase(test.base)
			if (test.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("have %v, want %q", err, test.want)
			}
		})
	}
}
