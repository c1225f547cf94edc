package model

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// The files of an adapter's folder, and what stands before a module's name in it.
const (
	adapterConfigFile  = "adapter_config.json"
	adapterWeightsFile = "adapter_model.safetensors"
	peftPrefix         = "base_model.model."
)

// AdapterConfig is adapter_config.json: PEFT's fields that are used here.
type AdapterConfig struct {
	Base      string   // base_model_name_or_path: a name for people, it is not looked up
	Rank      int      // r
	Alpha     float64  // lora_alpha
	Targets   []string // target_modules, of Projections
	RankScale bool     // use_rslora: scale by alpha/√rank (Kalajdzievski 2023)
	Dropout   float64  // lora_dropout: kept for PEFT, not applied here
}

// adapterFile is how AdapterConfig stands in the file.
type adapterFile struct {
	PEFTType  string          `json:"peft_type"`
	TaskType  string          `json:"task_type"`
	Base      string          `json:"base_model_name_or_path"`
	Rank      int             `json:"r"`
	Alpha     float64         `json:"lora_alpha"`
	Targets   json.RawMessage `json:"target_modules"`
	Dropout   float64         `json:"lora_dropout"`
	Bias      string          `json:"bias"`
	RankScale bool            `json:"use_rslora"`
	Inference bool            `json:"inference_mode"`
	Init      any             `json:"init_lora_weights"`
}

// notComputed are PEFT's fields that change what an adapter computes or to which
// layers it belongs; each must be absent, null, false or empty.
var notComputed = []string{
	"alora_invocation_tokens", "alpha_pattern", "arrow_config", "exclude_modules", "fan_in_fan_out", "kasa_config",
	"layer_replication", "layers_to_transform", "lora_bias", "modules_to_save", "monteclora_config", "rank_pattern",
	"target_parameters", "trainable_token_indices", "use_bdlora", "use_dora", "use_qalora", "velora_config",
}

// plainInit are the values of init_lora_weights that leave the base weights alone.
var plainInit = []any{nil, true, false, "gaussian", "orthogonal", "eva"}

// Scale is the factor on B·A: alpha/rank, or alpha/√rank with use_rslora.
func (c AdapterConfig) Scale() float64 {
	if c.RankScale {
		return c.Alpha / math.Sqrt(float64(c.Rank))
	}
	return c.Alpha / float64(c.Rank)
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
	}
	targets, err := parseTargets(file.Targets)
	if err != nil {
		return err
	}
	*c = AdapterConfig{Base: file.Base, Rank: file.Rank, Alpha: file.Alpha, Targets: targets, RankScale: file.RankScale, Dropout: file.Dropout}
	return nil
}

func isPlain(init any) bool {
	switch init.(type) {
	case nil, bool, string:
		return slices.Contains(plainInit, init)
	}
	return false
}

// parseTargets reads target_modules: projections by their last name or with the
// block that they stand in, in the order of Projections.
func parseTargets(raw json.RawMessage) ([]string, error) {
	var listed []string
	if err := json.Unmarshal(raw, &listed); err != nil || len(listed) == 0 {
		return nil, errors.New("target_modules is no list of projections; patterns and an empty list are not read")
	}
	found := map[string]bool{}
	for _, target := range listed {
		short := strings.TrimPrefix(strings.TrimPrefix(target, "self_attn."), "mlp.")
		if !slices.Contains(Projections, short) {
			return nil, fmt.Errorf("target_modules has %q; only %s are adapted", target, strings.Join(Projections, ", "))
		}
		found[short] = true
	}
	var targets []string
	for _, projection := range Projections {
		if found[projection] {
			targets = append(targets, projection)
		}
	}
	return targets, nil
}

// MarshalJSON writes adapter_config.json as PEFT reads it.
func (c AdapterConfig) MarshalJSON() ([]byte, error) {
	targets, err := json.Marshal(c.Targets)
	if err != nil {
		return nil, err
	}
	return json.Marshal(adapterFile{
		PEFTType: "LORA", TaskType: "CAUSAL_LM", Base: c.Base, Rank: c.Rank, Alpha: c.Alpha, Targets: targets,
		Dropout: c.Dropout, Bias: "none", RankScale: c.RankScale, Inference: true, Init: true,
	})
}
