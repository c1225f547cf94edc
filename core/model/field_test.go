package model

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gomlx/gomlx/core/tensors"
)

// fieldAdapters are the folders of testdata/adapters, made by make_adapters.py with
// PEFT, and the model of testdata that each is for.
var fieldAdapters = []struct{ folder, base string }{
	{"regex", "qwen3"}, {"fullnames", "qwen3"}, {"all_linear", "qwen3"}, {"lm_head", "qwen3"}, {"lm_head_tied", "qwen2"},
	{"patterns", "qwen3"}, {"layers", "qwen3"}, {"one_layer", "qwen3"}, {"exclude", "qwen3"}, {"exclude_regex", "qwen3"},
	{"rslora", "qwen3"}, {"compiled", "qwen3"}, {"headless", "qwen3"},
}

// adapterGolden gives the row of tokens and the logits that PEFT computed.
func adapterGolden(t *testing.T, name string) (row []int32, logits []float32) {
	t.Helper()
	raw, err := os.ReadFile("testdata/adapters/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var expected struct{ Tokens []int32 }
	if err := json.Unmarshal(raw, &expected); err != nil {
		t.Fatal(err)
	}
	file, closeFile, err := openSafetensors(os.DirFS("testdata/adapters"), "expected.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer closeFile()
	want, err := file.Tensor(name)
	if err != nil {
		t.Fatal(err)
	}
	return expected.Tokens, tensors.MustCopyFlatData[float32](want)
}

func joinRows(rows [][]float32) (all []float32) {
	for _, row := range rows {
		all = append(all, row...)
	}
	return all
}

// PEFT's adapters of every kind give PEFT's logits, also after they were saved again.
func TestAdaptersEqualPEFT(t *testing.T) {
	for _, test := range fieldAdapters {
		t.Run(test.folder, func(t *testing.T) {
			policy := openPolicy(t, test.base)
			row, want := adapterGolden(t, test.folder)
			base := joinRows(logitsOf(t, policy, [][]int32{row}, false)[0])
			if far := farthest(base, want); far < 0.01 {
				t.Fatalf("the adapter changes the logits by %g only; the golden would show nothing", far)
			}
			dir := "testdata/adapters/" + test.folder
			for _, how := range []string{"as PEFT wrote it", "saved again"} {
				adapter, err := LoadAdapter(os.DirFS(dir))
				if err != nil {
					t.Fatal(err)
				}
				dir = filepath.Join(t.TempDir(), "again")
				if err := adapter.Save(dir); err != nil {
					t.Fatal(err)
				}
				if err := policy.Attach(adapter); err != nil {
					t.Fatal(err)
				}
				if far := farthest(joinRows(logitsOf(t, policy, [][]int32{row}, true)[0]), want); !(far <= 1e-4) {
					t.Errorf("%s: the logits are %g from PEFT's, relative", how, far)
				}
			}
		})
	}
}

// An adapter started from the configuration of another has the same tensors.
func TestAdapterStart(t *testing.T) {
	for _, test := range fieldAdapters {
		config := openPolicy(t, test.base).Config
		adapter, err := LoadAdapter(os.DirFS("testdata/adapters/" + test.folder))
		if err != nil {
			t.Fatal(err)
		}
		fresh := adapter.Config.Start(config, 1)
		if err := fresh.CheckBase(config); err != nil {
			t.Errorf("%s: %v", test.folder, err)
		}
		if have, want := fresh.Modules(), adapter.Modules(); !slices.Equal(have, want) {
			t.Errorf("%s: modules %q, want %q", test.folder, have, want)
		}
		for name, tensor := range adapter.Weights {
			if have := fresh.Weights[name].Shape(); !have.Equal(tensor.Shape()) {
				t.Errorf("%s: %s is %v, want %v", test.folder, name, have, tensor.Shape())
			}
		}
	}
}

// The same model in float64 and under the names that wrappers give is the same model.
func TestWrappedCheckpoint(t *testing.T) {
	wrapped, plain := openPolicy(t, "wrapped"), openPolicy(t, "qwen3")
	row, _ := adapterGolden(t, "regex")
	have, want := joinRows(logitsOf(t, wrapped, [][]int32{row}, false)[0]), joinRows(logitsOf(t, plain, [][]int32{row}, false)[0])
	if !slices.Equal(have, want) {
		t.Errorf("the logits are %g from the plain model's, relative", farthest(have, want))
	}
	if wrapped.Config.HiddenAct != "silu" || wrapped.Config.MaxPositions != 32768 {
		t.Errorf("hidden_act %q, max_position_embeddings %d; want silu and transformers' 32768", wrapped.Config.HiddenAct, wrapped.Config.MaxPositions)
	}
}

func TestPlainName(t *testing.T) {
	for _, test := range []struct{ given, want string }{
		{"model.layers.3.mlp.up_proj.weight", "model.layers.3.mlp.up_proj.weight"},
		{"lm_head.weight", "lm_head.weight"},
		{"layers.0.self_attn.q_proj.weight", "model.layers.0.self_attn.q_proj.weight"},
		{"embed_tokens.weight", "model.embed_tokens.weight"},
		{"norm.weight", "model.norm.weight"},
		{"_orig_mod.model.norm.weight", "model.norm.weight"},
		{"module._orig_mod.lm_head.weight", "lm_head.weight"},
		{"model.language_model.layers.1.input_layernorm.weight", "model.layers.1.input_layernorm.weight"},
		{"language_model.model.embed_tokens.weight", "model.embed_tokens.weight"},
		{"language_model.lm_head.weight", "lm_head.weight"},
		{"base_model.model.model.layers.0.mlp.up_proj.lora_A.weight", "model.layers.0.mlp.up_proj.lora_A.weight"},
		{"base_model.model.layers.0.mlp.up_proj.lora_A.weight", "model.layers.0.mlp.up_proj.lora_A.weight"},
	} {
		if have := plainName(test.given); have != test.want {
			t.Errorf("plainName(%q) = %q, want %q", test.given, have, test.want)
		}
	}
}

// A head that comes with an adapter tells whether the base is the right one.
func TestAdapterOfAnotherHead(t *testing.T) {
	adapter, err := LoadAdapter(os.DirFS("testdata/adapters/lm_head"))
	if err != nil {
		t.Fatal(err)
	}
	values := tensors.MustCopyFlatData[float32](adapter.head)
	values[7]++
	adapter.head = tensors.FromFlatDataAndDimensions(values, adapter.head.Shape().Dimensions...)
	policy := openPolicy(t, "qwen3")
	if err := policy.Attach(adapter); err == nil || !strings.Contains(err.Error(), "lm_head.base_layer.weight that is not the base's") {
		t.Errorf("have %v", err)
	}
	if policy.HasAdapter() {
		t.Error("a refused adapter is attached")
	}
}

// Tensors that the configuration does not name, and ones that it lacks, are told.
func TestAdapterFilesThatDisagree(t *testing.T) {
	folder := "testdata/adapters/fullnames/"
	weights, err := os.ReadFile(folder + adapterWeightsFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ targets, want string }{
		{`["model.layers.0.self_attn.q_proj"]`, `mlp.up_proj.lora_A.weight" is of a module that target_modules does not name`},
		{`["q_proj", "model.layers.1.mlp.up_proj"]`, `it lacks tensor "model.layers.1.self_attn.q_proj.lora_A.weight"`},
		{`"("`, `pattern "("`},
		{`[]`, "target_modules is empty"},
		{`7`, "want a list of modules, or one pattern"},
	} {
		fsys := fstest.MapFS{
			adapterWeightsFile: {Data: weights},
			adapterConfigFile:  {Data: []byte(`{"peft_type": "LORA", "r": 4, "lora_alpha": 8, "target_modules": ` + test.targets + `}`)},
		}
		adapter, err := LoadAdapter(fsys)
		if err == nil {
			err = adapter.CheckBase(openPolicy(t, "qwen3").Config)
		}
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: have %v, want %q", test.targets, err, test.want)
		}
	}
}
