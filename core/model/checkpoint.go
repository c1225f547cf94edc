package model

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
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

// The files of a model's folder.
const (
	configFile  = "config.json"
	weightsFile = "model.safetensors"
	indexFile   = "model.safetensors.index.json"
)

// Load reads config.json and model.safetensors, or the files that
// model.safetensors.index.json lists, from the root of fsys. The files must hold
// the tensors that the configuration asks for, each once and in its shape, and no
// others; but for tensors that older programs wrote and nobody needs. What wrappers
// such as torch.compile put before the names is dropped.
func Load(fsys fs.FS) (*Checkpoint, error) {
	c, err := load(fsys)
	if err != nil {
		return nil, fmt.Errorf("load model: %w", err)
	}
	return c, nil
}

func load(fsys fs.FS) (*Checkpoint, error) {
	file, err := fsys.Open(configFile)
	if err != nil {
		return nil, fmt.Errorf("%w; a model's folder holds %s, %s and tokenizer.json", err, configFile, weightsFile)
	}
	config, err := ParseConfig(file)
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	shards, err := shardNames(fsys)
	if err != nil {
		return nil, err
	}
	c := &Checkpoint{Config: config, Weights: map[string]*tensors.Tensor{}}
	wanted := config.TensorShapes()
	for _, shard := range shards {
		if err := c.loadShard(fsys, shard, wanted); err != nil {
			return nil, fmt.Errorf("%s: %w", shard, err)
		}
	}
	var missing []string
	for _, name := range sortedKeys(wanted) {
		if c.Weights[name] == nil {
			missing = append(missing, fmt.Sprintf("%q %v", name, wanted[name]))
		}
	}
	if n := len(missing); n > 0 {
		return nil, fmt.Errorf("%s: tensor %s is missing%s: config.json and the weights do not belong together, or a file is not whole",
			strings.Join(shards, ", "), missing[0], others(n-1))
	}
	return c, nil
}

// others counts what an error does not name.
func others(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", and %d more", n)
}

// shardNames lists a model's safetensors files. As in transformers, one whole
// file goes before an index.
func shardNames(fsys fs.FS) ([]string, error) {
	if _, err := fs.Stat(fsys, weightsFile); err == nil {
		return []string{weightsFile}, nil
	}
	raw, err := fs.ReadFile(fsys, indexFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is neither %s nor %s; weights in other formats must be converted to safetensors", weightsFile, indexFile)
	}
	if err != nil {
		return nil, err
	}
	var index struct {
		Files map[string]string `json:"weight_map"`
	}
	if err := json.Unmarshal(raw, &index); err != nil {
		return nil, fmt.Errorf("%s: %w", indexFile, explainJSON(raw, err))
	}
	if len(index.Files) == 0 {
		return nil, fmt.Errorf("%s: weight_map is empty; it says which file holds a tensor", indexFile)
	}
	files := map[string]bool{}
	for tensor, name := range index.Files {
		if !fs.ValidPath(name) {
			return nil, fmt.Errorf("%s: tensor %q: file %q lies outside the model's folder", indexFile, tensor, name)
		}
		files[name] = true
	}
	return sortedKeys(files), nil
}

// loadShard reads the tensors of one file.
func (c *Checkpoint) loadShard(fsys fs.FS, name string, wanted map[string][]int) error {
	file, closeFile, err := openSafetensors(fsys, name)
	if err != nil {
		return err
	}
	defer closeFile()
	weights, err := file.Weights()
	if err != nil {
		return err
	}
	for _, given := range sortedKeys(weights) {
		tensor, have := plainName(given), weights[given]
		want, ok := wanted[tensor]
		switch {
		case !ok && c.needless(tensor):
			continue
		case !ok:
			return fmt.Errorf("tensor %q %v is in no %s model of %d layers as config.json describes it", given, have, c.Config.ModelType, c.Config.Layers)
		case !slices.Equal(have, want):
			return fmt.Errorf("tensor %q is %v, config.json asks for %v", given, have, want)
		case c.Weights[tensor] != nil:
			return fmt.Errorf("tensor %q is there twice, in an earlier file or under another name", given)
		}
		if c.Weights[tensor], err = file.Weight(given); err != nil {
			return err
		}
	}
	return nil
}

// needless tells a tensor that some checkpoints hold and no model reads: rotary
// frequencies of old transformers, and the head where it is the embedding.
func (c *Checkpoint) needless(tensor string) bool {
	return strings.HasSuffix(tensor, ".rotary_emb.inv_freq") || tensor == "lm_head.weight" && c.Config.TieEmbeddings
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

// Save writes config.json and model.safetensors into dir, with the weights as
// dtype: float32, float16 or bfloat16. Should it fail, what was in dir before is
// untouched.
func (c *Checkpoint) Save(dir string, dtype dtypes.DType) error {
	config := *c.Config
	config.DType = strings.ToLower(dtype.String())
	config.Architectures = []string{kinds[config.ModelType].architecture}
	encoded, err := json.MarshalIndent(&config, "", "  ")
	if err != nil {
		return fmt.Errorf("save model: %w", err)
	}
	err = saveFolder(dir, []folderFile{
		{weightsFile, func(w io.Writer) error {
			return WriteSafetensors(w, c.Weights, map[string]string{"format": "pt"}, dtype)
		}},
		{configFile, func(w io.Writer) error { return writeAll(w, append(encoded, '\n')) }},
	})
	if err != nil {
		return fmt.Errorf("save model: %w", err)
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
