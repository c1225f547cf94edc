package model

import (
	"bytes"
	"encoding/json"
	"fmt"
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

// AdapterConfig is adapter_config.json: PEFT's fields that are used here.
type AdapterConfig struct {
	PEFTType  string         `json:"peft_type"` // "LORA"
	TaskType  string         `json:"task_type"` // "CAUSAL_LM"
	Base      string         `json:"base_model_name_or_path"`
	Rank      int            `json:"r"`
	Alpha     float64        `json:"lora_alpha"`
	Targets   []string       `json:"target_modules"`
	Dropout   float64        `json:"lora_dropout"`
	Bias      string         `json:"bias"`
	RankScale bool           `json:"use_rslora"`
	FanInOut  bool           `json:"fan_in_fan_out"`
	DoRA      bool           `json:"use_dora"`
	Inference bool           `json:"inference_mode"`
	Ranks     map[string]any `json:"rank_pattern"`
	Alphas    map[string]any `json:"alpha_pattern"`
}

// peftPrefix stands before a module's name in PEFT's files.
const peftPrefix = "base_model.model."

// Scale is the factor on B·A: alpha/rank, or alpha/√rank with use_rslora.
func (c AdapterConfig) Scale() float64 {
	if c.RankScale {
		return c.Alpha / math.Sqrt(float64(c.Rank))
	}
	return c.Alpha / float64(c.Rank)
}

// validate refuses what is not computed, by the field's name in the file.
func (c AdapterConfig) validate() error {
	switch {
	case c.PEFTType != "LORA":
		return fmt.Errorf("adapter_config.json: peft_type %q; only LORA adapters are read", c.PEFTType)
	case c.Rank <= 0:
		return fmt.Errorf("adapter_config.json: r is %d; it must be above 0", c.Rank)
	case c.DoRA || c.FanInOut || len(c.Ranks) > 0 || len(c.Alphas) > 0:
		return fmt.Errorf("adapter_config.json: use_dora, fan_in_fan_out, rank_pattern and alpha_pattern are not computed")
	case c.Bias != "" && c.Bias != "none":
		return fmt.Errorf("adapter_config.json: bias %q; only \"none\" is computed", c.Bias)
	}
	return nil
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
	a := &Adapter{
		Config:  AdapterConfig{PEFTType: "LORA", TaskType: "CAUSAL_LM", Rank: rank, Alpha: alpha, Targets: targets, Bias: "none", Inference: true},
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
	want := a.shapes(config)
	for _, name := range sortedKeys(a.Weights) {
		have := a.Weights[name].Shape().Dimensions
		if !slices.Equal(have, want[name]) {
			return fmt.Errorf("adapter does not belong to this base model: tensor %q is %v, the base needs %v", name, have, want[name])
		}
	}
	for _, name := range sortedKeys(want) {
		if a.Weights[name] == nil {
			return fmt.Errorf("adapter does not belong to this base model: it lacks tensor %q %v", name, want[name])
		}
	}
	return nil
}

// LoadAdapter reads an adapter from the root of fsys.
func LoadAdapter(fsys fs.FS) (*Adapter, error) {
	raw, err := fs.ReadFile(fsys, "adapter_config.json")
	if err != nil {
		return nil, fmt.Errorf("load adapter: %w; an adapter folder holds adapter_config.json and adapter_model.safetensors", err)
	}
	a := &Adapter{Weights: map[string]*tensors.Tensor{}}
	if err := json.Unmarshal(raw, &a.Config); err != nil {
		return nil, fmt.Errorf("load adapter: adapter_config.json: %w", err)
	}
	if err := a.Config.validate(); err != nil {
		return nil, fmt.Errorf("load adapter: %w", err)
	}
	file, closeFile, err := openSafetensors(fsys, "adapter_model.safetensors")
	if err != nil {
		return nil, fmt.Errorf("load adapter: adapter_model.safetensors: %w", err)
	}
	defer closeFile()
	for _, name := range file.Names() {
		short, ok := strings.CutPrefix(name, peftPrefix)
		if !ok {
			return nil, fmt.Errorf("load adapter: tensor %q does not start with %q: not a PEFT adapter", name, peftPrefix)
		}
		if a.Weights[short], err = file.Tensor(name); err != nil {
			return nil, fmt.Errorf("load adapter: %w", err)
		}
	}
	return a, nil
}

// Files gives the adapter's two files as PEFT reads them, in float32.
func (a *Adapter) Files() (map[string][]byte, error) {
	config, err := json.MarshalIndent(a.Config, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("save adapter: %w", err)
	}
	named := map[string]*tensors.Tensor{}
	for name, tensor := range a.Weights {
		named[peftPrefix+name] = tensor
	}
	var weights bytes.Buffer
	if err := WriteSafetensors(&weights, named, map[string]string{"format": "pt"}, dtypes.Float32); err != nil {
		return nil, fmt.Errorf("save adapter: %w", err)
	}
	return map[string][]byte{"adapter_config.json": append(config, '\n'), "adapter_model.safetensors": weights.Bytes()}, nil
}

// Save writes the adapter's files into dir, each in one move.
func (a *Adapter) Save(dir string) error {
	files, err := a.Files()
	if err != nil {
		return err
	}
	return saveFiles(dir, files)
}
