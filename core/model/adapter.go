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

	head *tensors.Tensor // the base's head that it was trained on, where it came with one
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
	return AdapterConfig{Rank: rank, Alpha: alpha, Targets: Modules{Names: slices.Clone(targets)}}.Start(config, seed), nil
}

// Start makes an adapter of the modules and ranks that the configuration names, which
// changes nothing yet.
func (c AdapterConfig) Start(base *Config, seed uint64) *Adapter {
	a := &Adapter{Config: c, Weights: map[string]*tensors.Tensor{}}
	random := rand.New(rand.NewPCG(seed, 1))
	modules := base.modules()
	slices.SortFunc(modules, func(a, b projection) int { return strings.Compare(a.name, b.name) })
	for _, p := range modules {
		if !c.covers(p.name) {
			continue
		}
		rank := int(c.RankPattern.of(p.name, float64(c.Rank)))
		down, bound := make([]float32, rank*p.in), 1/math.Sqrt(float64(p.in))
		for i := range down {
			down[i] = float32((2*random.Float64() - 1) * bound)
		}
		a.Weights[p.name+loraA] = tensors.FromFlatDataAndDimensions(down, rank, p.in)
		a.Weights[p.name+loraB] = tensors.FromFlatDataAndDimensions(make([]float32, p.out*rank), p.out, rank)
	}
	return a
}

// Ends of the names of an adapter's tensors.
const (
	loraA = ".lora_A.weight"
	loraB = ".lora_B.weight"
	// loraScale ends the name of the factor on B·A, a parameter that is computed.
	loraScale = ".lora_scale"
)

// modules lists the linear maps that an adapter may change, by whole names.
func (c *Config) modules() []projection {
	var list []projection
	for layer := range c.Layers {
		for _, p := range c.projections() {
			p.name = fmt.Sprintf("model.layers.%d.%s", layer, p.name)
			list = append(list, p)
		}
	}
	return append(list, projection{name: headModule, out: c.VocabSize, in: c.HiddenSize})
}

// CheckBase tells whether the adapter fits a base model, and names the tensor that
// does not. Each of its modules may have a rank of its own.
func (a *Adapter) CheckBase(config *Config) error {
	const wrong = "the adapter does not belong to this base model"
	known := map[string]bool{}
	for _, p := range config.modules() {
		down, up := a.Weights[p.name+loraA], a.Weights[p.name+loraB]
		known[p.name+loraA], known[p.name+loraB] = true, true
		if down == nil && up == nil {
			if a.Config.covers(p.name) {
				return fmt.Errorf("%s: it lacks tensor %q, which target_modules asks for", wrong, p.name+loraA)
			}
			continue
		}
		rank := a.Rank(p.name)
		for _, t := range []struct {
			name   string
			tensor *tensors.Tensor
			need   []int
		}{{p.name + loraA, down, []int{rank, p.in}}, {p.name + loraB, up, []int{p.out, rank}}} {
			if t.tensor == nil {
				return fmt.Errorf("%s: it lacks tensor %q %v", wrong, t.name, t.need)
			}
			if have := t.tensor.Shape().Dimensions; !slices.Equal(have, t.need) {
				return fmt.Errorf("%s: tensor %q is %v, the base needs %v", wrong, t.name, have, t.need)
			}
		}
	}
	for _, name := range sortedKeys(a.Weights) {
		if !known[name] {
			return fmt.Errorf("%s: its tensor %q %v has no place in a %s model of %d layers",
				wrong, name, a.Weights[name].Shape().Dimensions, config.ModelType, config.Layers)
		}
	}
	return nil
}

// Rank is the rank of one module's change, as its tensors have it; 0 where there is none.
func (a *Adapter) Rank(module string) int {
	for i, end := range []string{loraA, loraB} {
		if t := a.Weights[module+end]; t != nil && t.Rank() == 2 {
			return t.Shape().Dimensions[i]
		}
	}
	return 0
}

// Modules lists the modules that the adapter changes, sorted.
func (a *Adapter) Modules() []string {
	var list []string
	for _, name := range sortedKeys(a.Weights) {
		if module, ok := strings.CutSuffix(name, loraA); ok {
			list = append(list, module)
		}
	}
	return list
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
		if err := a.take(file, name); err != nil {
			return nil, fmt.Errorf("%s: %w", adapterWeightsFile, err)
		}
	}
	if len(a.Weights) == 0 {
		return nil, fmt.Errorf("%s holds no tensors: the adapter changes nothing", adapterWeightsFile)
	}
	return a, a.agree()
}

// agree makes the configuration say what the tensors are, so that it can be saved and
// started from: the ranks, and whole names where the targets were written for a base
// whose modules are called otherwise.
func (a *Adapter) agree() error {
	for _, module := range a.Modules() {
		rank := a.Rank(module)
		if !a.Config.covers(module) {
			a.Config.Targets, a.Config.Exclude, a.Config.Layers = Modules{Names: a.Modules()}, Modules{}, nil
		}
		if int(a.Config.RankPattern.of(module, float64(a.Config.Rank))) == rank {
			continue
		}
		value := ModuleValue{Module: strings.ReplaceAll(module, ".", `\.`), Value: float64(rank)}
		if err := value.compile(); err != nil {
			return err
		}
		a.Config.RankPattern = slices.Insert(a.Config.RankPattern, 0, value)
	}
	return nil
}

// baseHead is the base's own head, which PEFT keeps with an adapter of the head.
const baseHead = headModule + ".base_layer.weight"

// take reads one tensor. Its name may have come through torch.compile or hold the
// adapter's own name, "default".
func (a *Adapter) take(file *Safetensors, name string) (err error) {
	plain := plainName(name)
	for _, kind := range []string{"A", "B"} {
		if module, ok := strings.CutSuffix(plain, ".lora_"+kind+".default.weight"); ok {
			plain = module + ".lora_" + kind + ".weight"
		}
	}
	if plain == baseHead {
		a.head, err = file.Tensor(name)
		return err
	}
	module, ok := strings.CutSuffix(plain, loraA)
	if !ok {
		module, ok = strings.CutSuffix(plain, loraB)
	}
	switch {
	case !ok:
		return fmt.Errorf("tensor %q is not read; those of a LoRA adapter are called %sMODULE%s and %s", name, peftPrefix, loraA, loraB)
	case a.Weights[plain] != nil:
		return fmt.Errorf("tensor %q is there under two names", plain)
	case !a.Config.covers(module) && !a.Config.covers(givenModule(name)):
		return fmt.Errorf("tensor %q is of a module that target_modules does not name: the two files do not belong together", name)
	}
	a.Weights[plain], err = file.Tensor(name)
	return err
}

// givenModule is a tensor's module as the base was called when the adapter was made;
// patterns over whole names are written for that.
func givenModule(tensor string) string {
	module, _, _ := strings.Cut(strings.TrimPrefix(strings.ReplaceAll(tensor, "_orig_mod.", ""), peftPrefix), ".lora_")
	return module
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
