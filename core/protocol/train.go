package protocol

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"

	"github.com/dongyur/dongyur/core/task"
)

// Train configures a run, in parts. Method is a row of core/objective's registry; what
// each setting means, its range and its usual value are in core/setting's rows. Zero
// values mean the method's own where zero makes no sense.
type Train struct {
	Method string `json:"method"`
	Steps  int    `json:"steps"`
	Seed   uint64 `json:"seed"`
	Paused bool   `json:"paused,omitempty"` // prepare, then wait for step or resume

	Batch     `json:"batch"`
	Optimizer `json:"optimizer"`
	LoRA      `json:"lora"`
	Loss      `json:"loss"`
	HeldTo    `json:"held_to"`
	Watch     `json:"watch"`
	Measures  `json:"measures"`
	Keep      `json:"keep"`

	Sampling task.Sampling `json:"sampling"`
	Reward   Reward        `json:"reward"`
	Own      Own           `json:"own,omitempty"`
	Follow   *Follow       `json:"follow,omitempty"` // prompts to answer again and again
}

// Batch is what a step takes.
type Batch struct {
	Prompts       int  `json:"prompts"`               // prompts a step (GRPO), examples (SFT), packed rows (CPT)
	Group         int  `json:"group"`                 // completions a prompt (GRPO)
	Epochs        int  `json:"epochs"`                // updates on one batch of completions (GRPO)
	MicroBatch    int  `json:"micro_batch,omitempty"` // rows a forward-backward pass; 0: all at once
	Recompute     bool `json:"recompute,omitempty"`   // the backward pass computes each layer again instead of keeping it
	MaskTruncated bool `json:"mask_truncated,omitempty"`
}

// Optimizer is AdamW's part.
type Optimizer struct {
	LearningRate float64 `json:"learning_rate"`
	Warmup       int     `json:"warmup"` // steps
	WeightDecay  float64 `json:"weight_decay,omitempty"`
	ClipNorm     float64 `json:"clip_norm"`
}

// LoRA is what trains.
type LoRA struct {
	LoRARank  int     `json:"lora_rank"` // 0: all weights are trained
	LoRAAlpha float64 `json:"lora_alpha"`
	Targets   string  `json:"targets,omitempty"` // projections; "": the method's own, mostly all
	// FromAdapter goes on from the adapter at hand, loaded or just trained, with its
	// rank and targets, instead of a new one: a cold start by SFT, then GRPO.
	FromAdapter bool `json:"from_adapter,omitempty"`
}

// Values of LoRA.Targets.
const (
	TargetsAttention = "attention"
	TargetsMLP       = "mlp"
	TargetsAll       = "all"
)

// Loss is how rewards become an update, of methods that learn from groups.
type Loss struct {
	ClipLow       float64 `json:"clip_low,omitempty"` // ratios are clipped to 1-clip_low … 1+clip_high; both 0: the method's own range
	ClipHigh      float64 `json:"clip_high,omitempty"`
	DualClip      float64 `json:"dual_clip,omitempty"`      // bound on the loss of bad completions, 3 is usual; 0: none
	Beta          float64 `json:"beta"`                     // weight of the KL to the reference
	KL            string  `json:"kl,omitempty"`             // its estimator: "k3", "k2", "k1"
	KLInReward    bool    `json:"kl_in_reward,omitempty"`   // it is taken off the reward and not added to the loss
	EntropyBonus  float64 `json:"entropy_bonus,omitempty"`  // weight of the policy's entropy; 0: none
	Scale         string  `json:"scale,omitempty"`          // rewards are divided by the deviation of the "group", of the "batch", or "none"
	Epsilon       float64 `json:"epsilon,omitempty"`        // added to that deviation; 0: 1e-4
	PopulationStd bool    `json:"population_std,omitempty"` // the deviation divides by n, not by n-1
	Support       string  `json:"support,omitempty"`        // weights of tokens drawn with top-k or top-p: "cap" above the limit, "drop" above it, or "none"
	SupportLimit  float64 `json:"support_limit,omitempty"`  // that limit; 0: 3
}

// HeldTo is the reference: the "base" model, or the policy as it is at the "start" of the
// run; "": the start where the run goes on from an adapter, else the base. It moves
// towards the policy every so many steps, by a share: 1 copies it. 0 steps: it stays.
type HeldTo struct {
	Reference      string  `json:"reference,omitempty"`
	ReferenceEvery int     `json:"reference_every,omitempty"`
	ReferenceShare float64 `json:"reference_share,omitempty"` // 0: 1
}

// Watch says when a run counts as dead or as collapsed.
type Watch struct {
	DeadSteps    int     `json:"dead_steps,omitempty"`     // warn after N steps without a signal; 0: 5
	StopWhenDead bool    `json:"stop_when_dead,omitempty"` // and end the run then
	KLLimit      float64 `json:"kl_limit,omitempty"`       // nats a token from the reference that count as a collapse; 0: 4
}

// Measures is what a run measures beside its steps.
type Measures struct {
	TaxEvery  int  `json:"tax_every,omitempty"`  // steps between held-out loss measurements; 0: off
	TaxScores int  `json:"tax_scores,omitempty"` // held-out examples that are answered and scored at each of them; 0: none
	Map       bool `json:"map,omitempty"`        // and with them a map of these examples by meaning: see Map
}

// Keep is what stays of a run.
type Keep struct {
	Dir       string `json:"dir,omitempty"`        // folder of the checkpoints; none: Save gives them as files
	SaveEvery int    `json:"save_every,omitempty"` // steps between checkpoints; 0: only at the end
	Groups    bool   `json:"groups,omitempty"`     // report every group of every step
}

// Own are settings by name that no part has a field for: those of one method, and those
// whose 0 means 0 while their usual value is the method's. Copies are independent.
type Own map[string]any

// With is the settings with one of them set.
func (o Own) With(name string, value any) Own {
	o = maps.Clone(o)
	if o == nil {
		o = Own{}
	}
	o[name] = value
	return o
}

// Number is a setting that is one; 0 where it is not there.
func (o Own) Number(name string) float64 { n, _ := o[name].(float64); return n }

// UnmarshalJSON reads a run's parts, and the flat form that programs wrote before: there
// each setting stood at the top, and -1 was off where 0 was the method's own.
func (t *Train) UnmarshalJSON(data []byte) error {
	type parts Train
	var read parts
	var top map[string]json.RawMessage
	if err := json.Unmarshal(data, &read); err != nil {
		return fmt.Errorf("a run's settings: %w", err)
	}
	if err := json.Unmarshal(data, &top); err != nil {
		return fmt.Errorf("a run's settings: %w", err)
	}
	*t = Train(read)
	for name, raw := range top {
		path, moved := places[name]
		if !moved && at(reflect.ValueOf(*t), name).IsValid() {
			continue
		}
		var value any
		if err := json.Unmarshal(raw, &value); err != nil {
			return fmt.Errorf("a run's settings: %s: %w", name, err)
		}
		if number, ok := value.(float64); ok && !moved {
			value = max(number, 0)
		}
		if !moved {
			path = ownPath + name
		}
		if err := t.Set(path, value); err != nil {
			return fmt.Errorf("a run's settings: %w", err)
		}
	}
	return nil
}

const ownPath = "own."

// places are the paths of settings that stand in a part, by their names there.
var places = func() map[string]string {
	paths := map[string]string{}
	run := reflect.TypeFor[Train]()
	for i := range run.NumField() {
		part := run.Field(i)
		if !part.Anonymous {
			continue
		}
		for j := range part.Type.NumField() {
			name, _, _ := strings.Cut(part.Type.Field(j).Tag.Get("json"), ",")
			paths[name] = part.Tag.Get("json") + "." + name
		}
	}
	return paths
}()
