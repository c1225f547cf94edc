package model

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The files of an adapter's folder, and what stands before a module's name in it.
const (
	adapterConfigFile  = "adapter_config.json"
	adapterWeightsFile = "adapter_model.safetensors"
	peftPrefix         = "base_model.model."
)

// patternTimeout bounds what a pattern of a damaged file may cost.
const patternTimeout = time.Second

// AdapterConfig is adapter_config.json: PEFT's fields that are used here. Which
// modules an adapter changes, and by which rank, its tensors say; the targets must
// agree with them.
type AdapterConfig struct {
	Base          string       // base_model_name_or_path: a name for people, it is not looked up
	Rank          int          // r: the rank where RankPattern gives no other
	Alpha         float64      // lora_alpha, where AlphaPattern gives no other
	Targets       Modules      // target_modules
	Exclude       Modules      // exclude_modules
	Layers        []int        // layers_to_transform; none means all
	LayersPattern []string     // layers_pattern: what stands before a layer's number
	RankPattern   ModuleValues // rank_pattern
	AlphaPattern  ModuleValues // alpha_pattern
	RankScale     bool         // use_rslora: scale by alpha/√rank (Kalajdzievski 2023)
	Dropout       float64      // lora_dropout: kept for PEFT, not applied here
}

// adapterFile is how AdapterConfig stands in the file.
type adapterFile struct {
	PEFTType      string       `json:"peft_type"`
	TaskType      string       `json:"task_type"`
	Base          string       `json:"base_model_name_or_path"`
	Rank          int          `json:"r"`
	Alpha         float64      `json:"lora_alpha"`
	Targets       Modules      `json:"target_modules"`
	Exclude       *Modules     `json:"exclude_modules"`
	Layers        layerNumbers `json:"layers_to_transform"`
	LayersPattern names        `json:"layers_pattern"`
	RankPattern   ModuleValues `json:"rank_pattern"`
	AlphaPattern  ModuleValues `json:"alpha_pattern"`
	Dropout       float64      `json:"lora_dropout"`
	Bias          string       `json:"bias"`
	RankScale     bool         `json:"use_rslora"`
	Inference     bool         `json:"inference_mode"`
	Init          any          `json:"init_lora_weights"`
}

// notComputed are PEFT's fields that change what an adapter computes; each must be
// absent, null, false or empty.
var notComputed = []string{
	"alora_invocation_tokens", "arrow_config", "ensure_weight_tying", "fan_in_fan_out", "kasa_config", "layer_replication",
	"lora_bias", "modules_to_save", "monteclora_config", "target_parameters", "trainable_token_indices", "use_bdlora",
	"use_dora", "use_qalora", "velora_config",
}

// plainInit are the values of init_lora_weights that leave the base weights alone.
var plainInit = []any{nil, true, false, "gaussian", "orthogonal", "eva"}

// Scale is the factor on a module's B·A of some rank: alpha/rank, or alpha/√rank
// with use_rslora.
func (c AdapterConfig) Scale(module string, rank int) float64 {
	alpha := c.AlphaPattern.of(module, c.Alpha)
	if c.RankScale {
		return alpha / math.Sqrt(float64(rank))
	}
	return alpha / float64(rank)
}

// covers tells whether the configuration names a module, as PEFT decides it.
func (c AdapterConfig) covers(module string) bool {
	if excluded, _ := c.Exclude.match(module); excluded {
		return false
	}
	found, whole := c.Targets.match(module)
	if !found || whole || len(c.Layers) == 0 {
		return found
	}
	layer, ok := c.layerOf(module)
	return ok && slices.Contains(c.Layers, layer)
}

// layerOf is the number of the layer that a module stands in.
func (c AdapterConfig) layerOf(module string) (int, bool) {
	parts := strings.Split(module, ".")
	for i := 1; i+1 < len(parts); i++ {
		layer, err := strconv.Atoi(parts[i])
		if err == nil && (len(c.LayersPattern) == 0 || slices.Contains(c.LayersPattern, parts[i-1])) {
			return layer, true
		}
	}
	return 0, false
}

// UnmarshalJSON reads adapter_config.json and refuses, by the field's name, what
// is not computed.
func (c *AdapterConfig) UnmarshalJSON(raw []byte) error {
	var file adapterFile
	if err := json.Unmarshal(raw, &file); err != nil {
		return err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return err
	}
	for _, name := range notComputed {
		switch value := string(bytes.TrimSpace(fields[name])); value {
		case "", "null", "false", "{}", "[]":
		default:
			return fmt.Errorf("%s is set; it is not computed here: merge the adapter into its base model with PEFT and load that", name)
		}
	}
	switch {
	case file.PEFTType != "LORA":
		return fmt.Errorf("peft_type is %q; only LORA adapters are read", file.PEFTType)
	case file.Rank <= 0 || file.Rank > 1<<16:
		return fmt.Errorf("r is %d; it must be from 1 to %d", file.Rank, 1<<16)
	case !(file.Alpha > 0):
		return fmt.Errorf("lora_alpha is %g; it must be above 0", file.Alpha)
	case file.Bias != "" && file.Bias != "none":
		return fmt.Errorf("bias is %q; only \"none\" is computed", file.Bias)
	case !isPlain(file.Init):
		return fmt.Errorf("init_lora_weights is %v, which changes the base weights too; save the adapter converted to plain LoRA", file.Init)
	case file.Targets.empty():
		return errors.New("target_modules is empty; it names the modules that the adapter changes")
	}
	*c = AdapterConfig{
		Base: file.Base, Rank: file.Rank, Alpha: file.Alpha, Targets: file.Targets, Layers: file.Layers,
		LayersPattern: file.LayersPattern, RankPattern: file.RankPattern, AlphaPattern: file.AlphaPattern,
		RankScale: file.RankScale, Dropout: file.Dropout,
	}
	if file.Exclude != nil {
		c.Exclude = *file.Exclude
	}
	return nil
}

func isPlain(init any) bool {
	switch init.(type) {
	case nil, bool, string:
		return slices.Contains(plainInit, init)
	}
	return false
}

// MarshalJSON writes adapter_config.json as PEFT reads it.
func (c AdapterConfig) MarshalJSON() ([]byte, error) {
	file := adapterFile{
		PEFTType: "LORA", TaskType: "CAUSAL_LM", Base: c.Base, Rank: c.Rank, Alpha: c.Alpha, Targets: c.Targets,
		Layers: c.Layers, LayersPattern: c.LayersPattern, RankPattern: c.RankPattern, AlphaPattern: c.AlphaPattern,
		Dropout: c.Dropout, Bias: "none", RankScale: c.RankScale, Inference: true, Init: true,
	}
	if !c.Exclude.empty() {
		file.Exclude = &c.Exclude
	}
	return json.Marshal(file)
}
