package model

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gomlx/compute/dtypes"
)

// TestTransformersReadsOurs writes a model and an adapter of each kind and has
// transformers and PEFT load them and give the same logits. DONGYUR_PYTHON names a
// Python that has torch, transformers and peft.
func TestTransformersReadsOurs(t *testing.T) {
	python := os.Getenv("DONGYUR_PYTHON")
	if python == "" {
		t.Skip("DONGYUR_PYTHON is not set: no Python with torch, transformers and peft to load what we wrote")
	}
	dir := t.TempDir()
	arguments := []string{"testdata/check_ours.py"}
	for _, test := range goldens {
		for _, dtype := range []dtypes.DType{dtypes.Float32, dtypes.BFloat16} {
			folder := filepath.Join(dir, test.folder+"-"+dtype.String())
			writeOurs(t, test.folder, dtype, folder)
			arguments = append(arguments, folder)
		}
	}
	command := exec.Command(python, arguments...)
	command.Env = append(os.Environ(), "OMP_NUM_THREADS=1", "TRANSFORMERS_OFFLINE=1", "HF_HUB_OFFLINE=1")
	out, err := command.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
}

// writeOurs saves into folder a golden's model as dtype and a new adapter, and the
// logits of what was saved.
func writeOurs(t *testing.T, golden string, dtype dtypes.DType, folder string) {
	t.Helper()
	modelDir := filepath.Join(folder, "model")
	read, err := openPolicy(t, golden).Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	if err := read.Save(modelDir, dtype); err != nil {
		t.Fatal(err)
	}
	saved, err := Load(os.DirFS(modelDir))
	if err != nil {
		t.Fatal(err)
	}
	policy, err := NewPolicy(openEngine(t), saved)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(policy.Finalize)
	adapter, err := NewAdapter(policy.Config, 4, 6, nil, 9)
	if err != nil {
		t.Fatal(err)
	}
	shake(adapter.Weights)
	adapter.Config.RankScale = golden == "olmo2"
	if err := adapter.Save(filepath.Join(folder, "adapter")); err != nil {
		t.Fatal(err)
	}
	if err := policy.Attach(adapter); err != nil {
		t.Fatal(err)
	}
	rows := randomRows(rand.New(rand.NewPCG(13, 0)), []int{150})
	encoded, err := json.Marshal(map[string]any{
		"tokens": rows[0], "base": logitsOf(t, policy, rows, false)[0], "adapter": logitsOf(t, policy, rows, true)[0],
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "logits.json"), encoded, 0o644); err != nil {
		t.Fatal(err)
	}
}
