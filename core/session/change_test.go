package session

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/setting"
)

// A saved run goes on with what its steps so far do not stand on, and with nothing else.
func TestGoingOn(t *testing.T) {
	saved := protocol.Train{Method: "sft"}
	saved.Steps, saved.LoRARank, saved.LearningRate = 10, 8, 0.001
	for _, test := range []struct {
		path  string
		value any
		says  string
	}{
		{"steps", 20.0, ""}, {"steps", 4.0, ""}, {"steps", 3.0, "taken 4 already"},
		{"optimizer.learning_rate", 0.5, ""}, {"keep.save_every", 3, ""}, {"measures.tax_every", 0, ""},
		{"lora.lora_rank", 8.0, ""}, {"lora.lora_rank", 4.0, "lora.lora_rank cannot become 4"}, {"seed", uint64(3), "seed cannot"}, {"nonsense", 1.0, "nonsense"},
	} {
		got, err := goingOn(saved, 4, map[string]any{test.path: test.value})
		switch {
		case test.says == "" && err != nil, test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)):
			t.Errorf("%s %v: %v, want %q", test.path, test.value, err, test.says)
		case err == nil && test.path == "optimizer.learning_rate" && got.LearningRate != 0.5:
			t.Errorf("the learning rate is %g", got.LearningRate)
		}
	}
	later := 0
	for _, s := range setting.Rows() {
		if s.Later {
			later++
		}
	}
	if later < 3 {
		t.Errorf("%d settings may change later", later)
	}
}

func TestRoom(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (Disk{}).Room(filepath.Join(dir, "new"), 1<<10); err != nil {
		t.Error(err)
	}
	if err := (Disk{}).Room(filepath.Join(file, "new"), 1); err == nil || !strings.Contains(err.Error(), "choose another") {
		t.Errorf("a file as a folder: %v", err)
	}
	if _, known, _ := free(dir); !known {
		t.Skip("the room is not known here")
	}
	if err := (Disk{}).Room(dir, math.MaxInt64); err == nil || !strings.Contains(err.Error(), "make room") {
		t.Errorf("too much for any disk: %v", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Errorf("%v, %v: something was left behind", entries, err)
	}
}
