package model

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
)

// tiny makes a small model of a kind.
func tiny(t *testing.T, kind string) *Checkpoint {
	t.Helper()
	c, err := Random(&Config{ModelType: kind, VocabSize: 11, HiddenSize: 8, IntermediateSize: 12, Layers: 2, Heads: 2, KVHeads: 1,
		HeadDim: 4, MaxPositions: 32, RMSNormEps: 1e-6, RopeTheta: 10000}, 1)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// folder is a saved model in memory, to be damaged.
func folder(t *testing.T, c *Checkpoint) fstest.MapFS {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "model")
	if err := c.Save(dir, dtypes.Float32); err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{}
	for _, name := range []string{configFile, weightsFile} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		fsys[name] = &fstest.MapFile{Data: content}
	}
	return fsys
}

func weightsBytes(t *testing.T, weights map[string]*tensors.Tensor) []byte {
	t.Helper()
	var content bytes.Buffer
	if err := WriteSafetensors(&content, weights, nil, dtypes.Float32); err != nil {
		t.Fatal(err)
	}
	return content.Bytes()
}

func equalWeights(a, b map[string]*tensors.Tensor) bool {
	return maps.EqualFunc(a, b, func(x, y *tensors.Tensor) bool { return x.Shape().Equal(y.Shape()) && sameBits(x, y) })
}

func TestSaveAndLoad(t *testing.T) {
	for _, kind := range Kinds() {
		for _, dtype := range []dtypes.DType{dtypes.Float32, dtypes.Float16, dtypes.BFloat16} {
			t.Run(kind+" "+dtype.String(), func(t *testing.T) {
				saved := tiny(t, kind)
				dir := filepath.Join(t.TempDir(), "parent", "model")
				for range 2 { // a new folder, then one that is there
					if err := saved.Save(dir, dtype); err != nil {
						t.Fatal(err)
					}
				}
				if names := list(t, dir); !slices.Equal(names, []string{configFile, weightsFile}) {
					t.Errorf("the folder holds %v", names)
				}
				if names := list(t, filepath.Dir(dir)); !slices.Equal(names, []string{"model"}) {
					t.Errorf("beside the folder is %v", names)
				}
				loaded, err := Load(os.DirFS(dir))
				if err != nil {
					t.Fatal(err)
				}
				if want := strings.ToLower(dtype.String()); loaded.Config.DType != want {
					t.Errorf("dtype %q, want %q", loaded.Config.DType, want)
				}
				loaded.Config.DType, loaded.Config.Architectures = "", nil
				if !reflect.DeepEqual(loaded.Config, saved.Config) {
					t.Errorf("config %+v\nwant %+v", loaded.Config, saved.Config)
				}
				if dtype == dtypes.Float32 && !equalWeights(loaded.Weights, saved.Weights) {
					t.Error("the weights are others")
				}
				if !slices.Equal(sortedKeys(loaded.Weights), saved.Config.TensorNames()) {
					t.Errorf("tensors %v", sortedKeys(loaded.Weights))
				}
			})
		}
	}
}

func list(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// TestFailedSaveLeavesTheOldFiles has a weight that float16 cannot hold, met after
// part of the file was written.
func TestFailedSaveLeavesTheOldFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "model")
	old := tiny(t, "llama")
	broken := tiny(t, "llama")
	broken.Weights["model.norm.weight"] = tensors.FromFlatDataAndDimensions([]float32{1, 1, 1, 1, 1, 1, 1, 1e6}, 8)
	if err := broken.Save(dir, dtypes.Float16); err == nil || !strings.Contains(err.Error(), `model.safetensors: safetensors: write tensor "model.norm.weight"`) {
		t.Errorf("saving too great a number: %v", err)
	}
	if names := list(t, filepath.Dir(dir)); names != nil {
		t.Errorf("a failed save left %v", names)
	}
	if err := old.Save(dir, dtypes.Float32); err != nil {
		t.Fatal(err)
	}
	if err := broken.Save(dir, dtypes.Float16); err == nil {
		t.Error("no error")
	}
	if names := list(t, dir); !slices.Equal(names, []string{configFile, weightsFile}) {
		t.Errorf("a failed save left %v", names)
	}
	loaded, err := Load(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	if !equalWeights(loaded.Weights, old.Weights) {
		t.Error("a failed save changed the weights")
	}
	// A file where a folder should be.
	if err := old.Save(filepath.Join(dir, configFile), dtypes.Float32); err == nil {
		t.Error("saving into a file: no error")
	}
}

func TestLoadShards(t *testing.T) {
	c := tiny(t, "qwen3")
	parts := []map[string]*tensors.Tensor{{}, {}}
	for i, name := range sortedKeys(c.Weights) {
		parts[i%2][name] = c.Weights[name]
	}
	fsys := folder(t, c)
	whole := fsys[weightsFile]
	delete(fsys, weightsFile)
	fsys["a.safetensors"] = &fstest.MapFile{Data: weightsBytes(t, parts[0])}
	fsys["b.safetensors"] = &fstest.MapFile{Data: weightsBytes(t, parts[1])}
	fsys[indexFile] = &fstest.MapFile{Data: []byte(`{"weight_map": {"x": "a.safetensors", "y": "b.safetensors"}}`)}
	loaded, err := Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	if !equalWeights(loaded.Weights, c.Weights) {
		t.Error("the shards' weights are others")
	}
	tests := []struct {
		name   string
		change func(fstest.MapFS)
		want   string
	}{
		{"shard missing", func(f fstest.MapFS) { delete(f, "b.safetensors") }, "b.safetensors"},
		{"shard not listed", func(f fstest.MapFS) {
			f[indexFile] = &fstest.MapFile{Data: []byte(`{"weight_map": {"x": "a.safetensors"}}`)}
		}, "is missing"},
		{"twice", func(f fstest.MapFS) { f["b.safetensors"] = whole }, "b.safetensors: tensor"},
		{"outside", func(f fstest.MapFS) {
			f[indexFile] = &fstest.MapFile{Data: []byte(`{"weight_map": {"x": "../b.safetensors"}}`)}
		}, `tensor "x": file "../b.safetensors" lies outside`},
		{"empty index", func(f fstest.MapFS) { f[indexFile] = &fstest.MapFile{Data: []byte(`{}`)} }, "weight_map is empty"},
		{"broken index", func(f fstest.MapFS) { f[indexFile] = &fstest.MapFile{Data: []byte("{\n,")} }, "index.json: line 2"},
		{"no index", func(f fstest.MapFS) { delete(f, indexFile) }, "neither model.safetensors nor"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { refuses(t, fsys, test.change, test.want) })
	}
}

// refuses damages a copy of a folder and looks for want in Load's error.
func refuses(t *testing.T, fsys fstest.MapFS, change func(fstest.MapFS), want string) {
	t.Helper()
	damaged := maps.Clone(fsys)
	change(damaged)
	_, err := Load(damaged)
	if err == nil || !strings.HasPrefix(err.Error(), "load model: ") || !strings.Contains(err.Error(), want) {
		t.Errorf("have %v, want %q", err, want)
	}
}

func TestLoadNamesWhatIsWrong(t *testing.T) {
	c := tiny(t, "llama")
	fsys := folder(t, c)
	weights := func(change func(map[string]*tensors.Tensor)) func(fstest.MapFS) {
		return func(f fstest.MapFS) {
			changed := maps.Clone(c.Weights)
			change(changed)
			f[weightsFile] = &fstest.MapFile{Data: weightsBytes(t, changed)}
		}
	}
	tests := []struct {
		name   string
		change func(fstest.MapFS)
		want   string
	}{
		{"no config", func(f fstest.MapFS) { delete(f, configFile) }, "config.json: file does not exist"},
		{"config cut", func(f fstest.MapFS) { f[configFile] = &fstest.MapFile{Data: f[configFile].Data[:99]} }, "config.json: line"},
		{"no weights", func(f fstest.MapFS) { delete(f, weightsFile) }, "neither model.safetensors"},
		{"weights cut", func(f fstest.MapFS) {
			f[weightsFile] = &fstest.MapFile{Data: f[weightsFile].Data[:len(f[weightsFile].Data)-1]}
		}, "model.safetensors: safetensors: tensor"},
		{"missing", weights(func(w map[string]*tensors.Tensor) {
			delete(w, "model.norm.weight")
			delete(w, "lm_head.weight")
		}), `tensor "lm_head.weight" [11 8] is missing, and 1 more`},
		{"shape", weights(func(w map[string]*tensors.Tensor) {
			w["model.layers.1.mlp.up_proj.weight"] = tensors.FromFlatDataAndDimensions(make([]float32, 96), 8, 12)
		}), `tensor "model.layers.1.mlp.up_proj.weight" is [8 12], config.json asks for [12 8]`},
		{"extra", weights(func(w map[string]*tensors.Tensor) {
			w["model.layers.1.self_attn.q_proj.bias"] = tensors.FromFlatDataAndDimensions(make([]float32, 8), 8)
		}), `tensor "model.layers.1.self_attn.q_proj.bias" [8] is in no llama model of 2 layers`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { refuses(t, fsys, test.change, test.want) })
	}
	t.Run("needless", func(t *testing.T) {
		changed := maps.Clone(fsys)
		weights(func(w map[string]*tensors.Tensor) {
			w["model.layers.0.self_attn.rotary_emb.inv_freq"] = tensors.FromFlatDataAndDimensions(make([]float32, 2), 2)
		})(changed)
		if _, err := Load(changed); err != nil {
			t.Errorf("rotary frequencies of old checkpoints are not passed over: %v", err)
		}
	})
}

// stream is a file system whose files can only be read from the start.
type stream struct{ fs.FS }

func (s stream) Open(name string) (fs.File, error) {
	file, err := s.FS.Open(name)
	return struct{ fs.File }{file}, err
}

func TestLoadWithoutReaderAt(t *testing.T) {
	c := tiny(t, "olmo2")
	loaded, err := Load(stream{folder(t, c)})
	if err != nil {
		t.Fatal(err)
	}
	if !equalWeights(loaded.Weights, c.Weights) {
		t.Error("the weights are others")
	}
}

func TestRandom(t *testing.T) {
	one, same := tiny(t, "qwen2"), tiny(t, "qwen2")
	if !equalWeights(one.Weights, same.Weights) {
		t.Error("one seed gave two models")
	}
	other, err := Random(one.Config, 2)
	if err != nil {
		t.Fatal(err)
	}
	if equalWeights(one.Weights, other.Weights) {
		t.Error("two seeds gave one model")
	}
	wide := *one.Config
	wide.HiddenSize, wide.VocabSize, wide.Layers = 64, 1000, 8
	big, err := Random(&wide, 3)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]float64{
		"model.embed_tokens.weight": 0.02, "model.layers.0.mlp.gate_proj.weight": 0.02, "model.layers.7.mlp.down_proj.weight": 0.005,
	} {
		sum, values := 0.0, tensors.MustCopyFlatData[float32](big.Weights[name])
		for _, x := range values {
			sum += float64(x) * float64(x)
		}
		if variance := sum / float64(len(values)); variance < 0.8*want*want || variance > 1.2*want*want {
			t.Errorf("%s: variance %g, want about %g", name, variance, want*want)
		}
	}
	if _, err := Random(&Config{ModelType: "llama"}, 1); err == nil {
		t.Error("a model of no size: no error")
	}
}

// A shallower model starts from the first layers of a deeper one.
func TestStartFrom(t *testing.T) {
	deep := tiny(t, "qwen2")
	config := *deep.Config
	config.Layers = deep.Config.Layers - 1
	make := func(config Config) *Checkpoint {
		t.Helper()
		c, err := Random(&config, 9)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	shallow := make(config)
	if err := shallow.StartFrom(deep); err != nil {
		t.Fatal(err)
	}
	if len(shallow.Weights) == 0 || len(shallow.Weights) >= len(deep.Weights) {
		t.Fatalf("%d tensors of %d", len(shallow.Weights), len(deep.Weights))
	}
	for name, w := range shallow.Weights {
		if !w.Equal(deep.Weights[name]) {
			t.Errorf("%s is not the other model's", name)
		}
	}

	deeper := *deep.Config
	deeper.Layers++
	wider := *deep.Config
	wider.IntermediateSize *= 2
	for want, config := range map[string]Config{"it has no tensor": deeper, "only the number of layers may differ": wider} {
		c := make(config)
		before := c.Weights["model.embed_tokens.weight"]
		if err := c.StartFrom(deep); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
		if c.Weights["model.embed_tokens.weight"] != before {
			t.Errorf("%s: weights were taken all the same", want)
		}
	}
}
