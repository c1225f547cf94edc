package session

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/dongyur/dongyur/core/objective"
	"github.com/dongyur/dongyur/core/protocol"
)

// What a page is told of the methods is objective's table, whole: each with settings
// that a run takes as they are, by names that protocol.Train has.
func TestMethodsAreTheTable(t *testing.T) {
	list := methods()
	var names []string
	for _, m := range list {
		names = append(names, m.Name)
	}
	if !slices.Equal(names, objective.Methods()) || len(names) != 10 {
		t.Errorf("methods %q, want the ten of %q", names, objective.Methods())
	}
	var known map[string]json.RawMessage
	every, err := json.Marshal(protocol.Train{Learning: protocol.Learning{Targets: "all", Scale: "group", Epsilon: 1, PopulationStd: true,
		DualClip: 3, KL: "k3", KLInReward: true, EntropyBonus: 1, Support: "cap", SupportLimit: 3, Resample: 1, Overlong: 1, Reference: "base",
		ReferenceEvery: 1, ReferenceShare: 1, SFTShare: 1, Sharpness: 1, RowTokens: 1, Recompute: true, KLLimit: 1}, DeadSteps: 1, StopWhenDead: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(every, &known); err != nil {
		t.Fatal(err)
	}
	for _, m := range list {
		for _, setting := range m.Settings {
			if _, ok := known[setting]; !ok {
				t.Errorf("%s reads %q, which protocol.Train has not", m.Name, setting)
			}
		}
		if err := check(m.Defaults); err != nil || m.Defaults.Method != m.Name {
			t.Errorf("%s: defaults of %q, check: %v", m.Name, m.Defaults.Method, err)
		}
		again, err := filled(m.Defaults)
		if err != nil || again != m.Defaults {
			t.Errorf("%s: its defaults leave something to be filled in: %+v, %v", m.Name, again, err)
		}
		if m.Learns == "" || m.Help == "" || m.Paper == "" {
			t.Errorf("%s lacks a description: %+v", m.Name, m)
		}
	}
	for _, want := range []struct {
		method, setting string
		reads           bool
	}{{"grpo", "clip_high", true}, {"rloo", "clip_high", false}, {"cispo", "dual_clip", false}, {"gspo", "dual_clip", true},
		{"clo", "sharpness", true}, {"sft", "group", false}, {"cpt", "row_tokens", true}} {
		i := slices.IndexFunc(list, func(m protocol.Method) bool { return m.Name == want.method })
		if got := slices.Contains(list[i].Settings, want.setting); got != want.reads {
			t.Errorf("%s reads %s: %v, want %v", want.method, want.setting, got, want.reads)
		}
	}
}
