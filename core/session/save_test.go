package session

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
)

// A save that a crash cut off between two files leaves files of two steps. Whichever
// are the new ones, the run goes on from the state's step, and as it would have.
func TestSaveCutOffBetweenFiles(t *testing.T) {
	c := opened(t)
	config := settings("grpo", 2, 4)
	want := steps(c.must(protocol.Command{Type: protocol.CmdTrain, Train: config}))
	paused := *config
	paused.Paused = true
	c.send(protocol.Command{Type: protocol.CmdTrain, Train: &paused})
	c.untilState("paused")
	saves := make([]map[string][]byte, 2)
	for i := range saves {
		c.send(protocol.Command{Type: protocol.CmdStep})
		c.untilState("paused")
		saves[i] = saved(c)
	}
	// The order is that of savedFiles.
	names := []string{"adapter_config.json", "adapter_model.safetensors", stateFile, runFile}
	for written := range len(names) + 1 {
		dir := t.TempDir()
		for i, name := range names {
			content := saves[0][name]
			if i < written {
				content = saves[1][name]
			}
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		step := 1
		if written > 2 {
			step = 2
		}
		again := open(t)
		var restored *protocol.Restored
		for _, e := range again.must(protocol.Command{Type: protocol.CmdRestore, Restore: &protocol.Restore{Dir: dir}}) {
			if e.Type == protocol.EvRestored {
				restored = e.Restored
			}
		}
		if restored == nil || restored.Step != step || restored.Train.Steps != config.Steps || restored.Train.Method != "grpo" {
			t.Errorf("%d new files: restored %+v, want step %d", written, restored, step)
		}
		have := steps(again.must(protocol.Command{Type: protocol.CmdResume}))
		if text(t, have) != text(t, want[step:]) {
			t.Errorf("%d new files: the run goes on with\n%s, uninterrupted\n%s", written, text(t, have), text(t, want[step:]))
		}
	}
}

// Steps that taught nothing are counted on after a restore.
func TestDeadStepsAreSaved(t *testing.T) {
	c := opened(t)
	config := settings("grpo", 2, 6)
	config.Sampling.TopK = 1 // a group of one completion, many times
	config.DeadSteps, config.Paused = 4, true
	c.send(protocol.Command{Type: protocol.CmdTrain, Train: config})
	c.untilState("paused")
	for range 3 {
		c.send(protocol.Command{Type: protocol.CmdStep})
		c.untilState("paused")
	}
	files := saved(c)
	again := open(t)
	again.must(protocol.Command{Type: protocol.CmdRestore, Restore: &protocol.Restore{Files: files}})
	step, warned := 0, 0
	for _, e := range again.must(protocol.Command{Type: protocol.CmdResume}) {
		switch {
		case e.Type == protocol.EvStep:
			step = e.Step.Step
		case e.Type == protocol.EvWarning && e.Collapse == collapseSpread:
			warned = step
		}
	}
	if warned != 4 {
		t.Errorf("after 3 dead steps and a restore the warning of 4 came at step %d", warned)
	}
}
