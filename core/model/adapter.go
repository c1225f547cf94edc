package model

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
)

// Adapter is a LoRA adapter (Hu et al. 2021) in PEFT's format:
// adapter_config.json and adapter_model.safetensors. A projection W gains
// scale·B·A with A [rank, in] and B [out, rank]; weights are named
// "model.layers.0.self_attn.q_proj.lora_A.weight".
type Adapter struct {
	Config  AdapterConfig
	Weights map[string]*tensors.Tensor
}

// NewAdapter makes an adapter that changes nothing yet: A is uniform as PEFT
// starts it (Kaiming, a = √5), B is zero. No targets means all of Projections.
func NewAdapter(config *Config, rank int, alpha float64, targets []string, seed uint64) (*Adapter, error) {
	if len(targets) == 0 {
		targets = Projections
	}
	for _, target := range targets {
		if !slices.Contains(Projections, target) {
			return nil, fmt.Errorf("new adapter: no projection %q; choose from %s", target, strings.Join(Projections, ", "))
		}
	}
	if rank <= 0 || rank > config.HiddenSize {
		return nil, fmt.Errorf("new adapter: rank %d; it must be between 1 and the model's width %d", rank, config.HiddenSize)
	}
	if !(alpha > 0) || math.IsInf(alpha, 0) {
		return nil, fmt.Errorf("new adapter: alpha %g; it must be above 0", alpha)
	}
	a := &Adapter{
		Config:  AdapterConfig{Rank: rank, Alpha: alpha, Targets: slices.Clone(targets)},
		Weights: map[string]*tensors.Tensor{},
	}
	random := rand.New(rand.NewPCG(seed, 1))
	shapes := a.shapes(config)
	for _, name := range sortedKeys(shapes) {
		dims := shapes[name]
		values := make([]float32, dims[0]*dims[1])
		if strings.HasSuffix(name, ".lora_A.weight") {
			bound := 1 / math.Sqrt(float64(dims[1]))
			for i := range values {
				values[i] = float32((2*random.Float64() - 1) * bound)
			}
		}
		a.Weights[name] = tensors.FromFlatDataAndDimensions(values, dims...)
	}
	return a, nil
}

// shapes gives the adapter's tensors on a base model.
func (a *Adapter) shapes(config *Config) map[string][]int {
	shapes := map[string][]int{}
	for layer := range config.Layers {
		for _, p := range config.projections() {
			_, short, _ := strings.Cut(p.name, ".")
			if !slices.Contains(a.Config.Targets, short) {
				continue
			}
			name := fmt.Sprintf("model.layers.%d.%s", layer, p.name)
			shapes[name+".lora_A.weight"] = []int{a.Config.Rank, p.in}
			shapes[name+".lora_B.weight"] = []int{p.out, a.Config.Rank}
		}
	}
	return shapes
}

// CheckBase tells whether the adapter fits a base model, and names the tensor that
// does not.
func (a *Adapter) CheckBase(config *Config) error {
	const wrong = "the adapter does not belong to this base model"
	want := a.shapes(config)
	for _, name := range sortedKeys(a.Weights) {
		have := a.Weights[name].Shape().Dimensions
		switch need, ok := want[name]; {
		case !ok:
			return fmt.Errorf("%s: its tensor %q %v has no place in a %s model of %d layers", wrong, name, have, config.ModelType, config.Layers)
		case !slices.Equal(have, need):
			return fmt.Errorf("%s: tensor %q is %v, the base needs %v", wrong, name, have, need)
		}
	}
	for _, name := range sortedKeys(want) {
		if a.Weights[name] == nil {
			return fmt.Errorf("%s: it lacks tensor %q %v", wrong, name, want[name])
		}
	}
	return nil
}

// LoadAdapter reads an adapter from the root of fsys.
func LoadAdapter(fsys fs.FS) (*Adapter, error) {
	a, err := loadAdapter(fsys)
	if err != nil {
		return nil, fmt.Errorf("load adapter: %w", err)
	}
	return a, nil
}

func loadAdapter(fsys fs.FS) (*Adapter, error) {
	raw, err := fs.ReadFile(fsys, adapterConfigFile)
	if err != nil {
		return nil, fmt.Errorf("%w; an adapter's folder holds %s and %s", err, adapterConfigFile, adapterWeightsFile)
	}
	a := &Adapter{Weights: map[string]*tensors.Tensor{}}
	if err := json.Unmarshal(raw, &a.Config); err != nil {
		return nil, fmt.Errorf("%s: %w", adapterConfigFile, explainJSON(raw, err))
	}
	file, closeFile, err := openSafetensors(fsys, adapterWeightsFile)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", adapterWeightsFile, err)
	}
	defer closeFile()
	for _, name := range file.Names() {
		short, ok := strings.CutPrefix(name, peftPrefix)
		if !ok || !strings.HasSuffix(name, ".lora_A.weight") && !strings.HasSuffix(name, ".lora_B.weight") {
			return nil, fmt.Errorf("%s: tensor %q is not read; those of a LoRA adapter are called %sPROJECTION.lora_A.weight and lora_B.weight",
				adapterWeightsFile, name, peftPrefix)
		}
		if a.Weights[short], err = file.Tensor(name); err != nil {
			return nil, fmt.Errorf("%s: %w", adapterWeightsFile, err)
		}
	}
	return a, nil
}

// Files gives the adapter's two files by name, as PEFT reads them, in float32.
func (a *Adapter) Files() (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, f := range a.files() {
		var content bytes.Buffer
		if err := f.write(&content); err != nil {
			return nil, fmt.Errorf("write adapter: %s: %w", f.name, err)
		}
		files[f.name] = content.Bytes()
	}
	return files, nil
}

// Save writes the adapter's files into dir. Should it fail, what was in dir before
// is untouched.
func (a *Adapter) Save(dir string) error {
	if err := saveFolder(dir, a.files()); err != nil {
		return fmt.Errorf("save adapter: %w", err)
	}
	return nil
}

func (a *Adapter) files() []folderFile {
	return []folderFile{
		{adapterWeightsFile, func(w io.Writer) error {
			named := map[string]*tensors.Tensor{}
			for name, tensor := range a.Weights {
				named[peftPrefix+name] = tensor
			}
			return WriteSafetensors(w, named, map[string]string{"format": "pt"}, dtypes.Float32)
		}},
		{adapterConfigFile, func(w io.Writer) error {
			config, err := json.MarshalIndent(&a.Config, "", "  ")
			if err != nil {
				return err
			}
			return writeAll(w, append(config, '\n'))
		}},
	}
}
