package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/objective"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/reward"
	"github.com/dongyur/dongyur/core/session"
)

// A row that nothing else knows of is in the program's help, explained, in what a
// session says first, and in the settings that a command line gives.
func TestARowIsAllThatItTakes(t *testing.T) {
	defer reward.Register(reward.Term{Name: "rainy", Title: protocol.Text{En: "Rainfall", Zh: "降雨"}, Help: protocol.Text{En: "Counts rain.", Zh: "数雨。"},
		Tint: 4, Weight: 2, Most: 1, Parameters: []protocol.Setting{{Path: "drops", Kind: protocol.Whole, Least: 1, Unset: 2.0,
			Title: protocol.Text{En: "Drops a shower", Zh: "每阵几滴"}, Help: protocol.Text{En: "So many make a shower.", Zh: "几滴算一阵。"}}},
		Value:   func(*reward.Answer, reward.Values) float64 { return 1 },
		Explain: func(*reward.Answer, reward.Values, float64) protocol.Text { return protocol.Text{} }})()
	method := objective.Register(objective.Method{Name: "still", Title: "STILL", Help: protocol.Text{En: "moves nothing", Zh: "不动"}, Paper: "arXiv 2699.00001", Learns: objective.References,
		Own: []protocol.Setting{{Key: "stillness", Path: "stillness", Kind: protocol.Number, Unset: 0.25, Most: 1,
			Title: protocol.Text{En: "Stillness", Zh: "静止"}, Help: protocol.Text{En: "How still it stands.", Zh: "有多静。"}}}})
	defer method.Remove()

	help, rewards := flat(trainHelp(t)), (rewardCommand{}).Help()
	for _, want := range []string{"still moves nothing (arXiv 2699.00001)", "--stillness", "How still it stands.", "--rainy", "Counts rain.", "--rainy-drops", "So many make a shower."} {
		if !strings.Contains(help, want) {
			t.Errorf("dongyur train --help lacks %q", want)
		}
	}
	for _, want := range []string{"rainy (2): Counts rain.", "drops (2): So many make a shower."} {
		if !strings.Contains(rewards, want) {
			t.Errorf("dongyur reward --help lacks %q", want)
		}
	}
	said, err := json.Marshal(session.Greeting("go", ""))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"name":"rainy"`, `"key":"rainy-drops"`, `"name":"still"`, `"path":"own.stillness"`, "数雨。", "有多静。"} {
		if !strings.Contains(string(said), want) {
			t.Errorf("the ready event lacks %s", want)
		}
	}
	config, err := configOf(t, "--rainy", "0.5", "--rainy-drops", "3")
	if err != nil || config.Reward.Weight("rainy") != 0.5 || config.Reward.Parameters("rainy")["drops"] != 3.0 {
		t.Errorf("reward %v, %v", config.Reward, err)
	}
	if config, err = configOf(t, "--method", "still", "--stillness", "0.5"); err != nil || config.Own.Number("stillness") != 0.5 {
		t.Errorf("settings %v, %v", config.Own, err)
	}
	if _, err := configOf(t, "--method", "still", "--stillness", "2"); err == nil || !strings.Contains(err.Error(), "--stillness: Stillness must be from 0 to 1, not 2") {
		t.Errorf("error %v", err)
	}
	if _, err = reward.ReadConfig("r.json", []byte(`{"rainy": {"weight": 1, "drops": 0}}`)); err == nil || !strings.Contains(err.Error(), "Drops a shower must be 1 or more") {
		t.Errorf("error %v", err)
	}
}
