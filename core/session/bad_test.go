package session

import (
	"bytes"
	"maps"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/reward"
	"github.com/dongyur/dongyur/core/task"
)

// Whatever is asked for before a model is open, the answer is one error, and a
// model can still be opened.
func TestBeforeLoad(t *testing.T) {
	c := open(t)
	for _, command := range []protocol.Command{
		{Type: protocol.CmdGenerate, Generate: &protocol.Generate{Examples: testHeldOut}},
		{Type: protocol.CmdTrain, Train: settings("sft", 2, 1)},
		{Type: protocol.CmdEvaluate, Evaluate: &protocol.Evaluate{}},
		{Type: protocol.CmdCompare, Compare: &protocol.Compare{}},
		{Type: protocol.CmdSave, Save: &protocol.Save{}},
		{Type: protocol.CmdPause}, {Type: protocol.CmdGroup}, {Type: protocol.CmdReset},
	} {
		if _, err := c.do(command); err == nil || !strings.Contains(err.Error(), "load one first") {
			t.Errorf("%s: error %v", command.Type, err)
		}
	}
	c.must(protocol.Command{Type: protocol.CmdStarter, Starter: &protocol.Starter{Task: "translate", SourceLang: "bo", TargetLang: "en"}})
	c.must(protocol.Command{Type: protocol.CmdLoad, Load: &protocol.Load{Model: "good"}})
}

// changed is a run of two steps with one setting changed.
func changed(method string, change func(*protocol.Train)) protocol.Command {
	config := settings(method, 2, 2)
	change(config)
	return protocol.Command{Type: protocol.CmdTrain, Train: config}
}

func load(l protocol.Load) protocol.Command {
	return protocol.Command{Type: protocol.CmdLoad, Load: &l}
}

// Every bad input gets one error that says what is wrong, and what was open and
// learnt before it stays.
func TestBadInputLeavesTheSessionUsable(t *testing.T) {
	c := opened(t)
	c.must(protocol.Command{Type: protocol.CmdTrain, Train: settings("sft", 2, 2)})
	said, files := c.greedy(false), saved(c)
	damaged := func(name string, content []byte) protocol.Command {
		changed := maps.Clone(files)
		if delete(changed, name); content != nil {
			changed[name] = content
		}
		return protocol.Command{Type: protocol.CmdRestore, Restore: &protocol.Restore{Files: changed}}
	}
	long := testTrain[0]
	long.ID, long.Source = "too-long", strings.Repeat("ཡིག་ཆ་", 60)
	odd := testTrain[0]
	odd.Task = "sing"
	generate := func(e task.Example, s task.Sampling) protocol.Command {
		return protocol.Command{Type: protocol.CmdGenerate, Generate: &protocol.Generate{Examples: []task.Example{e}, Sampling: s}}
	}
	for _, test := range []struct {
		name    string
		command protocol.Command
		want    []string
	}{
		{"no such model", load(protocol.Load{Model: "nowhere"}), []string{"open nowhere"}},
		{"no such engine", load(protocol.Load{Model: "good", Engine: "abacus"}), []string{"abacus", "this build has"}},
		{"no weights", load(protocol.Load{Model: "no weights"}), []string{"load no weights", "model.safetensors"}},
		{"truncated weights", load(protocol.Load{Model: "half weights"}), []string{"model.safetensors", "truncated"}},
		{"no config", load(protocol.Load{Model: "no config"}), []string{"config.json"}},
		{"unknown kind", load(protocol.Load{Model: "odd config"}), []string{"mamba"}},
		{"tensors of the wrong shape", load(protocol.Load{Model: "narrow config"}), []string{"tensor", "config.json asks for"}},
		{"no tokenizer", load(protocol.Load{Model: "no tokenizer"}), []string{"tokenizer.json"}},
		{"truncated tokenizer", load(protocol.Load{Model: "half tokenizer"}), []string{"tokenizer.json"}},
		{"a tokenizer that disagrees", load(protocol.Load{Model: "other tokenizer"}), []string{"do not belong together"}},
		{"no such encoder", load(protocol.Load{Model: "good", Encoder: "nowhere"}), []string{"open nowhere"}},
		{"a truncated judge", load(protocol.Load{Model: "good", Judge: "half weights"}), []string{"half weights", "truncated"}},
		{"an adapter for another base", load(protocol.Load{Model: "good", Adapter: "adapter of wide"}), []string{"adapter of wide", "does not belong to this base model"}},
		{"no adapter in the folder", load(protocol.Load{Model: "good", Adapter: "wide"}), []string{"adapter_config.json"}},

		{"unknown method", changed("ppo", func(*protocol.Train) {}), []string{"ppo", "grpo", "sft, clo, cpt"}},
		{"G = 1", changed("grpo", func(c *protocol.Train) { c.Group = 1 }), []string{"group", "2"}},
		{"temperature below 0", changed("grpo", func(c *protocol.Train) { c.Sampling.Temperature = -1 }), []string{"sampling.temperature: Temperature must be from 0.01 to 10, not -1"}},
		{"temperature 0", changed("grpo", func(c *protocol.Train) { c.Sampling.Temperature = 0 }), []string{"sampling.temperature", "not 0"}},
		{"negative epochs", changed("grpo", func(c *protocol.Train) { c.Epochs = -1 }), []string{"epochs", "from 1", "not -1"}},
		{"two updates of RLOO", changed("rloo", func(c *protocol.Train) { c.Epochs = 2 }), []string{"rloo", "epochs 2", "no ratio"}},
		{"two updates of REINFORCE++", changed("reinforce++", func(c *protocol.Train) { c.Epochs = 2 }), []string{"reinforce++", "epochs 2"}},
		{"no room for a prompt", changed("grpo", func(c *protocol.Train) { c.Sampling.MaxTokens = 96 }), []string{"max_tokens"}},
		{"prompts longer than what is left", changed("grpo", func(c *protocol.Train) { c.Sampling.MaxTokens = 90 }), []string{"prompt of example", "max_tokens"}},
		{"negative max_tokens", changed("sft", func(c *protocol.Train) { c.Sampling.MaxTokens = -1 }), []string{"max_tokens"}},
		{"negative steps", changed("sft", func(c *protocol.Train) { c.Steps = -1 }), []string{"steps", "not -1"}},
		{"a rate of NaN", changed("sft", func(c *protocol.Train) { c.LearningRate = math.NaN() }), []string{"learning_rate", "NaN"}},
		{"a rank above the width", changed("sft", func(c *protocol.Train) { c.LoRARank = 99 }), []string{"rank 99"}},
		{"a negative weight", changed("grpo", func(c *protocol.Train) { c.Reward = c.Reward.With(reward.Copy, -1) }), []string{"copy"}},
		{"tau 1", changed("grpo", func(c *protocol.Train) { c.Reward = c.Reward.WithParameter(reward.Similarity, "tau", 1.0) }), []string{"tau"}},
		{"a tax on no texts", changed("sft", func(c *protocol.Train) { c.TaxEvery = 1 }), []string{"alignment tax"}},

		{"nothing to generate from", protocol.Command{Type: protocol.CmdGenerate, Generate: &protocol.Generate{}}, []string{"no examples"}},
		{"a prompt longer than the context", generate(long, task.Sampling{MaxTokens: 4}), []string{"too-long", "shorten"}},
		{"an unknown task", generate(odd, task.Sampling{MaxTokens: 4}), []string{"sing"}},
		{"an impossible top_p", generate(testTrain[0], task.Sampling{MaxTokens: 4, Temperature: 1, TopP: 2}), []string{"top_p 2"}},

		{"no run to resume", protocol.Command{Type: protocol.CmdResume}, []string{"no run"}},
		{"no run to stop", protocol.Command{Type: protocol.CmdStop}, []string{"no run"}},
		{"no group yet", protocol.Command{Type: protocol.CmdGroup}, []string{"no step has sampled"}},
		{"a command without its settings", protocol.Command{Type: protocol.CmdTrain}, []string{"train", "lacks its settings"}},
		{"an unknown command", protocol.Command{Type: "dance"}, []string{"dance"}},
		{"an unknown starter set", protocol.Command{Type: protocol.CmdStarter, Starter: &protocol.Starter{Task: "translate", SourceLang: "ja", TargetLang: "en"}}, []string{"ja"}},

		{"a folder without a save", protocol.Command{Type: protocol.CmdRestore, Restore: &protocol.Restore{Dir: filepath.Join(t.TempDir(), "none")}}, []string{stateFile, "choose a folder"}},
		{"a state of another model", damaged(stateFile, bytes.Replace(files[stateFile], []byte(`\"good\"`), []byte(`\"wide\"`), 1)), []string{stateFile, "the model has"}},
		{"a state of another run", damaged(stateFile, bytes.Replace(files[stateFile], []byte(`\"warmup\":2`), []byte(`\"warmup\":3`), 1)), []string{"another configuration"}},
		{"a state that names no run", damaged(stateFile, bytes.Replace(files[stateFile], []byte("dongyur.notes"), []byte("dongyur.other"), 1)), []string{stateFile, "no state of a run"}},
		{"a state that names no model", damaged(stateFile, bytes.Replace(files[stateFile], []byte(`\"model\"`), []byte(`\"mode1\"`), 1)), []string{stateFile, "names no model"}},
		{"no state", damaged(stateFile, nil), []string{"no state.safetensors"}},
		{"half a state", damaged(stateFile, files[stateFile][:len(files[stateFile])/2]), []string{"truncated"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := c.do(test.command)
			if err == nil {
				t.Fatal("it went through")
			}
			for _, part := range test.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q lacks %q", err, part)
				}
			}
			if have := c.greedy(false); have != said {
				t.Errorf("the model says\n%s, before\n%s", have, said)
			}
		})
	}
	if have := saved(c); !bytes.Equal(have[stateFile], files[stateFile]) || !bytes.Equal(have["adapter_model.safetensors"], files["adapter_model.safetensors"]) {
		t.Error("the run cannot be saved as it was before")
	}
	c.must(protocol.Command{Type: protocol.CmdExamples, Examples: &protocol.Examples{}})
	for _, command := range []protocol.Command{
		changed("sft", func(*protocol.Train) {}), changed("grpo", func(*protocol.Train) {}),
		{Type: protocol.CmdEvaluate, Evaluate: &protocol.Evaluate{}}, {Type: protocol.CmdCompare, Compare: &protocol.Compare{}},
	} {
		if _, err := c.do(command); err == nil || !strings.Contains(err.Error(), "no examples") {
			t.Errorf("%s without examples: %v", command.Type, err)
		}
	}
}

// A model loaded again on the engine at hand opens no other.
func TestEngineIsKept(t *testing.T) {
	c := opened(t)
	before := c.session.engine
	for _, name := range []string{"", "auto", "go"} {
		c.must(load(protocol.Load{Model: "good", Engine: name}))
		if c.session.engine != before {
			t.Errorf("engine %q was opened again", name)
		}
	}
}

// A damaged checkpoint on disk is refused; a save over it makes it good.
func TestDamagedFolder(t *testing.T) {
	c := opened(t)
	dir := t.TempDir()
	config := settings("sft", 2, 1)
	config.Dir = dir
	c.must(protocol.Command{Type: protocol.CmdTrain, Train: config})
	path := filepath.Join(dir, stateFile)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content[:100], 0o644); err != nil {
		t.Fatal(err)
	}
	restore := protocol.Command{Type: protocol.CmdRestore, Restore: &protocol.Restore{Dir: dir}}
	if _, err := c.do(restore); err == nil || !strings.Contains(err.Error(), "truncated") {
		t.Errorf("a truncated state: %v", err)
	}
	c.must(protocol.Command{Type: protocol.CmdSave, Save: &protocol.Save{Dir: dir}})
	c.must(restore)
	if again, err := os.ReadFile(path); err != nil || !bytes.Equal(again, content) {
		t.Errorf("the state saved again differs, %v", err)
	}
}
