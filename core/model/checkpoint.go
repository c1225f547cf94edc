package model

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
)

// Checkpoint is a model on the host: its configuration and its weights in
// float32 by their Hugging Face names, matrices as [out, in].
type Checkpoint struct {
	Config  *Config
	Weights map[string]*tensors.Tensor
}

// Load reads config.json and model.safetensors, or the files that
// model.safetensors.index.json lists, from the root of fsys. Every tensor that
// the configuration asks for must be there in its shape; others are left unread.
func Load(fsys fs.FS) (*Checkpoint, error) {
	file, err := fsys.Open("config.json")
	if err != nil {
		return nil, fmt.Errorf("load model: %w; a model folder holds config.json, model.safetensors and tokenizer.json", err)
	}
	defer file.Close()
	config, err := ParseConfig(file)
	if err != nil {
		return nil, fmt.Errorf("load model: %w", err)
	}
	shards, err := shardNames(fsys)
	if err != nil {
		return nil, fmt.Errorf("load model: %w", err)
	}
	c := &Checkpoint{Config: config, Weights: map[string]*tensors.Tensor{}}
	wanted := config.TensorShapes()
	for _, shard := range shards {
		if err := c.loadShard(fsys, shard, wanted); err != nil {
			return nil, fmt.Errorf("load model: %s: %w", shard, err)
		}
	}
	for _, name := range sortedKeys(wanted) {
		if c.Weights[name] == nil {
			return nil, fmt.Errorf("load model: tensor %q %v is in none of %s: config.json and weights do not belong together",
				name, wanted[name], strings.Join(shards, ", "))
		}
	}
	return c, nil
}

// shardNames lists a model's safetensors files.
func shardNames(fsys fs.FS) ([]string, error) {
	raw, err := fs.ReadFile(fsys, "model.safetensors.index.json")
	if errors.Is(err, fs.ErrNotExist) {
		return []string{"model.safetensors"}, nil
	}
	if err != nil {
		return nil, err
	}
	var index struct {
		Files map[string]string `json:"weight_map"`
	}
	if err := json.Unmarshal(raw, &index); err != nil {
		return nil, fmt.Errorf("model.safetensors.index.json: %w", err)
	}
	var names []string
	for _, name := range index.Files {
		if !fs.ValidPath(name) {
			return nil, fmt.Errorf("model.safetensors.index.json: file %q lies outside the model's folder", name)
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// loadShard reads the wanted tensors of one file.
func (c *Checkpoint) loadShard(fsys fs.FS, name string, wanted map[string][]int) error {
	file, closeFile, err := openSafetensors(fsys, name)
	if err != nil {
		return err
	}
	defer closeFile()
	for _, tensor := range file.Names() {
		want, ok := wanted[tensor]
		if !ok {
			continue
		}
		if have, _ := file.Shape(tensor); !slices.Equal(have, want) {
			return fmt.Errorf("tensor %q is %v, config.json asks for %v", tensor, have, want)
		}
		if c.Weights[tensor], err = file.Tensor(tensor); err != nil {
			return err
		}
	}
	return nil
}

// openSafetensors opens a file of fsys; one that cannot be read at an offset is
// read into memory.
func openSafetensors(fsys fs.FS, name string) (*Safetensors, func(), error) {
	file, err := fsys.Open(name)
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	reader, size := io.ReaderAt(nil), info.Size()
	if at, ok := file.(io.ReaderAt); ok {
		reader = at
	} else {
		content, err := io.ReadAll(file)
		if err != nil {
			return nil, nil, errors.Join(err, file.Close())
		}
		reader, size = bytes.NewReader(content), int64(len(content))
	}
	opened, err := OpenSafetensors(reader, size)
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	return opened, func() { _ = file.Close() }, nil
}

// Save writes config.json and model.safetensors into dir, each in one move, with
// the weights as dtype: float32, float16 or bfloat16.
func (c *Checkpoint) Save(dir string, dtype dtypes.DType) error {
	config := *c.Config
	config.DType = strings.ToLower(dtype.String())
	config.Architectures = []string{kinds[config.ModelType].architecture}
	encoded, err := json.MarshalIndent(&config, "", "  ")
	if err != nil {
		return fmt.Errorf("save model: %w", err)
	}
	var weights bytes.Buffer
	if err := WriteSafetensors(&weights, c.Weights, map[string]string{"format": "pt"}, dtype); err != nil {
		return fmt.Errorf("save model: %w", err)
	}
	return saveFiles(dir, map[string][]byte{"config.json": append(encoded, '\n'), "model.safetensors": weights.Bytes()})
}

// saveFiles writes files into dir, each whole or not at all.
func saveFiles(dir string, files map[string][]byte) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("save: %w", err)
	}
	for _, name := range sortedKeys(files) {
		temporary := filepath.Join(dir, "."+name+".part")
		err := os.WriteFile(temporary, files[name], 0o644)
		if err == nil {
			err = os.Rename(temporary, filepath.Join(dir, name))
		}
		if err != nil {
			// What went wrong is being returned; the remains are only swept up.
			_ = os.Remove(temporary)
			return fmt.Errorf("save %s (a file that was there is untouched): %w", filepath.Join(dir, name), err)
		}
	}
	return nil
}

// Random makes a model that has learnt nothing: normal weights of standard
// deviation InitializerRange (0: 0.02), those that end a sublayer scaled down by
// √(2·layers) as in GPT-2, norms at 1, biases at 0.
func Random(config *Config, seed uint64) (*Checkpoint, error) {
	filled := *config
	if filled.HiddenAct == "" {
		filled.HiddenAct = "silu"
	}
	filled.fill()
	if err := filled.Validate(); err != nil {
		return nil, err
	}
	spread := filled.InitializerRange
	if spread == 0 {
		spread = 0.02
	}
	c := &Checkpoint{Config: &filled, Weights: map[string]*tensors.Tensor{}}
	shapes := filled.TensorShapes()
	random := rand.New(rand.NewPCG(seed, 0))
	for _, name := range sortedKeys(shapes) {
		size := 1
		for _, dim := range shapes[name] {
			size *= dim
		}
		values := make([]float32, size)
		std := spread
		if strings.HasSuffix(name, "o_proj.weight") || strings.HasSuffix(name, "down_proj.weight") {
			std /= math.Sqrt(2 * float64(filled.Layers))
		}
		for i := range values {
			switch {
			case len(shapes[name]) == 2:
				values[i] = float32(random.NormFloat64() * std)
			case strings.HasSuffix(name, ".weight"):
				values[i] = 1
			}
		}
		c.Weights[name] = tensors.FromFlatDataAndDimensions(values, shapes[name]...)
	}
	return c, nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
